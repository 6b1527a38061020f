/** How versions are chosen besides "the highest" (D21), and what may be done about a conflict (D17). */
import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Registry } from '@aam/client'
import { type Run, type Sandbox, createSandbox, packSpec, parseSpec, startRegistry } from '@aam/testkit'

let sandbox: Sandbox
let registry: Registry

beforeEach(() => {
  sandbox = createSandbox()
})

afterEach(() => {
  sandbox.remove()
})

const LOCK = 'app/package.agent.lock'
const aam = async (args: string): Promise<Run> => sandbox.aam(args, { cwd: 'app' })

/** Runs a command that has to work. */
const done = async (args: string): Promise<Run> => sandbox.done(args, { cwd: 'app' })

function manifest(dependencies: Record<string, string>, more: object = {}): void {
  sandbox.write('app/package.agent.json', { name: 'my-app', version: '1.0.0', dependencies, ...more })
}

function dependencies(): Record<string, string> {
  return (JSON.parse(sandbox.read('app/package.agent.json')) as { dependencies: Record<string, string> }).dependencies
}

/** `name version` of every package in the lock. */
function locked(): string[] {
  const { resolved } = JSON.parse(sandbox.read(LOCK)) as { resolved: Record<string, { version: string }> }
  return Object.entries(resolved).map(([name, { version }]) => `${name} ${version}`)
}

async function publish(line: string): Promise<void> {
  await registry.publish(packSpec(parseSpec(line)), {})
}

describe('which version is best', () => {
  beforeEach(async () => {
    registry = await startRegistry(sandbox, [
      'util 1.0.0',
      'util 1.1.1',
      'util 1.2.2',
      'util 2.0.0-rc.1',
      'foo 1.0.0 → util ^1.0.0',
      'foo 1.1.0 → util ^1.0.0',
      'bar 1.0.0 → util >=1.0.1 <3.0.0',
    ])
    manifest({ foo: '^1.0.0', bar: '^1.0.0' })
  })

  test('--minimal takes the lowest that all ranges allow, transitive ones too', async () => {
    await done('install')
    expect(locked()).toEqual(['bar 1.0.0', 'foo 1.1.0', 'util 1.2.2'])
    const { stdout } = await done('install --minimal')
    expect(locked()).toEqual(['bar 1.0.0', 'foo 1.0.0', 'util 1.1.1'])
    expect(stdout).toContain('util 1.2.2 → 1.1.1')
    // A lock is kept by whoever installs next.
    await done('install')
    expect(locked()).toEqual(['bar 1.0.0', 'foo 1.0.0', 'util 1.1.1'])
  })

  test('--latest ignores every range, says so, and leaves the manifest alone', async () => {
    await publish('util 2.0.0')
    await publish('foo 2.0.0 → util ^1.0.0')
    const before = sandbox.read('app/package.agent.json')
    const { stderr } = await done('install --latest')
    expect(stderr).toContain('warning: --latest ignores every version range')
    expect(locked()).toEqual(['bar 1.0.0', 'foo 2.0.0', 'util 2.0.0'])
    expect(sandbox.read('app/package.agent.json')).toBe(before)
  })

  test('the install after --latest returns to the ranges and says so', async () => {
    await publish('util 2.0.0')
    await publish('foo 2.0.0 → util ^1.0.0')
    await done('install --latest')
    const { stdout } = await done('install')
    expect(stdout).toContain('! foo 1.1.0 (the lock had 2.0.0, and the project needs ^1.0.0)')
    expect(stdout).toContain('! util 1.2.2 (the lock had 2.0.0, and foo needs ^1.0.0)')
    expect(locked()).toEqual(['bar 1.0.0', 'foo 1.1.0', 'util 1.2.2'])
  })

  test('--latest keeps to resolutions', async () => {
    await publish('util 3.0.0')
    manifest({ foo: '^1.0.0', bar: '^1.0.0' }, { resolutions: { util: '1.1.1' } })
    await done('install --latest')
    expect(locked()).toContain('util 1.1.1')
  })

  test('update --latest rewrites the direct ranges that exclude the newest, and no others', async () => {
    await publish('foo 3.1.0 → util ^1.0.0')
    await publish('util 2.0.0')
    await done('install')
    const { stdout } = await done('update --latest --yes')
    expect(stdout).toContain('foo: ^1.0.0 → ^3.1.0')
    expect(dependencies()).toEqual({ foo: '^3.1.0', bar: '^1.0.0' })
    // What packages need of each other still holds.
    expect(locked()).toEqual(['bar 1.0.0', 'foo 3.1.0', 'util 1.2.2'])
    expect((await done('install --frozen')).stdout).toContain('Already up to date')
  })

  test('update --latest takes nothing down', async () => {
    await publish('q 0.5.0')
    await publish('q 1.0.0 → util ^1.0.0')
    await publish('q 2.0.0 → util ^3.0.0')
    await publish('foo 2.0.0 → util ^2.0.0')
    await publish('util 2.0.0')
    await publish('util 3.0.0')
    manifest({ foo: '^1.0.0', q: '^1.0.0' })
    await done('install')
    await done('update --latest --yes')
    expect(dependencies()).toEqual({ foo: '^1.0.0', q: '^1.0.0' })
  })

  test('update --latest rewrites the ranges of optional dependencies, too', async () => {
    await publish('util 2.0.0')
    manifest({}, { optionalDependencies: { util: '^1.0.0' } })
    await done('install')
    await done('update --latest --yes')
    expect(sandbox.json('app/package.agent.json')['optionalDependencies']).toEqual({ util: '^2.0.0' })
    expect(locked()).toEqual(['util 2.0.0'])
  })

  test('update --latest with a name keeps every other locked version', async () => {
    await done('install')
    expect(locked()).toContain('util 1.2.2')
    await publish('util 1.3.0')
    await publish('bar 2.0.0 → util >=1.0.1 <3.0.0')
    await done('update --latest bar --yes')
    expect(locked()).toEqual(['bar 2.0.0', 'foo 1.1.0', 'util 1.2.2'])
  })

  test('a bad override is told as what it is', async () => {
    manifest({ foo: '^1.0.0' }, { resolutions: { util: '9.9.9' } })
    const { code, stderr } = await aam('install')
    expect([code, stderr]).toEqual([1, expect.stringContaining('No version of util matches 9.9.9')])
    expect(stderr).toContain('my-app → "resolutions" → util 9.9.9')
  })

  test('update --latest with a name moves only that one, and never down from a pre-release', async () => {
    await publish('foo 2.0.0')
    await publish('bar 2.0.0-beta.1')
    manifest({ foo: '^1.0.0', bar: '2.0.0-beta.1' })
    await done('install')
    await done('update --latest bar --yes')
    expect(dependencies()).toEqual({ foo: '^1.0.0', bar: '2.0.0-beta.1' })
    await publish('bar 2.0.0')
    await done('update --latest bar --yes')
    expect(dependencies()).toEqual({ foo: '^1.0.0', bar: '^2.0.0' })
  })

  test.each([
    ['--frozen --minimal', '--frozen installs what the lock has, and --minimal chooses versions'],
    ['--frozen --latest', '--frozen installs what the lock has, and --latest chooses versions'],
    ['--frozen --on-conflict duplicate', '--frozen installs what the lock has, and --on-conflict chooses versions'],
    ['--latest foo', '--latest is about everything that the manifest asks for'],
    ['--minimal --latest', '--minimal and --latest contradict each other'],
    ['--on-conflict duplicates', "--on-conflict does not know 'duplicates'"],
    ['--on-conflict newest', "--on-conflict does not know 'newest'"],
  ])('install %s is wrong usage', async (flags, message) => {
    const run = await aam(`install ${flags}`)
    expect([run.code, run.stderr]).toEqual([2, expect.stringContaining(message)])
    expect(sandbox.exists(LOCK)).toBe(false)
  })
})

test('what cannot be found, matched, reached or reconciled are four errors', async () => {
  registry = await startRegistry(sandbox, ['a 1.0.0', 'b 1.0.0 → a ^1.0.0', 'c 1.0.0 → a ^2.0.0', 'a 2.0.0'])
  const codeOf = async (wanted: Record<string, string>): Promise<string> => {
    manifest(wanted)
    const run = await aam('install --json')
    expect(run.code).toBe(1)
    return (JSON.parse(run.stdout) as { error: { code: string } }).error.code
  }
  expect(await codeOf({ ghost: '*' })).toBe('PACKAGE_NOT_FOUND')
  expect(await codeOf({ a: '^3.0.0' })).toBe('VERSION_NOT_MATCHED')
  expect(await codeOf({ b: '*', c: '*' })).toBe('DEPENDENCY_CONFLICT')
  sandbox.write('home/.aam/config.yaml', `registries:\n  default: ${sandbox.path('nowhere')}\n`)
  expect(await codeOf({ a: '*' })).toBe('REGISTRY_NOT_FOUND')
  sandbox.write('home/.aam/config.yaml', 'registries:\n  default: http://127.0.0.1:9\n')
  expect(await codeOf({ a: '*' })).toBe('REGISTRY_UNREACHABLE')
})

describe('a conflict', () => {
  beforeEach(async () => {
    registry = await startRegistry(sandbox, [
      'git-utils 1.0.5',
      'git-utils 2.1.0',
      'code-review 1.3.2 → git-utils ^1.0.0',
      'deployment 2.0.0 → git-utils ^2.0.0',
    ])
    manifest({ 'code-review': '^1.0.0', deployment: '^2.0.0' })
  })

  test('reads as the guide shows it', async () => {
    await publish('deployment 1.9.0 → git-utils ^1.0.0')
    const guide = readFileSync(new URL('../../../docs/dependencies.md', import.meta.url), 'utf8')
    const shown = /```\n(ERROR: Dependency conflict\n[\s\S]*?)```/.exec(guide)?.[1]
    expect((await aam('install')).stderr).toBe(shown)
  })

  test('with duplicate: both versions side by side, the higher one under the plain name', async () => {
    await done('install --on-conflict=duplicate')
    expect(locked()).toEqual(['code-review 1.3.2', 'deployment 2.0.0', 'git-utils 2.1.0', 'git-utils@1.0.5 1.0.5'])
    const version = (folder: string): unknown =>
      (JSON.parse(sandbox.read(`app/.agent-packages/${folder}/package.agent.json`)) as { version: string }).version
    expect([version('git-utils'), version('git-utils@1.0.5')]).toEqual(['2.1.0', '1.0.5'])
    expect((await done('tree')).stdout).toBe(
      [
        'my-app@1.0.0',
        '├── code-review@1.3.2',
        '│   └── git-utils@1.0.5',
        '└── deployment@2.0.0',
        '    └── git-utils@2.1.0',
        '',
      ].join('\n'),
    )
    expect((await done('check')).code).toBe(0)
  })

  test('with duplicate: the lock stays as it is without the flag, frozen too, and --strict-peers has nothing to say', async () => {
    await done('install --on-conflict duplicate')
    const lock = sandbox.read(LOCK)
    expect((await done('install')).stdout).toContain('Already up to date')
    sandbox.clear('app/.agent-packages')
    await done('install --frozen --strict-peers')
    expect(sandbox.read(LOCK)).toBe(lock)
    await done('update --yes')
    expect(sandbox.read(LOCK)).toBe(lock)
  })

  test('duplicate is only a fallback (H3)', async () => {
    await publish('git-utils 1.9.0')
    await publish('deployment 2.1.0 → git-utils >=1.5.0')
    await done('install --on-conflict=duplicate')
    expect(locked()).toEqual(['code-review 1.3.2', 'deployment 2.1.0', 'git-utils 1.9.0'])
  })

  test('with duplicate: the version the project itself requires has the plain name', async () => {
    manifest({ 'code-review': '^1.0.0', deployment: '^2.0.0', 'git-utils': '^1.0.0' })
    await done('install --on-conflict=duplicate')
    expect(locked()).toEqual(['code-review 1.3.2', 'deployment 2.0.0', 'git-utils 1.0.5', 'git-utils@2.1.0 2.1.0'])
  })

  test('with duplicate: dedupe brings together what one version will do for by now', async () => {
    await publish('third 1.0.0 → git-utils *')
    manifest({ 'code-review': '^1.0.0', deployment: '^2.0.0', third: '^1.0.0' })
    await done('install --on-conflict=duplicate')
    await done('uninstall code-review')
    expect(locked()).toEqual(['deployment 2.0.0', 'git-utils 1.0.5', 'git-utils@2.1.0 2.1.0', 'third 1.0.0'])
    await done('dedupe')
    expect(locked()).toEqual(['deployment 2.0.0', 'git-utils 2.1.0', 'third 1.0.0'])
  })

  test('is what the manifest or the configuration says, and the flag comes first (D17)', async () => {
    manifest({ 'code-review': '^1.0.0', deployment: '^2.0.0' }, { 'x-aam': { conflict: 'duplicate' } })
    expect((await aam('install --on-conflict=fail')).code).toBe(1)
    await done('install')
    expect(locked()).toHaveLength(4)
    sandbox.clear(LOCK)
    sandbox.clear('app/.agent-packages')
    manifest({ 'code-review': '^1.0.0', deployment: '^2.0.0' })
    sandbox.write('app/.aam/config.yaml', 'resolution: { on_conflict: duplicate }\n')
    await done('install')
    expect(locked()).toHaveLength(4)
  })

  test('with peer: the project decides, and what others want is checked as a peer (H9)', async () => {
    const undeclared = await aam('install --on-conflict=peer')
    expect([undeclared.code, undeclared.stderr]).toEqual([1, expect.stringContaining('disagree about git-utils')])
    expect(undeclared.stderr).toContain('hint: declare git-utils in "dependencies"')
    expect(undeclared.stderr).toContain('code-review (^1.0.0) and deployment (^2.0.0)')
    manifest({ 'code-review': '^1.0.0', deployment: '^2.0.0', 'git-utils': '^2.0.0' })
    const { stderr } = await done('install --on-conflict=peer')
    expect(locked()).toEqual(['code-review 1.3.2', 'deployment 2.0.0', 'git-utils 2.1.0'])
    expect(stderr).toContain('warning: code-review@1.3.2 needs the peer git-utils ^1.0.0, and git-utils@2.1.0 is there')
    expect(stderr).not.toContain('deployment@2.0.0 needs')
  })

  test('with peer: check has nothing to say about what was settled, and the project cannot drop the package', async () => {
    manifest({ 'code-review': '^1.0.0', deployment: '^2.0.0', 'git-utils': '^2.0.0' })
    await done('install --on-conflict=peer')
    await done('check')
    const [dry, real] = [await aam('uninstall git-utils --dry-run'), await aam('uninstall git-utils')]
    expect([dry.code, real.code]).toEqual([1, 1])
    expect(dry.stderr).toBe(real.stderr)
    expect(sandbox.exists('app/.agent-packages/git-utils')).toBe(true)
  })

  test('with another strategy the lock is made again, or refused', async () => {
    await done('install --on-conflict=duplicate')
    const lock = sandbox.read(LOCK)
    expect((await aam('install --on-conflict=fail')).stderr).toContain('Dependency conflict')
    manifest({ 'code-review': '^1.0.0', deployment: '^2.0.0' }, { 'x-aam': { conflict: 'fail' } })
    expect((await aam('install --frozen')).stderr).toContain("the strategy for conflicts is 'fail'")
    expect(sandbox.read(LOCK)).toBe(lock)
  })

  test('suggests what the user can run: for a package to add, the same command', async () => {
    manifest({ 'code-review': '^1.0.0' })
    await done('install')
    const { stderr } = await aam('install deployment')
    await publish('deployment 1.9.0 → git-utils ^1.0.0')
    const works = [...stderr.matchAll(/Works: (.*)/g)].map(match => match[1]!)
    expect(works).toContain(
      '`aam install deployment --on-conflict=duplicate` (git-utils 1.0.5 for code-review, git-utils 2.1.0 for deployment)',
    )
    expect(works.find(each => each.includes('resolutions'))).toContain('and run `aam install deployment` again')
    await done('install deployment --on-conflict=duplicate')
    expect(dependencies()).toHaveProperty('deployment')
  })

  test('suggests no way that ends in a cycle', async () => {
    for (const line of ['a 1.0.0 → b ^1.0.0', 'b 1.0.0 → a ^2.0.0', 'a 2.0.0 → b ^2.0.0', 'b 2.0.0 → a ^1.0.0']) {
      await publish(line)
    }
    manifest({ a: '^1.0.0' })
    const { stderr } = await aam('install')
    expect(stderr).toContain('Dependency conflict')
    expect(stderr).not.toMatch(/Works: .*(resolutions|duplicate|change)/)
  })

  test('names the tag that pins a dependency, and suggests no other range for it', async () => {
    await publish('deployment 1.9.0 → git-utils ^1.0.0')
    await done('dist-tag add deployment@2.0.0 stable')
    manifest({ 'code-review': '^1.0.0', deployment: '^1.0.0' }, { 'x-aam': { tags: { deployment: 'stable' } } })
    const { stderr } = await aam('install')
    expect(stderr).toContain('my-app requires deployment 2.0.0 (tag stable)')
    expect(stderr).not.toContain('Works: change deployment')
  })

  test('tells everybody whom a forced version breaks', async () => {
    await publish('third 1.0.0 → git-utils ^2.0.0')
    manifest({ 'code-review': '^1.0.0', deployment: '^2.0.0', third: '*' })
    const { stderr } = await aam('install')
    expect(stderr).toContain(
      '"git-utils": "1.0.5" } (breaks deployment\'s git-utils ^2.0.0, third\'s git-utils ^2.0.0)',
    )
  })

  test('with the project among those who disagree: peer is suggested, too', async () => {
    manifest({ 'code-review': '^1.0.0', 'git-utils': '^2.0.0' })
    const { stderr } = await aam('install')
    expect(stderr).toContain('Works: `aam install --on-conflict=peer` (git-utils 2.1.0, as the project wants it')
    await done('install --on-conflict=peer')
  })

  test('with the lock in it: what is yanked and locked may stay, and nobody is blamed', async () => {
    await publish('git-utils 1.1.0')
    await publish('picky 1.0.0 → git-utils ^1.1.0')
    manifest({ picky: '*' })
    await done('install')
    await done('yank git-utils@1.1.0')
    const { stderr } = await aam('install deployment')
    expect(stderr).toContain('--on-conflict=duplicate` (git-utils 2.1.0 for deployment, git-utils 1.1.0 for picky)')
    expect(stderr).not.toContain('Report to the author')
  })

  test('with peer: the lock says so, so that it fits later on; --strict-peers refuses', async () => {
    manifest({ 'code-review': '^1.0.0', deployment: '^2.0.0', 'git-utils': '^2.0.0' })
    await done('install --on-conflict=peer')
    const lock = sandbox.read(LOCK)
    expect(JSON.parse(lock)).toMatchObject({ promoted: ['git-utils'] })
    sandbox.clear('app/.agent-packages')
    await done('install --frozen')
    expect(sandbox.read(LOCK)).toBe(lock)
    sandbox.clear('app/.agent-packages')
    expect((await aam('install --frozen --strict-peers')).stderr).toContain(
      'code-review@1.3.2 needs the peer git-utils',
    )
    sandbox.clear(LOCK)
    expect((await aam('install --on-conflict=peer --strict-peers')).code).toBe(1)
  })

  test('with override: an error whose first suggestion is the entry to add', async () => {
    const { code, stderr } = await aam('install --on-conflict=override')
    expect(code).toBe(1)
    expect(/ {2}4\. Works: (.*)/.exec(stderr)?.[1]).toMatch(/^add "resolutions": \{ "git-utils": "1\.0\.5" \}/)
    manifest({ 'code-review': '^1.0.0', deployment: '^2.0.0' }, { resolutions: { 'git-utils': '2.1.0' } })
    await done('install --on-conflict=override')
    expect(locked()).toEqual(['code-review 1.3.2', 'deployment 2.0.0', 'git-utils 2.1.0'])
  })

  test('a package that nobody can install is laid at its author (C5)', async () => {
    await publish('broken 1.0.0 → code-review ^1.0.0, deployment ^2.0.0')
    await publish('broken 1.1.0 → code-review ^1.0.0, git-utils ^2.0.0')
    manifest({ broken: '^1.0.0' })
    const { code, stderr } = await aam('install')
    expect(code).toBe(1)
    expect(stderr).toContain('Report to the author of broken: no published version of it can be installed')
    expect(stderr).toMatch(/How this follows:\n {2}\(1\) /)
  })
})
