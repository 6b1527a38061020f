/** What holds of the answer in every universe, with everything in it that a manifest and a lock may say. */
import { describe, expect, test } from 'vitest'
import {
  type Answer,
  type Choice,
  type Known,
  type PackageName,
  type Version,
  hasInstances,
  isPrerelease,
  solve,
} from '@aam/core'
import { named } from '@aam/testkit'
import { NOTHING, count, relocked, sample, tellSlowly, told, versionsOf } from './asking.ts'
import { bruteForce, expected, greedy, isValid, versionsIn } from './oracle.ts'
import {
  forAll,
  knottyCase,
  published,
  randomCase,
  richCase,
  toObject,
  withVersion,
  withoutVersion,
} from './random-universe.ts'

const CASES = { cases: 1_500 }

describe('in every small universe', () => {
  test('P2, P3: the answer is the one that trying everything finds', () => {
    let solvable = 0
    let all = 0
    forAll(
      randomCase,
      ({ wants, known }) => {
        const answer = bruteForce(wants, known)
        if (answer !== undefined) solvable++
        all++
        expect(toObject(versionsOf({ wants, locked: NOTHING }, known))).toEqual(toObject(answer))
      },
      { cases: 2_000, long: 200_000 },
    )
    // A generator that makes only easy or only impossible cases would prove nothing.
    expect(solvable / all).toBeGreaterThan(0.3)
    expect(solvable / all).toBeLessThan(0.95)
  })

  test('P2, P3: so it is where choices go wrong and are learned from', () => {
    const kinds = new Map<string, number>()
    forAll(
      seed => knottyCase(seed),
      ({ question, known }) => {
        for (const strategy of ['highest', 'lowest'] as const) {
          const right = expected({ ...question, strategy }, known)
          const versions = versionsOf({ ...question, strategy }, known)
          expect(toObject(versions)).toEqual(toObject(right && versionsIn(right.chosen)))
          count(kinds, right?.peers ?? 'unsolvable')
        }
      },
      { cases: 700 },
    )
    for (const kind of ['bind', 'ignore', 'unsolvable']) expect(kinds.get(kind)).toBeGreaterThan(50)
  })

  test('P2, P3: so it is with locks, overrides, peers, optionals, extras, groups and strategies', () => {
    const seen = new Map<string, number>()
    forAll(
      richCase,
      ({ question, known }) => {
        const answer = solve(question, known)
        const right = expected(question, known)
        if (answer.kind !== 'solved' || right === undefined) {
          expect([answer.kind, right]).toEqual(['unsolvable', undefined])
          count(seen, 'unsolvable')
          return
        }
        const { picks, skipped, peers } = answer
        expect([...picks].map(([name, { version }]) => [name, version])).toEqual([...versionsIn(right.chosen)])
        expect([[...skipped.keys()].sort(), peers]).toEqual([[...right.skipped].sort(), right.peers])
        count(seen, question.strategy ?? 'highest')
        count(seen, peers)
        if (skipped.size > 0) count(seen, 'skipped')
        if (question.wants.extras.size > 0) count(seen, 'extras')
        if (question.wants.selected.length > 0) count(seen, 'selected')
        const optionals = new Set([...picks.values()].flatMap(({ choice }) => [...choice.optionalDependencies.keys()]))
        if ([...optionals].some(name => picks.has(name) && !skipped.has(name))) count(seen, 'taken')
        if ([...picks.values()].some(({ choice }) => choice.yanked)) count(seen, 'yanked')
        if ([...picks.values()].some(({ version }) => isPrerelease(version))) count(seen, 'early')
        if ([...picks.keys()].some(name => question.wants.resolutions.has(name as PackageName))) count(seen, 'resolved')
      },
      { cases: 3_000 },
    )
    // Each of these happened, more than now and then.
    const strategies = ['highest', 'lowest', 'latest', 'bind', 'ignore', 'unsolvable']
    for (const kind of [...strategies, 'skipped', 'taken', 'extras', 'selected', 'yanked', 'early', 'resolved']) {
      expect([kind, seen.get(kind)]).toEqual([kind, expect.toSatisfy((times: number) => times > 40)])
    }
  })

  test('P4: it is what the greedy search finds, whenever that finds something', () => {
    let found = 0
    let all = 0
    forAll(
      randomCase,
      ({ wants, known }) => {
        all++
        const easy = greedy(wants, known)
        if (easy === undefined) return
        found++
        expect(toObject(versionsOf({ wants, locked: NOTHING }, known))).toEqual(toObject(easy))
      },
      CASES,
    )
    expect(found / all).toBeGreaterThan(0.1)
  })

  test('P1: every requirement is met and nothing else is there', () => {
    forAll(
      richCase,
      ({ question, known }) => {
        const answer = solve(question, known)
        if (answer.kind !== 'solved') return
        const chosen = new Map([...answer.picks.values()].map(({ name, choice }) => [name, choice]))
        expect(isValid(chosen, { asked: question, known, peers: answer.peers })).toBe(true)
        const reached = new Set<PackageName>(answer.root.keys())
        for (const name of reached) {
          for (const [dependency, version] of answer.picks.get(name)!.dependencies) {
            expect(answer.picks.get(dependency)?.version).toBe(version)
            reached.add(dependency)
          }
        }
        expect([...answer.picks.keys()].sort()).toEqual([...reached].sort())
      },
      CASES,
    )
  })

  test('P5: --minimal has an answer exactly where there is one', () => {
    forAll(
      richCase,
      ({ question, known }) => {
        if (question.strategy === 'latest') return
        const kinds = (['highest', 'lowest'] as const).map(strategy => solve({ ...question, strategy }, known).kind)
        expect(kinds[0]).toBe(kinds[1])
      },
      CASES,
    )
  })

  test('P6: a requirement less never makes a question unsolvable', () => {
    forAll(
      richCase,
      ({ question, known }, seed) => {
        if (solve(question, known).kind !== 'solved') return
        const edges = [...known].flatMap(([name, document]) =>
          [...published(document).values()].flatMap(choice =>
            [...choice.dependencies.keys()].map(target => ({ name, choice, target })),
          ),
        )
        for (const { name, choice, target } of sample(edges, 2, seed)) {
          const fewer = new Map([...choice.dependencies].filter(([each]) => each !== target))
          expect(solve(question, withVersion(known, name, { ...choice, dependencies: fewer })).kind).toBe('solved')
        }
      },
      CASES,
    )
  })

  test('P7: unpublishing a version that was not chosen changes nothing', () => {
    forAll(
      richCase,
      ({ question, known }, seed) => {
        const before = solve(question, known)
        if (before.kind !== 'solved') return
        const unused = everyVersion(known).filter(([name, version]) => before.picks.get(name)?.version !== version)
        for (const [name, version] of sample(unused, 3, seed)) {
          const after = solve(question, withoutVersion(known, name, version))
          // Why an optional package was left out may have become another reason.
          expect(told(withoutReasons(after))).toEqual(told(withoutReasons(before)))
        }
      },
      CASES,
    )
  })

  test('P7: unpublishing makes nothing solvable', () => {
    let unsolvable = 0
    forAll(
      richCase,
      ({ question, known }, seed) => {
        if (solve(question, known).kind === 'solved') return
        unsolvable++
        for (const [name, version] of sample(everyVersion(known), 3, seed)) {
          expect(solve(question, withoutVersion(known, name, version)).kind).toBe('unsolvable')
        }
      },
      CASES,
    )
    expect(unsolvable).toBeGreaterThan(100)
  })

  test.each(['fail', 'duplicate', 'peer'] as const)(
    'P8: it does not matter in which order documents become known to one solver (%s)',
    onConflict => {
      let conflicts = 0
      forAll(
        seed => (seed % 2 === 0 ? richCase(seed) : knottyCase(seed)),
        ({ question: asked, known }, seed) => {
          const question = { ...asked, onConflict }
          const right = solve(question, known)
          if (right.kind !== 'solved' || right.promoted.size > 0 || hasInstances(right.picks)) conflicts++
          const answer = tellSlowly(question, known, seed)
          expect(told(answer)).toEqual(told(right))
        },
        { cases: 700 },
      )
      expect(conflicts).toBeGreaterThan(100)
    },
  )

  test('P9: resolving again with its own lock changes nothing', () => {
    forAll(
      richCase,
      ({ question, known }) => {
        const first = solve(question, known)
        if (first.kind === 'solved') expect(told(solve(relocked(question, first), known))).toEqual(told(first))
      },
      CASES,
    )
  })

  test('P9: what is published later does not move what is locked', () => {
    let moved = 0
    forAll(
      richCase,
      ({ question: asked, known }, seed) => {
        // A lock is kept by a plain install.
        const question = { ...asked, strategy: 'highest' } as const
        const first = solve(question, known)
        if (first.kind !== 'solved' || first.peers === 'ignore' || first.skipped.size > 0) return
        const later = sample([...first.picks.keys()], 2, seed).reduce(
          (all, name, at) => withVersion(all, name as PackageName, newVersion(`${String(5 + at)}.0.0`)),
          known,
        )
        const again = solve(relocked(question, first), later)
        for (const [name, { version }] of first.picks) {
          expect(again.kind === 'solved' && [name, again.picks.get(name)?.version]).toEqual([name, version])
        }
        const afresh = versionsOf(question, later)
        if ([...first.picks].some(([name, { version }]) => afresh?.get(name) !== version)) moved++
      },
      CASES,
    )
    // Without the lock they would have moved.
    expect(moved).toBeGreaterThan(100)
  })

  test('P9: where a locked version is gone, the rest of the lock is kept as far as it goes', () => {
    forAll(
      richCase,
      ({ question: asked, known }, seed) => {
        // A lock is kept by a plain install.
        const question = { ...asked, strategy: 'highest' } as const
        const first = solve(question, known)
        if (first.kind !== 'solved') return
        for (const [name, { version }] of sample([...first.picks], 1, seed)) {
          const fewer = withoutVersion(known, name as PackageName, version)
          const again = relocked(question, first)
          const right = expected(again, fewer)
          expect(toObject(versionsOf(again, fewer))).toEqual(toObject(right && versionsIn(right.chosen)))
        }
      },
      CASES,
    )
  })

  test('P12: optional packages never change a required version', () => {
    forAll(
      randomCase,
      ({ wants, known }) => {
        const before = versionsOf({ wants, locked: NOTHING }, known)
        if (before === undefined) return
        const others = [...known.keys()].filter(name => !wants.required.has(name))
        const optional = new Map(others.map(name => [name, [...wants.required.values()][0]!]))
        const answer = solve({ wants: { ...wants, optional }, locked: NOTHING }, known)
        if (answer.kind !== 'solved') throw new Error('optional packages made it unsolvable')
        for (const [name, version] of before) expect(answer.picks.get(named(name))?.version).toBe(version)
        for (const name of optional.keys()) expect(answer.picks.has(name) || answer.skipped.has(name)).toBe(true)
      },
      CASES,
    )
  })
})

function everyVersion(known: Known): (readonly [PackageName, Version])[] {
  return [...known].flatMap(([name, document]) =>
    [...published(document).keys()].map(version => [name, version] as const),
  )
}

function withoutReasons(answer: Answer): Answer {
  if (answer.kind !== 'solved') return answer
  return { ...answer, skipped: new Map([...answer.skipped].map(([name]) => [name, ''])) }
}

function newVersion(version: string): Choice {
  return {
    version: version as Version,
    resolverVersion: 1,
    yanked: false,
    dependencies: NOTHING,
    optionalDependencies: NOTHING,
    peerDependencies: NOTHING,
  }
}
