/** What taking a package over from another registry does to the registry that takes it. */
import type { PackageDocument, Release } from './document.ts'
import { fail } from './failures.ts'
import { newestUsable, withState } from './lifecycle.ts'
import type { TagMove, TagRules } from './release.ts'
import { LATEST, type Tag, compareTags } from './tag.ts'
import { type Version, compareVersions } from './version.ts'

/** A tag of the source that the target does not take over, or a tag of the target that now names a yanked version. */
export type KeptTag = {
  readonly tag: Tag
  /** What it names in the source. */
  readonly offered: Version
  /** What it names in the target. */
  readonly current: Version | undefined
  /**
   * `elsewhere`: the target points it at another version; `not-allowed`: its `allowed_tags` leave it out; `yanked` and
   * `missing`: the version it names is yanked, or not in the source; `unapproved`: it needs an approved version.
   */
  readonly why: 'elsewhere' | 'not-allowed' | 'yanked' | 'missing' | 'unapproved'
}

/** What is said about a version that was in the target before and stays, where that changes. */
export type StateChange = {
  readonly version: Version
  readonly deprecated: string | undefined
  readonly yanked: boolean
}

export type ImportDecision = {
  /** The package as the target has it afterwards; versions lowest first. */
  readonly document: PackageDocument
  /** Versions the target lacks, lowest first: their archives are to be stored before the document. */
  readonly added: readonly Version[]
  /** Versions of the source that the target has with the same contents, lowest first. */
  readonly kept: readonly Version[]
  readonly states: readonly StateChange[]
  /** Tags that change, `latest` first. */
  readonly tags: readonly TagMove[]
  readonly keptTags: readonly KeptTag[]
}

/**
 * Decides what importing `incoming` does. Contents that are in the target never change (D29), nor do its owners and its
 * tags; a version that is yanked or deprecated in the source becomes so in the target. With `force` the source is right
 * about tags, `latest` and protected ones included, and about what is deprecated and yanked. `allowed_tags` always hold.
 * `latest` leaves a version that was yanked (D45).
 * @param before `undefined` when the target does not have the package
 * @throws VERSION_CONFLICT when a version has other contents, or differs in build metadata only
 */
export function decideImport(
  before: PackageDocument | undefined,
  incoming: PackageDocument,
  { rules, force }: { readonly rules: TagRules; readonly force: boolean },
): ImportDecision {
  const { name } = incoming
  const releases = new Map(before?.releases)
  const twins = new Map([...releases.values()].map(release => [withoutBuild(release.version), release]))
  const added: Version[] = []
  const kept: Version[] = []
  const states: StateChange[] = []
  for (const release of [...incoming.releases.values()].sort((a, b) => compareVersions(a.version, b.version))) {
    const { version, integrity } = release
    const twin = twins.get(withoutBuild(version))
    if (twin === undefined) {
      added.push(version)
      releases.set(version, release)
      twins.set(withoutBuild(version), release)
      continue
    }
    if (twin.version !== version || twin.integrity !== integrity) {
      fail('VERSION_CONFLICT', {
        name,
        version: twin.version,
        published: twin.integrity,
        offered: integrity,
        imported: true,
      })
    }
    kept.push(version)
    const after = joinStates(twin, release, force)
    if (after === undefined) continue
    states.push({ version, deprecated: after.deprecated, yanked: after.yanked })
    releases.set(version, after)
  }
  const sorted = new Map([...releases].sort(([a], [b]) => compareVersions(a, b)))
  const owners = before === undefined ? incoming.owners : before.owners
  const tagged = importTags(
    { name, tags: before?.tags ?? new Map<Tag, Version>(), owners, releases: sorted },
    incoming,
    {
      rules,
      force,
    },
  )
  const stranded = [...tagged.document.tags]
    .filter(([tag, version]) => tag !== LATEST && states.some(state => state.yanked && state.version === version))
    .map(([tag, version]) => ({ tag, offered: version, current: version, why: 'yanked' as const }))
  return { ...tagged, keptTags: [...tagged.keptTags, ...stranded], added, kept, states }
}

type Tagged = Pick<ImportDecision, 'document' | 'tags' | 'keptTags'>

function importTags(
  target: PackageDocument,
  incoming: PackageDocument,
  { rules, force }: { readonly rules: TagRules; readonly force: boolean },
): Tagged {
  const tags = new Map(target.tags)
  const moves: TagMove[] = []
  const keptTags: KeptTag[] = []
  const explainKept = (tag: Tag, offered: Version, current: Version | undefined): KeptTag['why'] | undefined => {
    const release = incoming.releases.has(offered) ? target.releases.get(offered) : undefined
    if (release === undefined) return 'missing'
    if (release.yanked) return 'yanked'
    if (tag !== LATEST && rules.allowed?.includes(tag) === false) return 'not-allowed'
    if (current === undefined || force) return undefined
    return tag === LATEST && isYanked(target, current) ? undefined : 'elsewhere'
  }
  const offer = (tag: Tag, offered: Version): void => {
    const current = tags.get(tag)
    if (current === offered) return
    const why = explainKept(tag, offered, current)
    if (why === undefined) {
      moves.push({ tag, from: current, to: offered })
      tags.set(tag, offered)
    } else keptTags.push({ tag, offered, current, why })
  }
  for (const [tag, version] of [...incoming.tags].sort(([a], [b]) => compareTags(a, b))) offer(tag, version)
  const latest = tags.get(LATEST)
  const next = newestUsable(target)
  if (next !== undefined && (latest === undefined || isYanked(target, latest))) {
    moves.unshift({ tag: LATEST, from: latest, to: next })
    tags.set(LATEST, next)
  }
  return { document: { ...target, tags }, tags: moves, keptTags }
}

function isYanked({ releases }: PackageDocument, version: Version): boolean {
  return releases.get(version)?.yanked === true
}

/** What a kept release becomes; `undefined` when it stays as it is. Only `force` takes back what the target says. */
function joinStates(mine: Release, theirs: Release, force: boolean): Release | undefined {
  const yanked = force ? theirs.yanked : mine.yanked || theirs.yanked
  const deprecated = force ? theirs.deprecated : (mine.deprecated ?? theirs.deprecated)
  if (yanked === mine.yanked && deprecated === mine.deprecated) return undefined
  return withState(mine, { deprecated, yanked: yanked ? true : undefined })
}

/** Two versions that differ only in build metadata are one to a registry. */
function withoutBuild(version: Version): string {
  return version.split('+', 1)[0] ?? version
}
