/** Changes that may help against a conflict. Each is a question; only those that turn out to have the right answer are told. */
import { type InstanceName, type PackageName, packageOf } from '../name.ts'
import { exactly, matches, parseRange } from '../range.ts'
import type { Version } from '../version.ts'
import type { Wants } from '../wants.ts'
import type { Catalogue } from './catalogue.ts'
import type { Clash } from './clash.ts'
import { versionsIn } from './proof.ts'
import { type Solution, searchInput } from './single.ts'
import type { Answer, Question } from './solve.ts'

/** Something to try before it is suggested. */
export type Remedy = {
  readonly question: Question
  /** The suggestion, given the answer to `question`; `undefined` when that does not bear it out. */
  readonly tell: (answer: Exclude<Answer, { kind: 'unknown' }>) => string | undefined
}

const MOST = 3

/** Other ranges for what the root asks, one version for everybody, several side by side; and whose fault it is if nothing helps. */
export function findRemedies(question: Question, clash: Clash, catalogue: Catalogue): Remedy[] {
  const forced = forceTarget(question, clash, catalogue)
  const relaxed = relaxRoots(question, clash)
  const first = question.onConflict === 'override' ? [...forced, ...relaxed] : [...relaxed, ...forced]
  return [...first, ...allowSeveral(question, clash), ...blameAuthors(question, clash)]
}

/** What a remedy is tried with: the lock is not what is to be kept. */
function afresh(question: Question, wants: Partial<Wants>): Question {
  return { ...question, onConflict: 'fail', locked: new Map(), wants: { ...question.wants, ...wants } }
}

/** The names in the root's own dependencies that the conflict needs and no override settles. */
function rootsOf({ wants }: Question, { edges }: Clash): PackageName[] {
  const names = edges.filter(({ from }) => from.kind === 'dependencies').map(({ name }) => name)
  return [...new Set(names)].filter(name => !wants.resolutions.has(name))
}

function relaxRoots(question: Question, clash: Clash): Remedy[] {
  return rootsOf(question, clash)
    .slice(0, MOST)
    .map(name => ({
      question: afresh(question, { required: new Map(question.wants.required).set(name, parseRange('*')) }),
      tell: answer => {
        if (answer.kind !== 'solved') return undefined
        const { picks } = answer
        const rest = [clash.target].filter(other => other !== name && picks.has(other))
        const uses = [name, ...rest].map(other => `${other} ${picks.get(other)?.version ?? ''}`)
        return `Works: change ${name} to "^${picks.get(name)?.version ?? ''}" (uses ${uses.join(', ')})`
      },
    }))
}

function forceTarget(question: Question, { target, facts }: Clash, catalogue: Catalogue): Remedy[] {
  const { wants } = question
  const input = searchInput(question, 'ignore')
  const favourites = facts.flatMap(
    ({ premise }) => versionsIn(premise.root?.range ?? premise.range, target, { input, catalogue })[0] ?? [],
  )
  return [...new Set(favourites)].slice(0, MOST).map(version => {
    const broken = facts.filter(({ premise }) => !matches(premise.range, version))
    const breaks = broken.map(
      ({ premise }) => `${premise.from?.name ?? wants.root.name}'s ${target} ${premise.range.text}`,
    )
    return {
      question: afresh(question, { resolutions: new Map(wants.resolutions).set(target, exactly(version)) }),
      tell: answer =>
        answer.kind === 'solved'
          ? `Works: add "resolutions": { "${target}": "${version}" } (breaks ${breaks.join(', ')})`
          : undefined,
    }
  })
}

function allowSeveral(question: Question, { target, facts }: Clash): Remedy[] {
  if (question.onConflict === 'duplicate' || facts.length < 2) return []
  return [
    {
      question: { ...afresh(question, {}), onConflict: 'duplicate' },
      tell: answer => {
        if (answer.kind !== 'solved') return undefined
        const each = [...answer.picks].filter(([instance]) => packageOf(instance) === target)
        const shown = each.map(([, { version }]) => `${target} ${version} for ${usersOf(answer, target, version)}`)
        return `Works: \`aam install --on-conflict=duplicate\` (${shown.join(', ')})`
      },
    },
  ]
}

function usersOf({ picks, root }: Solution, target: PackageName, version: Version): string {
  const users = [...picks].filter(([, { dependencies }]) => dependencies.get(target) === version)
  const names = users.map(([instance]): InstanceName => packageOf(instance))
  return [...(root.get(target) === version ? ['the project'] : []), ...new Set(names)].join(' and ')
}

/** A package that cannot be installed in any version, by anybody. */
function blameAuthors(question: Question, clash: Clash): Remedy[] {
  const roots = rootsOf(question, clash)
  return roots.slice(0, MOST).map(name => ({
    question: afresh(question, {
      required: new Map([[name, parseRange('*')]]),
      selected: [],
      extras: new Map(),
      optional: new Map(),
      peers: new Map(),
      resolutions: new Map(),
    }),
    tell: answer =>
      answer.kind === 'unsolvable'
        ? `Report to the author of ${name}: no published version of it can be installed`
        : undefined,
  }))
}
