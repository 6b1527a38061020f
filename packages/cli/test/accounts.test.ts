/** Accounts, tokens, owners, approvals and the log, against a server that runs. */
import { statSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  ADMIN_PASSWORD,
  NOW,
  type Run,
  type RunOptions,
  type Sandbox,
  type TestServer,
  createSandbox,
  packSpec,
  parseSpec,
  passwordOf,
  startTestServer,
} from '@aam/testkit'

let sandbox: Sandbox
let server: TestServer
let now = NOW

beforeEach(async () => {
  now = NOW
  sandbox = createSandbox()
  server = await startTestServer({}, () => now)
  sandbox.write('home/.aam/config.yaml', `registries:\n  default: ${server.address}\n`)
})

afterEach(async () => {
  await server.remove()
  sandbox.remove()
})

const aam = async (args: string | readonly string[], options: RunOptions = {}): Promise<Run> =>
  sandbox.aam(args, { cwd: 'app', now: () => now, ...options })

/** Runs a command as the owner of a token. */
const as = async (token: string, args: string, options: RunOptions = {}): Promise<Run> =>
  aam(args, { ...options, env: { AAM_TOKEN: token, ...options.env } })

const json = (run: Run): Record<string, never> => JSON.parse(run.stdout) as Record<string, never>
const CREDENTIALS = 'home/.aam/credentials.yaml'
const publish = async (token: string, spec: string) => server.registry(token).publish(packSpec(parseSpec(spec)), {})

function expectFailure(run: Run, message: string, code = 1): void {
  expect(run.stderr).toContain(message)
  expect(run.code).toBe(code)
  expect(run.stdout).toBe('')
}

describe('login', () => {
  test('asks, verifies, and keeps a token that only its user can read', async () => {
    await server.addUser('ann')
    const run = await aam('login', { answers: ['ann', passwordOf('ann')] })
    expect(run).toMatchObject({ code: 0, stderr: '' })
    expect(run.stdout).toContain(`Signed in to ${server.address} as ann, until 2026-04-13`)
    expect(statSync(sandbox.path(CREDENTIALS)).mode & 0o777).toBe(0o600)
    const kept = sandbox.json(CREDENTIALS) as { registries: Record<string, { token: string; user: string }> }
    expect(Object.keys(kept.registries)).toEqual([server.address])
    const { token, user } = kept.registries[server.address]!
    expect(user).toBe('ann')
    expect(run.output).not.toContain(token)
    expect(run.output + sandbox.read(CREDENTIALS)).not.toContain(passwordOf('ann'))
    expect((await aam('whoami')).stdout).toContain(`ann at ${server.address}`)
  })

  test('takes name and password from a script, and a token from a pipe', async () => {
    const token = await server.addUser('ann')
    expect((await aam('login --name root', { env: { AAM_PASSWORD: ADMIN_PASSWORD } })).code).toBe(0)
    const run = await aam('login --token', { input: `${token}\n` })
    expect(run.stdout).toContain('as ann')
    expect(run.output).not.toContain(token)
    expect(sandbox.read(CREDENTIALS)).toContain(token)
    expect(json(await aam('login --token --json', { answers: [token] }))).toMatchObject({
      registry: server.address,
      user: { name: 'ann', roles: [] },
      token: { kind: 'session', packages: null },
      from: { kind: 'credentials', name: sandbox.path(CREDENTIALS) },
    })
  })

  test.each([
    { args: '--name ann', password: 'not the one', message: 'The name or the password is wrong', code: 1 },
    { args: '--name nobody', password: 'not the one', message: 'The name or the password is wrong', code: 1 },
    { args: '--name ann', password: '', message: 'A password is needed, and there is no terminal', code: 2 },
    { args: '', password: '', message: 'Who signs in? There is no terminal to ask on', code: 2 },
    { args: '--token', password: '', message: 'No token was given', code: 2 },
    { args: 'ann', password: '', message: 'Too many arguments', code: 2 },
  ])('$args with $password: $message', async ({ args, password, message, code }) => {
    await server.addUser('ann')
    expectFailure(await aam(`login ${args}`, { env: { AAM_PASSWORD: password } }), message, code)
    expect(sandbox.exists(CREDENTIALS)).toBe(false)
  })

  test('a token that is none is not kept, and not repeated', async () => {
    const run = await aam('login --token', { input: 'aam_not-one-of-theirs-at-all' })
    expectFailure(run, 'The token is not valid')
    expect(run.output).not.toContain('not-one-of-theirs')
    expectFailure(await aam('login --token', { input: 'two words' }), 'This is not one token', 2)
    expect(sandbox.exists(CREDENTIALS)).toBe(false)
  })

  test('says when a variable goes before what was kept', async () => {
    await server.addUser('ann')
    const run = await as(server.adminToken, 'login --name ann', { env: { AAM_PASSWORD: passwordOf('ann') } })
    expect(run.stderr).toContain('AAM_TOKEN has a token')
    expect(run.stderr).toContain('unset AAM_TOKEN to be ann')
    expect((await as(server.adminToken, 'whoami')).stdout).toMatch(/^root .*\n.*\n.*\n.*\n {2}from +AAM_TOKEN\n$/)
  })
})

describe('logout', () => {
  test('ends the token on the server and forgets it', async () => {
    await aam('login --name root', { env: { AAM_PASSWORD: ADMIN_PASSWORD } })
    const { registries } = sandbox.json(CREDENTIALS) as { registries: Record<string, { token: string }> }
    const { token } = registries[server.address]!
    expect((await aam('logout')).stdout).toContain('Signed out')
    expect(sandbox.exists(CREDENTIALS)).toBe(false)
    expectFailure(await as(token, 'whoami'), 'The token is not valid')
    expect(json(await aam('logout --json'))).toMatchObject({ token: 'none' })
  })

  test('forgets it when the server is away, and says that it still works', async () => {
    await aam('login --name root', { env: { AAM_PASSWORD: ADMIN_PASSWORD } })
    await server.stop()
    const run = await aam('logout')
    expect(run.code).toBe(0)
    expect(run.stdout).toContain('works until it expires')
    expect(sandbox.exists(CREDENTIALS)).toBe(false)
    await server.restart()
  })

  test('a token that has expired is forgotten without a word; one of a variable is not its business', async () => {
    await aam('login --name root', { env: { AAM_PASSWORD: ADMIN_PASSWORD } })
    now = new Date(NOW.getTime() + 31 * 24 * 3600 * 1000)
    expectFailure(await aam('whoami'), 'The token has expired')
    expect(json(await aam('logout --json'))).toMatchObject({ token: 'ended', user: 'root' })
    expectFailure(await as(server.adminToken, 'logout'), 'comes from AAM_TOKEN', 2)
  })
})

describe('whoami', () => {
  test('says who, what for, and where the token came from', async () => {
    expectFailure(await aam('whoami'), `You are not signed in at ${server.address}`)
    expect(json(await as(server.adminToken, 'whoami --json'))).toMatchObject({
      registry: server.address,
      user: { name: 'root', roles: ['admin', 'approver'] },
      from: { kind: 'environment', name: 'AAM_TOKEN' },
    })
  })

  test('a server that is away is no answer', async () => {
    await server.stop()
    expectFailure(await as(server.adminToken, 'whoami'), `Cannot reach ${server.address}`)
    await server.restart()
  })

  test('AAM_TOKEN goes to the default, or what --registry names, and to no source', async () => {
    const other = await startTestServer({}, () => now)
    try {
      sandbox.write(
        'home/.aam/config.yaml',
        `registries:\n  default: ${server.address}\n  sources: [{ name: team, url: "${other.address}", scopes: ["@team"] }]\n`,
      )
      const before = other.log.length
      const run = await as(server.adminToken, 'owner ls @team')
      expectFailure(run, `You are not signed in at ${other.address}`)
      expect(other.log.slice(before).join('\n')).not.toContain(server.adminToken)
      expect((await aam('owner ls @team', { env: { AAM_TOKEN_TEAM: other.adminToken } })).code).toBe(0)
      const named = `--registry ${other.address}`
      expect((await as(other.adminToken, `whoami ${named}`)).stdout).toContain(`root at ${other.address}`)
      expect((await aam(`whoami ${named}`, { env: { AAM_TOKEN_TEAM: other.adminToken } })).code).toBe(0)
    } finally {
      await other.remove()
    }
  })

  test('a token that is written out in a committed configuration draws a warning', async () => {
    const source = `{ name: team, url: "${server.address}", token: "${server.adminToken}", scopes: ["@team"] }`
    sandbox.write('app/package.agent.json', { name: 'app', version: '1.0.0' })
    sandbox.write('app/.aam/config.yaml', `registries:\n  sources: [${source}]\n`)
    const run = await aam('owner ls @team')
    expect(run.code).toBe(0)
    expect(run.stderr).toContain('the token of team stands in a file that is committed')
    expect(run.output).not.toContain(server.adminToken)
  })
})

describe('register', () => {
  test('is closed, unless the server says otherwise; then whoever registers is signed in', async () => {
    const env = { AAM_PASSWORD: 'a long enough one' }
    expectFailure(await aam('register ann', { env }), 'This registry lets nobody register')
    await server.restart({ ALLOW_REGISTRATION: 'true' })
    const run = await aam('register ann --email ann@example.com', { env })
    expect(run.stdout).toContain('you are signed in, until 2026-04-13')
    expect(json(await aam('whoami --json'))).toMatchObject({ user: { name: 'ann', email: 'ann@example.com' } })
    expectFailure(await aam('register ann', { env }), "There is a user 'ann' already")
    expectFailure(await aam('register Ann!', { env }), "Invalid user name 'Ann!'", 2)
    expectFailure(await aam('register ben', { env: { AAM_PASSWORD: 'short' } }), 'it has 5 characters', 2)
    expectFailure(await aam('register ben'), 'there is no terminal to ask on', 2)
    expectFailure(await aam('register ben', { answers: ['one that is long', 'another one'] }), 'two different', 2)
    expect((await aam('register', { answers: ['ben', 'one that is long', 'one that is long'] })).code).toBe(0)
  })

  test('by an admin: the password is typed, or made up and shown once', async () => {
    const run = await as(server.adminToken, 'register ann')
    const [, password] = /password (\S+) \(shown only now\)/.exec(run.stdout) ?? []
    expect((await aam('login --name ann', { env: { AAM_PASSWORD: password! } })).code).toBe(0)
    const typed = await as(server.adminToken, 'register ben', { answers: ['ben has typed this'] })
    expect(typed.stdout).not.toContain('password')
    const quiet = await as(server.adminToken, 'register dan --quiet')
    expect(quiet.stdout).toMatch(/^\S{20}\n$/)
    expect(json(await as(server.adminToken, 'register eve --json'))).toMatchObject({
      user: { name: 'eve' },
      password: expect.stringMatching(/^\S{20}$/) as string,
      signedIn: false,
    })
  })
})

describe('token', () => {
  test('create prints it once, alone on stdout', async () => {
    const run = await as(
      server.adminToken,
      "token create --name ci --scope read,publish --package '@team/*' --expires 90d",
    )
    expect(run.stdout).toMatch(/^aam_\S{51}\n$/)
    expect(run.stderr).toContain("Token 'ci' (")
    expect(run.stderr).toContain('for read, publish on @team/*, until 2026-06-12')
    const token = run.stdout.trim()
    expect(run.stderr).not.toContain(token)
    expect((await as(server.adminToken, 'token create --name more --quiet')).output).toMatch(/^aam_\S{51}\n$/)
    const listed = await as(server.adminToken, 'token ls --json')
    expect(listed.stdout).not.toContain(token)
    const { tokens } = JSON.parse(listed.stdout) as {
      tokens: { id: string; name: string; packages: string[] | null }[]
    }
    const ci = tokens.find(({ name }) => name === 'ci')!
    expect(ci).toMatchObject({ packages: ['@team/*'], scopes: ['read', 'publish'], expired: false, current: false })
    expect((await as(server.adminToken, 'token ls')).stdout).toContain('(this one)')
    expectFailure(await as(server.adminToken, 'token revoke ci'), `aam token revoke ${ci.id}`, 2)
    expect((await as(server.adminToken, `token revoke ${ci.id}`)).stdout).toContain(`Revoked ${ci.id}`)
    expectFailure(await as(token, 'whoami'), 'The token is not valid')
    expectFailure(await as(server.adminToken, 'token revoke nothing'), "You have no token 'nothing'")
  })

  test('expires', async () => {
    const token = (await as(server.adminToken, 'token create --name ci --expires 2 --quiet')).stdout.trim()
    expect((await as(token, 'whoami')).code).toBe(0)
    now = new Date(NOW.getTime() + 3 * 24 * 3600 * 1000)
    expectFailure(await as(token, 'whoami'), 'The token has expired')
    expect((await as(server.adminToken, 'token ls')).stdout).toMatch(/ci .*expired/)
  })

  test.each([
    ['', 'A token needs a name'],
    ['--name x --scope publsh', "A token has no scope 'publsh'"],
    ['--name x --scope ,', '--scope names nothing'],
    ['--name x --expires soon', "'soon' is not a number of days"],
    ['--name x --expires 0d', "'0d' is not a number of days"],
    ['--name x --package !!', "'!!' is not a pattern of names"],
    ['--name x --expires 9999d', 'it has to be good for 1 to 3650 days'],
  ])('create %s: %s', async (args, message) => {
    expectFailure(await as(server.adminToken, `token create ${args}`), message, 2)
  })

  test('makes none that is good for more than the one it is asked with', async () => {
    const ci = (await as(server.adminToken, 'token create --name ci --scope read --quiet')).stdout.trim()
    expectFailure(await as(ci, 'token create --name more --scope publish'), 'Permission denied')
    expectFailure(await as(ci, 'user ls'), 'Permission denied: this token does not allow it')
  })
})

describe('owners, visibility, accounts', () => {
  test('of a package and of a scope', async () => {
    const ann = await server.addUser('ann')
    const ben = await server.addUser('ben')
    await publish(ann, '@team/review 1.0.0')
    expect((await as(ann, 'owner add @team/review ben --role maintainer')).stdout).toContain('ben is a maintainer')
    expect(json(await as(ann, 'owner ls @team/review --json'))).toMatchObject({
      kind: 'package',
      visibility: 'public',
      members: [
        { user: 'ann', role: 'owner' },
        { user: 'ben', role: 'maintainer' },
      ],
      scopeOwners: ['ann'],
    })
    expect((await aam('owner ls @team/review')).stdout).toContain('ben  maintainer')
    expectFailure(await as(ben, 'owner add @team/review dan'), 'Permission denied: administering @team/review needs')
    expectFailure(await as(ann, 'owner add @team/review nobody'), "There is no user 'nobody'")
    expectFailure(await as(ann, 'owner add @team/review ben --role boss'), "There is no role 'boss'", 2)
    expectFailure(await as(ann, 'owner rm @team/review dan'), 'neither owner nor maintainer')
    expectFailure(await as(ann, 'owner ls @team/nothing'), 'Package @team/nothing not found')
    expect((await as(ann, 'owner rm @team/review ben')).stdout).toContain('ben has no part in @team/review any more')
    expectFailure(await as(ann, 'owner rm @team/review ann'), 'ann is the last owner')
    expect((await as(ann, 'owner add @team ben')).stdout).toContain('ben is an owner of @team')
    expect(json(await as(ben, 'owner ls @team --json'))).toMatchObject({ kind: 'scope', owners: ['ann', 'ben'] })
    expectFailure(await as(ann, 'owner add @team ben --role maintainer'), 'A scope has owners only', 2)
    expect((await as(ben, 'owner rm @team ann')).stdout).toContain('ann has no part in @team any more')
    expectFailure(await as(ben, 'owner rm @team ann'), 'neither owner nor maintainer of @team')
    expectFailure(await as(ann, 'owner ls @Te!am'), 'Invalid package name', 2)
  })

  test('a package can be hidden, and then it is not there', async () => {
    const ann = await server.addUser('ann')
    await publish(ann, 'notes 1.0.0')
    expect((await as(ann, 'access notes')).stdout).toBe('notes is public\n')
    expect((await as(ann, 'access notes private')).stdout).toContain('notes is private now')
    expect(json(await as(ann, 'access notes private --json'))).toMatchObject({ visibility: 'private', changed: false })
    expectFailure(await aam('info notes'), 'Package notes not found')
    expectFailure(await as(await server.addUser('ben'), 'access notes public'), 'Package notes not found')
    expectFailure(await as(ann, 'access notes hidden'), "A package is public or private, not 'hidden'", 2)
  })

  test('accounts are for admins', async () => {
    const ann = await server.addUser('ann')
    expectFailure(await as(ann, 'user ls'), 'Permission denied: listing accounts needs an admin, and ann is not')
    expectFailure(await aam('user ls'), 'You are not signed in')
    expect((await as(server.adminToken, 'user role ann approver')).stdout).toContain('ann is approver')
    expect(json(await as(server.adminToken, 'user ls --json'))).toMatchObject({
      users: [{ name: 'ann', roles: ['approver'] }, { name: 'root' }],
    })
    expect((await as(server.adminToken, 'user role ann none')).stdout).toContain('neither admin nor approver')
    expectFailure(await as(server.adminToken, 'user role ann boss'), "There is no role 'boss'", 2)
    expectFailure(await as(server.adminToken, 'user role ann none admin'), 'none goes with no other role', 2)
    expectFailure(await as(server.adminToken, 'user role nobody admin'), "There is no user 'nobody'")
    expectFailure(await as(server.adminToken, 'user role root none'), 'root is the last admin')
    expect((await as(server.adminToken, 'user disable ann')).stdout).toContain('ann is locked out')
    expectFailure(await as(ann, 'whoami'), ' at http')
    expect((await as(server.adminToken, 'user enable ann')).stdout).toContain('ann may sign in again')
  })

  test('passwords', async () => {
    const ann = await server.addUser('ann')
    const env = { AAM_PASSWORD: passwordOf('ann'), AAM_NEW_PASSWORD: 'another long one' }
    expectFailure(await as(ann, 'user password'), 'The present and the new password are needed', 2)
    expectFailure(await as(ann, 'user password', { env: { ...env, AAM_PASSWORD: 'wrong' } }), 'password is wrong')
    expect((await as(ann, 'user password', { env })).stdout).toContain('Your password is set')
    expectFailure(await as(ann, 'user password root'), "Permission denied: setting somebody else's password")
    const made = await as(server.adminToken, 'user password ann')
    const [, password] = /password (\S+) \(shown only now\)/.exec(made.stdout) ?? []
    expect((await aam('login --name ann', { env: { AAM_PASSWORD: password! } })).code).toBe(0)
    const answers = [password!, 'typed by ann twice', 'typed by ann twice']
    expect((await aam('user password', { answers })).code).toBe(0)
    expectFailure(await as(server.adminToken, 'user password nobody'), "There is no user 'nobody'")
  })
})

describe('approvals and the log', () => {
  test('what is said about a version', async () => {
    await server.restart({ REQUIRE_APPROVAL: 'true' })
    const ann = await server.addUser('ann')
    const carol = await server.addUser('carol', ['approver'])
    await publish(ann, 'notes 1.0.0')
    expectFailure(await as(ann, 'approvals'), 'Permission denied: looking at the queue of approvals needs an approver')
    expectFailure(await as(ann, 'approve notes@1.0.0'), 'Permission denied: approving notes needs an approver')
    expectFailure(await aam('approve notes@1.0.0'), 'You are not signed in')
    expectFailure(await as(carol, 'approve notes'), "Cannot read 'notes' as a package", 2)
    expectFailure(await as(carol, 'approve notes@2.0.0'), 'notes@2.0.0 does not exist')
    expectFailure(await as(carol, 'approve nothing@2.0.0'), 'Package nothing not found')
    expectFailure(await as(carol, 'approvals --status soon'), "There is no status 'soon'", 2)
    expectFailure(await as(carol, 'approvals notes@1.0.0 --status waiting'), '--status is for the list', 2)
    expect(json(await as(carol, 'approvals --json --status waiting'))).toMatchObject({
      status: 'waiting',
      approvals: [{ package: 'notes', version: '1.0.0', state: 'waiting', waitingTags: ['latest'] }],
    })
    expect(json(await as(carol, 'approve notes@1.0.0 --comment fine --json'))).toMatchObject({
      kind: 'approve',
      said: 'approved',
      state: 'visible',
      tags: [{ tag: 'latest', from: null, to: '1.0.0' }],
    })
    expect((await as(carol, 'approvals --status waiting')).stdout).toBe('No version is waiting\n')
    expect(json(await aam('info notes --json'))).toMatchObject({
      server: { publisher: 'ann', status: 'approved', approvals: [{ user: 'carol', status: 'approved' }] },
    })
  })

  test('the log', async () => {
    const ann = await server.addUser('ann')
    await publish(ann, 'notes 1.0.0')
    await publish(ann, 'notes 1.1.0')
    const all = json(await as(ann, 'audit-log notes --json')) as unknown as {
      events: { event: string }[]
      more: boolean
    }
    expect(all.events.map(({ event }) => event)).toEqual(['tag.set', 'package.publish', 'tag.set', 'package.publish'])
    expect(all.more).toBe(false)
    const one = await as(ann, 'audit-log notes --event package.publish --limit 1')
    expect(one.stdout).toContain('package.publish  ann  notes@1.1.0')
    expect(one.stdout).toContain('… and older ones')
    expect((await as(server.adminToken, 'audit-log --actor ann --since 2026-03-14')).stdout).toContain('notes@1.0.0')
    expect((await as(server.adminToken, 'audit-log --since 2027-01-01')).stdout).toBe('There is no such event\n')
    expectFailure(await as(ann, 'audit-log'), 'Permission denied: reading the audit log needs an admin')
    expectFailure(await as(await server.addUser('ben'), 'audit-log notes'), 'Permission denied')
    expectFailure(await as(ann, 'audit-log notes --since yesterday'), "'yesterday' is not a date", 2)
    expectFailure(await as(ann, 'audit-log notes --limit none'), '--limit takes a number', 2)
    const quiet = await as(server.adminToken, 'audit-log --limit 200 --json')
    expect(quiet.stdout).not.toContain(ann)
  })
})

describe('publishing', () => {
  beforeEach(() => {
    sandbox.write('app/package.agent.json', {
      name: 'notes',
      version: '1.0.0',
      description: 'Notes',
      permissions: { shell: { allow: false } },
    })
    sandbox.write('app/skills/notes/SKILL.md', '---\nname: notes\ndescription: Takes notes. Use them.\n---\n\nWrite.\n')
  })

  test('a package that is private from its first version on', async () => {
    const ann = await server.addUser('ann')
    expectFailure(await as(ann, 'publish --access secret'), "public or private, not 'secret'", 2)
    expect((await as(ann, 'publish --access private')).code).toBe(0)
    expect((await as(ann, 'access notes')).stdout).toBe('notes is private\n')
    expectFailure(await aam('info notes'), 'Package notes not found')
    expectFailure(await as(ann, 'publish --access public'), 'notes is private, and publishing does not make it public')
  })

  test('a folder has nothing private', async () => {
    await sandbox.done('registry init registry')
    const run = await aam('publish --access private --registry ../registry')
    expectFailure(run, 'A private package needs a registry server')
    expect((await aam('registry ls ../registry')).stdout).toContain('no packages')
    expect(json(await aam('publish --access public --registry ../registry --json'))).toMatchObject({ state: 'visible' })
    expect(json(await aam('info notes --registry ../registry --json'))).toMatchObject({ server: null })
  })

  test('nobody publishes without signing in', async () => {
    expectFailure(await aam('publish'), 'You are not signed in')
  })
})
