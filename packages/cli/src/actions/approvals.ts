/** What approvers say about versions (D30). */
import { type PackageName, type ReviewStatus, type Version, scopeOf } from '@aam/core'
import type { ApproveAnswer, VersionApprovals } from '@aam/core/wire'
import type { Context } from '../world.ts'
import { openServerAccount } from './open-server.ts'

export type ApproveRequest = {
  readonly name: PackageName
  readonly version: Version
  readonly status: 'approved' | 'rejected'
  readonly comment: string | undefined
  readonly registry: string | undefined
}

export type ApproveResult = ApproveAnswer & { readonly registry: string; readonly said: 'approved' | 'rejected' }

/** @throws UNAUTHORIZED, FORBIDDEN, PACKAGE_NOT_FOUND, VERSION_NOT_FOUND, VERSION_REFUSED, APPROVAL_OWN */
export async function sayApproval(context: Context, request: ApproveRequest): Promise<ApproveResult> {
  const { name, version, status, comment, registry: flag } = request
  const command = status === 'approved' ? 'approve' : 'reject'
  const { account, registry } = await openServerAccount(context, { registry: flag, scope: scopeOf(name) }, command)
  const answer = await account.approve(name, version, { status, ...(comment === undefined ? {} : { comment }) })
  return { registry, said: status, ...answer }
}

/** What may be asked for; `waiting`: nobody sees the version yet. */
export const QUEUES = ['pending', 'waiting', 'approved', 'rejected'] as const satisfies readonly (
  ReviewStatus | 'waiting'
)[]

export type QueueResult = {
  readonly registry: string
  readonly status: (typeof QUEUES)[number] | null
  /** Newest first. */
  readonly approvals: readonly VersionApprovals[]
}

/** @throws UNAUTHORIZED, FORBIDDEN */
export async function listQueue(
  context: Context,
  { status, registry: flag }: { readonly status: (typeof QUEUES)[number]; readonly registry: string | undefined },
): Promise<QueueResult> {
  const { account, registry } = await openServerAccount(context, { registry: flag }, 'approvals')
  return { registry, status, approvals: await account.listApprovals(status) }
}

/** @throws UNAUTHORIZED, FORBIDDEN, PACKAGE_NOT_FOUND, VERSION_NOT_FOUND */
export async function showApprovals(
  context: Context,
  {
    name,
    version,
    registry: flag,
  }: { readonly name: PackageName; readonly version: Version; readonly registry: string | undefined },
): Promise<QueueResult> {
  const request = { registry: flag, scope: scopeOf(name) }
  const { account, registry } = await openServerAccount(context, request, 'approvals')
  return { registry, status: null, approvals: [await account.fetchApprovals(name, version)] }
}
