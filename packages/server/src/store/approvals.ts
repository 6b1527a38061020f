/** What approvers said, as rows. */
import type { Approval } from '@aam/core'
import type { ApprovalRecord } from '@aam/core/wire'
import type { Db, VersionRow } from './packages.ts'

/** Every word that was said about some versions, oldest first. */
export async function loadApprovals(tx: Db, versionIds: readonly number[]): Promise<Map<number, ApprovalRecord[]>> {
  const found = new Map<number, ApprovalRecord[]>()
  if (versionIds.length === 0) return found
  const rows = await tx
    .selectFrom('approvals')
    .innerJoin('users', 'users.id', 'approvals.user_id')
    .select(['version_id', 'users.name', 'status', 'comment', 'at'])
    .where('version_id', 'in', versionIds)
    .orderBy('approvals.id')
    .execute()
  for (const { version_id: id, name, status, comment, at } of rows) {
    found.set(id, [...(found.get(id) ?? []), { user: name, status, comment, at }])
  }
  return found
}

/** The last word of each approver. */
export function lastWords(records: readonly ApprovalRecord[]): Approval[] {
  return [...new Map(records.map(({ user, status }) => [user, { user, status }])).values()]
}

export async function insertApproval(
  tx: Db,
  approval: {
    readonly version_id: number
    readonly user_id: number
    readonly status: 'approved' | 'rejected'
    readonly comment: string | null
    readonly at: string
  },
): Promise<void> {
  await tx.insertInto('approvals').values(approval).execute()
}

export type QueueRow = Pick<VersionRow, 'id' | 'version' | 'state' | 'publisher' | 'published' | 'waiting_tags'> & {
  readonly name: string
}

/** The version of this number that was refused last, if one was. */
export async function loadRefused(
  tx: Db,
  { packageId, version }: { readonly packageId: number; readonly version: string },
): Promise<Omit<QueueRow, 'name'> | undefined> {
  const row = await tx
    .selectFrom('versions')
    .innerJoin('users', 'users.id', 'versions.publisher_id')
    .select(['versions.version', 'versions.id', 'versions.state', 'versions.published'])
    .select(['versions.waiting_tags', 'users.name as publisher'])
    .where('versions.package_id', '=', packageId)
    .where('versions.version', '=', version)
    .where('versions.state', '=', 'refused')
    .orderBy('versions.id', 'desc')
    .executeTakeFirst()
  return row as Omit<QueueRow, 'name'> | undefined
}

/** Versions that somebody has to decide about, or has, newest first. */
export async function listVersions(
  tx: Db,
  states: readonly ('visible' | 'waiting' | 'refused')[],
  limit: number,
): Promise<QueueRow[]> {
  const rows = await tx
    .selectFrom('versions')
    .innerJoin('packages', 'packages.id', 'versions.package_id')
    .innerJoin('users', 'users.id', 'versions.publisher_id')
    .select(['packages.name', 'versions.version', 'versions.id', 'versions.state', 'versions.published'])
    .select(['versions.waiting_tags', 'users.name as publisher'])
    .where('versions.state', 'in', states)
    .orderBy('versions.id', 'desc')
    .limit(limit)
    .execute()
  return rows as QueueRow[]
}
