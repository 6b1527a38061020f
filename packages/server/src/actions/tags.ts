/** Setting and removing tags (D12, D30). */
import {
  type PackageName,
  type Right,
  type Tag,
  type TagMove,
  type Version,
  decideTag,
  decideUntag,
  fail,
  requireAccess,
} from '@aam/core'
import type { StoredPackage } from '../store/packages.ts'
import { approvedVersions, changePackage } from './change-package.ts'
import { type Caller, type Deps, accessRules, nameOf, tagRules } from './deps.ts'

export type SetTag = {
  readonly name: PackageName
  readonly tag: Tag
  readonly version: Version
  readonly force: boolean
}

/**
 * Points a tag at a version. Pointing it where it points already changes nothing.
 * @throws UNAUTHORIZED, PACKAGE_NOT_FOUND, FORBIDDEN, VERSION_NOT_FOUND, VERSION_WAITING, PACKAGE_YANKED, TAG_NOT_ALLOWED,
 *   TAG_PROTECTED, APPROVAL_REQUIRED
 */
export async function setTag(deps: Deps, caller: Caller, { name, ...request }: SetTag): Promise<TagMove> {
  return changePackage(deps, caller, {
    name,
    right: rightFor(deps, request.tag),
    decide: async (pkg, tx) => {
      if (pkg.rows.get(request.version)?.state === 'waiting') fail('VERSION_WAITING', { name, ...request })
      if (request.force) requireForce(deps, caller, { pkg, tag: request.tag })
      const rules = tagRules(deps, await approvedVersions(deps, tx, pkg))
      const { document, move } = decideTag(pkg.document, rules, request)
      return { document, news: move.from === move.to ? [] : [tagNews(move)], result: move }
    },
  })
}

/**
 * Removes a tag; returns the version it pointed to.
 * @throws UNAUTHORIZED, PACKAGE_NOT_FOUND, FORBIDDEN, TAG_NOT_FOUND, TAG_PERMANENT, TAG_PROTECTED
 */
export async function removeTag(
  deps: Deps,
  caller: Caller,
  { name, ...request }: { readonly name: PackageName; readonly tag: Tag; readonly force: boolean },
): Promise<Version> {
  return changePackage(deps, caller, {
    name,
    right: rightFor(deps, request.tag),
    decide: pkg => {
      if (request.force) requireForce(deps, caller, { pkg, tag: request.tag })
      const { document, from } = decideUntag(pkg.document, tagRules(deps, new Set()), request)
      const metadata = { tag: request.tag, from, to: null }
      return { document, news: [{ event: 'tag.remove', target: { version: from }, metadata }], result: from }
    },
  })
}

/** What the log says about a tag that moved. */
export function tagNews(
  { tag, from, to }: TagMove,
  because?: string,
): {
  readonly event: string
  readonly target: { readonly version: string }
  readonly metadata: Record<string, unknown>
} {
  const metadata = { tag, from: from ?? null, to, ...(because === undefined ? {} : { because }) }
  return { event: 'tag.set', target: { version: to }, metadata }
}

/** A tag that is a gate is also for those who guard it. */
function rightFor({ config }: Deps, tag: Tag): Right {
  return config.tagsThatNeedApproval.includes(tag) || config.protectedTags.includes(tag) ? 'gate-tag' : 'tag'
}

/** Forcing a protected tag that is there is for approvers and admins; where nothing is forced, it is not looked at. */
export function requireForce(
  deps: Deps,
  { actor }: Caller,
  { pkg, tag }: { readonly pkg: StoredPackage; readonly tag: Tag },
): void {
  if (!deps.config.protectedTags.includes(tag) || !pkg.document.tags.has(tag)) return
  requireAccess(actor, 'force-tag', { pkg: pkg.access, rules: accessRules(deps), registry: nameOf(deps) })
}
