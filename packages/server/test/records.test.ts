/** Every change is on record, in the transaction of the change, and no secret is anywhere. */
import { readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AuditEvent } from '@aam/core/wire'
import { type TestServer, passwordOf, startTestServer } from '@aam/testkit'
import { openData } from '../src/data/folder.ts'
import { checkChain } from '../src/store/audit.ts'
import { type Ask, type Sent, archive, ask } from './asking.ts'

type Mutation = {
  readonly route: string
  readonly line: string
  readonly body?: unknown
  readonly as?: 'eve' | 'root' | 'amy'
  /** What the log says, oldest first: event, then what it is about and what it adds. */
  readonly says: readonly (readonly [event: string, about: object])[]
  /** Whether doing it again changes nothing. */
  readonly again?: 'unchanged' | 'refused' | 'other'
}

/** In this order: each builds on those before it. */
const STORY: readonly Mutation[] = [
  {
    route: 'POST /users/register',
    line: 'POST /users/register',
    as: 'root',
    body: { name: 'bob', password: passwordOf('bob') },
    says: [['user.create', { target: { user: 'bob' }, metadata: { roles: [] } }]],
    again: 'refused',
  },
  {
    route: 'PUT /users/{user}/roles',
    line: 'PUT /users/bob/roles',
    as: 'root',
    body: { roles: ['approver'] },
    says: [['user.roles', { target: { user: 'bob' }, metadata: { before: [], after: ['approver'] } }]],
    again: 'unchanged',
  },
  {
    route: 'PUT /users/{user}/password',
    line: 'PUT /users/bob/password',
    as: 'root',
    body: { password: 'another long password' },
    says: [['user.password', { target: { user: 'bob' } }]],
    again: 'other',
  },
  {
    route: 'POST /users/login',
    line: 'POST /users/login',
    body: { name: 'bob', password: 'another long password' },
    says: [['token.create', { actor: { identity: 'bob' }, metadata: { kind: 'session' } }]],
    again: 'other',
  },
  {
    route: 'PATCH /users/{user}',
    line: 'PATCH /users/bob',
    as: 'root',
    body: { disabled: true },
    says: [['user.disable', { target: { user: 'bob' } }]],
    again: 'unchanged',
  },
  {
    route: 'PATCH /users/{user}',
    line: 'PATCH /users/bob',
    as: 'root',
    body: { disabled: false },
    says: [['user.enable', { target: { user: 'bob' } }]],
    again: 'unchanged',
  },
  {
    route: 'POST /packages',
    line: 'POST /packages?tag=beta',
    as: 'eve',
    body: archive('@story/one 1.0.0'),
    says: [
      ['scope.owners', { target: { scope: '@story' }, metadata: { before: [], after: ['eve'] } }],
      ['package.publish', { target: { package: '@story/one', version: '1.0.0' }, metadata: { new: true } }],
      ['tag.set', { metadata: { tag: 'latest', from: null, to: '1.0.0', because: 'publish' } }],
      ['tag.set', { metadata: { tag: 'beta', from: null, to: '1.0.0', because: 'publish' } }],
    ],
    again: 'unchanged',
  },
  {
    route: 'POST /packages',
    line: 'POST /packages',
    as: 'eve',
    body: archive('@story/one 1.1.0'),
    says: [
      ['package.publish', { target: { package: '@story/one', version: '1.1.0' } }],
      ['tag.set', { metadata: { tag: 'latest', from: '1.0.0', to: '1.1.0' } }],
    ],
    again: 'unchanged',
  },
  {
    route: 'PUT /packages/{name}/tags/{tag}',
    line: 'PUT /packages/@story%2fone/tags/stable',
    as: 'eve',
    body: { version: '1.0.0' },
    says: [
      ['tag.set', { target: { package: '@story/one', version: '1.0.0' }, metadata: { tag: 'stable', from: null } }],
    ],
    again: 'unchanged',
  },
  {
    route: 'DELETE /packages/{name}/tags/{tag}',
    line: 'DELETE /packages/@story/one/tags/beta',
    as: 'eve',
    says: [['tag.remove', { metadata: { tag: 'beta', from: '1.0.0', to: null } }]],
    again: 'refused',
  },
  {
    route: 'POST /packages/{name}/{version}/approve',
    line: 'POST /packages/@story/one/1.0.0/approve',
    as: 'amy',
    body: { status: 'approved', comment: 'fine' },
    says: [['version.approve', { metadata: { before: 'pending', after: 'approved', comment: 'fine' } }]],
    again: 'unchanged',
  },
  {
    route: 'PUT /packages/{name}/tags/{tag}',
    line: 'PUT /packages/@story/one/tags/good',
    as: 'amy',
    body: { version: '1.0.0' },
    says: [['tag.set', { metadata: { tag: 'good', to: '1.0.0' } }]],
    again: 'unchanged',
  },
  {
    route: 'POST /packages/{name}/{version}/approve',
    line: 'POST /packages/@story/one/1.0.0/approve',
    as: 'amy',
    body: { status: 'rejected' },
    says: [
      ['version.reject', { metadata: { before: 'approved', after: 'rejected' } }],
      ['tag.remove', { metadata: { tag: 'good', from: '1.0.0', to: null, because: 'rejection' } }],
    ],
    again: 'unchanged',
  },
  {
    route: 'POST /packages/{name}/{version}/deprecate',
    line: 'POST /packages/@story/one/^1.0.0/deprecate',
    as: 'eve',
    body: { message: 'old' },
    says: ['1.0.0', '1.1.0'].map(
      version => ['version.deprecate', { target: { version }, metadata: { before: null, after: 'old' } }] as const,
    ),
    again: 'unchanged',
  },
  {
    route: 'DELETE /packages/{name}/{version}/deprecate',
    line: 'DELETE /packages/@story/one/1.0.0/deprecate',
    as: 'eve',
    says: [['version.deprecate', { metadata: { before: 'old', after: null } }]],
    again: 'unchanged',
  },
  {
    route: 'POST /packages/{name}/{version}/yank',
    line: 'POST /packages/@story/one/1.1.0/yank',
    as: 'eve',
    says: [
      ['version.yank', { target: { version: '1.1.0' } }],
      ['tag.set', { metadata: { tag: 'latest', from: '1.1.0', to: '1.0.0', because: 'yank' } }],
    ],
    again: 'unchanged',
  },
  {
    route: 'DELETE /packages/{name}/{version}/yank',
    line: 'DELETE /packages/@story/one/1.1.0/yank',
    as: 'eve',
    says: [['version.yank.undo', { target: { version: '1.1.0' } }]],
    again: 'unchanged',
  },
  {
    route: 'PUT /packages/{name}/owners/{user}',
    line: 'PUT /packages/@story/one/owners/bob',
    as: 'eve',
    body: { role: 'maintainer' },
    says: [['ownership.transfer', { metadata: { user: 'bob', before: null, after: 'maintainer' } }]],
    again: 'unchanged',
  },
  {
    route: 'DELETE /packages/{name}/owners/{user}',
    line: 'DELETE /packages/@story/one/owners/bob',
    as: 'eve',
    says: [['ownership.transfer', { metadata: { user: 'bob', before: 'maintainer', after: null } }]],
    again: 'refused',
  },
  {
    route: 'PATCH /packages/{name}',
    line: 'PATCH /packages/@story/one',
    as: 'eve',
    body: { visibility: 'private' },
    says: [['package.visibility', { metadata: { before: 'public', after: 'private' } }]],
    again: 'unchanged',
  },
  {
    route: 'PUT /scopes/{scope}/owners',
    line: 'PUT /scopes/@story/owners',
    as: 'eve',
    body: { owners: ['bob', 'eve'] },
    says: [['scope.owners', { target: { scope: '@story' }, metadata: { before: ['eve'], after: ['bob', 'eve'] } }]],
    again: 'unchanged',
  },
  {
    route: 'POST /advisories',
    line: 'POST /advisories',
    as: 'root',
    body: {
      id: 'AAM-2026-0001',
      modified: '2026-01-01T00:00:00Z',
      affected: [{ package: { ecosystem: 'aam', name: '@story/one' }, versions: ['1.0.0'] }],
    },
    says: [['advisory.publish', { target: { advisory: 'AAM-2026-0001' }, metadata: { packages: ['@story/one'] } }]],
    again: 'unchanged',
  },
  {
    route: 'POST /tokens',
    line: 'POST /tokens',
    as: 'eve',
    body: { name: 'ci', scopes: ['read'] },
    says: [['token.create', { metadata: { name: 'ci', kind: 'token', scopes: ['read'] } }]],
    again: 'other',
  },
  {
    route: 'DELETE /tokens/{id}',
    line: 'DELETE /tokens/LAST',
    as: 'eve',
    says: [['token.revoke', { metadata: { name: 'ci', kind: 'token' } }]],
    again: 'refused',
  },
]
/** A POST because what is asked for has no room in an address. */
const READS = ['POST /metadata', 'POST /advisories/query']

let server: TestServer
const tokens = new Map<string, string>()
const secrets: string[] = []
let last = ''

beforeAll(async () => {
  server = await startTestServer({ REQUIRE_APPROVAL_FOR_TAGS: 'good', PROTECTED_TAGS: 'guarded' })
  tokens.set('root', server.adminToken)
  tokens.set('eve', await server.addUser('eve'))
  tokens.set('amy', await server.addUser('amy', ['approver']))
  secrets.push(
    passwordOf('eve'),
    passwordOf('amy'),
    passwordOf('bob'),
    'another long password',
    'correct horse battery',
  )
  secrets.push(...tokens.values())
})
afterAll(async () => server.remove())

const log = async (): Promise<readonly AuditEvent[]> =>
  (await ask(server, 'GET /audit-log?limit=200', { token: server.adminToken })).at('events') as AuditEvent[]

async function act({ line, body, as }: Mutation): Promise<Sent> {
  const options: Ask = {
    token: as === undefined ? undefined : tokens.get(as),
    headers: { 'user-agent': 'a-test/1.0' },
    ...(body === undefined ? {} : { body }),
  }
  const answer = await ask(server, line.replace('LAST', last), options)
  const made = answer.at('token')
  if (typeof made === 'string') {
    secrets.push(made)
    last = answer.at('id') as string
  }
  return answer
}

describe('what changes is on record', () => {
  test.each(STORY)('$line', async mutation => {
    const before = (await log())[0]?.sequence ?? 0
    const answer = await act(mutation)
    expect([answer.status < 300, answer.text]).toEqual([true, answer.text])
    const news = (await log()).filter(({ sequence }) => sequence > before).reverse()
    expect(news.map(({ event }) => event)).toEqual(mutation.says.map(([event]) => event))
    for (const [index, [, about]] of mutation.says.entries()) {
      expect(news[index]).toMatchObject(about)
      expect(news[index]?.actor).toMatchObject({
        ...(mutation.as === undefined ? { auth_method: 'none' } : { identity: mutation.as, auth_method: 'session' }),
        ip: '127.0.0.1',
        user_agent: 'a-test/1.0',
      })
      expect(news[index]?.actor.token !== undefined).toBe(mutation.as !== undefined)
    }
    if (mutation.again === 'other') return
    const after = (await log()).length
    const again = await act(mutation)
    expect(again.status < 300).toBe(mutation.again === 'unchanged')
    expect((await log()).length).toBe(after)
  })

  test('by every route that changes something', async () => {
    const paths = (await ask(server, 'GET /openapi.json')).at('paths') as Readonly<Record<string, object>>
    const routes = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map(method => `${method.toUpperCase()} ${path}`),
    )
    const mutating = routes.filter(route => !route.startsWith('GET ') && !READS.includes(route)).sort()
    expect([...new Set(STORY.map(({ route }) => route))].sort()).toEqual(mutating)
  })

  test('and what is refused is not', async () => {
    const before = (await log()).length
    for (const [line, options] of [
      ['POST /packages', { token: tokens.get('amy'), body: archive('@story/one 9.0.0') }],
      ['PUT /packages/@story/one/tags/good', { token: tokens.get('eve'), body: { version: '1.0.0' } }],
      ['PUT /packages/@story/one/owners/nobody', { token: tokens.get('eve'), body: {} }],
      ['POST /users/login', { body: { name: 'eve', password: 'wrong password' } }],
      ['PUT /users/eve/roles', { token: tokens.get('eve'), body: { roles: ['admin'] } }],
      ['POST /packages?dryRun=1', { token: tokens.get('eve'), body: archive('@story/two 1.0.0') }],
    ] as const) {
      await ask(server, line, options)
    }
    expect((await log()).length).toBe(before)
  })

  test('an event that cannot be written takes the change with it', async () => {
    // The chain is kept by the database: a change whose event fails is not there either.
    const { store } = await openData(server.dataFolder)
    try {
      await expect(
        store.db.transaction().execute(async tx => {
          await tx.updateTable('audit').set({ actor: 'nobody' }).execute()
        }),
      ).rejects.toThrow('only appended to')
      await expect(store.db.deleteFrom('audit').execute()).rejects.toThrow('only appended to')
      await expect(store.db.updateTable('versions').set({ digest: 'x' }).execute()).rejects.toThrow('never changes')
    } finally {
      await store.close()
    }
  })

  test('in a chain without gaps, from which all tags can be told', async () => {
    const events = [...(await log())].reverse()
    const tags = new Map<string, string>()
    for (const { event, target, metadata } of events) {
      const key = `${String(target.package)} ${String(metadata['tag'])}`
      if (event === 'tag.set') tags.set(key, String(metadata['to']))
      if (event === 'tag.remove') tags.delete(key)
    }
    const { store } = await openData(server.dataFolder)
    try {
      const { problems, events: count } = await checkChain(store.db)
      expect([problems, count]).toEqual([[], events.length])
      const rows = store.read<{ name: string; tag: string; version: string }>(
        'select p.name, t.tag, v.version from tags t join packages p on p.id = t.package_id join versions v on v.id = t.version_id',
      )
      expect(new Map(rows.map(({ name, tag, version }) => [`${name} ${tag}`, version]))).toEqual(tags)
    } finally {
      await store.close()
    }
  })

  test('which is read a page at a time, by event, actor and time', async () => {
    const all = await log()
    const token = server.adminToken
    const seen: number[] = []
    let path = '/audit-log?limit=7'
    for (;;) {
      const page = await ask(server, `GET ${path}`, { token })
      seen.push(...(page.at('events') as AuditEvent[]).map(({ sequence }) => sequence))
      const link = /<([^>]+)>; rel="next"/.exec(String(page.headers['link'] ?? ''))?.[1]
      if (link === undefined) break
      expect(link).toMatch(/^\?/)
      path = `/audit-log${link}`
    }
    expect(seen).toEqual(all.map(({ sequence }) => sequence))
    const sets = await ask(server, 'GET /audit-log?event=tag.set&actor=amy', { token })
    expect((sets.at('events') as AuditEvent[]).map(({ metadata }) => metadata['tag'])).toEqual(['good'])
    const mine = await ask(server, 'GET /packages/@story/one/audit-log', { token: tokens.get('eve') })
    expect(new Set((mine.at('events') as AuditEvent[]).map(({ target }) => target.package))).toEqual(
      new Set(['@story/one']),
    )
    expect((await ask(server, 'GET /audit-log?since=2999-01-01', { token })).at('events')).toEqual([])
    for (const query of ['limit=0', 'limit=201', 'limit=x', 'since=yesterday']) {
      expect((await ask(server, `GET /audit-log?${query}`, { token })).status).toBe(400)
    }
  })
})

test('no password and no token is in the data folder, the log of the server, or the log of changes', async () => {
  // Where somebody could put one by mistake.
  const token = tokens.get('eve') ?? ''
  await ask(server, `DELETE /tokens/${token}`, { token })
  await ask(server, `GET /packages/${token}?q=${token}`, { token })
  await ask(server, 'POST /users/login', { body: { name: token, password: passwordOf('eve') } })
  await ask(server, 'POST /users/login', {
    body: `{"password":"${passwordOf('eve')}"`,
    headers: { 'content-type': 'application/json' },
  })
  expect(secrets.length).toBeGreaterThan(8)
  const events = JSON.stringify(await log())
  const folder = readdirSync(server.dataFolder, { recursive: true, encoding: 'utf8' })
  const files = folder.map(path => join(server.dataFolder, path)).filter(path => statSync(path).isFile())
  const places = [
    ['log', server.log.join('\n')],
    ['events', events],
    ...files.map(path => [path, readFileSync(path, 'latin1')]),
  ]
  const found = places.flatMap(([place = '', text = '']) =>
    secrets.filter(secret => text.includes(secret)).map(secret => `${secret.slice(0, 8)}… in ${place}`),
  )
  expect(found).toEqual([])
})
