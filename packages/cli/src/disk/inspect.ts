/** Looking at folders without touching them, for `aam doctor`. */
import { accessSync, constants, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { versions } from 'node:process'
import { isErrno, isTemporary } from '@aam/client/files'
import { compareText } from '@aam/core'

/** The version of Node.js that runs this, `20.19.0`. */
export const NODE_VERSION = versions.node

export type FolderState = 'missing' | 'writable' | 'read-only' | 'no folder'

/** Whether a folder can be used. */
export function inspectFolder(path: string): FolderState {
  try {
    if (!statSync(path).isDirectory()) return 'no folder'
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK)
    return 'writable'
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return 'missing'
    if (isErrno(error, 'ENOTDIR')) return 'no folder'
    if (isErrno(error, 'EACCES', 'EPERM', 'EROFS')) return 'read-only'
    throw error
  }
}

/** Paths of what killed runs left in a folder: temporary files, and names that begin with one of `prefixes`. Sorted. */
export function listLeftovers(folder: string, prefixes: readonly string[] = []): string[] {
  try {
    return readdirSync(folder)
      .filter(name => isTemporary(name) || prefixes.some(prefix => name.startsWith(prefix)))
      .sort(compareText)
      .map(name => join(folder, name))
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return []
    throw error
  }
}
