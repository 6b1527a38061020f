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
      /** With `peer`: a package that others disagree about and that the root does not declare. */
      readonly undeclared: { readonly name: PackageName; readonly requirers: readonly PackageName[] } | undefined
    }
  | { readonly kind: 'unknown'; readonly names: ReadonlySet<PackageName> }

/** Answers one question, as often as it is asked: what was found out before more documents became known is kept. */
export class Solver {
  readonly catalogue: Catalogue
  readonly #question: Question
  readonly #single: SingleSolver

  /** @param known the documents; may grow between two calls of `solve`, and a document never changes */
  constructor(question: Question, known: Pick<Known, 'get'> | Catalogue) {
    this.#question = question
    this.catalogue = known instanceof Catalogue ? known : new Catalogue(known)
    this.#single = new SingleSolver(question, this.catalogue)
  }

  solve(): Answer {
    const answer = this.#single.solve()
    if (answer.kind !== 'unsolvable') return answer
    if (this.#question.onConflict === 'duplicate') return this.#judged(solveSplit(this.#question, this.catalogue))
    if (this.#question.onConflict === 'peer') return this.#promote()
    return this.#judged(answer)
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
      const answer = new SingleSolver(question, this.catalogue).solve()
      if (answer.kind !== 'unsolvable') return answer
      const clash = findClash(searchInput(question, 'ignore'), rootEdges(question.wants), this.catalogue)
      const requirers = [...new Set(clash?.facts.flatMap(({ premise }) => premise.from?.name ?? []))]
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
