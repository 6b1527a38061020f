/** The registry itself: what it is, how it is doing. */
import { type RegistryFacts, routes } from '@aam/core/wire'
import { REPOSITORY } from '../../actions/deps.ts'
import { registryFacts, statusAnswer } from '../answers.ts'
import { negotiate } from '../negotiate.ts'
import { type HttpDeps, type Route, baseOf, defineRoute } from '../route.ts'
import { startPage } from '../start-page.ts'

const CAPABILITIES = ['packages', 'tags', 'approvals', 'audit', 'advisories', 'tokens', 'scopes', 'metadata']

export function describeRegistry({ config, version }: HttpDeps): RegistryFacts {
  return {
    name: 'aam',
    version,
    repository: REPOSITORY,
    capabilities: CAPABILITIES,
    limits: { archive: config.maxArchiveSize, pageSize: 200 },
    rules: {
      allowedTags: config.allowedTags ?? null,
      protectedTags: config.protectedTags,
      tagsThatNeedApproval: config.tagsThatNeedApproval,
      requireApproval: config.requireApproval,
      approvalsRequired: config.approvalsRequired,
    },
    registration: config.allowRegistration,
    anonymousRead: config.allowAnonymousRead,
  }
}

const rootRoute = defineRoute({
  method: 'GET',
  path: routes.root(),
  summary: 'What this registry is, and what it asks for',
  who: 'everybody',
  json: registryFacts,
  answers: [[200, 'Version, capabilities, limits, rules; a page for browsers']],
  handle: ({ deps, request, reply }) => {
    const facts = describeRegistry(deps)
    reply.header('vary', 'Accept').header('cache-control', 'no-cache')
    if (negotiate(request.headers.accept, true) !== 'text/html') return { json: facts }
    void reply
      .header('content-type', 'text/html; charset=utf-8')
      .header(
        'content-security-policy',
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
      )
      .send(startPage(facts, baseOf({ deps, request })))
    return undefined
  },
})

const liveRoute = defineRoute({
  method: 'GET',
  path: '/healthz',
  summary: 'Whether the process is alive',
  who: 'everybody',
  json: statusAnswer,
  answers: [[200, 'It is']],
  handle: () => ({ json: { status: 'ok' }, headers: { 'cache-control': 'no-store' } }),
})

/** @param check whether requests can be answered; throws what stands in the way */
export function readyRoute(check: () => Promise<void>): Route {
  return defineRoute({
    method: 'GET',
    path: '/readyz',
    summary: 'Whether the registry can do its work: database and archives can be written, and it is not about to stop',
    who: 'everybody',
    json: statusAnswer,
    answers: [
      [200, 'It can'],
      [503, 'REGISTRY_UNAVAILABLE'],
      [507, 'REGISTRY_FULL'],
    ],
    handle: async () => {
      await check()
      return { json: { status: 'ready' }, headers: { 'cache-control': 'no-store' } }
    },
  })
}

export const REGISTRY_ROUTES: readonly Route[] = [rootRoute, liveRoute]
