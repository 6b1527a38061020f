/** The shared download cache, `~/.aam/cache/` (UAAPS 13.13): archives by name, version and digest, verified at every use. */
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { integrityOf } from '@aam/archive'
import { isErrno, placeFile, readIfThere, sweepTemporaries } from '@aam/client/files'
import {
  type Integrity,
  type PackageName,
  type Version,
  compareText,
  directoryName,
  integrityToHex,
  isFailure,
  isIntegrity,
} from '@aam/core'

export type CacheKey = { readonly name: PackageName; readonly version: Version; readonly integrity: Integrity }

/** What a cache that cannot be kept says. Having none costs nothing but time. */
const NO_CACHE = ['EACCES', 'EPERM', 'EROFS', 'ENOENT', 'ENOTDIR', 'EEXIST', 'EISDIR', 'ELOOP', 'ENAMETOOLONG']

/** Removes what programs that were killed left in the cache. */
export function sweepCache(home: string): void {
  try {
    sweepTemporaries(join(home, 'cache'))
  } catch (error) {
    if (!isErrno(error, ...NO_CACHE)) throw error
  }
}

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

/** Whether the cache has an entry, whole or not: that is seen when it is used. */
export function isCached(home: string, key: CacheKey): boolean {
  return existsSync(cachePath(home, key))
}

/**
 * Keeps an archive that has been verified.
 * @returns the code of the system error when the cache cannot be written, which costs nothing but time
 */
export function writeCached(home: string, key: CacheKey, bytes: Uint8Array): string | undefined {
  try {
    placeFile(cachePath(home, key), bytes)
    return undefined
  } catch (error) {
    if (isErrno(error, ...NO_CACHE)) return error.code
    if (isFailure(error, 'FILE_SYSTEM') && error.facts.code === 'ENOLINK') return error.facts.code
    throw error
  }
}

/** What cannot be read, or is something else than a file, is not in the cache. */
function readCache(path: string): Buffer | undefined {
  try {
    return readIfThere(path)
  } catch (error) {
    if (isErrno(error, ...NO_CACHE) || isFailure(error, 'FILE_SYSTEM')) return undefined
    throw error
  }
}

/** A version in a registry, which is given by its address. */
export type Origin = Pick<CacheKey, 'name' | 'version'> & { readonly registry: string }

/** What a registry was seen to have. */
export type Sighting = Origin & { readonly integrity: Integrity }

/** Which contents registries were seen to have for a version, by `originKey`. */
export type Origins = ReadonlyMap<string, Integrity>

export function originKey({ name, version, registry }: Origin): string {
  return `${name}@${version} ${registry}`
}

/**
 * What registries were seen to have, so that one which serves other bytes for a known version is found out (UAAPS 13.13).
 */
export function readOrigins(home: string): Origins {
  const origins = new Map<string, Integrity>()
  for (const line of (readCache(originsPath(home))?.toString('utf8') ?? '').split('\n')) {
    const at = line.lastIndexOf(' ')
    const integrity = line.slice(at + 1)
    if (isIntegrity(integrity)) origins.set(line.slice(0, at), integrity)
  }
  return origins
}

/**
 * Remembers what registries were seen to have. Like the cache itself, it costs nothing but time when it cannot be kept; of
 * two that remember at once one may forget what the other saw.
 */
export function rememberOrigins(home: string, seen: readonly Sighting[]): void {
  const known = new Map(readOrigins(home))
  const before = known.size
  for (const each of seen) if (!known.has(originKey(each))) known.set(originKey(each), each.integrity)
  if (known.size === before) return
  const lines = [...known].map(([key, integrity]) => `${key} ${integrity}\n`).sort(compareText)
  try {
    placeFile(originsPath(home), lines.join(''))
  } catch (error) {
    if (!isErrno(error, ...NO_CACHE) && !isFailure(error, 'FILE_SYSTEM')) throw error
  }
}

function originsPath(home: string): string {
  return join(home, 'cache', 'origins.txt')
}
