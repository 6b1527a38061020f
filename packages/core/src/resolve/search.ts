/**
 * The search for the one right answer (D16). README.md beside this file explains it; section numbers refer to it.
 *
 * It decides packages in breadth-first order, best version first; every decision is followed by everything it forces.
 * A contradiction is analysed into a clause, and the search goes back to where that clause first matters.
 */
import { type PackageName, compareText } from '../name.ts'
import { Analysis, LEARNED, ROOT, type Recorder } from './analysis.ts'
import type { Catalogue, CompiledPackage, FactId, PackageId } from './catalogue.ts'
import { Domains, NONE } from './domains.ts'
import { Givens, type SearchInput } from './givens.ts'
import { IDLE, Learned, MOVED } from './learned.ts'
import { Queue } from './queue.ts'
import { SIZE, type SetRef, grown } from './sets.ts'
import { Worklist } from './worklist.ts'

export type Outcome =
  /** The packages of the solution in breadth-first order; `versionOf` tells what was chosen. */
  | { readonly kind: 'solved'; readonly order: Int32Array }
  | { readonly kind: 'unsolvable' }
  | { readonly kind: 'unknown'; readonly names: ReadonlySet<PackageName> }

const UNLINKED = -1

export class Search {
  readonly #catalogue: Catalogue
  readonly #domains = new Domains()
  readonly #learned = new Learned()
  readonly #givens: Givens
  readonly #analysis: Analysis

  // By package, and only true of those that `#begun` says were met in this run.
  #run = 0
  #begun = new Int32Array(64)
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
    this.#givens = new Givens(catalogue, this.#domains)
    this.#analysis = new Analysis({ catalogue, domains: this.#domains, learned: this.#learned }, this.#givens)
  }

  /** Searches from the start. */
  solve(input: SearchInput, recorder?: Recorder): Outcome {
    this.#givens.start(input)
    this.#run++
    this.#domains.clear()
    this.#learned.clear()
    this.#analysis.begin(recorder)
    this.#linked.length = 0
    this.#toLink.clear()
    this.#pending.clear()
    this.#queue.clear()
    for (const { name, kind } of input.roots) {
      const id = this.#catalogue.idOf(name)
      this.#begin(id)
      if (kind === 'required' && !this.#givens.isFixed(id)) this.#queue.push(id)
    }
    for (let root = 0; root < input.roots.length; root++) {
      if (!this.#bindRoot(root)) return this.#fail(ROOT + root)
    }
    return this.#go()
  }

  /** Goes on after documents have become known; what was found out stays. */
  resume(): Outcome {
    const arrived = this.#givens.takeArrived()
    const { roots } = this.#givens.input
    let level = this.#domains.level
    for (const id of arrived) {
      for (let fact = this.#head[id]!; fact !== NONE; fact = this.#next[fact]!) {
        level = Math.min(level, this.#linkLevel[this.#catalogue.source[fact]!]!)
      }
      if (roots.some(root => root.name === this.#catalogue.names[id])) level = 0
    }
    if (level < this.#domains.level) this.#backTo(level)
    for (const id of arrived) {
      this.#queue.rewindTo(id)
      for (let fact = this.#head[id]!; fact !== NONE; fact = this.#next[fact]!) {
        this.#toLink.push(this.#catalogue.source[fact]!)
      }
      for (let root = 0; root < roots.length; root++) {
        if (roots[root]!.name !== this.#catalogue.names[id]) continue
        if (!this.#bindRoot(root)) return this.#fail(ROOT + root)
      }
    }
    return this.#go()
  }

  /** The index of the version that was chosen of a package in the solution. */
  versionOf(id: PackageId): number {
    return this.#givens.best(id) - 1
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
    for (const id of order) if (this.#givens.isUnknown(id)) names.add(this.#catalogue.names[id]!)
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
      if (!this.#givens.isUnknown(id)) {
        const bit = this.#givens.best(id)
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

  /** Puts what a chosen version requires at the end of the queue, by name: breadth first. */
  #bringIn(id: PackageId, version: number): void {
    const { versionFacts, versionStart } = this.#catalogue.packages[id]!
    const start = versionStart[version]!
    const end = versionStart[version + 1]!
    const extra = this.#givens.extraFacts(id)
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
    if (this.#givens.bringsIn(fact)) this.#queue.push(this.#catalogue.target[fact]!)
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
    for (const fact of this.#givens.extraFacts(id)) if (!this.#check(fact)) return fact
    return NONE
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
    if (!this.#givens.binds(fact)) return
    this.#next[fact] = this.#head[target]!
    this.#head[target] = fact
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
    if (!this.#givens.binds(fact) || this.#givens.isUnknown(target)) return true
    const needs = this.#givens.needs(fact)
    if (!domains.meets(target, catalogue.sets.words, needs)) return this.#drop(source, when, fact)
    if (domains.mayBeAbsent(source) || !domains.within(source, catalogue.sets.words, when)) return true
    return this.#keep(target, needs, fact)
  }

  /** Looks at everything that the shrunk domain of a package may have made certain. */
  #follow(id: PackageId): number {
    const catalogue = this.#catalogue
    const domains = this.#domains
    const { words: pool } = catalogue.sets
    for (let fact = this.#head[id]!; fact !== NONE; fact = this.#next[fact]!) {
      if (domains.meets(id, pool, this.#givens.needs(fact))) continue
      if (!this.#drop(catalogue.source[fact]!, catalogue.when[fact]!, fact)) return fact
    }
    if (!domains.mayBeAbsent(id) && this.#linkLevel[id] !== UNLINKED && !this.#givens.isFixed(id)) {
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
      const version = this.#givens.best(id) - 1
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
    for (const fact of this.#givens.extraFacts(id)) {
      if (domains.within(id, pool, catalogue.when[fact]!) && !this.#requireFact(fact)) return fact
    }
    return NONE
  }

  #requireFact(fact: number): boolean {
    const target = this.#catalogue.target[fact]!
    if (!this.#givens.binds(fact) || this.#givens.isUnknown(target)) return true
    return this.#keep(target, this.#givens.needs(fact), fact)
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

  #bindRoot(index: number): boolean {
    if (!this.#givens.rootBinds(index)) return true
    const { package: id, set } = this.#givens.root(index)
    return this.#keep(id, set, ROOT + index)
  }

  /** Meets a package for the first time in this run. */
  #begin(id: PackageId): void {
    if (id >= this.#begun.length) this.#reserve(this.#catalogue.names.length)
    if (this.#begun[id] === this.#run) return
    this.#begun[id] = this.#run
    // Of one that is fixed, what it needs is there already: nobody has to look.
    this.#linkLevel[id] = this.#givens.isFixed(id) ? 0 : UNLINKED
    this.#head[id] = NONE
    this.#queue.forget(id)
    this.#learned.forget(id)
    this.#givens.meet(id)
  }

  #reserve(count: number): void {
    this.#begun = grown(this.#begun, count)
    this.#linkLevel = grown(this.#linkLevel, count)
    this.#head = grown(this.#head, count)
  }
}
