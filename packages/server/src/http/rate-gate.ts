/**
 * How many requests somebody may make: counted in memory and put together with what other processes counted once a second,
 * so that a request costs no write.
 */
import { fail } from '@aam/core'
import type { Deps } from '../actions/deps.ts'

export type RateGate = {
  /** @throws RATE_LIMITED */
  readonly pass: (key: string, most: number) => void
  readonly flush: () => Promise<void>
}

const WINDOW = 60
const MOST_KEYS = 100_000

type Counted = {
  started: number
  /** By everybody, when last looked at. */ known: number
  /** Since then, here. */ mine: number
}

export function createRateGate(deps: Deps): RateGate {
  let counts = new Map<string, Counted>()
  const seconds = (): number => Math.floor(deps.now().getTime() / 1000)
  return {
    pass: (key, most) => {
      if (most === 0) return
      const started = Math.floor(seconds() / WINDOW) * WINDOW
      let counted = counts.get(key)
      if (counted?.started !== started) {
        if (counts.size >= MOST_KEYS) counts = new Map()
        counted = { started, known: 0, mine: 0 }
        counts.set(key, counted)
      }
      counted.mine++
      if (counted.known + counted.mine <= most) return
      fail('RATE_LIMITED', { what: 'requests', seconds: Math.max(1, started + WINDOW - seconds()) })
    },
    flush: async () => {
      const started = Math.floor(seconds() / WINDOW) * WINDOW
      const changed = [...counts].filter(([, counted]) => counted.mine > 0 && counted.started === started)
      for (const [key, counted] of counts) if (counted.started !== started) counts.delete(key)
      if (changed.length === 0) return
      await deps.store.db.transaction().execute(async tx => {
        for (const [key, counted] of changed) {
          const mine = counted.mine
          const before = await tx.selectFrom('rate_windows').selectAll().where('key', '=', key).executeTakeFirst()
          const count = (before?.started === started ? before.count : 0) + mine
          await tx
            .insertInto('rate_windows')
            .values({ key, started, count })
            .onConflict(conflict => conflict.column('key').doUpdateSet({ started, count }))
            .execute()
          counted.known = count
          counted.mine -= mine
        }
      })
    },
  }
}
