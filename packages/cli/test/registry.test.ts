/** A registry in a folder, looked after from the command line. */
import { rmSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  type Run,
  type Sandbox,
  createSandbox,
  packSpec,
  parseSpec,
  publishUniverse,
  startRegistry,
} from '@aam/testkit'

let sandbox: Sandbox

beforeEach(async () => {
  sandbox = createSandbox()
  await startRegistry(sandbox, ['@team/review 1.0.0', '@team/review 1.1.0', 'lint 1.0.0'])
})

afterEach(() => {
  sandbox.remove()
})

const aam = async (args: string | readonly string[], cwd = 'app'): Promise<Run> => sandbox.aam(args, { cwd })
const json = async (args: string): Promise<unknown> => JSON.parse((await aam(`${args} --json`)).stdout)

test('--json gives plain results', async () => {
  expect(await json('deprecate lint old')).toEqual({
    package: 'lint',
    kind: 'deprecate',
    versions: ['1.0.0'],
    message: 'old',
  })
  await aam('dist-tag add @team/review@1.1.0 stable')
  expect(await json('yank @team/review@1.1.0')).toEqual({
    package: '@team/review',
    version: '1.1.0',
    kind: 'yank',
    undo: false,
    latest: { from: '1.1.0', to: '1.0.0' },
    tags: ['stable'],
    newest: '1.0.0',
  })
  expect(await json('search lint')).toMatchObject({ words: ['lint'], total: 1, packages: [{ name: 'lint' }] })
  expect(await json('registry ls')).toMatchObject({
    registry: sandbox.path('registry'),
    packages: [
      { name: '@team/review', yanked: ['1.1.0'] },
      { name: 'lint', deprecated: 'old' },
    ],
    broken: [],
  })
  expect(await json('registry verify')).toMatchObject({ packages: 2, versions: 3, problems: [{ severity: 'warning' }] })
  expect(await json('registry reindex')).toMatchObject({ packages: 2, adopted: [], written: [], problems: [] })
})

test('warnings alone leave the exit code of verify 0, an error makes it 1', async () => {
  rmSync(sandbox.path('registry/index.json'))
  expect(await aam('registry verify')).toMatchObject({ code: 0 })
  rmSync(sandbox.path('registry/packages/lint/versions/1.0.0.aam'))
  expect(await aam('registry verify')).toMatchObject({ code: 1 })
})

test('a description is cut to the width of the terminal, and cannot write to it', async () => {
  const description = `\u001b[31mred\u0007\n${'long '.repeat(40)}`
  writeFileSync(sandbox.path('app.aam'), packSpec(parseSpec('wide 1.0.0'), { description }))
  expect((await aam('publish ../app.aam')).code).toBe(0)
  const { stdout } = await aam('search wide')
  expect(stdout).toMatch(/^wide {2}1\.0\.0 {2} ?\[31mred long .*…\n$/)
  expect(stdout).not.toContain('\u001b')
  expect(stdout.trimEnd()).toHaveLength(80)
})

test('one package that nobody can read is warned of, and the others are found', async () => {
  sandbox.write('registry/packages/lint/metadata.yaml', 'name: [')
  const run = await aam('search review')
  expect(run.stdout).toContain('@team/review')
  expect(run.stderr).toContain('warning: lint was not searched: The registry file')
  expect((await aam('registry ls')).stderr).toContain('warning: lint: The registry file')
})

test('a search sees metadata.yaml that was edited by hand', async () => {
  const file = 'registry/packages/lint/metadata.yaml'
  sandbox.write(file, sandbox.read(file).replace('The package lint', 'Finds every slip'))
  expect((await aam('search slip')).stdout).toContain('lint')
})

test('deprecate wants a message, and --undo none', async () => {
  for (const args of ['lint', 'lint old --undo']) expect(await aam(`deprecate ${args}`)).toMatchObject({ code: 2 })
  expect(sandbox.read('registry/packages/lint/metadata.yaml')).not.toContain('deprecated')
})

test('other registries are named as an argument: a path or a file address', async () => {
  await publishUniverse(sandbox.path('other'), ['only-here 1.0.0'])
  for (const named of ['../other', `file://${sandbox.path('other')}`]) {
    expect((await aam(['registry', 'ls', named])).stdout).toContain('only-here')
    expect((await aam(['registry', 'verify', named])).code).toBe(0)
    expect((await aam(['registry', 'reindex', named])).code).toBe(0)
  }
  expect((await aam('search only-here --registry ../other')).stdout).toContain('only-here')
  expect((await aam('search only-here')).stdout).toBe('No package matches only-here\n')
})

describe('what needs a server', () => {
  test.each([
    'approve lint@1.0.0',
    'reject lint@1.0.0',
    'approvals',
    'approvals lint@1.0.0',
    'login --name ann',
    'login --token',
    'logout',
    'whoami',
    'register ann',
    'token create --name ci',
    'token ls',
    'token revoke x',
    'owner ls lint',
    'owner add @team ann',
    'owner rm lint ann',
    'access lint private',
    'audit-log',
    'user ls',
    'user role ann admin',
    'user disable ann',
    'user enable ann',
    'user password ann',
  ])('%s says what it needs, and names nothing that cannot be run', async line => {
    const word = line.split(' ')[0]!
    const run = await aam(line)
    expect(run.code).toBe(1)
    expect(run.stdout).toBe('')
    expect(run.stderr).toContain(`'aam ${word}' needs a registry server, and ${sandbox.path('registry')} is a folder`)
    for (const [, command] of run.stderr.matchAll(/`aam ([a-z-]+(?: [a-z]+)?)/g)) {
      expect((await aam(`${command!.startsWith('dist-tag') ? command! : command!.split(' ')[0]!} --help`)).code).toBe(0)
    }
  })
})

test('what a registry says of a package cannot steer the terminal that shows it', async () => {
  const file = 'registry/packages/lint/metadata.yaml'
  sandbox.write(
    file,
    sandbox.read(file).replace(/description: .*/, 'description: "red \\e[31m here\\nand \\e[2J there"'),
  )
  for (const command of ['info lint', 'search lint', 'registry ls']) {
    // eslint-disable-next-line no-control-regex -- that they are not there is what is tested
    expect((await sandbox.aam(command)).stdout, command).not.toMatch(/\u001b|^and/m)
  }
})
