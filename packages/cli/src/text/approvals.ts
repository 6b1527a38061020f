import { count, printable } from '@aam/core'
import type { ApprovalRecord, AuditEvent, VersionApprovals } from '@aam/core/wire'
import type { ApproveResult, QueueResult } from '../actions/approvals.ts'
import type { LogResult } from '../actions/audit-log.ts'
import { type View, table } from './view.ts'

/** What an approver's word did. */
export function approveLines(result: ApproveResult, view: View): string[] {
  const { kind, said, package: name, version, state, tags, removedTags } = result
  const what = `${name}@${version}`
  if (kind === 'unchanged') return [`You ${said} ${what} before`, ...standing(result)]
  return [
    `${view.good('✓')} ${kind === 'approve' ? 'Approved' : 'Rejected'} ${what}`,
    ...(state === 'refused' ? ['  nobody will see it, and its number is free again'] : standing(result)),
    ...tags.map(({ tag, from, to }) => `  ${tag}: ${from === null ? '' : `${from} → `}${to}`),
    ...removedTags.map(tag => `  ${tag} was taken from it`),
  ]
}

/** How far the approvers are. */
function standing({ status, state, required, approvals }: VersionApprovals): string[] {
  if (status === 'approved') return []
  const agree = new Set(
    lastWords(approvals)
      .filter(word => word.status === 'approved')
      .map(({ user }) => user),
  ).size
  const hidden = state === 'waiting' ? '; nobody sees it yet' : ''
  return [status === 'rejected' ? rejected(state) : `  ${String(agree)} of ${count(required, 'approval')}${hidden}`]
}

/** Rejecting says what approvers think; hiding what everybody can see is for an owner. */
function rejected(state: VersionApprovals['state']): string {
  return state === 'visible'
    ? '  it is rejected, and everybody can still install it: an owner hides it with `aam yank`'
    : '  it is rejected'
}

function lastWords(approvals: readonly ApprovalRecord[]): ApprovalRecord[] {
  return [...new Map(approvals.map(word => [word.user, word])).values()]
}

/** Versions, and what was said about each. */
export function approvalLines({ status, approvals }: QueueResult, view: View): string[] {
  if (approvals.length === 0) return [`No version is ${status ?? 'there'}`]
  return approvals.flatMap(version => [
    `${view.bold(`${version.package}@${version.version}`)}  ${stateOf(version, view)}, published ${version.published.slice(0, 10)} by ${printable(version.publisher)}`,
    ...(version.waitingTags.length === 0 ? [] : [`  tags that wait: ${version.waitingTags.join(', ')}`]),
    ...version.approvals.map(
      ({ user, status: said, comment, at }) =>
        `  ${said} by ${printable(user)}, ${at.slice(0, 10)}${comment === null ? '' : `: ${printable(comment)}`}`,
    ),
  ])
}

function stateOf({ status, state, required, approvals }: VersionApprovals, view: View): string {
  if (status === 'approved') return view.good('approved')
  if (status === 'rejected') return view.bad(state === 'refused' ? 'refused' : 'rejected')
  const agree = lastWords(approvals).filter(word => word.status === 'approved').length
  return `${view.warn(state === 'waiting' ? 'waiting' : 'pending')} (${String(agree)} of ${count(required, 'approval')})`
}

/** The log, a line for each event. */
export function logLines({ events, more }: LogResult): string[] {
  if (events.length === 0) return ['There is no such event']
  return [
    ...table(
      events.map(event => [moment(event.timestamp), event.event, printable(event.actor.identity), what(event)]),
    ).map(line => line.trimEnd()),
    ...(more ? ['… and older ones: --limit, --since'] : []),
  ]
}

function moment(timestamp: string): string {
  return `${timestamp.slice(0, 10)} ${timestamp.slice(11, 19)}`
}

/** What it happened to, and what is worth a line of the rest. */
function what({ target, metadata }: AuditEvent): string {
  const { package: name, version, ...others } = target
  const place = name === undefined ? [] : [version === undefined ? name : `${name}@${version}`]
  const rest = Object.values(others).filter(value => value !== undefined)
  return [...place, ...rest, ...detail(metadata)].map(each => printable(each)).join('  ')
}

/** Changes as they are read best: `stable: 1.0.0 → 1.1.0`, `ben: maintainer`, a comment. */
function detail(metadata: AuditEvent['metadata']): string[] {
  const { tag, from, to, user, before, after, comment, name, state } = metadata
  if (typeof tag === 'string') return [`${tag}: ${show(from)} → ${show(to)}`]
  if (typeof comment === 'string') return [comment]
  if (after !== undefined && show(before) === show(after)) return []
  if (after !== undefined) return [`${typeof user === 'string' ? `${user}: ` : ''}${show(before)} → ${show(after)}`]
  if (typeof name === 'string') return [name]
  return state === 'waiting' ? ['waits for approval'] : []
}

function show(value: unknown): string {
  if (value === null || value === undefined) return 'none'
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(String).join(', ')
  return typeof value === 'string' ? value : JSON.stringify(value)
}
