/** Requests as they are written, for what no client of ours would send. */
import { type IncomingHttpHeaders, request } from 'node:http'
import { type TestServer, packSpec, parseSpec } from '@aam/testkit'
import { canonicalUrl } from '../src/http/canonical-url.ts'
import { ACCOUNT_ROUTES } from '../src/http/routes/accounts.ts'
import { CHANGE_ROUTES } from '../src/http/routes/changes.ts'
import { PACKAGE_ROUTES } from '../src/http/routes/packages.ts'
import { REGISTRY_ROUTES } from '../src/http/routes/registry.ts'
import { SECURITY_ROUTES } from '../src/http/routes/security.ts'

export type Sent = {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly bytes: Buffer
  readonly text: string
  /** The body, when it is JSON. */
  readonly json: unknown
  /** What is in it at a path: `error.code`, `events.0.actor`. */
  readonly at: (path: string) => unknown
}

export type Ask = {
  readonly token?: string | undefined
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  /** Sent as JSON unless it is bytes. */
  readonly body?: unknown
  /** Without `Content-Length`. */
  readonly chunked?: boolean
}

/** Routes that answer in JSON, those first whose path has fewer words that may be anything. */
const ROUTES = [...REGISTRY_ROUTES, ...PACKAGE_ROUTES, ...CHANGE_ROUTES, ...ACCOUNT_ROUTES, ...SECURITY_ROUTES]
  .map(({ method, path, json }) => ({
    method,
    path,
    json,
    pattern: new RegExp(`^${path.replaceAll(/:\w+/g, '[^/]+')}$`),
  }))
  .sort((a, b) => a.path.split(':').length - b.path.split(':').length)

/** Fails when an answer is not what its route says it answers. */
function checkAnswer(method: string, path: string, json: unknown): void {
  const [plain = ''] = canonicalUrl(path).split('?', 1)
  const schema = ROUTES.find(route => route.method === method && route.pattern.test(plain))?.json
  const result = schema?.safeParse(json)
  if (result?.success === false) throw new Error(`${method} ${path}: ${result.error.message}`)
}

/**
 * Sends one request on a connection of its own, its path exactly as it is given. An answer in JSON that is a success is held
 * against what its route says it answers.
 */
export async function ask(server: Pick<TestServer, 'address'>, line: string, options: Ask = {}): Promise<Sent> {
  const [method = 'GET', path = '/'] = line.split(' ', 2)
  const { token, body, chunked = false } = options
  const bytes = body === undefined ? undefined : Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body))
  const { hostname, port } = new URL(server.address)
  const headers = {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(bytes === undefined ? {} : { 'content-type': Buffer.isBuffer(body) ? 'application/gzip' : 'application/json' }),
    ...(bytes === undefined || chunked ? {} : { 'content-length': String(bytes.length) }),
    ...(chunked ? { 'transfer-encoding': 'chunked' } : {}),
    ...options.headers,
  }
  return new Promise((resolve, reject) => {
    let answered = false
    const asked = request({ hostname, port, method, path, headers, agent: false }, answer => {
      answered = true
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('error', reject)
      answer.on('end', () => {
        const all = Buffer.concat(chunks)
        const text = all.toString('utf8')
        const type = answer.headers['content-type'] ?? ''
        const isJson = type.includes('json') && text !== '' && answer.headers['content-encoding'] === undefined
        const json: unknown = isJson ? JSON.parse(text) : undefined
        try {
          if (isJson && (answer.statusCode ?? 0) < 300) checkAnswer(method, path, json)
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)))
        }
        const at = (where: string): unknown => find(json, where)
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, bytes: all, text, json, at })
      })
    })
    asked.on('error', error => {
      // A server that has answered need not read the rest.
      if (!answered) reject(error)
    })
    if (bytes === undefined) asked.end()
    else asked.end(bytes)
  })
}

function find(value: unknown, path: string): unknown {
  return path.split('.').reduce((inside, key) => (Object(inside) as Record<string, unknown>)[key], value)
}

/** The code and status of an answer that is a failure: `403 FORBIDDEN`; else its status. */
export function verdict({ status, at }: Sent): string {
  const code = at('error.code')
  return typeof code === 'string' ? `${String(status)} ${code}` : String(status)
}

/** An archive like `name 1.0.0 → other ^1.0.0`. */
export function archive(spec: string, extra: Readonly<Record<string, unknown>> = {}): Buffer {
  return packSpec(parseSpec(spec), extra)
}

/**
 * Publishes `name 1.0.0 → other ^1.0.0`, and fails loudly when that is refused.
 * @param spec may end in a query: `name 1.0.0 ?tag=beta`
 */
export async function publish(server: Pick<TestServer, 'address'>, token: string, spec: string): Promise<Sent> {
  const [what = '', query = ''] = spec.split(/ (?=\?)/)
  const answer = await ask(server, `POST /packages${query}`, { token, body: archive(what) })
  if (answer.status >= 300) throw new Error(`${spec}: ${answer.text}`)
  return answer
}
