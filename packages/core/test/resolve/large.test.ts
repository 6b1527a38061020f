/** Universes too large for trying everything: many packages, and sets of versions that take several words. */
import { describe, expect, test } from 'vitest'
import { type Known, type PackageName, type Question, type Version, solve } from '@aam/core'
import { NOTHING, count, relocked, tellSlowly, told } from './asking.ts'
import { forAll, largeCase, published } from './random-universe.ts'
import { type Edge, type SearchInput, search } from './small-search.ts'

describe('in every large universe', () => {
  test('P2, P3: the answer is the one that a small search finds', () => {
    const seen = new Map<string, number>()
    forAll(
      largeCase,
      ({ question, known }) => {
        const right = smallSearch(question, known)
        if (right.kind === 'given up') {
          count(seen, right.kind)
          return
        }
        const answer = solve(question, known)
        if (answer.kind !== 'solved') {
          expect([answer.kind, right.kind]).toEqual(['unsolvable', 'unsolvable'])
          count(seen, 'unsolvable')
          return
        }
        expect([answer.peers, ...[...answer.picks].map(([name, { version }]) => `${name} ${version}`)]).toEqual([
          right.peers,
          ...right.versions,
        ])
        count(seen, answer.peers)
        const words = [...answer.picks.keys()].map(name => published(known.get(name as PackageName)).size >> 5)
        for (const word of new Set(words)) count(seen, `words ${String(word)}`)
      },
      { cases: 70, long: 2_000 },
    )
    expect(seen.get('given up') ?? 0).toBeLessThan((seen.get('bind') ?? 0) / 3)
    for (const kind of ['unsolvable', 'bind', 'words 0', 'words 1', 'words 2']) {
      expect([kind, seen.get(kind)]).toEqual([kind, expect.toSatisfy((times: number) => times > 5)])
    }
  })

  test('P8: it does not matter in which order documents become known to one solver', () => {
    forAll(
      largeCase,
      ({ question, known }, seed) => {
        expect(told(tellSlowly(question, known, seed))).toEqual(told(solve(question, known)))
      },
      { cases: 70, long: 2_000 },
    )
  })

  test('P9: resolving again with its own lock changes nothing', () => {
    forAll(
      largeCase,
      ({ question, known }) => {
        const first = solve(question, known)
        if (first.kind === 'solved') expect(told(solve(relocked(question, first), known))).toEqual(told(first))
      },
      { cases: 30, long: 1_000 },
    )
  })
})

function smallSearch({ wants, locked, strategy }: Question, known: Known) {
  const roots = [...wants.required].map(([name, range]): Edge => ({
    from: undefined,
    name,
    range: wants.resolutions.get(name) ?? range,
    kind: 'required',
  }))
  for (const peers of ['bind', 'ignore'] as const) {
    const input: SearchInput = {
      roots,
      known,
      locked: locked as ReadonlyMap<PackageName, Version>,
      resolutions: wants.resolutions,
      fixed: NOTHING,
      peers,
      prefer: strategy === 'lowest' ? 'lowest' : 'highest',
    }
    const result = search(input)
    if (result.kind === 'given up') return { kind: result.kind, peers, versions: [] }
    if (result.kind !== 'solved') continue
    return { kind: result.kind, peers, versions: result.picks.map(({ name, choice }) => `${name} ${choice.version}`) }
  }
  return { kind: 'unsolvable' as const, peers: undefined, versions: [] }
}
