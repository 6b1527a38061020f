/** What must be true of a sandbox after a command was stopped somewhere, and after it was run again. */
import { cpSync, existsSync, lstatSync, readFileSync, readdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { integrityOf } from '@aam/archive'
import { openFolderRegistry } from '@aam/client'
import { isTemporary } from '@aam/client/files'
import { type Lock, type PackageDocument, decodeLock, encodeDocument, parsePackageName } from '@aam/core'
import { NOW, type Sandbox, createSandbox } from '@aam/testkit'

/** Every file, folder and link below `folder` with what it holds; times of publishing are left out. */
export function snapshot(folder: string, prefix = ''): Map<string, string> {
  const found = new Map<string, string>()
  for (const name of readdirSync(join(folder, prefix)).sort()) {
    const path = `${prefix}${name}`
    const stat = lstatSync(join(folder, path))
    if (stat.isDirectory()) {
      found.set(path, 'folder')
      for (const [below, text] of snapshot(folder, `${path}/`)) found.set(below, text)
    } else if (stat.isFile()) found.set(path, `${String(stat.mode)} ${contentsOf(folder, path)}`)
    else found.set(path, stat.isSymbolicLink() ? `→ ${readlinkSync(join(folder, path))}` : 'special')
  }
  return found
}

/** What differs between two snapshots, a line each. */
export function compareSnapshots(expected: ReadonlyMap<string, string>, actual: ReadonlyMap<string, string>): string[] {
  const paths = new Set([...expected.keys(), ...actual.keys()])
  return [...paths].sort().flatMap(path => {
    const [before, after] = [expected.get(path), actual.get(path)]
    if (before === after) return []
    return [
      before === undefined ? `${path} is left over` : after === undefined ? `${path} is missing` : `${path} differs`,
    ]
  })
}

function contentsOf(folder: string, path: string): string {
  const text = readFileSync(join(folder, path), 'latin1')
  if (path.endsWith('origins.txt')) {
    // It names registries by their addresses, and this one has moved since the scenario was prepared.
    const lines = text.replaceAll(/file:\/\/\S*/g, 'the registry').split('\n')
    return [...new Set(lines)].sort().join('\n')
  }
  // When the files were written that are looked at for changes.
  if (path.endsWith('state.json')) return text.replace(/("own":\{"paths":\[[^\]]*\],"digest":")[0-9a-f]+/, '$1')
  if (path.endsWith('metadata.yaml')) return text.replaceAll(/published: .*/g, 'published: then')
  // When metadata.yaml was written, and how long it is with the time of publishing in it.
  if (path.endsWith('index.json')) return text.replaceAll(/"metadata":\{[^}]*\}/g, '')
  if (!path.endsWith('document.json')) return text
  return text.replaceAll(/"published":"[^"]*"/g, '').replace(/"sha256":"[0-9a-f]{64}"/, '')
}

/** What is wrong with a stopped sandbox: a registry that does not read, a project that is neither before nor after. */
export async function checkStopped(
  sandbox: Sandbox,
  project: { readonly cwd: string; readonly before: Sandbox; readonly after: Sandbox },
): Promise<string[]> {
  const problems: string[] = []
  const documents = await readRegistry(sandbox.path('registry'), problems)
  const bare = createSandbox()
  cpSync(sandbox.path('registry'), bare.root, {
    recursive: true,
    filter: path => !path.endsWith('/document.json'),
  })
  // Whoever reads the YAML and whoever reads what is derived from it read the same.
  const said = (of: ReadonlyMap<string, PackageDocument>): string =>
    JSON.stringify([...of.values()].map(encodeDocument))
  if (said(await readRegistry(bare.root, problems)) !== said(documents)) {
    problems.push('document.json says something else')
  }
  bare.remove()
  return [...problems, ...checkProject(sandbox, project), ...checkLock(sandbox, project.cwd, documents)]
}

/** What is wrong with the registry, read as it is now. */
export async function checkRegistry(sandbox: Sandbox): Promise<string[]> {
  const problems: string[] = []
  await readRegistry(sandbox.path('registry'), problems)
  return problems
}

async function readRegistry(root: string, problems: string[]): Promise<Map<string, PackageDocument>> {
  const registry = openFolderRegistry({ root, now: () => NOW })
  const documents = new Map<string, PackageDocument>()
  for (const text of (await registry.listNames()).sort()) {
    const name = parsePackageName(text)
    try {
      const document = (await registry.fetchDocument(name))!
      documents.set(name, document)
      for (const { version, integrity } of document.releases.values()) {
        const actual = integrityOf(await registry.fetchArchive(name, version))
        if (actual !== integrity) problems.push(`${name}@${version} is not what its metadata says`)
      }
      for (const [tag, version] of document.tags) {
        if (!document.releases.has(version)) problems.push(`${name}: the tag ${tag} points nowhere`)
      }
    } catch (error) {
      problems.push(`${name} cannot be read: ${String(error)}`)
    }
  }
  return documents
}

/** Manifest and lock are each as before or as after, and the lock, which is written last, never ahead of the manifest. */
function checkProject(
  sandbox: Sandbox,
  { cwd, before, after }: { readonly cwd: string; readonly before: Sandbox; readonly after: Sandbox },
): string[] {
  const stateOf = (file: string): string => {
    const path = join(cwd, file)
    const text = (of: Sandbox): string | undefined => (of.exists(path) ? of.read(path) : undefined)
    const now = text(sandbox)
    const states = [...(now === text(before) ? ['before'] : []), ...(now === text(after) ? ['after'] : [])]
    return states.join(' ') || 'neither before nor after'
  }
  const manifest = stateOf('package.agent.json')
  const lock = stateOf('package.agent.lock')
  if (manifest.startsWith('neither') || lock.startsWith('neither')) return [`manifest: ${manifest}, lock: ${lock}`]
  return lock === 'after' && manifest === 'before' ? ['the lock was written before the manifest'] : []
}

/** A lock never names what the registry does not have. */
function checkLock(sandbox: Sandbox, cwd: string, documents: ReadonlyMap<string, PackageDocument>): string[] {
  const file = join(cwd, 'package.agent.lock')
  if (!sandbox.exists(file)) return []
  const { resolved }: Lock = decodeLock(sandbox.read(file), file)
  return [...resolved]
    .filter(([name, { version, integrity }]) => documents.get(name)?.releases.get(version)?.integrity !== integrity)
    .map(([name, { version }]) => `the lock names ${name}@${version}, which the registry does not have`)
}

/** What a stopped command left and a second run did not remove. */
export function findLeftOvers(folder: string): string[] {
  if (!existsSync(folder)) return []
  return [...snapshot(folder).keys()].filter(path => {
    const name = path.slice(path.lastIndexOf('/') + 1)
    return (
      isTemporary(name) || name.startsWith('.staging-') || (/(?:^|\/)\.?lock(?:\/|$)/.test(path) && name !== '.lock')
    )
  })
}
