/** The routes behind one listener: who asks, what they may send, how failures leave, what is logged and counted. */
import { randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest, LogController } from 'fastify'
import type { Logger } from 'pino'
import { AamError, fail } from '@aam/core'
import type { Caller } from './actions/deps.ts'
import { createAuthenticate } from './http/authenticate.ts'
import { description } from './http/answers.ts'
import { canonicalUrl } from './http/canonical-url.ts'
import { refuseConnection, sendFailure } from './http/failure.ts'
import { type Metrics, createMetrics } from './http/metrics.ts'
import { negotiate } from './http/negotiate.ts'
import { describeApi } from './http/openapi.ts'
import { type RateGate, createRateGate } from './http/rate-gate.ts'
import { type Answer, type HttpDeps, type Route, baseOf, decodeWith, defineRoute } from './http/route.ts'
import { ACCOUNT_ROUTES } from './http/routes/accounts.ts'
import { CHANGE_ROUTES } from './http/routes/changes.ts'
import { PACKAGE_ROUTES, tarballRoute } from './http/routes/packages.ts'
import { REGISTRY_ROUTES, readyRoute } from './http/routes/registry.ts'
import { SECURITY_ROUTES } from './http/routes/security.ts'
import { createKeptBlobs } from './http/send-document.ts'

export type App = {
  readonly http: FastifyInstance
  readonly gate: RateGate
  /**
   * Says from now on that it is not ready and refuses new requests, and waits for those that are being answered. The
   * address is kept, so that who asks for it is told.
   */
  readonly drain: () => Promise<void>
}

const HEADERS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'cross-origin',
}
/** Anybody's page may read what anybody may read; a token has to be sent on purpose. */
const CORS: Readonly<Record<string, string>> = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'ETag, Link, X-Total-Count, X-Request-Id, Retry-After',
}
const JSON_LIMIT = 64 * 1024
const STOPPING = 'it is about to stop'
/** Answered as long as there is a process. */
const HEALTH: ReadonlySet<string> = new Set(['/healthz', '/readyz'])
const REQUEST_ID = /^[A-Za-z0-9._-]{8,64}$/

export function createApp(deps: HttpDeps, log: Logger): App {
  let draining = false
  const work = countWork()
  const metrics = createMetrics()
  const gate = createRateGate(deps)
  const secure = deps.config.publicUrl?.startsWith('https:') === true
  const headers = { ...HEADERS, ...(secure ? { 'strict-transport-security': 'max-age=31536000' } : {}) }
  const http = Fastify({
    loggerInstance: log,
    // Requests are logged by a hook of ours, with what matters here.
    logController: new LogController({ disableRequestLogging: true }),
    // One logger for all: who logs says which request it was, and most requests log nothing.
    childLoggerFactory: logger => logger,
    rewriteUrl: ({ url = '/' }) => canonicalUrl(url),
    genReqId: ({ headers }) => {
      const given = headers['x-request-id']
      return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID()
    },
    // The nearest proxy and no other: what is further to the left in X-Forwarded-For anybody may have written.
    trustProxy: deps.config.trustProxy ? (_address, hop) => hop === 0 : false,
    bodyLimit: JSON_LIMIT,
    keepAliveTimeout: 65_000,
    requestTimeout: deps.timeouts.request,
    routerOptions: { maxParamLength: 300, ignoreTrailingSlash: true },
    forceCloseConnections: 'idle',
    http: {
      maxHeaderSize: 16 * 1024,
      headersTimeout: deps.timeouts.headers,
      connectionsCheckingInterval: deps.timeouts.check,
    },
    // Neither of the two comes by the hooks.
    frameworkErrors: (error, request, reply) => {
      sendFailure(request, reply.headers(headers).header('x-request-id', request.id), error)
    },
    clientErrorHandler: (error, socket) => {
      refuseConnection(error, socket, headers)
    },
  }) as unknown as FastifyInstance
  const routes = listRoutes(deps, { metrics, isDraining: () => draining })
  http.removeAllContentTypeParsers()
  for (const type of ['application/gzip', 'application/x-gzip', 'application/octet-stream', 'multipart/form-data']) {
    // Streams: whoever handles the request reads them.
    http.addContentTypeParser(type, (_request, payload, done) => {
      done(null, payload)
    })
  }
  http.addContentTypeParser('*', (_request, _payload, done) => {
    done(Object.assign(new Error('its Content-Type is none that is expected'), { statusCode: 415 }))
  })
  parseJson(http)
  addHooks(http, { headers, metrics, log })
  http.addHook('onRequest', (request, reply, done) => {
    if (draining) reply.header('connection', 'close')
    if (HEALTH.has(request.url)) done()
    else if (draining) done(new AamError('REGISTRY_UNAVAILABLE', { why: STOPPING }))
    else {
      work.begin(reply.raw)
      done()
    }
  })
  const authenticate = createAuthenticate(deps, error => {
    log.warn({ err: error }, 'the time a token was used could not be written')
  })
  for (const route of routes) {
    http.route({
      method: route.method,
      url: route.path,
      bodyLimit: route.bodyLimit ?? JSON_LIMIT,
      handler: (request, reply) => {
        const caller = authenticate(request)
        limitRate(gate, deps, { reads: route.method === 'GET' || route.reads === true, ip: request.ip, caller })
        // Nothing is changed for somebody who will not read what came of it.
        if (route.method !== 'GET') negotiate(request.headers.accept)
        const params = request.params as Readonly<Record<string, string>>
        const query = decodeWith(route.query, request.query, 'The query')
        const body = route.raw === true ? undefined : decodeWith(route.body, jsonOf(request), 'The body')
        const answer = route.handle({ deps, caller, params, query, body, request, reply })
        if (answer instanceof Promise) return answer.then(each => sendAnswer(request, reply, each))
        // Nothing is waited for that is there: that would cost a promise or two for each document.
        sendAnswer(request, reply, answer)
        return undefined
      },
    })
  }
  http.options('/*', async (_request, reply) =>
    reply
      .headers({
        'access-control-allow-methods': 'GET, HEAD, OPTIONS',
        'access-control-allow-headers': 'Accept, Authorization, If-None-Match, Range',
        'access-control-max-age': '86400',
      })
      .code(204)
      .send(),
  )
  http.setErrorHandler((error, request, reply) => {
    sendFailure(request, reply, error)
  })
  const patterns = routes.map(({ method, path }) => ({
    method,
    pattern: new RegExp(`^${path.replaceAll(/:\w+/g, '[^/]+')}$`),
  }))
  http.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] ?? ''
    const allowed = patterns
      .filter(({ pattern }) => pattern.test(path))
      .flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
    const shown = path.slice(0, 200)
    const { method } = request
    const failure =
      allowed.length > 0
        ? new AamError('METHOD_NOT_ALLOWED', { method, path: shown, allowed: [...new Set(allowed)] })
        : new AamError('ROUTE_NOT_FOUND', { path: shown })
    sendFailure(request, reply, failure)
  })
  return {
    http,
    gate,
    drain: async () => {
      draining = true
      await work.done()
    },
  }
}

/** Requests that are being answered. */
function countWork(): { readonly begin: (answer: ServerResponse) => void; readonly done: () => Promise<void> } {
  let open = 0
  let finish: () => void = () => undefined
  return {
    begin: answer => {
      open++
      answer.once('close', () => {
        open--
        if (open === 0) finish()
      })
    },
    done: async () => {
      if (open > 0) await new Promise<void>(resolve => (finish = resolve))
    },
  }
}

/** Sends what a handler has not sent itself. */
function sendAnswer(request: FastifyRequest, reply: FastifyReply, answer: Answer): FastifyReply {
  if (answer === undefined) return reply
  const type = negotiate(request.headers.accept)
  return reply
    .code(answer.status ?? 200)
    .headers({ 'cache-control': 'no-store', ...answer.headers })
    .header('content-type', `${type}; charset=utf-8`)
    .send(JSON.stringify(answer.json))
}

/** JSON bodies: an empty one is none, a key that would become a prototype is refused. */
function parseJson(http: FastifyInstance): void {
  for (const type of ['application/json', /^application\/[\w.-]+\+json$/]) {
    http.addContentTypeParser(type, { parseAs: 'string' }, (_request, body, done) => {
      if (body === '') {
        done(null, undefined)
        return
      }
      try {
        const value: unknown = JSON.parse(String(body), (key, each: unknown) => {
          if (key === '__proto__') throw new SyntaxError("it has the key '__proto__'")
          return each
        })
        done(null, value)
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error)
        done(Object.assign(new Error(`its body is not JSON: ${why}`), { statusCode: 400 }))
      }
    })
  }
}

/** Per minute: changes of one user, reading of one address. */
function limitRate(
  gate: RateGate,
  { config: { rateLimits } }: HttpDeps,
  { reads, ip, caller: { actor } }: { readonly reads: boolean; readonly ip: string; readonly caller: Caller },
): void {
  if (reads) gate.pass(`read:${ip}`, rateLimits.read)
  else gate.pass(`write:${actor.kind === 'user' ? actor.name : ip}`, rateLimits.write)
}

/**
 * A body that was sent as JSON.
 * @throws MEDIA_TYPE_UNSUPPORTED for an archive or a form
 */
function jsonOf({ body, headers }: FastifyRequest): unknown {
  if (body instanceof Readable) {
    fail('MEDIA_TYPE_UNSUPPORTED', { type: (headers['content-type'] ?? '').slice(0, 80), expected: 'application/json' })
  }
  return body
}

function addHooks(
  http: FastifyInstance,
  {
    headers,
    metrics,
    log,
  }: { readonly headers: Readonly<Record<string, string>>; readonly metrics: Metrics; readonly log: Logger },
): void {
  const readable = { ...headers, ...CORS }
  http.addHook('onRequest', (request, reply, done) => {
    const reads = request.method === 'GET' || request.method === 'HEAD' || request.method === 'OPTIONS'
    reply.headers(reads ? readable : headers).header('x-request-id', request.id)
    done()
  })
  http.addHook('onResponse', (request, reply, done) => {
    const status = reply.statusCode
    const seconds = reply.elapsedTime / 1000
    metrics.observe(request.method, request.routeOptions.url ?? 'none', { status, seconds })
    const reads = request.method === 'GET' || request.method === 'HEAD'
    const level = status >= 500 ? 'error' : reads ? 'debug' : 'info'
    if (log.isLevelEnabled(level)) {
      const { method, url, ip, id } = request
      log[level]({ requestId: id, method, path: pathOf(url), status, ms: Math.round(seconds * 1000), ip }, 'request')
    }
    done()
  })
}

/** What the log says about an address: no query, and no token, wherever somebody has put one. */
function pathOf(url: string): string {
  return (url.split('?', 1)[0] ?? '').replaceAll(/aam_[\w-]{12,}/g, 'aam_[removed]')
}

/** How long an answer to "can you work" is good for, in milliseconds. */
const READY_FOR = 1000

/** Every route there is, in the order they are described. */
export function listRoutes(
  deps: HttpDeps,
  { metrics, isDraining }: { readonly metrics: Metrics; readonly isDraining: () => boolean },
): readonly Route[] {
  let checked: { readonly at: number; readonly result: Promise<void> } | undefined
  const check = async (): Promise<void> => {
    if (isDraining()) fail('REGISTRY_UNAVAILABLE', { why: STOPPING })
    if (checked === undefined || Date.now() - checked.at > READY_FOR) {
      checked = { at: Date.now(), result: deps.store.checkWritable().then(async () => deps.blobs.checkWritable()) }
    }
    await checked.result
  }
  const routes: Route[] = [
    ...REGISTRY_ROUTES,
    readyRoute(check),
    metricsRoute(metrics),
    ...PACKAGE_ROUTES,
    tarballRoute(createKeptBlobs(deps.blobs)),
    ...CHANGE_ROUTES,
    ...ACCOUNT_ROUTES,
    ...SECURITY_ROUTES,
  ]
  let describe: ReturnType<typeof describeApi> | undefined
  routes.push(
    defineRoute({
      method: 'GET',
      path: '/openapi.json',
      summary: 'This description',
      who: 'everybody',
      json: description,
      answers: [[200, 'OpenAPI 3.1']],
      handle: call => ({ json: (describe ??= describeApi(routes, deps.version))(baseOf(call)) }),
    }),
  )
  return routes
}

function metricsRoute(metrics: Metrics): Route {
  return defineRoute({
    method: 'GET',
    path: '/metrics',
    summary: 'How the process is doing, for Prometheus',
    who: 'everybody who can reach it; a reverse proxy should not pass it on',
    json: undefined,
    answers: [[200, 'Text']],
    handle: async ({ reply }) => {
      void reply.header('content-type', metrics.contentType).send(await metrics.text())
      return undefined
    },
  })
}
