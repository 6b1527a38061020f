/** HTTP as clients, caches, proxies and people with bad intentions use it. */
import { connect } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TestServer, startTestServer } from '@aam/testkit'
import { type Ask, type Sent, archive, ask, publish, verdict } from './asking.ts'

const VENDOR = 'application/vnd.uaaps.v1+json'

let server: TestServer
let ann: string
const get = async (path: string, headers: Ask['headers'] = {}): Promise<Sent> =>
  ask(server, `GET ${path}`, { headers: headers })

beforeAll(async () => {
  server = await startTestServer()
  ann = await server.addUser('ann')
  await publish(server, ann, '@team/review 1.0.0')
  await publish(server, ann, '@team/review 1.1.0 ?tag=beta')
  await publish(server, ann, 'plain 1.0.0')
  // Large enough to be compressed.
  for (let index = 0; index < 20; index++) await publish(server, ann, `large 1.0.${String(index)} → plain ^1.0.0`)
})

afterAll(async () => server.remove())

describe('one resource, many spellings', () => {
  const name = ['@team/review', '@team%2freview', '@team%2Freview', '%40team/review', '%40team%2freview']
  test.each(
    name.flatMap(each =>
      ['', '/api/v1'].flatMap(prefix => [`${prefix}/packages/${each}`, `${prefix}/packages/${each}/`]),
    ),
  )('%s', async path => {
    expect((await get(path)).json).toMatchObject({ name: '@team/review', tags: { latest: '1.1.0', beta: '1.1.0' } })
  })

  test.each(name)('tags, versions and archives of %s', async each => {
    const tags = await get(`/packages/${each}/tags`)
    expect(tags.at('tags')).toEqual({ latest: '1.1.0', beta: '1.1.0' })
    expect((await get(`/packages/${each}/dist-tags`)).text).toBe(tags.text)
    expect((await get(`/api/v1/packages/${each}/beta`)).at('version')).toBe('1.1.0')
    const tarball = await get(`/packages/${each}/1.0.0/tarball`)
    expect(tarball.bytes.equals(archive('@team/review 1.0.0'))).toBe(true)
    expect((await get(`/packages/${each}/1.0.0/download`)).bytes.equals(tarball.bytes)).toBe(true)
  })

  test('the root answers with and without its prefix', async () => {
    for (const path of ['/', '/api/v1', '/api/v1/']) expect((await get(path)).at('name')).toBe('aam')
  })

  test('a tag is set and removed below dist-tags, too', async () => {
    const path = '/packages/@team%2Freview/dist-tags/alias'
    const set = await ask(server, `PUT ${path}`, { token: ann, body: { version: '1.0.0' } })
    expect(set.json).toEqual({ package: '@team/review', tag: 'alias', version: '1.0.0', previous: null })
    const removed = await ask(server, `DELETE ${path}`, { token: ann })
    expect(removed.json).toEqual({ package: '@team/review', tag: 'alias', previous: '1.0.0' })
  })

  test.each(['/packages/@team%252freview', '/packages/%2e%2e/%2e%2e/etc', '/packages//plain', '//packages/plain'])(
    '%s is not one of them',
    async path => {
      expect((await get(path)).status).toBe(404)
    },
  )
})

describe('what a client takes', () => {
  test.each([
    [undefined, 'application/json'],
    ['*/*', 'application/json'],
    ['application/json', 'application/json'],
    ['application/*', 'application/json'],
    ['text/html, application/json;q=0.5', 'application/json'],
    [VENDOR, VENDOR],
    [`text/html;q=0.9, ${VENDOR};q=0.8`, VENDOR],
    [VENDOR.toUpperCase(), VENDOR],
    [`${VENDOR};q=0, */*`, 'application/json'],
  ])('Accept: %s', async (accept, type) => {
    for (const path of ['/packages/plain', '/packages', '/packages/plain/1.0.0', '/packages/plain/tags', '/']) {
      const answer = await get(path, accept === undefined ? {} : { accept })
      // People who look at the address of the registry are shown a page.
      if (path === '/' && accept?.includes('text/html') === true) continue
      expect([path, answer.status, answer.headers['content-type']]).toEqual([path, 200, `${type}; charset=utf-8`])
    }
  })

  test.each(['text/plain', 'image/*', 'application/xml', 'application/json;q=0', 'nonsense', `${VENDOR}x`])(
    'Accept: %s is refused for JSON, never for an archive',
    async accept => {
      expect(verdict(await get('/packages/plain', { accept }))).toBe('406 NOT_ACCEPTABLE')
      expect(verdict(await get('/packages', { accept }))).toBe('406 NOT_ACCEPTABLE')
      expect((await get('/packages/plain/1.0.0/tarball', { accept })).status).toBe(200)
    },
  )

  test('nothing is changed for somebody who would not take the answer', async () => {
    const headers = { accept: 'text/plain', 'content-type': 'application/gzip' }
    const answer = await ask(server, 'POST /packages', { token: ann, body: archive('unheard 1.0.0'), headers })
    expect(verdict(answer)).toBe('406 NOT_ACCEPTABLE')
    expect((await get('/packages/unheard')).status).toBe(404)
  })

  test('browsers are shown a page at the root, which runs nothing', async () => {
    const page = await get('/', { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' })
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8')
    expect(page.headers['content-security-policy']).toContain("default-src 'none'")
  })

  test('the page shows the address that was asked for as text', async () => {
    const page = await get('/', { accept: 'text/html', host: 'evil"><script>alert(1)</script>' })
    expect(page.text).not.toContain('<script>')
  })
})

describe('what a client has already', () => {
  test('a document, plain and compressed', async () => {
    const plain = await get('/packages/large')
    const gzip = await get('/packages/large', { 'accept-encoding': 'gzip' })
    expect(gzip.headers['content-encoding']).toBe('gzip')
    expect(gunzipSync(gzip.bytes).equals(plain.bytes)).toBe(true)
    expect(gzip.headers.etag).not.toBe(plain.headers.etag)
    expect(plain.headers['vary']).toBe('Accept, Accept-Encoding, Authorization')
    expect(plain.headers['cache-control']).toBe('public, no-cache')
    for (const etag of [plain.headers.etag, gzip.headers.etag, `W/${String(gzip.headers.etag)}`, '*']) {
      for (const encoding of ['gzip', 'identity']) {
        const again = await get('/packages/large', {
          'if-none-match': `"other", ${String(etag)}`.replace('"other", *', '*'),
          'accept-encoding': encoding,
        })
        expect([again.status, again.text, again.headers['content-type']]).toEqual([304, '', undefined])
        expect(again.headers['vary']).toBe('Accept, Accept-Encoding, Authorization')
      }
    }
    expect((await get('/packages/large', { 'if-none-match': '"another"' })).status).toBe(200)
  })

  test.each([
    ['gzip', true],
    ['x-gzip', true],
    ['br, gzip;q=0.5', true],
    ['*', true],
    ['gzip;q=0', false],
    ['gzip; q=0.000', false],
    ['br', false],
    ['identity', false],
    ['', false],
  ])('Accept-Encoding: %s', async (encoding, compressed) => {
    const answer = await get('/packages/large', { 'accept-encoding': encoding })
    expect(answer.headers['content-encoding']).toBe(compressed ? 'gzip' : undefined)
  })

  test('what was read with a token is kept by nobody else', async () => {
    for (const path of ['/packages/plain', '/packages/plain/1.0.0/tarball']) {
      const answer = await ask(server, `GET ${path}`, { token: ann })
      expect(answer.headers['cache-control']).toMatch(/^private, /)
      expect(answer.headers['vary']).toContain('Authorization')
    }
  })

  test('a document has another ETag as soon as anything changes', async () => {
    const before = await get('/packages/plain')
    const body = { version: '1.0.0' }
    expect((await ask(server, 'PUT /packages/plain/tags/moved', { token: ann, body })).status).toBe(200)
    const headers = { 'if-none-match': String(before.headers.etag) }
    expect((await get('/packages/plain', headers)).status).toBe(200)
  })
})

describe('an archive, or a part of it', () => {
  const path = '/packages/plain/1.0.0/tarball'
  const bytes = archive('plain 1.0.0')
  const size = bytes.length

  test('whole: it is what was published, and may be kept for ever', async () => {
    const { status, headers, bytes: got } = await get(path)
    expect(status).toBe(200)
    expect(got.equals(bytes)).toBe(true)
    expect(headers).toMatchObject({
      'content-type': 'application/gzip',
      'content-length': String(size),
      'accept-ranges': 'bytes',
      'cache-control': 'public, max-age=31536000, immutable',
      'content-disposition': 'attachment; filename="plain-1.0.0.aam"',
    })
    expect(headers.etag).toMatch(/^"sha256-[0-9a-f]{64}"$/)
    expect((await get(path, { 'if-none-match': String(headers.etag) })).status).toBe(304)
  })

  test.each([
    ['bytes=0-9', 0, 9],
    ['bytes=10-', 10, size - 1],
    ['bytes=-7', size - 7, size - 1],
    [`bytes=-${String(size * 2)}`, 0, size - 1],
    [`bytes=5-${'9'.repeat(15)}`, 5, size - 1],
    [`bytes=${String(size - 1)}-`, size - 1, size - 1],
  ])('%s', async (range, start, end) => {
    const answer = await get(path, { range })
    expect(answer.status).toBe(206)
    expect(answer.headers['content-range']).toBe(`bytes ${String(start)}-${String(end)}/${String(size)}`)
    expect(answer.bytes.equals(bytes.subarray(start, end + 1))).toBe(true)
    const head = await ask(server, `HEAD ${path}`, { headers: { range } })
    expect([head.status, head.headers['content-length']]).toEqual([206, String(end - start + 1)])
  })

  test.each([
    'bytes=',
    'bytes=-',
    'bytes=9-5',
    'bytes=0-1,3-4',
    'bytes=a-b',
    'items=0-1',
    'bytes 0-1',
    '0-1',
    `bytes=0-${'9'.repeat(400)}`,
  ])('%s asks for nothing that is understood, and gets all', async range => {
    const answer = await get(path, { range })
    expect([answer.status, answer.bytes.length]).toEqual([200, size])
  })

  test.each([`bytes=${String(size)}-`, `bytes=${'9'.repeat(15)}-`, 'bytes=-0'])('%s is not there', async range => {
    const answer = await get(path, { range })
    expect([answer.status, answer.headers['content-range']]).toEqual([416, `bytes */${String(size)}`])
  })

  test('If-Range counts when it is the ETag, and else there is no range', async () => {
    const etag = String((await get(path)).headers.etag)
    expect((await get(path, { range: 'bytes=0-1', 'if-range': etag })).status).toBe(206)
    for (const other of ['"other"', `W/${etag}`, 'Sat, 01 Aug 2026 00:00:00 GMT']) {
      expect((await get(path, { range: 'bytes=0-1', 'if-range': other })).status).toBe(200)
    }
  })
})

describe('HEAD is GET without its body', () => {
  test.each(['/', '/packages', '/packages/plain', '/packages/large', '/packages/plain/1.0.0', '/packages/plain/tags'])(
    '%s',
    async path => {
      await alike(path, {})
      await alike(path, { 'accept-encoding': 'gzip' })
    },
  )

  test.each(['/packages/plain/1.0.0/tarball', '/packages/nothing', '/packages/plain/9.9.9/tarball'])(
    '%s',
    async path => {
      await alike(path, {})
    },
  )

  async function alike(path: string, headers: Ask['headers'] = {}): Promise<void> {
    const id = { 'x-request-id': 'the-same-for-both', ...headers }
    const [head, full] = [await ask(server, `HEAD ${path}`, { headers: id }), await get(path, id)]
    expect(head.text).toBe('')
    const without = ({ headers }: Sent): object => ({ ...headers, date: undefined })
    expect([head.status, without(head)]).toEqual([full.status, without(full)])
  }
})

describe('every answer', () => {
  const CASES: readonly (readonly [line: string, options: Ask])[] = [
    ['GET /', {}],
    ['GET /packages/plain', {}],
    ['GET /packages/plain/1.0.0/tarball', {}],
    ['GET /packages/nothing', {}],
    ['GET /nowhere', {}],
    ['PUT /packages/plain', {}],
    ['GET /packages/%zz', {}],
    ['GET /packages', { headers: { accept: 'text/plain' } }],
    ['GET /users/me', {}],
    ['GET /users/me', { token: 'aam_nonsense' }],
    ['POST /users/login', { body: { name: 'x', password: 'y' } }],
    ['POST /users/login', { body: Buffer.from('{'), headers: { 'content-type': 'application/json' } }],
    ['GET /packages', { headers: { 'x-big': 'x'.repeat(20_000) } }],
    ['PROPFIND /packages', {}],
  ]
  test.each(CASES)('%s has the headers that keep it from being misused, and its number', async (line, options) => {
    const answer = await ask(server, line, options)
    expect(answer.headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'cross-origin',
    })
    expect(answer.headers['x-request-id']).toMatch(/^[\w.-]{8,64}$/)
    expect(answer.headers['x-powered-by']).toBeUndefined()
    if (answer.status < 400) return
    expect(Object.keys(Object(answer.json) as object)).toEqual(['error'])
    for (const key of ['code', 'message']) expect(answer.at(`error.${key}`)).toMatch(/./)
    expect(answer.at('error.docs')).toMatch(/^docs\/errors\.md#/)
    expect(answer.at('error.requestId')).toBe(answer.headers['x-request-id'])
    expect(answer.headers['cache-control']).toBe('no-store')
  })

  test('has the number it was asked with, when that is one', async () => {
    const id = 'build-42.attempt_3'
    expect((await get('/', { 'x-request-id': id })).headers['x-request-id']).toBe(id)
    for (const wrong of ['short', 'x'.repeat(65), 'with blanks in it', '<script>alert(1)</script>', 'a\tb-c-d-e-f']) {
      expect((await get('/', { 'x-request-id': wrong })).headers['x-request-id']).not.toBe(wrong)
    }
  })

  test('may be read by any page, which may change nothing', async () => {
    expect((await get('/packages/plain')).headers['access-control-allow-origin']).toBe('*')
    expect((await get('/packages/nothing')).headers['access-control-allow-origin']).toBe('*')
    const preflight = await ask(server, 'OPTIONS /packages/plain', {
      headers: { origin: 'https://elsewhere.example', 'access-control-request-method': 'GET' },
    })
    expect(preflight.status).toBe(204)
    expect(preflight.headers).toMatchObject({
      'access-control-allow-methods': 'GET, HEAD, OPTIONS',
      'access-control-allow-headers': 'Accept, Authorization, If-None-Match, Range',
    })
    expect(preflight.headers['access-control-allow-credentials']).toBeUndefined()
    const change = await ask(server, 'PUT /packages/plain/tags/probe', { token: ann, body: { version: '9.9.9' } })
    expect(change.headers['access-control-allow-origin']).toBeUndefined()
  })
})

describe('what nobody offers', () => {
  test.each([
    ['GET /nowhere', '404 ROUTE_NOT_FOUND', undefined],
    ['GET /packages/a/b/c/d/e', '404 ROUTE_NOT_FOUND', undefined],
    ['PUT /packages/plain', '405 METHOD_NOT_ALLOWED', 'GET, HEAD, PATCH'],
    ['DELETE /packages', '405 METHOD_NOT_ALLOWED', 'GET, HEAD, POST'],
    ['GET /users/login', '405 METHOD_NOT_ALLOWED', 'POST, PATCH'],
    ['PROPFIND /packages', '405 METHOD_NOT_ALLOWED', 'GET, HEAD, POST'],
    ['TRACE /packages', '405 METHOD_NOT_ALLOWED', 'GET, HEAD, POST'],
  ])('%s: %s', async (line, expected, allow) => {
    const answer = await ask(server, line)
    expect([verdict(answer), answer.headers['allow']]).toEqual([expected, allow])
  })
})

describe('bodies in JSON', () => {
  const put = async (body: Buffer, headers: Ask['headers'] = {}, chunked = false): Promise<Sent> =>
    ask(server, 'PUT /packages/plain/tags/probe', {
      token: ann,
      body,
      chunked,
      headers: { 'content-type': 'application/json', ...headers },
    })
  const text = (value: string): Buffer => Buffer.from(value)

  test.each([
    ['{', '400 REQUEST_INVALID'],
    ['', '400 REQUEST_INVALID'],
    ['null', '400 REQUEST_INVALID'],
    ['[]', '400 REQUEST_INVALID'],
    ['"1.0.0"', '400 REQUEST_INVALID'],
    ['{}', '400 REQUEST_INVALID'],
    ['{"version":1}', '400 REQUEST_INVALID'],
    ['{"version":"1.0.0","surprise":true}', '400 REQUEST_INVALID'],
    ['{"version":"1.0.0","force":"yes"}', '400 REQUEST_INVALID'],
    ['{"version":"1.0.0","__proto__":{"force":true}}', '400 REQUEST_INVALID'],
    ['{"version":"1.0.0","constructor":{"prototype":{"x":1}}}', '400 REQUEST_INVALID'],
    ['{"version":"1.0.0"} x', '400 REQUEST_INVALID'],
    ['\ufeff{"version":"1.0.0"}', '400 REQUEST_INVALID'],
    ['{"version":"not-a-version"}', '422 VERSION_INVALID'],
    ['{"version":"9.9.9"}', '404 VERSION_NOT_FOUND'],
    [`{"version":${'['.repeat(400)}${']'.repeat(400)}}`, '400 REQUEST_INVALID'],
  ])('%s', async (body, expected) => {
    expect(verdict(await put(text(body)))).toBe(expected)
    expect(({} as { x?: unknown; force?: unknown }).force).toBeUndefined()
  })

  test('are as long as a route allows, whether they say so or not', async () => {
    const long = text(JSON.stringify({ version: 'x'.repeat(2000) }))
    for (const chunked of [false, true]) {
      const answer = await put(long, {}, chunked)
      expect(verdict(answer)).toBe('413 TOO_LARGE')
      expect(answer.at('error.message')).toBe('The body of the request has more than 1024 bytes')
    }
    const login = text(JSON.stringify({ name: 'x', password: 'y'.repeat(5000) }))
    const headers = { 'content-type': 'application/json' }
    expect((await ask(server, 'POST /users/login', { body: login, headers })).status).toBe(413)
  })

  test('are nested as deep as anybody wants, and refused', async () => {
    const deep = text(`${'['.repeat(200_000)}${']'.repeat(200_000)}`)
    const headers = { 'content-type': 'application/json' }
    const answer = await ask(server, 'POST /advisories', { token: server.adminToken, body: deep, headers })
    expect(verdict(answer)).toBe('400 REQUEST_INVALID')
  })

  test.each(['text/plain', 'application/xml', 'application/gzip', 'multipart/form-data; boundary=x', 'nonsense', ''])(
    'are refused as %s, without telling what is inside of the server',
    async type => {
      const answer = await put(text('{"version":"1.0.0"}'), { 'content-type': type })
      expect(verdict(answer)).toBe('415 MEDIA_TYPE_UNSUPPORTED')
      expect(answer.text).not.toMatch(/_events|socket|rawHeaders/)
    },
  )

  test.each(['application/json; charset=utf-8', 'application/vnd.uaaps.v1+json', 'APPLICATION/JSON'])(
    'are taken as %s',
    async type => {
      expect((await put(text('{"version":"1.0.0"}'), { 'content-type': type })).status).toBe(200)
    },
  )
})

describe('names that every object of JavaScript has', () => {
  const NAMES = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', 'prototype']
  test.each(NAMES)('%s is nothing that is there', async name => {
    expect((await get(`/packages/${name}`)).status).toBe(404)
    expect((await get(`/packages/plain/${name}`)).status).toBe(404)
    expect((await get(`/packages/plain/${name}/tarball`)).status).toBe(404)
    expect((await get(`/packages/${name}/tags`)).status).toBe(404)
    expect((await get(`/packages?${name}=1&q=${name}`)).status).toBe(200)
    expect((await get(`/packages?sort=${name}`)).status).toBe(400)
    const asAdmin = { token: server.adminToken }
    expect((await ask(server, `DELETE /packages/plain/tags/${name}`, { token: ann })).status).toBe(404)
    expect((await ask(server, `PUT /packages/plain/owners/${name}`, { token: ann, body: {} })).status).toBe(404)
    const roles = await ask(server, `PUT /users/${name}/roles`, { ...asAdmin, body: { roles: [] } })
    expect(verdict(roles)).toBe('404 USER_NOT_FOUND')
    expect((await ask(server, `DELETE /tokens/${name}`, { token: ann })).status).toBe(404)
    const login = await ask(server, 'POST /users/login', { body: { name, password: 'long enough it is' } })
    expect(verdict(login)).toBe('401 UNAUTHORIZED')
    if (name === '__proto__') return
    const metadata = await ask(server, 'POST /metadata', { body: { roots: { [name]: '*' }, known: { [name]: 'x' } } })
    expect(metadata.json).toEqual({ packages: {}, missing: [name] })
    const advisories = await ask(server, 'POST /advisories/query', { body: { packages: { [name]: ['1.0.0'] } } })
    expect(advisories.json).toEqual({ packages: {} })
  })

  test('one that is a name is one like every other', async () => {
    await publish(server, ann, 'constructor 1.0.0 ?tag=constructor')
    expect((await get('/packages/constructor/constructor')).at('version')).toBe('1.0.0')
    expect((await get('/packages/constructor/tags')).at('tags')).toEqual({ constructor: '1.0.0', latest: '1.0.0' })
    const metadata = await ask(server, 'POST /metadata', { body: { roots: { constructor: '*' } } })
    expect(metadata.at('packages.constructor.document.name')).toBe('constructor')
  })
})

describe('texts that take long to look at', () => {
  const SLOW = ['1'.repeat(12_000), `${'%20'.repeat(4000)}1`, `1.0.0-${'a.'.repeat(5000)}`, '@'.repeat(12_000)]
  test.each(SLOW.map(text => [text.slice(0, 10), text]))('%s…', async (_name, text) => {
    for (const path of [
      `/packages/${text}`,
      `/packages/plain/${text}`,
      `/packages?cursor=${text}`,
      `/packages?q=${text}`,
    ]) {
      const started = performance.now()
      expect([200, 400, 404]).toContain((await get(path)).status)
      expect(performance.now() - started).toBeLessThan(250)
    }
  })

  test.each(['((((a)*)*)*)*$', '(a+)+$', '.*.*.*.*x', '[', '\\', "' or 1=1 --", '%', '_'])(
    'searching for %s is searching for that text',
    async q => {
      const started = performance.now()
      const { json } = await get(`/packages?q=${encodeURIComponent(q)}`)
      expect(json).toEqual({ packages: [], total: 0 })
      expect(performance.now() - started).toBeLessThan(250)
    },
  )

  test('a deprecation, a tag and a version as long as they fit', async () => {
    const ones = '1'.repeat(290)
    expect(
      (await ask(server, `POST /packages/plain/${ones}/deprecate`, { token: ann, body: { message: 'x' } })).status,
    ).toBe(422)
    expect(
      (await ask(server, `PUT /packages/plain/tags/${ones}`, { token: ann, body: { version: '1.0.0' } })).status,
    ).toBe(422)
  })
})

describe('addresses that are none', () => {
  test.each(['/packages/%zz', '/packages/%', '/packages/%c3%28', '/packages/%00', '/packages/a%00b', '/%ff'])(
    '%s',
    async path => {
      expect([400, 404]).toContain((await get(path)).status)
    },
  )

  test('an address or headers longer than anybody needs', async () => {
    expect(verdict(await get(`/packages/${'x'.repeat(17_000)}`))).toBe('431 REQUEST_INVALID')
    expect(verdict(await get('/', { 'x-long': 'x'.repeat(17_000) }))).toBe('431 REQUEST_INVALID')
  })

  test.each([
    'NONSENSE\r\n\r\n',
    'GET /packages HTTP/9.9\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: a\r\nBad Header: x\r\n\r\n',
  ])('what is not HTTP is told so: %j', async text => {
    const answer = await raw(text)
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(answer).toContain('"code":"REQUEST_INVALID"')
  })

  test('two lengths, or a length beside chunks, are refused: somebody in between may see another request', async () => {
    for (const headers of [
      'Content-Length: 5\r\nContent-Length: 6',
      'Content-Length: 5\r\nTransfer-Encoding: chunked',
      'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity',
    ]) {
      expect(await raw(`POST /users/login HTTP/1.1\r\nHost: a\r\n${headers}\r\n\r\n{}`)).toMatch(/^HTTP\/1\.1 400 /)
    }
  })
})

test('behind a proxy the address that the proxy saw counts, not what the client wrote before it', async () => {
  const proxied = await startTestServer({ TRUST_PROXY: 'true' })
  try {
    const headers = { 'x-forwarded-for': '6.6.6.6, 10.1.2.3', 'x-forwarded-proto': 'https', host: 'pkg.example.com' }
    const bob = await proxied.addUser('bob')
    const body = { name: 'ci' }
    await ask(proxied, 'POST /tokens', { token: bob, body, headers })
    const log = await ask(proxied, 'GET /audit-log?event=token.create&limit=1', { token: proxied.adminToken })
    expect(log.at('events.0.actor.ip')).toBe('10.1.2.3')
  } finally {
    await proxied.remove()
  }
})

/** Sends bytes as they are and returns what comes back until the connection ends. */
async function raw(text: string): Promise<string> {
  const { hostname, port } = new URL(server.address)
  return new Promise(resolve => {
    const socket = connect(Number(port), hostname)
    let answer = ''
    socket.setTimeout(2000, () => socket.destroy())
    socket.on('data', chunk => (answer += chunk.toString('latin1')))
    socket.on('error', () => undefined)
    socket.on('close', () => {
      resolve(answer)
    })
    socket.write(text)
  })
}
