import { fail, parseNameAndVersion, parsePackageName } from '@aam/core'
import {
  type ApproveResult,
  QUEUES,
  type QueueResult,
  listQueue,
  sayApproval,
  showApprovals,
} from '../actions/approvals.ts'
import { type LogResult, parseLimit, parseSince, readLog } from '../actions/audit-log.ts'
import { type Command, argument, defineCommand, option } from '../command.ts'
import { approvalLines, approveLines, logLines } from '../text/approvals.ts'
import { SERVER } from './registry-option.ts'

const saying = (status: 'approved' | 'rejected'): Command =>
  defineCommand<ApproveResult>({
    summary: status === 'approved' ? 'Approve a version' : 'Reject a version',
    description:
      status === 'approved'
        ? 'For approvers. Where versions wait for approval, everybody sees it once enough have approved, and the tags that wait are set; tags that need an approved version can name it then.'
        : 'For approvers. A version that waits is refused, and its number is free again; tags that need an approved version are taken from one that everybody sees. One who rejects outweighs all who approve.',
    args: [['<name@version>', 'the version']],
    options: [['--comment <text>', 'why; everybody who may see the approvals reads it'], SERVER],
    examples: [
      status === 'approved'
        ? 'aam approve @team/review@1.3.0 --comment "read all of it"'
        : 'aam reject @team/review@1.3.0 --comment "writes outside the project"',
    ],
    run: async (context, input) =>
      sayApproval(context, {
        ...parseNameAndVersion(argument(input, 0)),
        status,
        comment: option(input, 'comment'),
        registry: option(input, 'registry'),
      }),
    view: approveLines,
  })

export const approve: Command = saying('approved')
export const reject: Command = saying('rejected')

export const approvals = defineCommand<QueueResult>({
  summary: 'List versions to approve, or what was said about one',
  description: 'The list is for approvers; what was said about a version also for those who publish it.',
  args: [['[name@version]', 'one version']],
  options: [
    [
      '--status <status>',
      'pending: not enough has been said; waiting: nobody sees it yet; approved; rejected (pending when absent)',
    ],
    SERVER,
  ],
  examples: ['aam approvals', 'aam approvals --status waiting', 'aam approvals @team/review@1.3.0'],
  run: async (context, input) => {
    const text = input.args[0]
    const word = option(input, 'status')
    const registry = option(input, 'registry')
    if (text !== undefined && word !== undefined) {
      fail('USAGE', { message: '--status is for the list', hint: 'leave one of the two out' })
    }
    if (text !== undefined) return showApprovals(context, { ...parseNameAndVersion(text), registry })
    const status = QUEUES.find(each => each === (word ?? 'pending'))
    if (status === undefined) {
      fail('USAGE', { message: `There is no status '${word ?? ''}'`, hint: `there are ${QUEUES.join(', ')}` })
    }
    return listQueue(context, { status, registry })
  },
  view: approvalLines,
})

const LIMIT = '20'

export const auditLog = defineCommand<LogResult>({
  summary: 'Show who did what on a registry server',
  description: 'Newest first. The log of a package is for its owners, that of the whole registry for admins.',
  args: [['[name]', 'the package']],
  options: [
    ['--event <event>', 'only these: package.publish, tag.set, version.approve …'],
    ['--actor <user>', 'only what this user did'],
    ['--since <date>', 'only from then on: 2026-03-14, or a time like 2026-03-14T09:00:00Z'],
    ['--limit <number>', `at most so many (${LIMIT})`],
    SERVER,
  ],
  examples: ['aam audit-log @team/review', 'aam audit-log --event version.approve --since 2026-01-01 --json'],
  run: async (context, input) => {
    const name = input.args[0]
    const since = option(input, 'since')
    return readLog(context, {
      package: name === undefined ? undefined : parsePackageName(name),
      event: option(input, 'event'),
      actor: option(input, 'actor'),
      since: since === undefined ? undefined : parseSince(since),
      limit: parseLimit(option(input, 'limit') ?? LIMIT),
      registry: option(input, 'registry'),
    })
  },
  view: logLines,
})
