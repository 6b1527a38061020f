/** `aam version`: the manifest and Git move together or not at all. */
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Run, type Sandbox, createSandbox } from '@aam/testkit'

let sandbox: Sandbox
let env: Record<string, string>

beforeEach(() => {
  sandbox = createSandbox()
  env = {
    PATH: process.env['PATH'] ?? '',
    HOME: sandbox.path('home'),
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 'A',
    GIT_AUTHOR_EMAIL: 'a@example.com',
    GIT_COMMITTER_NAME: 'A',
    GIT_COMMITTER_EMAIL: 'a@example.com',
  }
  mkdirSync(sandbox.path('home'), { recursive: true })
})

afterEach(() => {
  sandbox.remove()
})

const aam = async (args: string | readonly string[], cwd = 'pkg'): Promise<Run> => sandbox.aam(args, { cwd, env })
const git = (...args: string[]): string =>
  execFileSync('git', args, { cwd: sandbox.path('pkg'), encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'pipe'] })
const manifest = (version = '1.2.0', file = 'pkg/package.agent.json', name = 'git-utils'): string =>
  sandbox.write(file, { name, version, description: 'x' })
const versionOf = (file = 'pkg/package.agent.json'): unknown => sandbox.json(file)['version']

function repository(): void {
  manifest()
  sandbox.write('pkg/README.md', 'one\n')
  git('init', '--quiet', '--initial-branch=main')
  git('add', '.')
  git('commit', '--quiet', '-m', 'start')
}

describe('without Git', () => {
  test('only the version changes, and it is said why nothing was committed', async () => {
    sandbox.write('pkg/package.agent.json', '{\n\t"version": "1.2.0",\n\t"name": "git-utils", "x-y": {"a":1}\n}')
    const run = await aam('version minor')
    expect(run.output).toBe('✓ git-utils 1.2.0 → 1.3.0\n  not committed: this is no Git repository\n')
    expect(sandbox.read('pkg/package.agent.json')).toBe(
      '{\n\t"version": "1.3.0",\n\t"name": "git-utils", "x-y": {"a":1}\n}',
    )
    expect(sandbox.exists('pkg/.aam')).toBe(false)
  })

  test('a YAML manifest keeps its comments', async () => {
    sandbox.write('pkg/package.agent.yaml', '# ours\nname: git-utils\nversion: 1.2.0 # raised by aam\n')
    await aam('version prerelease --preid beta')
    expect(sandbox.read('pkg/package.agent.yaml')).toBe(
      '# ours\nname: git-utils\nversion: 1.2.1-beta.0 # raised by aam\n',
    )
  })

  test('aam.yaml is converted, and that is said (D1)', async () => {
    sandbox.write('pkg/aam.yaml', 'name: git-utils\nversion: 1.2.0\n')
    const run = await aam('version 2.0.0')
    expect(run.stderr).toBe('aam.yaml was converted to package.agent.json and is no longer read\n')
    expect(versionOf()).toBe('2.0.0')
  })

  test('without an argument it tells name and version, from any folder of the package', async () => {
    manifest()
    mkdirSync(sandbox.path('pkg/skills/a'), { recursive: true })
    expect((await aam('version', 'pkg/skills/a')).output).toBe('git-utils@1.2.0\n')
    expect(JSON.parse((await aam('version --json')).stdout)).toEqual({ name: 'git-utils', version: '1.2.0' })
  })

  test.each([
    ['version 1.2.0', 1, 'git-utils is at 1.2.0 already'],
    ['version v1.3.0', 2, "leave out the 'v'"],
    ['version nonsense', 2, "Invalid version 'nonsense'"],
    ['version patch --preid beta', 2, 'use prerelease or prepatch'],
    ['version 2.0.0 --preid beta', 2, '--preid goes with a step'],
    ['version prerelease --preid 01', 2, "'01' cannot be the name of a pre-release"],
    ['version --dry-run', 2, 'No version was given'],
    ['version patch minor', 2, 'Too many arguments'],
  ])('%s', async (command, code, text) => {
    manifest()
    const run = await aam(command)
    expect([run.code, run.stderr]).toEqual([code, expect.stringContaining(text)])
    expect(versionOf()).toBe('1.2.0')
  })

  test('there being no git is said, and the version set', async () => {
    manifest()
    mkdirSync(sandbox.path('pkg/.git'))
    env = { PATH: sandbox.path('nowhere') }
    const run = await aam('version patch --json')
    expect(JSON.parse(run.stdout)).toMatchObject({ version: '1.2.1', tag: null, untagged: 'no git' })
  })
})

describe('in a Git repository', () => {
  test('commits the manifest, and nothing else, and tags it', async () => {
    repository()
    sandbox.write('pkg/notes.txt', 'nobody asked for it')
    const run = await aam('version patch')
    expect(run.output).toBe('✓ git-utils 1.2.0 → 1.2.1\n  package.agent.json committed and tagged as v1.2.1\n')
    expect(git('log', '--format=%s', '--name-only', '-1')).toBe('v1.2.1\n\npackage.agent.json\n')
    expect(git('cat-file', '-t', 'v1.2.1')).toBe('tag\n')
    expect(git('status', '--porcelain')).toBe('?? notes.txt\n')
  })

  test('a package in a folder of the repository has its name in the tag', async () => {
    repository()
    manifest('0.1.0', 'pkg/packages/review/package.agent.json', '@team/review')
    git('add', '.')
    git('commit', '--quiet', '-m', 'review')
    await aam('version major', 'pkg/packages/review')
    expect(git('tag', '--list', '--format=%(refname:short) %(subject)')).toBe('@team/review@1.0.0 @team/review@1.0.0\n')
  })

  test('a manifest that Git does not know yet is committed too, also as the first commit', async () => {
    manifest()
    git('init', '--quiet')
    await aam('version patch')
    expect(git('log', '--format=%s %D', '--name-only')).toContain('v1.2.1 HEAD')
    expect(git('status', '--porcelain')).toBe('')
  })

  test('--message is the message of both, %s the version', async () => {
    repository()
    await aam(['version', 'minor', '--message', 'Release %s: %s'])
    const said = 'Release 1.3.0: 1.3.0\n'
    expect(git('log', '--format=%s', '-1') + git('tag', '--format=%(subject)')).toBe(said + said)
  })

  test('--no-git-tag leaves Git alone', async () => {
    repository()
    expect((await aam('version minor --no-git-tag')).stdout).toContain('as --no-git-tag asks')
    expect(git('log', '--format=%s') + git('tag')).toBe('start\n')
    expect(versionOf()).toBe('1.3.0')
  })

  test('--dry-run looks at everything and changes nothing', async () => {
    repository()
    const run = await aam('version minor --dry-run')
    expect(run.output).toBe(
      'Would set git-utils 1.2.0 → 1.3.0\n  package.agent.json would be committed and tagged as v1.3.0\n',
    )
    expect(git('status', '--porcelain') + git('tag')).toBe('')
    sandbox.write('pkg/README.md', 'two\n')
    expect((await aam('version minor --dry-run')).code).toBe(1)
  })

  test('changes in other files are refused by name; --force leaves them as they are', async () => {
    repository()
    sandbox.write('pkg/README.md', 'two\n')
    sandbox.write('pkg/new.md', 'new\n')
    git('add', 'new.md')
    const run = await aam('version patch')
    expect([run.code, run.stderr]).toEqual([
      1,
      `Error: The Git repository has changes that are not committed
  README.md
  new.md
hint: commit or stash them; with --force package.agent.json alone is committed, and they stay as they are
`,
    ])
    expect(versionOf()).toBe('1.2.0')
    expect((await aam('version patch --force')).code).toBe(0)
    expect(git('status', '--porcelain')).toBe(' M README.md\nA  new.md\n')
  })

  test('changes in the manifest itself are committed with the version', async () => {
    repository()
    sandbox.write('pkg/package.agent.json', { name: 'git-utils', version: '1.2.0', description: 'better' })
    expect((await aam('version patch')).code).toBe(0)
    expect(git('status', '--porcelain')).toBe('')
    expect(git('show', 'HEAD:package.agent.json')).toContain('better')
  })

  test('an existing tag is refused before anything is written', async () => {
    repository()
    git('tag', 'v1.2.1')
    const run = await aam('version patch')
    expect([run.code, run.stderr]).toEqual([1, expect.stringContaining("The Git tag 'v1.2.1' already exists")])
    expect(git('status', '--porcelain')).toBe('')
  })

  test('a hook that refuses: its words, and everything as before', async () => {
    repository()
    sandbox.write('pkg/.git/hooks/pre-commit', '#!/bin/sh\necho "not on a Friday" >&2\nexit 1\n')
    chmodSync(sandbox.path('pkg/.git/hooks/pre-commit'), 0o755)
    const before = sandbox.read('pkg/package.agent.json')
    const run = await aam('version patch')
    expect([run.code, run.stderr]).toEqual([
      1,
      expect.stringMatching(/`git commit` failed\n {2}not on a Friday\nhint: package.agent.json is as it was before/),
    ])
    expect(sandbox.read('pkg/package.agent.json')).toBe(before)
    expect(git('status', '--porcelain') + git('tag')).toBe('')
  })

  test('a tag that fails takes the commit back, and the index', async () => {
    repository()
    const head = git('rev-parse', 'HEAD')
    // `v1.2.1` cannot be a tag while there are tags below it.
    git('tag', 'v1.2.1/x')
    const run = await aam('version patch')
    expect([run.code, run.stderr]).toEqual([1, expect.stringContaining('`git tag` failed')])
    expect(git('rev-parse', 'HEAD')).toBe(head)
    expect(git('status', '--porcelain')).toBe('')
    expect(versionOf()).toBe('1.2.0')
  })

  test('nobody to commit as: an unknown manifest is unknown again', async () => {
    manifest()
    git('init', '--quiet')
    git('config', 'user.useConfigOnly', 'true')
    env = { PATH: env['PATH'] ?? '', HOME: sandbox.path('home'), GIT_CONFIG_NOSYSTEM: '1' }
    const run = await aam('version patch')
    expect([run.code, run.stderr]).toEqual([1, expect.stringContaining('Please tell me who you are')])
    expect(git('status', '--porcelain')).toBe('?? package.agent.json\n')
    expect(versionOf()).toBe('1.2.0')
  })

  test('the variables that Git sets inside a hook lead nowhere else', async () => {
    repository()
    mkdirSync(sandbox.path('other'))
    execFileSync('git', ['init', '--quiet'], { cwd: sandbox.path('other'), env })
    env = { ...env, GIT_DIR: sandbox.path('other/.git'), GIT_INDEX_FILE: sandbox.path('other/.git/index') }
    expect((await aam('version patch')).code).toBe(0)
    delete env['GIT_DIR']
    delete env['GIT_INDEX_FILE']
    expect(git('tag')).toBe('v1.2.1\n')
  })
})
