/**
 * Clauses the search has learned (README 5): sets of terms "package p is in A" that cannot all hold. Each is watched
 * through two terms that do not hold yet; only when one of them comes to hold is the clause looked at.
 */
import type { PackageId } from './catalogue.ts'
import type { Domains } from './domains.ts'
import { SetPool, type SetRef, grown } from './sets.ts'

export type ClauseId = number

export class Learned {
  readonly sets = new SetPool()
  count = 0
  /** Where the terms of each clause begin in `package` and `set`; the first two of them are the watched ones. */
  start = new Int32Array(64)
  package = new Int32Array(256)
  set = new Int32Array(256)
  /** The clauses that watch each package. */
  readonly watching: ClauseId[][] = []

  clear(): void {
    this.sets.clear()
    this.count = 0
  }

  /** Starts anew with a package that no clause is about yet. */
  forget(p: PackageId): void {
    const watching = this.watching[p]
    if (watching === undefined) for (let id = this.watching.length; id <= p; id++) this.watching.push([])
    else if (watching.length > 0) watching.length = 0
  }

  /**
   * Adds a clause.
   * @param terms in the order in which they came to hold, latest first
   */
  add(terms: readonly { readonly package: PackageId; readonly set: SetRef }[]): ClauseId {
    const clause = this.count++
    const start = this.start[clause]!
    const end = start + terms.length
    this.start = grown(this.start, clause + 2)
    this.start[clause + 1] = end
    this.package = grown(this.package, end)
    this.set = grown(this.set, end)
    terms.forEach((term, index) => {
      this.package[start + index] = term.package
      this.set[start + index] = term.set
      if (index < 2 && terms.length > 1) this.watching[term.package]!.push(clause)
    })
    return clause
  }

  /**
   * Looks at a clause that watches `p`, whose domain has shrunk.
   * @returns the place of the one term that is left and must not hold; `IDLE` when the clause asks for nothing yet;
   *   `MOVED` when it watches another package instead
   */
  visit(clause: ClauseId, p: PackageId, domains: Domains): number {
    const start = this.start[clause]!
    const end = this.start[clause + 1]!
    const own = this.package[start] === p ? start : start + 1
    if (!this.#holds(own, domains)) return IDLE
    for (let place = start + 2; place < end; place++) {
      if (this.#holds(place, domains)) continue
      const [other, set] = [this.package[place]!, this.set[place]!]
      this.package[place] = p
      this.set[place] = this.set[own]!
      this.package[own] = other
      this.set[own] = set
      this.watching[other]!.push(clause)
      return MOVED
    }
    return own === start ? start + 1 : start
  }

  #holds(place: number, domains: Domains): boolean {
    return domains.within(this.package[place]!, this.sets.words, this.set[place]!)
  }
}

export const IDLE = -1
export const MOVED = -2
