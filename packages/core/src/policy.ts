/**
 * Install policies (UAAPS 15.1, D13, D15): which packages, tags and versions may be installed. Policies of several layers
 * add up, because each rule is kept with the place that set it and every one of them has to hold: allow-lists intersect,
 * block-lists and requirements unite, and no layer weakens another.
 */
import type { PackageDocument, Release } from './document.ts'
import { AamError } from './failures.ts'
import { matchesName } from './name-pattern.ts'
import { type PackageName, scopeOf } from './name.ts'
import type { Wanted } from './requirement.ts'
import { LATEST, type Tag } from './tag.ts'
import type { Version } from './version.ts'

/** A rule and the file or variable that set it. */
export type Rule<T> = { readonly value: T; readonly from: string }

export type InstallPolicy = {
  /** The tag that a bare name means. */
  readonly tag: Rule<Tag> | undefined
  /** `'any'`: some tag has to be named; else that one. */
  readonly requireTag: readonly Rule<Tag | 'any'>[]
  readonly allowedTags: readonly Rule<readonly Tag[]>[]
  /** Scopes with their `@`. An unscoped name is in none. */
  readonly allowedScopes: readonly Rule<readonly string[]>[]
  /** Patterns over names (`matchesName`). */
  readonly blockedPackages: readonly Rule<readonly string[]>[]
  /** Set when the tag rules bind every package, not only those that the project itself asks for. */
  readonly appliesToAll: Rule<true> | undefined
}

export const NO_POLICY: InstallPolicy = {
  tag: undefined,
  requireTag: [],
  allowedTags: [],
  allowedScopes: [],
  blockedPackages: [],
  appliesToAll: undefined,
}

/** What a policy forbids, ready to be thrown. */
export type Breach = AamError

/** The rules of both: each one goes on holding. Of two default tags the first is kept; whoever reads settings refuses two. */
export function joinPolicies(first: InstallPolicy, second: InstallPolicy): InstallPolicy {
  return {
    tag: first.tag ?? second.tag,
    requireTag: [...first.requireTag, ...second.requireTag],
    allowedTags: [...first.allowedTags, ...second.allowedTags],
    allowedScopes: [...first.allowedScopes, ...second.allowedScopes],
    blockedPackages: [...first.blockedPackages, ...second.blockedPackages],
    appliesToAll: first.appliesToAll ?? second.appliesToAll,
  }
}

/** Why a package may not be installed at all, wherever in the graph it stands; `undefined` when it may. */
export function checkName(policy: InstallPolicy, name: PackageName, chain?: readonly string[]): Breach | undefined {
  const way = chain === undefined ? {} : { chain }
  for (const { value, from } of policy.blockedPackages) {
    const pattern = value.find(each => matchesName(each, name))
    if (pattern !== undefined) return new AamError('POLICY_BLOCKED', { name, pattern, from, ...way })
  }
  for (const { value, from } of policy.allowedScopes) {
    const scope = scopeOf(name)
    if (scope === undefined || !value.includes(scope)) {
      return new AamError('POLICY_SCOPE', { name, allowed: value, from, ...way })
    }
  }
  return undefined
}

/**
 * Why something may not be chosen by this tag; `undefined` when it may.
 * @param name the package that was, for the hint, where the user has not just typed it
 */
export function checkTag(policy: InstallPolicy, tag: Tag, name?: PackageName): Breach | undefined {
  for (const { value, from } of policy.requireTag) {
    if (value !== 'any' && value !== tag) {
      return notAllowed(tag, { allowed: [value], by: `install_policy.require_tag in ${from}`, name })
    }
  }
  for (const { value, from } of policy.allowedTags) {
    if (!value.includes(tag)) {
      return notAllowed(tag, { allowed: value, by: `install_policy.allowed_tags in ${from}`, name })
    }
  }
  return undefined
}

/**
 * Why `aam install` may not take what follows the `@` of a name; `undefined` when it may. A bare name counts as naming
 * the default tag (D13).
 */
export function checkWanted(
  policy: InstallPolicy,
  wanted: Wanted,
  { name, fallback }: { readonly name: PackageName; readonly fallback: Tag },
): Breach | undefined {
  switch (wanted.kind) {
    case 'anything':
      return checkTag(policy, fallback)
    case 'tag':
      return checkTag(policy, wanted.tag)
    default: {
      const [rule] = policy.requireTag
      if (rule === undefined) return undefined
      const usable = [
        fallback,
        ...policy.allowedTags.flatMap(({ value }) => value),
        ...policy.requireTag.flatMap(({ value }) => (value === 'any' ? [] : [value])),
      ]
      const tags = usable.filter(tag => checkTag(policy, tag) === undefined)
      return new AamError('POLICY_TAG_REQUIRED', { name, tags, from: rule.from })
    }
  }
}

/** Whether a direct dependency that no tag is recorded for is to be resolved through the default tag (D15). */
export function needsTag(policy: InstallPolicy): boolean {
  return policy.requireTag.length > 0
}

/** The tag that a bare name means (D13). */
export function defaultTagOf(policy: InstallPolicy, configured: Tag | undefined): Tag {
  return policy.tag?.value ?? configured ?? LATEST
}

/**
 * Whether a lock's word on the tag of a direct dependency has to be that of the manifest: where tags decide what may be
 * installed, one must not be met by words of the other (D15).
 */
export function contradictsTag(policy: InstallPolicy, written: Tag | undefined, locked: Tag | undefined): boolean {
  return policy.requireTag.length + policy.allowedTags.length > 0 && written !== undefined && written !== locked
}

/**
 * The releases that tag rules leave to choose from where they bind every package: those that a permitted tag names now,
 * and the locked one, which is not judged again (D15).
 */
export function permittedReleases(
  policy: InstallPolicy,
  document: PackageDocument,
  locked: Version | undefined,
): ReadonlyMap<Version, Release> {
  if (policy.appliesToAll === undefined || policy.requireTag.length + policy.allowedTags.length === 0) {
    return document.releases
  }
  const permitted = new Set([...document.tags].flatMap(([tag, version]) => (checkTag(policy, tag) ? [] : [version])))
  if (locked !== undefined) permitted.add(locked)
  return new Map([...document.releases].filter(([version]) => permitted.has(version)))
}

/** Where the tag rules that bind every package stand, for messages. */
export function tagRulesFrom(policy: InstallPolicy): string {
  return [...new Set([...policy.requireTag, ...policy.allowedTags].map(({ from }) => from))].join(' and ')
}

function notAllowed(
  tag: Tag,
  {
    allowed,
    by,
    name,
  }: { readonly allowed: readonly Tag[]; readonly by: string; readonly name: PackageName | undefined },
): Breach {
  return new AamError('TAG_NOT_ALLOWED', { tag, allowed, by, ...(name === undefined ? {} : { name }) })
}
