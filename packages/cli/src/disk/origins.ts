/** What registries were seen to have, kept with the download cache (UAAPS 13.13). */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { isErrno, placeFile } from '@aam/client/files'
import { type Integrity, type PackageName, type Version, compareText, isFailure, isIntegrity } from '@aam/core'
import { type CacheKey, NO_CACHE, cacheFolder, readCache } from './cache.ts'

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
  for (const line of readLines(home)) {
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
    if (!isErrno(error, ...NO_CACHE) && !(isFailure(error, 'FILE_SYSTEM') && error.facts.code === 'ENOLINK')) {
      throw error
    }
  }
}

/**
 * Forgets what registries were seen to have of a package, or of one of its versions; without a name, everything.
 * @returns how many lines that was
 */
export function forgetOrigins(home: string, name?: PackageName, version?: Version): number {
  const path = originsPath(home)
  const lines = readLines(home)
  const start = version === undefined ? `${name ?? ''}@` : `${name ?? ''}@${version} `
  const kept = name === undefined ? [] : lines.filter(line => !line.startsWith(start))
  if (kept.length === 0) rmSync(path, { force: true })
  else if (kept.length < lines.length) placeFile(path, `${kept.join('\n')}\n`)
  return lines.length - kept.length
}

function readLines(home: string): string[] {
  return (readCache(originsPath(home))?.toString('utf8') ?? '').split('\n').filter(line => line !== '')
}

function originsPath(home: string): string {
  return join(cacheFolder(home), 'origins.txt')
}
