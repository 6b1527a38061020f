/** The only code that writes an archive's files to disk. */
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { fail } from '@aam/core'
import type { ArchiveEntry } from './read.ts'

/**
 * Writes `entries`, as `readArchive` returned them, below `folder`, which must not exist and is made. Every file is new:
 * nothing is followed or overwritten. Plain synchronous calls, because they are twice as fast here as promises.
 */
export function unpackEntries(entries: readonly ArchiveEntry[], folder: string): void {
  mkdirSync(folder, 0o777)
  const made = new Set<string>([''])
  for (const { path, data, executable } of entries) {
    makeParents(path, folder, made)
    const file = openSync(`${folder}/${path}`, 'wx', executable ? 0o777 : 0o666)
    try {
      for (let written = 0; written < data.length;) written += writeSync(file, data, written)
    } catch (error) {
      // Writing to an open file fails without saying which file it is.
      if (!(error instanceof Error) || !('code' in error)) throw error
      fail('FILE_SYSTEM', { code: String(error.code), path: `${folder}/${path}`, doing: 'write' }, { cause: error })
    } finally {
      closeSync(file)
    }
  }
}

function makeParents(path: string, folder: string, made: Set<string>): void {
  const parent = path.slice(0, Math.max(0, path.lastIndexOf('/')))
  if (made.has(parent)) return
  makeParents(parent, folder, made)
  mkdirSync(`${folder}/${parent}`, 0o777)
  made.add(parent)
}
