/** What may be published and tagged, and what follows from it. The same decisions for a folder and for a server. */
import type { PackageDocument, Release } from './document.ts'
import { fail } from './failures.ts'
import type { PackageName } from './name.ts'
import { LATEST, type Tag } from './tag.ts'
import { type Version, compareVersions, nearestVersions, samePrecedence } from './version.ts'

/** The rules a registry sets for tags; absent lists allow and protect nothing in particular. */
export type TagRules = {
  readonly allowed: readonly Tag[] | undefined
  readonly protected: readonly Tag[]
  /** What sets `allowed`, for messages: `allowed_tags in registry.yaml`. */
  readonly by: string
  /** Tags that only name approved versions, and those versions (D30); a folder has neither. */
  readonly gate?: { readonly tags: readonly Tag[]; readonly approved: ReadonlySet<Version> }
}

/** A tag and what it points to before and after. */
export type TagMove = { readonly tag: Tag; readonly from: Version | undefined; readonly to: Version }

export type PublishRequest = {
  readonly name: PackageName
  readonly release: Release
  /** A tag to set beside `latest`. */
  readonly tag: Tag | undefined
  /** Leave `latest` where it is (D11). The first version always becomes `latest`. */
  readonly keepLatest: boolean
  readonly force: boolean
}

export type PublishDecision = {
  /** `unchanged`: the registry has exactly this archive already; its tags are applied all the same (D29). */
  readonly kind: 'publish' | 'unchanged'
  readonly document: PackageDocument
  /** Every tag the request asked for, `latest` first. */
  readonly tags: readonly TagMove[]
}

/**
 * Decides what publishing does to a package's document. Content never changes once published (D29).
 * @param document `undefined` when the registry does not have the package
 * @throws VERSION_CONFLICT, TAG_NOT_ALLOWED, TAG_PROTECTED, PACKAGE_YANKED
 */
export function decidePublish(
  document: PackageDocument | undefined,
  rules: TagRules,
  request: PublishRequest,
): PublishDecision {
  const { name, release, tag, keepLatest, force } = request
  const before = document ?? { name, tags: new Map<Tag, Version>(), owners: [], releases: new Map<Version, Release>() }
  const twin = [...before.releases.values()].find(({ version }) => samePrecedence(version, release.version))
  if (twin !== undefined && (twin.version !== release.version || twin.integrity !== release.integrity)) {
    fail('VERSION_CONFLICT', { name, version: twin.version, published: twin.integrity, offered: release.integrity })
  }
  const releases = new Map(before.releases)
  if (twin === undefined) releases.set(release.version, release)
  const moves: TagMove[] = []
  let tags = before.tags
  // Publishing the same archive again must not pull `latest` back to an old version.
  const wanted = [
    ...(keepLatest && before.tags.has(LATEST) ? [] : twin === undefined || !before.tags.has(LATEST) ? [LATEST] : []),
    ...(tag === undefined ? [] : [tag]),
  ]
  for (const each of new Set(wanted)) {
    const change = decideTag({ ...before, tags, releases }, rules, {
      tag: each,
      version: release.version,
      force: force || (each === LATEST && twin === undefined),
    })
    moves.push(change.move)
    tags = change.document.tags
  }
  return { kind: twin === undefined ? 'publish' : 'unchanged', document: { ...before, tags, releases }, tags: moves }
}

/**
 * Decides whether a tag may point at a version. Moving needs no force unless the registry protects the tag (D12).
 * @throws VERSION_NOT_FOUND, PACKAGE_YANKED, TAG_NOT_ALLOWED, APPROVAL_REQUIRED, TAG_PROTECTED
 */
export function decideTag(
  document: PackageDocument,
  rules: TagRules,
  { tag, version, force }: { readonly tag: Tag; readonly version: Version; readonly force: boolean },
): { readonly document: PackageDocument; readonly move: TagMove } {
  const { name } = document
  const release = document.releases.get(version)
  if (release === undefined) {
    fail('VERSION_NOT_FOUND', { name, version, nearest: nearestVersions(usableVersions(document), version) })
  }
  if (release.yanked) fail('PACKAGE_YANKED', { name, version })
  if (rules.allowed !== undefined && tag !== LATEST && !rules.allowed.includes(tag)) {
    fail('TAG_NOT_ALLOWED', { tag, allowed: rules.allowed, by: rules.by })
  }
  if (rules.gate?.tags.includes(tag) === true && !rules.gate.approved.has(version)) {
    fail('APPROVAL_REQUIRED', { name, version, tag, approved: [...rules.gate.approved] })
  }
  const from = document.tags.get(tag)
  if (from !== undefined && from !== version && rules.protected.includes(tag) && !force) {
    fail('TAG_PROTECTED', { name, tag, version, current: from })
  }
  return { document: { ...document, tags: new Map(document.tags).set(tag, version) }, move: { tag, from, to: version } }
}

/**
 * Decides whether a tag may be removed.
 * @throws TAG_PERMANENT for `latest` (D10), TAG_NOT_FOUND, TAG_PROTECTED
 */
export function decideUntag(
  document: PackageDocument,
  rules: TagRules,
  { tag, force }: { readonly tag: Tag; readonly force: boolean },
): { readonly document: PackageDocument; readonly from: Version } {
  const { name } = document
  if (tag === LATEST) fail('TAG_PERMANENT', { name, tag })
  const from = document.tags.get(tag)
  if (from === undefined) fail('TAG_NOT_FOUND', { name, tag, tags: [...document.tags.keys()] })
  if (rules.protected.includes(tag) && !force) fail('TAG_PROTECTED', { name, tag, version: undefined, current: from })
  const tags = new Map(document.tags)
  tags.delete(tag)
  return { document: { ...document, tags }, from }
}

function usableVersions({ releases }: PackageDocument): Version[] {
  return [...releases.values()].filter(({ yanked }) => !yanked).map(({ version }) => version)
}

/** Whether a move goes to a lower version than before, which is said aloud (D11, D12). */
export function isBackwards({ from, to }: TagMove): boolean {
  return from !== undefined && compareVersions(to, from) < 0
}

/**
 * The version a tag names.
 * @throws TAG_NOT_FOUND with the tags there are, PACKAGE_YANKED (D13, D45), REGISTRY_BROKEN when it names nothing
 */
export function resolveTag(document: PackageDocument, tag: Tag): Version {
  const { name } = document
  const version = document.tags.get(tag)
  if (version === undefined) fail('TAG_NOT_FOUND', { name, tag, tags: [...document.tags.keys()] })
  const release = document.releases.get(version)
  if (release === undefined) {
    fail('REGISTRY_BROKEN', {
      file: `metadata.yaml of ${name}`,
      why: `tag '${tag}' points to ${version}, which is not there`,
    })
  }
  if (release.yanked) fail('PACKAGE_YANKED', { name, version, tag })
  return version
}
