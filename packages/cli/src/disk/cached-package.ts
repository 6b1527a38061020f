/** Takes a package from the download cache to a folder: the part of an install that is done a thousand times. */
import { type ArchiveEntry, readArchive, unpackEntries } from '@aam/archive'
import { type CacheKey, readCached } from './cache.ts'

/** A package as the helper thread is told of it: plain data. */
export type CachedPackage = CacheKey & {
  /** Where to unpack it; must not exist. */
  readonly folder: string
}

/**
 * Verifies, reads and unpacks a cached archive.
 * @returns the text of its manifest; `undefined` when the cache does not have it whole or it has no manifest
 * @throws ARCHIVE_INVALID, ARCHIVE_TOO_LARGE
 */
export function unpackCached(home: string, { folder, ...key }: CachedPackage): string | undefined {
  const bytes = readCached(home, key)
  if (bytes === undefined) return undefined
  const entries = readArchive(bytes, `${key.name}@${key.version}`)
  const manifest = manifestText(entries)
  if (manifest !== undefined) unpackEntries(entries, folder)
  return manifest
}

/** The text of the manifest in an archive. */
export function manifestText(entries: readonly ArchiveEntry[]): string | undefined {
  const entry = entries.find(({ path }) => path === 'package.agent.json')
  if (entry === undefined) return undefined
  const { buffer, byteOffset, byteLength } = entry.data
  return Buffer.from(buffer, byteOffset, byteLength).toString('utf8')
}
