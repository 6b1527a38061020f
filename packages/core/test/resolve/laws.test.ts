import { describe, expect, test } from 'vitest'
import { Catalogue, type KnownPackage, type PackageName, explain, solve } from '@aam/core'
import { knownFrom, named, parseSpec } from '@aam/testkit'
import { bruteForce, greedy, isValid } from './oracle.ts'
import { type RandomCase, randomCase, toObject } from './random-universe.ts'

/** `AAM_LONG=1` runs the number of cases the resolver was once proven with. */
const CASES = process.env['AAM_LONG'] === '1' ? 200_000 : 2_000
const NOTHING = new Map<never, never>()

function versionsOf({ wants, known }: Pick<RandomCase, 'wants' | 'known'>): ReadonlyMap<string, string> | undefined {
  const answer = solve({ wants, locked: NOTHING }, known)
  if (answer.kind === 'unknown') throw new Error(`asked for ${[...answer.names].join(', ')}`)
  return answer.kind === 'solved' ? new Map([...answer.picks].map(([name, { version }]) => [name, version])) : undefined
}

/** Runs `law` over random universes; the failing seed is in the message. */
function forAll(law: (random: RandomCase) => void, cases = CASES): void {
  for (let seed = 1; seed <= cases; seed++) {
    const random = randomCase(seed)
    try {
      law(random)
    } catch (error) {
      throw new Error(
        `seed ${String(seed)}: wants ${JSON.stringify(toObject(new Map([...random.wants.required].map(([name, range]) => [name, range.text]))))}\n${random.lines.join('\n')}`,
        { cause: error },
      )
    }
  }
}

describe('in every random universe', () => {
  test('P2, P3: the answer is the one that trying everything finds', () => {
    let solvable = 0
    forAll(random => {
      const expected = bruteForce(random.wants, random.known)
      if (expected !== undefined) solvable++
      expect(toObject(versionsOf(random))).toEqual(toObject(expected))
    })
    // A generator that makes only easy or only impossible cases would prove nothing.
    expect(solvable / CASES).toBeGreaterThan(0.3)
    expect(solvable / CASES).toBeLessThan(0.95)
  })

  test('P4: it is what the greedy search finds, whenever that finds something', () => {
    let found = 0
    forAll(({ wants, known }) => {
      const easy = greedy(wants, known)
      if (easy === undefined) return
      found++
      expect(toObject(versionsOf({ wants, known }))).toEqual(toObject(easy))
    })
    expect(found).toBeGreaterThan(CASES / 10)
  })

  test('P1: every requirement is met and nothing else is there', () => {
    forAll(({ wants, known }) => {
      const answer = solve({ wants, locked: NOTHING }, known)
      if (answer.kind !== 'solved') return
      expect(isValid(new Map([...answer.picks.values()].map(({ name, choice }) => [name, choice])), wants)).toBe(true)
      const reached = new Set<PackageName>(answer.root.keys())
      for (const name of reached) {
        for (const dependency of answer.picks.get(name)!.dependencies.keys()) reached.add(dependency)
      }
      expect([...answer.picks.keys()].sort()).toEqual([...reached].sort())
    })
  })

  test('P7: unpublishing a version that was not chosen changes nothing', () => {
    forAll(({ lines, wants, known }) => {
      const before = versionsOf({ wants, known })
      if (before === undefined) return
      const chosen = new Set([...before].map(([name, version]) => `${name} ${version}`))
      const unused = lines.filter(line => !chosen.has(line.split(' →')[0]!))
      for (const line of unused.slice(0, 3)) {
        const fewer = knownFrom(lines.filter(other => other !== line).map(parseSpec), {
          missing: ['ghost', ...known.keys()],
        })
        expect(toObject(versionsOf({ wants, known: fewer }))).toEqual(toObject(before))
      }
    }, CASES / 4)
  })

  test('P8: it does not matter in which order documents become known', () => {
    forAll(random => {
      const { wants, known } = random
      const told = new Map<PackageName, KnownPackage>()
      for (;;) {
        const answer = solve({ wants, locked: NOTHING }, told)
        if (answer.kind !== 'unknown') break
        const next = [...answer.names].sort().at(-1)!
        told.set(next, known.get(next) ?? 'missing')
      }
      expect(toObject(versionsOf({ wants, known: told }))).toEqual(toObject(versionsOf(random)))
    }, CASES / 4)
  })

  test('P9: resolving again with its own lock changes nothing', () => {
    forAll(({ wants, known }) => {
      const first = solve({ wants, locked: NOTHING }, known)
      if (first.kind !== 'solved') return
      const locked = new Map([...first.picks].map(([name, { version }]) => [name, version]))
      const again = solve({ wants, locked }, known)
      expect(again.kind === 'solved' && [...again.picks.keys()]).toEqual([...first.picks.keys()])
      expect(again.kind === 'solved' && again.picks).toSatisfy((picks: typeof first.picks) =>
        [...picks].every(([name, { version }]) => locked.get(name as PackageName) === version),
      )
    })
  })

  test('P10: the quoted facts alone cannot be satisfied', () => {
    let conflicts = 0
    forAll(({ wants, known }) => {
      const answer = solve({ wants, locked: NOTHING }, known)
      if (answer.kind !== 'unsolvable') return
      conflicts++
      const { facts, target } = explain(answer.question, new Catalogue(known))
      expect(facts.length).toBeGreaterThan(0)
      const candidates: KnownPackage | undefined = known.get(target)
      const versions = candidates === undefined || candidates === 'missing' ? [] : [...candidates.values()]
      const fitting = versions.filter(({ version }) =>
        facts.every(({ premise }) => premise.range.semver?.test(version) ?? true),
      )
      expect(fitting).toEqual([])
    })
    expect(conflicts).toBeGreaterThan(CASES / 20)
  })

  test('P12: optional packages never change a required version', () => {
    forAll(({ wants, known }) => {
      const before = versionsOf({ wants, known })
      if (before === undefined) return
      const optional = new Map(
        [...known.keys()]
          .filter(name => !wants.required.has(name))
          .map(name => [name, wants.required.values().next().value!]),
      )
      const answer = solve({ wants: { ...wants, optional }, locked: NOTHING }, known)
      if (answer.kind !== 'solved') throw new Error('optional packages made it unsolvable')
      for (const [name, version] of before) expect(answer.picks.get(named(name))?.version).toBe(version)
      for (const name of optional.keys()) expect(answer.picks.has(name) || answer.skipped.has(name)).toBe(true)
    })
  })
})
