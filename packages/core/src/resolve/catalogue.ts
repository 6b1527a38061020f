/**
 * Package documents, compiled for the search (README 3): names are numbers, the versions of a package are bits, and what
 * its versions require is a list of facts. Each document is compiled once, when it is first needed; nothing in here
 * depends on what a project asks for, so that many questions can share it.
 */
import type { SemVer } from 'semver'
import { type PackageName, compareText } from '../name.ts'
import { type Range, matches } from '../range.ts'
import { compareVersions, isPrerelease, semverOf } from '../version.ts'
import { type SetRef, SetPool, grown } from './sets.ts'
import { type Choice, type Known, RESOLVER_VERSION } from './universe.ts'

export type PackageId = number
/** "A version of `source` in `when` needs `target` to be in `needs`"; versions that need the same share one. */
export type FactId = number

/** A package with its document. */
export type CompiledPackage = {
  /** Versions, best first: stable ones, highest first, then pre-releases, highest first (D9). Bit `i + 1` is `choices[i]`. */
  readonly choices: readonly Choice[]
  /** How many of them are stable. */
  readonly stable: number
  /** How many words a set of all its bits takes, and where they begin in an array that holds one for each package. */
  readonly words: number
  readonly offset: number
  /** What may be chosen without a lock: nothing, or a version that is not yanked. */
  readonly open: SetRef
  /** Every version and no absence. */
  readonly any: SetRef
  /** Facts about its versions, those that hold of the most versions first. */
  readonly facts: Int32Array
  /** The facts about version `i`, their targets by name: `versionFacts` from `versionStart[i]` to `versionStart[i + 1]`. */
  readonly versionFacts: Int32Array
  readonly versionStart: Int32Array
  /** Sets that ranges stand for, as far as somebody asked. */
  readonly matching: Map<Range, SetRef>
}

/** Not worked out yet. */
export const NO_SET = -1

export class Catalogue {
  readonly sets = new SetPool()
  readonly names: PackageName[] = []
  /** By package; `undefined` while its document is unknown. */
  readonly packages: (CompiledPackage | undefined)[] = []
  /** How long an array has to be that holds the bits of every package. */
  bitWords = 0
  /** Whether a version that is compiled has a peer. */
  hasPeers = false

  // The columns of the table of facts.
  source = new Int32Array(256)
  target = new Int32Array(256)
  when = new Int32Array(256)
  /** `NO_SET` until the target's document is there and somebody asked: see `needsOf`. */
  needs = new Int32Array(256)
  /** 1 where absence meets the fact. */
  peer = new Int32Array(256)
  readonly ranges: Range[] = []

  readonly nothing: SetRef
  /** The documents, as they become known. */
  readonly known: Pick<Known, 'get'>
  readonly #ids = new Map<PackageName, PackageId>()
  readonly #extraFacts = new Map<string, Int32Array>()

  constructor(known: Pick<Known, 'get'>) {
    this.known = known
    this.nothing = this.sets.add([])
  }

  idOf(name: PackageName): PackageId {
    let id = this.#ids.get(name)
    if (id === undefined) {
      id = this.names.length
      this.#ids.set(name, id)
      this.names.push(name)
      this.packages.push(undefined)
    }
    return id
  }

  /** Compiles the document of a package, if it has become known; whether it is compiled now. */
  load(id: PackageId): boolean {
    if (this.packages[id] !== undefined) return true
    const known = this.known.get(this.names[id]!)
    if (known === undefined) return false
    const choices = known === 'missing' ? [] : inOrder(known.values())
    const words = (choices.length >> 5) + 1
    const bits = choices.map((_, index) => index + 1)
    this.packages[id] = {
      choices,
      stable: countStable(choices),
      words,
      offset: this.bitWords,
      open: this.sets.add([0, ...bits.filter(bit => !choices[bit - 1]!.yanked)]),
      any: this.sets.add(bits),
      ...this.#gather(id, choices, edgesOf),
      matching: new Map(),
    }
    this.bitWords += words
    return true
  }

  /** Whether no registry has the package. */
  isMissing(name: PackageName): boolean {
    return this.known.get(name) === 'missing'
  }

  /** The versions of a compiled package in `range`. */
  matching(id: PackageId, range: Range): SetRef {
    const compiled = this.packages[id]!
    let set = compiled.matching.get(range)
    if (set === undefined) {
      set = range.semver === undefined ? compiled.any : this.sets.add(membersIn(range, compiled))
      compiled.matching.set(range, set)
    }
    return set
  }

  /** The same with absence: what a peer allows. */
  withAbsence(id: PackageId, range: Range): SetRef {
    return this.sets.add([0, ...membersIn(range, this.packages[id]!)])
  }

  /** What a fact's target, which is compiled, has to be in. */
  needsOf(fact: FactId): SetRef {
    let set = this.needs[fact]!
    if (set === NO_SET) {
      const target = this.target[fact]!
      const range = this.ranges[fact]!
      set = this.peer[fact] === 1 ? this.withAbsence(target, range) : this.matching(target, range)
      this.needs[fact] = set
    }
    return set
  }

  /** The facts that an extra of a compiled package adds to those it has anyway (UAAPS 13.5, D19). */
  extraFacts(id: PackageId, extra: string): Int32Array {
    const key = `${String(id)} ${extra}`
    let facts = this.#extraFacts.get(key)
    if (facts === undefined) {
      const { choices } = this.packages[id]!
      const edges = ({ extras }: Choice): Needed[] =>
        [...(extras?.get(extra) ?? [])].map(([name, range]) => ({ name, range, peer: false }))
      facts = this.#gather(id, choices, edges).facts
      this.#extraFacts.set(key, facts)
    }
    return facts
  }

  /** Turns what versions need into facts; versions that need the same share one. */
  #gather(
    source: PackageId,
    choices: readonly Choice[],
    edges: (choice: Choice) => readonly Needed[],
  ): Pick<CompiledPackage, 'facts' | 'versionFacts' | 'versionStart'> {
    const drafts: Draft[] = []
    const index = new Map<number, Map<Range, Draft>>()
    const perVersion: Draft[][] = []
    for (const [at, choice] of choices.entries()) {
      const own: Draft[] = []
      perVersion.push(own)
      for (const { name, range, peer } of edges(choice)) {
        const target = this.idOf(name)
        // A version that needs itself is a cycle, which is judged on the solution (D18); another one can never be had.
        if (target === source && matches(range, choice.version)) continue
        const key = target * 2 + (peer ? 1 : 0)
        const byRange = index.get(key) ?? new Map<Range, Draft>()
        index.set(key, byRange)
        let draft = byRange.get(range)
        if (draft === undefined) {
          draft = { target, range, peer, members: [], fact: 0 }
          byRange.set(range, draft)
          drafts.push(draft)
        }
        draft.members.push(at + 1)
        own.push(draft)
      }
    }
    drafts.sort((a, b) => b.members.length - a.members.length)
    for (const draft of drafts) draft.fact = this.#addFact(source, draft)
    const versionStart = new Int32Array(choices.length + 1)
    perVersion.forEach((own, at) => (versionStart[at + 1] = versionStart[at]! + own.length))
    return {
      facts: Int32Array.from(drafts, draft => draft.fact),
      versionFacts: Int32Array.from(perVersion.flat(), draft => draft.fact),
      versionStart,
    }
  }

  #addFact(source: PackageId, { target, range, peer, members }: Draft): FactId {
    const fact = this.ranges.length
    if (fact === this.source.length) {
      for (const column of ['source', 'target', 'when', 'needs', 'peer'] as const) {
        this[column] = grown(this[column], fact + 1)
      }
    }
    this.source[fact] = source
    this.target[fact] = target
    this.when[fact] = this.sets.add(members)
    this.needs[fact] = target === source ? this.nothing : NO_SET
    this.peer[fact] = peer ? 1 : 0
    if (peer) this.hasPeers = true
    this.ranges.push(range)
    return fact
  }
}

type Needed = { readonly name: PackageName; readonly range: Range; readonly peer: boolean }
type Draft = {
  readonly target: PackageId
  readonly range: Range
  readonly peer: boolean
  readonly members: number[]
  fact: FactId
}

/** What a version needs, by name. */
function edgesOf({ dependencies, peerDependencies }: Choice): Needed[] {
  const edges: Needed[] = []
  for (const [name, range] of dependencies) edges.push({ name, range, peer: false })
  for (const [name, range] of peerDependencies) edges.push({ name, range, peer: true })
  return edges.sort((a, b) => compareText(a.name, b.name))
}

/** Versions as the search tries them (D9), without those that ask for another resolver (UAAPS 13.4). */
function inOrder(choices: Iterable<Choice>): Choice[] {
  const stable: Choice[] = []
  const early: Choice[] = []
  for (const choice of choices) {
    if (choice.resolverVersion === RESOLVER_VERSION) (isPrerelease(choice.version) ? early : stable).push(choice)
  }
  return [...descending(stable), ...descending(early)]
}

/** Sorts, highest first. Documents have their versions lowest first, which costs one look at each. */
function descending(choices: Choice[]): Choice[] {
  const ascends = choices.every((choice, at) => {
    const before = choices[at - 1]
    return before === undefined || compareVersions(before.version, choice.version) < 0
  })
  return ascends ? choices.reverse() : choices.sort((a, b) => compareVersions(b.version, a.version))
}

function countStable(choices: readonly Choice[]): number {
  const first = choices.findIndex(({ version }) => isPrerelease(version))
  return first === -1 ? choices.length : first
}

/**
 * The bits of the versions in a range, ascending. Stable versions are in order, so that a comparator is two binary
 * searches; pre-releases, of which there are few and whose rules are their own, are tried one by one.
 */
function membersIn(range: Range, { choices, stable }: Pick<CompiledPackage, 'choices' | 'stable'>): number[] {
  if (range.semver === undefined) return choices.map((_, index) => index + 1)
  const members = new Set<number>()
  for (const comparators of range.semver.set) {
    let start = 0
    let end = stable
    for (const { operator, semver, value } of comparators) {
      // The comparator that lets everything through has no text.
      if (value === '') continue
      const from = search(choices, stable, semver, 1)
      const after = search(choices, stable, semver, 0)
      if (operator === '<') start = Math.max(start, after)
      else if (operator === '>') end = Math.min(end, from)
      else {
        if (operator !== '>=') start = Math.max(start, from)
        if (operator !== '<=') end = Math.min(end, after)
      }
    }
    for (let index = start; index < end; index++) members.add(index + 1)
  }
  const bits = [...members]
  if (range.semver.set.length > 1) bits.sort((a, b) => a - b)
  for (let index = stable; index < choices.length; index++) {
    if (matches(range, choices[index]!.version)) bits.push(index + 1)
  }
  return bits
}

/** The index of the first stable version that compares to `bound` as less than `limit`: 1 for "at most", 0 for "below". */
function search(choices: readonly Choice[], stable: number, bound: SemVer, limit: 0 | 1): number {
  let low = 0
  let high = stable
  while (low < high) {
    const middle = (low + high) >> 1
    if (semverOf(choices[middle]!.version).compare(bound) < limit) high = middle
    else low = middle + 1
  }
  return low
}
