import { type PackageFile, compareText } from '@aam/core'
import { type Artifact, gatherArtifacts } from '@aam/core/authoring'
import type { Manifest } from '@aam/core/manifest'
import type { Artifacts } from './artifacts.ts'
import { type Found, readAgent, readCommand, readRule, readSkill } from './read/documents.ts'
import { readHooks } from './read/hooks.ts'
import { type Reader, openPackage } from './read/reader.ts'
import { gatherRunFiles } from './read/run-files.ts'
import { readServers } from './read/servers.ts'

type TextKind = 'skills' | 'commands' | 'agents' | 'rules'

/**
 * Everything of a package that agents can use (UAAPS 4–9). What is broken is used as far as it can be, and a warning names the
 * file: `rules/style/RULE.md: it has no frontmatter …`. Never fails on what is in a package.
 *
 * @param files every file of the package, with paths relative to it
 */
export function readArtifacts(
  manifest: Manifest,
  files: readonly PackageFile[],
): { readonly artifacts: Artifacts; readonly warnings: readonly string[] } {
  const listed = gatherArtifacts(
    manifest,
    files.map(({ path }) => path),
  )
  const skillFolders = listed.flatMap(({ kind, folder }) => (kind === 'skills' ? (folder ?? []) : []))
  const reader = openPackage(files, skillFolders)
  const find = (kind: TextKind): Found[] => findAll(manifest, ofKind(listed, kind), reader)
  const hooks = ofKind(listed, 'hooks').flatMap(({ main }) => {
    const text = readText(main, reader)
    return text === undefined
      ? []
      : readHooks(text, main, message => {
          reader.warn(main, message)
        })
  })
  const mcp = ofKind(listed, 'mcp').map(({ main }) => {
    const text = readText(main, reader)
    return text === undefined
      ? undefined
      : readServers(text, main, message => {
          reader.warn(main, message)
        })
  })[0]
  const servers = mcp?.servers ?? []
  const definitions = new Set([...ofKind(listed, 'hooks'), ...ofKind(listed, 'mcp')].map(({ main }) => main))
  const context = reader.text('AGENTS.md')
  return {
    artifacts: {
      skills: find('skills').map(found => readSkill(found, reader)),
      commands: find('commands').map(found => readCommand(found, reader)),
      agents: find('agents').map(found => readAgent(found, reader)),
      rules: find('rules').map(found => readRule(found, reader)),
      hooks,
      servers,
      inputs: mcp?.inputs ?? [],
      context: context?.trim() === '' ? undefined : context,
      runFiles: gatherRunFiles(files, { hooks, servers }, definitions),
    },
    warnings: reader.warnings,
  }
}

function ofKind(artifacts: readonly Artifact[], kind: Artifact['kind']): Artifact[] {
  return artifacts.filter(artifact => artifact.kind === kind)
}

/** Those that are there and can be placed under their names, sorted by name; of two of one name the first. */
function findAll(manifest: Manifest, artifacts: readonly Artifact[], reader: Reader): Found[] {
  const found = new Map<string, Found>()
  for (const artifact of artifacts) {
    const { name, main, folder } = artifact
    const twin = found.get(name)
    const text = readText(main, reader)
    if (text === undefined) continue
    if (twin !== undefined) reader.warn(main, `'${name}' is there twice; ${twin.main} is used`)
    else if (!isFileName(name)) reader.warn(main, `'${name}' cannot be the name of a file; it is ignored`)
    else found.set(name, { name, main, folder, text, description: declaredDescription(manifest, artifact) })
  }
  return [...found.values()].sort((a, b) => compareText(a.name, b.name))
}

function readText(path: string, reader: Reader): string | undefined {
  const text = reader.text(path)
  if (text === undefined) reader.warn(path, 'the manifest names it, but it is not in the package')
  return text
}

function declaredDescription(manifest: Manifest, { kind, declaredAt }: Artifact): string | undefined {
  if (declaredAt === undefined || kind === 'hooks' || kind === 'mcp') return undefined
  return manifest.artifacts?.get(kind)?.[Number(declaredAt[2])]?.description
}

/** Whether an artifact's file or folder may have this name on every system; a name that is a path never may. */
function isFileName(name: string): boolean {
  // eslint-disable-next-line no-control-regex -- control characters are what is refused
  return !/[\u0000-\u001f\u007f"*/:<>?\\|]/.test(name) && !/^[. ]|[. ]$/.test(name) && name !== ''
}
