/** Finding packages: search and its pages, many documents at once, advisories, how often something was downloaded. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TestServer, startTestServer } from '@aam/testkit'
import { type Sent, ask, publish, verdict } from './asking.ts'

let server: TestServer
let ann: string
const namesOf = (page: Sent): string[] => (page.at('packages') as { name: string }[]).map(({ name }) => name)
const list = async (query: string, token?: string): Promise<Sent> => ask(server, `GET /packages${query}`, { token })
const nextOf = (page: Sent): string | undefined =>
  /<[^>]*(\?[^>]+)>; rel="next"/.exec(String(page.headers['link'] ?? ''))?.[1]

beforeAll(async () => {
  server = await startTestServer()
  ann = await server.addUser('ann')
  for (let index = 10; index < 30; index++) await publish(server, ann, `page-${String(index)} 1.0.0`)
  await publish(server, ann, '@team/hidden 1.0.0 ?access=private')
  await publish(server, ann, '@team/shown 1.0.0')
})
afterAll(async () => server.remove())

describe('a list', () => {
  test('is read a page at a time, and what is published meanwhile neither repeats nor hides a package', async () => {
    const seen: string[] = []
    let page = await list('?q=page-&limit=6&sort=name')
    expect([page.at('total'), page.headers['x-total-count']]).toEqual([20, '20'])
    for (let round = 0; ; round++) {
      seen.push(...namesOf(page))
      const next = nextOf(page)
      if (next === undefined) break
      expect(next).toContain('limit=6')
      // Before and behind what has been read.
      await publish(server, ann, `page-0${String(round)} 1.0.0`)
      await publish(server, ann, `page-9${String(round)} 1.0.0`)
      page = await list(next)
    }
    const original = seen.filter(name => /^page-[12]\d$/.test(name))
    expect(original).toEqual(Array.from({ length: 20 }, (_, index) => `page-${String(index + 10)}`))
    expect(new Set(seen).size).toBe(seen.length)
  })

  test('goes on where it was when its last package is yanked meanwhile', async () => {
    const first = await list('?q=page-1&limit=3&sort=name')
    const last = namesOf(first).at(-1) ?? ''
    await ask(server, `POST /packages/${last}/1.0.0/yank`, { token: ann })
    const second = await list(nextOf(first) ?? '')
    await ask(server, `DELETE /packages/${last}/1.0.0/yank`, { token: ann })
    const all = namesOf(await list('?q=page-1&limit=200&sort=name')).filter(name => name !== last)
    expect(all.slice(3)).toEqual(expect.arrayContaining(namesOf(second).slice(0, 2)))
  })

  test('counts only what the caller may see', async () => {
    const [open, own] = [await list('?scope=@team'), await list('?scope=@team', ann)]
    expect([namesOf(open), open.headers['x-total-count']]).toEqual([['@team/shown'], '1'])
    expect([namesOf(own), own.headers['x-total-count']]).toEqual([['@team/hidden', '@team/shown'], '2'])
    await ask(server, 'PATCH /packages/@team/shown', { token: ann, body: { visibility: 'private' } })
    expect((await list('?scope=@team')).at('total')).toBe(0)
    await ask(server, 'PATCH /packages/@team/shown', { token: ann, body: { visibility: 'public' } })
    expect((await list('?scope=@team')).at('total')).toBe(1)
  })

  test('leaves out packages of which every version was yanked', async () => {
    await publish(server, ann, 'gone-now 1.0.0')
    expect(namesOf(await list('?q=gone-now'))).toEqual(['gone-now'])
    await ask(server, 'POST /packages/gone-now/1.0.0/yank', { token: ann })
    expect((await list('?q=gone-now')).json).toEqual({ packages: [], total: 0 })
    expect((await ask(server, 'GET /packages/gone-now')).status).toBe(200)
  })

  test('is narrowed by type and scope, and sorted', async () => {
    expect((await list('?type=skills&scope=@team')).at('total')).toBe(1)
    expect((await list('?type=agents')).at('total')).toBe(0)
    await publish(server, ann, 'page-10 1.1.0')
    expect(namesOf(await list('?sort=updated'))[0]).toBe('page-10')
    const names = namesOf(await list('?sort=name&limit=200'))
    expect(names).toEqual([...names].sort())
  })

  test.each(['limit=0', 'limit=201', 'limit=-1', 'limit=1e3x', 'sort=nothing', `q=${'x'.repeat(401)}`, 'q=a&q=b'])(
    '?%s is refused',
    async query => {
      expect(verdict(await list(`?${query}`))).toBe('400 REQUEST_INVALID')
    },
  )

  test.each(['nonsense', '', 'OTk5OTk5IHg', '%00'])("with the cursor '%s' is still a page", async cursor => {
    expect((await list(`?cursor=${cursor}`)).status).toBe(200)
  })
})

describe('many documents at once', () => {
  const metadata = async (body: object, token?: string): Promise<Sent> => ask(server, 'POST /metadata', { body, token })

  test('with those that their likely versions need; what the client has is not sent again', async () => {
    await publish(server, ann, 'leaf 1.0.0')
    await publish(server, ann, 'middle 1.0.0 → leaf ^1.0.0, ghost ^1.0.0')
    await publish(server, ann, 'top 1.0.0 → middle ^1.0.0, @team/hidden ^1.0.0')
    const first = await metadata({ roots: { top: '^1.0.0' } })
    expect(Object.keys(first.at('packages') as object).sort()).toEqual(['leaf', 'middle', 'top'])
    expect((first.at('missing') as string[]).sort()).toEqual(['@team/hidden', 'ghost'])
    const alone = await ask(server, 'GET /packages/middle')
    expect(first.at('packages.middle.document')).toEqual(alone.json)
    expect(`"${first.at('packages.middle.etag') as string}"`).toBe(alone.headers.etag)
    const known = { middle: first.at('packages.middle.etag'), leaf: 'another' }
    const second = await metadata({ roots: { top: '^1.0.0' }, known })
    expect(second.at('packages.middle')).toBeNull()
    expect(second.at('packages.leaf.document.name')).toBe('leaf')
    const own = await metadata({ roots: { top: '^1.0.0' } }, ann)
    expect([own.at('packages.@team/hidden.document.visibility'), own.at('missing')]).toEqual(['private', ['ghost']])
  })

  test('names that are none are missing, and ranges that are none ask for the document alone', async () => {
    const answer = await metadata({ roots: { 'NOT A NAME': '*', leaf: 'not a range' } })
    expect([Object.keys(answer.at('packages') as object), answer.at('missing')]).toEqual([['leaf'], ['NOT A NAME']])
  })
})

describe('advisories', () => {
  type Event = Readonly<Record<string, string>>
  const advisory = (id: string, affected: object, more: object = {}): object => ({
    id,
    modified: '2026-01-01T00:00:00Z',
    affected: [{ package: { ecosystem: 'aam', name: 'leaf' }, ...affected }],
    ...more,
  })
  const publishAdvisory = async (body: object): Promise<Sent> =>
    ask(server, 'POST /advisories', { token: server.adminToken, body })
  const VERSIONS = ['0.9.0', '1.0.0-rc.1', '1.0.0', '1.1.0', '1.2.0', '2.0.0-rc.1', '2.0.0', '3.0.0']
  let count = 0

  test.each<readonly [events: readonly Event[], versions: string]>([
    [[{ introduced: '0' }], VERSIONS.join(' ')],
    [[{ introduced: '1.0.0' }, { fixed: '1.2.0' }], '1.0.0 1.1.0'],
    [[{ fixed: '1.2.0' }, { introduced: '1.0.0' }], '1.0.0 1.1.0'],
    [[{ introduced: '1.0.0' }, { last_affected: '1.2.0' }], '1.0.0 1.1.0 1.2.0'],
    [[{ introduced: '0' }, { fixed: '1.0.0' }, { introduced: '2.0.0' }], '0.9.0 1.0.0-rc.1 2.0.0 3.0.0'],
    [[{ introduced: '1.0.0-0' }, { fixed: '2.0.0' }], '1.0.0-rc.1 1.0.0 1.1.0 1.2.0 2.0.0-rc.1'],
    [[{ introduced: '0' }, { limit: '1.0.0' }], '0.9.0 1.0.0-rc.1'],
    [[{ introduced: '3.0.0' }], '3.0.0'],
    [[{ introduced: '1.0.0' }, { last_affected: '1.0.0' }, { introduced: '2.0.0' }], '1.0.0 2.0.0 3.0.0'],
  ])('between %j are %s', async (events, expected) => {
    const id = `AAM-EVENTS-${String(count++)}`
    expect((await publishAdvisory(advisory(id, { ranges: [{ type: 'SEMVER', events }] }))).status).toBe(201)
    const answer = await ask(server, 'POST /advisories/query', { body: { packages: { leaf: VERSIONS } } })
    const found = answer.at('packages.leaf') as { advisory: { id: string }; versions: string[] }[]
    expect(found.find(each => each.advisory.id === id)?.versions.join(' ')).toBe(expected)
    const withdrawn = advisory(id, { versions: ['1.0.0'] }, { withdrawn: '2026-01-02T00:00:00Z' })
    expect((await publishAdvisory(withdrawn)).status).toBe(201)
  })

  test('those that were withdrawn, and those about other packages, are not told', async () => {
    const answer = await ask(server, 'POST /advisories/query', {
      body: { packages: { leaf: VERSIONS, ghost: ['1.0.0'] } },
    })
    expect(answer.json).toEqual({ packages: {} })
  })

  test.each([
    ['no object', []],
    ['no id', { ...advisory('x', { versions: ['1.0.0'] }), id: undefined }],
    ['an id with blanks', advisory('a b', { versions: ['1.0.0'] })],
    ['no time', { ...advisory('A-1', { versions: ['1.0.0'] }), modified: 'yesterday' }],
    ['a time that is none', { ...advisory('A-1', { versions: ['1.0.0'] }), modified: '2026-99-99T99:99:99Z' }],
    ['nothing affected', { ...advisory('A-1', {}), affected: [] }],
    ['another ecosystem', { ...advisory('A-1', {}), affected: [{ package: { ecosystem: 'npm', name: 'leaf' } }] }],
    [
      'a name that is none',
      { ...advisory('A-1', {}), affected: [{ package: { ecosystem: 'aam', name: 'NO' }, versions: [] }] },
    ],
    ['a version that is none', advisory('A-1', { versions: ['one'] })],
    ['neither versions nor ranges', advisory('A-1', {})],
    ['an event that is none', advisory('A-1', { ranges: [{ events: [{ introduced: 'x' }] }] })],
    ['an event of another kind', advisory('A-1', { ranges: [{ events: [{ since: '1.0.0' }] }] })],
    ['an event with two kinds', advisory('A-1', { ranges: [{ events: [{ introduced: '1.0.0', fixed: 'x' }] }] })],
  ])('with %s are refused', async (_name, body) => {
    expect(verdict(await publishAdvisory(body))).toBe('422 ADVISORY_INVALID')
  })
})

test('downloads are counted: whole ones and beginnings, not what a client has or only asks about', async () => {
  await publish(server, ann, 'counted 1.0.0')
  const path = '/packages/counted/1.0.0/tarball'
  const { headers } = await ask(server, `GET ${path}`)
  await ask(server, `GET ${path}`, { headers: { range: 'bytes=0-9' } })
  await ask(server, `GET ${path}`, { headers: { range: 'bytes=10-19' } })
  await ask(server, `GET ${path}`, { headers: { 'if-none-match': String(headers.etag) } })
  await ask(server, `GET ${path}`, { headers: { range: 'bytes=99999-' } })
  await ask(server, `HEAD ${path}`)
  const downloads = async (): Promise<unknown> => (await ask(server, 'GET /packages/counted/1.0.0')).at('downloads')
  await expect.poll(downloads, { timeout: 4000 }).toBe(2)
  await sleep(1100)
  expect(await downloads()).toBe(2)
  expect(namesOf(await list('?sort=downloads'))[0]).toBe('counted')
})

describe('how it is doing', () => {
  test('alive, ready, and in numbers', async () => {
    expect((await ask(server, 'GET /healthz')).json).toEqual({ status: 'ok' })
    expect((await ask(server, 'GET /readyz')).json).toEqual({ status: 'ready' })
    const metrics = await ask(server, 'GET /metrics')
    expect(metrics.headers['content-type']).toMatch(/^text\/plain/)
    expect(metrics.text).toMatch(/aam_http_requests_total\{method="GET",route="\/packages\/:name",status="200"\} \d/)
    expect(metrics.text).not.toContain('counted')
  })
})
