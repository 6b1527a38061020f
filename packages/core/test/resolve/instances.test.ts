/** The universes of the benchmark, and that what is measured there is right. */
import { describe, expect, test } from 'vitest'
import { Catalogue, type Known, type PackageName, type Solution, solve } from '@aam/core'
import { type Root, decodeKnown, inputOf, questionOf } from '../../../../bench/resolve/documents.ts'
import {
  type Case,
  chain,
  disjoint,
  pits,
  ranges,
  singletons,
  traps,
  tree,
} from '../../../../bench/resolve/families.ts'
import { LARGE_CASES, NPM_LIKE, readInstance, rootsOf } from '../../../../bench/resolve/instances.ts'
import { Search } from '../../src/resolve/search.ts'
import { isValid } from './oracle.ts'
import { search as searchSlowly } from './small-search.ts'

/** What was chosen, in order, as `name version`; `undefined` without a solution. Every solution is looked through. */
function answerTo(root: Root, catalogue: Catalogue): string[] | undefined {
  const question = questionOf(root)
  const answer = solve(question, catalogue)
  if (answer.kind === 'unknown') throw new Error(`asked for ${[...answer.names].join(', ')}`)
  if (answer.kind === 'unsolvable') return undefined
  const choices = new Map([...answer.picks.values()].map(({ name, choice }) => [name, choice]))
  expect(isValid(choices, { asked: question, known: new Map(), peers: 'bind' })).toBe(true)
  expect([...choices.keys()].sort()).toEqual([...reachedFrom(root, answer)].sort())
  return [...answer.picks].map(([name, { version }]) => `${name} ${version}`)
}

function reachedFrom(root: Root, { picks }: Solution): Set<PackageName> {
  const reached = new Set(Object.keys(root) as PackageName[])
  // A set's iterator also visits what is added while it runs.
  for (const name of reached) for (const each of picks.get(name)!.choice.dependencies.keys()) reached.add(each)
  return reached
}

/** Documents that can be looked at so often: a search that learns little would not come to an end. */
class Rationed extends Map<PackageName, Exclude<ReturnType<Known['get']>, undefined>> {
  looks = 0

  override has(name: PackageName): boolean {
    if (this.looks-- === 0) throw new RationUsedUp()
    return super.has(name)
  }
}

class RationUsedUp extends Error {}

/** What the older search chooses, in the same form; `'unfinished'` when that takes it long. */
function slowAnswerTo(root: Root, known: Rationed): string[] | undefined | 'unfinished' {
  known.looks = 3_000
  const { roots, resolutions, fixed, peers, prefer } = inputOf(root)
  const edges = roots.map(edge => ({ ...edge, from: undefined }))
  try {
    const result = searchSlowly({ roots: edges, known, locked: new Map(), resolutions, fixed, peers, prefer })
    if (result.kind === 'unknown') throw new Error(`asked for ${[...result.names].join(', ')}`)
    return result.kind === 'solved' ? result.picks.map(({ name, choice }) => `${name} ${choice.version}`) : undefined
  } catch (error) {
    if (error instanceof RationUsedUp) return 'unfinished'
    throw error
  }
}

/** Holds our answers against those of the older search, and counts those it had. */
function compareAnswers(
  roots: readonly Root[],
  known: Known,
): { readonly solved: number; readonly unsolvable: number } {
  const catalogue = new Catalogue(known)
  const rationed = new Rationed(known)
  const count = { solved: 0, unsolvable: 0 }
  for (const root of roots) {
    const expected = slowAnswerTo(root, rationed)
    if (expected === 'unfinished') continue
    count[expected === undefined ? 'unsolvable' : 'solved']++
    expect(answerTo(root, catalogue), JSON.stringify(root)).toEqual(expected)
  }
  return count
}

/** Every `step`th, from the first. */
function every<T>(step: number, items: readonly T[]): T[] {
  return items.filter((_, index) => index % step === 0)
}

describe('the instances of pubgrub-rs', () => {
  test.each(LARGE_CASES)('$satisfiable roots of $name have a solution', instance => {
    const facts = readInstance(instance)
    const catalogue = new Catalogue(decodeKnown(facts))
    const answers = rootsOf(instance, facts).map(root => answerTo(root, catalogue))
    expect(answers.filter(answer => answer !== undefined)).toHaveLength(instance.satisfiable)
  })

  test('the older search chooses the same', () => {
    const facts = readInstance(LARGE_CASES[0]!)
    const roots = every(4, rootsOf(LARGE_CASES[0]!, facts))
    expect(compareAnswers(roots, decodeKnown(facts))).toEqual({ solved: 153, unsolvable: 7 })
  })
})

describe('the universe in the style of npm', () => {
  const facts = readInstance(NPM_LIKE)
  const known = decodeKnown(facts)
  const catalogue = new Catalogue(known)
  const roots = rootsOf(NPM_LIKE, facts)

  test('of every 20th root', () => {
    const solvable = every(20, roots).filter(root => answerTo(root, catalogue) !== undefined)
    expect(solvable).toHaveLength(14)
  })

  test('the older search chooses the same where it comes to an end soon', () => {
    const { solved, unsolvable } = compareAnswers(every(16, roots), known)
    expect(solved).toBeGreaterThan(10)
    expect(unsolvable).toBeGreaterThan(20)
  })
})

describe('families of universes', () => {
  /** The answer, and how many contradictions were learned from on the way. */
  function learnedFrom({ facts, root }: Case): { readonly learned: number; readonly answer: string[] | undefined } {
    const catalogue = new Catalogue(decodeKnown(facts))
    let learned = 0
    new Search(catalogue).solve(inputOf(root), { learned: () => learned++ })
    return { learned, answer: answerTo(root, catalogue) }
  }

  test.each([10, 40])('with %i versions, one contradiction is enough to see through a chain', versions => {
    expect(learnedFrom(singletons(50, versions))).toEqual({ learned: 1, answer: ['p1 0.0.0'] })
    expect(learnedFrom(disjoint(50, versions))).toEqual({ learned: 1, answer: ['p1 0.0.0', 'z 0.0.0'] })
    expect(learnedFrom(chain(50, versions, 'shut'))).toEqual({ learned: 1, answer: undefined })
    expect(learnedFrom(chain(50, versions, 'open'))).toEqual({ learned: 1, answer: ['l0 0.9.0'] })
    expect(learnedFrom(ranges(5, versions))).toEqual({ learned: 1, answer: ['p1 0.0.0'] })
  })

  test.each([10, 40])('with %i versions, traps cost nothing, and pits one contradiction for each version', versions => {
    expect(learnedFrom(traps(50, versions))).toEqual({ learned: 1, answer: undefined })
    expect(learnedFrom(pits(50, versions))).toEqual({ learned: versions, answer: undefined })
  })

  test('a tree without conflicts is taken as it comes', () => {
    const { learned, answer } = learnedFrom(tree(100, 20))
    expect(learned).toBe(0)
    expect(answer).toEqual(Array.from({ length: 100 }, (_, index) => `p${String(index + 1)} 1.0.19`))
  })
})
