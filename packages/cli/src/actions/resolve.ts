/** The bridge between the pure solver and a registry: ask, fetch what is unknown, ask again. */
import {
  type Answer,
  type Attempt,
  Catalogue,
  type Explanation,
  type PackageName,
  type Question,
  type Solution,
  Solver,
  checkName,
  explain,
  fail,
  findCycle,
  packageOf,
  renderConflict,
  requirementsOf,
  tagRulesFrom,
} from '@aam/core'
import type { Context } from '../world.ts'
import { type DocumentFetcher, type DocumentSource, createFetcher } from './documents.ts'
import { notFound } from './open-registry.ts'

export type Resolver = DocumentSource & {
  readonly documents: DocumentFetcher
  readonly catalogue: Catalogue
  readonly report: Context['report']
  /** What the user ran, for suggestions. */
  readonly attempt: Attempt
}

/** Starts a run: what it fetches and compiles is shared by every question. */
export function openResolver({ report }: Pick<Context, 'report'>, attempt: Attempt, source: DocumentSource): Resolver {
  const documents = createFetcher(source)
  return { ...source, report, attempt, documents, catalogue: new Catalogue(documents.known) }
}

/**
 * Finds the one right answer (D16).
 * @throws PACKAGE_NOT_FOUND, VERSION_NOT_MATCHED, DEPENDENCY_CONFLICT, PEER_UNDECLARED, DEPENDENCY_CYCLE, and what a
 *   policy forbids
 */
export async function resolveQuestion(resolver: Resolver, question: Question): Promise<Solution> {
  const { wants } = question
  const wanted = [...requirementsOf(wants).map(({ name, range }) => [name, range] as const), ...wants.optional]
  resolver.documents.foresee(wanted.map(([name, range]) => [name, [range]]))
  resolver.documents.foresee([...resolver.locked.keys()].map(instance => [packageOf(instance), []]))
  const answer = await answerQuestion(resolver, question)
  if (answer.kind === 'unsolvable') return failUnsolvable(resolver, answer)
  const cycle = findCycle({ root: answer.root, packages: answer.picks })
  if (cycle !== undefined) fail('DEPENDENCY_CYCLE', { cycle })
  const skipped = [...answer.skipped].map(([name, reason]): [PackageName, string] => {
    const breach = checkName(resolver.policy, name)
    if (breach === undefined) return [name, reason]
    // The lock is the same everywhere, so that who forbids it is only said.
    const message = `optional ${name} is left out: ${breach.message}`
    resolver.report({ kind: 'warning', message, hint: breach.hint })
    return [name, 'a policy forbids it']
  })
  return { ...answer, skipped: new Map(skipped) }
}

type Final = Exclude<Answer, { kind: 'unknown' }>

async function answerQuestion({ documents, catalogue, report }: Resolver, question: Question): Promise<Final> {
  const solver = new Solver(question, catalogue)
  for (;;) {
    const answer = solver.solve()
    if (answer.kind !== 'unknown') return answer
    const done = documents.arrived.size
    report({ kind: 'progress', phase: 'Resolving', done, total: done + answer.names.size })
    await Promise.all([...answer.names].map(documents.fetch))
  }
}

async function failUnsolvable(resolver: Resolver, answer: Extract<Final, { kind: 'unsolvable' }>): Promise<never> {
  if (answer.undeclared !== undefined) fail('PEER_UNDECLARED', answer.undeclared)
  const explanation = explain(answer.question, resolver.catalogue, resolver.attempt)
  const { root } = answer.question.wants
  for (const { premise, chain } of explanation.facts) {
    const way = [root.name, ...chain.map(({ name, version }) => `${name}@${version}`), premise.name]
    const breach = checkName(resolver.policy, premise.name, way)
    if (breach !== undefined) throw breach
  }
  if (explanation.unobtainable !== undefined) return failUnobtainable(resolver, explanation, root.name)
  const works: string[] = []
  for (const remedy of explanation.remedies) {
    const told = remedy.tell(await answerQuestion(resolver, remedy.question))
    if (told !== undefined) works.push(told)
  }
  const facts = explanation.facts.map(({ premise, chain }) => {
    const last = chain.at(-1) ?? root
    return {
      package: `${last.name}@${last.version}`,
      requires: premise.name,
      range: premise.range.text,
      chain: [root.name, ...chain.map(({ name, version }) => `${name}@${version}`)],
    }
  })
  return fail('DEPENDENCY_CONFLICT', {
    block: renderConflict(explanation, root, works),
    facts: { package: explanation.target, requirements: facts, works, steps: explanation.steps },
  })
}

/** One package is simply not to be had: that is no conflict. */
async function failUnobtainable(
  { registry, policy }: Resolver,
  { unobtainable, overridden, facts: [fact], target }: Explanation,
  root: string,
): Promise<never> {
  const range = fact?.premise.range.text ?? '*'
  const way = overridden ? ['"resolutions"'] : (fact?.chain ?? []).map(({ name, version }) => `${name}@${version}`)
  const chain = [root, ...way, `${target} ${range}`]
  if (unobtainable?.kind !== 'unmatched') return notFound(registry, target, chain)
  const limitedBy = policy.appliesToAll === undefined ? undefined : tagRulesFrom(policy)
  return fail('VERSION_NOT_MATCHED', {
    name: target,
    range,
    ...unobtainable,
    chain,
    ...(limitedBy === undefined || limitedBy === '' ? {} : { limitedBy }),
  })
}
