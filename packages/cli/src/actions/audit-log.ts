/** The log of a registry server. */
import type { AuditQuery } from '@aam/client'
import { fail, scopeOf } from '@aam/core'
import type { AuditEvent } from '@aam/core/wire'
import type { Context } from '../world.ts'
import { openServerAccount } from './open-server.ts'

export type LogResult = {
  readonly registry: string
  /** Newest first. */
  readonly events: readonly AuditEvent[]
  /** Whether there are older ones. */
  readonly more: boolean
}

/** @throws UNAUTHORIZED, FORBIDDEN, PACKAGE_NOT_FOUND */
export async function readLog(
  context: Context,
  { limit, registry: flag, ...query }: AuditQuery & { readonly limit: number; readonly registry: string | undefined },
): Promise<LogResult> {
  const scope = query.package === undefined ? undefined : scopeOf(query.package)
  const { account, registry } = await openServerAccount(context, { registry: flag, scope }, 'audit-log')
  const events: AuditEvent[] = []
  for await (const event of account.readAuditLog(query)) {
    if (events.length === limit) return { registry, events, more: true }
    events.push(event)
  }
  return { registry, events, more: false }
}

/**
 * A day (`2026-03-14`, from its beginning in UTC) or a moment in ISO 8601, as the latter in UTC.
 * @throws USAGE
 */
export function parseSince(text: string): string {
  const moment = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))?$/.test(text)
    ? new Date(text)
    : new Date(Number.NaN)
  if (!Number.isNaN(moment.getTime())) return moment.toISOString()
  return fail('USAGE', { message: `'${text}' is not a date`, hint: 'write --since 2026-03-14 or 2026-03-14T09:00:00Z' })
}

/** @throws USAGE */
export function parseLimit(text: string): number {
  const limit = /^\d{1,6}$/.test(text) ? Number(text) : 0
  return limit > 0 ? limit : fail('USAGE', { message: `--limit takes a number from 1, not '${text}'` })
}
