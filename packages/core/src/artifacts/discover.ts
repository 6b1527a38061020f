/** Which skills, agents, commands, rules, hooks and MCP servers a package has (UAAPS 2, 4–9). */
import { compareText } from '../name.ts'
import { ARTIFACT_KINDS, type ArtifactKind, type Manifest } from '../manifest/decode.ts'

/** One artifact. `main` is the file an agent reads first, `folder` what belongs to it, both relative to the package. */
export type Artifact = {
  readonly kind: ArtifactKind | 'hooks' | 'mcp'
  readonly name: string
  readonly main: string
  /** The folder that is the artifact; `undefined` when the artifact is a single file. */
  readonly folder: string | undefined
  /** Where the manifest declares it, e.g. `artifacts.skills[0]`; `undefined` when it was discovered. */
  readonly declaredAt: readonly (string | number)[] | undefined
}

/** Files that make a folder an artifact, per kind, best first. */
const MAIN_FILES: Readonly<Record<ArtifactKind, readonly string[]>> = {
  skills: ['SKILL.md'],
  agents: ['agent.yaml', 'agent.yml'],
  commands: ['COMMAND.md'],
  rules: ['RULE.md'],
}

/**
 * The artifacts of a package, by kind, then name. Declared ones count as declared; a package that declares none is
 * searched in the usual folders, or where the manifest says (`skills: "./x"`). Rules, hooks and MCP servers are always
 * searched, because a manifest has no list of them.
 *
 * @param paths every file of the package, relative, with `/`
 */
export function gatherArtifacts(manifest: Manifest, paths: readonly string[]): Artifact[] {
  const files = new Set(paths)
  const found: Artifact[] = []
  for (const kind of ARTIFACT_KINDS) {
    const declared = manifest.artifacts?.get(kind) ?? []
    if (manifest.artifacts !== undefined && (kind !== 'rules' || declared.length > 0)) {
      for (const [index, entry] of declared.entries()) {
        found.push({
          kind,
          name: entry.name,
          ...locateMain(kind, entry.path, files),
          declaredAt: ['artifacts', kind, index],
        })
      }
    } else {
      found.push(...discoverIn(kind, trimSlashes(manifest.raw[kind] ?? kind), paths))
    }
  }
  const hooks = trimSlashes(manifest.raw.hooks ?? 'hooks/hooks.json')
  const mcp = trimSlashes(manifest.raw.mcp ?? 'mcp/servers.json')
  if (files.has(hooks) || manifest.raw.hooks !== undefined) found.push(single('hooks', hooks, manifest.raw.hooks))
  if (files.has(mcp) || manifest.raw.mcp !== undefined) found.push(single('mcp', mcp, manifest.raw.mcp))
  return found
}

/** The artifacts below `folder`, sorted by name. Two of one name are both there; `validateArtifacts` says so. */
export function discoverIn(kind: ArtifactKind, folder: string, paths: readonly string[]): Artifact[] {
  const prefix = folder === '' ? '' : `${folder}/`
  return [...paths]
    .filter(path => path.startsWith(prefix))
    .map(path => recognise(kind, prefix, path.slice(prefix.length).split('/')))
    .filter(artifact => artifact !== undefined)
    .sort((a, b) => compareText(a.name, b.name) || compareText(a.main, b.main))
}

function recognise(kind: ArtifactKind, prefix: string, steps: readonly string[]): Artifact | undefined {
  const file = steps[steps.length - 1] ?? ''
  const name = steps[steps.length - 2]
  const isMain = MAIN_FILES[kind].includes(file)
  // Rules may lie at any depth (UAAPS 7); everything else is one folder or one file deep.
  if (isMain && name !== undefined && (steps.length === 2 || kind === 'rules')) {
    const folder = `${prefix}${steps.slice(0, -1).join('/')}`
    return { kind, name, main: `${folder}/${file}`, folder, declaredAt: undefined }
  }
  if (
    (kind === 'commands' || kind === 'agents') &&
    steps.length === 1 &&
    file.endsWith('.md') &&
    !/^readme\.md$/i.test(file)
  ) {
    return {
      kind,
      name: file.replace(/(?:\.agent)?\.md$/, ''),
      main: `${prefix}${file}`,
      folder: undefined,
      declaredAt: undefined,
    }
  }
  return undefined
}

/** A declared path may name the folder or its main file. */
function locateMain(kind: ArtifactKind, path: string, files: ReadonlySet<string>): Pick<Artifact, 'main' | 'folder'> {
  const clean = trimSlashes(path)
  if (files.has(clean)) {
    const slash = clean.lastIndexOf('/')
    const isMain = MAIN_FILES[kind].includes(clean.slice(slash + 1))
    return { main: clean, folder: isMain ? clean.slice(0, Math.max(0, slash)) : undefined }
  }
  // A file that is not there is still named as the manifest names it.
  if (/\.(?:md|ya?ml)$/.test(clean)) return { main: clean, folder: undefined }
  const inside = (file: string): string => (clean === '' ? file : `${clean}/${file}`)
  const main = MAIN_FILES[kind].map(inside).find(candidate => files.has(candidate))
  return { main: main ?? inside(MAIN_FILES[kind][0] ?? ''), folder: clean }
}

function single(kind: 'hooks' | 'mcp', main: string, declared: string | undefined): Artifact {
  return { kind, name: kind, main, folder: undefined, declaredAt: declared === undefined ? undefined : [kind] }
}

/** `./skills/review/` → `skills/review`, `.` → the empty path: the package itself. */
export function trimSlashes(path: string): string {
  return path
    .split('/')
    .filter(step => step !== '' && step !== '.')
    .join('/')
}
