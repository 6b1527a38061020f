/** The shared download cache, `~/.aam/cache/` (UAAPS 13.13): archives by name, version and digest, verified at every use. */
import { existsSync, lstatSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { integrityOf } from '@aam/archive'
import { isErrno, listAbandoned, placeFile, readIfThere, sweepTemporaries } from '@aam/client/files'
import {
  type Integrity,
  type PackageName,
  type Version,
  compareText,
  compareVersions,
  directoryName,
  explainName,
  integrityFromHex,
  integrityToHex,
  isFailure,
  isVersion,
} from '@aam/core'

export type CacheKey = { readonly name: PackageName; readonly version: Version; readonly integrity: Integrity }

/** What a cache that cannot be kept says. Having none costs nothing but time. */
export const NO_CACHE = ['EACCES', 'EPERM', 'EROFS', 'ENOENT', 'ENOTDIR', 'EEXIST', 'EISDIR', 'ELOOP', 'ENAMETOOLONG']

/** Removes what programs that were killed left in the cache. */
export function sweepCache(home: string): void {
  try {
    sweepTemporaries(cacheFolder(home))
  } catch (error) {
    if (!isErrno(error, ...NO_CACHE)) throw error
  }
}

export function cacheFolder(home: string): string {
  return join(home, 'cache')
}

export function cachePath(home: string, key: CacheKey): string {
  return join(cacheFolder(home), cacheFile(key))
}

/** `team--review-1.2.0-sha256-<hex>.aam` (D3). */
function cacheFile({ name, version, integrity }: CacheKey): string {
  return `${directoryName(name)}-${version}-sha256-${integrityToHex(integrity)}.aam`
}

/**
 * What the name of a file in the cache says it is; `undefined` when it is no name that `cachePath` gives. Exact: a name has
 * no dot and the first part of a version no hyphen, so that the hyphen between them is the last one before the first dot.
 */
export function parseCacheFile(file: string): CacheKey | undefined {
  const [, label = '', hex = ''] = /^(.*)-sha256-([0-9a-f]{64})\.aam$/.exec(file) ?? []
  const between = label.lastIndexOf('-', label.indexOf('.'))
  if (between <= 0) return undefined
  const folder = label.slice(0, between)
  const version = label.slice(between + 1)
  // A scope may end in a hyphen and a name cannot begin with one.
  const scopeEnd = folder.lastIndexOf('--')
  const name = scopeEnd === -1 ? folder : `@${folder.slice(0, scopeEnd)}/${folder.slice(scopeEnd + 2)}`
  if (explainName(name) !== undefined || !isVersion(version)) return undefined
  const key = { name: name as PackageName, version, integrity: integrityFromHex(hex) }
  return cacheFile(key) === file ? key : undefined
}

/** An archive in the cache. */
export type CacheEntry = CacheKey & {
  readonly path: string
  /** Bytes. */
  readonly size: number
}

/** What the cache has, and what writers that were killed left in it. Everything else in the folder is somebody else's. */
export type CacheContents = {
  /** By name, version and digest. */
  readonly entries: readonly CacheEntry[]
  readonly leftovers: readonly { readonly path: string; readonly size: number }[]
}

export function listCache(home: string): CacheContents {
  const folder = cacheFolder(home)
  const entries: CacheEntry[] = []
  for (const file of listFolder(folder)) {
    const path = join(folder, file)
    const key = parseCacheFile(file)
    const stat = key === undefined ? undefined : lstatSync(path, { throwIfNoEntry: false })
    if (key !== undefined && stat?.isFile() === true) entries.push({ ...key, path, size: stat.size })
  }
  entries.sort(
    (a, b) =>
      compareText(a.name, b.name) || compareVersions(a.version, b.version) || compareText(a.integrity, b.integrity),
  )
  const leftovers = listAbandoned(folder).map(path => ({ path, size: lstatSync(path).size }))
  return { entries, leftovers }
}

/** Where documents of registry servers are kept between runs. */
export function documentCacheFolder(home: string): string {
  return join(cacheFolder(home), 'http')
}

/** The documents of servers that are kept, in no order. */
export function listDocuments(home: string): { readonly path: string; readonly size: number }[] {
  const folder = documentCacheFolder(home)
  return listFolder(folder).flatMap(registry =>
    listFolder(join(folder, registry)).flatMap(file => {
      const path = join(folder, registry, file)
      const stat = lstatSync(path, { throwIfNoEntry: false })
      return stat?.isFile() === true ? [{ path, size: stat.size }] : []
    }),
  )
}

/** Removes files that `listCache` found; one that somebody else has removed meanwhile is fine. */
export function removeFromCache(files: readonly { readonly path: string }[]): void {
  for (const { path } of files) rmSync(path, { force: true })
}

function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return []
    throw error
  }
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
export function readCache(path: string): Buffer | undefined {
  try {
    return readIfThere(path)
  } catch (error) {
    if (isErrno(error, ...NO_CACHE) || isFailure(error, 'FILE_SYSTEM')) return undefined
    throw error
  }
}
