/** What approvers say about versions, and what follows from it (D30). */
import { fail } from './failures.ts'
import type { PackageName } from './name.ts'
import type { Version } from './version.ts'

/** What one approver said last about a version. */
export type Approval = { readonly user: string; readonly status: 'approved' | 'rejected' }

export type ReviewStatus = 'pending' | 'approved' | 'rejected'

/** A version, as far as approving it depends on it. */
export type ReviewedRelease = {
  readonly name: PackageName
  readonly version: Version
  readonly publisher: string
  /** `waiting`: nobody sees it before it is approved; `refused`: it was rejected while it waited. */
  readonly state: 'visible' | 'waiting' | 'refused'
  /** The last word of each approver. */
  readonly approvals: readonly Approval[]
}

export type ApprovalRules = {
  /** How many approvers have to agree. */
  readonly required: number
  readonly allowSelf: boolean
}

export type ApprovalDecision = {
  /** `unchanged`: the approver said exactly that before. */
  readonly kind: 'approve' | 'reject' | 'unchanged'
  readonly before: ReviewStatus
  readonly after: ReviewStatus
  /** `show`: everybody may see the version from now on; `refuse`: nobody ever will, and its number is free again. */
  readonly visibility: 'keep' | 'show' | 'refuse'
}

/** What the approvers say together: one that rejects outweighs all who approve. */
export function reviewStatus(
  approvals: readonly Approval[],
  { required }: Pick<ApprovalRules, 'required'>,
): ReviewStatus {
  if (approvals.some(({ status }) => status === 'rejected')) return 'rejected'
  return approvals.length >= required ? 'approved' : 'pending'
}

/**
 * Decides what an approver's word about a version changes.
 * @throws APPROVAL_OWN, VERSION_REFUSED
 */
export function decideApproval(release: ReviewedRelease, word: Approval, rules: ApprovalRules): ApprovalDecision {
  const { name, version, state, approvals, publisher } = release
  if (state === 'refused') fail('VERSION_REFUSED', { name, version })
  // Whoever published may take it back, and needs nobody's leave for that.
  if (word.status === 'approved' && word.user === publisher && !rules.allowSelf) {
    fail('APPROVAL_OWN', { name, version })
  }
  const before = reviewStatus(approvals, rules)
  const others = approvals.filter(({ user }) => user !== word.user)
  const same = approvals.some(({ user, status }) => user === word.user && status === word.status)
  const after = reviewStatus([...others, word], rules)
  const decided = state !== 'waiting' || after === 'pending' ? 'keep' : after === 'approved' ? 'show' : 'refuse'
  return {
    // The rules may have changed since: then saying it again is what lets a version go that has enough words by now.
    kind: same && decided === 'keep' ? 'unchanged' : word.status === 'approved' ? 'approve' : 'reject',
    before,
    after,
    visibility: decided,
  }
}
