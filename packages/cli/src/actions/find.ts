/** `aam find`: which installed package a file came from. Changes nothing. */
import { basename, extname, isAbsolute, join, resolve, sep } from 'node:path'
import { type ArchiveEntry, readArchive } from '@aam/archive'
import { type InstanceName, chainsTo, directoryName, fail, packageOf, suggest } from '@aam/core'
import { readCached } from '../disk/cache.ts'
import { type InstalledFile, listInstalledFiles, locate, locateMissing, pathBelow } from '../disk/installed-files.ts'
import { comparePackage } from '../disk/packages.ts'
import { PACKAGES_FOLDER, readProject, requireProject } from '../disk/project.ts'
import type { Context } from '../world.ts'
import { type DeployedFile, findDeployed } from './deploy/deployed-files.ts'
import { type LockedProject, graphOf, readLockedProject } from './tree.ts'

/** A file or folder of an installed package. */
export type FoundFile = {
  readonly package: string
  readonly version: string
  /** In the package, with `/`; empty for the package itself. */
  readonly path: string
  /** As `aam why` has them: from the first dependency to this package, without the project. */
  readonly chains: readonly (readonly string[])[]
  /** `unknown`: the cache does not have the archive to compare with. */
  readonly published: 'same' | 'different' | 'unknown'
  /** How it differs from what was published. */
  readonly differences: readonly string[]
}

export type FindResult = {
  /** The project. */
  readonly root: string
  readonly found: readonly FoundFile[]
  /** The path of a file that is the project's own; else `null`. */
  readonly own: string | null
  /** The artifacts that are deployed there, or are a part of the file. */
  readonly deployed: readonly DeployedFile[]
}

/**
 * Finds where a path leads, also through links; or else every installed file with this name.
 * @throws FILE_NOT_INSTALLED, LOCK_MISSING, MANIFEST_MISSING
 */
export async function findFile(outer: Context, text: string): Promise<FindResult> {
  const { world } = outer
  // Whoever stands in an installed package means the project that it is installed in.
  const [cwd = world.cwd] = world.cwd.split(`${sep}${PACKAGES_FOLDER}${sep}`)
  const context = { ...outer, world: { ...world, cwd } }
  const { folder } = requireProject(cwd)
  const packages = locate(join(folder, PACKAGES_FOLDER)) ?? join(folder, PACKAGES_FOLDER)
  const path = resolve(world.cwd, text)
  const there = locate(path)
  const place = there ?? locateMissing(path)
  const inPackages = pathBelow(packages, place)
  const deployed = inPackages === undefined ? findDeployed(world, folder, place) : []
  if (deployed.length > 0) return { ...(await describeRoot(context)), found: [], own: null, deployed }
  if (inPackages === undefined && there !== undefined) return findOwn(context, { text, path: there })
  const installation: Installation = { ...(await readLockedProject(context)), home: world.home }
  if (inPackages !== undefined) {
    return describe(installation, [ownerOf(installation, { text, inPackages, exists: there !== undefined })])
  }
  if (isAbsolute(text) || /^\.{1,2}(?:[\\/]|$)/.test(text)) return notThere(installation, text, 'there is no such file')
  const matches = search(installation, text)
  if (matches.length === 0) return notThere(installation, text, 'there is no such file, and none with such a name')
  return describe(installation, matches)
}

/** What is locked here, and where archives of it may be. */
type Installation = LockedProject & { readonly home: string }

async function findOwn(
  context: Context,
  { text, path }: { readonly text: string; readonly path: string },
): Promise<FindResult> {
  const { folder } = requireProject(context.world.cwd)
  const own = pathBelow(folder, path)
  if (own === undefined) {
    return fail('FILE_NOT_INSTALLED', { file: text, why: `it is outside the project ${folder}`, suggestions: [] })
  }
  return { ...(await describeRoot(context)), found: [], own, deployed: [] }
}

async function describeRoot({ world }: Context): Promise<Pick<FindResult, 'root'>> {
  const { name, version } = (await readProject(requireProject(world.cwd))).decoded.manifest
  return { root: `${name}@${version}` }
}

type Below = { readonly text: string; readonly inPackages: string; readonly exists: boolean }

/** The package and the path in it, of a path below `.agent-packages/`. */
function ownerOf(installation: Installation, { text, inPackages, exists }: Below): InstalledFile {
  const [first = '', ...rest] = inPackages.split('/')
  const name = [...installation.lock.resolved.keys()].find(each => directoryName(each) === first)
  if (name === undefined) {
    return notThere(installation, text, exists ? 'no package of package.agent.lock is there' : 'there is no such file')
  }
  const path = rest.join('/')
  const published = archiveOf(installation, name)?.some(entry => isAtOrBelow(entry.path, path)) === true
  return exists || published ? { name, path } : notThere(installation, text, `${name} has no such file`)
}

/** Files and folders whose path ends in `text`, also without an extension, and packages whose folder it is. */
function search({ project, lock }: Installation, text: string): InstalledFile[] {
  const wanted = text.split(/[\\/]+/).filter(step => step !== '' && step !== '.')
  const matches = new Map<string, InstalledFile>()
  if (wanted.length === 0) return []
  for (const { name, path } of listInstalledFiles(project.folder, lock.resolved.keys())) {
    const steps = [directoryName(name), ...path.split('/')]
    const end = steps.findIndex((_, at) => endsWith(steps.slice(0, at + 1), wanted))
    if (end === -1) continue
    const match = { name, path: steps.slice(1, end + 1).join('/') }
    matches.set(`${name} ${match.path}`, match)
  }
  return [...matches.values()]
}

function endsWith(steps: readonly string[], wanted: readonly string[]): boolean {
  const tail = steps.slice(-wanted.length)
  const last = tail.at(-1) ?? ''
  return (
    tail.length === wanted.length &&
    tail.slice(0, -1).every((step, index) => step === wanted[index]) &&
    [last, basename(last, extname(last))].includes(wanted.at(-1) ?? '')
  )
}

function describe(installation: Installation, files: readonly InstalledFile[]): FindResult {
  const { project, lock } = installation
  const { manifest } = project.decoded
  const graph = graphOf(installation)
  const archives = new Map(
    [...new Set(files.map(({ name }) => name))].map(name => [name, archiveOf(installation, name)]),
  )
  const found = files.map(({ name, path }): FoundFile => {
    const entries = archives.get(name)
    const differences =
      entries === undefined ? [] : comparePackage(project.folder, name, entries).filter(each => isAbout(each, path))
    return {
      package: packageOf(name),
      version: lock.resolved.get(name)?.version ?? '',
      path,
      chains: chainsTo(graph, name).map(chain =>
        chain.map(link => `${packageOf(link)}@${lock.resolved.get(link)?.version ?? ''}`),
      ),
      published: entries === undefined ? 'unknown' : differences.length === 0 ? 'same' : 'different',
      differences,
    }
  })
  return { root: `${manifest.name}@${manifest.version}`, found, own: null, deployed: [] }
}

/** What was published, as far as the cache has it whole. */
function archiveOf({ home, lock }: Installation, name: InstanceName): readonly ArchiveEntry[] | undefined {
  const entry = lock.resolved.get(name)
  const bytes = entry === undefined ? undefined : readCached(home, { ...entry, name: packageOf(name) })
  return bytes === undefined ? undefined : readArchive(bytes, name)
}

/** Whether a sentence of `comparePackage`, which begins with a path, is about `path` or something below it. */
function isAbout(difference: string, path: string): boolean {
  return path === '' || difference.startsWith(`${path} `) || difference.startsWith(`${path}/`)
}

function isAtOrBelow(path: string, folder: string): boolean {
  return folder === '' || path === folder || path.startsWith(`${folder}/`)
}

function notThere({ project, lock }: Installation, file: string, why: string): never {
  const near = new Set<string>()
  for (const { path } of listInstalledFiles(project.folder, lock.resolved.keys())) {
    const steps = path.split('/')
    for (const step of steps) near.add(basename(step, extname(step)))
    for (const from of steps.keys()) {
      for (const to of steps.keys()) if (to >= from) near.add(steps.slice(from, to + 1).join('/'))
    }
  }
  fail('FILE_NOT_INSTALLED', { file, why, suggestions: suggest(file, near) })
}
