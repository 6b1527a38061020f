import type { PackageId } from './catalogue.ts'
import { NONE } from './domains.ts'
import { grown } from './sets.ts'

/**
 * Packages in the order they are decided: breadth first, each once (README 2). Before `cursor` stand those that have
 * brought in what their version requires.
 */
export class Queue {
  items = new Int32Array(64)
  length = 0
  cursor = 0
  /** Where each package stands, or `NONE`; only of packages that `forget` was told of. */
  #place = new Int32Array(64)
  /** How long the queue was before the package at a place brought in its own. */
  #lengthBefore = new Int32Array(64)
  /** Cursor and length as they were when each level began. */
  readonly #levels: { cursor: number; length: number }[] = []

  clear(): void {
    this.length = 0
    this.cursor = 0
  }

  /** Says that a package is not in the queue. */
  forget(id: PackageId): void {
    if (id >= this.#place.length) this.#place = grown(this.#place, id + 1)
    this.#place[id] = NONE
  }

  push(id: PackageId): void {
    if (this.#place[id] !== NONE) return
    if (this.length === this.items.length) {
      this.items = grown(this.items, this.length + 1)
      this.#lengthBefore = grown(this.#lengthBefore, this.length + 1)
    }
    this.#place[id] = this.length
    this.items[this.length++] = id
  }

  /** The package whose turn it is; `NONE` at the end. */
  current(): PackageId {
    if (this.cursor === this.length) return NONE
    this.#lengthBefore[this.cursor] = this.length
    return this.items[this.cursor]!
  }

  /** Remembers how things stand before a level begins. */
  mark(level: number): void {
    const mark = this.#levels[level]
    if (mark === undefined) this.#levels[level] = { cursor: this.cursor, length: this.length }
    else {
      mark.cursor = this.cursor
      mark.length = this.length
    }
  }

  /** Goes back to how things stood before a level began. */
  backTo(level: number): void {
    const { cursor, length } = this.#levels[level]!
    this.cursor = cursor
    this.#truncate(length)
  }

  /** Goes back to where it was the turn of a package, if that is behind. */
  rewindTo(id: PackageId): void {
    const place = this.#place[id]!
    if (place === NONE || place >= this.cursor) return
    this.cursor = place
    this.#truncate(this.#lengthBefore[place]!)
  }

  #truncate(length: number): void {
    while (this.length > length) this.#place[this.items[--this.length]!] = NONE
  }
}
