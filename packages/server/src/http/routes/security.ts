/** The log, advisories, and many documents at once. */
import { type PackageName, type Version, explainName, isRange, isVersion, parseRange } from '@aam/core'
import { type AuditEvent, type AuditPage } from '@aam/core/wire'
import { publishAdvisory, queryAdvisories } from '../../actions/advisories.ts'
import { readAuditLog, readPackageAuditLog } from '../../actions/audit-log.ts'
import { readMetadata } from '../../actions/metadata.ts'
import type { AuditFilter } from '../../store/audit.ts'
import { z } from 'zod'
import { advisoryAnswer, advisoryQueryAnswer, auditPage, metadataAnswer } from '../answers.ts'
import { takesGzip } from '../conditional.ts'
import { negotiate } from '../negotiate.ts'
import { linkToNext } from '../next-page.ts'
import { type Answer, type Route, defineRoute } from '../route.ts'
import { advisoryQueryBody, auditQuery, metadataBody } from '../schemas.ts'
import { nameParam } from './packages.ts'
import { gzip } from 'node:zlib'
import { promisify } from 'node:util'

const PAGE = 50
const MEGABYTE = 1024 * 1024
const compress = promisify(gzip)

type AuditQuery = z.output<typeof auditQuery>

function filterOf({ event, actor, since, cursor, limit = PAGE }: AuditQuery): AuditFilter {
  const before = cursor !== undefined && /^\d{1,15}$/.test(cursor) ? Number(cursor) : undefined
  return { event, actor, since: since === undefined ? undefined : new Date(since).toISOString(), before, limit }
}

function pageOf(events: readonly AuditEvent[], query: AuditQuery): Answer {
  const json: AuditPage = { events }
  const last = events.at(-1)
  const more = last !== undefined && events.length === (query.limit ?? PAGE) && last.sequence > 1
  return { json, headers: linkToNext(query, more ? String(last.sequence) : undefined) }
}

const auditRoute = defineRoute({
  method: 'GET',
  path: '/audit-log',
  summary: 'Everything that was changed',
  who: 'an admin',
  query: auditQuery,
  json: auditPage,
  answers: [[200, 'Newest first; the next page is in Link']],
  handle: async ({ deps, caller, query }) => pageOf(await readAuditLog(deps, caller, filterOf(query)), query),
})

const packageAuditRoute = defineRoute({
  method: 'GET',
  path: '/packages/:name/audit-log',
  summary: 'Everything that was changed about a package',
  who: 'an owner',
  query: auditQuery,
  json: auditPage,
  answers: [[200, 'Newest first; the next page is in Link']],
  handle: async ({ deps, caller, params, query }) => {
    const name = nameParam({ params, deps })
    const events = await readPackageAuditLog(deps, caller, { ...filterOf(query), name })
    return pageOf(events, query)
  },
})

const advisoryRoute = defineRoute({
  method: 'POST',
  path: '/advisories',
  summary: 'Publish a security advisory, or a newer state of one',
  who: 'an admin',
  body: z.unknown(),
  bodyLimit: MEGABYTE,
  json: advisoryAnswer,
  answers: [
    [200, 'The registry had exactly this advisory'],
    [201, 'Its id'],
    [422, 'ADVISORY_INVALID'],
  ],
  handle: async ({ deps, caller, body }) => {
    const { id, kind } = await publishAdvisory(deps, caller, body)
    return { status: kind === 'publish' ? 201 : 200, json: { id } }
  },
})

const advisoryQueryRoute = defineRoute({
  method: 'POST',
  path: '/advisories/query',
  summary: 'Which advisories concern these versions',
  who: 'everybody who may read',
  body: advisoryQueryBody,
  reads: true,
  bodyLimit: MEGABYTE,
  json: advisoryQueryAnswer,
  answers: [[200, 'For each package that any concerns: advisories and versions']],
  handle: async ({ deps, caller, body }) => {
    const wanted = new Map<PackageName, readonly Version[]>()
    for (const [name, versions] of Object.entries(body.packages)) {
      if (explainName(name) !== undefined) continue
      const known = versions.flatMap(version => (isVersion(version) ? [version] : []))
      wanted.set(name as PackageName, known)
    }
    return { json: await queryAdvisories(deps, caller, wanted) }
  },
})

const metadataRoute = defineRoute({
  method: 'POST',
  path: '/metadata',
  summary: 'Documents of packages, and of what their likely versions need',
  who: 'everybody, for what they may see',
  body: metadataBody,
  reads: true,
  bodyLimit: MEGABYTE,
  json: metadataAnswer,
  answers: [[200, 'Documents by name; null for those the client has']],
  handle: async ({ deps, caller, body, request, reply }) => {
    const type = negotiate(request.headers.accept)
    const roots = Object.entries(body.roots)
      .filter(([name]) => explainName(name) === undefined)
      .map(([name, range]) => [name as PackageName, isRange(range) ? parseRange(range) : undefined] as const)
    const known = new Map<string, string>(Object.entries(body.known ?? {}))
    const impossible = Object.keys(body.roots).filter(name => explainName(name) !== undefined)
    const pieces = readMetadata(deps, caller, { roots: new Map(roots), known, impossible })
    const plain = Buffer.concat(pieces.map(piece => (typeof piece === 'string' ? Buffer.from(piece) : piece)))
    reply.headers({ 'content-type': `${type}; charset=utf-8`, 'cache-control': 'no-store', vary: 'Accept-Encoding' })
    if (!takesGzip(request.headers['accept-encoding'])) void reply.send(plain)
    else void reply.header('content-encoding', 'gzip').send(await compress(plain, { level: 1 }))
    return undefined
  },
})

export const SECURITY_ROUTES: readonly Route[] = [
  auditRoute,
  packageAuditRoute,
  advisoryRoute,
  advisoryQueryRoute,
  metadataRoute,
]
