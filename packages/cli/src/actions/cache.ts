/** `aam cache`: what the download cache has, whether it is whole, and taking things out of it. */
import { integrityOf, readArchive } from '@aam/archive'
import { readIfThere } from '@aam/client/files'
import { type PackageName, type Version, fail, isFailure, parseSpecifier } from '@aam/core'
import { type CacheEntry, cacheFolder, listCache, listDocuments, removeFromCache } from '../disk/cache.ts'
import { forgetOrigins } from '../disk/origins.ts'
import { manifestText } from '../disk/cached-package.ts'
import type { Context } from '../world.ts'

/** Which entries are meant; without a name, all. */
export type CacheFilter = { readonly name?: PackageName; readonly version?: Version }

export type CacheList = {
  readonly folder: string
  readonly entries: readonly CacheEntry[]
  /** Bytes of all of them. */
  readonly size: number
  /** What was asked for; `null` for everything. */
  readonly filter: string | null
}

export type CacheVerification = {
  readonly folder: string
  /** How many entries are whole. */
  readonly whole: number
  readonly removed: readonly { readonly path: string; readonly why: string }[]
  /** Bytes that were removed. */
  readonly freed: number
}

export type CacheCleaning = {
  readonly folder: string
  readonly removed: number
  /** Bytes that were removed. */
  readonly freed: number
  readonly filter: string | null
}

/**
 * Reads `name` or `name@version`.
 * @throws SPECIFIER_INVALID, NAME_INVALID
 */
export function parseCacheFilter(text: string | undefined): CacheFilter {
  if (text === undefined) return {}
  const { name, extras, wanted } = parseSpecifier(text)
  if (extras.length > 0 || wanted.kind === 'range' || wanted.kind === 'tag') {
    fail('SPECIFIER_INVALID', { text, why: 'the cache knows names and exact versions only, as in name@1.2.0' })
  }
  return wanted.kind === 'version' ? { name, version: wanted.version } : { name }
}

export function listEntries({ world }: Context, filter: CacheFilter): CacheList {
  const entries = listCache(world.home).entries.filter(entry => fits(entry, filter))
  return { folder: cacheFolder(world.home), entries, size: sum(entries), filter: formatFilter(filter) }
}

/** Reads every entry and removes those that are not what their names say, with what killed writers left behind. */
export async function verifyCache({ world, report }: Context): Promise<CacheVerification> {
  const { entries, leftovers } = listCache(world.home)
  const bad: { path: string; size: number; why: string }[] = leftovers.map(file => ({
    ...file,
    why: 'left behind by a run that was killed',
  }))
  for (const [done, entry] of entries.entries()) {
    report({ kind: 'progress', phase: 'Verifying', done, total: entries.length })
    const why = explainEntry(entry)
    if (why !== undefined) bad.push({ path: entry.path, size: entry.size, why })
    // For the progress line, and for Ctrl-C.
    await new Promise(resolve => setImmediate(resolve))
  }
  removeFromCache(bad)
  return {
    folder: cacheFolder(world.home),
    whole: entries.length + leftovers.length - bad.length,
    removed: bad.map(({ path, why }) => ({ path, why })),
    freed: sum(bad),
  }
}

/** Takes entries out, and with them what is remembered of where they came from (UAAPS 13.13). */
export function cleanCache({ world }: Context, filter: CacheFilter): CacheCleaning {
  const { entries, leftovers } = listCache(world.home)
  const chosen = entries.filter(entry => fits(entry, filter))
  const rest = filter.name === undefined ? [...leftovers, ...listDocuments(world.home)] : []
  removeFromCache([...chosen, ...rest])
  forgetOrigins(world.home, filter.name, filter.version)
  return {
    folder: cacheFolder(world.home),
    removed: chosen.length,
    freed: sum(chosen) + sum(rest),
    filter: formatFilter(filter),
  }
}

/** Why an entry is of no use; `undefined` when it is whole, or gone by now. */
function explainEntry({ path, name, version, integrity }: CacheEntry): string | undefined {
  const bytes = readIfThere(path)
  if (bytes === undefined) return undefined
  if (integrityOf(bytes) !== integrity) return 'its contents are not what its name says'
  try {
    const manifest = JSON.parse(manifestText(readArchive(bytes, path)) ?? 'null') as Partial<CacheEntry> | null
    return manifest?.name === name && manifest.version === version
      ? undefined
      : `it is not ${name}@${version}, though it is named so`
  } catch (error) {
    if (error instanceof SyntaxError || isFailure(error, 'ARCHIVE_INVALID') || isFailure(error, 'ARCHIVE_TOO_LARGE')) {
      return 'it is no archive that can be read'
    }
    throw error
  }
}

function fits(entry: CacheEntry, { name, version }: CacheFilter): boolean {
  return (name === undefined || entry.name === name) && (version === undefined || entry.version === version)
}

function formatFilter({ name, version }: CacheFilter): string | null {
  return name === undefined ? null : version === undefined ? name : `${name}@${version}`
}

function sum(files: readonly { readonly size: number }[]): number {
  return files.reduce((total, { size }) => total + size, 0)
}
