/** Turns "there is no solution" into what a person can act on (D17), and says why better versions were passed over (D16). */
import { hasInstances } from '../instances.ts'
import type { PackageName } from '../name.ts'
import { type Range, exactly, matches, parseRange } from '../range.ts'
import { type Version, isPrerelease, nearestVersions } from '../version.ts'
import { requirementsOf } from '../wants.ts'
import type { Catalogue } from './catalogue.ts'
import { type Clash, type Fact, findClash } from './clash.ts'
import { type Premise, versionsIn } from './proof.ts'
import { type Attempt, PLAIN_INSTALL, type Remedy, findRemedies } from './remedies.ts'
import { type SingleQuestion, type Solution, type WantedEdge, rootEdges, searchInput } from './single.ts'
import type { SearchInput } from './givens.ts'
import type { Question } from './solve.ts'
import { describeProof } from './describe-proof.ts'
import { RESOLVER_VERSION } from './universe.ts'

export type Explanation = Pick<Clash, 'target' | 'facts'> & {
  /** The derivation, a paragraph a step. */
  readonly steps: readonly string[]
  readonly remedies: readonly Remedy[]
  /** Whether no registry has the target at all. */
  readonly missing: boolean
  /** Whether `resolutions` stand in the place of what packages ask of the target. */
  readonly overridden: boolean
  /** Set when there was nothing to choose from: one package is simply not to be had. */
  readonly unobtainable:
    | { readonly kind: 'missing' }
    | {
        readonly kind: 'unmatched'
        readonly nearest: readonly Version[]
        readonly yanked: readonly Version[]
        /** Versions in the range that ask for a resolver of another version. */
        readonly otherResolver: readonly Version[]
      }
    | undefined
}

/** Explains why a question has no solution. The documents it needs are known. */
export function explain(question: Question, catalogue: Catalogue, attempt: Attempt = PLAIN_INSTALL): Explanation {
  const clash = findClash(searchInput(question, 'ignore'), rootEdges(question.wants), catalogue)
  if (clash === undefined) throw new Error('the solver found no solution, and there is one')
  const { target, facts, proof } = clash
  const [fact] = facts
  // What stands in the place of every range on a package is the project's own word, not a conflict of packages.
  const overridden = question.wants.resolutions.has(target)
  const alone = proof.length === 1 && facts.length === 1 && onlyWay(proof[0]!.premises, fact?.premise)
  const single = overridden || alone
  return {
    target,
    facts,
    missing: catalogue.isMissing(target),
    steps: describeProof(proof, question.wants.root.name, catalogue),
    remedies: single ? [] : findRemedies(question, clash, { catalogue, attempt }),
    unobtainable: single && fact !== undefined ? unobtainable(fact.premise, catalogue) : undefined,
    overridden,
  }
}

/** Whether everything on the way to a requirement had to be exactly what it is. */
function onlyWay(premises: readonly Premise[], goal: Premise | undefined): boolean {
  return premises.every(premise => premise === goal || premise.allowed.length === 1)
}

function unobtainable({ name, range }: Premise, catalogue: Catalogue): Explanation['unobtainable'] {
  const published = catalogue.known.get(name)
  if (published === undefined || published === 'missing') return { kind: 'missing' }
  const all = [...published.values()]
  const usable = all.filter(choice => !choice.yanked).map(choice => choice.version)
  const wanted = /\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?/.exec(range.text)?.[0]
  const nearest = wanted === undefined ? usable.slice(-5) : nearestVersions(usable, wanted as Version)
  const inRange = all.filter(choice => matches(range, choice.version))
  return {
    kind: 'unmatched',
    nearest,
    yanked: inRange.filter(choice => choice.yanked).map(choice => choice.version),
    otherResolver: inRange.filter(choice => choice.resolverVersion !== RESOLVER_VERSION).map(choice => choice.version),
  }
}

/** A package whose best version that every range admits was not possible. */
export type HeldBack = {
  readonly name: PackageName
  readonly version: Version
  readonly better: Version
  /** `1.5.0 needs D >=3.0.0, C needs D <3.0.0` */
  readonly why: string
}

/**
 * The packages of a solution that have a better version in all ranges on them, each with the reason (D16). Where versions
 * stand side by side, each is there because of a conflict, and nothing is said.
 */
export function findHeldBack(question: SingleQuestion, solution: Solution, catalogue: Catalogue): HeldBack[] {
  if (hasInstances(solution.picks)) return []
  const { promoted } = solution
  const input = searchInput({ ...question, promoted }, solution.peers)
  const ranges = rangesOn(question, solution)
  const before: WantedEdge[] = []
  const found: HeldBack[] = []
  for (const { name, version } of solution.picks.values()) {
    const all = question.wants.resolutions.has(name)
      ? [question.wants.resolutions.get(name)!]
      : question.strategy === 'latest'
        ? []
        : (ranges.get(name) ?? [])
    const admitted = versionsIn(all[0] ?? ANY, name, { input, catalogue }).filter(each =>
      all.every(range => matches(range, each)),
    )
    const better = question.strategy === 'lowest' ? lowest(admitted) : admitted[0]
    if (better !== undefined && better !== version && question.locked.get(name) !== version) {
      const why = whyNot({ name, better, before }, { question, input, catalogue })
      if (why !== undefined) found.push({ name, version, better, why })
    }
    before.push({ name, range: exactly(version), kind: 'required', from: { kind: 'chosen' } })
  }
  return found
}

const ANY = parseRange('*')

/** Every range that the root and the chosen packages put on a package, those of optional packages that were taken included. */
function rangesOn({ wants }: SingleQuestion, { root, picks, peers }: Solution): Map<PackageName, Range[]> {
  const ranges = new Map<PackageName, Range[]>()
  const add = (name: PackageName, range: Range): void => {
    const list = ranges.get(name)
    if (list === undefined) ranges.set(name, [range])
    else list.push(range)
  }
  for (const { name, range } of requirementsOf(wants)) add(name, range)
  const addTaken = (optional: ReadonlyMap<PackageName, Range>, taken: Solution['root']): void => {
    for (const [name, range] of optional) {
      const version = taken.get(name)
      // What was left out may be there all the same, because of another.
      if (version !== undefined && matches(range, version)) add(name, range)
    }
  }
  addTaken(wants.optional, root)
  if (peers === 'bind') for (const [name, range] of wants.peers) add(name, range)
  for (const { name: user, choice, dependencies } of picks.values()) {
    const extras = (wants.extras.get(user) ?? []).flatMap(extra => [...(choice.extras?.get(extra) ?? [])])
    for (const [name, range] of [...choice.dependencies, ...extras]) if (dependencies.has(name)) add(name, range)
    addTaken(choice.optionalDependencies, dependencies)
    if (peers === 'bind') for (const [name, range] of choice.peerDependencies) add(name, range)
  }
  return ranges
}

/** The one that `--minimal` would take first: the lowest stable one. */
function lowest(versions: readonly Version[]): Version | undefined {
  return versions.filter(version => !isPrerelease(version)).at(-1) ?? versions.at(-1)
}

/** Why a version cannot be chosen after what was chosen `before`, in a few words. */
function whyNot(
  {
    name,
    better,
    before,
  }: { readonly name: PackageName; readonly better: Version; readonly before: readonly WantedEdge[] },
  {
    question,
    input,
    catalogue,
  }: { readonly question: SingleQuestion; readonly input: SearchInput; readonly catalogue: Catalogue },
): string | undefined {
  const wanted: WantedEdge = { name, range: exactly(better), kind: 'required', from: { kind: 'chosen' } }
  const chosen = [...before, wanted]
  // Where something stands in the place of all ranges on a package, what is chosen has to stand there, too.
  const replaced = chosen.filter(each => input.ranges === 'ignore' || input.resolutions.has(each.name))
  const pins = new Map(replaced.map(each => [each.name, each.range]))
  const pinned = { ...input, resolutions: new Map([...input.resolutions, ...pins]) }
  const clash = findClash(pinned, [...rootEdges(question.wants), ...chosen], catalogue)
  if (clash === undefined) return undefined
  const words = (fact: Fact): string => {
    const { from, root, name: target, range } = fact.premise
    if (root?.from.kind === 'chosen' || pins.has(target)) {
      return target === name ? `${target} ${better}` : `${target} ${range.text} is chosen`
    }
    const who = from === undefined ? 'the project' : from.name === name ? better : from.name
    return `${who} needs ${target} ${range.text}`
  }
  const own = clash.facts.filter(({ premise }) => premise.from?.name === name)
  const others = clash.facts.filter(fact => !own.includes(fact))
  const told = [...own, ...others].map(words).join(', ')
  return own.length > 0 ? told : `${better}: ${told}`
}
