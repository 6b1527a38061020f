/** Backing up a registry server's data while the server is at work. */
import { existsSync } from 'node:fs'
import { link, mkdir, open, readdir, realpath, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { AamError, fail, isAamError } from '@aam/core'
import { isErrno, isTemporary, makeFolder, sweepTemporaries, syncFolder, temporaryFor } from '@aam/client/files'
import { type Blobs, type StoredBlobs, openDiskBlobs } from '../blobs/disk.ts'
import { readSqlite } from '../store/sqlite.ts'
import { BLOBS, DATABASE, readData } from './folder.ts'
import { type Snapshot, copyArchive, isWhole, readSnapshot, takeSnapshot } from './snapshot.ts'

export type BackedUp = {
  readonly target: string
  readonly versions: number
  /** Archives in the backup. */
  readonly blobs: number
  /** Those of them that were not there yet. */
  readonly added: number
  readonly events: number
  /** The hash of the last event in the backup. */
  readonly head: string
}

/**
 * Copies everything that a server keeps, as it is at one moment. In the folder of an earlier backup of the same registry
 * it adds the archives that are missing and then replaces the database in one step: a crash leaves the earlier backup.
 * Archives are linked where that is possible: they never change.
 * @param target missing, empty, or an earlier backup
 * @throws STORE_NOT_FOUND, STORE_TOO_NEW, STORE_NOT_EMPTY (something else is there), FILE_SYSTEM,
 *   REGISTRY_UNAVAILABLE (also when an archive is missing or damaged: no backup can be whole then)
 */
export async function backupData({
  dataFolder,
  target,
}: {
  readonly dataFolder: string
  readonly target: string
}): Promise<BackedUp> {
  return readData(dataFolder, async (stored, from) => {
    await requireTarget(dataFolder, target)
    makeFolder(target)
    sweepTemporaries(target)
    const file = join(target, DATABASE)
    const temporary = temporaryFor(file)
    try {
      // The database first: archives that are published from now on are of no interest.
      await naming(target, async () => takeSnapshot(stored, temporary))
      const snapshot = await readSnapshot(temporary)
      const [problem] = snapshot.problems
      if (problem !== undefined) fail('REGISTRY_UNAVAILABLE', { why: `its data is damaged: ${problem}` })
      await requireSuccessor(temporary, target)
      const to = await naming(target, async () => openDiskBlobs(join(target, BLOBS)))
      const added = await addArchives(snapshot, { from, to, target })
      await rename(temporary, file)
      syncFolder(target)
      const { versions, archives, events, head } = snapshot
      return { target, versions, blobs: archives.length, added, events, head }
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    }
  })
}

/** @throws STORE_NOT_EMPTY for a folder with anything that no backup has, and for a server's own data */
async function requireTarget(dataFolder: string, target: string): Promise<void> {
  if (!existsSync(target)) return
  const names = await readdir(target)
  const known = names.every(name => name === DATABASE || name === BLOBS || isTemporary(name))
  const same = (await realpath(target)) === (await realpath(dataFolder))
  const live = names.includes(DATABASE) && (await isLive(join(target, DATABASE)))
  if (!known || same || live) fail('STORE_NOT_EMPTY', { folder: target })
}

/** Whether a server has written to a database: it says in its header that it is kept with a journal beside it. */
async function isLive(file: string): Promise<boolean> {
  const handle = await open(file)
  try {
    const { buffer } = await handle.read(Buffer.alloc(2), 0, 2, 18)
    return buffer[0] === 2
  } finally {
    await handle.close()
  }
}

/** @throws STORE_NOT_EMPTY when the log in the folder is not the beginning of this one */
async function requireSuccessor(snapshot: string, target: string): Promise<void> {
  const earlier = join(target, DATABASE)
  if (!existsSync(earlier)) return
  const { events, head } = await readSnapshot(earlier)
  const continues = await readSqlite(snapshot, async ({ read }) => {
    const found = read<{ hash: string }>('select hash from audit where sequence = ?', events)
    return Promise.resolve(events === 0 || found[0]?.hash === head)
  })
  if (!continues) fail('STORE_NOT_EMPTY', { folder: target })
}

/** @returns how many were missing */
async function addArchives(
  { archives }: Snapshot,
  { from, to, target }: { readonly from: StoredBlobs; readonly to: Blobs; readonly target: string },
): Promise<number> {
  const folders = new Set<string>()
  let added = 0
  for (const { digest, size, what } of archives) {
    if ((await to.size(digest)) === size) continue
    const folder = dirname(to.pathOf(digest))
    const whole = (await isWhole(from, digest)) && (await naming(target, async () => place(from, to, digest)))
    if (!whole) fail('REGISTRY_UNAVAILABLE', { why: `the archive of ${what} is missing or damaged in its data` })
    folders.add(folder)
    added++
  }
  for (const folder of folders) syncFolder(folder)
  syncFolder(join(target, BLOBS))
  return added
}

/** @returns whether the archive was what it is called, when it had to be copied */
async function place(from: StoredBlobs, to: Blobs, digest: string): Promise<boolean> {
  const path = to.pathOf(digest)
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  try {
    await link(from.pathOf(digest), path)
    return true
  } catch (error) {
    // Another disk, one that knows no links, or an archive that is there and damaged.
    if (!isErrno(error, 'EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP', 'ENOSYS', 'EEXIST', 'EACCES')) throw error
    return copyArchive(from, to, digest)
  }
}

/** It is not the registry's disk that is full or broken. */
async function naming<T>(path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if (!isAamError(error) || !['REGISTRY_FULL', 'REGISTRY_UNAVAILABLE'].includes(error.code)) throw error
    const code = error.code === 'REGISTRY_FULL' ? 'ENOSPC' : codeOf(error.cause)
    throw new AamError('FILE_SYSTEM', { code, path, doing: 'write the backup' }, { cause: error })
  }
}

function codeOf(cause: unknown): string {
  const { code } = Object(cause) as NodeJS.ErrnoException
  return code?.startsWith('E') === true && !code.startsWith('ERR_') ? code : 'EIO'
}
