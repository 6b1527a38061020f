/**
 * The measured program, which `run.ts` bundles and starts: one process, one measurement, printed as JSON. Times are in
 * milliseconds, the best of all runs; a parser and the resolver take turns.
 */
import { readFileSync } from 'node:fs'
import { Catalogue, type Known, solve } from '@aam/core'
import { Search } from '../../packages/core/src/resolve/search.ts'
import { type Facts, type Root, decodeKnown, inputOf, openDocuments, questionOf } from './documents.ts'
import { FAMILIES } from './families.ts'

export type Warm = {
  readonly parse: number
  /** Every root, by the search alone and by what people call. */
  readonly search: number
  readonly solve: number
  /** The one root that took the search longest, at its best. */
  readonly worst: number
  readonly satisfiable: number
  /** The documents, from parsed JSON; then everything that is known of them before a question is asked. */
  readonly decode: number
  readonly compile: number
}
export type Grown = {
  readonly versions: number
  readonly kind: string
  readonly parse: number
  readonly search: number
  readonly compile: number
}
export type Once = { readonly kind: string; readonly parse: number; readonly solve: number }

/** How long a search is repeated at least, in milliseconds. */
const SHORTEST = 200

function time(work: () => void): number {
  const start = performance.now()
  work()
  return performance.now() - start
}

/** A catalogue with every document compiled and every range matched. */
function compileAll(known: Known): Catalogue {
  const catalogue = new Catalogue(known)
  for (const name of known.keys()) catalogue.load(catalogue.idOf(name))
  for (let fact = 0; fact < catalogue.ranges.length; fact++) catalogue.needsOf(fact)
  return catalogue
}

function measureWarm(facts: Facts, roots: readonly Root[], runs: number): Warm {
  const text = JSON.stringify(facts)
  const inputs = roots.map(inputOf)
  const questions = roots.map(questionOf)
  let known: Known = new Map()
  const decode = time(() => (known = decodeKnown(facts)))
  const best = { parse: Infinity, search: Infinity, solve: Infinity, compile: Infinity }
  const worst = inputs.map(() => Infinity)
  const counts = new Set<number>()
  for (let run = 0; run < runs; run++) {
    let catalogue = new Catalogue(known)
    best.compile = Math.min(
      best.compile,
      time(() => (catalogue = compileAll(known))),
    )
    const search = new Search(catalogue)
    best.parse = Math.min(best.parse, timeParsing(text))
    let found = 0
    const searched = time(() => {
      for (const [at, input] of inputs.entries()) {
        const start = performance.now()
        if (search.solve(input).kind === 'solved') found++
        worst[at] = Math.min(worst[at]!, performance.now() - start)
      }
    })
    best.search = Math.min(best.search, searched)
    counts.add(found)
    best.parse = Math.min(best.parse, timeParsing(text))
    let solved = 0
    const asked = time(() => {
      for (const question of questions) if (solve(question, catalogue).kind === 'solved') solved++
    })
    best.solve = Math.min(best.solve, asked)
    counts.add(solved)
  }
  const [satisfiable, ...others] = counts
  if (satisfiable === undefined || others.length > 0) throw new Error(`answers differ: ${[...counts].join(', ')}`)
  return { ...best, decode, worst: Math.max(...worst), satisfiable }
}

function timeParsing(text: string): number {
  return time(() => {
    JSON.parse(text)
  })
}

function measureFamily(name: string, runs: number): Grown[] {
  const { make, sizes } = FAMILIES.find(family => family.name === name)!
  return sizes.map(versions => {
    const { facts, root, kind: expected } = make(versions)
    const text = JSON.stringify(facts)
    const known = decodeKnown(facts)
    let catalogue = new Catalogue(known)
    const compile = time(() => (catalogue = compileAll(known)))
    const search = new Search(catalogue)
    const input = inputOf(root)
    let [parse, searched] = [Infinity, Infinity]
    let kind = ''
    for (let run = 0; run < Math.min(runs, 3); run++) parse = Math.min(parse, timeParsing(text))
    // The machine code of short searches is only good after many of them.
    const enough = performance.now() + SHORTEST
    for (let run = 0; run < runs || performance.now() < enough; run++) {
      searched = Math.min(
        searched,
        time(() => (kind = search.solve(input).kind)),
      )
    }
    if (kind !== expected) throw new Error(`${name} with ${String(versions)} versions is ${kind}, not ${expected}`)
    return { versions, kind, parse, search: searched, compile }
  })
}

function measureOnce(file: string, root: Root): Once {
  let facts: Facts = {}
  const parse = time(() => (facts = JSON.parse(readFileSync(file, 'utf8')) as Facts))
  let kind = ''
  const solved = time(() => (kind = solve(questionOf(root), openDocuments(facts)).kind))
  return { kind, parse, solve: solved }
}

const [what, ...rest] = process.argv.slice(2) as [string, ...string[]]
const first = rest[0]!
const second = rest[1]!
if (what === 'warm') {
  const { facts, roots } = JSON.parse(readFileSync(first, 'utf8')) as { facts: Facts; roots: Root[] }
  console.log(JSON.stringify(measureWarm(facts, roots, Number(second))))
} else if (what === 'family') console.log(JSON.stringify(measureFamily(first, Number(second))))
else console.log(JSON.stringify(measureOnce(first, JSON.parse(second) as Root)))
