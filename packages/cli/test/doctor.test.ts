/** `aam doctor`: names everything that is wrong, with what to do, and changes nothing. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync, statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Run, type Sandbox, createSandbox, startRegistry } from '@aam/testkit'

let sandbox: Sandbox
const env = { PATH: process.env['PATH'] ?? '', GIT_CONFIG_NOSYSTEM: '1' }

beforeEach(async () => {
  sandbox = createSandbox()
  await startRegistry(sandbox, ['lint 1.0.0', 'lint 1.1.0', '@team/review 1.0.0 → lint ^1.0.0'])
  sandbox.write('app/package.agent.json', { name: 'app', version: '1.0.0', dependencies: { '@team/review': '*' } })
  expect((await sandbox.aam('install', { cwd: 'app' })).code).toBe(0)
})

afterEach(() => {
  sandbox.remove()
})

const doctor = async (cwd = 'app', args = ''): Promise<Run> => sandbox.aam(`doctor ${args}`.trim(), { cwd, env })

/** Every file below a folder with when it was changed. */
function look(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .map(entry => join(entry.parentPath, entry.name))
    .map(path => `${path} ${String(statSync(path).mtimeMs)}`)
    .sort()
}

test('where nothing is wrong, everything is said to be right', async () => {
  const run = await doctor()
  expect(run.output.replaceAll(sandbox.root, '').replace(/(Node.js|git) [\d.]+.*/g, '$1 #')).toBe(`✓ aam 0.0.0-test
✓ Node.js #
✓ git #
✓ home /home/.aam
✓ settings in /home/.aam/config.yaml
✓ registry default: /registry, 2 packages
✓ cache: 2 archives, 0.5 kB
✓ project app@1.0.0 in /app
✓ lock package.agent.lock: 2 packages
✓ .agent-packages: 2 packages
Nothing is wrong
`)
  expect(run.code).toBe(0)
})

test('--json has every finding, and the exit code is the same', async () => {
  rmSync(sandbox.path('app/.agent-packages/lint'), { recursive: true })
  const run = await doctor('app', '--json')
  const { findings, errors, warnings } = JSON.parse(run.stdout) as {
    findings: { level: string; message: string; hint?: string }[]
    errors: number
    warnings: number
  }
  expect({ code: run.code, errors, warnings }).toEqual({ code: 1, errors: 1, warnings: 0 })
  expect(findings.filter(({ level }) => level === 'error')).toEqual([
    { level: 'error', message: 'lint@1.1.0 is not installed', hint: 'run `aam install`' },
  ])
})

const project = (text: string) => sandbox.write('app/package.agent.json', text)
const config = (text: string) => sandbox.write('home/.aam/config.yaml', text)

describe('errors', () => {
  test.each<[string, () => unknown, string]>([
    ['a manifest that is not JSON', () => project('{'), 'The manifest package.agent.json is not valid'],
    ['a lock with conflict markers', () => sandbox.write('app/package.agent.lock', '<<<<<<< a\n'), 'conflict markers'],
    ['a lock that is not JSON', () => sandbox.write('app/package.agent.lock', '{'), 'package.agent.lock is not valid'],
    [
      'a lock that does not fit',
      () => project('{"name": "app", "version": "1.0.0", "dependencies": {"lint": "^2.0.0"}}'),
      '✗ package.agent.lock does not fit the manifest: lint ^2.0.0 is wanted',
    ],
    [
      'another version on disk',
      () => sandbox.write('app/.agent-packages/lint/package.agent.json', { name: 'lint', version: '1.0.0' }),
      '✗ lint is 1.0.0 on disk, and 1.1.0 in the lock',
    ],
    [
      'a package that is damaged',
      () => sandbox.write('app/.agent-packages/lint/package.agent.json', '{'),
      '✗ lint is damaged on disk',
    ],
    [
      'settings that are not valid',
      () => config('default_tag: 1.0.0\n'),
      "✗ /home/.aam/config.yaml:1: default_tag: '1.0.0'",
    ],
    ['settings that are not YAML', () => config('a: [\n'), '✗ The configuration /home/.aam/config.yaml is not valid'],
    [
      'settings of the project',
      () => sandbox.write('app/.aam/config.yaml', 'install_policy: { foo: 1 }\n'),
      '✗ /app/.aam/config.yaml:1: install_policy.foo',
    ],
    ['a registry that is not there', () => config('registries: { default: ../nowhere }\n'), 'There is no registry at'],
    [
      'a source that is not there',
      () =>
        config(
          `registries:\n  default: ${sandbox.path('registry')}\n  sources: [{ name: team, url: http://127.0.0.1:9 }]\n`,
        ),
      '✗ registry team (set by /home/.aam/config.yaml): Cannot reach http://127.0.0.1:9: connection refused',
    ],
    [
      'a registry that cannot be read',
      () => {
        sandbox.write('registry/packages/@team/review/metadata.yaml', 'x: [')
        sandbox.write('registry/packages/lint/metadata.yaml', 'x: [')
      },
      'cannot be read',
    ],
    [
      'a home that is a file',
      () => {
        rmSync(sandbox.path('home/.aam'), { recursive: true })
        sandbox.write('home/.aam', 'a file')
      },
      '✗ the home /home/.aam is not a folder',
    ],
    [
      'a file where a folder should be',
      () => {
        rmSync(sandbox.path('app/.agent-packages'), { recursive: true })
        sandbox.write('app/.agent-packages', 'a file')
      },
      '✗ A file is where a folder should be: /app/.agent-packages',
    ],
    [
      'a workspace',
      () => {
        rmSync(sandbox.path('app/package.agent.json'))
        sandbox.write('app/workspace.agent.json', '{}')
      },
      '✗ /app is a workspace',
    ],
  ])('%s', async (_, spoil, text) => {
    spoil()
    const before = look(sandbox.root)
    const run = await doctor()
    expect(run.stdout.replaceAll(sandbox.root, '')).toContain(text)
    expect([run.code, run.stderr]).toEqual([1, ''])
    // What is wrong with one thing hides nothing of the others.
    expect(run.stdout).toMatch(/✓ aam .*\n✓ Node.js/)
    expect(look(sandbox.root)).toEqual(before)
  })
})

describe('warnings', () => {
  test.each<[string, () => unknown, string]>([
    ['no registry', () => config('{}\n'), '! no registry is configured\n    run `aam registry init'],
    ['an unknown setting', () => config('default_tga: x\n'), "the setting 'default_tga' is not known; did you mean"],
    [
      'no lock',
      () => {
        rmSync(sandbox.path('app/package.agent.lock'))
      },
      '! there is no package.agent.lock',
    ],
    [
      'a package nobody wants',
      () => sandbox.write('app/.agent-packages/stranger/x', ''),
      '! .agent-packages/stranger belongs to no locked package\n    run `aam prune`',
    ],
    [
      'a second manifest',
      () => sandbox.write('app/aam.yaml', ''),
      '! aam.yaml is not read, because package.agent.json',
    ],
    ['an old lock', () => sandbox.write('app/.aam/aam-lock.yaml', ''), '! .aam/aam-lock.yaml is no longer read'],
    [
      'a lock of version 1',
      () => {
        const text = sandbox.read('app/package.agent.lock').replace('"lockVersion": 2', '"lockVersion": 1')
        sandbox.write('app/package.agent.lock', text)
      },
      '! package.agent.lock is of an older version',
    ],
    [
      'folders and files of killed runs',
      () => {
        mkdirSync(sandbox.path('app/.agent-packages/.staging-0123abcd'))
        sandbox.write('app/.aam/.state.json.0123456789ab.tmp', '')
      },
      '.staging-0123abcd was left behind by a run that was killed',
    ],
    [
      'a claim of a run that is gone',
      () => {
        const claim = sandbox.write('app/.aam/lock/elsewhere.1.unknown.00000000', '')
        utimesSync(claim, 1, 1)
      },
      '! the project has the claim of a run that is gone',
    ],
    [
      'a writer of the registry that is gone',
      () => {
        const claim = sandbox.write('registry/.lock/elsewhere.1.unknown.00000000', '')
        utimesSync(claim, 1, 1)
      },
      '! registry default has the claim of a writer that is gone',
    ],
    [
      'leftovers in the cache',
      () => {
        const [entry] = readdirSync(sandbox.path('home/.aam/cache')).filter(file => file.endsWith('.aam'))
        utimesSync(
          sandbox.write(`home/.aam/cache/.${entry!.slice(0, 32)}.0123456789ab.7.unknown.01234567.tmp`, ''),
          1,
          1,
        )
      },
      '! the cache has 1 file that killed runs left behind\n    run `aam cache verify`',
    ],
    [
      'a cache that is a file',
      () => {
        rmSync(sandbox.path('home/.aam/cache'), { recursive: true })
        sandbox.write('home/.aam/cache', '')
      },
      '! the cache /home/.aam/cache is not a folder',
    ],
  ])('%s', async (_, spoil, text) => {
    spoil()
    const before = look(sandbox.root)
    const run = await doctor()
    expect(run.stdout.replaceAll(sandbox.root, '')).toContain(text)
    expect([run.code, run.stderr]).toEqual([0, ''])
    expect(run.stdout).toMatch(/\n\d warnings?\n$/)
    expect(look(sandbox.root)).toEqual(before)
  })
})

test('somebody who is at work has left nothing behind', async () => {
  mkdirSync(sandbox.path('app/.agent-packages/.staging-0123abcd'))
  sandbox.write('app/.aam/lock/elsewhere.1.unknown.00000000', '')
  sandbox.write('registry/.lock/elsewhere.1.unknown.00000000', '')
  const { stdout } = await doctor()
  expect(stdout).toContain('✓ process 1 on another machine is working in this project\nNothing is wrong')
})

test('outside of a project there is the machine to look at', async () => {
  const { stdout, code } = await doctor('elsewhere')
  expect(stdout).toContain('✓ no project in this folder or above it\nNothing is wrong')
  expect(code).toBe(0)
})

test('a new machine has no home, and that is fine', async () => {
  rmSync(sandbox.path('home'), { recursive: true })
  const { stdout } = await doctor('elsewhere')
  expect(stdout).toContain('.aam, which is made when it is needed')
  expect(stdout).toContain('✓ settings: no configuration file\n! no registry is configured')
  expect(sandbox.exists('home')).toBe(false)
})

describe('in a Git repository', () => {
  const git = (...args: string[]): void => {
    execFileSync('git', args, { cwd: sandbox.path('app'), env, stdio: 'ignore' })
  }

  test('packages should be ignored, and the lock should not', async () => {
    git('init')
    const { stdout } = await doctor()
    expect(stdout).toContain('! Git does not ignore .agent-packages\n    add .agent-packages/ to .gitignore')
    expect(stdout).toContain('! Git does not have package.agent.lock\n    run `git add package.agent.lock`')
    sandbox.write('app/.gitignore', '.agent-packages/\n')
    git('add', 'package.agent.lock')
    const after = await doctor()
    expect(after.stdout).toMatch(/✓ Git repository .*\nNothing is wrong/)
  })

  test('one that Git refuses is an error', async () => {
    mkdirSync(sandbox.path('app/.git'))
    const run = await doctor()
    expect([run.code, run.stdout]).toEqual([
      1,
      expect.stringContaining('✗ `git rev-parse` failed\n    fatal: not a git'),
    ])
  })

  test('without git it is not looked at', async () => {
    git('init')
    const run = await sandbox.aam('doctor', { cwd: 'app', env: { PATH: sandbox.path('nowhere') } })
    expect([run.code, run.stdout]).toEqual([0, expect.stringContaining('! git is not on the PATH')])
    expect(run.stdout).not.toContain('.gitignore')
  })
})
