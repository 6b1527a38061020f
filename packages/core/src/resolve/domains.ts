/**
 * What is still possible for each package, and how it came to be so (README 3). A domain is a set of bits that only ever
 * shrinks, one trail entry at a time, until `undoTo` takes the latest entries back.
 */
import type { PackageId } from './catalogue.ts'
import { BITS, COUNT, FIRST, SIZE, type SetRef, countBits, grown } from './sets.ts'

/** The cause of an entry that nothing forced. */
export const DECISION = -1
/** No entry. */
export const NONE = -1

export class Domains {
  /** The domains of all packages, one after the other: `bits` from `offset[p]`, `words[p]` long. */
  bits = new Int32Array(256)
  offset = new Int32Array(64)
  words = new Int32Array(64)
  /** How many states are left of each package, absence included. */
  size = new Int32Array(64)
  /** The latest entry about each package. */
  last = new Int32Array(64)

  level = 0
  /** How long the trail was when each level began. */
  readonly #levelStart: number[] = [0]
  /** How many entries there are; of each: whose, why, when, the entry before it about the same package, what it took. */
  length = 0
  package = new Int32Array(256)
  cause = new Int32Array(256)
  levelOf = new Int32Array(256)
  previous = new Int32Array(256)
  #first = new Int32Array(256)
  #count = new Int32Array(256)
  #sizeBefore = new Int32Array(256)
  #savedAt = new Int32Array(256)
  #saved = new Int32Array(1024)
  #savedLength = 0

  /** Makes room for `packages` packages whose domains take `bitWords` words. */
  reserve(packages: number, bitWords: number): void {
    if (packages <= this.last.length && bitWords <= this.bits.length) return
    this.bits = grown(this.bits, bitWords)
    for (const column of ['offset', 'words', 'size', 'last'] as const) this[column] = grown(this[column], packages)
  }

  clear(): void {
    this.level = 0
    this.length = 0
    this.#levelStart.length = 1
    this.#savedLength = 0
  }

  /** Gives a package its first domain: `set`, which keeps its words from word 0 on or leaves the rest out. */
  begin(
    p: PackageId,
    place: { readonly offset: number; readonly words: number },
    { pool, set }: { readonly pool: Int32Array; readonly set: SetRef },
  ): void {
    const { offset, words } = place
    this.offset[p] = offset
    this.words[p] = words
    this.size[p] = pool[set + SIZE]!
    this.last[p] = NONE
    for (let i = 0; i < words; i++) this.bits[offset + i] = 0
    const start = offset + pool[set + FIRST]!
    for (let i = pool[set + COUNT]! - 1; i >= 0; i--) this.bits[start + i] = pool[set + BITS + i]!
  }

  /** Lets one more state into a domain that nothing has shrunk yet. */
  admit(p: PackageId, bit: number): void {
    const at = this.offset[p]! + (bit >> 5)
    const before = this.bits[at]!
    this.bits[at] = before | (1 << (bit & 31))
    if (this.bits[at] !== before) this.size[p]!++
  }

  /** Takes states that are not in the set out of a domain that nothing has shrunk yet. */
  confine(p: PackageId, pool: Int32Array, set: SetRef): void {
    const offset = this.offset[p]!
    const first = pool[set + FIRST]!
    let size = 0
    for (let i = 0; i < this.words[p]!; i++) {
      const inside = i >= first && i < first + pool[set + COUNT]!
      const word = inside ? this.bits[offset + i]! & pool[set + BITS + i - first]! : 0
      this.bits[offset + i] = word
      size += countBits(word)
    }
    this.size[p] = size
  }

  /** Whether the package may be absent. */
  mayBeAbsent(p: PackageId): boolean {
    return (this.bits[this.offset[p]!]! & 1) !== 0
  }

  has(p: PackageId, bit: number): boolean {
    return (this.bits[this.offset[p]! + (bit >> 5)]! & (1 << (bit & 31))) !== 0
  }

  /** Whether some state of the set is left. */
  meets(p: PackageId, pool: Int32Array, set: SetRef): boolean {
    const start = this.offset[p]! + pool[set + FIRST]!
    for (let i = pool[set + COUNT]! - 1; i >= 0; i--) {
      if ((this.bits[start + i]! & pool[set + BITS + i]!) !== 0) return true
    }
    return false
  }

  /** Whether only states of the set are left. */
  within(p: PackageId, pool: Int32Array, set: SetRef): boolean {
    const size = this.size[p]!
    if (pool[set + SIZE]! < size) return false
    const start = this.offset[p]! + pool[set + FIRST]!
    let common = 0
    for (let i = pool[set + COUNT]! - 1; i >= 0; i--) {
      common += countBits(this.bits[start + i]! & pool[set + BITS + i]!)
    }
    return common === size
  }

  /** Takes out the states that are not in the set. `false`, and nothing done, when none would be left. */
  keep(p: PackageId, pool: Int32Array, set: SetRef, cause: number): boolean {
    const offset = this.offset[p]!
    const words = this.words[p]!
    if (words === 1) {
      const before = this.bits[offset]!
      const after = before & pool[set + BITS]!
      if (after === before) return true
      if (after === 0) return false
      this.#push(p, 0, 1, cause)
      this.bits[offset] = after
      this.size[p] = countBits(after)
      return true
    }
    const first = pool[set + FIRST]!
    const count = pool[set + COUNT]!
    let common = 0
    for (let i = 0; i < count; i++) common += countBits(this.bits[offset + first + i]! & pool[set + BITS + i]!)
    if (common === this.size[p]!) return true
    if (common === 0) return false
    this.#push(p, 0, words, cause)
    for (let i = 0; i < words; i++) {
      const inside = i >= first && i < first + count
      this.bits[offset + i]! &= inside ? pool[set + BITS + i - first]! : 0
    }
    this.size[p] = common
    return true
  }

  /** Takes out the states of the set. `false`, and nothing done, when none would be left. */
  drop(p: PackageId, pool: Int32Array, set: SetRef, cause: number): boolean {
    const first = pool[set + FIRST]!
    const count = pool[set + COUNT]!
    const start = this.offset[p]! + first
    let common = 0
    for (let i = 0; i < count; i++) common += countBits(this.bits[start + i]! & pool[set + BITS + i]!)
    if (common === 0) return true
    if (common === this.size[p]!) return false
    this.#push(p, first, count, cause)
    for (let i = 0; i < count; i++) this.bits[start + i]! &= ~pool[set + BITS + i]!
    this.size[p]! -= common
    return true
  }

  /** Begins a level by leaving one state only. */
  decide(p: PackageId, bit: number): void {
    this.level++
    this.#levelStart[this.level] = this.length
    const offset = this.offset[p]!
    this.#push(p, 0, this.words[p]!, DECISION)
    this.bits.fill(0, offset, offset + this.words[p]!)
    this.bits[offset + (bit >> 5)] = 1 << (bit & 31)
    this.size[p] = 1
  }

  /** Takes back every entry of the levels after `level`. */
  undoTo(level: number): void {
    const length = this.#levelStart[level + 1] ?? this.length
    while (this.length > length) {
      const entry = --this.length
      const p = this.package[entry]!
      const start = this.offset[p]! + this.#first[entry]!
      const count = this.#count[entry]!
      const saved = this.#savedAt[entry]!
      for (let i = 0; i < count; i++) this.bits[start + i] = this.#saved[saved + i]!
      this.size[p] = this.#sizeBefore[entry]!
      this.last[p] = this.previous[entry]!
      this.#savedLength = saved
    }
    this.#levelStart.length = level + 1
    this.level = level
  }

  /**
   * The entry since which only states in `within` are left of a package; `NONE` when that held from the beginning.
   * @param within the words of a set, as long as the package's domain
   * @param from an entry about the package after which it holds; its latest one does
   */
  firstWithin(within: Int32Array, from: number, start: number): number {
    // What an entry left alone was within the set before it, too: only the words it took have to be looked at.
    for (let entry = from; entry !== NONE; entry = this.previous[entry]!) {
      const saved = this.#savedAt[entry]!
      const first = start + this.#first[entry]!
      let outside = 0
      for (let i = this.#count[entry]! - 1; i >= 0; i--) outside |= this.#saved[saved + i]! & ~within[first + i]!
      if (outside !== 0) return entry
    }
    return NONE
  }

  #push(p: PackageId, first: number, count: number, cause: number): void {
    const entry = this.length++
    if (entry === this.package.length) this.#grow()
    const saved = this.#savedLength
    this.#savedLength += count
    if (this.#savedLength > this.#saved.length) this.#saved = grown(this.#saved, this.#savedLength)
    const start = this.offset[p]! + first
    for (let i = 0; i < count; i++) this.#saved[saved + i] = this.bits[start + i]!
    this.package[entry] = p
    this.cause[entry] = cause
    this.levelOf[entry] = this.level
    this.previous[entry] = this.last[p]!
    this.#first[entry] = first
    this.#count[entry] = count
    this.#sizeBefore[entry] = this.size[p]!
    this.#savedAt[entry] = saved
    this.last[p] = entry
  }

  #grow(): void {
    const length = this.package.length * 2
    for (const column of ['package', 'cause', 'levelOf', 'previous'] as const) {
      this[column] = grown(this[column], length)
    }
    this.#first = grown(this.#first, length)
    this.#count = grown(this.#count, length)
    this.#sizeBefore = grown(this.#sizeBefore, length)
    this.#savedAt = grown(this.#savedAt, length)
  }
}
