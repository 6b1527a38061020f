/** A copy of the database at rest, what it says must be beside it, and the way an archive gets there. */
import { createHash } from 'node:crypto'
import { chmod, open } from 'node:fs/promises'
import type { Blobs, StoredBlobs } from '../blobs/disk.ts'
import { checkChain } from '../store/audit.ts'
import { type StoredData, readSqlite } from '../store/sqlite.ts'

export type Snapshot = {
  /** What is wrong with the database itself, or its log. */
  readonly problems: readonly string[]
  readonly versions: number
  /** Each archive once. */
  readonly archives: readonly {
    readonly digest: string
    readonly size: number
    /** A version. */ readonly what: string
  }[]
  readonly events: number
  readonly head: string
}

/** Writes a database as it is now to a new file that only its owner may read, and makes it durable. */
export async function takeSnapshot(stored: Pick<StoredData, 'copyTo'>, file: string): Promise<void> {
  stored.copyTo(file)
  await chmod(file, 0o600)
  const handle = await open(file, 'r+')
  await handle.sync().finally(async () => handle.close())
}

/** @throws STORE_TOO_NEW, REGISTRY_UNAVAILABLE */
export async function readSnapshot(file: string): Promise<Snapshot> {
  return readSqlite(file, async ({ db, read }) => {
    const integrity = read<{ integrity_check: string }>('pragma integrity_check')
    const broken = integrity.map(row => row.integrity_check).filter(text => text !== 'ok')
    const { problems, events, head } = await checkChain(db)
    const rows = read<{ digest: string; size: number; what: string; versions: number }>(
      `select digest, size, min(p.name || '@' || version) as what, count(*) as versions
       from versions v join packages p on p.id = v.package_id group by digest order by digest`,
    )
    const versions = rows.reduce((sum, row) => sum + row.versions, 0)
    const archives = rows.map(({ digest, size, what }) => ({ digest, size, what }))
    return { problems: [...broken, ...problems], versions, archives, events, head }
  })
}

/**
 * Copies an archive, and makes it durable if it is what it is called.
 * @returns whether it was
 * @throws REGISTRY_UNAVAILABLE, REGISTRY_FULL
 */
export async function copyArchive(from: StoredBlobs, to: Blobs, digest: string): Promise<boolean> {
  const size = await from.size(digest)
  if (size === undefined) return false
  const upload = await to.begin()
  try {
    const hash = createHash('sha256')
    for await (const chunk of (await from.stream(digest, { start: 0, end: size - 1 })) as AsyncIterable<Buffer>) {
      hash.update(chunk)
      await upload.write(chunk)
    }
    const whole = hash.digest('hex') === digest
    if (whole) await upload.keep(digest)
    else await upload.drop()
    return whole
  } catch (error) {
    await upload.drop()
    throw error
  }
}

/** Whether an archive is there, and what it is called. */
export async function isWhole(blobs: StoredBlobs, digest: string): Promise<boolean> {
  const size = await blobs.size(digest)
  if (size === undefined || size === 0) return false
  const hash = createHash('sha256')
  for await (const chunk of (await blobs.stream(digest, { start: 0, end: size - 1 })) as AsyncIterable<Buffer>) {
    hash.update(chunk)
  }
  return hash.digest('hex') === digest
}
