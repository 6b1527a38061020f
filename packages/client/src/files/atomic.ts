/** Files that are there whole or not at all. */
import { randomBytes } from 'node:crypto'
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { AamError } from '@aam/core'

const TEMPORARY = /^\.[^/]+\.[0-9a-f]{12}\.tmp$/

/**
 * Replaces or creates a file in one step: whoever reads sees the old bytes or the new ones. When it returns, the new
 * ones survive a crash of the machine. A link is followed, the mode of an existing file is kept, missing folders are made.
 */
export function writeFileAtomic(path: string, data: string | Uint8Array, mode = 0o644): void {
  const target = realPath(path)
  const folder = dirname(target)
  makeFolder(folder)
  const temporary = join(folder, `.${basename(target)}.${randomBytes(6).toString('hex')}.tmp`)
  try {
    writeNew(temporary, data, modeOf(target) ?? mode)
    renameSync(temporary, target)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw named(error, target, 'write')
  }
  syncFolder(folder)
}

/** Makes a folder and whatever is missing above it, so that it survives a crash. */
export function makeFolder(folder: string): void {
  const first = mkdirSync(folder, { recursive: true })
  if (first !== undefined) syncFolder(dirname(first))
}

/** Whether a file name is one that `writeFileAtomic` uses while it works: a crash may leave it, and it means nothing. */
export function isTemporary(name: string): boolean {
  return TEMPORARY.test(name)
}

/** The bytes of a file; `undefined` when there is none. */
export function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path)
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined
    throw named(error, path, 'read')
  }
}

/** Reading and writing an open file fail without saying which file it is: then this says it. */
function named(error: unknown, path: string, doing: 'read' | 'write'): unknown {
  if (!(error instanceof Error) || !('code' in error) || 'path' in error) return error
  return new AamError('FILE_SYSTEM', { code: String(error.code), path, doing }, { cause: error })
}

/** Whether `error` is a system error with this code. */
export function isErrno(error: unknown, ...codes: readonly string[]): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code))
}

function writeNew(path: string, data: string | Uint8Array, mode: number): void {
  const bytes = typeof data === 'string' ? Buffer.from(data) : data
  const file = openSync(path, 'wx', mode)
  try {
    for (let written = 0; written < bytes.length;) written += writeSync(file, bytes, written)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return path
    throw error
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
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } catch (error) {
    // Some network file systems cannot sync a folder; the rename itself was atomic all the same.
    if (!isErrno(error, 'EINVAL', 'ENOTSUP', 'EBADF')) throw error
  } finally {
    closeSync(handle)
  }
}
