import { compareText, count, printable } from '@aam/core'
import type { Outcome } from '@aam/platforms'
import type { DeployResult } from '../actions/deploy/result.ts'
import type { describeDeployment } from '../actions/deploy/installed.ts'
import type { LeftOut } from '../actions/deploy/approve.ts'
import type { View } from './view.ts'

/** More lines than this are a list that nobody reads: the rest is counted. */
const MOST_LINES = 20

/** What a kind of artifact is called, one of it. */
export const KINDS: Readonly<Record<Outcome['kind'], string>> = {
  skills: 'skill',
  commands: 'command',
  agents: 'agent',
  rules: 'rule',
  servers: 'MCP server',
  hooks: 'hooks',
  context: 'instructions',
  run: 'scripts',
}

/** One artifact, and all the places at which the same becomes of it. */
type Line = { readonly first: Outcome; readonly places: readonly string[] }

/** What a deployment did or would do. `alone`: nothing else says how it ended. */
export function deployLines(
  result: DeployResult,
  view: View,
  { dryRun, alone }: { readonly dryRun: boolean; readonly alone: boolean },
): string[] {
  const { changes, warnings, leftOut } = result
  const done = joinPlaces(changes.filter(({ change }) => ['add', 'update', 'remove'].includes(change)))
  const shown = done.slice(0, MOST_LINES).map(line => `  ${changeLine(line, view)}`)
  const more = done.length - shown.length
  const title = result.targets.length === 0 ? 'For no agent any more:' : `For ${targetList(result)}:`
  return [
    ...(done.length === 0 ? [] : [title, ...shown]),
    ...(more > 0 ? [`  … and ${String(more)} more; \`aam status\` lists everything`] : []),
    ...joinPlaces(changes).flatMap(line => noteLines(line, view)),
    ...problemLines(result.problems, view),
    ...placeWarningLines(warnings, view),
    ...leftOut.flatMap(each => leftOutLines(each, view)),
    ...(alone ? [closing(result, dryRun)] : []),
  ]
}

/** `claude (.claude/), cursor (.cursor/)`. */
export function targetList({ targets }: Pick<DeployResult, 'targets'>): string {
  return targets.map(({ platform, because }) => `${platform} (${because})`).join(', ')
}

function closing(result: DeployResult, dryRun: boolean): string {
  const { changes, unchanged, targets, chosenBy } = result
  const changed = changes.filter(({ change }) => ['add', 'update', 'remove'].includes(change)).length
  if (dryRun) return changed === 0 ? 'Nothing would change' : 'Nothing was changed: this was a dry run'
  if (targets.length === 0 && changed === 0) {
    return chosenBy === 'signs'
      ? 'No agent shows here, so nothing was deployed; name one: `aam deploy --platform claude`'
      : 'Nothing is deployed'
  }
  if (targets.length === 0) return 'Took away everything that was deployed'
  if (changed === 0) return `Already deployed for ${targetList(result)} (${count(unchanged, 'place')})`
  return `Deployed: ${count(changed, 'place')} changed, ${String(unchanged)} as before`
}

function joinPlaces(outcomes: readonly Outcome[]): Line[] {
  const lines = new Map<string, { first: Outcome; places: string[] }>()
  for (const outcome of outcomes) {
    const key = [outcome.change, outcome.package, outcome.kind, outcome.name, ...outcome.details].join('\n')
    const line = lines.get(key)
    if (line === undefined) lines.set(key, { first: outcome, places: [outcome.place] })
    else if (!line.places.includes(outcome.place)) line.places.push(outcome.place)
  }
  return [...lines.values()].sort(
    (a, b) => compareText(a.first.package, b.first.package) || compareText(label(a.first), label(b.first)),
  )
}

function changeLine({ first, places }: Line, view: View): string {
  const mark = first.change === 'add' ? view.good('+') : first.change === 'remove' ? view.bad('-') : view.warn('~')
  return `${mark} ${label(first)} ${view.dim(`of ${first.package}`)} → ${places.map(printable).join(', ')}`
}

/** `skill review`; what a package has one of needs no name. */
function label({ kind, name }: Outcome): string {
  return kind === 'hooks' || kind === 'context' || kind === 'run' ? KINDS[kind] : `${KINDS[kind]} ${printable(name)}`
}

/** What was not done, and what to do about it. */
function noteLines({ first, places }: Line, view: View): string[] {
  const what = `${label(first)} of ${first.package}`
  const where = places.map(printable).join(', ')
  const files = detailsOf(first)
  const which = files === '' ? '' : ` (${files})`
  switch (first.change) {
    case 'edited':
      return [`${view.warn('!')} kept ${where} as you changed it${which}; --overwrite takes the ${what} again`]
    case 'left':
      return [`${view.warn('!')} left ${where}, because you changed it${which}: it is yours now`]
    case 'in-the-way':
      return [
        `${view.warn('!')} ${what} was not put into ${where}: ${files === '' ? 'that' : files} is yours; --adopt keeps and counts it as deployed, --overwrite replaces it`,
      ]
    case 'blocked':
      return [`${view.bad('✗')} ${what}: ${where} cannot be changed: ${files}`]
    default:
      return []
  }
}

/** The files or parts that an outcome is about, as seen from its place; nothing when it is the place itself. */
function detailsOf({ place, details }: Outcome): string {
  return details
    .filter(detail => detail !== place)
    .map(detail => printable(detail.startsWith(`${place}/`) ? detail.slice(place.length + 1) : detail))
    .join(', ')
}

/** What is wrong with artifacts, a line each. */
function problemLines(problems: DeployResult['problems'], view: View): string[] {
  return problems.map(problem => `${view.warn('!')} ${printable(problem)}`)
}

/** What platforms cannot express, a line each. */
export function placeWarningLines(warnings: DeployResult['warnings'], view: View): string[] {
  return warnings.map(warning => `${view.warn('!')} ${warningText(warning)}`)
}

function warningText({ platform, package: from, name, kind, message }: DeployResult['warnings'][number]): string {
  const about = name === undefined || kind === 'hooks' || kind === 'context' ? '' : `${KINDS[kind]} ${name}: `
  return printable(`${from} for ${platform}: ${about}${message}`)
}

function leftOutLines({ package: name, reason, items, differences }: LeftOut, view: View): string[] {
  const why =
    reason === 'new' ? 'wants to run, and nobody has approved it yet' : 'has changed what it runs since it was approved'
  const lines =
    reason === 'new'
      ? items.map(({ id, text }) => `${printable(id)}: ${printable(text)}`)
      : differences.flatMap(({ id, before, after }) => [
          ...(before === undefined ? [] : [`- ${printable(id)}: ${printable(before)}`]),
          ...(after === undefined ? [] : [`+ ${printable(id)}: ${printable(after)}`]),
        ])
  return [
    `${view.bad('✗')} ${name} ${why}, so this was left out:`,
    ...lines.slice(0, MOST_LINES).map(line => `    ${line}`),
    ...(lines.length > MOST_LINES ? [`    … and ${String(lines.length - MOST_LINES)} more`] : []),
    '  look at it, then run `aam deploy --approve-executables`',
  ]
}

const STATES: Readonly<Record<Outcome['change'], string>> = {
  same: '',
  adopt: '',
  add: 'not there',
  update: 'not as it should be',
  remove: 'no longer wanted',
  edited: 'changed by you',
  left: 'no longer wanted, and changed by you',
  'in-the-way': 'something of yours is there',
  blocked: 'cannot be changed',
}

/** What agents see, package by package. */
export function statusLines(
  { result, outcomes, warnings, problems }: Awaited<ReturnType<typeof describeDeployment>>,
  view: View,
): string[] {
  const notes = [...problemLines(problems, view), ...placeWarningLines(warnings, view)]
  const lines = joinPlaces(outcomes)
  const packages = [...new Set(lines.map(({ first }) => first.package))]
  const targets =
    result.targets.length === 0
      ? 'No agent shows here: name one with `aam deploy --platform claude`'
      : `Deployed for ${targetList(result)}`
  const wrong = result.changes.length + result.leftOut.length
  return [
    targets,
    ...packages.flatMap(name => [
      '',
      view.bold(name),
      ...lines.filter(({ first }) => first.package === name).map(line => `  ${statusLine(line, view)}`),
    ]),
    ...(notes.length === 0 ? [] : ['', ...notes]),
    ...result.leftOut.flatMap(each => ['', ...leftOutLines(each, view)]),
    ...(lines.length === 0 && wrong === 0
      ? []
      : ['', wrong === 0 ? `${view.good('✓')} Everything is as it should be` : summary(result)]),
  ]
}

function statusLine({ first, places }: Line, view: View): string {
  const state = STATES[first.change]
  const details = detailsOf(first)
  const files = details === '' ? '' : ` (${details})`
  const mark = state === '' ? view.good('✓') : view.warn('!')
  return `${mark} ${label(first)} → ${places.map(printable).join(', ')}${state === '' ? '' : `: ${state}${files}`}`
}

function summary({ changes, leftOut }: DeployResult): string {
  const open = changes.filter(({ change }) => ['add', 'update', 'remove'].includes(change)).length
  const yours = changes.length - open
  return [
    ...(open > 0 ? [`${count(open, 'place')} to bring up to date: \`aam deploy\``] : []),
    ...(yours > 0 ? [`${count(yours, 'place')} kept as you have it: \`aam deploy --overwrite\` or \`--adopt\``] : []),
    ...(leftOut.length > 0 ? [`${count(leftOut.length, 'package')} to approve`] : []),
  ].join('; ')
}
