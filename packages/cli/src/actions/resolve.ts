/** The bridge between the pure solver and a registry: ask, fetch what is unknown, ask again. */
import type { Several } from '@aam/client'
import {
  type Answer,
  type InstallPolicy,
  type KnownPackage,
  type PackageDocument,
  type PackageName,
  type Question,
  type Solution,
  type Version,
  checkName,
  explain,
  fail,
  findCycle,
  permittedReleases,
  renderConflict,
  solve,
  tagRulesFrom,
} from '@aam/core'
import type { Context } from '../world.ts'
import { notFound } from './open-registry.ts'

/** Documents fetched so far in this run: each at most once. */
export type Documents = Map<PackageName, PackageDocument | undefined>

export type Resolver = {
  readonly registry: Several
  readonly documents: Documents
  readonly context: Context
  /** What it forbids is not asked for and counts as missing. */
  readonly policy: InstallPolicy
  /** Versions that are kept where possible. */
  readonly locked: ReadonlyMap<PackageName, Version>
}

/**
 * Finds the one right answer (D16).
 * @throws PACKAGE_NOT_FOUND, VERSION_NOT_MATCHED, DEPENDENCY_CONFLICT, DEPENDENCY_CYCLE, and what a policy forbids
 */
export async function resolveQuestion(resolver: Resolver, question: Question): Promise<Solution> {
  const answer = await answerQuestion(resolver, question)
  if (answer.kind === 'unsolvable') return failUnsolvable(resolver, answer)
  const packages = new Map(
    [...answer.picks].map(([name, { version, dependencies }]) => [name, { version, dependencies }]),
  )
  const cycle = findCycle({ root: answer.root, packages })
  if (cycle !== undefined) fail('DEPENDENCY_CYCLE', { cycle })
  const skipped = [...answer.skipped].map(([name, reason]): [PackageName, string] => {
    const breach = checkName(resolver.policy, name)
    if (breach === undefined) return [name, reason]
    // The lock is the same everywhere, so that who forbids it is only said.
    const message = `optional ${name} is left out: ${breach.message}`
    resolver.context.report({ kind: 'warning', message, hint: breach.hint })
    return [name, 'a policy forbids it']
  })
  return { ...answer, skipped: new Map(skipped) }
}

/** A package's document, fetched once per run; `undefined` where there is none, or a policy forbids to ask for it. */
export async function fetchDocument(
  { registry, documents, policy }: Resolver,
  name: PackageName,
): Promise<PackageDocument | undefined> {
  if (!documents.has(name)) {
    documents.set(name, checkName(policy, name) === undefined ? await registry.fetchDocument(name) : undefined)
  }
  return documents.get(name)
}

type Final = Exclude<Answer, { kind: 'unknown' }>

async function answerQuestion(resolver: Resolver, question: Question): Promise<Final> {
  for (;;) {
    const answer = solve(question, knownFrom(resolver))
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

function knownFrom({ documents, policy, locked }: Resolver): Map<PackageName, KnownPackage> {
  const known = new Map<PackageName, KnownPackage>()
  for (const [name, document] of documents) {
    known.set(name, document === undefined ? 'missing' : permittedReleases(policy, document, locked.get(name)))
  }
  return known
}

async function failUnsolvable(resolver: Resolver, answer: Extract<Final, { kind: 'unsolvable' }>): Promise<never> {
  const explanation = explain(answer, knownFrom(resolver))
  const { root } = answer.question.wants
  const [fact] = explanation.facts
  for (const { edge, chain } of explanation.facts) {
    const way = [root.name, ...chain.map(({ name, version }) => `${name}@${version}`), edge.name]
    const breach = checkName(resolver.policy, edge.name, way)
    if (breach !== undefined) throw breach
  }
  if (explanation.unobtainable !== undefined && fact !== undefined) {
    const chain = [
      root.name,
      ...fact.chain.map(({ name, version }) => `${name}@${version}`),
      `${explanation.target} ${fact.edge.range.text}`,
    ]
    if (explanation.unobtainable.kind === 'missing') return notFound(resolver.registry, explanation.target, chain)
    const { nearest, yanked } = explanation.unobtainable
    const limitedBy = resolver.policy.appliesToAll === undefined ? undefined : tagRulesFrom(resolver.policy)
    fail('VERSION_NOT_MATCHED', {
      name: explanation.target,
      range: fact.edge.range.text,
      nearest,
      yanked,
      chain,
      ...(limitedBy === undefined || limitedBy === '' ? {} : { limitedBy }),
    })
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
