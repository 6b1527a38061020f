/** Why there is no solution, as the search found it: what was learned, each from requirements and from what was learned before. */
import type { PackageName } from '../name.ts'
import { type Range, parseRange } from '../range.ts'
import type { Version } from '../version.ts'
import { LEARNED, ROOT, type Term } from './analysis.ts'
import type { Catalogue, PackageId } from './catalogue.ts'
import type { SearchInput } from './givens.ts'
import { Search } from './search.ts'
import { BITS, COUNT, FIRST } from './sets.ts'
import type { WantedEdge } from './single.ts'
import type { Choice } from './universe.ts'

/** One requirement that a proof uses: some versions of `from`, or the root, want `name` in `range`. */
export type Premise = {
  /** `undefined`: the root, which says so in `root`. */
  readonly from: { readonly name: PackageName; readonly versions: readonly Version[] } | undefined
  readonly root: WantedEdge | undefined
  readonly name: PackageName
  /** The range that counts: the one of `resolutions` where there is one. */
  readonly range: Range
  /** The versions of `name` that may be chosen and are in the range, best first. */
  readonly allowed: readonly Version[]
  readonly peer: boolean
}

/** "The package is one of these versions"; with `absent`, "or it is not there". `others` are the rest of its versions. */
export type Claim = {
  readonly name: PackageName
  readonly versions: readonly Version[]
  readonly others: readonly Version[]
  readonly absent: boolean
}

/** The premises and the earlier steps together mean that `excluded` cannot all hold; nothing excluded: no solution. */
export type Step = {
  readonly premises: readonly Premise[]
  readonly uses: readonly Step[]
  readonly excluded: readonly Claim[]
}

/** The steps that the last one rests on, in order, itself last. */
export type Proof = readonly Step[]

/** Searches again, and keeps what it learns. `undefined` when there is a solution, or documents are missing. */
export function prove(input: SearchInput, edges: readonly WantedEdge[], catalogue: Catalogue): Proof | undefined {
  const recorded: { readonly causes: readonly number[]; readonly terms: readonly Claim[] }[] = []
  const search = new Search(catalogue)
  const outcome = search.solve(
    { ...input, roots: edges },
    {
      learned: (causes, terms, pool) => {
        recorded.push({ causes, terms: terms.map(term => claimOf(term, pool, catalogue)) })
      },
    },
  )
  if (outcome.kind !== 'unsolvable') return undefined
  const needed = new Set([recorded.length - 1])
  // What is learned rests only on what was learned before: from the end, what is needed is known before it is met.
  for (let index = recorded.length - 1; index >= 0; index--) {
    if (!needed.has(index)) continue
    for (const cause of recorded[index]!.causes) if (cause >= LEARNED) needed.add(cause - LEARNED)
  }
  const steps = new Map<number, Step>()
  for (const index of [...needed].sort((a, b) => a - b)) {
    const { causes, terms } = recorded[index]!
    const told = [...new Set(causes)].reverse()
    steps.set(index, {
      premises: told.filter(cause => cause < LEARNED).map(cause => premiseOf(cause, { input, edges, catalogue })),
      uses: told.filter(cause => cause >= LEARNED).map(cause => steps.get(cause - LEARNED)!),
      excluded: terms,
    })
  }
  return [...steps.values()]
}

function claimOf({ package: id, set }: Term, pool: Int32Array, catalogue: Catalogue): Claim {
  const { choices } = catalogue.packages[id]!
  const has = (bit: number): boolean => {
    const at = (bit >> 5) - pool[set + FIRST]!
    return at >= 0 && at < pool[set + COUNT]! && (pool[set + BITS + at]! & (1 << (bit & 31))) !== 0
  }
  return {
    name: catalogue.names[id]!,
    versions: choices.flatMap(({ version }, index) => (has(index + 1) ? [version] : [])),
    others: choices.flatMap(({ version }, index) => (has(index + 1) ? [] : [version])),
    absent: has(0),
  }
}

type Scene = {
  readonly input: SearchInput
  readonly edges: readonly WantedEdge[]
  readonly catalogue: Catalogue
}

function premiseOf(cause: number, { input, edges, catalogue }: Scene): Premise {
  if (cause >= ROOT) {
    const edge = edges[cause - ROOT]!
    return {
      from: undefined,
      root: edge,
      ...target({ id: catalogue.idOf(edge.name), range: edge.range }, input, catalogue),
      peer: edge.kind === 'peer',
    }
  }
  const source = catalogue.source[cause]!
  const id = catalogue.target[cause]!
  const { choices } = catalogue.packages[source]!
  const name = catalogue.names[source]!
  const versions = choices
    .filter((choice, index) => catalogue.sets.has(catalogue.when[cause]!, index + 1) && isOpen(choice, name, input))
    .map(({ version }) => version)
  const own = id === source ? { name, range: catalogue.ranges[cause]!, allowed: [] } : undefined
  return {
    from: { name, versions },
    root: undefined,
    ...(own ?? target({ id, range: catalogue.ranges[cause]! }, input, catalogue)),
    peer: catalogue.peer[cause] === 1,
  }
}

function target(
  edge: { readonly id: PackageId; readonly range: Range },
  input: SearchInput,
  catalogue: Catalogue,
): Pick<Premise, 'name' | 'range' | 'allowed'> {
  const name = catalogue.names[edge.id]!
  const range = input.resolutions.get(name) ?? (input.ranges === 'ignore' ? parseRange('*') : edge.range)
  return { name, range, allowed: versionsIn(range, name, { input, catalogue }) }
}

/** The versions of a package that may be chosen and are in a range, best first. */
export function versionsIn(
  range: Range,
  name: PackageName,
  { input, catalogue }: Pick<Scene, 'input' | 'catalogue'>,
): Version[] {
  const id = catalogue.idOf(name)
  if (!catalogue.load(id)) return []
  const set = catalogue.matching(id, range)
  return catalogue.packages[id]!.choices.filter(
    (choice, index) => catalogue.sets.has(set, index + 1) && isOpen(choice, name, input),
  ).map(({ version }) => version)
}

function isOpen({ version, yanked, extras }: Choice, name: PackageName, input: SearchInput): boolean {
  if (yanked && input.locked.get(name) !== version) return false
  return (input.extras.get(name) ?? []).every(extra => extras?.has(extra))
}
