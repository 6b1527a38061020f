/** The log: rows that are only ever added, each carrying the hash of the one before it. */
import { createHash } from 'node:crypto'
import type { AuditEvent } from '@aam/core/wire'
import type { Db } from './packages.ts'

export type NewEvent = Omit<AuditEvent, 'sequence' | 'previous' | 'hash'>

const START = '0'.repeat(64)

/** Adds an event, in the transaction of the change it tells of. */
export async function appendAudit(tx: Db, event: NewEvent): Promise<void> {
  const last = await tx
    .selectFrom('audit')
    .select(['sequence', 'hash'])
    .orderBy('sequence', 'desc')
    .limit(1)
    .executeTakeFirst()
  const previous = last?.hash ?? START
  const sequence = (last?.sequence ?? 0) + 1
  const text = JSON.stringify(event)
  await tx
    .insertInto('audit')
    .values({
      sequence,
      event: text,
      name: event.event,
      package: event.target.package ?? null,
      actor: event.actor.identity,
      timestamp: event.timestamp,
      previous,
      hash: hashOf(previous, sequence, text),
    })
    .execute()
}

export function hashOf(previous: string, sequence: number, text: string): string {
  return createHash('sha256')
    .update(`${previous}\n${String(sequence)}\n${text}`)
    .digest('hex')
}

export type AuditFilter = {
  readonly package?: string | undefined
  readonly event?: string | undefined
  readonly actor?: string | undefined
  /** ISO 8601: this time and later. */
  readonly since?: string | undefined
  /** Only events before this one. */
  readonly before?: number | undefined
  readonly limit: number
}

/** Newest first. */
export async function listAudit(tx: Db, filter: AuditFilter): Promise<AuditEvent[]> {
  let query = tx.selectFrom('audit').selectAll().orderBy('sequence', 'desc').limit(filter.limit)
  if (filter.package !== undefined) query = query.where('package', '=', filter.package)
  if (filter.event !== undefined) query = query.where('name', '=', filter.event)
  if (filter.actor !== undefined) query = query.where('actor', '=', filter.actor)
  if (filter.since !== undefined) query = query.where('timestamp', '>=', filter.since)
  if (filter.before !== undefined) query = query.where('sequence', '<', filter.before)
  return (await query.execute()).map(toEvent)
}

type AuditRow = { readonly sequence: number; readonly event: string; readonly previous: string; readonly hash: string }

export function toEvent({ sequence, event, previous, hash }: AuditRow): AuditEvent {
  const { version, ...rest } = JSON.parse(event) as NewEvent
  return { version, sequence, ...rest, previous, hash }
}

/** What is wrong with the chain, oldest first; and where it ends. */
export async function checkChain(
  tx: Db,
): Promise<{ readonly problems: readonly string[]; readonly events: number; readonly head: string }> {
  const problems: string[] = []
  let previous = START
  let expected = 1
  for (let after = 0; ;) {
    const rows = await tx
      .selectFrom('audit')
      .selectAll()
      .where('sequence', '>', after)
      .orderBy('sequence')
      .limit(1000)
      .execute()
    for (const row of rows) {
      if (row.sequence !== expected) problems.push(`event ${String(expected)} is missing`)
      else if (row.previous !== previous) {
        problems.push(`event ${String(row.sequence)} does not follow the one before it`)
      }
      if (hashOf(row.previous, row.sequence, row.event) !== row.hash) {
        problems.push(`event ${String(row.sequence)} is not what was written`)
      }
      problems.push(...columnProblems(row))
      previous = row.hash
      expected = row.sequence + 1
      after = row.sequence
    }
    if (rows.length < 1000) return { problems, events: expected - 1, head: previous }
  }
}

/** Whether the text of an event is one: somebody may have written into the table. */
export function isReadable({ event }: Pick<AuditRow, 'event'>): boolean {
  try {
    const { actor, target } = JSON.parse(event) as Partial<NewEvent>
    return typeof actor === 'object' && typeof target === 'object'
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return false
    throw error
  }
}

/** Columns that repeat what is in the event are for searching; they must say the same. */
function columnProblems(row: {
  readonly sequence: number
  readonly event: string
  readonly name: string
  readonly package: string | null
  readonly actor: string
  readonly timestamp: string
}): string[] {
  if (!isReadable(row)) return [`event ${String(row.sequence)} cannot be read`]
  const { event, target, actor, timestamp } = JSON.parse(row.event) as NewEvent
  const same =
    row.name === event &&
    row.package === (target.package ?? null) &&
    row.actor === actor.identity &&
    row.timestamp === timestamp
  return same ? [] : [`the columns of event ${String(row.sequence)} say something else than the event`]
}
