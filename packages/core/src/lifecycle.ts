/** What may happen to a version after it was published: deprecated, which warns, and yanked, which hides (D45). */
import { type PackageDocument, type Release, type ReleaseRecord, decodeRelease, versionsOf } from './document.ts'
import { fail } from './failures.ts'
import { type Range, matches } from './range.ts'
import type { TagMove } from './release.ts'
import { LATEST, type Tag } from './tag.ts'
import { type Version, isPrerelease, nearestVersions } from './version.ts'

/** The longest message a deprecation may have, in characters. */
export const LONGEST_DEPRECATION = 280
const MOST_LISTED = 20

export type DeprecateRequest = {
  readonly range: Range
  /** What users of these versions are told; `undefined` takes the deprecation back. */
  readonly message: string | undefined
}

export type Deprecation = {
  /** `unchanged`: every version was already as asked. */
  readonly kind: 'deprecate' | 'undo' | 'unchanged'
  /** Every version the range selects, lowest first; yanked ones too. */
  readonly versions: readonly Version[]
  /** The message as it is stored; `undefined` when the deprecation was taken back. */
  readonly message: string | undefined
}

/**
 * Decides which versions are deprecated, and with which message: one line, blanks around it removed.
 * @throws VERSION_NOT_MATCHED with the versions there are, DEPRECATION_INVALID
 */
export function decideDeprecate(
  document: PackageDocument,
  request: DeprecateRequest,
): { readonly document: PackageDocument; readonly result: Deprecation } {
  const message = request.message === undefined ? undefined : parseDeprecation(request.message)
  const { name } = document
  const versions = versionsOf(document).filter(version => matches(request.range, version))
  if (versions.length === 0) {
    fail('VERSION_NOT_MATCHED', {
      name,
      range: request.range.text,
      nearest: versionsOf(document).slice(-MOST_LISTED),
    })
  }
  const releases = new Map(document.releases)
  let changed = false
  for (const version of versions) {
    const release = document.releases.get(version)
    if (release === undefined || release.deprecated === message) continue
    releases.set(version, withState(release, { deprecated: message }))
    changed = true
  }
  const kind = changed ? (message === undefined ? 'undo' : 'deprecate') : 'unchanged'
  return { document: { ...document, releases }, result: { kind, versions, message } }
}

/**
 * Reads the message of a deprecation.
 * @throws DEPRECATION_INVALID
 */
export function parseDeprecation(text: string): string {
  const message = text.trim()
  const length = Array.from(message).length
  if (length === 0) fail('DEPRECATION_INVALID', { why: 'it is empty' })
  if (length > LONGEST_DEPRECATION) {
    fail('DEPRECATION_INVALID', {
      why: `it has ${String(length)} characters, at most ${String(LONGEST_DEPRECATION)} are allowed`,
    })
  }
  if (CONTROL.test(message)) fail('DEPRECATION_INVALID', { why: 'it must be one line without control characters' })
  return message
}

// eslint-disable-next-line no-control-regex -- control characters are what is refused
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/

export type YankRequest = { readonly version: Version; readonly undo: boolean }

export type Yank = {
  /** `unchanged`: the version was already as asked. */
  readonly kind: 'yank' | 'undo' | 'unchanged'
  readonly version: Version
  /** Where `latest` moved, because it named the version. */
  readonly latest: TagMove | undefined
  /** The tags that still name a yanked version; `latest` is among them only when no version is left for it. */
  readonly tags: readonly Tag[]
  /** The newest version that is left; `undefined` when all are yanked. */
  readonly newest: Version | undefined
}

/**
 * Decides what yanking a version changes (D45). It always works; `latest` leaves the version for the newest one left,
 * protected or not, and other tags stay. Undoing moves no tag. Doing either again succeeds.
 * @throws VERSION_NOT_FOUND
 */
export function decideYank(
  document: PackageDocument,
  { version, undo }: YankRequest,
): { readonly document: PackageDocument; readonly result: Yank } {
  const { name } = document
  const release = document.releases.get(version)
  if (release === undefined) {
    return fail('VERSION_NOT_FOUND', { name, version, nearest: nearestVersions(versionsOf(document), version) })
  }
  const unchanged = release.yanked !== undo
  const releases = new Map(document.releases)
  if (!unchanged) releases.set(version, withState(release, { yanked: undo ? undefined : true }))
  const newest = newestUsable({ ...document, releases })
  const tags = new Map(document.tags)
  const latest = !undo && tags.get(LATEST) === version && newest !== undefined ? newest : undefined
  if (latest !== undefined) tags.set(LATEST, latest)
  return {
    document: { ...document, tags, releases },
    result: {
      kind: unchanged ? 'unchanged' : undo ? 'undo' : 'yank',
      version,
      latest: latest === undefined ? undefined : { tag: LATEST, from: version, to: latest },
      tags: undo ? [] : [...tags].filter(([, target]) => target === version).map(([tag]) => tag),
      newest,
    },
  }
}

/** The highest stable version that is not yanked, else the highest pre-release; `undefined` when there is none. */
export function newestUsable({ releases }: PackageDocument): Version | undefined {
  const usable = [...releases.values()].filter(({ yanked }) => !yanked).map(({ version }) => version)
  return usable.filter(version => !isPrerelease(version)).at(-1) ?? usable.at(-1)
}

/** A release whose record says something else about its state; `undefined` takes a key out. */
export function withState(
  { version, record }: Release,
  state: Partial<Record<'deprecated' | 'yanked', string | boolean | undefined>>,
): Release {
  const { deprecated, yanked, ...rest } = record
  const wanted = { deprecated, yanked, ...state }
  const kept = Object.entries(wanted).filter(([, value]) => value !== undefined)
  return decodeRelease(version, { ...rest, ...(Object.fromEntries(kept) as Partial<ReleaseRecord>) })
}
