/** A real server that says what a test wants, and remembers what it was asked. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import http, {
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http'
import https from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { type Transport, type TransportOptions, openTransport } from '@aam/client'
import { AamError, type DocumentRecord } from '@aam/core'
import { afterEach } from 'vitest'

export type Asked = {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}
export type Answering = (asked: Asked, response: ServerResponse) => void
export type TestServer = {
  readonly base: string
  readonly port: number
  readonly asked: Asked[]
  /** How many connections there were. */
  readonly connections: () => number
}

const closing: (() => void | Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

const fixture = (name: string): string => readFileSync(new URL(`fixtures/tls/${name}`, import.meta.url), 'utf8')
export const AUTHORITY = fixture('authority.pem')
const CERTIFICATE = { cert: fixture('server.pem'), key: fixture('server-key.pem') }

export async function serve(answer: Answering): Promise<TestServer> {
  return start(http.createServer(), answer)
}

export async function serveEncrypted(answer: Answering): Promise<TestServer> {
  return start(https.createServer(CERTIFICATE), answer)
}

async function start(server: http.Server | https.Server, answer: Answering): Promise<TestServer> {
  const asked: Asked[] = []
  const listener: RequestListener = (request, response) => {
    void bodyOf(request).then(body => {
      const { method = '', url = '', headers } = request
      const each = { method, url, headers, body }
      asked.push(each)
      answer(each, response)
    })
  }
  let connections = 0
  server.on('request', listener).on('connection', () => connections++)
  const port = await listen(server)
  return {
    base: `${server instanceof https.Server ? 'https' : 'http'}://127.0.0.1:${String(port)}`,
    port,
    asked,
    connections: () => connections,
  }
}

/** Listens until the test is over. */
export async function listen(server: http.Server | https.Server): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = []
  request.on('data', (piece: Buffer) => pieces.push(piece))
  await new Promise(resolve => request.on('end', resolve).on('error', resolve))
  return Buffer.concat(pieces)
}

/** A transport that does not wait between tries, closed when the test is over. */
export function transportTo(base: string, options: Partial<TransportOptions> = {}): Transport {
  const transport = openTransport({
    base,
    token: undefined,
    now: () => new Date(),
    env: {},
    ca: undefined,
    cacheFolder: undefined,
    userAgent: 'aam/test',
    random: () => 0,
    ...options,
  })
  closing.push(transport.close)
  return transport
}

export type Manner = { readonly status?: number; readonly headers?: Readonly<Record<string, string>> }

export function json(response: ServerResponse, value: unknown, { status = 200, headers = {} }: Manner = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value))
}

/** Refuses as a registry does. */
export function refuse(response: ServerResponse, failure: unknown, manner: Manner): void {
  const error = { code: 'REFUSED', message: 'the words of the server', docs: '', requestId: 'r-1', failure }
  const code = failure instanceof Object && 'code' in failure ? { code: failure.code } : {}
  json(response, { error: { ...error, ...code } }, manner)
}

export const INTEGRITY = `sha256-${'A'.repeat(43)}=`

export function documentOf(name: string, versions: readonly string[] = ['1.0.0']): DocumentRecord {
  return {
    name,
    tags: { latest: versions.at(-1) ?? '1.0.0' },
    versions: Object.fromEntries(versions.map(version => [version, { integrity: INTEGRITY, size: 10 }])),
  }
}

/** What a promise fails with. */
export async function failureOf(promise: Promise<unknown>): Promise<AamError> {
  try {
    await promise
  } catch (error) {
    if (error instanceof AamError) return error
    throw error
  }
  throw new Error('nothing failed')
}
