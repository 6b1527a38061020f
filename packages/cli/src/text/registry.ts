import type { Reindexed, Verified } from '@aam/client'
import { LATEST, type PackageSummary, count } from '@aam/core'
import type { VerifiedData } from '@aam/server'
import { problemLines } from './problems.ts'
import { type View, table } from './view.ts'

/** The packages of a registry: name, latest, how many versions, tags besides latest. */
export function summaryLines(packages: readonly PackageSummary[], view: View): string[] {
  if (packages.length === 0) return ['The registry has no packages']
  const rows = packages.map(({ name, latest, versions, yanked, deprecated, tags }) => [
    name,
    latest ?? '(none)',
    `${count(versions.length, 'version')}${yanked.length === 0 ? '' : `, ${String(yanked.length)} yanked`}`,
    [
      ...Object.entries(tags)
        .filter(([tag]) => tag !== LATEST)
        .map(([tag, version]) => `${tag}: ${version}`),
      ...(deprecated === null ? [] : [view.warn('deprecated')]),
    ].join(', '),
  ])
  return table(rows).map(line => line.trimEnd())
}

/** What `aam registry reindex` did. */
export function reindexLines({ packages, adopted, written, removed, problems }: Reindexed, view: View): string[] {
  const done = [
    ...(adopted.length === 0 ? [] : [`${count(adopted.length, 'version')} added`]),
    ...(written.length === 0 ? [] : [`${count(written.length, 'file')} written`]),
    ...(removed === 0 ? [] : [`${count(removed, 'leftover')} removed`]),
  ]
  return [
    ...adopted.map(({ name, version }) => `${view.good('+')} ${name} ${version}`),
    ...problemLines(problems, view),
    `${problems.length === 0 ? view.good('✓') : view.bad('✗')} ${count(packages, 'package')}: ${done.length === 0 ? 'nothing had to be written' : done.join(', ')}${problems.length === 0 ? '' : `; ${count(problems.length, 'problem')} left`}`,
  ]
}

/** What `aam registry verify` found. */
export function verifyLines({ packages, versions, problems }: Verified, view: View): string[] {
  const errors = problems.filter(({ severity }) => severity === 'error').length
  const all = `${count(packages, 'package')}, ${count(versions, 'version')}`
  if (problems.length === 0) return [`${view.good('✓')} ${all}: every file is there and as it was published`]
  const mark = errors > 0 ? view.bad('✗') : view.warn('!')
  const found = `${count(errors, 'error')}, ${count(problems.length - errors, 'warning')}`
  return [...problemLines(problems, view), `${mark} ${all}: ${found}`]
}

/** What `aam registry verify` found in the data of a server. */
export function verifyDataLines(
  { problems, packages, versions, blobs, events, head }: VerifiedData,
  view: View,
): string[] {
  const errors = problems.filter(({ severity }) => severity === 'error').length
  const all = `${count(packages, 'package')}, ${count(versions, 'version')}, ${count(blobs, 'archive')}, ${count(events, 'event')}`
  const found = problems.map(({ severity, what, why }) => ({ severity, file: what, message: why }))
  const mark = errors > 0 ? view.bad('✗') : problems.length > 0 ? view.warn('!') : view.good('✓')
  const said =
    problems.length === 0
      ? 'everything is there, and as it was written'
      : `${count(errors, 'error')}, ${count(problems.length - errors, 'warning')}`
  return [...problemLines(found, view), `${mark} ${all}: ${said}`, `  the log ends with ${head}`]
}
