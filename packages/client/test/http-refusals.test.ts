/** What a registry server says when it refuses, in our words; and the rest of what only a server can be asked. */
import { readFileSync } from 'node:fs'
import { type Account, openAccount } from '@aam/client'
import { build } from 'esbuild'
import { named } from '@aam/testkit'
import { describe, expect, test } from 'vitest'
import { failureOf, json, refuse, serve, transportTo } from './http-server.ts'

const name = named('review')

describe('refusals', () => {
  const refusedWith = async (status: number, failure: unknown, token?: string) => {
    const { base } = await serve((_, response) => {
      refuse(response, failure, { status })
    })
    return Object.assign(await failureOf(transportTo(base, { token }).send({ method: 'GET', path: '/a' })), { base })
  }

  test('of the table are said as a folder says them', async () => {
    const facts = { name: 'review', version: '1.0.0', published: 'sha256-a', offered: 'sha256-b' }
    expect(await refusedWith(409, { code: 'VERSION_CONFLICT', facts })).toMatchObject({
      code: 'VERSION_CONFLICT',
      facts,
    })
  })

  test('name the registry as it is called here', async () => {
    const unauthorized = await refusedWith(401, { code: 'UNAUTHORIZED', facts: { why: 'expired' } })
    expect(unauthorized.message).toBe(`The token has expired at ${unauthorized.base}`)
    const facts = { name: 'x', registry: 'internal:3000', suggestions: ['y'] }
    const missing = await refusedWith(404, { code: 'PACKAGE_NOT_FOUND', facts })
    expect(missing.message).toBe(`Package x not found in ${missing.base}`)
    expect(missing.hint).toBe('did you mean y?')
  })

  test.each([undefined, 'aam_token'])('without words of their own about who is asking (token %s)', async token => {
    const { base } = await serve((_, response) => response.writeHead(401).end())
    const failure = await failureOf(transportTo(base, { token }).send({ method: 'GET', path: '/a' }))
    const why = token === undefined ? 'missing' : 'invalid'
    expect(failure).toMatchObject({ code: 'UNAUTHORIZED', facts: { why, registry: base } })
  })

  const deep = (levels: number): unknown => (levels === 0 ? 1 : { a: deep(levels - 1) })
  test.each([
    ['a code that objects have', { code: '__proto__', facts: {} }],
    ['another', { code: 'constructor', facts: {} }],
    ['a code nobody knows', { code: 'BRAND_NEW', facts: { a: 1 } }],
    ['no facts', { code: 'PACKAGE_NOT_FOUND', facts: null }],
    ['a list of facts', { code: 'PACKAGE_NOT_FOUND', facts: [] }],
    ['facts that are missing', { code: 'PACKAGE_NOT_FOUND', facts: {} }],
    ['facts of another kind', { code: 'FILE_INVALID', facts: { what: 'a', file: 'b', problems: 'c' } }],
    ['facts that are objects', { code: 'VERSION_NOT_FOUND', facts: { name: {}, version: '1' } }],
    ['facts without an end', { code: 'PACKAGE_NOT_FOUND', facts: { name: 'a', registry: 'b', more: deep(500) } }],
    ['a failure that is none', 'PACKAGE_NOT_FOUND'],
  ])('with %s are told in the words of the server', async (_, failure) => {
    const failed = await refusedWith(418, failure)
    expect(failed).toMatchObject({ code: 'REGISTRY_REFUSED', facts: { status: 418, requestId: 'r-1' } })
    expect(failed.message).toBe(`${failed.base} answered 418: the words of the server`)
    expect(() => JSON.stringify(failed.facts)).not.toThrow()
    expect(({} as Record<string, unknown>)['a']).toBeUndefined()
  })

  test('as deep as they fit are read, and told in the words of the server', async () => {
    const { base } = await serve((_, response) => {
      const facts = `${'{"a":'.repeat(40_000)}1${'}'.repeat(40_000)}`
      const failure = `{"code":"REGISTRY_UNAVAILABLE","facts":{"why":"x","more":${facts}}}`
      const body = `{"error":{"code":"X","message":"deep","docs":"","failure":${failure}}}`
      response.writeHead(422, { 'content-type': 'application/json' }).end(body)
    })
    expect(await failureOf(transportTo(base).send({ method: 'GET', path: '/a' }))).toMatchObject({
      code: 'REGISTRY_REFUSED',
      facts: { message: 'deep' },
    })
  })

  test('about a package that is called like a value of JavaScript are told like others', async () => {
    const { base } = await serve((_, response) => {
      const failure = { code: 'PACKAGE_NOT_FOUND', facts: { name: 'undefined', registry: 'x' } }
      json(
        response,
        { error: { code: 'PACKAGE_NOT_FOUND', message: 'no undefined here', docs: '', failure } },
        { status: 404 },
      )
    })
    const failure = await failureOf(transportTo(base).send({ method: 'GET', path: '/a' }))
    expect(failure.message).toBe(`Package undefined not found in ${base}`)
  })

  test('that are long or have escape sequences do no harm', async () => {
    const { base } = await serve((_, response) => {
      json(response, { error: { code: 'X', message: `\u001b[2J${'x'.repeat(100_000)}`, docs: '' } }, { status: 400 })
    })
    const { message } = await failureOf(transportTo(base).send({ method: 'GET', path: '/a' }))
    expect(message).not.toContain('\u001b')
    expect(message.length).toBeLessThan(9000)
  })

  test('that are pages, or nothing, are named by their status', async () => {
    const { base } = await serve(({ url }, response) => {
      if (url === '/page') response.writeHead(403, { 'content-type': 'text/html' }).end('<h1>Blocked</h1>')
      else response.writeHead(409, { 'x-request-id': 'r-7' }).end()
    })
    const get = async (path: string) => failureOf(transportTo(base).send({ method: 'GET', path }))
    expect(await get('/page')).toMatchObject({
      code: 'REGISTRY_ANSWER_INVALID',
      facts: { url: `${base}/page`, why: 'it answered 403 with text/html' },
    })
    expect(await get('/none')).toMatchObject({ facts: { message: 'Conflict', requestId: 'r-7' } })
  })
})

describe('what only a server can be asked', () => {
  const created = '2026-01-01T00:00:00Z'
  const token = {
    ...{ id: 't1', name: 'laptop', prefix: 'aam_ab', kind: 'session', scopes: ['read'], packages: null },
    ...{ created, expires: null, lastUsed: null },
  }
  const user = { name: 'ann', email: null, roles: ['admin'], disabled: false, created }
  const approvals = {
    ...{ package: 'review', version: '1.0.0', status: 'pending', state: 'waiting', required: 1, approvals: [] },
    ...{ publisher: 'bob', published: created, waitingTags: ['latest'] },
  }
  const facts = {
    ...{ name: 'aam', version: '1', repository: 'main', capabilities: [], limits: { archive: 1, pageSize: 50 } },
    rules: {
      ...{ allowedTags: null, protectedTags: [], tagsThatNeedApproval: [], requireApproval: false },
      approvalsRequired: 1,
    },
    ...{ registration: true, anonymousRead: true },
  }
  const owners = { package: 'review', visibility: 'public', members: [{ user: 'ann', role: 'owner' }] }
  const release = {
    ...{ package: 'review', version: '1.0.0', record: {}, manifest: {}, publisher: 'ann', status: 'approved' },
    artifacts: [{ kind: 'skills', name: 'review' }],
    ...{ files: [{ path: 'a', size: 1, executable: false }], state: 'visible', approvals: [], tags: ['latest'] },
    ...{ signed: false, provenance: false, downloads: 3, tarball: 'x' },
  }
  const advisories = { packages: { review: [{ advisory: { id: 'A-1' }, versions: ['1.0.0'] }] } }
  const own = { ...token, user: 'ann' }
  const sent = { ...own, token: 'aam_new' }
  const approved = { ...approvals, kind: 'approve', tags: [], removedTags: [] }

  /** What is sent, what the registry answers, how it is asked for, and what comes of it. */
  type Case = readonly [sent: string, answer: unknown, ask: (account: Account) => Promise<unknown>, result: unknown]
  const cases: readonly Case[] = [
    ['GET /', facts, a => a.facts(), facts],
    [
      'POST /users/register {"name":"ann","password":"p"}',
      { user, token: sent },
      a => a.register({ name: 'ann', password: 'p' }),
      { user, token: sent },
    ],
    ['POST /users/login {"name":"ann","password":"p"}', sent, a => a.login({ name: 'ann', password: 'p' }), sent],
    ['GET /users/me', { ...user, token: own }, a => a.me(), { ...user, token: own }],
    ['DELETE /tokens/current', undefined, a => a.logout(), undefined],
    ['POST /tokens {"name":"ci","scopes":["read"]}', sent, a => a.createToken({ name: 'ci', scopes: ['read'] }), sent],
    ['GET /tokens', { tokens: [{ ...token, user: 'ann' }] }, a => a.listTokens(), [{ ...token, user: 'ann' }]],
    ['DELETE /tokens/a%2Fb', {}, a => a.revokeToken('a/b'), undefined],
    ['GET /users', { users: [user] }, a => a.listUsers(), [user]],
    ['PUT /users/ann/roles {"roles":["approver"]}', user, a => a.setRoles('ann', ['approver']), undefined],
    ['PATCH /users/ann {"disabled":true}', user, a => a.setDisabled('ann', true), undefined],
    ['PUT /users/ann/password {"password":"p"}', undefined, a => a.setPassword('ann', { password: 'p' }), undefined],
    ['GET /packages/review/owners', owners, a => a.listOwners(name), owners],
    [
      'PUT /packages/review/owners/bob {"role":"maintainer"}',
      owners,
      a => a.setOwner(name, 'bob', 'maintainer'),
      undefined,
    ],
    ['DELETE /packages/review/owners/bob', owners, a => a.removeOwner(name, 'bob'), undefined],
    ['PATCH /packages/review {"visibility":"private"}', owners, a => a.setVisibility(name, 'private'), undefined],
    [
      'GET /scopes/%40team/owners',
      { scope: '@team', owners: [] },
      a => a.listScopeOwners('@team'),
      { scope: '@team', owners: [] },
    ],
    ['PUT /scopes/%40team/owners {"owners":["ann"]}', {}, a => a.setScopeOwners('@team', ['ann']), undefined],
    ['GET /packages/review/latest', release, a => a.fetchVersion(name, 'latest'), release],
    [
      'POST /packages/review/1.0.0/approve {"status":"approved"}',
      approved,
      a => a.approve(name, '1.0.0', { status: 'approved' }),
      approved,
    ],
    ['GET /packages/review/1.0.0/approvals', approvals, a => a.fetchApprovals(name, '1.0.0'), approvals],
    ['GET /approvals?status=pending', { approvals: [approvals] }, a => a.listApprovals('pending'), [approvals]],
    ['GET /approvals', { approvals: [] }, a => a.listApprovals(), []],
    ['POST /advisories {"id":"A-1"}', {}, a => a.publishAdvisory({ id: 'A-1' }), undefined],
    [
      'POST /advisories/query {"packages":{"review":["1.0.0"]}}',
      advisories,
      a => a.queryAdvisories({ review: ['1.0.0'] }),
      advisories.packages,
    ],
  ]

  test.each(cases)('%s', async (...[request, answer, ask, expected]) => {
    const { base, asked } = await serve((_, response) => {
      if (answer === undefined) response.writeHead(204).end()
      else json(response, answer)
    })
    expect(await ask(openAccount(transportTo(base)))).toEqual(expected)
    expect(asked.map(({ method, url, body }) => `${method} ${url} ${body.toString()}`.trim())).toEqual([request])
  })

  test.each(cases.filter(([, , , expected]) => expected !== undefined))('%s is checked', async (_, __, ask) => {
    const { base } = await serve((_request, response) => {
      json(response, { users: [{}], tokens: [{}], approvals: [{}], packages: { a: [{}] } })
    })
    expect((await failureOf(ask(openAccount(transportTo(base))))).code).toBe('REGISTRY_ANSWER_INVALID')
  })

  test('signing in, registering and making tokens is done once; the rest again when it failed for now', async () => {
    const repeated: string[] = []
    for (const [request, , ask] of cases) {
      const { base, asked } = await serve((_, response) => response.writeHead(503).end())
      await failureOf(ask(openAccount(transportTo(base, { tries: 2 }))))
      if (asked.length === 2) repeated.push(request)
    }
    const once = cases.map(([request]) => request).filter(request => !repeated.includes(request))
    expect(once.map(request => request.split(' ').slice(0, 2).join(' '))).toEqual([
      'POST /users/register',
      'POST /users/login',
      'POST /tokens',
    ])
  })

  test('the log is read page by page, only as far as somebody reads', async () => {
    const event = (sequence: number): object => ({
      ...{
        version: 1,
        sequence,
        event: 'tag.set',
        timestamp: created,
        metadata: {},
        registry: 'r',
        previous: '0',
        hash: '1',
      },
      ...{ actor: { identity: 'ann', auth_method: 'token', more: 1 }, target: { package: 'review' } },
    })
    const { base, asked } = await serve(({ url }, response) => {
      const page = Number(new URL(url, 'http://x').searchParams.get('cursor') ?? 3)
      const link = { link: `</packages/review/audit-log?event=tag.set&cursor=${String(page - 1)}>; rel="next"` }
      json(response, { events: [event(page)] }, { headers: page > 1 ? link : {} })
    })
    const account = openAccount(transportTo(base))
    const query = { package: name, event: 'tag.set', since: created }
    const all = []
    for await (const each of account.readAuditLog(query)) all.push(each)
    expect(all).toEqual([event(3), event(2), event(1)])
    expect(asked[0]?.url).toBe('/packages/review/audit-log?event=tag.set&since=2026-01-01T00%3A00%3A00Z')
    for await (const each of account.readAuditLog(query)) {
      expect(each.sequence).toBe(3)
      break
    }
    expect(asked).toHaveLength(4)
    const page = await account.fetchAuditPage({})
    expect(asked.at(-1)?.url).toBe('/audit-log')
    expect((await account.fetchAuditPage({}, page.next)).events).toEqual([event(2)])
  })
})

test('whoever talks to no server does not load what that takes', async () => {
  const { metafile } = await build({
    entryPoints: [new URL('../src/index.ts', import.meta.url).pathname],
    ...{ bundle: true, splitting: true, format: 'esm', platform: 'node', outdir: 'out', write: false, metafile: true },
    conditions: ['@aam/source'],
  })
  const loaded = (entry: string): string[] =>
    (metafile.outputs[entry]?.imports ?? []).flatMap(({ path, kind, external }) =>
      external === true ? [path] : kind === 'import-statement' ? loaded(path) : [],
    )
  const start = Object.keys(metafile.outputs).find(each => each.endsWith('index.js'))!
  expect(loaded(start)).toContain('node:fs')
  expect(loaded(start).filter(path => /^node:(?:https?|tls|net)$/.test(path))).toEqual([])
  expect(readFileSync(new URL('../src/http/line.ts', import.meta.url), 'utf8')).toContain("from 'node:https'")
})
