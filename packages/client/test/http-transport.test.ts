/** Requests to a registry server: what is sent again, how long anybody waits, and what a failure is called. */
import { createServer } from 'node:net'
import { gzipSync } from 'node:zlib'
import type { Retry } from '@aam/client'
import { describe, expect, test } from 'vitest'
import { decidePause, readRetryAfter } from '../src/http/retry.ts'
import type { Request } from '../src/http/request.ts'
import { failureOf, json, listen, refuse, serve, transportTo } from './http-server.ts'

const GET: Request = { method: 'GET', path: '/packages' }
const POST: Request = {
  method: 'POST',
  path: '/users/login',
  body: { type: 'application/json', bytes: Buffer.from('{}') },
}

/** Answers with each status in turn, and with success from then on. */
const statuses = (...each: number[]) => {
  const left = [...each]
  return serve((_, response) => {
    const status = left.shift()
    if (status === undefined) json(response, { good: true })
    else response.writeHead(status).end()
  })
}

describe('what is sent again', () => {
  test.each([408, 425, 429, 502, 503, 504])('after %i', async status => {
    const { base, asked } = await statuses(status, status)
    expect((await transportTo(base).send(GET)).status).toBe(200)
    expect(asked).toHaveLength(3)
  })

  test.each([400, 403, 404, 409, 500, 501, 507])('not after %i', async status => {
    const { base, asked } = await statuses(status)
    expect(await failureOf(transportTo(base).send(GET))).toMatchObject({ code: 'REGISTRY_REFUSED', facts: { status } })
    expect(asked).toHaveLength(1)
  })

  test('three times at most, and the failure says what the last answer was', async () => {
    const { base, asked } = await statuses(503, 503, 502, 503)
    expect((await failureOf(transportTo(base).send(GET))).message).toBe(`${base} answered 502: Bad Gateway`)
    expect(asked).toHaveLength(3)
  })

  test.each(['PUT', 'DELETE'] as const)('%s, which does the same twice', async method => {
    const { base, asked } = await statuses(503)
    await transportTo(base).send({ method, path: '/packages/a/tags/b' })
    expect(asked).toHaveLength(2)
  })

  test('a POST that says so, with the whole body again', async () => {
    const { base, asked } = await statuses(503)
    await transportTo(base).send({ ...POST, idempotent: true })
    expect(asked.map(({ body }) => body.toString())).toEqual(['{}', '{}'])
  })

  test.each([429, 503])('never another POST, as for signing in (%i)', async status => {
    const { base, asked } = await statuses(status)
    await failureOf(transportTo(base).send(POST))
    expect(asked).toHaveLength(1)
  })

  test('not a POST whose connection was closed: nobody knows what became of it', async () => {
    const { base, asked } = await serve((_, response) => response.destroy())
    expect(await failureOf(transportTo(base).send(POST))).toMatchObject({
      code: 'REGISTRY_UNREACHABLE',
      facts: { tries: 1, why: 'the connection was closed in the middle' },
    })
    expect(asked).toHaveLength(1)
  })

  test('what was closed in the middle of the answer', async () => {
    let times = 0
    const { base } = await serve((_, response) => {
      if (++times === 3) {
        json(response, { good: true })
        return
      }
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' })
      response.write('{"good":', () => response.destroy())
    })
    const retries: Retry[] = []
    const answer = await transportTo(base, { onRetry: retry => retries.push(retry) }).send(GET)
    expect(JSON.parse(answer.body.toString())).toEqual({ good: true })
    expect(retries).toEqual([
      { what: `GET ${base}/packages`, why: 'the connection was closed in the middle', wait: 0 },
      { what: `GET ${base}/packages`, why: 'the connection was closed in the middle', wait: 0 },
    ])
  })
})

describe('how long it waits', () => {
  const reply = (headers: Record<string, string>, status = 503) =>
    ({ kind: 'reply', url: new URL('http://a/'), status, words: '', headers, body: Buffer.alloc(0) }) as const
  const now = new Date('2026-01-01T00:00:00Z')

  test('any time up to a limit that doubles, and not above ten seconds', () => {
    const limits = [1, 2, 3, 4, 5, 6, 7].map(tried => decidePause(reply({}), { tried, random: () => 0.999_999, now }))
    expect(limits).toEqual([499, 999, 1999, 3999, 7999, 9999, 9999])
    expect(decidePause(reply({}), { tried: 3, random: () => 0, now })).toBe(0)
    expect(decidePause(reply({}), { tried: 1, random: () => 0.5, now })).toBe(250)
  })

  test('as long as the registry says, in seconds or until a date, and never much longer', () => {
    expect(readRetryAfter('7', now)).toBe(7000)
    expect(readRetryAfter('Thu, 01 Jan 2026 00:00:30 GMT', now)).toBe(30_000)
    expect(readRetryAfter('Thu, 01 Jan 2025 00:00:30 GMT', now)).toBe(0)
    for (const nonsense of ['soon', '-1', '', undefined]) expect(readRetryAfter(nonsense, now)).toBeUndefined()
    expect(decidePause(reply({ 'retry-after': '60' }), { tried: 1, random: () => 0, now })).toBe(60_000)
    expect(decidePause(reply({ 'retry-after': '61' }), { tried: 1, random: () => 0, now })).toBeUndefined()
  })

  test('really', async () => {
    let times = 0
    const { base } = await serve((_, response) => {
      if (++times > 1) json(response, {})
      else response.writeHead(429, { 'retry-after': '1' }).end()
    })
    const start = performance.now()
    await transportTo(base).send(GET)
    expect(performance.now() - start).toBeGreaterThan(990)
  })

  test('not for minutes: it says how long at once', async () => {
    for (const [status, code] of [
      [429, 'RATE_LIMITED'],
      [503, 'REGISTRY_UNAVAILABLE'],
    ] as const) {
      const { base, asked } = await serve((_, response) => response.writeHead(status, { 'retry-after': '180' }).end())
      const failure = await failureOf(transportTo(base).send(GET))
      expect(failure).toMatchObject({ code, facts: { seconds: 180 } })
      expect(`${failure.message} ${failure.hint ?? ''}`).toContain('180 seconds')
      expect(asked).toHaveLength(1)
    }
  })

  test('not for minutes, in the words of the registry too', async () => {
    const { base } = await serve((_, response) => {
      const failure = { code: 'REGISTRY_UNAVAILABLE', facts: { why: 'it is moving' } }
      refuse(response, failure, { status: 503, headers: { 'retry-after': '90' } })
    })
    expect((await failureOf(transportTo(base).send(GET))).message).toContain('it is moving; it asks to wait 90 seconds')
  })
})

describe('when nobody answers', () => {
  test('a connection that is refused', async () => {
    const server = createServer()
    const port = await new Promise<number>(resolve => {
      server.listen(0, '127.0.0.1', () => {
        const { port: free } = server.address() as { port: number }
        server.close(() => {
          resolve(free)
        })
      })
    })
    const base = `http://127.0.0.1:${String(port)}`
    expect((await failureOf(transportTo(base).send(GET))).message).toBe(
      `Cannot reach ${base}: connection refused (tried 3 times)`,
    )
  })

  test('a name that nobody has', async () => {
    const failure = await failureOf(transportTo('http://registry.invalid/r/x').send(GET))
    expect(failure.message).toMatch(
      /^Cannot reach http:\/\/registry\.invalid\/r\/x: the name registry\.invalid (?:is unknown|cannot be looked up now) \(DNS\) \(tried 3 times\)$/,
    )
  })

  test('a server that says nothing, or stops in the middle', async () => {
    const { base } = await serve(({ url }, response) => {
      if (url === '/half') response.writeHead(200, { 'content-length': '100' }).write('half')
    })
    const transport = transportTo(base, { timeouts: { headers: 80, idle: 80 }, tries: 2 })
    expect(await failureOf(transport.send(GET))).toMatchObject({
      code: 'REGISTRY_UNREACHABLE',
      facts: { why: 'timed out waiting for an answer', tries: 2 },
    })
    expect(await failureOf(transport.send({ method: 'GET', path: '/half' }))).toMatchObject({
      facts: { why: 'timed out in the middle of the answer' },
    })
  })

  test('an answer that comes slowly is waited for', async () => {
    const { base } = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      const pieces = Array.from('{"a":1}   ')
      const timer = setInterval(() => {
        const piece = pieces.shift()
        if (piece !== undefined) response.write(piece)
        else {
          clearInterval(timer)
          response.end()
        }
      }, 30)
    })
    const answer = await transportTo(base, { timeouts: { headers: 150, idle: 150 }, tries: 1 }).send(GET)
    expect(answer.body.toString()).toBe('{"a":1}   ')
  })

  test('what speaks another language', async () => {
    const server = createServer(socket => socket.end('SSH-2.0-OpenSSH_9.2\r\n'))
    const port = await listen(server as never)
    expect(await failureOf(transportTo(`http://127.0.0.1:${String(port)}`).send(GET))).toMatchObject({
      code: 'REGISTRY_ANSWER_INVALID',
      facts: { why: 'it does not speak HTTP' },
    })
  })
})

describe('limits', () => {
  test('an answer of more than 16 MB is not read to its end, whether or not it says so before', async () => {
    for (const announced of [true, false]) {
      let sent = 0
      const { base, asked } = await serve((_, response) => {
        const headers = announced ? { 'content-length': String(1024 ** 3) } : {}
        response.writeHead(200, { 'content-type': 'application/json', ...headers })
        const more = (): void => {
          while (!response.destroyed && sent < 2 ** 28) {
            sent += 65_536
            if (!response.write(Buffer.alloc(65_536))) return
          }
        }
        response.on('drain', more)
        more()
      })
      const failure = await failureOf(transportTo(base).send(GET))
      expect(failure).toMatchObject({ code: 'REGISTRY_ANSWER_INVALID', facts: { why: 'it has more than 16 MB' } })
      expect(asked).toHaveLength(1)
      expect(sent).toBeLessThan(64 * 1024 ** 2)
    }
  })

  test('what unpacks to more than 16 MB is refused', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 ** 2))
    const { base } = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(bomb)
    })
    expect(await failureOf(transportTo(base).send(GET))).toMatchObject({
      code: 'REGISTRY_ANSWER_INVALID',
      facts: { why: 'it unpacks to more than 16 MB' },
    })
  })

  test('compressed JSON is asked for and read; damaged or of an unknown kind it is refused', async () => {
    const { base, asked } = await serve(({ url }, response) => {
      const kind = url === '/br' ? 'br' : 'gzip'
      const bytes = url === '/good' ? gzipSync('{"good":1}') : Buffer.from('not compressed')
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': kind }).end(bytes)
    })
    const transport = transportTo(base)
    const get = async (path: string) => transport.send({ method: 'GET', path })
    expect((await get('/good')).body.toString()).toBe('{"good":1}')
    expect(asked[0]?.headers['accept-encoding']).toBe('gzip')
    expect(await failureOf(get('/bad'))).toMatchObject({ facts: { why: 'it is not the gzip it says it is' } })
    expect(await failureOf(get('/br'))).toMatchObject({
      facts: { why: 'it is compressed as br, which was not asked for' },
    })
  })

  test('many requests at once share few connections', async () => {
    let open = 0
    let most = 0
    const { base, asked, connections } = await serve((_, response) => {
      most = Math.max(most, ++open)
      setTimeout(() => {
        open--
        json(response, {})
      }, 150)
    })
    const transport = transportTo(base)
    await Promise.all(Array.from({ length: 100 }, async () => transport.send(GET)))
    expect(asked).toHaveLength(100)
    expect(most).toBe(32)
    expect(connections()).toBe(32)
  })

  test('a large body is sent once it is wanted, and not at all when it is not', async () => {
    const body = { type: 'application/gzip', bytes: Buffer.alloc(3 * 1024 ** 2, 7) }
    const { base, asked } = await serve((_, response) => {
      json(response, {})
    })
    const publish: Request = { method: 'POST', path: '/packages', body, idempotent: true }
    await transportTo(base).send(publish)
    expect(asked[0]?.body.equals(body.bytes)).toBe(true)
    expect(asked[0]?.headers).toMatchObject({ expect: '100-continue', 'content-length': String(body.bytes.length) })

    let received = 0
    const strict = (await import('node:http')).createServer()
    strict.on('checkContinue', (request, response) => {
      request.on('data', (piece: Buffer) => (received += piece.length))
      refuse(response, { code: 'UNAUTHORIZED', facts: { why: 'expired' } }, { status: 401 })
    })
    const port = await listen(strict)
    expect((await failureOf(transportTo(`http://127.0.0.1:${String(port)}`).send(publish))).code).toBe('UNAUTHORIZED')
    expect(received).toBe(0)
  })
})
