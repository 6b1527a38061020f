/** Who may do what: every route × everybody there is, for a public and a private package. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { TOKEN_SCOPES } from '@aam/core'
import { type TestServer, startTestServer } from '@aam/testkit'
import { type Ask, type Sent, archive, ask, publish, verdict } from './asking.ts'

const PEOPLE = ['anonymous', 'stranger', 'maintainer', 'owner', 'scope owner', 'approver', 'admin'] as const

/** What everybody is answered, in the order above; `.` is whatever the route says when it works. */
const RIGHTS: Readonly<Record<string, readonly [public_: string, private_: string]>> = {
  read: ['.   .   .   .   .   .   .', '404 404 .   .   .   .   .'],
  publish: ['401 403 .   .   .   403 403', '401 403 .   .   .   403 403'],
  tag: ['401 403 .   .   .   403 .', '401 404 .   .   .   403 .'],
  'gate-tag': ['401 403 .   .   .   .   .', '401 404 .   .   .   .   .'],
  'force-tag': ['401 403 403 403 403 .   .', '401 404 403 403 403 .   .'],
  lifecycle: ['401 403 403 .   .   403 .', '401 404 403 .   .   403 .'],
  approve: ['401 403 403 403 403 .   .', '401 404 403 403 403 .   .'],
  own: ['401 403 403 .   .   403 .', '401 404 403 .   .   403 .'],
}
const SCOPE_OF: Readonly<Record<string, string>> = {
  read: 'read',
  publish: 'publish',
  tag: 'tag',
  'gate-tag': 'tag',
  'force-tag': 'tag',
  lifecycle: 'yank',
  approve: 'approve',
  own: 'admin',
}

type Case = {
  readonly route: string
  readonly right: string
  /** What follows the package's address, or all of the address for those that are not below one. */
  readonly path?: string
  readonly body?: (name: string) => unknown
  /** The status when it works. */
  readonly works?: number
}

/** Each can be done again and again without changing what the others see. */
const ON_PACKAGES: readonly Case[] = [
  { route: 'GET /packages/{name}', right: 'read', path: '' },
  { route: 'GET /packages/{name}/tags', right: 'read', path: '/tags' },
  { route: 'GET /packages/{name}/{version}', right: 'read', path: '/1.0.0' },
  { route: 'GET /packages/{name}/{version}', right: 'read', path: '/latest' },
  { route: 'GET /packages/{name}/{version}/tarball', right: 'read', path: '/1.0.0/tarball' },
  { route: 'GET /packages/{name}/{version}/signature', right: 'read', path: '/1.0.0/signature', works: 404 },
  { route: 'GET /packages/{name}/{version}/provenance', right: 'read', path: '/1.0.0/provenance', works: 404 },
  { route: 'GET /packages/{name}/{version}/approvals', right: 'read', path: '/1.0.0/approvals' },
  { route: 'GET /packages/{name}/owners', right: 'read', path: '/owners' },
  { route: 'POST /packages', right: 'publish', body: name => archive(`${name} 1.0.0`) },
  { route: 'PUT /packages/{name}/tags/{tag}', right: 'tag', path: '/tags/beta', body: () => ({ version: '1.0.0' }) },
  {
    route: 'PUT /packages/{name}/tags/{tag}',
    right: 'gate-tag',
    path: '/tags/gated',
    body: () => ({ version: '1.0.0' }),
  },
  {
    route: 'PUT /packages/{name}/tags/{tag}',
    right: 'gate-tag',
    path: '/tags/guarded',
    body: () => ({ version: '1.0.0' }),
  },
  {
    route: 'PUT /packages/{name}/tags/{tag}',
    right: 'force-tag',
    path: '/tags/guarded',
    body: () => ({ version: '1.0.0', force: true }),
  },
  { route: 'DELETE /packages/{name}/tags/{tag}', right: 'tag', path: '/tags/nothing', works: 404 },
  { route: 'DELETE /packages/{name}/tags/{tag}', right: 'gate-tag', path: '/tags/guarded', works: 409 },
  {
    route: 'POST /packages/{name}/{version}/deprecate',
    right: 'lifecycle',
    path: '/1.1.0/deprecate',
    body: () => ({ message: 'old' }),
  },
  { route: 'DELETE /packages/{name}/{version}/deprecate', right: 'lifecycle', path: '/1.0.0/deprecate' },
  { route: 'POST /packages/{name}/{version}/yank', right: 'lifecycle', path: '/1.1.0/yank' },
  { route: 'DELETE /packages/{name}/{version}/yank', right: 'lifecycle', path: '/1.0.0/yank' },
  {
    route: 'POST /packages/{name}/{version}/approve',
    right: 'approve',
    path: '/1.0.0/approve',
    body: () => ({ status: 'approved' }),
  },
  {
    route: 'PUT /packages/{name}/owners/{user}',
    right: 'own',
    path: '/owners/maintainer',
    body: () => ({ role: 'maintainer' }),
  },
  { route: 'DELETE /packages/{name}/owners/{user}', right: 'own', path: '/owners/somebody', works: 404 },
  {
    route: 'PATCH /packages/{name}',
    right: 'own',
    path: '',
    body: name => ({ visibility: name.endsWith('private') ? 'private' : 'public' }),
  },
  { route: 'GET /packages/{name}/audit-log', right: 'own', path: '/audit-log' },
]

/** Not about a package; in the order of `PEOPLE`. */
const ON_THE_SERVER: readonly (readonly [route: string, path: string, answers: string, body?: object])[] = [
  ['GET /users', '/users', '401 403 403 403 403 403 200'],
  ['GET /users/me', '/users/me', '401 200 200 200 200 200 200'],
  ['PUT /users/{user}/roles', '/users/somebody/roles', '401 403 403 403 403 403 200', { roles: [] }],
  ['PATCH /users/{user}', '/users/somebody', '401 403 403 403 403 403 200', { disabled: false }],
  ['PUT /users/{user}/password', '/users/somebody/password', '401 403 403 403 403 403 422', { password: 'short' }],
  ['POST /users/register', '/users/register', '403 403 403 403 403 403 422', { name: 'new', password: 'short' }],
  ['GET /tokens', '/tokens', '401 200 200 200 200 200 200'],
  ['POST /tokens', '/tokens', '401 422 422 422 422 422 422', { name: '' }],
  ['DELETE /tokens/{id}', '/tokens/nothing', '401 404 404 404 404 404 404'],
  ['GET /scopes/{scope}/owners', '/scopes/@team/owners', '401 200 200 200 200 200 200'],
  ['PUT /scopes/{scope}/owners', '/scopes/@team/owners', '401 403 403 403 200 403 200', { owners: ['scope-owner'] }],
  ['GET /approvals', '/approvals', '401 403 403 403 403 200 200'],
  ['GET /audit-log', '/audit-log', '401 403 403 403 403 403 200'],
  ['POST /advisories', '/advisories', '401 403 403 403 403 403 422', {}],
]

/** For everybody, whoever they are; what they show of packages is looked at elsewhere. */
const FOR_EVERYBODY = [
  'GET /',
  'GET /healthz',
  'GET /readyz',
  'GET /metrics',
  'GET /openapi.json',
  'GET /packages',
  'POST /users/login',
  'POST /metadata',
  'POST /advisories/query',
]

const PACKAGES = ['@team/public', '@team/private']

let server: TestServer
const tokens = new Map<string, string | undefined>([['anonymous', undefined]])
const tokenOf = (person: string): string | undefined => tokens.get(person)

beforeAll(async () => {
  server = await startTestServer({ REQUIRE_APPROVAL_FOR_TAGS: 'gated', PROTECTED_TAGS: 'guarded' })
  const admin = { token: server.adminToken }
  for (const [person, roles] of [
    ['stranger', []],
    ['maintainer', []],
    ['owner', []],
    ['scope owner', []],
    ['approver', ['approver']],
    ['admin', ['admin']],
    ['everything', ['admin', 'approver']],
    ['somebody', []],
    ['disabled user', []],
  ] as const) {
    tokens.set(person, await server.addUser(person.replaceAll(' ', '-'), roles))
  }
  await ask(server, 'PUT /scopes/@team/owners', { ...admin, body: { owners: ['scope-owner'] } })
  for (const name of PACKAGES) {
    const scopeOwner = tokenOf('scope owner') ?? ''
    for (const version of ['1.0.0', '1.1.0', '1.2.0']) {
      await publish(server, scopeOwner, `${name} ${version} ?access=${name.endsWith('private') ? 'private' : 'public'}`)
    }
    const set = async (line: string, body: unknown): Promise<void> => {
      const { status, text } = await ask(server, `PUT /packages/${name}/${line}`, { ...admin, body })
      if (status !== 200) throw new Error(text)
    }
    for (const user of ['owner', 'everything', 'disabled-user']) await set(`owners/${user}`, {})
    await set('owners/maintainer', { role: 'maintainer' })
    await ask(server, `DELETE /packages/${name}/owners/scope-owner`, admin)
    await ask(server, `POST /packages/${name}/1.0.0/approve`, { ...admin, body: { status: 'approved' } })
    for (const tag of ['gated', 'guarded', 'beta']) await set(`tags/${tag}`, { version: '1.0.0' })
  }
  const make = async (person: string, body: object): Promise<string> => {
    const made = await ask(server, 'POST /tokens', { token: tokenOf('everything'), body: { name: person, ...body } })
    tokens.set(person, made.at('token') as string)
    return made.at('id') as string
  }
  for (const scope of TOKEN_SCOPES) await make(`only ${scope}`, { scopes: [scope] })
  await make('for others', { packages: ['@other/*', 'team-*'] })
  await make('expired', { expiresInDays: 1e-9 })
  await ask(server, `DELETE /tokens/${await make('revoked', {})}`, { token: tokenOf('everything') })
  await ask(server, 'PATCH /users/disabled-user', { ...admin, body: { disabled: true } })
})

afterAll(async () => server.remove())

async function askAs(person: string, { route, path, body }: Case, name: string): Promise<Sent> {
  const [method = ''] = route.split(' ')
  const line = `${method} ${path === undefined ? '/packages' : `/packages/${name}${path}`}`
  const options: Ask = { token: tokenOf(person), ...(body === undefined ? {} : { body: body(name) }) }
  return ask(server, line, options)
}

describe.each(PACKAGES)('%s', name => {
  const isPrivate = name.endsWith('private')

  test.each(ON_PACKAGES)('$route $path as each person', async each => {
    const words = (RIGHTS[each.right]?.[isPrivate ? 1 : 0] ?? '').split(/ +/)
    const expected = PEOPLE.map((person, index) => [
      person,
      words[index] === '.' ? (each.works ?? 200) : Number(words[index]),
    ])
    const found: (readonly [string, number])[] = []
    for (const person of PEOPLE) found.push([person, (await askAs(person, each, name)).status])
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected))
  })

  test.each(ON_PACKAGES)('$route $path with each token of somebody who may everything', async each => {
    const works = each.works ?? 200
    const reads = each.right === 'read'
    for (const scope of TOKEN_SCOPES) {
      const right = SCOPE_OF[each.right] === scope || (reads && !isPrivate)
      const { status } = await askAs(`only ${scope}`, each, name)
      expect([scope, status]).toEqual([scope, right ? works : reads ? 404 : 403])
    }
    const other = await askAs('for others', each, name)
    expect(other.status).toBe(reads ? (isPrivate ? 404 : works) : 403)
    for (const person of ['expired', 'revoked', 'disabled user']) {
      const answer = await askAs(person, each, name)
      expect([person, verdict(answer), answer.headers['www-authenticate']]).toEqual([
        person,
        '401 UNAUTHORIZED',
        'Bearer',
      ])
    }
  })
})

test.each(ON_THE_SERVER.map(([route, path, answers, body]) => ({ route, path, answers, body })))(
  '$route at $path',
  async ({ route, path, answers, body }) => {
    const [method = ''] = route.split(' ')
    const found: number[] = []
    for (const person of PEOPLE) {
      const token = tokenOf(person)
      found.push((await ask(server, `${method} ${path}`, { token, ...(body === undefined ? {} : { body }) })).status)
    }
    expect(found.join(' ')).toBe(answers)
    for (const person of ['expired', 'revoked', 'disabled user']) {
      const answer = await ask(server, `${method} ${path}`, {
        token: tokenOf(person),
        ...(body === undefined ? {} : { body }),
      })
      expect(verdict(answer)).toBe('401 UNAUTHORIZED')
    }
  },
)

test('every route is in one of the tables', async () => {
  const described = await ask(server, 'GET /openapi.json')
  const paths = described.at('paths') as Readonly<Record<string, Readonly<Record<string, unknown>>>>
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map(method => `${method.toUpperCase()} ${path}`),
  )
  const known = [...ON_PACKAGES.map(({ route }) => route), ...ON_THE_SERVER.map(([route]) => route), ...FOR_EVERYBODY]
  expect([...new Set(known)].sort()).toEqual(routes.sort())
})

describe('private and absent answer alike', () => {
  const alike = async (line: (name: string) => string, options: Ask): Promise<void> => {
    const [there, absent] = ['@team/private', '@team/nothing'] as const
    const answers = []
    for (const name of [there, absent]) {
      const headers = { ...options.headers, 'x-request-id': 'the-same-for-both' }
      const { status, headers: got, text } = await ask(server, line(name), { ...options, headers })
      const rest = { ...got, date: undefined, 'content-length': undefined }
      answers.push([status, rest, text.replaceAll(name, 'NAME')])
    }
    expect(answers[0]).toEqual(answers[1])
  }

  test.each(ON_PACKAGES.filter(({ path }) => path !== undefined))(
    '$route $path',
    async ({ route, path = '', body }) => {
      const [method = ''] = route.split(' ')
      for (const person of ['anonymous', 'stranger']) {
        const options = { token: tokenOf(person), ...(body === undefined ? {} : { body: body('@team/private') }) }
        await alike(name => `${method} /packages/${name}${path}`, options)
      }
    },
  )

  test('to somebody who publishes in a scope of others', async () => {
    const answers = []
    for (const name of ['@team/private', '@team/nothing']) {
      const answer = await ask(server, 'POST /packages', {
        token: tokenOf('stranger'),
        body: archive(`${name} 9.9.9`),
        headers: { 'x-request-id': 'the-same-for-both' },
      })
      answers.push(answer.text.replaceAll(name, 'NAME'))
    }
    expect(answers[0]).toBe(answers[1])
    expect(answers[0]).toContain('FORBIDDEN')
  })

  test('in lists, metadata and advisories', async () => {
    const advisory = {
      id: 'AAM-2026-0001',
      modified: '2026-01-01T00:00:00Z',
      affected: [{ package: { ecosystem: 'aam', name: '@team/private' }, versions: ['1.0.0'] }],
    }
    await ask(server, 'POST /advisories', { token: server.adminToken, body: advisory })
    const roots = { '@team/private': '*', '@team/nothing': '*' }
    for (const person of ['anonymous', 'stranger', 'for others']) {
      const token = tokenOf(person)
      const list = await ask(server, 'GET /packages?q=private', { token })
      expect([list.json, list.headers['x-total-count']]).toEqual([{ packages: [], total: 0 }, '0'])
      const metadata = await ask(server, 'POST /metadata', { token, body: { roots } })
      expect(metadata.json).toEqual({ packages: {}, missing: Object.keys(roots) })
      const query = await ask(server, 'POST /advisories/query', {
        token,
        body: { packages: { '@team/private': ['1.0.0'] } },
      })
      expect(query.json).toEqual({ packages: {} })
    }
    const query = await ask(server, 'POST /advisories/query', {
      token: tokenOf('maintainer'),
      body: { packages: { '@team/private': ['1.0.0'] } },
    })
    expect(query.at('packages.@team/private.0.versions')).toEqual(['1.0.0'])
  })
})

describe('where nobody reads without signing in', () => {
  let closed: TestServer
  let ci: string
  beforeAll(async () => {
    closed = await startTestServer({ ALLOW_ANONYMOUS_READ: 'false' })
    const ann = await closed.addUser('ann')
    await publish(closed, ann, 'there 1.0.0')
    await publish(closed, ann, '@team/there 1.0.0')
    const made = await ask(closed, 'POST /tokens', {
      token: ann,
      body: { name: 'ci', scopes: ['read'], packages: ['@team/*'] },
    })
    ci = made.at('token') as string
  })
  afterAll(async () => closed.remove())

  test.each(ON_PACKAGES.filter(({ path }) => path !== undefined))(
    '$route $path says how to sign in, whether there is such a package or not',
    async ({ route, path = '', body }) => {
      const [method = ''] = route.split(' ')
      const answers = []
      for (const name of ['there', 'nowt1']) {
        const answer = await ask(closed, `${method} /packages/${name}${path}`, {
          headers: { 'x-request-id': 'the-same-for-both' },
          ...(body === undefined ? {} : { body: body(name) }),
        })
        expect(verdict(answer)).toBe('401 UNAUTHORIZED')
        expect(answer.at('error.hint')).toContain('aam login')
        answers.push([{ ...answer.headers, date: undefined }, answer.text])
      }
      expect(answers[0]).toEqual(answers[1])
    },
  )

  test('lists show nothing to anybody, and to a token for some packages those', async () => {
    for (const [line, body] of [
      ['GET /packages', undefined],
      ['POST /metadata', { roots: { there: '*', '@team/there': '*' } }],
      ['POST /advisories/query', { packages: { there: ['1.0.0'] } }],
    ] as const) {
      const with_ = body === undefined ? {} : { body }
      expect(verdict(await ask(closed, line, with_))).toBe('401 UNAUTHORIZED')
      const answer = await ask(closed, line, { token: ci, ...with_ })
      expect(answer.status).toBe(200)
      expect(answer.text).not.toMatch(/"name":"there"/)
    }
    expect((await ask(closed, 'GET /packages', { token: ci })).at('total')).toBe(1)
    expect((await ask(closed, 'GET /packages/@team/there', { token: ci })).status).toBe(200)
    expect(verdict(await ask(closed, 'GET /packages/there', { token: ci }))).toBe('403 FORBIDDEN')
    expect(verdict(await ask(closed, 'GET /packages/nowt1', { token: ci }))).toBe('403 FORBIDDEN')
  })
})

describe('who owns what', () => {
  test('a name without a scope belongs to its first publisher, a scope to the first who publishes in it', async () => {
    const [one = '', two = ''] = [tokenOf('stranger'), tokenOf('somebody')]
    await publish(server, one, 'mine 1.0.0')
    await publish(server, one, '@mine/first 1.0.0')
    for (const spec of ['mine 1.1.0', '@mine/first 1.1.0', '@mine/second 1.0.0']) {
      expect(verdict(await ask(server, 'POST /packages', { token: two, body: archive(spec) }))).toBe('403 FORBIDDEN')
    }
    await publish(server, one, '@mine/second 1.0.0')
  })

  test('where scopes are not claimed an admin gives them', async () => {
    await server.restart({ ALLOW_SCOPE_CLAIM: 'false' })
    try {
      const token = tokenOf('stranger') ?? ''
      const body = archive('@given/first 1.0.0')
      expect(verdict(await ask(server, 'POST /packages', { token, body }))).toBe('403 FORBIDDEN')
      const owners = { owners: ['stranger'] }
      await ask(server, 'PUT /scopes/@given/owners', { token: server.adminToken, body: owners })
      expect((await ask(server, 'POST /packages', { token, body })).status).toBe(201)
    } finally {
      await server.restart({ REQUIRE_APPROVAL_FOR_TAGS: 'gated', PROTECTED_TAGS: 'guarded' })
    }
  })

  test('the last owner, the last of a scope and the last admin stay', async () => {
    const token = tokenOf('stranger')
    expect(verdict(await ask(server, 'DELETE /packages/mine/owners/stranger', { token }))).toBe('409 LAST_OWNER')
    const demoted = await ask(server, 'PUT /packages/mine/owners/stranger', { token, body: { role: 'maintainer' } })
    expect(verdict(demoted)).toBe('409 LAST_OWNER')
    const nobody = await ask(server, 'PUT /scopes/@mine/owners', { token, body: { owners: [] } })
    expect(verdict(nobody)).toBe('409 LAST_OWNER')
    const alone = await startTestServer()
    try {
      const asAdmin = { token: alone.adminToken }
      const roles = await ask(alone, 'PUT /users/root/roles', { ...asAdmin, body: { roles: ['approver'] } })
      const disabled = await ask(alone, 'PATCH /users/root', { ...asAdmin, body: { disabled: true } })
      expect([verdict(roles), verdict(disabled)]).toEqual(['409 LAST_ADMIN', '409 LAST_ADMIN'])
    } finally {
      await alone.remove()
    }
  })

  test('a maintainer may leave, and is nothing from then on', async () => {
    const [owner, leaver] = [tokenOf('stranger'), tokenOf('somebody')]
    await ask(server, 'PUT /packages/mine/owners/somebody', { token: owner, body: { role: 'maintainer' } })
    await publish(server, leaver ?? '', 'mine 1.2.0')
    expect((await ask(server, 'DELETE /packages/mine/owners/somebody', { token: leaver })).status).toBe(200)
    const again = await ask(server, 'POST /packages', { token: leaver, body: archive('mine 1.3.0') })
    expect(verdict(again)).toBe('403 FORBIDDEN')
  })
})
