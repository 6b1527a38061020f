/**
 * The search for the one right answer (D16). README.md beside this file explains it; section numbers refer to it.
 *
 * It decides packages in breadth-first order, best version first; every decision is followed by everything it forces.
 * A contradiction is analysed into a clause, and the search goes back to where that clause first matters.
 */
import { type InstanceName, type PackageName, compareText } from '../name.ts'
import type { Range } from '../range.ts'
import type { Version } from '../version.ts'
import { Analysis, LEARNED, ROOT, type Recorder, type Term } from './analysis.ts'
import type { Catalogue, CompiledPackage, FactId, PackageId } from './catalogue.ts'
import { Domains, NONE } from './domains.ts'
import { IDLE, Learned, MOVED } from './learned.ts'
import { SIZE, type SetRef, grown, highestBit, lowestBit } from './sets.ts'
import { Queue } from './queue.ts'
import { Worklist } from './worklist.ts'

/** Something the root itself asks for. A peer binds a package, but does not bring it in. */
export type RootEdge = { readonly name: PackageName; readonly range: Range; readonly kind: 'required' | 'peer' }

export type SearchInput = {
  /** In the order in which their packages are visited. */
  readonly roots: readonly RootEdge[]
  /** Versions to take where possible; the only yanked ones there are. */
  readonly locked: ReadonlyMap<InstanceName, Version>
  /** Ranges that replace every other one on a package. */
  readonly resolutions: ReadonlyMap<PackageName, Range>
  /** Packages that have this version already, with all that they need. */
  readonly fixed: ReadonlyMap<PackageName, Version>
  /** Extras selected of a package: its versions without them are out. */
  readonly extras: ReadonlyMap<PackageName, readonly string[]>
  /** Packages that only the root requires; what others ask of them does not count (D17 `peer`). */
  readonly promoted: ReadonlySet<PackageName>
  readonly peers: 'bind' | 'ignore'
  readonly prefer: 'highest' | 'lowest'
  readonly ranges: 'hold' | 'ignore'
}

export type Outcome =
  /** The packages of the solution in breadth-first order; `versionOf` tells what was chosen. */
  | { readonly kind: 'solved'; readonly order: Int32Array }
  | { readonly kind: 'unsolvable' }
  | { readonly kind: 'unknown'; readonly names: ReadonlySet<PackageName> }

const NO_INPUT: SearchInput = {
  roots: [],
  locked: new Map(),
  resolutions: new Map(),
  fixed: new Map(),
  extras: new Map(),
  promoted: new Set(),
  peers: 'bind',
  prefer: 'highest',
  ranges: 'hold',
}

/** In place of a set: what others ask of this package does not count. */
const IGNORED = -2
const UNLINKED = -1
const NO_FACTS: readonly FactId[] = []
/** In place of a set that is worked out when the document is there. */
const AWAITED = -3

export class Search {
  readonly #catalogue: Catalogue
  readonly #domains = new Domains()
  readonly #learned = new Learned()
  readonly #analysis: Analysis
  #input: SearchInput = NO_INPUT

  // By package, and only true of those that `#begun` says were met in this run.
  #run = 0
  #begun = new Int32Array(64)
  /** Packages met before their document was there. */
  #unknown: PackageId[] = []
  #isUnknown = new Int32Array(64)
  /** A set that stands for every range on the package, `IGNORED`, or `NONE`. */
  #override = new Int32Array(64)
  /** The bit of the locked version, or 0. */
  #preferred = new Int32Array(64)
  /** The level a package's facts were last looked at as a whole, or `UNLINKED` (README 4). */
  #linkLevel = new Int32Array(64)
  #linked: PackageId[] = []
  /** The facts that need a package, as a list: the first here, then `#next`, by fact. `#hung`: the run it is in a list. */
  #head = new Int32Array(64)
  #next = new Int32Array(256)
  #hung = new Int32Array(256)

  /** Packages in the order they are decided. */
  readonly #queue = new Queue()
  /** Packages whose facts are to be looked at as a whole, and packages whose domain has shrunk. */
  readonly #toLink = new Worklist()
  readonly #pending = new Worklist()

  constructor(catalogue: Catalogue) {
    this.#catalogue = catalogue
    this.#analysis = new Analysis(
      { catalogue, domains: this.#domains, learned: this.#learned },
      { needs: fact => this.#needs(fact), root: index => this.#rootTerm(index) },
    )
  }

  /** Searches from the start. */
  solve(input: SearchInput, recorder?: Recorder): Outcome {
    this.#input = input
    this.#run++
    this.#domains.clear()
    this.#learned.clear()
    this.#analysis.begin(recorder)
    this.#unknown = []
    this.#linked.length = 0
    this.#toLink.clear()
    this.#pending.clear()
    this.#queue.clear()
    for (const { name, kind } of input.roots) {
      const id = this.#catalogue.idOf(name)
      this.#begin(id)
      if (kind === 'required' && !this.#isFixed(id)) this.#queue.push(id)
    }
    for (let root = 0; root < input.roots.length; root++) {
      if (!this.#bindRoot(root)) return this.#fail(ROOT + root)
    }
    return this.#go()
  }

  /** Goes on after documents have become known; what was found out stays. */
  resume(): Outcome {
    const arrived = this.#unknown.filter(id => this.#catalogue.load(id))
    this.#unknown = this.#unknown.filter(id => !arrived.includes(id))
    let level = this.#domains.level
    for (const id of arrived) {
      this.#open(id)
      for (let fact = this.#head[id]!; fact !== NONE; fact = this.#next[fact]!) {
        level = Math.min(level, this.#linkLevel[this.#catalogue.source[fact]!]!)
      }
      if (this.#input.roots.some(root => root.name === this.#catalogue.names[id])) level = 0
    }
    if (level < this.#domains.level) this.#backTo(level)
    for (const id of arrived) {
      this.#queue.rewindTo(id)
      for (let fact = this.#head[id]!; fact !== NONE; fact = this.#next[fact]!) {
        this.#toLink.push(this.#catalogue.source[fact]!)
      }
      for (let root = 0; root < this.#input.roots.length; root++) {
        if (this.#input.roots[root]!.name !== this.#catalogue.names[id]) continue
        if (!this.#bindRoot(root)) return this.#fail(ROOT + root)
      }
    }
    return this.#go()
  }

  /** The index of the version that was chosen of a package in the solution. */
  versionOf(id: PackageId): number {
    return this.#best(id) - 1
  }

  #go(): Outcome {
    for (;;) {
      let conflict = this.#propagate()
      while (conflict !== NONE) {
        if (!this.#learn(conflict)) return { kind: 'unsolvable' }
        conflict = this.#propagate()
      }
      if (!this.#advance()) break
    }
    const order = this.#queue.items.subarray(0, this.#queue.length)
    const names = new Set<PackageName>()
    for (const id of order) if (this.#isUnknown[id] === 1) names.add(this.#catalogue.names[id]!)
    return names.size > 0 ? { kind: 'unknown', names } : { kind: 'solved', order }
  }

  #fail(conflict: number): Outcome {
    this.#analysis.analyse(conflict)
    return { kind: 'unsolvable' }
  }

  /** Walks the queue until a package has more than one version left, and decides that; `false` at the end. */
  #advance(): boolean {
    const queue = this.#queue
    for (let id = queue.current(); id !== NONE; id = queue.current()) {
      if (this.#isUnknown[id] === 0) {
        const bit = this.#best(id)
        if (this.#domains.size[id] !== 1) {
          queue.mark(this.#domains.level + 1)
          this.#domains.decide(id, bit)
          this.#changed(id)
          return true
        }
        this.#bringIn(id, bit - 1)
      }
      queue.cursor++
    }
    return false
  }

  /** The best version that is left: the locked one, else by preference (D9). */
  #best(id: PackageId): number {
    const { words, stable, choices } = this.#catalogue.packages[id]!
    const preferred = this.#preferred[id]!
    if (preferred !== 0 && this.#domains.has(id, preferred)) return preferred
    const start = this.#domains.offset[id]!
    const { bits } = this.#domains
    if (this.#input.prefer === 'lowest') {
      return this.#highestIn(id, 1, stable) || this.#highestIn(id, stable + 1, choices.length)
    }
    for (let i = 0; i < words; i++) {
      const word = i === 0 ? bits[start]! & ~1 : bits[start + i]!
      if (word !== 0) return i * 32 + lowestBit(word)
    }
    return 0
  }

  /** The highest bit from `first` to `last` that is left, or 0. */
  #highestIn(id: PackageId, first: number, last: number): number {
    const start = this.#domains.offset[id]!
    for (let i = last >> 5; i >= first >> 5; i--) {
      let word = this.#domains.bits[start + i]!
      if (i === last >> 5 && (last & 31) !== 31) word &= (2 << (last & 31)) - 1
      if (i === first >> 5) word &= -1 << (first & 31)
      if (word !== 0) return i * 32 + highestBit(word)
    }
    return 0
  }

  /** Puts what a chosen version requires at the end of the queue, by name: breadth first. */
  #bringIn(id: PackageId, version: number): void {
    const { versionFacts, versionStart } = this.#catalogue.packages[id]!
    const start = versionStart[version]!
    const end = versionStart[version + 1]!
    const extra = this.#extraFacts(id)
    if (extra.length === 0) {
      for (let at = start; at < end; at++) this.#bringInFor(versionFacts[at]!)
      return
    }
    const { sets, when, target, names } = this.#catalogue
    const nameOf = (fact: FactId): PackageName => names[target[fact]!]!
    const own = [...versionFacts.subarray(start, end), ...extra.filter(fact => sets.has(when[fact]!, version + 1))]
    for (const fact of own.sort((a, b) => compareText(nameOf(a), nameOf(b)))) this.#bringInFor(fact)
  }

  #bringInFor(fact: FactId): void {
    const target = this.#catalogue.target[fact]!
    if (this.#catalogue.peer[fact] === 1 || this.#override[target] === IGNORED) return
    if (!this.#isFixed(target)) this.#queue.push(target)
  }

  #isFixed(id: PackageId): boolean {
    return this.#input.fixed.size > 0 && this.#input.fixed.has(this.#catalogue.names[id]!)
  }

  /** Follows what has changed until nothing more does; the cause of a contradiction, or `NONE` (README 4). */
  #propagate(): number {
    for (;;) {
      const link = this.#toLink.take()
      if (link !== NONE) {
        const conflict = this.#link(link)
        if (conflict !== NONE) return conflict
        continue
      }
      const changed = this.#pending.take()
      if (changed === NONE) return NONE
      const conflict = this.#follow(changed)
      if (conflict !== NONE) return conflict
    }
  }

  /** Looks at every fact about the versions of a package. */
  #link(id: PackageId): number {
    if (this.#linkLevel[id] === UNLINKED) {
      this.#linkLevel[id] = this.#domains.level
      this.#linked.push(id)
    }
    for (const fact of this.#catalogue.packages[id]!.facts) if (!this.#check(fact)) return fact
    for (const fact of this.#extraFacts(id)) if (!this.#check(fact)) return fact
    return NONE
  }

  /** The facts that the selected extras of a package add. */
  #extraFacts(id: PackageId): readonly FactId[] {
    const { extras } = this.#input
    const selected = extras.size === 0 ? undefined : extras.get(this.#catalogue.names[id]!)
    return selected === undefined ? NO_FACTS : selected.flatMap(extra => [...this.#catalogue.extraFacts(id, extra)])
  }

  /** Lets a fact be found from its target. */
  #hang(fact: FactId): void {
    const { target: targets, ranges } = this.#catalogue
    const target = targets[fact]!
    if (fact >= this.#hung.length) {
      this.#hung = grown(this.#hung, ranges.length)
      this.#next = grown(this.#next, ranges.length)
    }
    if (this.#hung[fact] === this.#run) return
    this.#hung[fact] = this.#run
    this.#begin(target)
    if (!this.#binds(fact)) return
    this.#next[fact] = this.#head[target]!
    this.#head[target] = fact
  }

  /** Whether a fact counts in this run. */
  #binds(fact: FactId): boolean {
    const override = this.#override[this.#catalogue.target[fact]!]!
    if (this.#catalogue.peer[fact] === 0) return override !== IGNORED
    // A peer on a package whose ranges are replaced is only checked afterwards.
    return override === NONE && this.#input.peers === 'bind'
  }

  /**
   * Applies a fact in both directions; `false` when it is contradicted. One about versions that are out already is left
   * alone: should the search go back to where one of them is not, the package is looked at again (README 4).
   */
  #check(fact: FactId): boolean {
    const catalogue = this.#catalogue
    const domains = this.#domains
    const source = catalogue.source[fact]!
    const when = catalogue.when[fact]!
    if (!domains.meets(source, catalogue.sets.words, when)) return true
    this.#hang(fact)
    const target = catalogue.target[fact]!
    if (!this.#binds(fact) || this.#isUnknown[target] === 1) return true
    const needs = this.#needs(fact)
    if (!domains.meets(target, catalogue.sets.words, needs)) return this.#drop(source, when, fact)
    if (domains.mayBeAbsent(source) || !domains.within(source, catalogue.sets.words, when)) return true
    return this.#keep(target, needs, fact)
  }

  /** Looks at everything that the shrunk domain of a package may have made certain. */
  #follow(id: PackageId): number {
    const catalogue = this.#catalogue
    const domains = this.#domains
    const { words: pool } = catalogue.sets
    const override = this.#override[id]!
    for (let fact = this.#head[id]!; fact !== NONE; fact = this.#next[fact]!) {
      const needs = override === NONE ? catalogue.needs[fact]! : override
      if (domains.meets(id, pool, needs)) continue
      if (!this.#drop(catalogue.source[fact]!, catalogue.when[fact]!, fact)) return fact
    }
    if (!domains.mayBeAbsent(id) && this.#linkLevel[id] !== UNLINKED && !this.#isFixed(id)) {
      const conflict = this.#require(id, catalogue.packages[id]!)
      if (conflict !== NONE) return conflict
    }
    return this.#visitLearned(id)
  }

  /** Forces what every version that is left of a needed package requires. */
  #require(id: PackageId, { facts, versionFacts, versionStart }: CompiledPackage): number {
    const catalogue = this.#catalogue
    const domains = this.#domains
    const { words: pool } = catalogue.sets
    const size = domains.size[id]!
    if (size === 1) {
      const version = this.#best(id) - 1
      for (let at = versionStart[version]!; at < versionStart[version + 1]!; at++) {
        const fact = versionFacts[at]!
        if (!this.#requireFact(fact)) return fact
      }
    } else {
      for (const fact of facts) {
        // They are sorted: those that follow hold of too few versions to hold of all that are left.
        if (pool[catalogue.when[fact]! + SIZE]! < size) break
        if (domains.within(id, pool, catalogue.when[fact]!) && !this.#requireFact(fact)) return fact
      }
    }
    for (const fact of this.#extraFacts(id)) {
      if (domains.within(id, pool, catalogue.when[fact]!) && !this.#requireFact(fact)) return fact
    }
    return NONE
  }

  #requireFact(fact: number): boolean {
    const target = this.#catalogue.target[fact]!
    if (!this.#binds(fact) || this.#isUnknown[target] === 1) return true
    return this.#keep(target, this.#needs(fact), fact)
  }

  #visitLearned(id: PackageId): number {
    const watching = this.#learned.watching[id]!
    let kept = 0
    for (let at = 0; at < watching.length; at++) {
      const clause = watching[at]!
      const place = this.#learned.visit(clause, id, this.#domains)
      if (place === MOVED) continue
      watching[kept++] = clause
      if (place === IDLE) continue
      if (!this.#dropLearned(place, clause)) {
        for (at++; at < watching.length; at++) watching[kept++] = watching[at]!
        watching.length = kept
        return LEARNED + clause
      }
    }
    watching.length = kept
    return NONE
  }

  /** Learns from a contradiction and goes back; `false` when it leaves no way at all (README 5). */
  #learn(conflict: number): boolean {
    const level = this.#analysis.analyse(conflict)
    if (level === NONE) return false
    this.#backTo(level)
    const clause = this.#analysis.learn()
    // The first term of a clause is the one that the others now rule out.
    this.#dropLearned(this.#learned.start[clause]!, clause)
    return true
  }

  /** Takes back every level after `level`, and looks again at facts that were first looked at on one of them. */
  #backTo(level: number): void {
    this.#queue.backTo(level + 1)
    this.#domains.undoTo(level)
    this.#toLink.clear()
    this.#pending.clear()
    for (let at = this.#linked.length - 1; at >= 0; at--) {
      const id = this.#linked[at]!
      if (this.#linkLevel[id]! <= level) break
      this.#linkLevel[id] = level
      this.#toLink.push(id)
    }
  }

  #keep(id: PackageId, set: SetRef, cause: number): boolean {
    const before = this.#domains.length
    if (!this.#domains.keep(id, this.#catalogue.sets.words, set, cause)) return false
    if (this.#domains.length !== before) this.#changed(id)
    return true
  }

  #drop(id: PackageId, set: SetRef, cause: number): boolean {
    const before = this.#domains.length
    if (!this.#domains.drop(id, this.#catalogue.sets.words, set, cause)) return false
    if (this.#domains.length !== before) this.#changed(id)
    return true
  }

  #dropLearned(place: number, clause: number): boolean {
    const id = this.#learned.package[place]!
    const before = this.#domains.length
    const { sets, set } = this.#learned
    if (!this.#domains.drop(id, sets.words, set[place]!, LEARNED + clause)) return false
    if (this.#domains.length !== before) this.#changed(id)
    return true
  }

  #changed(id: PackageId): void {
    this.#pending.push(id)
    if (this.#linkLevel[id] === UNLINKED && !this.#domains.mayBeAbsent(id)) this.#toLink.push(id)
  }

  /** What a fact's target has to be in, if that is a matter of versions at all. */
  #needs(fact: FactId): SetRef {
    const override = this.#override[this.#catalogue.target[fact]!]!
    return override === NONE ? this.#catalogue.needsOf(fact) : override
  }

  #rootTerm(index: number): Term {
    const { name, range, kind } = this.#input.roots[index]!
    const id = this.#catalogue.idOf(name)
    const override = this.#override[id]!
    if (kind === 'peer') return { package: id, set: this.#catalogue.withAbsence(id, range) }
    return { package: id, set: override >= 0 ? override : this.#catalogue.matching(id, range) }
  }

  #bindRoot(index: number): boolean {
    const { name, kind } = this.#input.roots[index]!
    const id = this.#catalogue.idOf(name)
    if (this.#isUnknown[id] === 1) return true
    if (kind === 'peer' && (this.#override[id] !== NONE || this.#input.peers === 'ignore')) return true
    return this.#keep(id, this.#rootTerm(index).set, ROOT + index)
  }

  /** Meets a package for the first time in this run. */
  #begin(id: PackageId): void {
    if (id >= this.#begun.length) this.#reserve(this.#catalogue.names.length)
    if (this.#begun[id] === this.#run) return
    const name = this.#catalogue.names[id]!
    const { resolutions, promoted, ranges } = this.#input
    this.#begun[id] = this.#run
    this.#linkLevel[id] = UNLINKED
    this.#head[id] = NONE
    this.#queue.forget(id)
    this.#preferred[id] = 0
    this.#override[id] =
      promoted.size > 0 && promoted.has(name)
        ? IGNORED
        : ranges === 'ignore' || (resolutions.size > 0 && resolutions.has(name))
          ? AWAITED
          : NONE
    this.#learned.forget(id)
    if (this.#catalogue.load(id)) this.#open(id)
    else {
      this.#isUnknown[id] = 1
      this.#unknown.push(id)
    }
  }

  /** Gives a package whose document is there its first domain. */
  #open(id: PackageId): void {
    const { names, packages, bitWords, sets } = this.#catalogue
    const domains = this.#domains
    const name = names[id]!
    const compiled = packages[id]!
    const { locked, resolutions, extras, fixed } = this.#input
    domains.reserve(names.length, bitWords)
    this.#isUnknown[id] = 0
    if (this.#override[id] === AWAITED) {
      const resolution = resolutions.get(name)
      this.#override[id] = resolution === undefined ? compiled.any : this.#catalogue.matching(id, resolution)
    }
    const fixedVersion = fixed.size === 0 ? undefined : fixed.get(name)
    if (fixedVersion !== undefined) {
      domains.begin(id, compiled, { pool: sets.words, set: this.#catalogue.nothing })
      domains.admit(id, bitOf(compiled, fixedVersion))
      // What it needs is there already: nobody has to look.
      this.#linkLevel[id] = 0
      return
    }
    domains.begin(id, compiled, { pool: sets.words, set: compiled.open })
    const lockedVersion = locked.size === 0 ? undefined : locked.get(name)
    if (lockedVersion !== undefined) {
      const bit = bitOf(compiled, lockedVersion)
      this.#preferred[id] = bit
      if (bit !== 0) domains.admit(id, bit)
    }
    const selected = extras.size === 0 ? undefined : extras.get(name)
    if (selected !== undefined) domains.confine(id, sets.words, sets.add(havingExtras(compiled, selected)))
  }

  #reserve(count: number): void {
    this.#begun = grown(this.#begun, count)
    this.#isUnknown = grown(this.#isUnknown, count)
    this.#override = grown(this.#override, count)
    this.#preferred = grown(this.#preferred, count)
    this.#linkLevel = grown(this.#linkLevel, count)
    this.#head = grown(this.#head, count)
  }
}

/** The bit of a version; 0 when the document does not have it. */
function bitOf({ choices }: CompiledPackage, version: Version): number {
  return choices.findIndex(choice => choice.version === version) + 1
}

/** Absence, and the versions that have every one of these extras. */
function havingExtras({ choices }: CompiledPackage, selected: readonly string[]): number[] {
  return [
    0,
    ...choices.flatMap(({ extras }, index) => (selected.every(extra => extras?.has(extra)) ? [index + 1] : [])),
  ]
}
