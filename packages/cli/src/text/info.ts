import type { PackageInfo } from '../actions/info.ts'
import { count, printable } from '@aam/core'
import { type View, formatBytes, table } from './view.ts'

type Facts = NonNullable<PackageInfo['server']>

const MOST_VERSIONS = 10

/** A package's page in the terminal. */
export function infoLines(
  { name, version, registry, tags, versions, owners, release, server }: PackageInfo,
  view: View,
): string[] {
  const shown = versions.slice(0, MOST_VERSIONS)
  const rest = versions.length - shown.length
  return [
    `${view.bold(`${name}@${version}`)}${typeof release.license === 'string' ? `  ${printable(release.license)}` : ''}`,
    ...(typeof release.description === 'string' ? [printable(release.description)] : []),
    ...flags(release, view),
    '',
    ...section('tags', table(Object.entries(tags).map(([tag, target]) => [tag, target]))),
    ...section('versions', [
      ...table(shown.map(each => [each.version, marks(each, view)])).map(line => line.trimEnd()),
      ...(rest > 0 ? [`… and ${String(rest)} older`] : []),
    ]),
    ...section('dependencies', ranges(release.dependencies)),
    ...section('optional', ranges(release.optionalDependencies)),
    ...section('peers', ranges(release.peerDependencies)),
    ...section('permissions', permissionLines(release.permissions)),
    ...section('owners', owners),
    ...section('on the server', server === null ? [] : serverLines(server, view)),
    ...section('archive', [`${formatBytes(release.size)}, ${release.integrity}`, `from ${registry}`]),
  ]
}

function serverLines({ publisher, status, approvals, downloads }: Facts, view: View): string[] {
  const last = [...new Map(approvals.map(word => [word.user, word.status]))].map(
    ([user, said]) => `${said} by ${printable(user)}`,
  )
  const said = last.join(', ')
  const pending = last.length === 0 ? 'not approved' : `not approved yet: ${said}`
  const state = { approved: view.good(said), rejected: view.bad(said), pending }[status]
  return [`published by ${printable(publisher)}, ${count(downloads, 'download')}`, state]
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`${title}:`, ...lines.map(line => `  ${line}`)]
}

function flags({ deprecated, yanked }: PackageInfo['release'], view: View): string[] {
  return [
    ...(deprecated === undefined ? [] : [view.warn(`deprecated: ${printable(deprecated)}`)]),
    ...(yanked === true ? [view.bad('yanked')] : []),
  ]
}

function marks({ published, deprecated, yanked }: PackageInfo['versions'][number], view: View): string {
  return [
    ...(published === null ? [] : [published.slice(0, 10)]),
    ...(yanked ? [view.bad('yanked')] : []),
    ...(deprecated === null ? [] : [view.warn('deprecated')]),
  ].join(' ')
}

function ranges(value: unknown): string[] {
  return typeof value === 'object' && value !== null
    ? table(Object.entries(value).map(([name, range]) => [name, String(range)]))
    : []
}

/** `fs.read: src/**`: what the package asks for; aam shows it and does not enforce it. */
function permissionLines(permissions: unknown): string[] {
  if (typeof permissions !== 'object' || permissions === null) return ['none declared']
  const lines = Object.entries(permissions).flatMap(([area, fields]) =>
    typeof fields === 'object' && fields !== null
      ? Object.entries(fields as Record<string, unknown>).map(
          ([field, value]) => `${area}.${field}: ${Array.isArray(value) ? value.join(', ') : String(value)}`,
        )
      : [],
  )
  return [...lines, '(declared, not enforced by aam)']
}
