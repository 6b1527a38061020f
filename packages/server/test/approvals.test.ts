/** Approving (D30): what fails before anything is stored, what waits, and what follows from a word. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Settings, type TestServer, startTestServer } from '@aam/testkit'
import { type Sent, archive, ask, publish, verdict } from './asking.ts'

let server: TestServer
let ann: string
let amy: string
let abe: string
let eve: string
let count = 0
/** A name for each test. */
let name = ''

beforeAll(async () => {
  server = await startTestServer()
  ann = await server.addUser('ann', ['approver'])
  amy = await server.addUser('amy', ['approver'])
  abe = await server.addUser('abe', ['approver'])
  eve = await server.addUser('eve')
})
afterAll(async () => server.remove())
beforeEach(() => {
  name = `package-${String(count++)}`
})

const say = async (token: string, version: string, status: 'approved' | 'rejected'): Promise<Sent> =>
  ask(server, `POST /packages/${name}/${version}/approve`, { token, body: { status, comment: 'looked at it' } })
const tagsOf = async (token?: string): Promise<unknown> =>
  (await ask(server, `GET /packages/${name}/tags`, { token })).at('tags')
const events = async (): Promise<number> =>
  (await ask(server, 'GET /audit-log?limit=1', { token: server.adminToken })).at('events.0.sequence') as number
const setTag = async (token: string, tag: string, version: string): Promise<Sent> =>
  ask(server, `PUT /packages/${name}/tags/${tag}`, { token, body: { version } })

/** Runs tests with a server that has these settings. */
function withSettings(settings: Settings, act: () => void): void {
  describe(JSON.stringify(settings), () => {
    beforeAll(async () => server.restart(settings))
    act()
  })
}

withSettings({ REQUIRE_APPROVAL_FOR_TAGS: 'good' }, () => {
  test('a tag that needs approval, asked for at publish, fails before anything is stored', async () => {
    const before = await events()
    const answer = await ask(server, 'POST /packages?tag=good', { token: eve, body: archive(`${name} 1.0.0`) })
    expect(verdict(answer)).toBe('403 APPROVAL_REQUIRED')
    expect(await events()).toBe(before)
    expect((await ask(server, `GET /packages/${name}`, { token: eve })).status).toBe(404)
    expect((await publish(server, eve, `${name} 1.0.0`)).status).toBe(201)
  })

  test('names approved versions only, and leaves one that is rejected', async () => {
    await publish(server, eve, `${name} 1.0.0`)
    expect(verdict(await setTag(eve, 'good', '1.0.0'))).toBe('403 APPROVAL_REQUIRED')
    expect((await say(ann, '1.0.0', 'approved')).at('status')).toBe('approved')
    expect((await setTag(amy, 'good', '1.0.0')).status).toBe(200)
    const rejected = await say(amy, '1.0.0', 'rejected')
    expect([rejected.at('status'), rejected.at('removedTags'), rejected.at('state')]).toEqual([
      'rejected',
      ['good'],
      'visible',
    ])
    expect(await tagsOf()).toEqual({ latest: '1.0.0' })
    expect(verdict(await setTag(eve, 'good', '1.0.0'))).toBe('403 APPROVAL_REQUIRED')
    expect((await say(amy, '1.0.0', 'approved')).at('status')).toBe('approved')
    expect((await setTag(eve, 'good', '1.0.0')).status).toBe(200)
  })

  test('a maintainer cannot approve, nor an approver what is their own', async () => {
    await publish(server, ann, `${name} 1.0.0`)
    expect(verdict(await say(eve, '1.0.0', 'approved'))).toBe('403 FORBIDDEN')
    expect(verdict(await say(ann, '1.0.0', 'approved'))).toBe('403 APPROVAL_OWN')
    expect((await say(ann, '1.0.0', 'rejected')).at('status')).toBe('rejected')
  })

  test('saying the same again changes nothing and is not on record', async () => {
    await publish(server, eve, `${name} 1.0.0`)
    await say(ann, '1.0.0', 'approved')
    const before = await events()
    expect((await say(ann, '1.0.0', 'approved')).at('kind')).toBe('unchanged')
    expect(await events()).toBe(before)
  })
})

withSettings({ ALLOW_SELF_APPROVAL: 'true', REQUIRE_APPROVAL: 'true' }, () => {
  test('approvers may approve what is their own', async () => {
    await publish(server, ann, `${name} 1.0.0`)
    expect((await say(ann, '1.0.0', 'approved')).at('state')).toBe('visible')
  })
})

withSettings({ REQUIRE_APPROVAL: 'true', APPROVALS_REQUIRED: '2' }, () => {
  test('two have to agree; the tags wait until they do', async () => {
    await publish(server, eve, `${name} 1.0.0 ?tag=beta`)
    const first = await say(ann, '1.0.0', 'approved')
    expect([first.at('status'), first.at('state'), first.at('waitingTags')]).toEqual([
      'pending',
      'waiting',
      ['latest', 'beta'],
    ])
    expect((await ask(server, `GET /packages/${name}`)).status).toBe(404)
    const second = await say(amy, '1.0.0', 'approved')
    expect([second.at('status'), second.at('state'), second.at('waitingTags')]).toEqual(['approved', 'visible', []])
    expect(await tagsOf()).toEqual({ latest: '1.0.0', beta: '1.0.0' })
  })

  test('one who rejects outweighs all others', async () => {
    await publish(server, eve, `${name} 1.0.0`)
    await say(ann, '1.0.0', 'approved')
    expect((await say(amy, '1.0.0', 'rejected')).at('state')).toBe('refused')
    expect(verdict(await say(abe, '1.0.0', 'approved'))).toBe('409 VERSION_REFUSED')
  })
})

withSettings({ REQUIRE_APPROVAL: 'true', REQUIRE_APPROVAL_FOR_TAGS: 'good' }, () => {
  test('nobody but approvers and members sees that a version waits, or a package that has no other', async () => {
    await publish(server, eve, `${name} 1.0.0 ?tag=good`)
    const below = [
      '',
      '/tags',
      '/1.0.0',
      '/latest',
      '/1.0.0/tarball',
      '/1.0.0/approvals',
      '/1.0.0/signature',
      '/owners',
    ]
    const stranger = await server.addUser(`stranger-${String(count)}`)
    for (const token of [undefined, stranger]) {
      for (const path of below) {
        const answer = await ask(server, `GET /packages/${name}${path}`, { token })
        expect([path, verdict(answer)]).toEqual([path, '404 PACKAGE_NOT_FOUND'])
      }
      expect((await ask(server, `GET /packages?q=${name}`, { token })).at('total')).toBe(0)
      const metadata = await ask(server, 'POST /metadata', { token, body: { roots: { [name]: '*' } } })
      expect(metadata.at('missing')).toEqual([name])
    }
    expect(
      verdict(await ask(server, `PUT /packages/${name}/tags/a1b`, { token: stranger, body: { version: '1.0.0' } })),
    ).toBe('404 PACKAGE_NOT_FOUND')
    for (const token of [eve, ann, server.adminToken]) {
      expect((await ask(server, `GET /packages/${name}/1.0.0`, { token })).at('state')).toBe('waiting')
      const tarball = await ask(server, `GET /packages/${name}/1.0.0/tarball`, { token })
      expect(tarball.bytes.equals(archive(`${name} 1.0.0`))).toBe(true)
      expect(tarball.headers['cache-control']).toMatch(/^private/)
      const approvals = await ask(server, `GET /packages/${name}/1.0.0/approvals`, { token })
      expect(approvals.at('waitingTags')).toEqual(['latest', 'good'])
    }
    const readOnly = await ask(server, 'POST /tokens', { token: eve, body: { name: 'ci', scopes: ['read'] } })
    const token = readOnly.at('token') as string
    expect((await ask(server, `GET /packages/${name}/1.0.0`, { token })).at('state')).toBe('waiting')
  })

  test('beside versions that are there, a waiting one is seen by nobody either', async () => {
    await publish(server, eve, `${name} 1.0.0`)
    await say(ann, '1.0.0', 'approved')
    const before = await ask(server, `GET /packages/${name}`)
    await publish(server, eve, `${name} 1.1.0`)
    const after = await ask(server, `GET /packages/${name}`)
    expect([after.text, after.headers.etag]).toEqual([before.text, before.headers.etag])
    for (const path of ['/1.1.0', '/1.1.0/tarball', '/1.1.0/approvals']) {
      expect(verdict(await ask(server, `GET /packages/${name}${path}`))).toBe('404 VERSION_NOT_FOUND')
    }
    expect(verdict(await setTag(eve, 'beta', '1.1.0'))).toBe('409 VERSION_WAITING')
  })

  test('the tags that wait, latest too, are set when it is approved', async () => {
    await publish(server, eve, `${name} 1.0.0 ?tag=good`)
    const answer = await say(ann, '1.0.0', 'approved')
    expect(answer.at('tags')).toEqual([
      { tag: 'latest', from: null, to: '1.0.0' },
      { tag: 'good', from: null, to: '1.0.0' },
    ])
    expect(await tagsOf()).toEqual({ latest: '1.0.0', good: '1.0.0' })
  })

  test('approving an older one later does not pull latest back, unless the newer one was yanked', async () => {
    for (const version of ['1.0.0', '2.0.0', '3.0.0']) await publish(server, eve, `${name} ${version}`)
    await say(ann, '2.0.0', 'approved')
    await say(ann, '1.0.0', 'approved')
    expect(await tagsOf()).toEqual({ latest: '2.0.0' })
    await ask(server, `POST /packages/${name}/1.0.0/yank`, { token: eve })
    await ask(server, `POST /packages/${name}/2.0.0/yank`, { token: eve })
    await say(ann, '3.0.0', 'approved')
    expect(await tagsOf()).toEqual({ latest: '3.0.0' })
  })

  test('an older one that was waiting takes latest from a version that was yanked', async () => {
    for (const version of ['1.0.0', '2.0.0']) await publish(server, eve, `${name} ${version}`)
    await say(ann, '2.0.0', 'approved')
    await ask(server, `POST /packages/${name}/2.0.0/yank`, { token: eve })
    await say(ann, '1.0.0', 'approved')
    expect(await tagsOf()).toEqual({ latest: '1.0.0' })
  })

  test('one that is rejected frees its number, for other bytes, too', async () => {
    await publish(server, eve, `${name} 1.0.0`)
    expect((await say(ann, '1.0.0', 'rejected')).at('state')).toBe('refused')
    const body = archive(`${name} 1.0.0`, { license: 'MIT' })
    expect((await ask(server, 'POST /packages', { token: eve, body })).status).toBe(201)
    await say(ann, '1.0.0', 'approved')
    expect((await ask(server, `GET /packages/${name}/1.0.0/tarball`)).bytes.equals(body)).toBe(true)
  })

  test('published again it still waits, with the tags of both times; other bytes are a conflict', async () => {
    await publish(server, eve, `${name} 1.0.0`)
    const before = await events()
    const again = await publish(server, eve, `${name} 1.0.0 ?tag=beta`)
    expect([again.status, again.at('kind'), again.at('state')]).toEqual([200, 'unchanged', 'waiting'])
    expect(await events()).toBe(before + 1)
    await publish(server, eve, `${name} 1.0.0 ?tag=beta`)
    expect(await events()).toBe(before + 1)
    const other = await ask(server, 'POST /packages', {
      token: eve,
      body: archive(`${name} 1.0.0`, { license: 'MIT' }),
    })
    expect(verdict(other)).toBe('409 VERSION_CONFLICT')
    await say(ann, '1.0.0', 'approved')
    expect(await tagsOf()).toEqual({ latest: '1.0.0', beta: '1.0.0' })
  })

  test('the queue shows it to approvers until somebody decides', async () => {
    await publish(server, eve, `${name} 1.0.0`)
    const waiting = async (): Promise<boolean> =>
      (await ask(server, 'GET /approvals?status=waiting', { token: ann })).text.includes(`"${name}"`)
    expect(await waiting()).toBe(true)
    await say(ann, '1.0.0', 'rejected')
    expect(await waiting()).toBe(false)
    const rejected = await ask(server, 'GET /approvals?status=rejected', { token: ann })
    expect(rejected.text).toContain(`"${name}"`)
  })
})

describe('when the settings change meanwhile', () => {
  test('who has approved before lets a version go by saying so again, when that is enough by now', async () => {
    await server.restart({ REQUIRE_APPROVAL: 'true', APPROVALS_REQUIRED: '2' })
    await publish(server, eve, `${name} 1.0.0`)
    await say(ann, '1.0.0', 'approved')
    await server.restart({ REQUIRE_APPROVAL: 'true' })
    const answer = await say(ann, '1.0.0', 'approved')
    expect([answer.at('kind'), answer.at('state')]).toEqual(['approve', 'visible'])
  })

  test('what waits goes on waiting when nothing has to any more, and its tags obey the rules of the day', async () => {
    await server.restart({ REQUIRE_APPROVAL: 'true' })
    await publish(server, eve, `${name} 1.0.0 ?tag=beta`)
    await server.restart({ ALLOWED_TAGS: 'stable' })
    expect((await ask(server, `GET /packages/${name}`)).status).toBe(404)
    await say(ann, '1.0.0', 'approved')
    expect(await tagsOf()).toEqual({ latest: '1.0.0' })
    expect((await publish(server, eve, `${name} 1.1.0`)).at('state')).toBe('visible')
  })
})
