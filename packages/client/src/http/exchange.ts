/** One request and its answer, within limits of time and size. What an answer means is decided elsewhere. */
import http, { type ClientRequest, type IncomingHttpHeaders } from 'node:http'
import https from 'node:https'
import type { Route } from './line.ts'
import { CLOSED, type Reason, explainConnection, isNoHttp } from './reason.ts'
import type { Timeouts } from './request.ts'

export type Call = {
  readonly url: URL
  readonly route: Route
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array | undefined
  /** Bytes of the answer as they come. */
  readonly limit: number
  readonly timeouts: Timeouts
  /** How many bytes of the answer are here, and how many there will be, if it says so. */
  readonly onBytes: ((done: number, total: number | undefined) => void) | undefined
}

export type Reply = {
  readonly kind: 'reply'
  readonly url: URL
  readonly status: number
  readonly words: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}
export type Outcome =
  | Reply
  /** There is no answer, or half of one. */
  | ({ readonly kind: 'broken'; readonly url: URL; readonly cause?: unknown } & Reason)
  /** There is one that no registry gives. */
  | { readonly kind: 'invalid'; readonly url: URL; readonly why: string }

/** Bytes of a body that are handed to the system in one piece. */
const PIECE = 256 * 1024
/** A body of more bytes is sent when the registry has looked at the rest of the request and wants it. */
const ASK_FIRST = 1024 * 1024
/** Milliseconds after which it is sent all the same: not every server answers that question. */
const ASKING = 1000
/** Bytes that a system keeps before they are on their way, and the fewest bytes in a millisecond they then go at. */
const IN_SYSTEM = 4 * 1024 * 1024
const SLOWEST = 64

/** Sends one request. Whatever goes wrong on the way is an outcome, too. */
export async function exchange(call: Call): Promise<Outcome> {
  const { url, timeouts, body } = call
  return new Promise(resolve => {
    const request = open(call)
    let deadline: NodeJS.Timeout | undefined
    let over = false
    let answered = false
    const settle = (outcome: Outcome): void => {
      if (over) return
      over = true
      clearTimeout(deadline)
      // A connection in the middle of something is of no use to others.
      if (outcome.kind !== 'reply' || !request.writableFinished) request.destroy()
      resolve(outcome)
    }
    const within = (milliseconds: number, doing: string): void => {
      clearTimeout(deadline)
      if (over) return
      deadline = setTimeout(() => {
        settle({ kind: 'broken', url, why: `timed out ${doing}`, passing: true })
      }, milliseconds)
    }
    const fails = (error: Error): void => {
      if (isNoHttp(error)) settle({ kind: 'invalid', url, why: 'it does not speak HTTP' })
      else {
        settle({
          kind: 'broken',
          url,
          cause: error,
          ...explainConnection(error, { host: url.hostname, proxy: call.route.proxy }),
        })
      }
    }
    request.on('error', fails)
    request.on('close', () => {
      settle({ kind: 'broken', url, ...CLOSED })
    })
    request.on('socket', () => {
      within(body === undefined ? timeouts.headers : timeouts.idle, 'while the request was sent')
      if (body !== undefined) send(request, body, () => deadline?.refresh())
    })
    request.on('finish', () => {
      // What the system took is not yet on its way.
      const onItsWay = Math.min(body?.length ?? 0, IN_SYSTEM) / SLOWEST
      if (!answered) within(timeouts.headers + onItsWay, 'waiting for an answer')
    })
    request.on('response', response => {
      answered = true
      within(timeouts.idle, 'in the middle of the answer')
      const { onBytes, limit } = call
      const total = lengthIn(response.headers)
      const pieces: Buffer[] = []
      let size = 0
      const refuse = (): void => {
        settle({ kind: 'invalid', url, why: `it has more than ${String(Math.floor(limit / 1024 / 1024))} MB` })
      }
      if (total !== undefined && total > limit) {
        refuse()
        return
      }
      response.on('data', (piece: Buffer) => {
        deadline?.refresh()
        size += piece.length
        if (size > limit) {
          refuse()
          return
        }
        pieces.push(piece)
        onBytes?.(size, total)
      })
      response.on('error', fails)
      response.on('end', () => {
        const { statusCode: status = 0, statusMessage: words = '', headers } = response
        settle({ kind: 'reply', url, status, words, headers, body: Buffer.concat(pieces, size) })
      })
    })
    if (body === undefined) request.end()
    else request.flushHeaders()
  })
}

function open({ url, route, method, headers, body }: Call): ClientRequest {
  const { encrypted, options } = route
  return (encrypted ? https : http).request({
    ...options,
    method,
    headers: {
      host: url.host,
      ...headers,
      ...(options.headers as Record<string, string> | undefined),
      ...(body === undefined ? {} : { 'content-length': String(body.length) }),
      ...(body !== undefined && body.length > ASK_FIRST ? { expect: '100-continue' } : {}),
    },
  })
}

/** Sends a body piece by piece; a large one once it is wanted, or nobody says so. */
function send(request: ClientRequest, body: Uint8Array, onPiece: () => void): void {
  const next = (from: number): void => {
    if (request.destroyed) return
    onPiece()
    if (from >= body.length) {
      request.end()
      return
    }
    request.write(body.subarray(from, from + PIECE), error => {
      if (error === null || error === undefined) next(from + PIECE)
    })
  }
  if (body.length <= ASK_FIRST) {
    next(0)
    return
  }
  let asking = true
  const decide = (wanted: boolean): void => {
    clearTimeout(patience)
    if (asking && wanted) next(0)
    asking = false
  }
  const patience = setTimeout(decide, ASKING, true)
  request.once('continue', () => {
    decide(true)
  })
  for (const event of ['response', 'close']) {
    request.once(event, () => {
      decide(false)
    })
  }
}

function lengthIn(headers: IncomingHttpHeaders): number | undefined {
  const text = headers['content-length']
  return text === undefined || !/^\d{1,15}$/.test(text) ? undefined : Number(text)
}
