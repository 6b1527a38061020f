/** The files that agents read, on disk: looked at for a plan, and changed as it says. */
import { existsSync, lstatSync, readFileSync, readdirSync, realpathSync, rmSync, rmdirSync } from 'node:fs'
import { dirname, isAbsolute, join, posix, relative, resolve, sep } from 'node:path'
import { createFolder, isErrno, placeDerived, sweepTemporaries, writeFileAtomic } from '@aam/client/files'
import type { Disk, DiskFile, Step } from '@aam/platforms'

/** Where deployed paths are relative to, and whether links may lead out of it: a project's may not, a user's home is the user's. */
export type DeployBase = { readonly folder: string; readonly contained: boolean }

/** The disk as a plan sees it. Links to files, and whatever lies behind a link that leaves a project, are not ours to touch. */
export function openDisk(base: DeployBase): Disk & { readonly list: (folder: string) => readonly string[] } {
  const real = realpathSync(base.folder)
  const reachable = new Map<string, boolean>([[base.folder, true]])
  // A folder leads out of the project only where it, or one above it, is a link that does.
  const reaches = (folder: string): boolean => {
    const known = reachable.get(folder)
    if (known !== undefined) return known
    const above = dirname(folder)
    const now = above !== folder && reaches(above) && !leadsOut(folder, real)
    reachable.set(folder, now)
    return now
  }
  const mayReach = (path: string): boolean => !base.contained || reaches(dirname(path))
  return {
    read: path => {
      const full = resolve(base.folder, path)
      return mayReach(full) ? readPlain(full) : 'blocked'
    },
    list: folder => {
      const full = resolve(base.folder, folder)
      return mayReach(join(full, 'x')) ? listNames(full) : []
    },
  }
}

function readPlain(path: string): DiskFile | 'blocked' | undefined {
  try {
    const stat = lstatSync(path, { throwIfNoEntry: false })
    if (stat === undefined) return undefined
    return stat.isFile() ? { data: readFileSync(path), executable: (stat.mode & 0o100) !== 0 } : 'blocked'
  } catch (error) {
    // A file stands where a folder has to be.
    if (isErrno(error, 'ENOTDIR', 'ELOOP')) return 'blocked'
    throw error
  }
}

function listNames(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return []
    throw error
  }
}

/** Whether a folder is a link to somewhere outside of `real`, or to nowhere. */
function leadsOut(folder: string, real: string): boolean {
  try {
    const stat = lstatSync(folder, { throwIfNoEntry: false })
    // A file in the place of a folder is the end of the way, too.
    if (stat !== undefined && !stat.isDirectory() && !stat.isSymbolicLink()) return true
    if (stat?.isSymbolicLink() !== true) return false
    return !isInside(real, realpathSync(folder))
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ELOOP', 'ENOTDIR')) return true
    throw error
  }
}

function isInside(folder: string, path: string): boolean {
  const below = relative(folder, path)
  return below === '' || (!below.startsWith(`..${sep}`) && below !== '..' && !isAbsolute(below))
}

/** Carries out the steps in order. */
export function applySteps({ folder: base }: DeployBase, steps: readonly Step[]): void {
  const there = new Set<string>()
  const makeFolder = (folder: string): void => {
    if (!there.has(folder)) createFolder(folder)
    there.add(folder)
  }
  for (const step of steps) {
    const path = resolve(base, step.path)
    if (step.kind === 'delete') {
      rmSync(path, { force: true })
      continue
    }
    makeFolder(dirname(path))
    if (step.kind === 'edit') writeFileAtomic(path, step.text)
    else placeDerived(path, step.data, step.executable ? 0o755 : 0o644)
  }
}

/** The folders that the steps will have to make. */
export function missingFolders({ folder: base }: DeployBase, steps: readonly Step[]): string[] {
  const missing = new Set<string>()
  for (const { kind, path } of steps) {
    if (kind === 'delete') continue
    for (const folder of foldersAbove(path)) {
      if (missing.has(folder) || existsSync(resolve(base, folder))) break
      missing.add(folder)
    }
  }
  return [...missing]
}

/** The folders that a path is in, the nearest first, without the base itself. */
export function foldersAbove(path: string): string[] {
  const folders: string[] = []
  for (let at = posix.dirname(path); at !== '.' && at !== '/'; at = posix.dirname(at)) folders.push(at)
  return folders
}

/**
 * Removes those of `folders` that are empty, the deepest first.
 * @returns those that are not there any more
 */
export function removeEmptyFolders({ folder: base }: DeployBase, folders: readonly string[]): Set<string> {
  const deepestFirst = [...folders].sort((a, b) => b.length - a.length)
  return new Set(deepestFirst.filter(folder => removeIfEmpty(resolve(base, folder))))
}

function removeIfEmpty(folder: string): boolean {
  try {
    rmdirSync(folder)
    return true
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return true
    // Something of the user's is in it, or it is not a folder any more but a link to one.
    if (isErrno(error, 'ENOTEMPTY', 'EEXIST', 'EBUSY', 'ENOTDIR')) return false
    throw error
  }
}

/** Removes what an interrupted run left beside the files it was writing. */
export function sweepFolders({ folder: base }: DeployBase, paths: Iterable<string>): void {
  for (const folder of new Set([...paths].map(path => dirname(resolve(base, path))))) sweepTemporaries(folder)
}
