/** `.agent-packages/`: packages are unpacked beside their place and moved into it when all of them are ready (D5, D40). */
import { randomBytes } from 'node:crypto'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  rmdirSync,
  statSync,
} from 'node:fs'
import { join } from 'node:path'
import { type ArchiveEntry, unpackEntries } from '@aam/archive'
import { isErrno, writeFileAtomic } from '@aam/client/files'
import {
  type InstanceName,
  type PackageName,
  type ReviewedVersion,
  type Version,
  directoryName,
  explainName,
  instanceName,
  isVersion,
} from '@aam/core'
import { readPackedFolder } from './installed-files.ts'
import { PACKAGES_FOLDER } from './project.ts'

const STAGING = '.staging-'

/** Packages being prepared. Nothing that is installed changes before `swapIn`. */
export type Staging = {
  readonly unpack: (name: InstanceName, entries: readonly ArchiveEntry[]) => void
  /** Where `unpack` puts a package; for somebody else to unpack it there and to say so with `adopt`. */
  readonly folderOf: (name: InstanceName) => string
  readonly adopt: (name: InstanceName) => void
  /** The manifest of a prepared package as parsed JSON; `undefined` when it was not prepared. */
  readonly readManifest: (name: InstanceName) => Readonly<Record<string, unknown>> | undefined
  /** What a prepared package may do and runs. */
  readonly review: (name: InstanceName) => ReviewedVersion
  /** Removes what somebody else's failed try left there. */
  readonly clear: (name: InstanceName) => void
  /** Moves every prepared package into its place and takes out the ones in `remove`. */
  readonly swapIn: (remove: readonly InstanceName[]) => void
  /** Removes what was prepared and not moved. Safe to call at any time. */
  readonly discard: () => void
}

/** Starts preparing packages, and removes what an interrupted run left behind. The project must be locked. */
export function openStaging(project: string): Staging {
  const root = join(project, PACKAGES_FOLDER)
  mkdirSync(root, { recursive: true })
  for (const name of readdirSync(root)) if (name.startsWith(STAGING)) remove(join(root, name))
  const staging = join(root, `${STAGING}${randomBytes(4).toString('hex')}`)
  const old = join(staging, '.old')
  mkdirSync(old, { recursive: true })
  const ready: string[] = []
  return {
    unpack: (name, entries) => {
      const folder = directoryName(name)
      unpackEntries(entries, join(staging, folder))
      ready.push(folder)
    },
    folderOf: name => join(staging, directoryName(name)),
    readManifest: name => readManifestIn(join(staging, directoryName(name))),
    review: name => {
      const folder = join(staging, directoryName(name))
      return { permissions: readManifestIn(folder)?.['permissions'], files: readPackedFolder(folder) }
    },
    clear: name => {
      remove(join(staging, directoryName(name)))
    },
    adopt: name => {
      ready.push(directoryName(name))
    },
    swapIn: gone => {
      const present = new Set(readdirSync(root))
      const moveAside = (folder: string): void => {
        if (present.has(folder)) renameSync(join(root, folder), join(old, folder))
      }
      for (const folder of ready) {
        moveAside(folder)
        renameSync(join(staging, folder), join(root, folder))
      }
      for (const name of gone) moveAside(directoryName(name))
    },
    discard: () => {
      remove(staging)
      // An empty folder would only make people wonder.
      if (readdirSync(root).length === 0) rmdirSync(root)
    },
  }
}

/** The copy of the lock that is kept with the packages (UAAPS 13.11). */
export function writeLockCopy(project: string, text: string): void {
  const folder = join(project, PACKAGES_FOLDER)
  if (existsSync(folder)) writeFileAtomic(join(folder, '.lock'), text)
}

/** The manifest of an installed package as parsed JSON; `undefined` when it is not there or not JSON. */
export function readInstalledManifest(
  project: string,
  name: InstanceName,
): Readonly<Record<string, unknown>> | undefined {
  return readManifestIn(packageFolder(project, name))
}

function readManifestIn(folder: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const text = readFileSync(join(folder, 'package.agent.json'), 'utf8')
    const value = JSON.parse(text) as unknown
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch (error) {
    if (error instanceof SyntaxError || isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined
    throw error
  }
}

/** How an installed package differs from its archive, in words; empty when it does not. */
export function comparePackage(project: string, name: InstanceName, entries: readonly ArchiveEntry[]): string[] {
  const folder = packageFolder(project, name)
  if (isLink(folder)) return ['its folder is a link to somewhere else']
  const differences: string[] = []
  const expected = new Set<string>()
  for (const { path, data } of entries) {
    expected.add(path)
    const there = readFileAt(join(folder, path))
    if (isLink(join(folder, path))) differences.push(`${path} is a link`)
    else if (there === undefined) differences.push(`${path} is missing`)
    else if (Buffer.compare(there, data) !== 0) differences.push(`${path} was changed`)
  }
  for (const path of listFilesBelow(folder)) if (!expected.has(path)) differences.push(`${path} was added`)
  return differences
}

/**
 * Packages in `.agent-packages/` by what their own manifests say; folders that are no package, or another one than their
 * name says, are left out.
 * @param folders the names of the folders that are there
 */
export function readPackageFolders(project: string, folders: Iterable<string>): Map<InstanceName, Version> {
  const found = new Map<InstanceName, Version>()
  for (const folder of folders) {
    const manifest = readManifestIn(join(project, PACKAGES_FOLDER, folder))
    const { name, version } = (manifest ?? {}) as { name?: unknown; version?: unknown }
    if (typeof name !== 'string' || explainName(name) !== undefined || typeof version !== 'string') continue
    if (!isVersion(version)) continue
    const names = [name as PackageName, instanceName(name as PackageName, version)]
    const instance = names.find(each => directoryName(each) === folder)
    if (instance !== undefined) found.set(instance, version)
  }
  return found
}

export function packageFolder(project: string, name: InstanceName): string {
  return join(project, PACKAGES_FOLDER, directoryName(name))
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true
}

function readFileAt(path: string): Buffer | undefined {
  try {
    return readFileSync(path)
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'EISDIR', 'ELOOP')) return undefined
    throw error
  }
}

function listFilesBelow(folder: string, prefix = ''): string[] {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) return []
  return readdirSync(folder, { withFileTypes: true }).flatMap(entry =>
    entry.isDirectory()
      ? listFilesBelow(join(folder, entry.name), `${prefix}${entry.name}/`)
      : [`${prefix}${entry.name}`],
  )
}

function remove(path: string): void {
  rmSync(path, { recursive: true, force: true })
}
