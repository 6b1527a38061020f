/** Folders that are there whole or not at all. */
import { mkdirSync, readdirSync, renameSync, rmSync, rmdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createFolder, makeFolder, named, sweepTemporaries, syncFolder, temporaryFor, writeNew } from './atomic.ts'
import { isErrno } from './errno.ts'

/** A file of a folder that is written; `path` is relative to it, with `/`. */
export type NewFile = { readonly path: string; readonly data: string | Uint8Array; readonly executable: boolean }

/**
 * Makes a folder with these files in one step: it is prepared beside its place and moved there. When it returns, the folder
 * survives a crash of the machine.
 * @param target absent, or an empty folder
 * @throws FILE_SYSTEM; then nothing is left
 */
export function writeFolderAtomic(target: string, files: readonly NewFile[]): void {
  const parent = dirname(target)
  makeFolder(parent)
  sweepTemporaries(parent)
  const temporary = temporaryFor(target)
  try {
    mkdirSync(temporary)
    const folders = new Set([temporary])
    for (const { path, data, executable } of files) {
      const file = join(temporary, path)
      createFolder(dirname(file))
      for (let folder = dirname(file); folder !== temporary; folder = dirname(folder)) folders.add(folder)
      try {
        writeNew(file, data, { mode: executable ? 0o755 : 0o644, durable: true })
      } catch (error) {
        throw named(error, file, 'write')
      }
    }
    for (const folder of folders) syncFolder(folder)
    // Not every system moves a folder over an empty one.
    if (isEmptyFolder(target)) rmdirSync(target)
    renameSync(temporary, target)
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true })
    throw error
  }
  syncFolder(parent)
}

/** Whether there is a folder with nothing in it; `false` when there is nothing, or something else. */
export function isEmptyFolder(path: string): boolean {
  try {
    return readdirSync(path).length === 0
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return false
    throw error
  }
}
