/** Gets archives, from the cache or the registry, and lets none through that is not exactly the one that was meant. */
import { type ArchiveEntry, integrityOf, readArchive } from '@aam/archive'
import type { Several } from '@aam/client'
import { type LockEntry, type PackageName, type Range, fail, readDependencies } from '@aam/core'
import { readCached, writeCached } from '../disk/cache.ts'
import { manifestText } from '../disk/cached-package.ts'
import type { Context } from '../world.ts'

export type FetchOptions = {
  readonly context: Context
  /** Opened only when the cache does not have everything. */
  readonly registry: () => Promise<Several>
  /** `--no-cache`: neither read nor written (UAAPS 13.13). */
  readonly cache: 'use' | 'bypass'
  /** Ask no registry. */
  readonly offline: boolean
}

/** A verified archive, opened. */
export type FetchedPackage = {
  readonly entries: readonly ArchiveEntry[]
  /** The ranges its own manifest asks for, optional ones left out. */
  readonly dependencies: ReadonlyMap<PackageName, Range>
  /** Its manifest, as JSON. */
  readonly manifest: Readonly<Record<string, unknown>>
}

/**
 * Fetches, verifies and opens the archive of a locked package.
 * @throws INTEGRITY_MISMATCH, ARCHIVE_INVALID, REGISTRY_BROKEN, OFFLINE
 */
export async function fetchPackage(
  name: PackageName,
  entry: Pick<LockEntry, 'version' | 'integrity'>,
  options: FetchOptions,
): Promise<FetchedPackage> {
  const { version, integrity } = entry
  const label = `${name}@${version}`
  const { home } = options.context.world
  const key = { name, version, integrity }
  let bytes: Uint8Array | undefined = options.cache === 'use' ? readCached(home, key) : undefined
  if (bytes === undefined) {
    if (options.offline) fail('OFFLINE', { why: `the cache does not have ${label}` })
    const registry = await options.registry()
    options.context.report({ kind: 'detail', message: `fetching ${label} from ${registry.addressOf(name)}` })
    bytes = await registry.fetchArchive(name, version)
    const actual = integrityOf(bytes)
    if (actual !== integrity) {
      fail('INTEGRITY_MISMATCH', { name, version, expected: integrity, actual, from: registry.addressOf(name) })
    }
    const problem = options.cache === 'use' ? writeCached(home, key, bytes) : undefined
    if (problem !== undefined) {
      options.context.report({ kind: 'detail', message: `${label} is not kept in ${home}/cache: ${problem}` })
    }
  }
  const entries = readArchive(bytes, label)
  const text = manifestText(entries)
  if (text === undefined) {
    return fail('ARCHIVE_INVALID', { archive: label, why: 'it has no package.agent.json at its root' })
  }
  return { entries, ...readPackedManifest(text, { name, version }) }
}

/**
 * Reads the manifest that was in an archive; it must say the name and version that the lock knows the archive by.
 * @throws ARCHIVE_INVALID
 */
export function readPackedManifest(
  text: string,
  { name, version }: { readonly name: PackageName; readonly version: string },
): Omit<FetchedPackage, 'entries'> {
  const invalid = (why: string, cause?: unknown): never =>
    fail('ARCHIVE_INVALID', { archive: `${name}@${version}`, why }, { cause })
  const value = parseJson(text, invalid)
  if (typeof value !== 'object' || value === null) return invalid('its package.agent.json is not an object')
  const fields = value as Readonly<Record<string, unknown>>
  if (fields['name'] !== name || fields['version'] !== version) {
    return invalid(`its package.agent.json says it is ${String(fields['name'])}@${String(fields['version'])}`)
  }
  const dependencies = readDependencies(fields)
  return 'why' in dependencies
    ? invalid(`its package.agent.json: ${dependencies.why}`)
    : { dependencies, manifest: fields }
}

function parseJson(text: string, invalid: (why: string, cause: unknown) => never): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    return invalid('its package.agent.json is not JSON', error)
  }
}
