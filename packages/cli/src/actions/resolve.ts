/** The bridge between the pure solver and a registry: ask, fetch what is unknown, ask again. */
import type { Registry } from '@aam/client'
import {
  type Answer,
  type KnownPackage,
  type PackageDocument,
  type PackageName,
  type Question,
  type Solution,
  type Version,
  explain,
  fail,
  findCycle,
  renderConflict,
  solve,
} from '@aam/core'
import type { Context } from '../world.ts'
import { notFound } from './open-registry.ts'

/** Documents fetched so far in this run: each at most once. */
export type Documents = Map<PackageName, PackageDocument | undefined>

export type Resolver = {
  readonly registry: Registry
  readonly documents: Documents
  readonly context: Context
}

/**
 * Finds the one right answer (D16).
 * @throws PACKAGE_NOT_FOUND, VERSION_NOT_MATCHED, DEPENDENCY_CONFLICT, DEPENDENCY_CYCLE
 */
export async function resolveQuestion(resolver: Resolver, question: Question): Promise<Solution> {
  const answer = await answerQuestion(resolver, question)
  if (answer.kind === 'unsolvable') return failUnsolvable(resolver, answer)
  const packages = new Map(
    [...answer.picks].map(([name, { version, dependencies }]) => [name, { version, dependencies }]),
  )
  const cycle = findCycle({ root: answer.root, packages })
  if (cycle !== undefined) fail('DEPENDENCY_CYCLE', { cycle })
  return answer
}

/** A package's document, fetched once per run. */
export async function fetchDocument(
  { registry, documents }: Resolver,
  name: PackageName,
): Promise<PackageDocument | undefined> {
  if (!documents.has(name)) documents.set(name, await registry.fetchDocument(name))
  return documents.get(name)
}

type Final = Exclude<Answer, { kind: 'unknown' }>

async function answerQuestion(resolver: Resolver, question: Question): Promise<Final> {
  for (;;) {
    const answer = solve(question, knownFrom(resolver.documents))
    if (answer.kind !== 'unknown') return answer
    resolver.context.report({
      kind: 'progress',
      phase: 'Resolving',
      done: resolver.documents.size,
      total: resolver.documents.size + answer.names.size,
    })
    await Promise.all([...answer.names].map(async name => fetchDocument(resolver, name)))
  }
}

function knownFrom(documents: Documents): Map<PackageName, KnownPackage> {
  return new Map([...documents].map(([name, document]) => [name, document?.releases ?? 'missing']))
}

async function failUnsolvable(resolver: Resolver, answer: Extract<Final, { kind: 'unsolvable' }>): Promise<never> {
  const explanation = explain(answer, knownFrom(resolver.documents))
  const { root } = answer.question.wants
  const [fact] = explanation.facts
  if (explanation.unobtainable !== undefined && fact !== undefined) {
    const chain = [
      root.name,
      ...fact.chain.map(({ name, version }) => `${name}@${version}`),
      `${explanation.target} ${fact.edge.range.text}`,
    ]
    if (explanation.unobtainable.kind === 'missing') return notFound(resolver.registry, explanation.target, chain)
    const { nearest, yanked } = explanation.unobtainable
    fail('VERSION_NOT_MATCHED', { name: explanation.target, range: fact.edge.range.text, nearest, yanked, chain })
  }
  const works: string[] = []
  for (const remedy of explanation.remedies) {
    const outcome = await answerQuestion(resolver, remedy.question)
    if (outcome.kind !== 'solved') continue
    const versions = new Map<PackageName, Version>([...outcome.picks].map(([name, { version }]) => [name, version]))
    works.push(remedy.describe(versions))
  }
  const facts = explanation.facts.map(({ edge, chain }) => ({
    package: edge.from === undefined ? `${root.name}@${root.version}` : `${edge.from.name}@${edge.from.version}`,
    requires: edge.name,
    range: edge.range.text,
    chain: [root.name, ...chain.map(({ name, version }) => `${name}@${version}`)],
  }))
  return fail('DEPENDENCY_CONFLICT', {
    block: renderConflict(explanation, root, works),
    facts: { package: explanation.target, requirements: facts, works, steps: explanation.steps },
  })
}
