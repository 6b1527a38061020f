/** Passwords and tokens: how they look, how long they are good for, what guessing gets. */
import { createHash } from 'node:crypto'
import { env } from 'node:process'
import { crc32 } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TestServer, passwordOf, startTestServer } from '@aam/testkit'
import { openData } from '../src/data/folder.ts'
import { type Ask, type Sent, archive, ask, verdict } from './asking.ts'

let server: TestServer
let now = Date.parse('2026-08-01T12:00:00Z')
const login = async (name: string, password = passwordOf(name), headers: Ask['headers'] = {}): Promise<Sent> =>
  ask(server, 'POST /users/login', { body: { name, password }, headers })
const me = async (token: string): Promise<string> => verdict(await ask(server, 'GET /users/me', { token }))
const make = async (token: string, body: object): Promise<Sent> =>
  ask(server, 'POST /tokens', { token, body: { name: 'ci', ...body } })

beforeAll(async () => {
  server = await startTestServer({ TRUST_PROXY: 'true' }, () => new Date(now))
})
afterAll(async () => server.remove())

describe('a token', () => {
  test('has a prefix, 256 random bits and a checksum, and is kept as a hash', async () => {
    const token = await server.addUser('form')
    expect(token).toMatch(/^aam_[\w-]{43}[0-9a-f]{8}$/)
    expect(token.slice(-8)).toBe(crc32(token.slice(0, -8)).toString(16).padStart(8, '0'))
    const { store } = await openData(server.dataFolder)
    const hash = createHash('sha256').update(token).digest('hex')
    expect(store.read('select 1 from tokens where hash = ?', hash)).toHaveLength(1)
    expect(store.read<{ password: string }>('select password from users where name = ?', 'form')[0]?.password).toMatch(
      /^scrypt\$32768\$8\$1\$[\w-]{22}\$[\w-]{43}$/,
    )
    await store.close()
  })

  test.each([
    ['nothing', 'Bearer '],
    ['another scheme', 'Basic YTpi'],
    ['nonsense', 'Bearer nonsense'],
    ['two', 'Bearer a b'],
    ['one with a wrong checksum', `Bearer aam_${'A'.repeat(43)}00000000`],
    ['a very long one', `Bearer ${'a'.repeat(5000)}`],
  ])('that is %s is refused', async (_name, authorization) => {
    const answer = await ask(server, 'GET /packages', { headers: { authorization } })
    expect([verdict(answer), answer.headers['www-authenticate']]).toEqual(['401 UNAUTHORIZED', 'Bearer'])
  })

  test('that is there twice is refused, even when both are the same', async () => {
    const token = await server.addUser('twice')
    const authorization = [`Bearer ${token}`, `Bearer ${token}`]
    expect(verdict(await ask(server, 'GET /users/me', { headers: { authorization } }))).toBe('401 UNAUTHORIZED')
  })

  test('ends when it is taken back, when its user signs out, when its time is over', async () => {
    const session = await server.addUser('ends')
    const made = await make(session, { expiresInDays: 2 })
    const token = made.at('token') as string
    expect(await me(token)).toBe('200')
    expect((await ask(server, `DELETE /tokens/${made.at('id') as string}`, { token: session })).status).toBe(200)
    expect(await me(token)).toBe('401 UNAUTHORIZED')
    const other = (await make(session, { expiresInDays: 2 })).at('token') as string
    expect((await ask(server, 'DELETE /tokens/current', { token: session })).status).toBe(200)
    expect(await me(session)).toBe('401 UNAUTHORIZED')
    expect(await me(other)).toBe('200')
    const before = now
    now += 2 * 86_400_000 - 1
    expect(await me(other)).toBe('200')
    now += 1
    const answer = await ask(server, 'GET /users/me', { token: other })
    expect(answer.at('error.message')).toBe('The token has expired')
    now = before
  })

  test('is taken back by nobody but whose it is', async () => {
    const [one, two] = [await server.addUser('hers'), await server.addUser('his')]
    const made = await make(one, {})
    for (const token of [two, server.adminToken]) {
      expect(verdict(await ask(server, `DELETE /tokens/${made.at('id') as string}`, { token }))).toBe(
        '404 TOKEN_NOT_FOUND',
      )
    }
    const readOnly = (await make(one, { scopes: ['read'] })).at('token') as string
    const answer = await ask(server, `DELETE /tokens/${made.at('id') as string}`, { token: readOnly })
    expect(verdict(answer)).toBe('403 FORBIDDEN')
    expect((await ask(server, 'DELETE /tokens/current', { token: readOnly })).status).toBe(200)
  })

  test('makes none that is good for more, or for longer', async () => {
    const session = await server.addUser('weaker')
    const some = (await make(session, { scopes: ['read', 'tag'], expiresInDays: 3 })).at('token') as string
    const limited = (await make(session, { packages: ['@a/*'] })).at('token') as string
    expect(verdict(await make(some, { scopes: ['publish'], expiresInDays: 1 }))).toBe('403 FORBIDDEN')
    expect(verdict(await make(some, { scopes: ['read'] }))).toBe('403 FORBIDDEN')
    expect(verdict(await make(some, { scopes: ['read'], expiresInDays: 4 }))).toBe('403 FORBIDDEN')
    expect(verdict(await make(limited, { packages: ['@a/b'] }))).toBe('403 FORBIDDEN')
    const made = await make(some, { expiresInDays: 1 })
    expect([made.status, made.at('scopes')]).toEqual([201, ['read', 'tag']])
    expect((await make(session, {})).at('expires')).toBeNull()
  })

  test.each([
    [{ name: '' }],
    [{ scopes: [] }],
    [{ packages: [] }],
    [{ packages: ['(a+)+$'] }],
    [{ expiresInDays: 0 }],
    [{ expiresInDays: -1 }],
    [{ expiresInDays: 1e9 }],
  ])('is not made from %j', async body => {
    expect(verdict(await make(server.adminToken, body))).toBe('422 TOKEN_INVALID')
  })

  test('that was used says when, at most every ten minutes', async () => {
    const token = await server.addUser('used')
    const used = async (): Promise<unknown> => (await ask(server, 'GET /tokens', { token })).at('tokens.0.lastUsed')
    await expect.poll(used).toBe(new Date(now).toISOString())
    const first = now
    now += 9 * 60_000
    await used()
    expect(await used()).toBe(new Date(first).toISOString())
    now += 2 * 60_000
    await expect.poll(used).toBe(new Date(now).toISOString())
  })

  test('taken back while an archive arrives, publishes nothing', async () => {
    const session = await server.addUser('late')
    const made = await make(session, {})
    const body = archive('late 1.0.0')
    const { request } = await import('node:http')
    const { hostname, port } = new URL(server.address)
    const headers = { authorization: `Bearer ${made.at('token') as string}`, 'content-type': 'application/gzip' }
    const status = new Promise(resolve => {
      const asked = request({ hostname, port, path: '/packages', method: 'POST', headers }, answer => {
        answer.resume()
        resolve(answer.statusCode)
      })
      asked.write(body.subarray(0, 50))
      setTimeout(() => {
        void ask(server, `DELETE /tokens/${made.at('id') as string}`, { token: session }).then(() =>
          asked.end(body.subarray(50)),
        )
      }, 100)
    })
    expect(await status).toBe(401)
    expect((await ask(server, 'GET /packages/late')).status).toBe(404)
  })
})

describe('a password', () => {
  test('that is changed ends every session but the one it was changed in', async () => {
    const [one, two] = [await server.addUser('change'), (await login('change')).at('token') as string]
    const change = async (body: object): Promise<Sent> => ask(server, 'PUT /users/me/password', { token: one, body })
    expect(verdict(await change({ password: 'a new long password' }))).toBe('401 UNAUTHORIZED')
    expect(verdict(await change({ current: 'wrong password', password: 'a new long password' }))).toBe(
      '401 UNAUTHORIZED',
    )
    expect(verdict(await change({ current: passwordOf('change'), password: 'short' }))).toBe('422 PASSWORD_INVALID')
    expect((await change({ current: passwordOf('change'), password: 'a new long password' })).status).toBe(200)
    expect([await me(one), await me(two)]).toEqual(['200', '401 UNAUTHORIZED'])
    expect(verdict(await login('change'))).toBe('401 UNAUTHORIZED')
    expect((await login('change', 'a new long password')).status).toBe(201)
  })

  test.each(['short', 'aaaaaaaaaaaa', 'x'.repeat(300), 'password-name'])('is not %s', async password => {
    const body = { name: 'password-name', password }
    const answer = await ask(server, 'POST /users/register', { token: server.adminToken, body })
    expect(verdict(answer)).toBe('422 PASSWORD_INVALID')
  })

  test('of somebody who is disabled is of no use, and their sessions end at once', async () => {
    const token = await server.addUser('gone')
    const set = async (disabled: boolean): Promise<Sent> =>
      ask(server, 'PATCH /users/gone', { token: server.adminToken, body: { disabled } })
    await set(true)
    expect([await me(token), verdict(await login('gone'))]).toEqual(['401 UNAUTHORIZED', '401 UNAUTHORIZED'])
    await set(false)
    expect([await me(token), verdict(await login('gone'))]).toEqual(['401 UNAUTHORIZED', '201'])
  })

  test.each(['Capital', 'with blank', '', 'me', 'system', '../x', 'a'.repeat(65), '-dash'])(
    "is not taken for the name '%s'",
    async name => {
      const body = { name, password: 'a long password' }
      const answer = await ask(server, 'POST /users/register', { token: server.adminToken, body })
      expect(verdict(answer)).toBe('422 USER_INVALID')
    },
  )
})

describe('guessing', () => {
  test('a name that is not there is answered as one that is', async () => {
    await server.addUser('there')
    const id = { 'x-request-id': 'the-same-for-both' }
    const [known, unknown] = [await login('there', 'wrong password', id), await login('nobody', 'wrong password', id)]
    expect([known.status, known.text]).toEqual([unknown.status, unknown.text])
  })

  test('and takes as long', async () => {
    const samples = env['AAM_LONG'] === '1' ? 300 : 12
    await server.addUser('timed')
    const times: Record<string, number[]> = { timed: [], nobody: [] }
    for (let index = 0; index < samples; index++) {
      for (const [name, list] of Object.entries(times)) {
        const started = performance.now()
        await login(name, 'wrong password')
        list.push(performance.now() - started)
      }
    }
    expect(mannWhitney(times['timed'] ?? [], times['nobody'] ?? [])).toBeGreaterThan(0.001)
  })

  test('is over after a few attempts, for that account and from that address alone, until time has passed', async () => {
    await server.addUser('victim')
    await server.addUser('other')
    await server.restart({ RATE_LIMIT_LOGIN: '3' })
    const from = (ip: string): Ask['headers'] => ({ 'x-forwarded-for': ip })
    for (let index = 0; index < 3; index++) {
      expect((await login('victim', 'wrong password', from('10.0.0.1'))).status).toBe(401)
    }
    const refused = await login('victim', undefined, from('10.0.0.1'))
    expect(verdict(refused)).toBe('429 RATE_LIMITED')
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(200)
    expect((await login('victim', undefined, from('10.0.0.2'))).status).toBe(201)
    expect((await login('other', undefined, from('10.0.0.1'))).status).toBe(201)
    now += 301_000
    expect((await login('victim', undefined, from('10.0.0.1'))).status).toBe(201)
  })

  test('many at once gets no more tries than one by one', async () => {
    await server.addUser('crowd')
    const wrong = Array.from({ length: 20 }, async (_, index) => login('crowd', `wrong password ${String(index)}`))
    const right = login('crowd')
    const statuses = (await Promise.all(wrong)).map(({ status }) => status)
    expect(statuses.filter(status => status === 401).length).toBeLessThanOrEqual(3 + 2)
    expect((await right).status).toBe(429)
  })

  test('of somebody whose clock was set back is not over for ever', async () => {
    await server.addUser('clock')
    for (let index = 0; index < 3; index++) await login('clock', 'wrong password')
    now -= 86_400_000
    expect((await login('clock')).status).toBe(201)
    now += 86_400_000
  })
})

/** The chance that two lists of this size differ as much as these do when they come from the same place (two-sided). */
function mannWhitney(a: readonly number[], b: readonly number[]): number {
  const wins = a
    .flatMap(x => b.map((y): number => (x > y ? 1 : x === y ? 0.5 : 0)))
    .reduce((sum, each) => sum + each, 0)
  const [m, n] = [a.length, b.length]
  const z = Math.abs(wins - (m * n) / 2) / Math.sqrt((m * n * (m + n + 1)) / 12)
  // The tail of the normal distribution (Abramowitz and Stegun, 26.2.17).
  const t = 1 / (1 + 0.2316419 * z)
  const tail =
    t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429)))) *
    Math.exp((-z * z) / 2) *
    0.3989422804
  return 2 * tail
}
