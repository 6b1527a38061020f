/** Turns the conflict a search ended in into what a person can act on (D17). */
import { count } from '../failures.ts'
import { type PackageName, compareText } from '../name.ts'
import { matches, parseRange } from '../range.ts'
import { type Version, nearestVersions } from '../version.ts'
import type { Conflict, Edge, Exclusion, Fact, Reason } from './search.ts'
import { type Answer, type Question, solve } from './solve.ts'
import { type Known, candidatesOf } from './universe.ts'

type Unsolvable = Extract<Answer, { kind: 'unsolvable' }>

/** A change to the project that may help; it is worth showing only when `question` turns out to have a solution. */
export type Remedy = {
  readonly question: Question
  /** The sentence after "Works: ", given the versions that the solution has. */
  readonly describe: (versions: ReadonlyMap<PackageName, Version>) => string
}

export type Explanation = {
  /** The package that no version can be chosen of. */
  readonly target: PackageName
  readonly facts: readonly Fact[]
  readonly steps: readonly string[]
  readonly remedies: readonly Remedy[]
  /** Whether no registry has the target at all. */
  readonly missing: boolean
  /** Set when there was nothing to choose from: one package is simply not to be had. */
  readonly unobtainable:
    | { readonly kind: 'missing' }
    | { readonly kind: 'unmatched'; readonly nearest: readonly Version[]; readonly yanked: readonly Version[] }
    | undefined
}

/** Explains why there is no solution, in terms of as few root requirements as possible. */
export function explain(answer: Unsolvable, known: Known): Explanation {
  const { conflict, question } = minimise(answer, known)
  const proof = collect(conflict)
  const groups = proof.flatMap(leafFacts)
  const facts = groups[0] ?? [{ edge: conflict.because, chain: [] }]
  const target = facts[0]?.edge.name ?? conflict.name
  const single =
    groups.every(group => group.length === 1 && group[0]?.edge.name === target) && !proof.some(hadAlternatives)
  return {
    target,
    facts,
    missing: known.get(target) === 'missing',
    steps: describeSteps(proof, question.wants.root.name),
    remedies: single ? [] : findRemedies({ question, target, facts, proof }, known),
    unobtainable: single ? unobtainable(facts[0]?.edge, known) : undefined,
  }
}

/** Drops every root requirement that the conflict does not need. */
function minimise(answer: Unsolvable, known: Known): Unsolvable {
  const used = new Set(collect(answer.conflict).flatMap(usedRootNames))
  let smallest = answer
  let kept = [...answer.question.wants.required.keys()].sort(compareText)
  const tryWith = (names: PackageName[]): void => {
    const { wants } = answer.question
    const required = new Map([...wants.required].filter(([name]) => names.includes(name)))
    const attempt = solve({ ...answer.question, wants: { ...wants, required, optional: new Map() } }, known)
    if (attempt.kind !== 'unsolvable') return
    smallest = attempt
    kept = names
  }
  // Most projects have many requirements and the proof speaks of few: try those alone before dropping one at a time.
  tryWith(kept.filter(name => used.has(name)))
  for (const name of used) tryWith(kept.filter(other => other !== name))
  return smallest
}

/** Every conflict the last one rests on, in the order in which they were learned; itself last. */
function collect(conflict: Conflict, seen = new Set<Conflict>()): Conflict[] {
  if (seen.has(conflict)) return []
  seen.add(conflict)
  const before = conflict.exclusions.flatMap(({ reason }) =>
    reason.kind === 'learned' ? collect(reason.conflict, seen) : [],
  )
  return [...before, conflict]
}

function usedRootNames(conflict: Conflict): PackageName[] {
  const edges = conflict.exclusions.flatMap(({ reason }) => edgesIn(reason))
  return [...edges, conflict.because].filter(edge => edge.from === undefined).map(edge => edge.name)
}

function edgesIn(reason: Reason): readonly Edge[] {
  switch (reason.kind) {
    case 'range':
    case 'chosen':
      return [reason.edge]
    case 'starved':
      return reason.facts.map(({ edge }) => edge)
    case 'learned':
      return []
  }
}

/** The groups of requirements in one conflict that cannot all be met, whatever else is chosen. */
function leafFacts(conflict: Conflict): (readonly Fact[])[] {
  const reasons = conflict.exclusions.map(({ reason }) => reason)
  if (reasons.every(reason => reason.kind === 'range')) {
    const edges = new Set([conflict.because, ...reasons.map(reason => reason.edge)])
    return [[...edges].map(edge => ({ edge, chain: edge.from === undefined ? [] : [edge.from] }))]
  }
  const groups = reasons.flatMap(reason => (reason.kind === 'starved' ? [reason.facts] : []))
  return groups.slice(0, 1).concat(groups.slice(1).filter(group => key(group) !== key(groups[0] ?? [])))
}

/** Whether a conflict had more than one version to choose from, or another choice in its way. */
function hadAlternatives(conflict: Conflict): boolean {
  const possible = conflict.exclusions.filter(({ reason }) => reason.kind !== 'range')
  return possible.length > 1 || possible.some(({ reason }) => reason.kind === 'chosen')
}

function key(facts: readonly Fact[]): string {
  return facts.map(({ edge }) => `${edge.from?.name ?? ''}>${edge.name}@${edge.range.text}`).join(' ')
}

function unobtainable(edge: Edge | undefined, known: Known): Explanation['unobtainable'] {
  const published = edge === undefined ? undefined : known.get(edge.name)
  if (edge === undefined || published === undefined || published === 'missing') return { kind: 'missing' }
  const all = [...published.values()]
  const usable = all.filter(choice => !choice.yanked).map(choice => choice.version)
  const wanted = /\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?/.exec(edge.range.text)?.[0]
  const nearest = wanted === undefined ? usable.slice(-5) : nearestVersions(usable, wanted as Version)
  const yanked = all
    .filter(choice => choice.yanked && matches(edge.range, choice.version))
    .map(choice => choice.version)
  return { kind: 'unmatched', nearest, yanked }
}

const MOST_REMEDIES = 3

type Scene = {
  readonly question: Question
  readonly target: PackageName
  readonly facts: readonly Fact[]
  readonly proof: readonly Conflict[]
}

/** Changes worth trying: another range for a root requirement, or one version of the target for everybody. */
function findRemedies({ question, target, facts, proof }: Scene, known: Known): Remedy[] {
  const { wants } = question
  const roots = [...new Set(proof.flatMap(usedRootNames))].filter(
    name => wants.required.has(name) && !wants.resolutions.has(name),
  )
  const relaxed = roots.map((name): Remedy => {
    const required = new Map(wants.required).set(name, parseRange('*'))
    return {
      question: { locked: new Map(), wants: { ...wants, required } },
      describe: versions => {
        const version = versions.get(name) ?? ''
        const rest = facts.map(fact => fact.edge.name).filter(other => other !== name && versions.has(other))
        const uses = [...new Set([name, ...rest])].map(other => `${other} ${versions.get(other) ?? ''}`)
        return `change ${name} to "^${version}" (uses ${uses.join(', ')})`
      },
    }
  })
  const ranges = facts.map(({ edge }) => edge)
  const candidates = candidatesOf(known.get(target), undefined)
  const favourites = ranges.flatMap(
    edge => candidates.find(({ version }) => matches(edge.range, version))?.version ?? [],
  )
  const forced = [...new Set(favourites)].map((version): Remedy => {
    const resolutions = new Map(wants.resolutions).set(target, parseRange(version))
    const broken = ranges.filter(edge => !matches(edge.range, version))
    const breaks = broken.map(edge => `${edge.from?.name ?? wants.root.name}'s ${target} ${edge.range.text}`).join(', ')
    return {
      question: { locked: new Map(), wants: { ...wants, resolutions } },
      describe: () => `add "resolutions": { "${target}": "${version}" } (breaks ${breaks})`,
    }
  })
  return [...relaxed.slice(0, MOST_REMEDIES), ...forced.slice(0, MOST_REMEDIES)]
}

const MOST_STEPS = 10

/** The derivation read aloud: one numbered paragraph per conflict, each resting on those before it. */
function describeSteps(proof: readonly Conflict[], root: string): string[] {
  const number = new Map(proof.map((conflict, index) => [conflict, index + 1]))
  return proof.map((conflict, index) => {
    const possible = conflict.exclusions.filter(({ reason }) => reason.kind !== 'range')
    const who =
      conflict.because.from === undefined ? root : `${conflict.because.from.name} ${conflict.because.from.version}`
    const which =
      possible.length > 0
        ? `, which allows ${listVersions(possible.map(({ version }) => version))}`
        : conflict.exclusions.length > 0
          ? ', which no version of it satisfies together with what else is required'
          : ', and there is no version of it to choose'
    const first = `${who} requires ${conflict.name} ${conflict.because.range.text}${which}.`
    const reasons = groupReasons(possible, number).map(
      ({ versions, text }) => `${conflict.name} ${listVersions(versions)} ${text}.`,
    )
    const last =
      conflict.decisions.length === 0
        ? 'So there is no solution.'
        : `So ${conflict.decisions.map(({ name, version }) => `${name} ${version}`).join(' and ')} cannot be used${conflict.decisions.length > 1 ? ' together' : ''}.`
    const lines = [first, ...reasons, last]
    return lines.map((line, at) => `${at === 0 ? `(${String(index + 1)})`.padEnd(4) : '    '}${line}`).join('\n')
  })
}

function groupReasons(
  exclusions: readonly Exclusion[],
  number: ReadonlyMap<Conflict, number>,
): { readonly versions: Version[]; readonly text: string }[] {
  const groups = new Map<string, Version[]>()
  for (const { version, reason } of exclusions) {
    const text = describeReason(reason, number)
    const versions = groups.get(text)
    if (versions === undefined) groups.set(text, [version])
    else versions.push(version)
  }
  return [...groups].map(([text, versions]) => ({ text, versions }))
}

function describeReason(reason: Reason, number: ReadonlyMap<Conflict, number>): string {
  switch (reason.kind) {
    case 'range':
      return `is not in ${reason.edge.range.text}`
    case 'chosen':
      return `requires ${reason.edge.name} ${reason.edge.range.text}, but ${reason.edge.name} ${reason.version} is chosen`
    case 'learned':
      return `cannot be used, by (${String(number.get(reason.conflict) ?? 0)})`
    case 'starved': {
      const own = reason.facts[reason.facts.length - 1]?.edge
      const others = reason.facts.slice(0, -1).map(({ edge }) => `${nameOf(edge)} requires ${edge.range.text}`)
      const requires = `requires ${own?.name ?? ''} ${own?.range.text ?? ''}`
      return others.length === 0
        ? `${requires}, which no version satisfies`
        : `${requires}, but ${others.join(' and ')}`
    }
  }
}

function nameOf(edge: Edge): string {
  return edge.from === undefined ? 'the project' : `${edge.from.name} ${edge.from.version}`
}

function listVersions(versions: readonly Version[]): string {
  return versions.length <= 5
    ? versions.join(', ')
    : `${versions.slice(0, 3).join(', ')}, …, ${versions[versions.length - 1] ?? ''} (${String(versions.length)} versions)`
}

/** Why a better version was passed over, in a few words: `1.5.0 needs D >=3.0.0, C needs D <3.0.0` (D16). */
export function describePassedOver({ version, reason }: Exclusion): string | undefined {
  const leaf =
    reason.kind === 'learned'
      ? collect(reason.conflict).flatMap(leafFacts)[0]
      : reason.kind === 'starved'
        ? reason.facts
        : undefined
  if (leaf !== undefined) {
    const needs = leaf.map(({ edge }) => `${edge.from?.name ?? 'the project'} needs ${edge.name} ${edge.range.text}`)
    return reason.kind === 'starved'
      ? [
          `${version} needs ${leaf[leaf.length - 1]?.edge.name ?? ''} ${leaf[leaf.length - 1]?.edge.range.text ?? ''}`,
          ...needs.slice(0, -1),
        ].join(', ')
      : `${version}: ${needs.join(', ')}`
  }
  if (reason.kind === 'chosen') {
    return `${version} needs ${reason.edge.name} ${reason.edge.range.text}, ${reason.version} is chosen`
  }
  return undefined
}

/**
 * The conflict block (D17): the facts as the user guide has them, each with its chain, the suggestions, the derivation.
 * @param works sentences about remedies that were tried and have a solution
 */
export function renderConflict(
  explanation: Explanation,
  root: Question['wants']['root'],
  works: readonly string[],
): string {
  const { facts, target, steps, missing } = explanation
  const names = [...new Set(facts.map(({ edge }) => edge.from?.name).filter(name => name !== undefined))]
  const all = facts.length === 2 ? 'both constraints' : facts.length === 1 ? 'this constraint' : 'all constraints'
  const suggestions = [
    names.length > 0
      ? `Check if newer versions of ${names.join(' or ')} relax the constraint`
      : `Check whether the ranges in the manifest can be relaxed`,
    names.length > 0
      ? `Use ${names.map(name => `\`aam info ${name}\``).join(' and ')} to see latest versions`
      : `Use \`aam info ${target}\` to see its versions`,
    'Install packages in separate projects if truly incompatible',
    ...works.map(sentence => `Works: ${sentence}`),
  ]
  const left = steps.length - MOST_STEPS
  const shown =
    left <= 0
      ? steps
      : [
          ...steps.slice(0, MOST_STEPS - 1),
          `    … ${count(left, 'more step')} like these; --json lists them all`,
          ...steps.slice(-1),
        ]
  return [
    'Dependency conflict',
    '',
    ...facts.flatMap(({ edge, chain }) => [
      `  Package ${edge.from === undefined ? `${root.name}@${root.version}` : `${edge.from.name}@${edge.from.version}`} requires ${edge.name} ${edge.range.text}`,
      `      ${[root.name, ...chain.map(({ name, version }) => `${name}@${version}`)].join(' → ')}`,
    ]),
    '',
    missing ? `There is no package ${target}.` : `No version of ${target} satisfies ${all}.`,
    '',
    'Suggestions:',
    ...suggestions.map((suggestion, index) => `  ${String(index + 1)}. ${suggestion}`),
    '',
    'How this follows:',
    ...shown.flatMap(step => step.split('\n').map(line => `  ${line}`)),
  ].join('\n')
}
