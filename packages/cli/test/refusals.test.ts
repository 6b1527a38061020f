/** What is refused rather than half obeyed, and what is never trusted. */
import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Registry } from '@aam/client'
import type { Version } from '@aam/core'
import { type Run, type Sandbox, createSandbox, named, packSpec, parseSpec, startRegistry } from '@aam/testkit'

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

test('--no-cache does not read the cache', async () => {
  manifest({ 'git-utils': '1.0.1' })
  await aam('install')
  rmSync(sandbox.path('registry/packages/git-utils/versions'), { recursive: true })
  expect((await aam('install --force')).code).toBe(0)
  expect((await aam('install --force --no-cache')).code).toBe(1)
})

test('a damaged cache entry goes, also when the registry cannot replace it', async () => {
  manifest({ 'git-utils': '1.0.1' })
  await aam('install')
  const [entry] = readdirSync(sandbox.path('home/.aam/cache'))
  sandbox.write(`home/.aam/cache/${entry!}`, 'damaged')
  rmSync(sandbox.path('registry/packages/git-utils/versions'), { recursive: true })
  expect((await aam('install --force')).code).toBe(1)
  expect(sandbox.exists(`home/.aam/cache/${entry!}`)).toBe(false)
})

test('an archive whose manifest is another version is refused', async () => {
  writeFileSync(sandbox.path('registry/packages/git-utils/versions/1.0.1.aam'), packSpec(parseSpec('git-utils 1.0.0')))
  const file = 'registry/packages/git-utils/metadata.yaml'
  const { releases } = (await registry.fetchDocument(named('git-utils')))!
  const integrity = (version: string): string => releases.get(version as Version)!.integrity
  sandbox.write(file, sandbox.read(file).replace(integrity('1.0.1'), integrity('1.0.0')))
  manifest({ 'git-utils': '1.0.1' })
  expect((await aam('install')).stderr).toContain('its package.agent.json says it is git-utils@1.0.0')
})

test('x-aam.extras is refused', async () => {
  manifest({ 'git-utils': '*' }, { 'x-aam': { extras: { 'git-utils': ['x'] } } })
  const run = await aam('install')
  expect([run.code, sandbox.exists('app/package.agent.lock')]).toEqual([2, false])
})

test('a conflict strategy that there is none of is refused with its place', async () => {
  manifest({ 'git-utils': '*' }, { 'x-aam': { conflict: 'newest' } })
  const run = await aam('install')
  expect([run.code, sandbox.exists('app/package.agent.lock')]).toEqual([1, false])
  expect(run.stderr).toMatch(/x-aam\.conflict.*duplicate/)
})

test('a workspace is refused, also from below', async () => {
  sandbox.write('ws/workspace.agent.json', {})
  const run = await aam('install git-utils', 'ws/below')
  expect([run.code, run.stderr]).toEqual([2, expect.stringContaining('is a workspace')])
})

test('the tree of a dry run has the order of manifests that are not installed yet (D39)', async () => {
  const { stdout } = await aam('install top --dry-run')
  expect(stdout).toContain('    ├── z@1.0.0\n    └── a@1.0.0')
})

test('a record that says something else than its archive is the registry being broken', async () => {
  const file = 'registry/packages/code-review/metadata.yaml'
  sandbox.write(file, sandbox.read(file).replace('^1.0.0', '^2.0.0'))
  const run = await aam('install code-review')
  expect([run.code, run.stderr]).toEqual([1, expect.stringContaining('an archive asks for something else')])
  expect(sandbox.exists('app/package.agent.lock')).toBe(false)
})

test('default_tag: the environment beats the project, the project the user', async () => {
  for (const [tag, version] of [
    ['one', '1.0.0'],
    ['two', '1.0.1'],
    ['three', '2.0.0'],
  ]) {
    await aam(`dist-tag add git-utils@${version!} ${tag!}`, '.')
  }
  sandbox.write('home/.aam/config.yaml', `registries:\n  default: ${sandbox.path('registry')}\ndefault_tag: one\n`)
  expect((await aam('install git-utils', 'user')).stdout).toContain('+ git-utils 1.0.0')
  manifest({})
  sandbox.write('app/.aam/config.yaml', 'default_tag: two\n')
  expect((await sandbox.aam('install git-utils', { cwd: 'app', env: { AAM_DEFAULT_TAG: 'three' } })).stdout).toContain(
    '+ git-utils 2.0.0',
  )
  expect((await aam('install git-utils')).stdout).toContain('git-utils 2.0.0 → 1.0.1')
})

test('an unknown setting draws a warning', async () => {
  sandbox.write('app/.aam/config.yaml', 'colour: red\n')
  manifest({ a: '*' })
  expect((await aam('install')).stderr).toContain("the setting 'colour' is not known")
})

test('evals that "files" leaves out are an error', async () => {
  const quality = { evals: [{ name: 'e', path: 'evals' }] }
  sandbox.write('pkg/package.agent.json', { name: 'p', version: '1.0.0', files: ['skills'], quality })
  sandbox.write('pkg/skills/p/SKILL.md', '---\nname: p\ndescription: d\n---\n')
  sandbox.write('pkg/evals/one.yaml', 'x: 1\n')
  const run = await aam('pack', 'pkg')
  expect([run.code, run.stderr]).toEqual([1, expect.stringContaining('evals/one.yaml is left out')])
})
