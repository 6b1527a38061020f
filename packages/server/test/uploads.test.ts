/** Archives on their way in: as they are, in forms, too large, too slow, cut off, hostile. */
import { createHash } from 'node:crypto'
import { readFileSync, readdirSync, statSync } from 'node:fs'
import { request } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { memoryUsage } from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TestServer, startTestServer } from '@aam/testkit'
import { BOMBS } from '../../archive/test/bombs.ts'
import { archiveOf, gnuLong, gzip, member, pax, paxOf, paxRecord } from '../../archive/test/tar-builder.ts'
import { type Sent, archive, ask, verdict } from './asking.ts'

const LIMIT = 2 * 1024 * 1024

let server: TestServer
let ann: string

beforeAll(async () => {
  server = await startTestServer({ MAX_ARCHIVE_SIZE: String(LIMIT) }, undefined, {
    headers: 800,
    check: 100,
    silence: 600,
    patience: 1500,
  })
  ann = await server.addUser('ann')
})

afterAll(async () => server.remove())

// ── forms ───────────────────────────────────────────────────────────────────────────────────────────────────────────

type Part = { readonly name: string; readonly file?: string; readonly data: string | Buffer }

const BOUNDARY = 'a-boundary'

function formOf(parts: readonly Part[], end = `--${BOUNDARY}--\r\n`): Buffer {
  const pieces = parts.flatMap(({ name, file, data }) => [
    Buffer.from(
      `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"${file === undefined ? '' : `; filename="${file}"`}\r\n\r\n`,
    ),
    Buffer.from(data),
    Buffer.from('\r\n'),
  ])
  return Buffer.concat([...pieces, Buffer.from(end)])
}

async function sendForm(body: Buffer, boundary: string | undefined = BOUNDARY, chunked = false): Promise<Sent> {
  const type = `multipart/form-data${boundary === '' ? '' : `; boundary=${boundary}`}`
  return ask(server, 'POST /packages', { token: ann, body, chunked, headers: { 'content-type': type } })
}

const fileOf = (spec: string): Part => ({ name: 'archive', file: 'a.aam', data: archive(spec) })

describe('a form', () => {
  test.each([
    ['the archive first', 'form-a', (file: Part) => [file, { name: 'tag', data: 'beta' }]],
    ['the archive last', 'form-b', (file: Part) => [{ name: 'tag', data: 'beta' }, file]],
    [
      'fields that nobody knows',
      'form-c',
      (file: Part) => [{ name: 'x', data: '1' }, file, { name: 'tag', data: 'beta' }],
    ],
  ])('publishes with %s, and sets its tag', async (_name, name, parts) => {
    const answer = await sendForm(formOf(parts(fileOf(`${name} 1.0.0`))), BOUNDARY, name === 'form-b')
    expect(answer.status).toBe(201)
    const { json } = await ask(server, `GET /packages/${name}/tags`)
    expect(json).toEqual({ package: name, tags: { latest: '1.0.0', beta: '1.0.0' } })
  })

  test('is taken in pieces as small as they come', async () => {
    const body = formOf([{ name: 'tag', data: 'beta' }, fileOf('form-pieces 1.0.0')])
    const { hostname, port } = new URL(server.address)
    const headers = { authorization: `Bearer ${ann}`, 'content-type': `multipart/form-data; boundary=${BOUNDARY}` }
    const status = await new Promise(resolve => {
      const asked = request({ hostname, port, path: '/packages', method: 'POST', headers }, answer => {
        answer.resume().on('end', () => {
          resolve(answer.statusCode)
        })
      })
      for (const byte of body) asked.write(Buffer.of(byte))
      asked.end()
    })
    expect(status).toBe(201)
  })

  test.each([
    ['two files', () => formOf([fileOf('form-two 1.0.0'), fileOf('form-two 1.0.0')]), 'more than one file'],
    [
      'a file of another name',
      () => formOf([{ name: 'package', file: 'a.aam', data: archive('form-x 1.0.0') }]),
      'not expected',
    ],
    ['no file', () => formOf([{ name: 'tag', data: 'beta' }]), "no file named 'archive'"],
    ['nothing in it', () => formOf([]), "no file named 'archive'"],
    ['the archive as a field', () => formOf([{ name: 'archive', data: 'text' }]), "no file named 'archive'"],
    [
      'a field that is there twice',
      () => formOf([{ name: 'tag', data: 'a' }, { name: 'tag', data: 'b' }, fileOf('form-x 1.0.0')]),
      'there twice',
    ],
    [
      'a field that is too long',
      () => formOf([{ name: 'signature', data: 'x'.repeat(70_000) }, fileOf('form-x 1.0.0')]),
      'more than 65536 bytes',
    ],
    [
      'too many fields',
      () =>
        formOf([
          ...Array.from({ length: 20 }, (_, index) => ({ name: `f${String(index)}`, data: '' })),
          fileOf('form-x 1.0.0'),
        ]),
      'too many fields',
    ],
    ['an end that is missing', () => formOf([fileOf('form-x 1.0.0')], ''), 'nexpected end'],
    ['an end in the middle of a header', () => Buffer.from(`--${BOUNDARY}\r\nContent-Disp`), 'nexpected end'],
  ])('with %s is refused, and nothing of it stays', async (_name, make, says) => {
    const before = fingerprint()
    const answer = await sendForm(make())
    expect(verdict(answer)).toBe('400 REQUEST_INVALID')
    expect(answer.at('error.message')).toContain(says)
    expect(fingerprint()).toBe(before)
  })

  test.each(['another', ''])("with the boundary '%s' in its type is refused", async boundary => {
    expect(verdict(await sendForm(formOf([fileOf('form-x 1.0.0')]), boundary))).toBe('400 REQUEST_INVALID')
  })

  test('that is cut off inside the archive leaves the server alive', async () => {
    const whole = formOf([fileOf('form-cut 1.0.0')])
    for (let length = 90; length < whole.length - 50; length += 40) {
      expect((await sendForm(whole.subarray(0, length))).status).toBe(400)
    }
    expect((await ask(server, 'GET /healthz')).status).toBe(200)
  })

  test('sets what the address asks for, too, and the form wins', async () => {
    const headers = { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` }
    const body = formOf([fileOf('form-query 1.0.0'), { name: 'tag', data: 'inside' }])
    const answer = await ask(server, 'POST /packages?tag=outside', { token: ann, body, headers })
    expect([answer.at('tags.0.tag'), answer.at('tags.1.tag'), answer.at('tags.2')]).toEqual([
      'latest',
      'inside',
      undefined,
    ])
  })
})

// ── bodies ──────────────────────────────────────────────────────────────────────────────────────────────────────────

describe('an archive as it is', () => {
  test.each([
    ['application/gzip', false],
    ['application/x-gzip', true],
    ['application/octet-stream', true],
  ])('is published as %s (in chunks: %s)', async (type, chunked) => {
    const name = `raw-${type.replaceAll(/[^a-z]+/g, '-')}`
    const headers = { 'content-type': type }
    const answer = await ask(server, 'POST /packages', { token: ann, body: archive(`${name} 1.0.0`), chunked, headers })
    expect(answer.status).toBe(201)
  })

  test.each([
    ['application/json', '415 MEDIA_TYPE_UNSUPPORTED'],
    ['text/plain', '415 MEDIA_TYPE_UNSUPPORTED'],
    ['application/x-www-form-urlencoded', '415 MEDIA_TYPE_UNSUPPORTED'],
  ])('is refused as %s', async (type, expected) => {
    const body = type === 'application/json' ? Buffer.from('{}') : archive('raw-x 1.0.0')
    const answer = await ask(server, 'POST /packages', { token: ann, body, headers: { 'content-type': type } })
    expect(verdict(answer)).toBe(expected)
  })

  test('that is not there is refused', async () => {
    expect(verdict(await ask(server, 'POST /packages', { token: ann }))).toBe('400 REQUEST_INVALID')
  })

  test('with other bytes for a version that is there is a conflict, the same bytes are not', async () => {
    const first = archive('raw-twice 1.0.0')
    expect((await ask(server, 'POST /packages', { token: ann, body: first })).status).toBe(201)
    const before = fingerprint()
    const again = await ask(server, 'POST /packages', { token: ann, body: first })
    expect([again.status, again.at('kind')]).toEqual([200, 'unchanged'])
    const other = await ask(server, 'POST /packages', {
      token: ann,
      body: archive('raw-twice 1.0.0', { license: 'X' }),
    })
    expect(verdict(other)).toBe('409 VERSION_CONFLICT')
    expect(fingerprint()).toBe(before)
  })

  test('that is only tried out changes nothing', async () => {
    const before = fingerprint()
    const answer = await ask(server, 'POST /packages?dryRun=true', { token: ann, body: archive('raw-dry 1.0.0') })
    expect([answer.status, answer.at('kind')]).toEqual([200, 'publish'])
    expect(fingerprint()).toBe(before)
  })
})

describe('what is too large', () => {
  const large = Buffer.alloc(LIMIT + 300_000, 1)

  test.each([
    ['says so in its header', false],
    ['does not say so', true],
  ])('is refused when it %s, and whoever sent it is told', async (_name, chunked) => {
    const before = fingerprint()
    // It begins as gzip does, and goes on without end.
    const body = Buffer.concat([gzip(Buffer.alloc(LIMIT * 2, 7)).subarray(0, 20), large])
    const answer = await ask(server, 'POST /packages', { token: ann, body, chunked })
    expect(answer.status).toBeGreaterThanOrEqual(413)
    expect(['413 TOO_LARGE', '422 ARCHIVE_INVALID']).toContain(verdict(answer))
    expect(fingerprint()).toBe(before)
  })

  test('is refused by its size alone before anything of it is read', async () => {
    const headers = { 'content-length': String(10 ** 12), 'content-type': 'application/gzip' }
    const text = await raw(
      `POST /packages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ann}\r\n${lines(headers)}\r\n`,
      300,
    )
    expect(text).toMatch(/^HTTP\/1\.1 413 /)
  })

  test('is refused in chunks when what cannot be squeezed is more than may be sent', async () => {
    const noise = Array.from({ length: 50_000 }, (_, index) => hash(Buffer.alloc(0), index))
    const body = gzip(member({ name: 'a', data: Buffer.concat(noise) }))
    expect(body.length).toBeGreaterThan(LIMIT)
    expect(verdict(await ask(server, 'POST /packages', { token: ann, body, chunked: true }))).toBe('413 TOO_LARGE')
  })
})

// ── time ────────────────────────────────────────────────────────────────────────────────────────────────────────────

describe('what is too slow', () => {
  test('an upload that goes silent is told so and cut off, and nothing of it stays', async () => {
    const before = fingerprint()
    const headers = { 'content-length': '5000', 'content-type': 'application/gzip', authorization: `Bearer ${ann}` }
    const started = Date.now()
    const text = await raw(`POST /packages HTTP/1.1\r\nHost: x\r\n${lines(headers)}\r\n\x1f`, 5000)
    expect(text).toMatch(/^HTTP\/1\.1 408 /)
    expect(text).toContain('BODY_TOO_SLOW')
    expect(Date.now() - started).toBeLessThan(4000)
    expect(fingerprint()).toBe(before)
  })

  test('an upload that comes a byte at a time is cut off', async () => {
    const body = archive('slow 1.0.0')
    const headers = {
      'content-length': String(body.length),
      'content-type': 'application/gzip',
      authorization: `Bearer ${ann}`,
    }
    const text = await raw(`POST /packages HTTP/1.1\r\nHost: x\r\n${lines(headers)}\r\n`, 8000, body)
    expect(text).toMatch(/^HTTP\/1\.1 408 /)
  })

  test('headers that do not end are cut off', async () => {
    const text = await raw('GET /packages HTTP/1.1\r\nHost: x\r\nX-A: ', 6000)
    expect(text).toMatch(/^HTTP\/1\.1 408 /)
    expect(text).toContain('"requestId"')
  })

  test('an upload that ends in the middle leaves nothing', async () => {
    const before = fingerprint()
    const { hostname, port } = new URL(server.address)
    const socket = connect(Number(port), hostname)
    const headers = { 'content-length': '5000', 'content-type': 'application/gzip', authorization: `Bearer ${ann}` }
    socket.write(`POST /packages HTTP/1.1\r\nHost: x\r\n${lines(headers)}\r\n`)
    socket.write(archive('aborted 1.0.0').subarray(0, 100))
    await sleep(150)
    socket.destroy()
    await expect.poll(() => fingerprint(), { timeout: 3000 }).toBe(before)
    expect((await ask(server, 'GET /packages/aborted')).status).toBe(404)
  })

  test('300 who send a byte at a time do not slow down those who read', async () => {
    await ask(server, 'POST /packages', { token: ann, body: archive('read-me 1.0.0') })
    const { hostname, port } = new URL(server.address)
    const sockets = Array.from({ length: 300 }, () => connect(Number(port), hostname))
    for (const socket of sockets) socket.on('error', () => undefined)
    const timer = setInterval(() => {
      for (const socket of sockets) if (socket.writable) socket.write('G')
    }, 50)
    const times: number[] = []
    for (let index = 0; index < 60; index++) {
      const started = performance.now()
      expect((await ask(server, 'GET /packages/read-me')).status).toBe(200)
      times.push(performance.now() - started)
    }
    clearInterval(timer)
    for (const socket of sockets) socket.destroy()
    // The bound is loose: what it tells apart is waiting for them, which takes a second and more.
    expect(times.sort((a, b) => a - b)[57]).toBeLessThan(500)
  })
})

// ── hostile ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const file = (name: string): Buffer => member({ name, data: 'x' })
const kind = (type: string): Buffer => archiveOf(member({ name: 'a', type, link: '../x' }))

const HOSTILE: readonly (readonly [name: string, bytes: () => Buffer])[] = [
  ['a path that leaves', () => archiveOf(file('../x'))],
  ['an absolute path', () => archiveOf(file('/x'))],
  ['a path of Windows', () => archiveOf(file('C:\\x'))],
  ['a path in pax', () => archiveOf(pax(['path', '../x']), file('a'))],
  ['a long name of GNU', () => archiveOf(gnuLong('L', '../x'), file('a'))],
  ['a symbolic link', () => kind('2')],
  ['a hard link', () => kind('1')],
  ['a device', () => kind('3')],
  ['a pipe', () => kind('6')],
  ['a global pax header', () => archiveOf(paxOf(paxRecord('path', 'x'), { type: 'g' }), file('a'))],
  ['setuid', () => archiveOf(member({ name: 'a', mode: 0o4755 }))],
  ['a reserved name', () => archiveOf(file('aux'))],
  ['.git', () => archiveOf(file('.git/config'))],
  ['two names that differ in case', () => archiveOf(file('a'), file('A'))],
  ['one name twice', () => archiveOf(file('a'), file('a'))],
  ['a wrong checksum', () => archiveOf(member({ name: 'a', checksum: '000000' }))],
  ['no manifest', () => archiveOf(file('a'))],
  ['a manifest that is no JSON', () => archiveOf(member({ name: 'package.agent.json', data: 'x' }))],
  [
    'a manifest without a version',
    () => archiveOf(member({ name: 'package.agent.json', data: '{"name":"a","description":"b"}' })),
  ],
  ['a name that is none', () => archive('Bad 1.0.0')],
  ['a cut gzip', () => archive('cut 1.0.0').subarray(0, 150)],
  ['garbage behind it', () => Buffer.concat([archive('trailing 1.0.0'), Buffer.from('garbage')])],
  ['two members', () => Buffer.concat([archive('double 1.0.0'), archive('double 1.0.0')])],
  ['no gzip', () => Buffer.from('not an archive at all')],
  ...BOMBS.filter(([, , size]) => size === 'small').map(([name, make]) => [name, make] as const),
]

describe('a hostile archive is refused, and the data folder stays as it is', () => {
  test.each(HOSTILE)('%s', async (_name, make) => {
    const body = make()
    const before = fingerprint()
    const started = performance.now()
    const answer = await ask(server, 'POST /packages', { token: ann, body, chunked: true })
    expect([413, 422]).toContain(answer.status)
    expect(performance.now() - started).toBeLessThan(4000)
    expect(fingerprint()).toBe(before)
  })

  test('however many of them come', async () => {
    const bombs = BOMBS.filter(([, , size]) => size === 'small').map(([, make]) => make())
    const before = memoryUsage().rss
    for (const bomb of bombs) {
      await Promise.all(
        [1, 2, 3].map(async () => ask(server, 'POST /packages', { token: ann, body: bomb, chunked: true })),
      )
    }
    // Loose: the test's own bodies are in it. What it tells apart is 300 MB and more for each.
    expect(memoryUsage().rss - before).toBeLessThan(256 * 2 ** 20)
  })
})

// ── tools ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** What is stored: names and contents of archives and uploads, and how long the log is. */
function fingerprint(): string {
  const blobs = join(server.dataFolder, 'blobs')
  const found = readdirSync(blobs, { recursive: true, encoding: 'utf8' }).sort()
  const files = found.filter(path => statSync(join(blobs, path)).isFile())
  return files.map(path => `${path} ${hash(readFileSync(join(blobs, path)), 0).toString('hex')}`).join('\n')
}

function hash(data: Buffer, index: number): Buffer {
  return createHash('sha512').update(data).update(String(index)).digest()
}

function lines(headers: Readonly<Record<string, string>>): string {
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')
}

/** Sends bytes as they are, then `slowly` one by one, and returns what comes back until the connection ends or time is up. */
async function raw(text: string, milliseconds: number, slowly: Buffer = Buffer.alloc(0)): Promise<string> {
  const { hostname, port } = new URL(server.address)
  return new Promise(resolve => {
    const socket = connect(Number(port), hostname)
    let answer = ''
    let at = 0
    const drip = setInterval(() => {
      if (at < slowly.length && socket.writable) socket.write(slowly.subarray(at, ++at))
    }, 50)
    const end = (): void => {
      clearTimeout(timer)
      clearInterval(drip)
      socket.destroy()
      resolve(answer)
    }
    const timer = setTimeout(end, milliseconds)
    socket.on('data', chunk => (answer += chunk.toString('latin1')))
    socket.on('close', end).on('error', end)
    socket.write(Buffer.from(text, 'latin1'))
  })
}
