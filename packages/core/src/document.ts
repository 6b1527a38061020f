/** What a registry says about one package: all its versions, their requirements, its tags (D34). */
import { AamError } from './failures.ts'
import { type Integrity, parseIntegrity } from './integrity.ts'
import { type PackageName, parsePackageName } from './name.ts'
import { type Range, parseRange } from './range.ts'
import type { DependencyRanges } from './requirement.ts'
import { type Tag, compareTags, parseTag } from './tag.ts'
import { type Version, compareVersions, parseVersion } from './version.ts'

/** The manifest fields that a registry repeats for every version, as the author wrote them. */
export const PUBLISHED_FIELDS = [
  'description',
  'license',
  'keywords',
  'dependencies',
  'optionalDependencies',
  'peerDependencies',
  'extras',
  'systemDependencies',
  'permissions',
  'resolverVersion',
] as const

/** One version in a package document, as stored: plain JSON. */
export type ReleaseRecord = {
  readonly integrity: string
  /** Bytes of the archive. */
  readonly size: number
  /** When it was published, ISO 8601 in UTC. */
  readonly published?: string
  readonly deprecated?: string
  readonly yanked?: boolean
} & Readonly<Partial<Record<(typeof PUBLISHED_FIELDS)[number], unknown>>>

/** A package document as stored: plain JSON. */
export type DocumentRecord = {
  readonly name: string
  readonly tags: Readonly<Record<string, string>>
  readonly owners?: readonly string[]
  readonly versions: Readonly<Record<string, ReleaseRecord>>
}

/** One published version, decoded. */
export type Release = DependencyRanges & {
  readonly version: Version
  readonly integrity: Integrity
  readonly size: number
  /** What each extra adds to the dependencies. */
  readonly extras?: ReadonlyMap<string, ReadonlyMap<PackageName, Range>>
  readonly resolverVersion: number
  readonly yanked: boolean
  readonly deprecated: string | undefined
  readonly record: ReleaseRecord
}

/** A package document, decoded. `releases` are sorted, lowest version first. */
export type PackageDocument = {
  readonly name: PackageName
  readonly tags: ReadonlyMap<Tag, Version>
  readonly owners: readonly string[]
  readonly releases: ReadonlyMap<Version, Release>
}

/**
 * Decodes a stored document.
 * @returns the document, or in words what is wrong with it and where
 */
export function decodeDocument(value: unknown): PackageDocument | { readonly why: string } {
  return orWhy(() => {
    const record = objectAt(value, 'the document')
    const name = parsePackageName(textAt(record['name'], 'name'))
    const releases = Object.entries(objectAt(record['versions'] ?? {}, 'versions'))
      .map(([version, release]) => decodeRelease(version, release))
      .sort((a, b) => compareVersions(a.version, b.version))
    const tags = Object.entries(objectAt(record['tags'] ?? {}, 'tags'))
      .map(([tag, version]) => [parseTag(tag), parseVersion(textAt(version, `tags.${tag}`))] as const)
      .sort(([a], [b]) => compareTags(a, b))
    const owners = Array.isArray(record['owners']) ? record['owners'].map(String) : []
    return { name, tags: new Map(tags), owners, releases: new Map(releases.map(release => [release.version, release])) }
  })
}

/** The document as it is stored, versions lowest first and tags in listing order. */
export function encodeDocument(document: PackageDocument): DocumentRecord {
  const releases = [...document.releases.values()].sort((a, b) => compareVersions(a.version, b.version))
  const tags = [...document.tags].sort(([a], [b]) => compareTags(a, b))
  return {
    name: document.name,
    tags: Object.fromEntries(tags),
    ...(document.owners.length > 0 ? { owners: document.owners } : {}),
    versions: Object.fromEntries(releases.map(release => [release.version, release.record])),
  }
}

/** One version of a document, from what is stored. Throws what `decodeDocument` turns into words. */
export function decodeRelease(versionText: string, value: unknown): Release {
  const version = parseVersion(versionText)
  const record = objectAt(value, `versions.${version}`)
  const size = record['size']
  if (typeof size !== 'number') throw new Shape(`versions.${version}.size must be a number`)
  const deprecated = record['deprecated']
  return {
    version,
    integrity: parseIntegrity(textAt(record['integrity'], `versions.${version}.integrity`)),
    size,
    dependencies: rangesAt(record['dependencies'], record['optionalDependencies']),
    optionalDependencies: rangesAt(record['optionalDependencies']),
    peerDependencies: rangesAt(record['peerDependencies']),
    ...(record['extras'] === undefined ? {} : { extras: extrasAt(record['extras']) }),
    resolverVersion: typeof record['resolverVersion'] === 'number' ? record['resolverVersion'] : 1,
    yanked: record['yanked'] === true,
    deprecated: typeof deprecated === 'string' ? deprecated : undefined,
    record: record as ReleaseRecord,
  }
}

/** Ranges, or in words what is wrong with them. */
export type ReadRanges = ReadonlyMap<PackageName, Range> | { readonly why: string }

/** The ranges that the JSON of a manifest asks for, optional ones left out. */
export function readDependencies(manifest: Readonly<Record<string, unknown>>): ReadRanges {
  return orWhy(() => rangesAt(manifest['dependencies'], manifest['optionalDependencies']))
}

/** The peers that the JSON of a manifest asks for. */
export function readPeers(manifest: Readonly<Record<string, unknown>>): ReadRanges {
  return orWhy(() => rangesAt(manifest['peerDependencies']))
}

/** Every version, lowest first. */
export function versionsOf(document: PackageDocument): Version[] {
  return [...document.releases.keys()]
}

/** What is stored is not what it should be. Never leaves this file. */
class Shape extends Error {}

/** What `decode` returns, or in words why it could not. */
function orWhy<T>(decode: () => T): T | { readonly why: string } {
  try {
    return decode()
  } catch (error) {
    if (error instanceof AamError || error instanceof Shape) return { why: error.message }
    throw error
  }
}

function objectAt(value: unknown, where: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Shape(`${where} must be an object`)
  return value as Record<string, unknown>
}

function textAt(value: unknown, where: string): string {
  if (typeof value !== 'string') throw new Shape(`${where} must be text`)
  return value
}

const NONE: ReadonlyMap<PackageName, Range> = new Map()

/** The ranges of one field; a name that is also in `without` is left out, because the optional entry counts (npm). */
function rangesAt(value: unknown, without?: unknown): ReadonlyMap<PackageName, Range> {
  if (value === undefined) return NONE
  const excluded = typeof without === 'object' && without !== null ? without : {}
  return new Map(
    Object.entries(objectAt(value, 'dependencies'))
      .filter(([name]) => !Object.hasOwn(excluded, name))
      .map(([name, range]) => [parsePackageName(name), parseRange(textAt(range, name))]),
  )
}

function extrasAt(value: unknown): NonNullable<Release['extras']> {
  return new Map(
    Object.entries(objectAt(value, 'extras')).map(([extra, declared]) => [
      extra,
      rangesAt(objectAt(declared, `extras.${extra}`)['dependencies']),
    ]),
  )
}
