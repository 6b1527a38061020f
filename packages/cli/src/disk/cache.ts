/** The shared download cache, `~/.aam/cache/` (UAAPS 13.13): archives by name, version and digest, verified at every use. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { integrityOf } from '@aam/archive'
import { isErrno, readIfThere, writeFileAtomic } from '@aam/client/files'
import { type Integrity, type PackageName, type Version, directoryName, integrityToHex } from '@aam/core'

export type CacheKey = { readonly name: PackageName; readonly version: Version; readonly integrity: Integrity }

export function cachePath(home: string, { name, version, integrity }: CacheKey): string {
  return join(home, 'cache', `${directoryName(name)}-${version}-sha256-${integrityToHex(integrity)}.aam`)
}

/** The archive, if the cache has it whole. An entry whose bytes are not what its name says is removed. */
export function readCached(home: string, key: CacheKey): Buffer | undefined {
  const path = cachePath(home, key)
  const bytes = readCache(path)
  if (bytes === undefined || integrityOf(bytes) === key.integrity) return bytes
  rmSync(path, { force: true })
  return undefined
}

/**
 * Keeps an archive that has been verified.
 * @returns the code of the system error when the cache cannot be written, which costs nothing but time
 */
export function writeCached(home: string, key: CacheKey, bytes: Uint8Array): string | undefined {
  try {
    writeFileAtomic(cachePath(home, key), bytes)
    return undefined
  } catch (error) {
    if (isErrno(error, 'EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST')) return error.code
    throw error
  }
}

/** Something that is not a folder where the cache should be is an empty cache. */
function readCache(path: string): Buffer | undefined {
  try {
    return readIfThere(path)
  } catch (error) {
    if (isErrno(error, 'ENOTDIR', 'EACCES')) return undefined
    throw error
  }
}
