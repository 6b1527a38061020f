/** Sends requests to a registry: follows where they are sent on to, tries again, and turns refusals into failures. */
import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { LIMITS } from '@aam/archive'
import { fail } from '@aam/core'
import { MEDIA_TYPE } from '@aam/core/wire'
import { addressBelow, isBelow, withoutSecrets } from './address.ts'
import { type Outcome, type Reply, exchange } from './exchange.ts'
import { type Gate, openGate } from './gate.ts'
import { type Line, openLine } from './line.ts'
import { isAbsence, refusalOf } from './refusal.ts'
import { decidePause, isRepeatable, readRetryAfter } from './retry.ts'
import type { Answer, Request, Timeouts, TransportOptions } from './request.ts'

export type Sender = {
  readonly send: (request: Request) => Promise<Answer>
  readonly close: () => void
}

const TIMEOUTS: Timeouts = { connect: 10_000, headers: 30_000, idle: 60_000 }
const TRIES = 3
const AT_ONCE = 32
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])
const MOST_REDIRECTS = 3
const LARGEST_JSON = 16 * 1024 * 1024
/** A registry may allow a little more than we pack. */
const LARGEST_ARCHIVE = LIMITS.packed + 1024 * 1024
/** Bytes of an archive that are worth telling how far they are. */
const WORTH_TELLING = 1024 * 1024

type Deps = {
  readonly options: TransportOptions
  readonly line: Line
  readonly gate: Gate
  readonly timeouts: Timeouts
}

/** `base` has no final slash, and `token` no blanks around it. */
export function openSender(options: TransportOptions): Sender {
  const timeouts = { ...TIMEOUTS, ...options.timeouts }
  const line = openLine({ env: options.env, ca: options.ca, connect: timeouts.connect })
  const deps = { options, line, gate: openGate(AT_ONCE), timeouts }
  return { send: async request => send(deps, request), close: line.close }
}

async function send(deps: Deps, request: Request): Promise<Answer> {
  const { base, token, random = Math.random, now, onRetry, tries = TRIES } = deps.options
  // A header would not take it, and its error would be nobody's.
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) fail('UNAUTHORIZED', { why: 'malformed', registry: base })
  const start = addressBelow(base, request.path, request.query)
  for (let tried = 1; ; tried++) {
    const outcome = await deps.gate(async () => follow(deps, request, start))
    const mayRepeat = tried < tries && isRepeatable(request)
    const wait = mayRepeat ? decidePause(outcome, { tried, random, now: now() }) : undefined
    if (wait === undefined) return settle(deps, request, { outcome, tried })
    const why = outcome.kind === 'reply' ? `it answered ${String(outcome.status)}` : outcome.why
    onRetry?.({ what: `${request.method} ${withoutSecrets(start)}`, why, wait })
    await sleep(wait)
  }
}

/** One try: the request, and where that is sent on to. */
async function follow(deps: Deps, request: Request, start: URL): Promise<Outcome> {
  let url = start
  for (let hops = 0; ; hops++) {
    const outcome = await sendOnce(deps, request, url)
    if (outcome.kind !== 'reply' || !REDIRECTS.has(outcome.status)) return outcome
    const next = decideRedirect(outcome, { method: request.method, hops })
    if (!(next instanceof URL)) return { kind: 'invalid', url, why: next.why }
    url = next
  }
}

/** Where a request is sent on to: only reading is, a few times, and never from an encrypted address to another kind. */
function decideRedirect(
  { url, headers, status }: Reply,
  { method, hops }: { readonly method: string; readonly hops: number },
): URL | { readonly why: string } {
  const text = headers.location ?? ''
  if (!URL.canParse(text, url.href)) return { why: `it sends requests on (${String(status)}) to no address` }
  const next = new URL(text, url)
  const shown = withoutSecrets(next)
  if (!/^https?:$/.test(next.protocol) || next.username !== '' || next.password !== '') {
    return { why: `it sends requests on to ${shown}, where no registry is asked` }
  }
  if (url.protocol === 'https:' && next.protocol === 'http:') {
    return { why: `it sends requests on to ${shown}, which is not encrypted` }
  }
  if (method !== 'GET') return { why: `it sends requests on to ${shown}: is the registry there?` }
  return hops < MOST_REDIRECTS ? next : { why: `it sends requests on more than ${String(MOST_REDIRECTS)} times` }
}

async function sendOnce(deps: Deps, request: Request, url: URL): Promise<Outcome> {
  const { base, token, userAgent, onProgress } = deps.options
  const isArchive = request.want === 'archive'
  const headers = {
    accept: isArchive ? '*/*' : `${MEDIA_TYPE}, application/json`,
    'accept-encoding': isArchive ? 'identity' : 'gzip',
    'user-agent': userAgent,
    ...(request.body === undefined ? {} : { 'content-type': request.body.type }),
    ...request.headers,
    // Nobody else is told who is asking.
    ...(token !== undefined && isBelow(base, url) ? { authorization: `Bearer ${token}` } : {}),
  }
  const onBytes = (done: number, total: number | undefined): void => {
    if (total !== undefined && total >= WORTH_TELLING) onProgress?.({ url: withoutSecrets(url), done, total })
  }
  return exchange({
    url,
    route: deps.line.routeTo(url),
    method: request.method,
    headers,
    body: request.body?.bytes,
    limit: isArchive ? LARGEST_ARCHIVE : LARGEST_JSON,
    timeouts: deps.timeouts,
    onBytes: isArchive ? onBytes : undefined,
  })
}

/** What came of the last try: an answer, or the failure it is. */
function settle(
  { options: { base, token, now } }: Deps,
  request: Request,
  { outcome, tried }: { readonly outcome: Outcome; readonly tried: number },
): Answer {
  const url = withoutSecrets(outcome.url)
  if (outcome.kind === 'invalid') return fail('REGISTRY_ANSWER_INVALID', { url, why: outcome.why })
  if (outcome.kind === 'broken') {
    // Somebody else may be the one who cannot be reached.
    const registry = isBelow(base, outcome.url) ? base : url
    return fail('REGISTRY_UNREACHABLE', { registry, why: outcome.why, tries: tried }, { cause: outcome.cause })
  }
  const { status, headers } = outcome
  const isSuccess = status >= 200 && status < 300
  const body = expand(outcome, { asIs: request.want === 'archive' && isSuccess })
  const answer = { status, headers, body, url }
  if (isSuccess || (status === 304 && request.headers?.['if-none-match'] !== undefined)) return answer
  if (request.mayBeAbsent === true && isAbsence(answer)) return answer
  const pause = readRetryAfter(headers['retry-after'], now())
  throw refusalOf(answer, { registry: base, token, words: outcome.words, pause })
}

/** The body as it was before it was compressed for the way; archives are never. */
function expand({ url, headers, body }: Reply, { asIs }: { readonly asIs: boolean }): Buffer {
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? 'identity'
  if (encoding === 'identity' || encoding === '' || body.length === 0) return body
  const refuse = (why: string): never => fail('REGISTRY_ANSWER_INVALID', { url: withoutSecrets(url), why })
  if (asIs || !/^(?:x-)?gzip$/.test(encoding)) return refuse(`it is compressed as ${encoding}, which was not asked for`)
  try {
    return gunzipSync(body, { maxOutputLength: LARGEST_JSON })
  } catch (error) {
    const tooLarge = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE'
    return refuse(tooLarge ? 'it unpacks to more than 16 MB' : 'it is not the gzip it says it is')
  }
}
