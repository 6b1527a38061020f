/** What a registry server keeps, as files: a database, and the archives in a folder beside it. A backup looks the same. */
import { existsSync } from 'node:fs'
import { chmod, open } from 'node:fs/promises'
import { join } from 'node:path'
import { createFolder } from '@aam/client/files'
import { fail } from '@aam/core'
import { type Blobs, type StoredBlobs, openDiskBlobs, readDiskBlobs } from '../blobs/disk.ts'
import { type Store, type StoredData, openSqlite, readSqlite } from '../store/sqlite.ts'

export const DATABASE = 'registry.sqlite'
export const BLOBS = 'blobs'

/** Opens database and archives, made when they are missing. */
export async function openData(folder: string): Promise<{ readonly store: Store; readonly blobs: Blobs }> {
  // Nobody else on this machine is to read what it holds. One that is there stays as it is.
  if (createFolder(folder) !== undefined) await chmod(folder, 0o700)
  const file = join(folder, DATABASE)
  // It holds what nobody else on this machine may read, and its journal has the same mode.
  await (await open(file, 'a', 0o600)).close()
  await chmod(file, 0o600)
  const blobs = await openDiskBlobs(join(folder, BLOBS))
  return { store: await openSqlite(join(folder, DATABASE)), blobs }
}

/**
 * Looks at the data in a folder without changing it, beside a server that may be at work.
 * @returns what `act` returns; it may be called a second time when a server was started meanwhile
 * @throws STORE_NOT_FOUND, STORE_TOO_NEW, REGISTRY_UNAVAILABLE
 */
export async function readData<T>(
  folder: string,
  act: (stored: StoredData, blobs: StoredBlobs) => Promise<T>,
): Promise<T> {
  const file = join(folder, DATABASE)
  if (!existsSync(file)) fail('STORE_NOT_FOUND', { folder })
  return readSqlite(file, async stored => act(stored, readDiskBlobs(join(folder, BLOBS))))
}
