/** Changes that may help against a conflict. Each is a question; only those that turn out to have the right answer are told. */
import { findCycle } from '../check.ts'
import { hasInstances, instancesOf } from '../instances.ts'
import { type PackageName, packageOf } from '../name.ts'
import { exactly, matches, parseRange } from '../range.ts'
import type { Version } from '../version.ts'
import { type Wants, requirementsOf } from '../wants.ts'
import type { Catalogue } from './catalogue.ts'
import type { Clash } from './clash.ts'
import { versionsIn } from './proof.ts'
import { type Solution, searchInput } from './single.ts'
import type { Answer, Question } from './solve.ts'

type Final = Exclude<Answer, { kind: 'unknown' }>

/** Something to try before it is suggested. */
export type Remedy = {
  readonly question: Question
  /** The suggestion, given the answer to `question`; `undefined` when that does not bear it out. */
  readonly tell: (answer: Final) => string | undefined
}

/** What the user ran: a suggestion is to be carried out with it. */
export type Attempt = {
  /** `aam install lint@^2.0.0` */
  readonly command: string
  /** Packages that it adds to the manifest, which does not have them yet. */
  readonly adds: ReadonlySet<PackageName>
  /** Whether the user may give a dependency another range: not where a policy wants it chosen by a tag. */
  readonly mayChangeRanges: boolean
}

export const PLAIN_INSTALL: Attempt = { command: 'aam install', adds: new Set(), mayChangeRanges: true }

const MOST = 3

/** Other ranges for what the root asks, one version for everybody, several side by side; and whose fault it is. */
export function findRemedies(
  question: Question,
  clash: Clash,
  { catalogue, attempt }: { readonly catalogue: Catalogue; readonly attempt: Attempt },
): Remedy[] {
  const forced = forceTarget(question, clash, { catalogue, attempt })
  const relaxed = relaxRoots(question, clash, attempt)
  const first = question.onConflict === 'override' ? [...forced, ...relaxed] : [...relaxed, ...forced]
  const others = [...allowSeveral(question, clash, attempt), ...letRootDecide(question, clash, attempt)]
  return [
    ...[...first, ...others].map(remedy => ({ ...remedy, tell: acyclic(remedy.tell) })),
    ...blameAuthors(question, clash, attempt),
  ]
}

/** A solution with a cycle is refused afterwards (D18): it is none. */
function acyclic(tell: Remedy['tell']): Remedy['tell'] {
  return answer =>
    answer.kind === 'solved' && findCycle({ root: answer.root, packages: answer.picks }) !== undefined
      ? undefined
      : tell(answer)
}

/** What a remedy is tried with: what the user would run then, with the lock that is there. */
function changed(question: Question, wants: Partial<Wants>): Question {
  return { ...question, onConflict: 'fail', wants: { ...question.wants, ...wants } }
}

/** ` and run ... again`, where a change of the manifest alone would not add what was to be added. */
function again({ command, adds }: Attempt): string {
  return adds.size > 0 ? ` and run \`${command}\` again` : ''
}

/** The names in the root's own dependencies that the conflict needs, and whose range the user is free to change. */
function rootsOf({ wants }: Question, { edges }: Clash, { adds, mayChangeRanges }: Attempt): PackageName[] {
  if (!mayChangeRanges) return []
  const free = edges.filter(({ from, name }) => from.kind === 'dependencies' || (from.kind === 'tag' && adds.has(name)))
  return [...new Set(free.map(({ name }) => name))].filter(name => !wants.resolutions.has(name))
}

function relaxRoots(question: Question, clash: Clash, attempt: Attempt): Remedy[] {
  return rootsOf(question, clash, attempt)
    .slice(0, MOST)
    .map(name => ({
      question: changed(question, { required: new Map(question.wants.required).set(name, parseRange('*')) }),
      tell: answer => {
        if (answer.kind !== 'solved') return undefined
        const { picks } = answer
        const rest = [clash.target].filter(other => other !== name && picks.has(other))
        const uses = [name, ...rest].map(other => `${other} ${picks.get(other)?.version ?? ''}`)
        const range = `^${picks.get(name)?.version ?? ''}`
        const change = attempt.adds.has(name)
          ? `\`aam install ${name}@${range}\``
          : `change ${name} to "${range}"${again(attempt)}`
        return `Works: ${change} (uses ${uses.join(', ')})`
      },
    }))
}

function forceTarget(
  question: Question,
  { target, facts }: Clash,
  { catalogue, attempt }: { readonly catalogue: Catalogue; readonly attempt: Attempt },
): Remedy[] {
  const { wants } = question
  const input = searchInput(question, 'ignore')
  const favourites = facts.flatMap(
    ({ premise }) => versionsIn(premise.root?.range ?? premise.range, target, { input, catalogue })[0] ?? [],
  )
  return [...new Set(favourites)].slice(0, MOST).map(version => ({
    question: changed(question, { resolutions: new Map(wants.resolutions).set(target, exactly(version)) }),
    tell: answer => {
      if (answer.kind !== 'solved') return undefined
      const broken = brokenBy(answer, { target, version, wants })
      const breaks = broken === '' ? '' : ` (breaks ${broken})`
      return `Works: add "resolutions": { "${target}": "${version}" }${again(attempt)}${breaks}`
    },
  }))
}

/** Whose range a forced version is outside of. */
function brokenBy(
  { picks }: Solution,
  { target, version, wants }: { readonly target: PackageName; readonly version: Version; readonly wants: Wants },
): string {
  const asked = [
    ...requirementsOf(wants).flatMap(({ name, range }) => (name === target ? [[wants.root.name, range] as const] : [])),
    ...[...picks.values()].flatMap(({ name, choice }) => {
      const range = choice.dependencies.get(target)
      return range === undefined ? [] : [[name, range] as const]
    }),
  ]
  const broken = asked.filter(([, range]) => !matches(range, version))
  return broken.map(([who, range]) => `${who}'s ${target} ${range.text}`).join(', ')
}

function allowSeveral(question: Question, { facts }: Clash, { command }: Attempt): Remedy[] {
  if (question.onConflict === 'duplicate' || facts.length < 2) return []
  return [
    {
      question: { ...question, onConflict: 'duplicate' },
      tell: answer => {
        if (answer.kind !== 'solved' || !hasInstances(answer.picks)) return undefined
        const several = new Set(
          [...answer.picks.keys()].map(packageOf).filter(name => instancesOf(answer.picks, name).length > 1),
        )
        const shown = [...several].flatMap(name =>
          [...answer.picks.values()]
            .filter(pick => pick.name === name)
            .map(({ version }) => `${name} ${version} for ${usersOf(answer, name, version)}`),
        )
        return `Works: \`${command} --on-conflict=duplicate\` (${shown.join(', ')})`
      },
    },
  ]
}

function usersOf({ picks, root }: Solution, target: PackageName, version: Version): string {
  const users = [...picks.values()].filter(({ dependencies }) => dependencies.get(target) === version)
  const names = new Set(users.map(({ name }) => name))
  return [...(root.get(target) === version ? ['the project'] : []), ...names].join(' and ')
}

/** The project's own range counts, where it has one. */
function letRootDecide(question: Question, { target, facts }: Clash, { command }: Attempt): Remedy[] {
  const declared = requirementsOf(question.wants).some(({ name }) => name === target)
  if (question.onConflict === 'peer' || facts.length < 2 || !declared) return []
  return [
    {
      question: { ...question, onConflict: 'peer' },
      tell: answer =>
        answer.kind === 'solved'
          ? `Works: \`${command} --on-conflict=peer\` (${target} ${answer.root.get(target) ?? ''}, as the project wants it; the others get a warning)`
          : undefined,
    },
  ]
}

/** A package that cannot be installed in any version, by anybody. */
function blameAuthors(question: Question, clash: Clash, attempt: Attempt): Remedy[] {
  return rootsOf(question, clash, attempt)
    .slice(0, MOST)
    .map(name => ({
      question: changed(question, {
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
