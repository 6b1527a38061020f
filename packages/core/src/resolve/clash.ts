/** The heart of a conflict: the requirements of one package that cannot all be met, and how each came about (D17). */
import type { PackageName } from '../name.ts'
import type { Version } from '../version.ts'
import type { Catalogue } from './catalogue.ts'
import { type Premise, type Proof, prove } from './proof.ts'
import type { SearchInput } from './givens.ts'
import type { WantedEdge } from './single.ts'

export type Link = { readonly name: PackageName; readonly version: Version }

/** A requirement with a way from the root to the version it comes from; no way where the root itself asks. */
export type Fact = { readonly premise: Premise; readonly chain: readonly Link[] }

export type Clash = {
  /** The package that no version can be chosen of. */
  readonly target: PackageName
  /** Taken alone, they leave no version of the target. */
  readonly facts: readonly Fact[]
  readonly proof: Proof
  /** The fewest requirements of the root that have no solution. */
  readonly edges: readonly WantedEdge[]
}

/** Finds why there is no solution, in terms of as few root requirements as possible; `undefined` when there is one. */
export function findClash(input: SearchInput, edges: readonly WantedEdge[], catalogue: Catalogue): Clash | undefined {
  const minimal = minimise(input, edges, catalogue)
  if (minimal === undefined) return undefined
  const { proof } = minimal
  const facts = pickFacts(proof)
  const premises = proof.flatMap(step => step.premises)
  return {
    ...minimal,
    target: facts[0]!.name,
    facts: facts.map(premise => ({ premise, chain: chainTo(premise, premises, minimal.edges) })),
  }
}

/** Drops every root requirement that the proof does not need: first all that it does not speak of, then one by one. */
function minimise(
  input: SearchInput,
  edges: readonly WantedEdge[],
  catalogue: Catalogue,
): { readonly edges: readonly WantedEdge[]; readonly proof: Proof } | undefined {
  let proof = prove(input, edges, catalogue)
  if (proof === undefined) return undefined
  let kept = usedIn(proof)
  for (const edge of kept) {
    if (!kept.includes(edge)) continue
    const fewer = prove(
      input,
      kept.filter(other => other !== edge),
      catalogue,
    )
    if (fewer === undefined) continue
    proof = fewer
    kept = usedIn(fewer)
  }
  // Told with those alone, so that nothing else stands in the derivation.
  return { edges: kept, proof: prove(input, kept, catalogue) ?? proof }
}

function usedIn(proof: Proof): WantedEdge[] {
  return [...new Set(proof.flatMap(step => step.premises.flatMap(({ root }) => root ?? [])))]
}

/**
 * The first requirements of one package in the proof that leave nothing of it. There are some: if each package had a
 * version that is in all ranges on it, these versions together would be a solution of what the proof rests on.
 */
function pickFacts(proof: Proof): readonly Premise[] {
  for (const { premises } of proof) {
    const found = impossible(premises, true)
    if (found !== undefined) return found
  }
  const all = proof.flatMap(step => step.premises)
  return impossible(all, true) ?? impossible(all, false) ?? all.slice(-1)
}

/**
 * Premises about one package that leave no version of it, as few as possible; `undefined` when there are none.
 * @param together whether all of them have to be able to hold at once
 */
export function impossible(premises: readonly Premise[], together: boolean): readonly Premise[] | undefined {
  for (const target of new Set(premises.map(({ name }) => name))) {
    let group = premises.filter(({ name }) => name === target)
    if (!leavesNothing(group)) continue
    for (const premise of [...group].reverse()) {
      const fewer = group.filter(other => other !== premise)
      if (fewer.length > 0 && leavesNothing(fewer)) group = fewer
    }
    if (!together || group.every(a => group.every(b => coexist(a, b)))) return group
  }
  return undefined
}

function leavesNothing([first, ...others]: readonly Premise[]): boolean {
  if (first === undefined) return false
  return !first.allowed.some(version => others.every(({ allowed }) => allowed.includes(version)))
}

function coexist({ from: a }: Premise, { from: b }: Premise): boolean {
  return a?.name !== b?.name || a === undefined || a.versions.some(version => b?.versions.includes(version))
}

/** The shortest way from the root to a version that the requirement comes from, over what the proof speaks of. */
function chainTo(goal: Premise, premises: readonly Premise[], edges: readonly WantedEdge[]): readonly Link[] {
  const { from } = goal
  if (from === undefined) return []
  const queue = premises
    .filter(({ root }) => root !== undefined && edges.includes(root) && root.kind === 'required')
    .map(({ name, allowed }) => ({ name, allowed, way: [] as readonly Link[] }))
  const seen = new Set<PackageName>()
  for (const { name, allowed, way } of queue) {
    if (name === from.name) {
      const version = allowed.find(each => from.versions.includes(each))
      if (version !== undefined) return [...way, { name, version }]
    }
    if (seen.has(name)) continue
    seen.add(name)
    for (const next of premises) {
      if (next.from?.name !== name || next.peer) continue
      const version = allowed.find(each => next.from?.versions.includes(each))
      // A loop visits what is added to its array while it runs.
      if (version !== undefined) {
        queue.push({ name: next.name, allowed: next.allowed, way: [...way, { name, version }] })
      }
    }
  }
  return from.versions.slice(0, 1).map(version => ({ name: from.name, version }))
}
