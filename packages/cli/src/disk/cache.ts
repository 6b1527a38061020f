/** The shared download cache, `~/.aam/cache/` (UAAPS 13.13): archives by name, version and digest, verified at every use. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { integrityOf } from '@aam/archive'
import { readIfThere, writeFileAtomic } from '@aam/client/files'
import { type Integrity, type PackageName, type Version, directoryName, integrityToHex } from '@aam/core'

export type CacheKey = { readonly name: PackageName; readonly version: Version; readonly integrity: Integrity }

export function cachePath(home: string, { name, version, integrity }: CacheKey): string {
  return join(home, 'cache', `${directoryName(name)}-${version}-sha256-${integrityToHex(integrity)}.aam`)
}

/** The archive, if the cache has it whole. An entry whose bytes are not what its name says is removed. */
export function readCached(home: string, key: CacheKey): Buffer | undefined {
  const path = cachePath(home, key)
  const bytes = readIfThere(path)
  if (bytes === undefined || integrityOf(bytes) === key.integrity) return bytes
  rmSync(path, { force: true })
  return undefined
}

/** Keeps an archive that has been verified. */
export function writeCached(home: string, key: CacheKey, bytes: Uint8Array): void {
  writeFileAtomic(cachePath(home, key), bytes)
}
