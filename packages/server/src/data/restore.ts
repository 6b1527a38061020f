/** Bringing a backup back. */
import { existsSync, readdirSync } from 'node:fs'
import { mkdir, rename, rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fail, isAamError } from '@aam/core'
import { isEmptyFolder, listAbandoned, makeFolder, syncFolder, temporaryFor } from '@aam/client/files'
import { openDiskBlobs, readDiskBlobs } from '../blobs/disk.ts'
import { BLOBS, DATABASE, readData } from './folder.ts'
import { type Snapshot, copyArchive, readSnapshot, takeSnapshot } from './snapshot.ts'

export type Restored = {
  readonly dataFolder: string
  readonly versions: number
  readonly blobs: number
  readonly events: number
  /** The hash of the last event. */
  readonly head: string
}

/**
 * Makes a server's data from a backup. The log and every archive are checked before anything is in its place, and the
 * database comes there last: on failure nothing is left, and after a crash restoring again succeeds.
 * @param dataFolder missing or empty
 * @throws STORE_NOT_EMPTY, BACKUP_INVALID, STORE_TOO_NEW, REGISTRY_FULL, REGISTRY_UNAVAILABLE
 */
export async function restoreData({
  backup,
  dataFolder,
}: {
  readonly backup: string
  readonly dataFolder: string
}): Promise<Restored> {
  if (!existsSync(join(backup, DATABASE))) fail('BACKUP_INVALID', { folder: backup, why: `it has no ${DATABASE}` })
  const isNew = !existsSync(dataFolder)
  if (!isNew) await requireEmpty(dataFolder)
  makeFolder(dataFolder)
  const staging = temporaryFor(join(dataFolder, 'restore'))
  const made = [staging]
  const place = async (name: string): Promise<void> => {
    const path = join(dataFolder, name)
    // Somebody may have started a server meanwhile.
    if (existsSync(path)) fail('STORE_NOT_EMPTY', { folder: dataFolder })
    await rename(join(staging, name), path)
    made.push(path)
    syncFolder(dataFolder)
  }
  try {
    await mkdir(staging, { mode: 0o700 })
    const { versions, archives, events, head } = await copyInto(staging, backup)
    await place(BLOBS)
    await place(DATABASE)
    await rm(staging, { recursive: true })
    return { dataFolder, versions, blobs: archives.length, events, head }
  } catch (error) {
    for (const path of made) await rm(path, { recursive: true, force: true })
    if (isNew && isEmptyFolder(dataFolder)) await rmdir(dataFolder)
    throw error
  }
}

/** Removes what a restore that was killed has left: it had not come to the database, so that nothing of it is anybody's. */
async function requireEmpty(folder: string): Promise<void> {
  const abandoned = listAbandoned(folder)
  const left = [
    ...abandoned,
    ...(abandoned.length > 0 && !existsSync(join(folder, DATABASE)) ? [join(folder, BLOBS)] : []),
  ]
  const names = readdirSync(folder).filter(name => !left.includes(join(folder, name)))
  if (names.length > 0) fail('STORE_NOT_EMPTY', { folder })
  for (const path of left) await rm(path, { recursive: true, force: true })
}

async function copyInto(staging: string, backup: string): Promise<Snapshot> {
  const invalid = (why: string): never => fail('BACKUP_INVALID', { folder: backup, why })
  const file = join(staging, DATABASE)
  const snapshot = await orInvalid(invalid, async () => {
    await readData(backup, async stored => {
      await rm(file, { force: true })
      await takeSnapshot(stored, file)
    })
    return readSnapshot(file)
  })
  const [problem] = snapshot.problems
  if (problem !== undefined) invalid(problem)
  const from = readDiskBlobs(join(backup, BLOBS))
  const to = await openDiskBlobs(join(staging, BLOBS))
  for (const { digest, size, what } of snapshot.archives) {
    const found = await from.size(digest)
    if (found === undefined) invalid(`the archive of ${what} is missing`)
    if (found !== size || !(await copyArchive(from, to, digest))) invalid(`the archive of ${what} is damaged`)
  }
  return snapshot
}

/** A database that cannot be read is what is wrong with a backup. */
async function orInvalid<T>(invalid: (why: string) => never, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if (!isAamError(error) || error.code !== 'REGISTRY_UNAVAILABLE') throw error
    return invalid(error.message)
  }
}
