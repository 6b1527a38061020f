/**
 * Chooses one version for every package a project needs (UAAPS 13.4, D16). Pure and synchronous: it answers *solved*,
 * *unsolvable*, or *unknown: these names*; whoever calls it fetches those and asks again, so the order in which answers
 * arrive cannot change the result.
 */
import type { PackageName } from '../name.ts'
import { requirementsOf } from '../wants.ts'
import { Catalogue } from './catalogue.ts'
import { findClash } from './clash.ts'
import {
  type SingleAnswer,
  type SingleQuestion,
  SingleSolver,
  type Solution,
  rootEdges,
  searchInput,
} from './single.ts'
import { solveSplit } from './split.ts'
import type { ConflictStrategy } from './strategies.ts'
import type { Known } from './universe.ts'

export type Question = Omit<SingleQuestion, 'promoted'> & {
  /** `fail` when left out. */
  readonly onConflict?: ConflictStrategy
}

export type Answer =
  | Solution
  | {
      readonly kind: 'unsolvable'
      readonly question: Question
      /** With `peer`: a package that others, each told with its range, disagree about and that the root does not declare. */
      readonly undeclared: { readonly name: PackageName; readonly requirers: readonly string[] } | undefined
    }
  | { readonly kind: 'unknown'; readonly names: ReadonlySet<PackageName> }

/** Answers one question, as often as it is asked: what was found out before more documents became known is kept. */
export class Solver {
  readonly catalogue: Catalogue
  readonly #question: Question
  readonly #single: SingleSolver
  /** The documents that a way out of a conflict has asked for: what else is known by then must not show in it. */
  readonly #asked = new Set<PackageName>()
  readonly #askedOnly: Catalogue

  /** @param known the documents; may grow between two calls of `solve`, and a document never changes */
  constructor(question: Question, known: Pick<Known, 'get'> | Catalogue) {
    this.#question = question
    this.catalogue = known instanceof Catalogue ? known : new Catalogue(known)
    this.#single = new SingleSolver(question, this.catalogue)
    const all = this.catalogue.known
    this.#askedOnly = new Catalogue({ get: name => (this.#asked.has(name) ? all.get(name) : undefined) })
  }

  solve(): Answer {
    const answer = this.#single.solve()
    if (answer.kind !== 'unsolvable') return answer
    const { onConflict } = this.#question
    if (onConflict === 'duplicate') {
      return this.#inRounds(() => this.#judged(solveSplit(this.#question, this.#askedOnly)))
    }
    if (onConflict === 'peer') return this.#inRounds(() => this.#promote())
    return this.#judged(answer)
  }

  /**
   * Which conflict is found depends on what is known, and what is done about it on which is found. So nothing is looked at
   * before it was asked for, and each time everything that was asked for.
   */
  #inRounds(attempt: () => Answer): Answer {
    for (;;) {
      const answer = attempt()
      if (answer.kind !== 'unknown') return answer
      const missing = [...answer.names].filter(name => this.catalogue.known.get(name) === undefined)
      if (missing.length > 0) return { kind: 'unknown', names: new Set(missing) }
      for (const name of answer.names) this.#asked.add(name)
    }
  }

  #judged(answer: SingleAnswer): Answer {
    if (answer.kind !== 'unsolvable') return answer
    return { kind: 'unsolvable', question: this.#question, undeclared: undefined }
  }

  /** Lifts what packages disagree about to peers, one package after the other, as long as the root declares it (D17). */
  #promote(): Answer {
    const promoted = new Set<PackageName>()
    const declared = new Set(requirementsOf(this.#question.wants).map(({ name }) => name))
    for (;;) {
      const question: SingleQuestion = { ...this.#question, promoted }
      const answer = new SingleSolver(question, this.#askedOnly).solve()
      if (answer.kind !== 'unsolvable') return answer
      const clash = findClash(searchInput(question, 'ignore'), rootEdges(question.wants), this.#askedOnly)
      const requirers = (clash?.facts ?? []).flatMap(({ premise: { from, range } }) =>
        from === undefined ? [] : [`${from.name} (${range.text})`],
      )
      if (clash === undefined || requirers.length === 0 || promoted.has(clash.target)) return this.#judged(answer)
      if (!declared.has(clash.target)) {
        const undeclared = { name: clash.target, requirers }
        return {
          kind: 'unsolvable',
          question: this.#question,
          undeclared: clash.facts.length > 1 ? undeclared : undefined,
        }
      }
      promoted.add(clash.target)
    }
  }
}

/** Answers `question` from what is `known`. */
export function solve(question: Question, known: Pick<Known, 'get'> | Catalogue): Answer {
  return new Solver(question, known).solve()
}
