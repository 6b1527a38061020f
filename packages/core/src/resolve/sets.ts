/**
 * Sets of versions as bits (README 3). Bit 0 says "the package is absent", bit `i + 1` its version `i`, best first.
 *
 * A set is a number: the place in `words` where it begins. It keeps only the words between its first and its last
 * member, so that a set of one version among thousands costs one word.
 */

/** What stands at a set's place: the number of its first word, how many words it keeps, how many members it has. */
export const FIRST = 0
export const COUNT = 1
export const SIZE = 2
/** Where its words begin. There is always at least one. */
export const BITS = 3

export type SetRef = number

export class SetPool {
  words = new Int32Array(1024)
  #length = 0

  /** Forgets every set. */
  clear(): void {
    this.#length = 0
  }

  /** A set of these bit numbers, which are in ascending order. */
  add(members: readonly number[]): SetRef {
    const first = (members[0] ?? 0) >> 5
    const count = ((members[members.length - 1] ?? 0) >> 5) - first + 1
    const set = this.#reserve({ first, count, size: members.length })
    for (const bit of members) this.words[set + BITS + (bit >> 5) - first]! |= 1 << (bit & 31)
    return set
  }

  /** A copy of `count` whole words, which begin at word 0 of a domain. */
  addWords(source: Int32Array, start: number, count: number): SetRef {
    let size = 0
    for (let i = 0; i < count; i++) size += countBits(source[start + i]!)
    const set = this.#reserve({ first: 0, count, size })
    this.words.set(source.subarray(start, start + count), set + BITS)
    return set
  }

  has(set: SetRef, bit: number): boolean {
    const at = (bit >> 5) - this.words[set + FIRST]!
    return at >= 0 && at < this.words[set + COUNT]! && (this.words[set + BITS + at]! & (1 << (bit & 31))) !== 0
  }

  #reserve({ first, count, size }: { readonly first: number; readonly count: number; readonly size: number }): SetRef {
    const set = this.#length
    this.#length += BITS + count
    this.words = grown(this.words, this.#length)
    this.words.fill(0, set, this.#length)
    this.words[set + FIRST] = first
    this.words[set + COUNT] = count
    this.words[set + SIZE] = size
    return set
  }
}

/** `array`, or a copy at least `length` long and twice as long as before. */
export function grown(array: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
  if (length <= array.length) return array
  const larger = new Int32Array(Math.max(length, array.length * 2))
  larger.set(array)
  return larger
}

export function countBits(word: number): number {
  let rest = word - ((word >>> 1) & 0x55555555)
  rest = (rest & 0x33333333) + ((rest >>> 2) & 0x33333333)
  return Math.imul((rest + (rest >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}

/** The number of the lowest bit of a word that is not 0. */
export function lowestBit(word: number): number {
  return 31 - Math.clz32(word & -word)
}

/** The number of the highest bit of a word that is not 0. */
export function highestBit(word: number): number {
  return 31 - Math.clz32(word)
}
