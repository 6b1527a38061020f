/**
 * What a contradiction teaches (README 5). A contradiction is a set of terms "package p is in A" that all hold and cannot
 * all hold. The one that came to hold last is replaced by why it came to hold, again and again, until only one term is
 * left on the latest level: then going back to the level of the others makes it certain that this one is false.
 */
import type { Catalogue, FactId, PackageId } from './catalogue.ts'
import { type Domains, NONE } from './domains.ts'
import type { ClauseId, Learned } from './learned.ts'
import { BITS, COUNT, FIRST, type SetRef, grown } from './sets.ts'

/** Causes: below `ROOT` the fact of that number, then what the root asks for, then what was learned. */
export const ROOT = 1 << 28
export const LEARNED = 1 << 29

/** Hears how everything that is learned follows, so that it can be told. Without one, the search forgets it. */
export type Recorder = {
  /**
   * @param causes in the order in which they were put together, the contradiction first
   * @param terms what cannot all hold then, their sets in `pool`; none: there is no solution
   */
  readonly learned: (causes: readonly number[], terms: readonly Term[], pool: Int32Array) => void
}

/** `set` is in the pool of what was learned. */
export type Term = { readonly package: PackageId; readonly set: SetRef }

/** What the search's premises say: the facts, with what a project puts in the place of ranges, and what it asks for. */
export type Premises = {
  /** What a fact's target has to be in. */
  readonly needs: (fact: FactId) => SetRef
  /** The package that a requirement of the root is about, and what it has to be in. */
  readonly root: (index: number) => Term
}

export class Analysis {
  readonly #catalogue: Catalogue
  readonly #domains: Domains
  readonly #learned: Learned
  readonly #premises: Premises
  #recorder: Recorder | undefined
  #causes: number[] = []

  /** The packages that terms are about. */
  #terms: PackageId[] = []
  /** By package: whether there is a term about it, and the entry since which that holds. */
  #has = new Int32Array(64)
  #since = new Int32Array(64)
  /** The sets of the terms, where the packages have their domains. */
  #bits = new Int32Array(256)
  #kept = new Int32Array(16)

  constructor(
    {
      catalogue,
      domains,
      learned,
    }: { readonly catalogue: Catalogue; readonly domains: Domains; readonly learned: Learned },
    premises: Premises,
  ) {
    this.#catalogue = catalogue
    this.#domains = domains
    this.#learned = learned
    this.#premises = premises
  }

  begin(recorder: Recorder | undefined): void {
    this.#recorder = recorder
  }

  /** @returns the level to go back to; `NONE` when the contradiction rests on no decision */
  analyse(conflict: number): number {
    const { levelOf } = this.#domains
    this.#has = grown(this.#has, this.#domains.last.length)
    this.#since = grown(this.#since, this.#domains.last.length)
    this.#bits = grown(this.#bits, this.#domains.bits.length)
    for (const id of this.#terms) this.#has[id] = 0
    this.#terms = []
    this.#causes = [conflict]
    this.#addTerms(conflict, NONE)
    for (;;) {
      let latest = NONE
      let second = NONE
      let top = NONE
      for (const id of this.#terms) {
        const since = this.#since[id]!
        if (since > latest) {
          second = latest
          latest = since
          top = id
        } else if (since > second) second = since
      }
      const level = latest === NONE ? 0 : levelOf[latest]!
      const before = second === NONE ? 0 : levelOf[second]!
      if (level > 0 && before < level) return before
      if (level === 0 && (this.#recorder === undefined || latest === NONE)) {
        this.#recorder?.learned(this.#causes, [], this.#learned.sets.words)
        return NONE
      }
      this.#replace(top, latest)
    }
  }

  /** Makes a clause of what is left after `analyse`. Its first term is the one that the others rule out. */
  learn(): ClauseId {
    const { levelOf, offset, words } = this.#domains
    const lasting = this.#recorder === undefined ? 1 : 0
    const terms = this.#terms
      .filter(id => this.#since[id] !== NONE && levelOf[this.#since[id]!]! >= lasting)
      .sort((a, b) => this.#since[b]! - this.#since[a]!)
      .map(id => ({ package: id, set: this.#learned.sets.addWords(this.#bits, offset[id]!, words[id]!) }))
    this.#recorder?.learned(this.#causes, terms, this.#learned.sets.words)
    return this.#learned.add(terms)
  }

  /** Replaces the term about `top` by why it holds since `entry`. */
  #replace(top: PackageId, entry: number): void {
    const domains = this.#domains
    const cause = domains.cause[entry]!
    if (this.#recorder !== undefined) this.#causes.push(cause)
    const start = domains.offset[top]!
    const words = domains.words[top]!
    this.#kept = grown(this.#kept, words)
    for (let i = 0; i < words; i++) this.#kept[i] = this.#bits[start + i]!
    this.#has[top] = 0
    this.#addTerms(cause, top)
    // Together: not in the old set, by what this contradiction says; not in the other one, by what the cause says.
    for (let i = 0; i < words; i++) this.#bits[start + i]! |= this.#kept[i]!
    this.#has[top] = 1
    this.#since[top] = domains.firstWithin(this.#bits, domains.previous[entry]!, start)
  }

  /** Adds the terms of a cause. What is said about `only` is put down without looking since when it holds. */
  #addTerms(cause: number, only: PackageId): void {
    if (cause >= LEARNED) {
      const { start, package: packages, set, sets } = this.#learned
      const end = start[cause - LEARNED + 1]!
      for (let place = start[cause - LEARNED]!; place < end; place++) {
        this.#addTerm({ package: packages[place]!, set: set[place]! }, sets.words, only)
      }
    } else if (cause >= ROOT) {
      this.#addOutside(this.#premises.root(cause - ROOT), only)
    } else {
      const { source, target, when, sets } = this.#catalogue
      this.#addTerm({ package: source[cause]!, set: when[cause]! }, sets.words, only)
      if (source[cause] === target[cause]) return
      this.#addOutside({ package: target[cause]!, set: this.#premises.needs(cause) }, only)
    }
  }

  /** "The package is in the set." */
  #addTerm({ package: id, set }: Term, pool: Int32Array, only: PackageId): void {
    const start = this.#domains.offset[id]!
    const words = this.#domains.words[id]!
    const first = pool[set + FIRST]!
    const count = pool[set + COUNT]!
    const fresh = this.#introduce(id, only)
    for (let i = 0; i < words; i++) {
      const word = i >= first && i < first + count ? pool[set + BITS + i - first]! : 0
      this.#bits[start + i] = fresh ? word : this.#bits[start + i]! & word
    }
    if (id !== only) this.#since[id] = this.#domains.firstWithin(this.#bits, this.#domains.last[id]!, start)
  }

  /** "The package is not in the set." */
  #addOutside({ package: id, set }: Term, only: PackageId): void {
    const pool = this.#catalogue.sets.words
    const start = this.#domains.offset[id]!
    const words = this.#domains.words[id]!
    const first = pool[set + FIRST]!
    const count = pool[set + COUNT]!
    const fresh = this.#introduce(id, only)
    for (let i = 0; i < words; i++) {
      const word = i >= first && i < first + count ? ~pool[set + BITS + i - first]! : -1
      this.#bits[start + i] = fresh ? word : this.#bits[start + i]! & word
    }
    if (id !== only) this.#since[id] = this.#domains.firstWithin(this.#bits, this.#domains.last[id]!, start)
  }

  /** Whether there is no term about the package yet. */
  #introduce(id: PackageId, only: PackageId): boolean {
    if (this.#has[id] === 1) return false
    this.#has[id] = 1
    if (id !== only) this.#terms.push(id)
    return true
  }
}
