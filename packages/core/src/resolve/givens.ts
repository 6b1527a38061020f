/**
 * What a question gives the search: what the project asks for, and what it makes of each package: its first domain, the
 * version to take first, a set in the place of every range on it, more facts through extras.
 */
import type { InstanceName, PackageName } from '../name.ts'
import type { Range } from '../range.ts'
import type { Version } from '../version.ts'
import type { Premises, Term } from './analysis.ts'
import type { Catalogue, CompiledPackage, FactId, PackageId } from './catalogue.ts'
import { type Domains, NONE } from './domains.ts'
import { type SetRef, grown, highestBit, lowestBit } from './sets.ts'

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
/** In place of a set that is worked out when the document is there. */
const AWAITED = -3
const NO_FACTS: readonly FactId[] = []

/** Says nothing about a package before `meet` was told of it. */
export class Givens implements Premises {
  readonly #catalogue: Catalogue
  readonly #domains: Domains
  input: SearchInput = NO_INPUT

  /** Packages met before their document was there. */
  #unknown: PackageId[] = []
  #isUnknown = new Int32Array(64)
  /** A set that stands for every range on the package, `IGNORED`, `AWAITED`, or `NONE`. */
  #override = new Int32Array(64)
  /** The bit of the locked version, or 0. */
  #preferred = new Int32Array(64)

  constructor(catalogue: Catalogue, domains: Domains) {
    this.#catalogue = catalogue
    this.#domains = domains
  }

  start(input: SearchInput): void {
    this.input = input
    this.#unknown = []
  }

  /** Takes note of a package, and gives it its first domain if its document is there. */
  meet(id: PackageId): void {
    if (id >= this.#override.length) this.#reserve(this.#catalogue.names.length)
    const name = this.#catalogue.names[id]!
    const { resolutions, promoted, ranges } = this.input
    this.#preferred[id] = 0
    this.#override[id] =
      promoted.size > 0 && promoted.has(name)
        ? IGNORED
        : ranges === 'ignore' || (resolutions.size > 0 && resolutions.has(name))
          ? AWAITED
          : NONE
    if (this.#catalogue.load(id)) this.#open(id)
    else {
      this.#isUnknown[id] = 1
      this.#unknown.push(id)
    }
  }

  /** The packages whose documents have become known since; they have their domains now. */
  takeArrived(): PackageId[] {
    const arrived = this.#unknown.filter(id => this.#catalogue.load(id))
    for (const id of arrived) this.#open(id)
    this.#unknown = this.#unknown.filter(id => this.#isUnknown[id] === 1)
    return arrived
  }

  isUnknown(id: PackageId): boolean {
    return this.#isUnknown[id] === 1
  }

  /** Whether a package is there already, with all that it needs. */
  isFixed(id: PackageId): boolean {
    return this.input.fixed.size > 0 && this.input.fixed.has(this.#catalogue.names[id]!)
  }

  /** Whether a fact counts in this run. */
  binds(fact: FactId): boolean {
    const override = this.#override[this.#catalogue.target[fact]!]!
    if (this.#catalogue.peer[fact] === 0) return override !== IGNORED
    // A peer on a package whose ranges are replaced is only checked afterwards.
    return override === NONE && this.input.peers === 'bind'
  }

  /** Whether a fact about a version brings in its target. */
  bringsIn(fact: FactId): boolean {
    const target = this.#catalogue.target[fact]!
    return this.#catalogue.peer[fact] === 0 && this.#override[target] !== IGNORED && !this.isFixed(target)
  }

  /** What a fact's target has to be in, if that is a matter of versions at all. */
  needs(fact: FactId): SetRef {
    const override = this.#override[this.#catalogue.target[fact]!]!
    return override === NONE ? this.#catalogue.needsOf(fact) : override
  }

  /** The package that a requirement of the root is about, and what it has to be in. */
  root(index: number): Term {
    const { name, range, kind } = this.input.roots[index]!
    const id = this.#catalogue.idOf(name)
    const override = this.#override[id]!
    if (kind === 'peer') return { package: id, set: this.#catalogue.withAbsence(id, range) }
    return { package: id, set: override >= 0 ? override : this.#catalogue.matching(id, range) }
  }

  /** Whether a requirement of the root counts by now. */
  rootBinds(index: number): boolean {
    const { name, kind } = this.input.roots[index]!
    const id = this.#catalogue.idOf(name)
    if (this.isUnknown(id)) return false
    return kind === 'required' || (this.#override[id] === NONE && this.input.peers === 'bind')
  }

  /** The facts that the selected extras of a package add. */
  extraFacts(id: PackageId): readonly FactId[] {
    const { extras } = this.input
    const selected = extras.size === 0 ? undefined : extras.get(this.#catalogue.names[id]!)
    return selected === undefined ? NO_FACTS : selected.flatMap(extra => [...this.#catalogue.extraFacts(id, extra)])
  }

  /** The best version that is left: the locked one, else by preference (D9). */
  best(id: PackageId): number {
    const { words, stable, choices } = this.#catalogue.packages[id]!
    const preferred = this.#preferred[id]!
    if (preferred !== 0 && this.#domains.has(id, preferred)) return preferred
    const start = this.#domains.offset[id]!
    const { bits } = this.#domains
    if (this.input.prefer === 'lowest') {
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

  /** Gives a package whose document is there its first domain. */
  #open(id: PackageId): void {
    const { names, packages, bitWords, sets } = this.#catalogue
    const domains = this.#domains
    const name = names[id]!
    const compiled = packages[id]!
    const { locked, resolutions, extras, fixed } = this.input
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
    this.#isUnknown = grown(this.#isUnknown, count)
    this.#override = grown(this.#override, count)
    this.#preferred = grown(this.#preferred, count)
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
