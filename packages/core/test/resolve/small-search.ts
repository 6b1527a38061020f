/**
 * A second search for the one right answer (D16), the first that this project had. It is complete and learns from
 * conflicts, but it keeps plain maps and looks one step ahead only, so that it can be read in one sitting. It judges the
 * solver on universes that are too large for trying everything.
 */
import {
  type Choice,
  type Known,
  type KnownPackage,
  type PackageName,
  RESOLVER_VERSION,
  type Range,
  type Version,
  compareText,
  compareVersions,
  isPrerelease,
  matches,
} from '@aam/core'

/** The versions a package may be chosen in, best first (D9, D21). */
function candidatesOf(
  known: KnownPackage | undefined,
  { locked, prefer }: { readonly locked: Version | undefined; readonly prefer: SearchInput['prefer'] },
): readonly Choice[] {
  if (known === undefined || known === 'missing') return []
  const usable = [...known.values()].filter(
    choice => choice.resolverVersion === RESOLVER_VERSION && (!choice.yanked || choice.version === locked),
  )
  const rank = ({ version }: Choice): number => (version === locked ? 0 : isPrerelease(version) ? 2 : 1)
  const up = prefer === 'lowest' ? 1 : -1
  return usable.sort((a, b) => rank(a) - rank(b) || up * compareVersions(a.version, b.version))
}

function someFits(candidates: readonly Choice[], ranges: readonly Range[]): boolean {
  return candidates.some(({ version }) => ranges.every(range => matches(range, version)))
}

/** One requirement: `from` (the root, or a chosen version) wants `name` in `range`. A peer binds but does not bring in. */
export type Edge = {
  /** `undefined`: the root. */
  readonly from: { readonly name: PackageName; readonly version: Version } | undefined
  readonly name: PackageName
  readonly range: Range
  readonly kind: 'required' | 'peer'
}

/** An edge with the way from the root to the version it comes from, as it stood when the edge mattered. */
export type Fact = {
  readonly edge: Edge
  readonly chain: readonly { readonly name: PackageName; readonly version: Version }[]
}

export type SearchInput = {
  readonly roots: readonly Edge[]
  readonly known: Known
  readonly locked: ReadonlyMap<PackageName, Version>
  readonly resolutions: ReadonlyMap<PackageName, Range>
  /** Packages that may have this version only: what an earlier search chose. */
  readonly fixed: ReadonlyMap<PackageName, Version>
  readonly peers: 'bind' | 'ignore'
  readonly prefer: 'highest' | 'lowest'
}

/** Why a version could not be chosen. */
export type Exclusion = { readonly version: Version; readonly reason: Reason }
export type Reason =
  /** `edge` does not admit it. */
  | { readonly kind: 'range'; readonly edge: Edge }
  /** Together, these requirements (its own last) leave no version of one package. */
  | { readonly kind: 'starved'; readonly facts: readonly Fact[] }
  /** It requires another version of a package than the one chosen before. */
  | { readonly kind: 'chosen'; readonly edge: Edge; readonly version: Version }
  /** An earlier conflict showed that it does not go with what is chosen. */
  | { readonly kind: 'learned'; readonly conflict: Conflict }

/** No version of `name` could be chosen, so `decisions` cannot all hold. No decisions: there is no solution. */
export type Conflict = {
  readonly name: PackageName
  readonly exclusions: readonly Exclusion[]
  /** A requirement because of which `name` is needed at all. */
  readonly because: Edge
  readonly decisions: readonly { readonly name: PackageName; readonly version: Version }[]
}

export type Picked = {
  readonly name: PackageName
  readonly choice: Choice
  /** Better versions that every range admits and that were not possible. */
  readonly passedOver: readonly Exclusion[]
}

export type SearchResult =
  /** In breadth-first order. */
  | { readonly kind: 'solved'; readonly picks: readonly Picked[] }
  | { readonly kind: 'unsolvable'; readonly conflict: Conflict }
  | { readonly kind: 'unknown'; readonly names: ReadonlySet<PackageName> }
  /** It would take too long. */
  | { readonly kind: 'given up' }

const MOST_DECISIONS = 3_000

/** Searches once, from the start. */
export function search(input: SearchInput): SearchResult {
  return new Search(input).run()
}

type Binding = { readonly edge: Edge; readonly level: number }
type Level = {
  readonly name: PackageName
  /** `undefined` while the package's document is not known: nothing is assumed about it. */
  readonly choice: Choice | undefined
  readonly passedOver: readonly Exclusion[]
  readonly queueLength: number
}

const ROOT_LEVEL = -1

class Search {
  readonly #input: SearchInput
  /** Packages in the order they are decided: level `i` decides `#queue[i]`. */
  readonly #queue: PackageName[] = []
  readonly #queued = new Set<PackageName>()
  readonly #levels: Level[] = []
  readonly #levelOf = new Map<PackageName, number>()
  /** The edges that bind each package, with the level of the version they come from. */
  readonly #bindings = new Map<PackageName, Binding[]>()
  /** What was learned, by each `name@version` it speaks of. */
  readonly #learned = new Map<string, Conflict[]>()
  readonly #candidates = new Map<PackageName, readonly Choice[]>()
  readonly #unknown = new Set<PackageName>()

  constructor(input: SearchInput) {
    this.#input = input
  }

  run(): SearchResult {
    for (const edge of this.#input.roots) this.#bind(edge, ROOT_LEVEL)
    this.#enqueue(this.#input.roots)
    for (let decisions = 0; this.#levels.length < this.#queue.length; decisions++) {
      if (decisions === MOST_DECISIONS) return { kind: 'given up' }
      const name = this.#queue[this.#levels.length]
      if (name === undefined) break
      const conflict = this.#decide(name)
      if (conflict === undefined) continue
      const last = this.#latestLevel(conflict)
      if (last === ROOT_LEVEL) return { kind: 'unsolvable', conflict }
      this.#learn(conflict)
      this.#undoTo(last)
    }
    if (this.#unknown.size > 0) return { kind: 'unknown', names: this.#unknown }
    const picks = this.#levels.flatMap(({ name, choice, passedOver }) =>
      choice === undefined ? [] : [{ name, choice, passedOver }],
    )
    return { kind: 'solved', picks }
  }

  /** Chooses the best possible version of `name`, or says why there is none. */
  #decide(name: PackageName): Conflict | undefined {
    if (!this.#input.known.has(name)) {
      this.#unknown.add(name)
      this.#push({ name, choice: undefined, passedOver: [], queueLength: this.#queue.length })
      return undefined
    }
    const exclusions: Exclusion[] = []
    for (const choice of this.#candidatesOf(name)) {
      const reason = this.#whyNot(name, choice)
      if (reason === undefined) {
        const passedOver = exclusions.filter(({ reason: { kind } }) => kind !== 'range')
        this.#push({ name, choice, passedOver, queueLength: this.#queue.length })
        const edges = this.#edgesOf(name, choice)
        for (const edge of edges) this.#bind(edge, this.#levels.length - 1)
        this.#enqueue(edges)
        return undefined
      }
      exclusions.push({ version: choice.version, reason })
    }
    return this.#conflict(name, exclusions)
  }

  #whyNot(name: PackageName, choice: Choice): Reason | undefined {
    const { version } = choice
    for (const { edge } of this.#bindings.get(name) ?? []) {
      if (!matches(edge.range, version)) return { kind: 'range', edge }
    }
    for (const conflict of this.#learned.get(`${name}@${version}`) ?? []) {
      if (conflict.decisions.every(other => other.name === name || this.#versionOf(other.name) === other.version)) {
        return { kind: 'learned', conflict }
      }
    }
    for (const edge of this.#edgesOf(name, choice)) {
      if (edge.name === name && !matches(edge.range, version)) return { kind: 'chosen', edge, version }
      const reason = this.#whyNotEdge(edge)
      if (reason !== undefined) return reason
    }
    return undefined
  }

  /** From the root to `from`, through the first requirement of each package: the shortest way there is. */
  #chain(from: Edge['from']): Fact['chain'] {
    const chain: { name: PackageName; version: Version }[] = []
    const seen = new Set<PackageName>()
    for (let at = from; at !== undefined && !seen.has(at.name);) {
      chain.unshift(at)
      seen.add(at.name)
      const name: PackageName = at.name
      at = this.#bindings.get(name)?.find(({ edge }) => edge.kind === 'required')?.edge.from
    }
    return chain
  }

  /** Looks one step ahead: would `edge` leave its package without a version? */
  #whyNotEdge(edge: Edge): Reason | undefined {
    if (!this.#input.known.has(edge.name)) return undefined
    const bindings = this.#bindings.get(edge.name) ?? []
    const needed = edge.kind === 'required' || bindings.some(binding => binding.edge.kind === 'required')
    if (needed) {
      const candidates = this.#candidatesOf(edge.name)
      const edges = [...bindings.map(binding => binding.edge), edge]
      if (
        !someFits(
          candidates,
          edges.map(each => each.range),
        )
      ) {
        return {
          kind: 'starved',
          facts: shrink(edges, candidates).map(each => ({ edge: each, chain: this.#chain(each.from) })),
        }
      }
    }
    const chosen = this.#versionOf(edge.name)
    if (chosen !== undefined && !matches(edge.range, chosen)) return { kind: 'chosen', edge, version: chosen }
    return undefined
  }

  /** The conflict that excluding every version of `name` amounts to, and the decisions it rests on. */
  #conflict(name: PackageName, exclusions: readonly Exclusion[]): Conflict {
    const bindings = this.#bindings.get(name) ?? []
    // Requirements are in the order of their levels; the first one makes the shortest story.
    const because = bindings.find(({ edge }) => edge.kind === 'required')?.edge
    if (because === undefined) throw new Error(`the solver decided ${name}, which nothing requires`)
    const blamed = new Set<PackageName>()
    const blame = (from: Edge['from']): void => {
      if (from !== undefined && from.name !== name) blamed.add(from.name)
    }
    blame(because.from)
    for (const { reason } of exclusions) {
      if (reason.kind === 'range') blame(reason.edge.from)
      else if (reason.kind === 'starved') for (const { edge } of reason.facts) blame(edge.from)
      else if (reason.kind === 'chosen') blame({ name: reason.edge.name, version: reason.version })
      else for (const decision of reason.conflict.decisions) blame(decision)
    }
    const decisions = [...blamed]
      .map(other => ({ name: other, version: this.#versionOf(other) }))
      .filter((decision): decision is { name: PackageName; version: Version } => decision.version !== undefined)
      .sort((a, b) => (this.#levelOf.get(a.name) ?? 0) - (this.#levelOf.get(b.name) ?? 0))
    return { name, exclusions, because, decisions }
  }

  #learn(conflict: Conflict): void {
    for (const { name, version } of conflict.decisions) {
      const key = `${name}@${version}`
      const known = this.#learned.get(key)
      if (known === undefined) this.#learned.set(key, [conflict])
      else known.push(conflict)
    }
  }

  #latestLevel(conflict: Conflict): number {
    return conflict.decisions.reduce(
      (latest, { name }) => Math.max(latest, this.#levelOf.get(name) ?? ROOT_LEVEL),
      ROOT_LEVEL,
    )
  }

  /** Takes back every decision from `level` on. */
  #undoTo(level: number): void {
    while (this.#levels.length > level) {
      const undone = this.#levels.pop()
      if (undone === undefined) return
      this.#levelOf.delete(undone.name)
      for (const edge of undone.choice === undefined ? [] : this.#edgesOf(undone.name, undone.choice)) {
        this.#bindings.get(edge.name)?.pop()
      }
      for (const name of this.#queue.splice(undone.queueLength)) this.#queued.delete(name)
    }
  }

  #push(level: Level): void {
    this.#levelOf.set(level.name, this.#levels.length)
    this.#levels.push(level)
  }

  #bind(edge: Edge, level: number): void {
    const bindings = this.#bindings.get(edge.name)
    if (bindings === undefined) this.#bindings.set(edge.name, [{ edge, level }])
    else bindings.push({ edge, level })
  }

  /** New packages go to the end, sorted by name: breadth first. */
  #enqueue(edges: readonly Edge[]): void {
    const names = edges.filter(edge => edge.kind === 'required' && !this.#queued.has(edge.name)).map(edge => edge.name)
    for (const name of names.sort(compareText)) {
      if (!this.#queued.has(name)) this.#queue.push(name)
      this.#queued.add(name)
    }
  }

  #versionOf(name: PackageName): Version | undefined {
    const level = this.#levelOf.get(name)
    return level === undefined ? undefined : this.#levels[level]?.choice?.version
  }

  #candidatesOf(name: PackageName): readonly Choice[] {
    let candidates = this.#candidates.get(name)
    if (candidates === undefined) {
      const fixed = this.#input.fixed.get(name)
      candidates = candidatesOf(this.#input.known.get(name), {
        locked: fixed ?? this.#input.locked.get(name),
        prefer: this.#input.prefer,
      })
      if (fixed !== undefined) candidates = candidates.filter(({ version }) => version === fixed)
      this.#candidates.set(name, candidates)
    }
    return candidates
  }

  readonly #edges = new Map<Choice, readonly Edge[]>()

  #edgesOf(name: PackageName, choice: Choice): readonly Edge[] {
    let edges = this.#edges.get(choice)
    if (edges === undefined) {
      edges = requirementsOf({ name, choice, resolutions: this.#input.resolutions, peers: this.#input.peers })
      this.#edges.set(choice, edges)
    }
    return edges
  }
}

/** The edges of a chosen version, `resolutions` applied (D9). */
export function requirementsOf({
  name,
  choice,
  resolutions,
  peers,
}: {
  readonly name: PackageName
  readonly choice: Choice
  readonly resolutions: ReadonlyMap<PackageName, Range>
  readonly peers: SearchInput['peers']
}): Edge[] {
  const from = { name, version: choice.version }
  const edges: Edge[] = []
  for (const [dependency, range] of choice.dependencies) {
    edges.push({ from, name: dependency, range: resolutions.get(dependency) ?? range, kind: 'required' })
  }
  if (peers === 'bind') {
    // A peer on a package that `resolutions` sets is only checked afterwards.
    for (const [peer, range] of choice.peerDependencies) {
      if (!resolutions.has(peer)) edges.push({ from, name: peer, range, kind: 'peer' })
    }
  }
  return edges
}

/**
 * A smallest part of `edges` that still leaves no candidate; the newest edge stays, earlier levels are preferred. One that
 * brings the package in stays, too: peers alone would be met by its absence.
 */
function shrink(edges: readonly Edge[], candidates: readonly Choice[]): readonly Edge[] {
  let kept = edges
  for (const edge of [...edges].reverse().slice(1)) {
    const without = kept.filter(other => other !== edge)
    const starves = !someFits(
      candidates,
      without.map(each => each.range),
    )
    if (starves && without.some(({ kind }) => kind === 'required')) kept = without
  }
  return kept
}
