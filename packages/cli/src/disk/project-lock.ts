/** One `aam` at a time in a project. */
import { rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { isErrno, withLock } from '@aam/client/files'
import { STATE_FOLDER } from './project.ts'

/**
 * Runs `action` while nobody else changes the project.
 * @param onWait told who does, after a second
 * @throws BUSY
 */
export async function withProjectLock<T>(
  folder: string,
  onWait: (owner: string) => void,
  action: () => Promise<T>,
): Promise<T> {
  const own = join(folder, STATE_FOLDER)
  try {
    return await withLock({ folder: join(own, 'lock'), what: `the project ${folder}`, onWait }, action)
  } finally {
    removeIfEmpty(own)
  }
}

/** The folder may have been made for the lock only. */
function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder)
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'ENOTEMPTY', 'EEXIST', 'ENOTDIR', 'EACCES', 'EPERM', 'EROFS')) throw error
  }
}
