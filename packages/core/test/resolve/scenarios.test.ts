import { describe, expect, test } from 'vitest'
import {
  type Answer,
  Catalogue,
  type Known,
  type KnownPackage,
  type PackageName,
  type Question,
  Solver,
  checkPeers,
  explain,
  findCycle,
  parseRange,
  gatherWants,
  solve,
} from '@aam/core'
import { knownFrom, named, parseSpec, rangeMap, wantsFrom } from '@aam/testkit'
import { expected, versionsIn } from './oracle.ts'
import { rangeMaps, toObject } from './random-universe.ts'
import { SCENARIOS, type Scenario } from './scenarios.ts'

/** @throws SELECTION_UNKNOWN */
function questionOf(scenario: Scenario): Question {
  const locked = Object.entries(scenario.locked ?? {}) as [PackageName, never][]
  const { with: groups = [], withExtras: extras = [], dependencyExtras = {}, strategy, onConflict } = scenario
  const selected = Object.entries(dependencyExtras).map(([name, each]) => [named(name), each] as const)
  const wants = gatherWants(
    {
      name: 'my-app',
      version: '1.0.0',
      dependencies: rangeMap(scenario.wants),
      optionalDependencies: rangeMap(scenario.optional ?? {}),
      peerDependencies: rangeMap(scenario.rootPeers ?? {}),
      resolutions: rangeMap(scenario.resolutions ?? {}),
      dependencyGroups: rangeMaps(scenario.groups ?? {}),
      extras: rangeMaps(scenario.extras ?? {}),
    },
    new Map(),
    { groups, extras, dependencies: 'all', dependencyExtras: new Map(selected) },
  )
  return { wants, locked: new Map(locked), ...(strategy && { strategy }), ...(onConflict && { onConflict }) }
}

function knownOf({ universe, yanked, wants, optional }: Scenario): Known {
  const missing = [...Object.keys(wants), ...Object.keys(optional ?? {})]
  return knownFrom(universe.map(parseSpec), { yanked: yanked ?? [], missing })
}

function outcomeOf(answer: Answer, known: Known): string {
  if (answer.kind === 'unsolvable') {
    if (answer.undeclared !== undefined) return 'undeclared'
    const { unobtainable } = explain(answer.question, new Catalogue(known))
    return unobtainable === undefined ? 'conflict' : unobtainable.kind === 'missing' ? 'not found' : 'no version'
  }
  if (answer.kind === 'unknown') return 'unknown'
  return findCycle({ root: answer.root, packages: answer.picks }) === undefined ? 'solved' : 'cycle'
}

/** Tells the solver about packages only when it asks, one at a time, in an order of our choosing. */
function solveLazily(question: Question, known: Known, order: (names: PackageName[]) => PackageName[]): Answer {
  const told = new Map<PackageName, KnownPackage>()
  for (;;) {
    const answer = solve(question, told)
    if (answer.kind !== 'unknown') return answer
    const [next] = order([...answer.names])
    if (next === undefined) throw new Error('asked for nothing')
    told.set(next, known.get(next) ?? 'missing')
  }
}

describe.each(SCENARIOS.filter(({ fails }) => fails === 'selection'))('$id: $title', scenario => {
  test('fails before anything is asked', () => {
    expect(() => questionOf(scenario)).toThrow(expect.objectContaining({ code: 'SELECTION_UNKNOWN' }) as Error)
  })
})

describe.each(SCENARIOS.filter(({ fails }) => fails !== 'selection'))('$id: $title', scenario => {
  const known = knownOf(scenario)
  const question = questionOf(scenario)
  const answer = solve(question, known)

  test('gives the one right answer', () => {
    expect(outcomeOf(answer, known)).toBe(scenario.fails ?? 'solved')
    if (answer.kind !== 'solved' || scenario.picks === undefined) return
    const picks = new Map([...answer.picks].map(([name, { version }]) => [name, version]))
    expect(toObject(picks)).toEqual(toObject(new Map(Object.entries(scenario.picks) as [PackageName, string][])))
    expect([...answer.skipped.keys()]).toEqual(scenario.skipped ?? [])
  })

  test('does not depend on the order in which documents arrive', () => {
    const forwards = solveLazily(question, known, names => names.sort())
    const backwards = solveLazily(question, known, names => names.sort().reverse())
    for (const lazy of [forwards, backwards]) {
      expect(lazy.kind).toBe(answer.kind)
      if (lazy.kind === 'solved' && answer.kind === 'solved') {
        expect([...lazy.picks.keys()]).toEqual([...answer.picks.keys()])
      }
    }
  })

  if (scenario.cycle !== undefined) {
    test('prints the cycle', () => {
      expect(answer.kind === 'solved' && findCycle({ root: answer.root, packages: answer.picks })).toEqual(
        scenario.cycle,
      )
    })
  }

  if (scenario.peers !== undefined) {
    test('reports unmet peers', () => {
      if (answer.kind !== 'solved') throw new Error('no solution')
      const problems = checkPeers({ root: answer.root, packages: answer.picks }, name => {
        const { dependencies, peerDependencies } = answer.picks.get(name)!.choice
        return new Map([...[...dependencies].filter(([each]) => answer.promoted.has(each)), ...peerDependencies])
      })
      expect(problems.map(({ name, peer, found }) => `${name} ${peer} ${found ?? 'none'}`)).toEqual(scenario.peers)
    })
  }

  if (question.onConflict === undefined) {
    test('agrees with trying everything', () => {
      const right = expected(question, known)
      const solved =
        answer.kind === 'solved' ? [...answer.picks].map(([name, { version }]) => [name, version]) : undefined
      expect(solved).toEqual(right && [...versionsIn(right.chosen)])
    })
  }
})

test('A7: whatever the order of the keys of the root, and of what arrives, the answer is the same', () => {
  const { universe, wants, picks } = SCENARIOS.find(({ id }) => id === 'A7')!
  const known = knownFrom(universe.map(parseSpec))
  const orders = ['abc', 'acb', 'bac', 'bca', 'cab', 'cba'].map(order => order.split(''))
  for (const order of orders) {
    const question = {
      wants: wantsFrom(Object.fromEntries(order.map(name => [name, wants[name]!]))),
      locked: new Map(),
    }
    for (const arrival of orders) {
      const rank = (name: PackageName): number => arrival.indexOf(name)
      const answer = solveLazily(question, known, names => names.sort((a, b) => rank(a) - rank(b)))
      if (answer.kind !== 'solved') throw new Error('it has a solution')
      expect([...answer.picks].map(([name, { version }]) => [name, version])).toEqual(Object.entries(picks!).sort())
    }
  }
})

describe('hard families', () => {
  test('B11: traps between two constraints are not tried one by one', () => {
    const lines = ['foo 1.0.0 → bar ^1.0.0, con 1.0.0', 'con 1.0.0', 'bar 1.0.0 → t1 >=1.0.2, t2 >=1.0.2, con >=1.0.0']
    for (let i = 1; i <= 49; i++) {
      const patch = `1.0.${String(i)}`
      lines.push(`bar ${patch} → t1 >=1.0.2, t2 >=1.0.2, con >=1.0.1`, `t1 ${patch}`, `t2 ${patch}`, `con ${patch}`)
    }
    const answer = solve({ wants: wantsFrom({ foo: '^1.0.0' }), locked: new Map() }, knownFrom(lines.map(parseSpec)))
    expect(
      answer.kind === 'solved' && toObject(new Map([...answer.picks].map(([name, { version }]) => [name, version]))),
    ).toEqual({
      bar: '1.0.0',
      con: '1.0.0',
      foo: '1.0.0',
      t1: '1.0.49',
      t2: '1.0.49',
    })
  })

  test('B13: a chain of 100 levels and 30 versions whose end is missing costs no exponential search', () => {
    const lines = ['l0 0.9.0']
    for (let level = 0; level < 100; level++) {
      for (let minor = 0; minor < 30; minor++) {
        lines.push(`l${String(level)} 1.${String(minor)}.0 → l${String(level + 1)} *`)
      }
    }
    const known = knownFrom(lines.map(parseSpec))
    const answer = solve({ wants: wantsFrom({ l0: '*' }), locked: new Map() }, known)
    expect(answer.kind === 'solved' && [...answer.picks].map(([name, { version }]) => `${name} ${version}`)).toEqual([
      'l0 0.9.0',
    ])
    const unsolvable = solve({ wants: wantsFrom({ l0: '^1.0.0' }), locked: new Map() }, known)
    expect(outcomeOf(unsolvable, known)).toBe('conflict')
  })

  test('H17: of two ways to a conflict the shorter one is told', () => {
    const lines = [
      'a 1.0.0 → c *, e *, f <=0.1.1',
      'c 1.0.0 → d *',
      'd 1.0.0 → f ^0.1.2',
      'e 1.0.0 → f ^0.1.2',
      'f 0.1.0',
      'f 0.1.1',
      'f 0.1.2',
    ]
    const known = knownFrom(lines.map(parseSpec))
    const answer = solve({ wants: wantsFrom({ a: '*' }), locked: new Map() }, known)
    if (answer.kind !== 'unsolvable') throw new Error('it has no solution')
    const facts = explain(answer.question, new Catalogue(known)).facts.map(
      ({ premise, chain }) => `${premise.name} ${premise.range.text} by ${chain.map(({ name }) => name).join('>')}`,
    )
    expect(facts).toEqual(['f <=0.1.1 by a', 'f ^0.1.2 by a>e'])
  })
})

test('resolutions reach names that only dependencies mention', () => {
  const known = knownFrom(['a 1.0.0 → b ^1.0.0', 'b 1.5.0', 'b 2.0.0'].map(parseSpec))
  const wants = { ...wantsFrom({ a: '*' }), resolutions: rangeMap({ b: '2.0.0' }) }
  const answer = solve({ wants, locked: new Map() }, known)
  expect(answer.kind === 'solved' && answer.picks.get(named('b'))?.version).toBe('2.0.0')
})

test('asked again, a solver stands by its answer', () => {
  const known = knownFrom(['a 1.0.0', 'a 2.0.0'].map(parseSpec))
  const selected = [{ name: named('a'), range: parseRange('^2.0.0'), from: { kind: 'group', name: 'test' } }] as const
  const solver = new Solver({ wants: { ...wantsFrom({ a: '^1.0.0' }), selected }, locked: new Map() }, known)
  expect(solver.solve().kind).toBe('unsolvable')
  expect(solver.solve().kind).toBe('unsolvable')
})
