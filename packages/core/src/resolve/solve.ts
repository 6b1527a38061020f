/**
 * Chooses one version for every package a project needs (UAAPS 13.4, D16). Pure and synchronous: it answers *solved*,
 * *unsolvable, because*, or *unknown: these names*; whoever calls it fetches those and asks again, so the order in which
 * answers arrive cannot change the result.
 */
import { type PackageName, compareText } from '../name.ts'
import { type Range, matches } from '../range.ts'
import type { Version } from '../version.ts'
import type { Wants } from '../wants.ts'
import { type Conflict, type Edge, type Exclusion, type SearchInput, search } from './search.ts'
import type { Choice, Known } from './universe.ts'

export type Question = {
  readonly wants: Wants
  /** Versions to keep where possible; the only yanked ones that may be chosen (D9). */
  readonly locked: ReadonlyMap<PackageName, Version>
}

/** One chosen package. */
export type Pick = {
  readonly name: PackageName
  readonly version: Version
  readonly choice: Choice
  /** What its own dependencies became, optional ones that were taken included. */
  readonly dependencies: ReadonlyMap<PackageName, Version>
  /** Better versions that every range admits and that were not possible (D16). */
  readonly passedOver: readonly Exclusion[]
}

export type Solution = {
  readonly kind: 'solved'
  /** In breadth-first order from the root. */
  readonly picks: ReadonlyMap<PackageName, Pick>
  /** What the root's own dependencies became. */
  readonly root: ReadonlyMap<PackageName, Version>
  /** Optional dependencies that were left out, with the reason (D22). */
  readonly skipped: ReadonlyMap<PackageName, string>
  /** Whether peer dependencies were respected; when not, `checkPeers` finds the ones that are unmet (D23). */
  readonly peers: SearchInput['peers']
}

export type Answer =
  | Solution
  | { readonly kind: 'unsolvable'; readonly conflict: Conflict; readonly question: Question }
  | { readonly kind: 'unknown'; readonly names: ReadonlySet<PackageName> }

/** Answers `question` from what is `known`. */
export function solve(question: Question, known: Known): Answer {
  const { wants, locked } = question
  const input: SearchInput = {
    roots: rootEdges(wants),
    known,
    locked,
    resolutions: wants.resolutions,
    fixed: new Map(),
    peers: 'bind',
  }
  const first = search(input)
  const peers = first.kind === 'unsolvable' ? 'ignore' : 'bind'
  // D23: peers decide only while they can; without a solution they become warnings.
  const result = first.kind === 'unsolvable' ? search({ ...input, roots: rootEdges(wants, 'ignore'), peers }) : first
  if (result.kind === 'unsolvable') return { ...result, question }
  if (result.kind === 'unknown') return result
  const picks = new Map<PackageName, Draft>()
  for (const { name, choice, passedOver } of result.picks) picks.set(name, { choice, passedOver, optional: new Set() })
  const rest = takeOptionals({ ...input, peers, roots: rootEdges(wants, peers) }, wants, picks)
  if (rest.unknown.size > 0) return { kind: 'unknown', names: rest.unknown }
  return finish({ wants, picks, rootOptional: rest.rootOptional, skipped: rest.skipped, peers })
}

type Draft = { readonly choice: Choice; readonly passedOver: readonly Exclusion[]; readonly optional: Set<PackageName> }

/** What the root requires, `resolutions` applied, names sorted. */
export function rootEdges(wants: Wants, peers: SearchInput['peers'] = 'bind'): Edge[] {
  const edges = (ranges: ReadonlyMap<PackageName, Range>, kind: Edge['kind']): Edge[] =>
    [...ranges]
      .sort(([a], [b]) => compareText(a, b))
      .map(([name, range]) => ({ from: undefined, name, range: wants.resolutions.get(name) ?? range, kind }))
  return [...edges(wants.required, 'required'), ...(peers === 'bind' ? edges(wants.peers, 'peer') : [])]
}

type Optionals = {
  readonly rootOptional: ReadonlySet<PackageName>
  readonly skipped: Map<PackageName, string>
  readonly unknown: Set<PackageName>
}

/**
 * Adds optional dependencies one by one, breadth first, around what is chosen already, which they never change (D22).
 * `picks` grows.
 */
function takeOptionals(input: SearchInput, wants: Wants, picks: Map<PackageName, Draft>): Optionals {
  const rootOptional = new Set<PackageName>()
  const skipped = new Map<PackageName, string>()
  const unknown = new Set<PackageName>()
  const accepted: Edge[] = []
  const take = (edge: Edge): boolean => {
    const chosen = picks.get(edge.name)
    if (chosen !== undefined) {
      if (matches(edge.range, chosen.choice.version)) return true
      skipped.set(edge.name, `${edge.range.text} is wanted and ${chosen.choice.version} is needed by others`)
      return false
    }
    const known = input.known.get(edge.name)
    if (known === undefined) {
      unknown.add(edge.name)
      return false
    }
    const fixed = new Map([...picks].map(([name, { choice }]) => [name, choice.version] as const))
    const result = search({ ...input, roots: [...input.roots, ...accepted, { ...edge, from: undefined }], fixed })
    if (result.kind === 'unknown') for (const name of result.names) unknown.add(name)
    if (result.kind === 'unsolvable') {
      const some =
        known !== 'missing' &&
        [...known.values()].some(({ version, yanked }) => !yanked && matches(edge.range, version))
      skipped.set(
        edge.name,
        known === 'missing'
          ? 'not found'
          : some
            ? 'it does not go with what is required'
            : `no version matches ${edge.range.text}`,
      )
    }
    if (result.kind !== 'solved') return false
    accepted.push({ ...edge, from: undefined })
    for (const { name, choice, passedOver } of result.picks) {
      if (!picks.has(name)) picks.set(name, { choice, passedOver, optional: new Set() })
    }
    return true
  }
  const edgesOf = (ranges: ReadonlyMap<PackageName, Range>): Edge[] =>
    rootEdges({ ...wants, required: ranges }, 'ignore')
  for (const edge of edgesOf(wants.optional)) if (take(edge)) rootOptional.add(edge.name)
  // A map's iterator also visits what is added while it runs.
  for (const draft of picks.values()) {
    for (const edge of edgesOf(draft.choice.optionalDependencies)) if (take(edge)) draft.optional.add(edge.name)
  }
  return { rootOptional, skipped, unknown }
}

function finish({
  wants,
  picks,
  rootOptional,
  skipped,
  peers,
}: {
  readonly wants: Wants
  readonly picks: ReadonlyMap<PackageName, Draft>
  readonly rootOptional: ReadonlySet<PackageName>
  readonly skipped: ReadonlyMap<PackageName, string>
  readonly peers: SearchInput['peers']
}): Solution {
  const versions = (names: Iterable<PackageName>): Map<PackageName, Version> => {
    const entries: [PackageName, Version][] = []
    for (const name of [...names].sort(compareText)) {
      const draft = picks.get(name)
      if (draft !== undefined) entries.push([name, draft.choice.version])
    }
    return new Map(entries)
  }
  const chosen = [...picks].map(([name, { choice, passedOver, optional }]): [PackageName, Pick] => [
    name,
    {
      name,
      version: choice.version,
      choice,
      passedOver,
      dependencies: versions([...choice.dependencies.keys(), ...optional]),
    },
  ])
  return {
    kind: 'solved',
    picks: new Map(chosen),
    root: versions([...wants.required.keys(), ...rootOptional]),
    skipped,
    peers,
  }
}
