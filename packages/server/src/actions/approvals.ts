/** Approving and rejecting (D30). */
import {
  type ApprovalDecision,
  LATEST,
  type PackageDocument,
  type PackageName,
  type Tag,
  type TagMove,
  type Version,
  decideApproval,
  decideTag,
  fail,
  isAamError,
  maySeeWaiting,
  nearestVersions,
  requireRole,
  requireSignedIn,
  reviewStatus,
} from '@aam/core'
import type { ApproveAnswer, VersionApprovals } from '@aam/core/wire'
import { insertApproval, lastWords, listVersions, loadApprovals, loadRefused } from '../store/approvals.ts'
import { type StoredPackage, type VersionRow, toRelease, writeState } from '../store/packages.ts'
import { changePackage, requirePackage } from './change-package.ts'
import { type Caller, type Deps, tagRules } from './deps.ts'
import { followsLatest } from './publish.ts'
import { tagNews } from './tags.ts'

export type ApproveRequest = {
  readonly name: PackageName
  readonly version: Version
  readonly status: 'approved' | 'rejected'
  readonly comment: string | undefined
}

/**
 * Takes an approver's word about a version. Saying the same again changes nothing. A version that waited becomes visible
 * when enough approve it, with the tags that waited for it; one that is rejected while it waits frees its number. Tags
 * that name only approved versions are taken from one that is rejected.
 * @throws UNAUTHORIZED, PACKAGE_NOT_FOUND, FORBIDDEN, VERSION_NOT_FOUND, VERSION_REFUSED, APPROVAL_OWN
 */
export async function approve(deps: Deps, caller: Caller, request: ApproveRequest): Promise<ApproveAnswer> {
  const { name, version, status, comment } = request
  const { actor } = caller
  requireSignedIn(actor)
  return changePackage<ApproveAnswer>(deps, caller, {
    name,
    right: 'approve',
    decide: async (pkg, tx) => {
      const row = pkg.rows.get(version)
      if (row === undefined) {
        const refused = await loadRefused(tx, { packageId: pkg.id, version })
        return refused === undefined ? notThere(pkg, version) : fail('VERSION_REFUSED', { name, version })
      }
      const said = (await loadApprovals(tx, [row.id])).get(row.id) ?? []
      const decision = decideApproval(
        { name, version, publisher: row.publisher, state: row.state, approvals: lastWords(said) },
        { user: actor.name, status },
        rulesOf(deps),
      )
      if (decision.kind === 'unchanged') {
        const approvals = describe(deps, name, { row, said })
        return {
          document: pkg.document,
          news: [],
          result: { ...approvals, kind: 'unchanged', tags: [], removedTags: [] },
        }
      }
      const word = { user: actor.name, status, comment: comment ?? null, at: deps.now().toISOString() }
      const user_id = caller.userId ?? fail('UNAUTHORIZED', { why: 'missing' })
      await insertApproval(tx, { version_id: row.id, user_id, status, comment: word.comment, at: word.at })
      const state =
        decision.visibility === 'show' ? 'visible' : decision.visibility === 'refuse' ? 'refused' : row.state
      if (state !== row.state && state !== 'waiting') await writeState(tx, row.id, { state, waiting_tags: '[]' })
      const { document, moves, removed } = followDecision(deps, pkg, { row, decision })
      const event = status === 'approved' ? 'version.approve' : 'version.reject'
      const metadata = { comment: word.comment, before: decision.before, after: decision.after, state }
      const news = [
        { event, target: { version }, metadata },
        ...moves.map(move => tagNews(move, 'approval')),
        ...removed.map(tag => ({
          event: 'tag.remove',
          target: { version },
          metadata: { tag, from: version, to: null, because: 'rejection' },
        })),
      ]
      const waiting_tags = state === 'waiting' ? row.waiting_tags : '[]'
      const approvals = describe(deps, name, { row: { ...row, state, waiting_tags }, said: [...said, word] })
      const tags = moves.map(({ tag, from, to }) => ({ tag, from: from ?? null, to }))
      return { document, news, result: { ...approvals, kind: decision.kind, tags, removedTags: removed } }
    },
  })
}

type Followed = {
  readonly document: PackageDocument
  readonly moves: readonly TagMove[]
  readonly removed: readonly Tag[]
}

/** What an approver's word does to tags. */
function followDecision(
  deps: Deps,
  pkg: StoredPackage,
  { row, decision }: { readonly row: VersionRow; readonly decision: ApprovalDecision },
): Followed {
  const { version } = row
  let { document } = pkg
  if (decision.after === 'rejected') {
    const gated = deps.config.tagsThatNeedApproval.filter(tag => document.tags.get(tag) === version)
    const tags = new Map([...document.tags].filter(([tag]) => !gated.includes(tag)))
    return { document: { ...document, tags }, moves: [], removed: gated }
  }
  if (decision.visibility !== 'show') return { document, moves: [], removed: [] }
  document = { ...document, releases: new Map(document.releases).set(version, toRelease(row)) }
  const moves: TagMove[] = []
  for (const tag of JSON.parse(row.waiting_tags) as Tag[]) {
    if (tag === LATEST && !followsLatest(pkg, version)) continue
    const moved = tryTag(deps, document, { tag, version })
    if (moved === undefined) continue
    moves.push(moved.move)
    document = moved.document
  }
  return { document, moves, removed: [] }
}

/** The rules may have changed since the tag was asked for; then the version becomes visible without it. */
function tryTag(
  deps: Deps,
  document: PackageDocument,
  { tag, version }: { readonly tag: Tag; readonly version: Version },
): ReturnType<typeof decideTag> | undefined {
  try {
    return decideTag(document, tagRules(deps, new Set([version])), { tag, version, force: tag === LATEST })
  } catch (error) {
    if (isAamError(error)) return undefined
    throw error
  }
}

/**
 * What approvers have said about a version; for approvers, and for members of the package.
 * @throws UNAUTHORIZED, PACKAGE_NOT_FOUND, VERSION_NOT_FOUND, FORBIDDEN
 */
export async function versionApprovals(
  deps: Deps,
  caller: Caller,
  { name, version }: { readonly name: PackageName; readonly version: Version },
): Promise<VersionApprovals> {
  const tx = deps.store.db
  const pkg = await requirePackage(deps, caller, { tx, name, right: 'read' })
  // Whoever published it has to learn why it was refused.
  const row = pkg.rows.get(version) ?? (await loadRefused(tx, { packageId: pkg.id, version })) ?? notThere(pkg, version)
  if (row.state !== 'visible' && !maySeeWaiting(caller.actor, pkg.access)) notThere(pkg, version)
  return describe(deps, name, { row, said: (await loadApprovals(tx, [row.id])).get(row.id) ?? [] })
}

export type QueueFilter = 'waiting' | 'pending' | 'approved' | 'rejected'
const LONGEST_QUEUE = 500

/**
 * Versions and what was said about them, newest first: those that wait; those about which too little was said yet; those
 * that are approved, or rejected. For approvers.
 * @throws UNAUTHORIZED, FORBIDDEN
 */
export async function listApprovals(deps: Deps, caller: Caller, filter: QueueFilter): Promise<VersionApprovals[]> {
  requireRole(caller.actor, 'approver', 'looking at the queue of approvals')
  const tx = deps.store.db
  const states =
    filter === 'waiting'
      ? (['waiting'] as const)
      : filter === 'rejected'
        ? (['visible', 'refused'] as const)
        : (['visible', 'waiting'] as const)
  const rows = await listVersions(tx, states, LONGEST_QUEUE)
  const said = await loadApprovals(
    tx,
    rows.map(({ id }) => id),
  )
  return rows
    .map(row => describe(deps, row.name, { row, said: said.get(row.id) ?? [] }))
    .filter(({ status, state }) => (filter === 'waiting' ? state === 'waiting' : status === filter))
}

function rulesOf({ config }: Deps): { readonly required: number; readonly allowSelf: boolean } {
  return { required: config.approvalsRequired, allowSelf: config.allowSelfApproval }
}

function notThere({ document }: StoredPackage, version: Version): never {
  const nearest = nearestVersions([...document.releases.keys()], version)
  return fail('VERSION_NOT_FOUND', { name: document.name, version, nearest })
}

type Described = {
  readonly row: Pick<VersionRow, 'version' | 'state' | 'publisher' | 'published' | 'waiting_tags'>
  readonly said: VersionApprovals['approvals']
}

function describe(deps: Deps, name: string, { row, said }: Described): VersionApprovals {
  return {
    package: name,
    version: row.version,
    status: reviewStatus(lastWords(said), rulesOf(deps)),
    state: row.state,
    required: deps.config.approvalsRequired,
    approvals: said,
    publisher: row.publisher,
    published: row.published,
    waitingTags: JSON.parse(row.waiting_tags) as string[],
  }
}
