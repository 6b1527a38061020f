import type { PackageId } from './catalogue.ts'
import { NONE } from './domains.ts'
import { grown } from './sets.ts'

/** Packages that are still to be looked at, first come first served, each once. */
export class Worklist {
  #items = new Int32Array(64)
  #waiting = new Int32Array(64)
  #start = 0
  #end = 0

  push(id: PackageId): void {
    if (id >= this.#waiting.length) this.#waiting = grown(this.#waiting, id + 1)
    if (this.#waiting[id] === 1) return
    this.#waiting[id] = 1
    if (this.#end === this.#items.length) this.#items = grown(this.#items, this.#end + 1)
    this.#items[this.#end++] = id
  }

  /** The next one; `NONE` when nothing is waiting. */
  take(): PackageId {
    if (this.#start === this.#end) return NONE
    const id = this.#items[this.#start++]!
    this.#waiting[id] = 0
    if (this.#start === this.#end) this.#start = this.#end = 0
    return id
  }

  clear(): void {
    while (this.#start < this.#end) this.#waiting[this.#items[this.#start++]!] = 0
    this.#start = this.#end = 0
  }
}
