/** What is written in which order, and that a crash between any two steps is repaired by running again (D40, D36, D6). */
import type * as Files from 'node:fs'
import { relative } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Registry } from '@aam/client'
import { type Sandbox, createSandbox, packSpec, parseSpec, startRegistry } from '@aam/testkit'

const steps = vi.hoisted(() => ({ done: [] as string[], left: Infinity }))
vi.mock('node:fs', async original => {
  const fs = await original<typeof Files>()
  // Every file and every package gets to its place by a rename, so that renames are the steps.
  const renameSync = (from: string, to: string): void => {
    if (steps.left-- <= 0) throw Object.assign(new Error('crash'), { code: 'EIO', path: to })
    fs.renameSync(from, to)
    steps.done.push(to)
  }
  return { ...fs, renameSync }
})

let sandbox: Sandbox
let registry: Registry

beforeEach(async () => {
  sandbox = createSandbox()
  registry = await startRegistry(sandbox, ['b 1.0.0', 'b 1.1.0', 'a 1.0.0 → b ^1.0.0', 'c 1.0.0'])
  sandbox.write('app/package.agent.json', { name: 'app', version: '1.0.0', dependencies: { a: '*', b: '1.0.0' } })
  await sandbox.aam('install', { cwd: 'app' })
  steps.done = []
})

afterEach(() => {
  steps.left = Infinity
  sandbox.remove()
})

const stepsIn = (folder: string): string[] =>
  steps.done.map(path => relative(sandbox.path(folder), path)).filter(path => !/^\.\.|\.staging-/.test(path))

test('the state is taken back first, then packages, manifest, lock, and the state last (D40)', async () => {
  await sandbox.aam('install b@1.1.0 c', { cwd: 'app' })
  expect(stepsIn('app')).toEqual([
    '.aam/state.json',
    '.agent-packages/b',
    '.agent-packages/c',
    'package.agent.json',
    '.agent-packages/.lock',
    'package.agent.lock',
    '.aam/state.json',
  ])
})

test('--force takes the state back before it touches a package', async () => {
  await sandbox.aam('install --force', { cwd: 'app' })
  expect(stepsIn('app').slice(0, 2)).toEqual(['.aam/state.json', '.agent-packages/a'])
})

const STEPS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
test.each(
  ['install b@1.1.0', 'install b@1.1.0 c', 'install --force'].flatMap(first =>
    STEPS.map(left => [first, left] as const),
  ),
)('%s stopped before step %i: a plain install repairs it', async (first, left) => {
  steps.left = left
  await sandbox.aam(first, { cwd: 'app' })
  steps.left = Infinity
  expect((await sandbox.aam('install', { cwd: 'app' })).code).toBe(0)
  expect((await sandbox.aam('check', { cwd: 'app' })).output).toContain('agree')
})

test('publishing writes the archive, its digest, the truth, what is derived from it, in that order (D6)', async () => {
  await registry.publish(packSpec(parseSpec('c 1.1.0')), {})
  expect(stepsIn('registry')).toEqual([
    'packages/c/versions/1.1.0.aam',
    'packages/c/versions/1.1.0.aam.sha256',
    'packages/c/metadata.yaml',
    'packages/c/document.json',
    'index.json',
  ])
})

test.each([0, 1, 2, 3, 4])(
  'publishing stopped before step %i: the registry reads, and publishing again finishes',
  async left => {
    const archive = packSpec(parseSpec('c 1.1.0'))
    steps.left = left
    await expect(registry.publish(archive, {})).rejects.toThrow('crash')
    steps.left = Infinity
    const published = left > 2
    expect((await registry.search(['c'])).packages[0]?.latest).toBe(published ? '1.1.0' : '1.0.0')
    expect((await registry.publish(archive, {})).kind).toBe(published ? 'unchanged' : 'publish')
    const verified = await sandbox.aam('registry verify --json')
    expect(JSON.parse(verified.stdout)).toMatchObject({ problems: [] })
  },
)
