/** Ways to ask the solver, and to compare what it says. */
import { expect } from 'vitest'
import {
  type Answer,
  type Known,
  type KnownPackage,
  type PackageName,
  type Question,
  type Solution,
  Solver,
  type Version,
  solve,
} from '@aam/core'
import { createRandom } from './random-universe.ts'

export const NOTHING: ReadonlyMap<never, never> = new Map<never, never>()

export function versionsOf(question: Question, known: Known): ReadonlyMap<string, Version> | undefined {
  const answer = solve(question, known)
  if (answer.kind === 'unknown') throw new Error(`asked for ${[...answer.names].join(', ')}`)
  return answer.kind === 'solved' ? new Map([...answer.picks].map(([name, { version }]) => [name, version])) : undefined
}

/** Everything an answer says, in its order. */
export function told(answer: Answer): unknown {
  if (answer.kind !== 'solved') return answer.kind === 'unknown' ? [...answer.names] : [answer.kind, answer.undeclared]
  const { picks, root, skipped, peers, promoted } = answer
  const each = [...picks].map(([instance, { version, dependencies }]) => [instance, version, [...dependencies]])
  return { picks: each, root: [...root], skipped: [...skipped], peers, promoted: [...promoted] }
}

export function relocked(question: Question, { picks }: Solution): Question {
  return { ...question, locked: new Map([...picks].map(([instance, { version }]) => [instance, version])) }
}

/** Tells one solver, which is kept, a document or two at a time: some that it asked for, now and then one that it did not. */
export function tellSlowly(question: Question, known: Known, seed: number): Answer {
  const random = createRandom(seed ^ 0x1b873593)
  const heard = new Map<PackageName, KnownPackage>()
  const solver = new Solver(question, heard)
  const tell = (name: PackageName): unknown => heard.set(name, known.get(name) ?? 'missing')
  for (;;) {
    const answer = solver.solve()
    if (answer.kind !== 'unknown') return answer
    const names = [...answer.names]
    expect(names.filter(name => heard.has(name))).toEqual([])
    const first = names[Math.floor(random() * names.length)]!
    tell(first)
    for (const name of names) if (random() < 0.2) tell(name)
    for (const name of known.keys()) if (random() < 0.03) tell(name)
  }
}

/** Some of these, differently for each seed. */
export function sample<T>(all: readonly T[], most: number, seed: number): T[] {
  const random = createRandom(seed ^ 0x5bd1e995)
  const rest = [...all]
  return Array.from(
    { length: Math.min(most, all.length) },
    () => rest.splice(Math.floor(random() * rest.length), 1)[0]!,
  )
}

export function count(seen: Map<string, number>, kind: string): void {
  seen.set(kind, (seen.get(kind) ?? 0) + 1)
}
