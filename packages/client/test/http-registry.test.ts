/** A registry server behind the port: documents, archives, changes, lists, and what is kept between runs. */
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { type Progress, type Registry, type TransportOptions, openHttpRegistry, tarballAddress } from '@aam/client'
import { type Tag, type Version, parseRange } from '@aam/core'
import { named } from '@aam/testkit'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  type Answering,
  INTEGRITY,
  type TestServer,
  documentOf,
  failureOf,
  json,
  refuse,
  serve,
  transportTo,
} from './http-server.ts'

const name = named('@team/review')
const version = (text: string): Version => text as Version
const tag = (text: string): Tag => text as Tag

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aam-http-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

const open = (base: string, options: Partial<TransportOptions> = {}): Registry =>
  openHttpRegistry(transportTo(base, options))

describe('documents', () => {
  test('are read; a package that the registry says it does not have is not there', async () => {
    const { base, asked } = await serve(({ url }, response) => {
      if (url === '/r/x/packages/@team/review') json(response, documentOf(name, ['1.0.0', '1.1.0']))
      else {
        refuse(response, { code: 'PACKAGE_NOT_FOUND', facts: { name: 'nobody', registry: 'there' } }, { status: 404 })
      }
    })
    const registry = open(`${base}/r/x/`)
    expect(registry.address).toBe(`${base}/r/x`)
    expect([...(await registry.fetchDocument(name))!.releases.keys()]).toEqual(['1.0.0', '1.1.0'])
    expect(await registry.fetchDocument(named('nobody'))).toBeUndefined()
    expect(asked[0]?.headers).toMatchObject({
      'user-agent': 'aam/test',
      'accept-encoding': 'gzip',
      accept: 'application/vnd.uaaps.v1+json, application/json',
    })
  })

  test('nothing else passes for a package that is not there: the next registry is not asked then (D32)', async () => {
    const answers: readonly (readonly [string, Answering])[] = [
      ['REGISTRY_ANSWER_INVALID', (_, response) => response.writeHead(404, { 'content-type': 'text/html' }).end('<p>')],
      ['REGISTRY_REFUSED', (_, response) => response.writeHead(404).end()],
      [
        'ROUTE_NOT_FOUND',
        (_, response) => {
          refuse(response, { code: 'ROUTE_NOT_FOUND', facts: { path: '/packages/x' } }, { status: 404 })
        },
      ],
      [
        'PACKAGE_NOT_FOUND',
        (_, response) => {
          refuse(response, { code: 'PACKAGE_NOT_FOUND', facts: { name: 'x', registry: 'y' } }, { status: 500 })
        },
      ],
      [
        'FORBIDDEN',
        (_, response) => {
          refuse(response, { code: 'FORBIDDEN', facts: { token: 'it is for others' } }, { status: 403 })
        },
      ],
    ]
    for (const [code, answer] of answers) {
      expect((await failureOf(open((await serve(answer)).base).fetchDocument(name))).code).toBe(code)
    }
  })

  test('that are none are told apart from packages that are not there', async () => {
    const answers: readonly (readonly [string, unknown, string?])[] = [
      ['it sent text/html, not JSON', '<html>', 'text/html; charset=utf-8'],
      ['it sent no type, not JSON', '{}', ''],
      ['the document must be an object', '{"name":'],
      ['the document must be an object', '[]'],
      ['name must be text', '{}'],
      [`asked for ${name}, it sent other`, JSON.stringify(documentOf('other'))],
      [
        'versions.1.0.0.size must be a number',
        JSON.stringify({ name, versions: { '1.0.0': { integrity: INTEGRITY } } }),
      ],
    ]
    for (const [why, body, type = 'application/vnd.uaaps.v1+json'] of answers) {
      const { base } = await serve((_, response) => {
        response.writeHead(200, type === '' ? {} : { 'content-type': type }).end(body)
      })
      expect(await failureOf(open(base).fetchDocument(name))).toMatchObject({
        code: 'REGISTRY_ANSWER_INVALID',
        facts: { why },
      })
    }
  })
})

describe('documents kept between runs', () => {
  /** A registry whose document changes when `versions` does, and that sends it only to who does not have it. */
  const serveDocument = async (): Promise<TestServer & { versions: string[] }> => {
    const state = { versions: ['1.0.0'] }
    const server = await serve(({ headers }, response) => {
      const who = headers.authorization ?? 'nobody'
      const etag = `"${state.versions.join()}-${who.slice(-1)}"`
      if (headers['if-none-match'] === etag) response.writeHead(304, { etag }).end()
      else {
        const body = gzipSync(JSON.stringify(documentOf(name, state.versions)))
        response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip', etag }).end(body)
      }
    })
    return Object.assign(state, server)
  }
  const versionsAt = async (base: string, options: Partial<TransportOptions> = {}): Promise<unknown> => [
    ...((await open(base, { cacheFolder: folder, ...options }).fetchDocument(name))?.releases.keys() ?? []),
  ]
  const files = (): string[] =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter(each => each.isFile())
      .map(each => join(each.parentPath, each.name))

  test('are not sent again, and are asked for every time', async () => {
    const server = await serveDocument()
    expect(await versionsAt(server.base)).toEqual(['1.0.0'])
    expect(await versionsAt(server.base)).toEqual(['1.0.0'])
    server.versions.push('1.1.0')
    expect(await versionsAt(server.base)).toEqual(['1.0.0', '1.1.0'])
    expect(await versionsAt(server.base)).toEqual(['1.0.0', '1.1.0'])
    expect(server.asked.map(({ headers }) => headers['if-none-match'])).toEqual([
      undefined,
      '"1.0.0-y"',
      '"1.0.0-y"',
      '"1.0.0,1.1.0-y"',
    ])
    expect(files()).toHaveLength(1)
    expect(statSync(files()[0]!).mode & 0o077).toBe(0)
  })

  test('are kept for each token and each registry alone, and no token is written down', async () => {
    const [one, two] = [await serveDocument(), await serveDocument()]
    await versionsAt(one.base, { token: 'token-of-ann-1' })
    await versionsAt(one.base, { token: 'token-of-bob-2' })
    await versionsAt(one.base)
    await versionsAt(`${one.base}/r/other`)
    await versionsAt(two.base)
    expect([...one.asked, ...two.asked].map(({ headers }) => headers['if-none-match'])).toEqual(
      Array(5).fill(undefined),
    )
    expect(files()).toHaveLength(5)
    for (const file of files()) expect(`${file}${readFileSync(file, 'utf8')}`).not.toContain('token-of')
    expect((await failureOf(versionsAt(one.base, { token: 'token-of-eve-3', offline: true }))).code).toBe('OFFLINE')
  })

  test('that are damaged in any way are asked for again and replaced', async () => {
    const server = await serveDocument()
    await versionsAt(server.base)
    const good = readFileSync(files()[0]!)
    const flip = (at: number): Buffer => Buffer.from(good.map((byte, index) => (index === at ? byte ^ 1 : byte)))
    const damages = [
      Buffer.alloc(0),
      Buffer.from('{}'),
      good.subarray(0, -1),
      good.subarray(0, 90),
      Buffer.concat([good, Buffer.from(' ')]),
      flip(3),
      flip(40),
      flip(good.indexOf('1.0.0')),
      flip(good.length - 5),
    ]
    for (const damage of damages) {
      writeFileSync(files()[0]!, damage)
      expect(await versionsAt(server.base)).toEqual(['1.0.0'])
      expect(server.asked.at(-1)?.headers['if-none-match']).toBeUndefined()
      expect(readFileSync(files()[0]!).equals(good)).toBe(true)
    }
  })

  test('that are another package under this name are not used', async () => {
    const server = await serveDocument()
    await versionsAt(server.base)
    const [file] = files()
    const kept = readFileSync(file!)
    await open(server.base, { cacheFolder: folder })
      .fetchDocument(named('other'))
      .catch(() => undefined)
    expect(files()).toEqual([file])
    expect(readFileSync(file!).equals(kept)).toBe(true)
  })

  test('answer without the network, and what is not among them fails', async () => {
    const server = await serveDocument()
    await versionsAt(server.base)
    server.versions.push('2.0.0')
    expect(await versionsAt(server.base, { offline: true })).toEqual(['1.0.0'])
    const offline = open(server.base, { cacheFolder: folder, offline: true })
    expect((await failureOf(offline.fetchDocument(named('other')))).message).toContain(
      `${server.base} was not asked about other before`,
    )
    expect((await failureOf(offline.fetchArchive(name, version('1.0.0')))).code).toBe('OFFLINE')
    expect((await failureOf(offline.search(['a']))).code).toBe('OFFLINE')
    expect(server.asked).toHaveLength(1)
  })

  test('are not kept, and nothing fails, where the disk does not let them', async () => {
    const server = await serveDocument()
    writeFileSync(join(folder, 'file'), '')
    expect(await versionsAt(server.base, { cacheFolder: join(folder, 'file', 'cache') })).toEqual(['1.0.0'])
    if (process.getuid?.() !== 0) {
      chmodSync(folder, 0o500)
      expect(await versionsAt(server.base)).toEqual(['1.0.0'])
      chmodSync(folder, 0o700)
    }
  })

  test('are never used because somebody says that nothing changed who was not asked', async () => {
    const { base } = await serve((_, response) => response.writeHead(304).end())
    expect((await failureOf(versionsAt(base))).code).toBe('REGISTRY_REFUSED')
  })
})

describe('archives', () => {
  test('arrive as they are, and tell how far they are', async () => {
    const bytes = Buffer.alloc(3 * 1024 ** 2, 'archive')
    const { base, asked } = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'application/gzip', 'content-length': bytes.length }).end(bytes)
    })
    const seen: Progress[] = []
    const registry = open(base, { onProgress: progress => seen.push(progress) })
    expect(bytes.equals(await registry.fetchArchive(name, version('1.0.0+linux')))).toBe(true)
    expect(asked[0]).toMatchObject({ url: '/packages/@team/review/1.0.0%2Blinux/tarball' })
    expect(asked[0]?.headers['accept-encoding']).toBe('identity')
    expect(seen.length).toBeGreaterThan(2)
    expect(seen.map(({ done }) => done)).toEqual([...seen.map(({ done }) => done)].sort((a, b) => a - b))
    expect(seen.at(-1)).toMatchObject({ done: bytes.length, total: bytes.length })
  })

  test('that are cut short are asked for again, and never returned', async () => {
    const { base, asked } = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '1000' })
      response.write(Buffer.alloc(999), () => response.socket?.end())
    })
    expect(await failureOf(open(base).fetchArchive(name, version('1.0.0')))).toMatchObject({
      code: 'REGISTRY_UNREACHABLE',
      facts: { why: 'the connection was closed in the middle', tries: 3 },
    })
    expect(asked).toHaveLength(3)
  })

  test('that are too large, or compressed once more, are refused', async () => {
    const { base } = await serve(({ url }, response) => {
      if (url.includes('2.0.0')) response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('x'))
      else response.writeHead(200, { 'content-length': String(60 * 1024 ** 2) }).flushHeaders()
    })
    const why = async (each: string): Promise<unknown> =>
      (await failureOf(open(base).fetchArchive(name, version(each)))).facts
    expect(await why('1.0.0')).toMatchObject({ why: 'it has more than 51 MB' })
    expect(await why('2.0.0')).toMatchObject({ why: 'it is compressed as gzip, which was not asked for' })
  })

  test('have addresses', () => {
    expect(tarballAddress('https://h/r/x', name, version('1.0.0+a'))).toBe(
      'https://h/r/x/packages/@team/review/1.0.0%2Ba/tarball',
    )
    expect(tarballAddress('file:///r', name, version('1.0.0'))).toBe(
      'file:///r/packages/@team/review/versions/1.0.0.aam',
    )
  })
})

describe('changes', () => {
  const move = (from: string | null, to: string): object => ({ tag: 'latest', from, to })

  test('publishing sends the bytes and what is wanted, again when the answer was lost', async () => {
    let times = 0
    const { base, asked } = await serve((_, response) => {
      if (++times === 1) {
        response.destroy()
        return
      }
      const answer = { kind: 'publish', name, version: '1.0.0', integrity: INTEGRITY, size: 3, state: 'waiting' }
      json(response, { ...answer, tags: [move(null, '1.0.0')] }, { status: 201 })
    })
    const options = { tag: tag('beta'), keepLatest: true, force: false, dryRun: true }
    expect(await open(base).publish(Buffer.from('abc'), options)).toEqual({
      kind: 'publish',
      name,
      version: '1.0.0',
      integrity: INTEGRITY,
      size: 3,
      tags: [{ tag: 'latest', from: undefined, to: '1.0.0' }],
      state: 'waiting',
    })
    expect(asked).toHaveLength(2)
    expect(asked[1]).toMatchObject({ method: 'POST', url: '/packages?tag=beta&keepLatest=true&dryRun=true' })
    expect(asked[1]?.headers['content-type']).toBe('application/gzip')
    expect(asked[1]?.body.toString()).toBe('abc')
  })

  test('tags, deprecations and yanks are what the port says they are', async () => {
    const { base, asked } = await serve(({ method, url }, response) => {
      const package_ = { package: name }
      if (url.includes('/tags/')) json(response, { ...package_, tag: 'a', version: '1.0.0', previous: '0.9.0' })
      else if (url.includes('/deprecate')) {
        const message = method === 'POST' ? 'use 2' : null
        json(response, { ...package_, kind: method === 'POST' ? 'deprecate' : 'undo', versions: ['1.0.0'], message })
      } else {
        const latest = method === 'POST' ? move('1.0.0', '0.9.0') : null
        const newest = method === 'POST' ? '0.9.0' : null
        json(response, { ...package_, kind: 'yank', version: '1.0.0', latest, tags: ['b'], newest })
      }
    })
    const registry = open(base)
    const one = version('1.0.0')
    expect(await registry.setTag(name, { tag: tag('a'), version: one, force: true })).toEqual({
      tag: 'a',
      from: '0.9.0',
      to: '1.0.0',
    })
    expect(await registry.removeTag(name, { tag: tag('a'), force: true })).toBe('0.9.0')
    const range = parseRange('>=1.0.0 <2.0.0')
    expect(await registry.deprecate(name, { range, message: 'use 2' })).toEqual({
      kind: 'deprecate',
      versions: ['1.0.0'],
      message: 'use 2',
    })
    expect((await registry.deprecate(name, { range, message: undefined })).message).toBeUndefined()
    expect(await registry.yank(name, { version: one, undo: false })).toEqual({
      kind: 'yank',
      version: '1.0.0',
      latest: { tag: 'latest', from: '1.0.0', to: '0.9.0' },
      tags: ['b'],
      newest: '0.9.0',
    })
    expect(await registry.yank(name, { version: one, undo: true })).toMatchObject({
      latest: undefined,
      newest: undefined,
    })
    const at = '/packages/@team/review'
    expect(asked.map(({ method, url, body }) => `${method} ${url} ${body.toString()}`.trim())).toEqual([
      `PUT ${at}/tags/a {"version":"1.0.0","force":true}`,
      `DELETE ${at}/tags/a?force=true`,
      `POST ${at}/%3E%3D1.0.0%20%3C2.0.0/deprecate {"message":"use 2"}`,
      `DELETE ${at}/%3E%3D1.0.0%20%3C2.0.0/deprecate`,
      `POST ${at}/1.0.0/yank`,
      `DELETE ${at}/1.0.0/yank`,
    ])
  })

  test('an answer of another shape is no success', async () => {
    for (const answer of [null, [], {}, 'ok', { package: name, tag: 'a', version: 'one', previous: null }]) {
      const { base } = await serve((_, response) => {
        json(response, answer)
      })
      const set = open(base).setTag(name, { tag: tag('a'), version: version('1.0.0'), force: false })
      expect((await failureOf(set)).code).toBe('REGISTRY_ANSWER_INVALID')
    }
  })
})

describe('lists', () => {
  const summary = (each: string): object => ({
    name: each,
    latest: '1.0.0',
    versions: ['1.0.0'],
    yanked: [],
    tags: { latest: '1.0.0' },
    description: null,
    keywords: [],
    deprecated: null,
  })
  const page = (...names: string[]): object => ({ packages: names.map(summary), total: 9 })

  test('are read to the end, in the order of the registry', async () => {
    const { base, asked } = await serve(({ url }, response) => {
      const cursor = new URL(url, 'http://x').searchParams.get('cursor')
      const next: Record<string, string> = {
        '': `</r/x/packages?cursor=2>; rel="next"`,
        '2': `<?cursor=3>; rel=next; a="b"`,
      }
      const link = next[cursor ?? '']
      json(response, page(`z${cursor ?? '1'}`, `a${cursor ?? '1'}`), {
        headers: link === undefined ? {} : { link },
      })
    })
    const registry = open(`${base}/r/x`)
    expect((await registry.search(['code review', 'x&y'])).packages.map(each => each.name)).toEqual([
      ...['z1', 'a1', 'z2', 'a2', 'z3', 'a3'],
    ])
    expect(await registry.listNames()).toEqual(['z1', 'a1', 'z2', 'a2', 'z3', 'a3'])
    expect(asked.map(({ url }) => url).slice(0, 4)).toEqual([
      '/r/x/packages?q=code+review+x%26y&limit=200',
      '/r/x/packages?cursor=2',
      '/r/x/packages?cursor=3',
      '/r/x/packages?limit=200',
    ])
  })

  test('do not lead to others', async () => {
    const other = await serve((_, response) => {
      json(response, page('evil'))
    })
    for (const link of [`<${other.base}/packages>; rel="next"`, '</elsewhere>; rel="next"', '<http://>; rel="next"']) {
      const { base } = await serve((_, response) => {
        json(response, page('a'), { headers: { link } })
      })
      const list = open(`${base}/r/x`, { token: 'aam_token_of_mine' }).listNames()
      expect(await failureOf(list)).toMatchObject({ facts: { why: 'its next page is not at this registry' } })
    }
    expect(other.asked).toEqual([])
  })

  test('do not go round in circles', async () => {
    const { base } = await serve((_, response) => {
      json(response, page('a'), { headers: { link: '</packages?cursor=1>; rel="next"' } })
    })
    expect(await failureOf(open(base).listNames())).toMatchObject({ facts: { why: 'its pages have no end' } })
  })

  test('of something else are refused', async () => {
    for (const answer of [{}, { packages: {} }, { packages: [{ name: '../x' }] }, { packages: [null] }]) {
      const { base } = await serve((_, response) => {
        json(response, answer)
      })
      expect((await failureOf(open(base).listNames())).code).toBe('REGISTRY_ANSWER_INVALID')
    }
  })
})
