/** When a request is sent again, and after how long. */
import type { Outcome } from './exchange.ts'

/** Milliseconds that a registry may ask to wait; what asks for more fails at once. */
const PATIENCE = 60_000
const FIRST_PAUSE = 500
const LONGEST_PAUSE = 10_000

/** Statuses that say: not now. 500 and 507 say that it will not help. */
const NOT_NOW: ReadonlySet<number> = new Set([408, 425, 429, 502, 503, 504])

/** Whether sending a request twice does the same as sending it once. */
export function isRepeatable({
  method,
  idempotent,
}: {
  readonly method: string
  readonly idempotent?: boolean
}): boolean {
  return idempotent === true || /^(?:GET|HEAD|PUT|DELETE)$/.test(method)
}

/**
 * How long to wait before a request that came to `outcome` is sent again, in milliseconds; `undefined`: not at all. Without
 * the registry's word it is any time up to a limit that doubles from try to try, so that many who failed together do not
 * come back together.
 */
export function decidePause(
  outcome: Outcome,
  { tried, random, now }: { readonly tried: number; readonly random: () => number; readonly now: Date },
): number | undefined {
  const pause = Math.floor(random() * Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (tried - 1)))
  if (outcome.kind === 'broken') return outcome.passing ? pause : undefined
  if (outcome.kind === 'invalid' || !NOT_NOW.has(outcome.status)) return undefined
  const asked = readRetryAfter(outcome.headers['retry-after'], now)
  if (asked === undefined) return pause
  return asked > PATIENCE ? undefined : asked + pause
}

/** `Retry-After`, seconds or a date, as milliseconds from now; `undefined` when it says neither. */
export function readRetryAfter(text: unknown, now: Date): number | undefined {
  if (typeof text !== 'string') return undefined
  if (/^\d{1,9}$/.test(text.trim())) return Number(text) * 1000
  const date = /\d GMT$/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(date) ? undefined : Math.max(0, date - now.getTime())
}
