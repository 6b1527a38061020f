/** The one right answer with one version of each package (D16), and the optional packages around it (D22). */
import { type InstanceName, type PackageName, compareText } from '../name.ts'
import { type Range, matches, parseRange } from '../range.ts'
import type { Version } from '../version.ts'
import { type Requirement, type Wants, requirementsOf } from '../wants.ts'
import type { Catalogue } from './catalogue.ts'
import type { RootEdge, SearchInput } from './givens.ts'
import { type Outcome, Search } from './search.ts'
import type { Strategy } from './strategies.ts'
import type { Choice } from './universe.ts'

export type SingleQuestion = {
  readonly wants: Wants
  /** Versions to keep where possible; the only yanked ones that may be chosen (D9). */
  readonly locked: ReadonlyMap<InstanceName, Version>
  readonly strategy?: Strategy
  /** Packages of which only what the root says counts (D17 `peer`). */
  readonly promoted?: ReadonlySet<PackageName>
}

/** One chosen package. */
export type Pick = {
  readonly name: PackageName
  readonly version: Version
  readonly choice: Choice
  /** What its own dependencies became, optional ones that were taken included. */
  readonly dependencies: ReadonlyMap<PackageName, Version>
}

export type Solution = {
  readonly kind: 'solved'
  /** In breadth-first order from the root. Several versions of a package stand under names of their own (D17). */
  readonly picks: ReadonlyMap<InstanceName, Pick>
  /** What the root's own dependencies became. */
  readonly root: ReadonlyMap<PackageName, Version>
  /** Optional dependencies that were left out, with the reason (D22). */
  readonly skipped: ReadonlyMap<PackageName, string>
  /** Whether peer dependencies were respected; when not, `checkPeers` finds the ones that are unmet (D23). */
  readonly peers: SearchInput['peers']
  /** Packages that only the root was asked about: what others want of them are peers now (D17). */
  readonly promoted: ReadonlySet<PackageName>
}

export type SingleAnswer = Solution | { readonly kind: 'unsolvable' } | Extract<Outcome, { kind: 'unknown' }>

/** Something a root asks for, and where it says so; `chosen`: it is held to what was chosen before. */
export type WantedEdge = RootEdge & { readonly from: Requirement['from'] | { readonly kind: 'peers' | 'chosen' } }

/** What the root requires, names sorted, then its peers. */
export function rootEdges(wants: Wants): WantedEdge[] {
  const required = requirementsOf(wants).map((requirement): WantedEdge => ({ ...requirement, kind: 'required' }))
  const peers = [...wants.peers].map(([name, range]): WantedEdge => ({
    name,
    range,
    kind: 'peer',
    from: { kind: 'peers' },
  }))
  return [...required.sort((a, b) => compareText(a.name, b.name)), ...peers]
}

const NONE: ReadonlyMap<never, never> = new Map<never, never>()

export function searchInput(
  { wants, locked, strategy = 'highest', promoted = new Set() }: SingleQuestion,
  peers: SearchInput['peers'],
): SearchInput {
  return {
    roots: rootEdges(wants),
    locked,
    resolutions: wants.resolutions,
    fixed: NONE,
    extras: wants.extras,
    promoted,
    peers,
    prefer: strategy === 'lowest' ? 'lowest' : 'highest',
    ranges: strategy === 'latest' ? 'ignore' : 'hold',
  }
}

/** Answers one question, as often as it is asked: what it found out before documents arrived is kept. */
export class SingleSolver {
  readonly #question: SingleQuestion
  readonly #catalogue: Catalogue
  readonly #search: Search
  #input: SearchInput
  #started = false
  /** The required packages, once they are chosen: their order is breadth-first. */
  #required: ReadonlyMap<PackageName, Choice> | undefined
  /** The answer, once there is one: more documents do not change it. */
  #answer: Exclude<SingleAnswer, { kind: 'unknown' }> | undefined

  constructor(question: SingleQuestion, catalogue: Catalogue) {
    this.#question = question
    this.#catalogue = catalogue
    this.#search = takeSearch(catalogue)
    this.#input = searchInput(question, 'bind')
  }

  solve(): SingleAnswer {
    if (this.#answer !== undefined) return this.#answer
    const answer = this.#solve()
    if (answer.kind !== 'unknown') {
      this.#answer = answer
      putBack(this.#search, this.#catalogue)
    }
    return answer
  }

  #solve(): SingleAnswer {
    if (this.#required === undefined) {
      const outcome = this.#solveRequired()
      if (outcome.kind !== 'solved') return outcome
      this.#required = this.#read(outcome.order)
    }
    const { peers } = this.#input
    const drafts = new Map<PackageName, Draft>()
    for (const [name, choice] of this.#required) drafts.set(name, { choice, optional: new Set() })
    const { wants, promoted = new Set() } = this.#question
    const optionals = this.#takeOptionals(drafts)
    if (optionals.unknown.size > 0) return { kind: 'unknown', names: optionals.unknown }
    const versions = (names: Iterable<PackageName>): Map<PackageName, Version> => versionsOf(names, drafts)
    const picks = [...drafts].map(([name, { choice, optional }]): [PackageName, Pick] => {
      const extras = (wants.extras.get(name) ?? []).flatMap(extra => [...(choice.extras?.get(extra)?.keys() ?? [])])
      const own = [...choice.dependencies.keys(), ...extras].filter(dependency => !promoted.has(dependency))
      return [name, { name, version: choice.version, choice, dependencies: versions([...own, ...optional]) }]
    })
    return {
      kind: 'solved',
      picks: new Map(picks),
      root: versions([...requirementsOf(wants).map(({ name }) => name), ...optionals.root]),
      skipped: optionals.skipped,
      peers,
      promoted,
    }
  }

  /** Peers decide only while they can: without a solution they become warnings (D23). */
  #solveRequired(): Outcome {
    const outcome = this.#started ? this.#search.resume() : this.#search.solve(this.#input)
    this.#started = true
    if (outcome.kind !== 'unsolvable' || this.#input.peers === 'ignore') return outcome
    // Where nobody has peers, leaving them out would be asking the same again.
    if (!this.#catalogue.hasPeers && this.#question.wants.peers.size === 0) return outcome
    this.#input = { ...this.#input, peers: 'ignore' }
    return this.#search.solve(this.#input)
  }

  #read(order: Int32Array): Map<PackageName, Choice> {
    const { names, packages } = this.#catalogue
    const chosen = new Map<PackageName, Choice>()
    for (const id of order) chosen.set(names[id]!, packages[id]!.choices[this.#search.versionOf(id)]!)
    return chosen
  }

  /**
   * Adds optional dependencies one by one, breadth first, around what is chosen already, which they never change (D22).
   * `drafts` grows.
   */
  #takeOptionals(drafts: Map<PackageName, Draft>): Optionals {
    const { wants, strategy } = this.#question
    const root = new Set<PackageName>()
    const skipped = new Map<PackageName, string>()
    const unknown = new Set<PackageName>()
    const take = (name: PackageName, range: Range): boolean => {
      const chosen = drafts.get(name)
      if (chosen !== undefined) {
        if (matches(range, chosen.choice.version)) return true
        skipped.set(name, `${range.text} is wanted and ${chosen.choice.version} is needed by others`)
        return false
      }
      const result = this.#search.solve({
        ...this.#input,
        roots: [{ name, range, kind: 'required' }, ...this.#peersOf(drafts)],
        fixed: new Map([...drafts].map(([each, { choice }]) => [each, choice.version])),
      })
      if (result.kind === 'unknown') for (const each of result.names) unknown.add(each)
      if (result.kind === 'unsolvable') skipped.set(name, this.#whyNot(name, range))
      if (result.kind !== 'solved') return false
      for (const [each, choice] of this.#read(result.order)) drafts.set(each, { choice, optional: new Set() })
      return true
    }
    const replaced = (ranges: ReadonlyMap<PackageName, Range>): [PackageName, Range][] =>
      [...ranges]
        .sort(([a], [b]) => compareText(a, b))
        .map(([name, range]) => [
          name,
          wants.resolutions.get(name) ?? (strategy === 'latest' ? parseRange('*') : range),
        ])
    for (const [name, range] of replaced(wants.optional)) if (take(name, range)) root.add(name)
    // A map's iterator also visits what is added while it runs.
    for (const { choice, optional } of drafts.values()) {
      for (const [name, range] of replaced(choice.optionalDependencies)) if (take(name, range)) optional.add(name)
    }
    return { root, skipped, unknown }
  }

  /** What the root and the chosen packages say about packages that may yet come in. */
  #peersOf(drafts: ReadonlyMap<PackageName, Draft>): RootEdge[] {
    const all = [...drafts.values()].map(({ choice }) => choice.peerDependencies)
    return [this.#question.wants.peers, ...all].flatMap(ranges =>
      [...ranges].flatMap(([name, range]): RootEdge[] => (drafts.has(name) ? [] : [{ name, range, kind: 'peer' }])),
    )
  }

  #whyNot(name: PackageName, range: Range): string {
    const compiled = this.#catalogue.packages[this.#catalogue.idOf(name)]
    if (compiled === undefined || this.#catalogue.isMissing(name)) return 'not found'
    return compiled.choices.some(({ version, yanked }) => !yanked && matches(range, version))
      ? 'it does not go with what is required'
      : `no version matches ${range.text}`
  }
}

/** Searches that nobody has a question for. The memory they keep takes longer to get than most answers. */
const idle = new WeakMap<Catalogue, Search[]>()

function takeSearch(catalogue: Catalogue): Search {
  return idle.get(catalogue)?.pop() ?? new Search(catalogue)
}

/** @param search not to be used by whoever took it any more */
function putBack(search: Search, catalogue: Catalogue): void {
  const others = idle.get(catalogue)
  if (others === undefined) idle.set(catalogue, [search])
  else others.push(search)
}

type Draft = { readonly choice: Choice; readonly optional: Set<PackageName> }

type Optionals = {
  /** Those of the root that were taken. */
  readonly root: ReadonlySet<PackageName>
  readonly skipped: ReadonlyMap<PackageName, string>
  readonly unknown: ReadonlySet<PackageName>
}

/** The chosen versions of these packages, as far as there are any, by name. */
function versionsOf(names: Iterable<PackageName>, drafts: ReadonlyMap<PackageName, Draft>): Map<PackageName, Version> {
  const versions = new Map<PackageName, Version>()
  for (const name of [...new Set(names)].sort(compareText)) {
    const draft = drafts.get(name)
    if (draft !== undefined) versions.set(name, draft.choice.version)
  }
  return versions
}
