/** What a registry says when it does not do what was asked, as one of our failures. */
import { AamError, type FailureCode, failures } from '@aam/core'
import type { WireError } from '@aam/core/wire'
import type { Answer } from './request.ts'

export type RefusalContext = {
  /** The address of the registry. */
  readonly registry: string
  readonly token: string | undefined
  /** The words that came with the status: `Bad Gateway`. */
  readonly words: string
  /** Milliseconds that the registry asks to wait. */
  readonly pause: number | undefined
}

/** A refusal in more bytes says nothing that anybody could read. */
const LARGEST = 256 * 1024
/** Fewer characters are no secret, and would be found in every text. */
const SHORTEST_TOKEN = 8
/** How deep facts may go; those of ours have two levels. */
const DEEPEST = 6

/** Whether a registry says that it does not have the package, and not that it does not know what it was asked. */
export function isAbsence(answer: Answer): boolean {
  return answer.status === 404 && readError(answer, undefined)?.code === 'PACKAGE_NOT_FOUND'
}

/** The failure that an answer without success is: one of the table when the registry names it, in our own words. */
export function refusalOf(answer: Answer, context: RefusalContext): AamError {
  const { status } = answer
  const { registry, pause } = context
  const error = readError(answer, context.token)
  const seconds = Math.ceil((pause ?? 60_000) / 1000)
  const known = error === undefined ? undefined : knownFailure(answer, error, context)
  if (known !== undefined) return known
  if (status === 401) {
    return new AamError('UNAUTHORIZED', { why: context.token === undefined ? 'missing' : 'invalid', registry })
  }
  if (status === 407) {
    return new AamError('REGISTRY_UNREACHABLE', { registry, why: 'the proxy wants to know who asks (407)', tries: 1 })
  }
  if (status === 429) return new AamError('RATE_LIMITED', { what: `requests to ${registry}`, seconds })
  if (pause !== undefined && (status === 503 || status === 502 || status === 504)) {
    const why = `${registry} asks to wait ${String(seconds)} seconds`
    return new AamError('REGISTRY_UNAVAILABLE', { why, seconds })
  }
  if (typeOf(answer).includes('html') && status < 500) {
    const why = `it answered ${String(status)} with ${typeOf(answer)}`
    return new AamError('REGISTRY_ANSWER_INVALID', { url: answer.url, why })
  }
  const requestId = error?.requestId ?? textIn(answer.headers['x-request-id'])
  return new AamError('REGISTRY_REFUSED', {
    registry,
    status,
    message: error?.message ?? (context.words === '' ? 'it gives no reason' : context.words),
    ...(error?.hint === undefined ? {} : { hint: error.hint }),
    ...(requestId === undefined ? {} : { requestId }),
  })
}

/** What kind of text an answer says it is. */
export function typeOf({ headers }: Pick<Answer, 'headers'>): string {
  const [type = ''] = (textIn(headers['content-type']) ?? '').split(';')
  return type.trim() === '' ? 'no type' : type.trim().toLowerCase()
}

/** Whether an answer is something else than JSON. */
export function isPage(answer: Pick<Answer, 'headers'>): boolean {
  return !/^application\/(?:[\w.+-]+\+)?json$/.test(typeOf(answer))
}

/**
 * The failure of our table that a refusal names. Its facts come from outside: where they make no sentence, or could do harm
 * to whoever prints them, the registry's own words are used instead.
 */
function knownFailure(answer: Answer, error: Refusal, { registry, pause }: RefusalContext): AamError | undefined {
  const { code, facts } = error.failure ?? {}
  if (code === undefined || !Object.hasOwn(failures, code) || !isObject(facts) || !isShallow(facts, DEEPEST)) {
    return undefined
  }
  const ours: Record<string, unknown> = { ...facts }
  // A registry may not know under which address it is known here.
  if (answer.status === 401 || 'registry' in ours) ours['registry'] = registry
  if (pause !== undefined) {
    const seconds = Math.ceil(pause / 1000)
    if ('seconds' in ours) ours['seconds'] = seconds
    if (code === 'REGISTRY_UNAVAILABLE') {
      ours['why'] = `${String(ours['why'])}; it asks to wait ${String(seconds)} seconds`
    }
  }
  try {
    const failure = new AamError(code as FailureCode, ours as never)
    const gaps = `${failure.message} ${failure.hint ?? ''}`.match(/\b(?:undefined|null|NaN)\b|\[object /g) ?? []
    // A package may have such a name: then the registry says it, too.
    return gaps.every(gap => `${error.message} ${error.hint ?? ''}`.includes(gap)) ? failure : undefined
  } catch {
    // The row could not be read with these facts.
    return undefined
  }
}

type Refusal = Partial<Pick<WireError['error'], 'hint' | 'requestId' | 'failure'>> & {
  readonly code: string
  readonly message: string
}

/** The words of a registry; `undefined` for what no registry says. The token is never among them, even if sent back. */
function readError({ body, headers }: Answer, token: string | undefined): Refusal | undefined {
  if (body.length > LARGEST || isPage({ headers })) return undefined
  const text = body.toString('utf8')
  const value = parseJson(token === undefined || token.length < SHORTEST_TOKEN ? text : text.replaceAll(token, '***'))
  const error = isObject(value) ? value['error'] : undefined
  if (!isObject(error)) return undefined
  const code = textIn(error['code'])
  const message = textIn(error['message'])
  if (code === undefined || message === undefined) return undefined
  const hint = textIn(error['hint'])
  const requestId = textIn(error['requestId'])
  const failure = error['failure']
  const failureCode = isObject(failure) ? textIn(failure['code']) : undefined
  return {
    code,
    message,
    ...(hint === undefined ? {} : { hint }),
    ...(requestId === undefined ? {} : { requestId }),
    ...(isObject(failure) && failureCode !== undefined
      ? { failure: { code: failureCode, facts: failure['facts'] } }
      : {}),
  }
}

/** The value of a text of JSON; `undefined` for any other text. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function isShallow(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  return levels > 0 && Object.values(value).every(each => isShallow(each, levels - 1))
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function textIn(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
