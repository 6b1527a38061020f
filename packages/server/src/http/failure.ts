/** Failures as answers: the only place that makes them. */
import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { AamError, isAamError } from '@aam/core'
import type { WireError } from '@aam/core/wire'

/** Codes that the contract calls something else than our table does. */
const ON_THE_WIRE: Readonly<Record<string, string>> = {
  FILE_INVALID: 'MANIFEST_INVALID',
  ARCHIVE_TOO_LARGE: 'TOO_LARGE',
  BODY_TOO_LARGE: 'TOO_LARGE',
}

const DOCS = 'docs/errors.md'

/** What a request failed with, as a row of the table; anything else is a defect of ours. */
export function toFailure(error: unknown, request?: FastifyRequest): AamError | undefined {
  if (isAamError(error)) return error
  const { code, statusCode, validation } = Object(error) as { code?: string; statusCode?: number; validation?: unknown }
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new AamError('BODY_TOO_LARGE', { limit: request?.routeOptions.bodyLimit ?? 0 })
  }
  if (statusCode === 415) {
    const type = (request?.headers['content-type'] ?? '').slice(0, 80)
    return new AamError('MEDIA_TYPE_UNSUPPORTED', { type, expected: 'application/json' })
  }
  if (code === 'ECONNRESET' || code === 'ABORT_ERR' || code === 'ERR_STREAM_PREMATURE_CLOSE') {
    return new AamError('REQUEST_INVALID', { what: 'The request', problems: ['it was cut off'] }, { cause: error })
  }
  if (statusCode === undefined || statusCode >= 500 || validation !== undefined) return undefined
  const message = error instanceof Error ? error.message : String(error)
  return new AamError('REQUEST_INVALID', { what: 'The request', problems: [message.slice(0, 200)] }, { cause: error })
}

/** Sends a failure; what is not one of ours is told to the log only. */
export function sendFailure(request: FastifyRequest, reply: FastifyReply, error: unknown): void {
  const failure = toFailure(error, request)
  if (failure === undefined) {
    request.log.error({ err: error, requestId: request.id }, 'defect')
    void send(reply, 500, {
      error: {
        code: 'DEFECT',
        message: 'The registry has a defect',
        hint: 'ask who runs it to look for the request id in its log',
        docs: DOCS,
        requestId: request.id,
      },
    })
    return
  }
  const { code, message, facts, http } = failure
  if (http >= 500) request.log.error({ err: failure.cause ?? failure, requestId: request.id, code }, message)
  const seconds = (facts as { seconds?: number }).seconds
  if (http === 401) reply.header('www-authenticate', 'Bearer')
  if ((http === 429 || http === 503) && seconds !== undefined) reply.header('retry-after', String(seconds))
  else if (http === 503) reply.header('retry-after', '2')
  if (failure.code === 'METHOD_NOT_ALLOWED') {
    reply.header('allow', (facts as { allowed: readonly string[] }).allowed.join(', '))
  }
  // What is still on its way from a client that is too slow nobody waits for.
  if (http === 408) reply.header('connection', 'close')
  void send(reply, http, describe(failure, request.id))
}

function describe({ code, message, hint, facts }: AamError, requestId: string): WireError {
  return {
    error: {
      code: ON_THE_WIRE[code] ?? code,
      message,
      ...(hint === undefined ? {} : { hint }),
      docs: `${DOCS}#${code.toLowerCase()}`,
      requestId,
      failure: { code, facts },
    },
  }
}

/** Why a connection ends on which no request could be read. */
const UNREADABLE: Readonly<Record<string, readonly [status: string, why: string]>> = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'its headers are larger than 16 KB'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: ['413 Payload Too Large', 'its chunks are not what they should be'],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'it did not arrive in time'],
}

/** Answers what is not HTTP, or took too long, and ends the connection. */
export function refuseConnection(
  error: Error & { readonly code?: string },
  socket: Socket,
  headers: Readonly<Record<string, string>>,
): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  const [status, why] = UNREADABLE[error.code ?? ''] ?? ['400 Bad Request', 'it is not HTTP']
  if (socket.writable) {
    const failure = new AamError('REQUEST_INVALID', { what: 'The request', problems: [why] })
    const id = randomUUID()
    const body = JSON.stringify(describe(failure, id))
    const lines = Object.entries({
      ...headers,
      'x-request-id': id,
      'content-type': 'application/json; charset=utf-8',
      'content-length': String(Buffer.byteLength(body)),
      'cache-control': 'no-store',
      connection: 'close',
    })
    const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
    socket.write(`HTTP/1.1 ${status}\r\n${head}\r\n${body}`)
  }
  socket.destroySoon()
}

function send(reply: FastifyReply, status: number, body: WireError): FastifyReply {
  // What was meant for the answer that did not come about.
  for (const header of [
    'etag',
    'content-length',
    'content-range',
    'content-encoding',
    'content-disposition',
    'accept-ranges',
  ]) {
    reply.removeHeader(header)
  }
  return reply
    .code(status)
    .header('content-type', 'application/json; charset=utf-8')
    .header('cache-control', 'no-store')
    .send(JSON.stringify(body))
}
