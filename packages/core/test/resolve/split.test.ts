/** Several versions of one package side by side (D17 `duplicate`), and packages that the root alone decides (D17 `peer`). */
import { describe, expect, test } from 'vitest'
import {
  Catalogue,
  type PackageName,
  type Question,
  type Range,
  type Solution,
  compareVersions,
  explain,
  instanceFor,
  instancesOf,
  matches,
  packageOf,
  requirementsOf,
  solve,
} from '@aam/core'
import { knownFrom, parseSpec, wantsFrom } from '@aam/testkit'
import { canonical, expected, inOrder, versionsIn } from './oracle.ts'
import { type RichCase, forAll, randomCase, richCase, sharedCase } from './random-universe.ts'

const NOTHING = new Map<never, never>()

/** Without what has a question of its own: peers and optional dependencies of packages, locks. */
function plainCase(seed: number): RichCase {
  const { wants, known, text } = randomCase(seed)
  return { question: { wants, locked: NOTHING }, known, text }
}

function mixedCase(seed: number): RichCase {
  return seed % 4 === 0 ? plainCase(seed) : seed % 4 === 1 ? richCase(seed) : sharedCase(seed)
}

describe('duplicate', () => {
  /** Tells `law` of every case that has no solution with one version each, and one with several. */
  function forAllSplits(make: (seed: number) => RichCase, law: (random: RichCase, answer: Solution) => void): void {
    let split = 0
    forAll(
      make,
      random => {
        const { question, known } = random
        if (solve(question, known).kind === 'solved') return
        const answer = solve({ ...question, onConflict: 'duplicate' }, known)
        if (answer.kind !== 'solved') return
        split++
        law(random, answer)
      },
      { cases: 700 },
    )
    expect(split).toBeGreaterThan(100)
  }

  test('P13: where one version of each package will do, there is one version of each', () => {
    forAll(
      mixedCase,
      ({ question, known }) => {
        const single = solve(question, known)
        if (single.kind === 'solved') expect(solve({ ...question, onConflict: 'duplicate' }, known)).toEqual(single)
      },
      { cases: 1_000 },
    )
  })

  test('P13: every requirement is met by the instance that it names, and nothing else is there', () => {
    forAllSplits(mixedCase, ({ question, known }, { picks, root }) => {
      const reached = new Set([...root.keys()].map(name => instanceFor(picks, name, root.get(name)!)))
      for (const { name, range } of requirementsOf(question.wants)) {
        expect(matches(counting(question, name, range), root.get(name)!)).toBe(true)
        // What the root asks for has the plain name.
        expect(picks.get(name)?.version).toBe(root.get(name))
      }
      for (const instance of reached) {
        const pick = picks.get(instance)!
        expect(packageOf(instance)).toBe(pick.name)
        expect(inOrder(pick.name, { asked: unlocked(question), known }).map(({ version }) => version)).toContain(
          pick.version,
        )
        const extras = (question.wants.extras.get(pick.name) ?? []).flatMap(extra => [
          ...(pick.choice.extras?.get(extra) ?? []),
        ])
        const own = instance === pick.name && question.wants.required.has(pick.name) ? extras : []
        for (const [name, range] of [...pick.choice.dependencies, ...own]) {
          const version = pick.dependencies.get(name)!
          expect(matches(counting(question, name, range), version)).toBe(true)
          expect(picks.get(instanceFor(picks, name, version))?.version).toBe(version)
        }
        for (const [name, version] of pick.dependencies) reached.add(instanceFor(picks, name, version))
      }
      expect([...reached].sort()).toEqual([...picks.keys()].sort())
    })
  })

  test('P13: no package has more instances than others require it, and those of one package differ', () => {
    forAllSplits(mixedCase, (_, { picks, root }) => {
      for (const name of new Set([...picks.values()].map(pick => pick.name))) {
        const versions = instancesOf(picks, name).map(([, { version }]) => version)
        expect(new Set(versions).size).toBe(versions.length)
        expect(versions.length).toBeLessThanOrEqual(usersOf(name, picks, root).length)
      }
    })
  })

  test('the plain name goes to the version of the root, else to the most required, else to the highest', () => {
    let contested = 0
    forAllSplits(mixedCase, (_, { picks, root }) => {
      for (const name of new Set([...picks.values()].map(pick => pick.name))) {
        const instances = instancesOf(picks, name)
        if (instances.length === 1) {
          expect(instances[0]![0]).toBe(name)
          continue
        }
        contested++
        const users = (version: string): number =>
          [...picks.values()].filter(({ dependencies }) => dependencies.get(name) === version).length
        const [best] = instances
          .map(([, { version }]) => version)
          .sort((a, b) => users(b) - users(a) || compareVersions(b, a))
        expect(picks.get(name)?.version).toBe(root.get(name) ?? best)
      }
    })
    expect(contested).toBeGreaterThan(100)
  })
})

describe('peer', () => {
  test('what is lifted is declared by the root, which decides; everything else holds', () => {
    let lifted = 0
    let several = 0
    forAll(
      mixedCase,
      ({ question, known }) => {
        const answer = solve({ ...question, onConflict: 'peer' }, known)
        const single = solve(question, known)
        if (single.kind === 'solved') {
          expect(answer).toEqual(single)
          return
        }
        if (answer.kind !== 'solved') return
        const { promoted, picks, root } = answer
        expect(promoted.size).toBeGreaterThan(0)
        const declared = requirementsOf(question.wants).map(({ name }) => name)
        for (const name of promoted) {
          expect(declared).toContain(name)
          expect(picks.get(name)?.version).toBe(root.get(name))
          const users = [...picks.values()].filter(({ dependencies }) => dependencies.has(name))
          expect(users.every(({ choice }) => choice.optionalDependencies.has(name))).toBe(true)
        }
        const right = expected({ ...question, promoted }, known)
        expect([...picks].map(([name, { version }]) => [name, version])).toEqual(
          right === undefined ? undefined : [...versionsIn(right.chosen)],
        )
        // Each was needed for what came after: without the last one there is no solution.
        const fewer = new Set([...promoted].slice(0, -1))
        expect(canonical({ asked: { ...question, promoted: fewer }, known, peers: 'ignore' })).toBeUndefined()
        lifted++
        if (promoted.size > 1) several++
      },
      { cases: 1_200 },
    )
    expect([lifted > 50, several > 3]).toEqual([true, true])
  })

  test('what the root would have to declare is something that it does not, and that others disagree about', () => {
    let undeclared = 0
    forAll(
      mixedCase,
      ({ question, known }) => {
        const answer = solve({ ...question, onConflict: 'peer' }, known)
        if (answer.kind !== 'unsolvable') return
        expect(expected(question, known)).toBeUndefined()
        if (answer.undeclared === undefined) return
        undeclared++
        const { name, requirers } = answer.undeclared
        expect(requirementsOf(question.wants).map(each => each.name)).not.toContain(name)
        expect(requirers.length).toBeGreaterThan(0)
        expect(explain(answer.question, new Catalogue(known)).facts.length).toBeGreaterThan(0)
      },
      { cases: 1_000 },
    )
    expect(undeclared).toBeGreaterThan(100)
  })
})

function counting({ wants, strategy }: Question, name: PackageName, range: Range): Range {
  const any: Range = { text: '*', semver: undefined }
  return wants.resolutions.get(name) ?? (strategy === 'latest' ? any : range)
}

/** Extras are those of what the root requires; another instance of the package need not have them. */
function unlocked(question: Question): Question {
  return { ...question, wants: { ...question.wants, extras: NOTHING } }
}

/** Who requires a package: the root, and instances. */
function usersOf(name: PackageName, picks: Solution['picks'], root: Solution['root']): string[] {
  const users = [...picks].filter(([, { dependencies }]) => dependencies.has(name)).map(([instance]) => instance)
  return root.has(name) ? ['the root', ...users] : users
}

describe('duplicate finds a way', () => {
  const picksOf = (question: Question, lines: readonly string[]): string[] => {
    const answer = solve(question, knownFrom(lines.map(parseSpec), { missing: ['ghost'] }))
    return answer.kind === 'solved' ? [...answer.picks].map(([name, { version }]) => `${name} ${version}`) : []
  }

  test('also where a missing package stands beside the conflict', () => {
    const lines = ['b 1.0.0 → d 1.0.0 || 2.0.0', 'b 2.0.0 → ghost >=2.0.0', 'c 1.0.0 → d >=4.0.0', 'd 2.0.0', 'd 4.0.0']
    const question: Question = { wants: wantsFrom({ b: '*', c: '^1.0.0' }), locked: NOTHING, onConflict: 'duplicate' }
    expect(picksOf(question, lines)).toEqual(['b 1.0.0', 'c 1.0.0', 'd@2.0.0 2.0.0', 'd 4.0.0'])
  })

  test('also with the lock that it made itself', () => {
    const lines = [
      'b 2.0.0 → x *',
      'c 1.0.0 → k ^1.0.0',
      'd 1.0.0 → k >=2.0.0',
      'd 2.0.0 → k ^3.0.0',
      'k 1.0.0 → x ^3.0.0, y ^2.0.0',
      'k 2.0.0 → y ^1.0.0',
      'k 3.0.0 → x ^1.0.0',
      'x 1.0.0',
      'x 3.0.0',
      'y 1.0.0',
      'y 2.0.0',
    ]
    const wants = wantsFrom({ b: '*', c: '*', d: '*' })
    const known = knownFrom(lines.map(parseSpec))
    const first = solve({ wants, locked: NOTHING, onConflict: 'duplicate' }, known)
    if (first.kind !== 'solved') throw new Error('no solution')
    const locked = new Map([...first.picks].map(([name, { version }]) => [name, version]))
    expect(picksOf({ wants, locked, onConflict: 'duplicate' }, lines)).toEqual(
      [...first.picks].map(([name, { version }]) => `${name} ${version}`),
    )
  })
})
