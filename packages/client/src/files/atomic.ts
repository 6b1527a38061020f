/** Files that are there whole or not at all. */
import { isUtf8 } from 'node:buffer'
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { AamError, fail } from '@aam/core'
import { isErrno } from './errno.ts'
import { isAbandoned, ownerName } from './owner.ts'

const TEMPORARY = /^\.[^/]+\.[0-9a-f]{8,12}\.tmp$/
/** The end of its name says whose it is. */
const OWNER = /\.([0-9a-f]{12}\.\d+\.[0-9a-z-]+\.[0-9a-f]{8})\.tmp$/
/** A temporary file from another machine that is older than this many milliseconds is not being written any more. */
const DEAD_AFTER = 3_600_000

/**
 * Replaces or creates a file in one step: whoever reads sees the old bytes or the new ones. When it returns, the new
 * ones survive a crash of the machine. A link is followed, the mode of an existing file is kept, missing folders are
 * made, and what writers that were killed left beside it is removed.
 * @throws FILE_SYSTEM also for a link that leads nowhere: nobody can say what should be at its end
 */
export function writeFileAtomic(path: string, data: string | Uint8Array, mode = 0o644): void {
  sweepTemporaries(replaceFile(path, data, { mode, durable: true }))
}

/** The same for a folder of very many files, which is not searched each time: `sweepTemporaries` does it once. */
export function placeFile(path: string, data: string | Uint8Array, mode = 0o644): void {
  replaceFile(path, data, { mode, durable: true })
}

/**
 * The same without waiting for the disk (see `writeFileDerived`) and with exactly this mode, as far as the umask allows it.
 * Its folder has to be there, and a link is not followed but replaced.
 */
export function placeDerived(path: string, data: string | Uint8Array, mode: number): void {
  moveIntoPlace(path, data, { mode, durable: false })
}

/**
 * Replaces or creates a file in one step, as `writeFileAtomic` does, without waiting for the disk: for what can be made
 * again and is checked by whoever reads it. After a crash of the machine it may be old, empty or damaged.
 */
export function writeFileDerived(path: string, data: string): void {
  sweepTemporaries(replaceFile(path, data, { mode: 0o644, durable: false }))
}

export type Manner = { readonly mode: number; readonly durable: boolean }

/** @returns the folder it is in */
function replaceFile(path: string, data: string | Uint8Array, { mode, durable }: Manner): string {
  const target = realPath(path)
  const folder = dirname(target)
  makeFolder(folder)
  moveIntoPlace(target, data, { mode: modeOf(target) ?? mode, durable })
  if (durable) syncFolder(folder)
  return folder
}

function moveIntoPlace(target: string, data: string | Uint8Array, manner: Manner): void {
  const temporary = temporaryFor(target)
  try {
    writeNew(temporary, data, manner)
    renameSync(temporary, target)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw named(error, target, 'write')
  }
}

/** Removes the temporary files and folders in a folder whose writers are gone: a kill left them, and they mean nothing. */
export function sweepTemporaries(folder: string): void {
  for (const path of listAbandoned(folder)) rmSync(path, { recursive: true, force: true })
}

/** The path of a file or folder beside `target` to prepare it in; the start of its name is there for people. */
export function temporaryFor(target: string): string {
  // Together with the rest it fits wherever the name itself fits.
  return join(dirname(target), `.${basename(target).slice(0, 32)}.${ownerName()}.tmp`)
}

/** The paths of the temporary files and folders in a folder whose writers are gone. */
export function listAbandoned(folder: string): string[] {
  return listIfThere(folder).flatMap(name => {
    const owner = isTemporary(name) ? OWNER.exec(name)?.[1] : undefined
    const path = join(folder, name)
    return owner !== undefined && isAbandoned(owner, { path, deadAfter: DEAD_AFTER }) ? [path] : []
  })
}

/** Makes a folder and whatever is missing above it, so that it survives a crash. */
export function makeFolder(folder: string): void {
  const first = createFolder(folder)
  if (first !== undefined) syncFolder(dirname(first))
}

/** Makes a folder and whatever is missing above it; returns the first that was made, `undefined` when all were there. */
export function createFolder(folder: string): string | undefined {
  // One folder at a time: asked for all at once, Node gives another reason on a read-only file system, and never comes
  // back where a parent cannot have folders, as below /proc.
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return undefined
  const parent = dirname(folder)
  const first = parent === folder ? undefined : createFolder(parent)
  try {
    mkdirSync(folder)
    return first ?? folder
  } catch (error) {
    // Somebody else made it just now.
    if (isErrno(error, 'EEXIST') && statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return first
    throw error
  }
}

/** Whether a file name is one that `writeFileAtomic` uses while it works: a crash may leave it, and it means nothing. */
export function isTemporary(name: string): boolean {
  return TEMPORARY.test(name)
}

/**
 * The bytes of a file; `undefined` when there is none.
 * @throws FILE_SYSTEM also for a link that leads nowhere, and for what is no file and would keep its reader waiting
 */
export function readIfThere(path: string): Buffer | undefined {
  let file: number
  try {
    file = openSync(path, READ)
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error
    if (isLink(path)) fail('FILE_SYSTEM', { code: 'ENOLINK', path, doing: 'read' }, { cause: error })
    return undefined
  }
  try {
    const stat = fstatSync(file)
    if (!stat.isFile() && !stat.isDirectory()) fail('FILE_SYSTEM', { code: 'EFTYPE', path, doing: 'read' })
    return readBytes(file, stat.size)
  } catch (error) {
    throw named(error, path, 'read')
  } finally {
    closeSync(file)
  }
}

/** The text of bytes that are UTF-8; `undefined` for others, which would lose letters when they are written back. */
export function readUtf8(bytes: Buffer): string | undefined {
  return isUtf8(bytes) ? bytes.toString('utf8') : undefined
}

/** The bytes of an open file that has `size` of them. What other programs make as they are read says it has none. */
function readBytes(file: number, size: number): Buffer {
  if (size === 0) return readFileSync(file)
  const bytes = Buffer.allocUnsafe(size)
  let at = 0
  for (let read = -1; at < size && read !== 0; at += read) read = readSync(file, bytes, at, size - at, null)
  return at === size ? bytes : bytes.subarray(0, at)
}

/** A pipe that nobody writes to is opened at once, instead of never. */
const READ = constants.O_RDONLY | (process.platform === 'win32' ? 0 : constants.O_NONBLOCK)

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true
}

/** Reading and writing an open file fail without saying which file it is: then this says it. */
export function named(error: unknown, path: string, doing: 'read' | 'write'): unknown {
  if (error instanceof AamError || !(error instanceof Error) || !('code' in error) || 'path' in error) return error
  return new AamError('FILE_SYSTEM', { code: String(error.code), path, doing }, { cause: error })
}

export function writeNew(path: string, data: string | Uint8Array, { mode, durable }: Manner): void {
  const bytes = typeof data === 'string' ? Buffer.from(data) : data
  const file = openSync(path, 'wx', mode)
  try {
    for (let written = 0; written < bytes.length;) written += writeSync(file, bytes, written)
    if (durable) fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

function listIfThere(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return []
    throw error
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error
    if (isLink(path)) fail('FILE_SYSTEM', { code: 'ENOLINK', path, doing: 'write' }, { cause: error })
    return path
  }
}

function modeOf(path: string): number | undefined {
  try {
    return statSync(path).mode & 0o777
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined
    throw error
  }
}

/** A rename is only as durable as the folder it happened in. Windows cannot open folders and needs no such call. */
export function syncFolder(folder: string): void {
  if (process.platform === 'win32') return
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } catch (error) {
    // Some network file systems cannot sync a folder; the rename itself was atomic all the same.
    if (!isErrno(error, 'EINVAL', 'ENOTSUP', 'EBADF')) throw named(error, folder, 'write')
  } finally {
    closeSync(handle)
  }
}
