/** `aam check` finds every difference between manifest, lock and disk, and changes nothing. */
import { renameSync, rmSync, symlinkSync } from 'node:fs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Registry } from '@aam/client'
import { type Run, type Sandbox, createSandbox, packSpec, parseSpec, startRegistry } from '@aam/testkit'

let sandbox: Sandbox
let registry: Registry

beforeEach(async () => {
  sandbox = createSandbox()
  registry = await startRegistry(sandbox, [
    'git-utils 1.0.0',
    'git-utils 1.0.1',
    'git-utils 2.0.0',
    'code-review 1.3.2 → git-utils ^1.0.0',
    'z 1.0.0',
    'a 1.0.0',
    'top 1.0.0 → z *, a *',
  ])
})

afterEach(() => {
  sandbox.remove()
})

const aam = async (args: string, cwd = 'app'): Promise<Run> => sandbox.aam(args, { cwd })
const manifest = (dependencies: Record<string, string>, rest: object = {}): string =>
  sandbox.write('app/package.agent.json', { name: 'my-app', version: '1.0.0', ...rest, dependencies })

test('a package folder that is a link is a problem of its own, and is not walked', async () => {
  await aam('install code-review')
  const folder = sandbox.path('app/.agent-packages/code-review')
  renameSync(folder, sandbox.path('elsewhere'))
  symlinkSync(sandbox.path('elsewhere'), folder)
  const { stdout, code } = await aam('check')
  expect([code, stdout.split('\n').filter(line => line.includes('disk:'))]).toEqual([
    1,
    ['✗ disk: code-review@1.3.2: its folder is a link to somewhere else'],
  ])
})

test('check compares bytes, not sizes, and looks into every folder', async () => {
  manifest({ 'git-utils': '1.0.1' })
  await aam('install')
  const file = 'app/.agent-packages/git-utils/skills/git-utils/SKILL.md'
  sandbox.write(file, sandbox.read(file).replace(/.$/m, '?'))
  sandbox.write('app/.agent-packages/git-utils/skills/git-utils/extra.md', 'new')
  const { stdout } = await aam('check')
  expect(stdout).toContain('skills/git-utils/SKILL.md was changed')
  expect(stdout).toContain('skills/git-utils/extra.md was added')
})

test('check finds a lock that does not fit what a package itself asks for', async () => {
  manifest({ 'code-review': '*' }, { resolutions: { 'git-utils': '2.0.0' } })
  await aam('install')
  expect((await aam('check')).code).toBe(0)
  manifest({ 'code-review': '*' })
  const run = await aam('check')
  expect(run.code).toBe(1)
  expect(run.stdout).toContain('lock: code-review needs git-utils ^1.0.0, and the lock has 2.0.0')
})

test('check names unmet peers', async () => {
  await registry.publish(packSpec(parseSpec('plugin 1.0.0 → peer: host >=3.0.0')), {})
  manifest({ plugin: '*' })
  await aam('install')
  const run = await aam('check')
  expect(run.code).toBe(1)
  expect(run.stdout).toContain('graph: plugin@1.0.0 needs the peer host >=3.0.0')
})

test('check names a cycle in a lock', async () => {
  await registry.publish(packSpec(parseSpec('egg 1.0.0')), {})
  await registry.publish(packSpec(parseSpec('chicken 1.0.0 → egg *')), {})
  manifest({ chicken: '*' })
  await aam('install')
  const lock = sandbox.json('app/package.agent.lock') as { resolved: Record<string, { dependencies?: object }> }
  lock.resolved['egg']!.dependencies = { chicken: '1.0.0' }
  sandbox.write('app/package.agent.lock', lock)
  expect((await aam('check')).stdout).toContain('graph: dependency cycle: chicken → egg → chicken')
})

test('check goes on when an archive is not to be had', async () => {
  manifest({ 'code-review': '*', 'git-utils': '^1.0.0' })
  await aam('install')
  rmSync(sandbox.path('home/.aam/cache'), { recursive: true })
  rmSync(sandbox.path('registry/packages/code-review/versions'), { recursive: true })
  sandbox.write('app/.agent-packages/git-utils/new.md', 'new')
  const run = await aam('check')
  expect(run.stdout).toContain('code-review@1.3.2 cannot be verified')
  expect(run.stdout).toContain('git-utils@1.0.1: new.md was added')
})

test('check --offline says what the cache does not have, and looks at the rest', async () => {
  manifest({ 'code-review': '*' })
  await aam('install')
  await aam('cache clean code-review')
  sandbox.write('app/.agent-packages/git-utils/new.md', 'new')
  const run = await aam('check --offline')
  expect([run.code, run.stdout]).toEqual([
    1,
    expect.stringContaining('code-review@1.3.2 cannot be verified: --offline'),
  ])
  expect(run.stdout).toContain('git-utils@1.0.1: new.md was added')
})

test('check says that a followed tag is gone', async () => {
  await aam('dist-tag add git-utils@1.0.1 stable')
  await aam('install git-utils@stable')
  await aam('dist-tag rm git-utils stable')
  expect((await aam('check')).stdout).toContain("git-utils@1.0.1 was chosen by tag 'stable', which is gone")
})

test('check without a lock says there is none', async () => {
  manifest({ 'git-utils': '*' })
  const run = await aam('check')
  expect([run.code, run.stdout]).toEqual([1, expect.stringContaining('there is no package.agent.lock')])
})
