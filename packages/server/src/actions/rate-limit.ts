/** How often somebody may do something. What is counted is in the database, so that it holds for every process. */
import { fail } from '@aam/core'
import type { Db } from '../store/packages.ts'
import type { Deps } from './deps.ts'

export type RateLimit = {
  /** Whose it is, for example `write:ann`. */
  readonly key: string
  /** What there are too many of, for the message. */
  readonly what: string
  /** How many in a window; 0: any number. */
  readonly most: number
  /** Of a window, in seconds. */
  readonly seconds: number
}

/**
 * Counts once more, and refuses what is too much.
 * @throws RATE_LIMITED
 */
export async function countOnce(deps: Deps, limit: RateLimit): Promise<void> {
  if (limit.most === 0) return
  const { started, count } = await deps.store.db.transaction().execute(async tx => addTo(deps, tx, limit))
  if (count > limit.most) refuse(deps, limit, started)
}

/**
 * Refuses when there were as many as there may be, and counts nothing.
 * @throws RATE_LIMITED
 */
export function refuseReached(deps: Deps, limit: RateLimit): void {
  if (limit.most === 0) return
  const [row] = deps.store.read<Window>('select started, count from rate_windows where key = ?', limit.key)
  if (row === undefined || row.count < limit.most || isOver(row, limit.seconds, secondsOf(deps))) return
  refuse(deps, limit, row.started)
}

type Window = { readonly started: number; readonly count: number }

function refuse(deps: Deps, { what, seconds }: RateLimit, started: number): never {
  return fail('RATE_LIMITED', { what, seconds: Math.max(1, started + seconds - secondsOf(deps)) })
}

function secondsOf({ now }: Deps): number {
  return Math.floor(now().getTime() / 1000)
}

/** One that begins in the future is from before somebody set the clock back. */
function isOver({ started }: Window, seconds: number, now: number): boolean {
  return started + seconds <= now || started > now
}

async function addTo(deps: Deps, tx: Db, { key, seconds }: RateLimit): Promise<Window> {
  const now = secondsOf(deps)
  const row = await tx.selectFrom('rate_windows').selectAll().where('key', '=', key).executeTakeFirst()
  const next =
    row === undefined || isOver(row, seconds, now)
      ? { started: now, count: 1 }
      : { started: row.started, count: row.count + 1 }
  await tx
    .insertInto('rate_windows')
    .values({ key, ...next })
    .onConflict(conflict => conflict.column('key').doUpdateSet(next))
    .execute()
  return next
}

/** Forgets what was counted, for example when somebody has signed in. */
export async function forget(deps: Deps, key: string): Promise<void> {
  await deps.store.db.deleteFrom('rate_windows').where('key', '=', key).execute()
}

/** Removes windows that are over. */
export async function forgetOld(deps: Deps): Promise<void> {
  const hourAgo = secondsOf(deps) - 3600
  await deps.store.db.deleteFrom('rate_windows').where('started', '<', hourAgo).execute()
}
