/** Commands that keep a project in order: uninstall, prune, dedupe, outdated, list, config, --offline (UAAPS 13.10). */
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Run, type Sandbox, createSandbox, startRegistry } from '@aam/testkit'

let sandbox: Sandbox

beforeEach(async () => {
  sandbox = createSandbox()
  await startRegistry(sandbox, [
    'git-utils 1.0.0',
    'git-utils 1.1.0',
    'git-utils 2.0.0',
    'code-review 1.0.0 → git-utils ^1.0.0',
    'code-review 1.1.0 → git-utils ^1.0.0',
    'lint 1.0.0',
    'plugin 1.0.0 → peer: lint ^1.0.0',
  ])
})

afterEach(() => {
  sandbox.remove()
})

const aam = async (args: string | string[], cwd = 'app'): Promise<Run> => sandbox.aam(args, { cwd })
const manifest = (rest: object): string =>
  sandbox.write('app/package.agent.json', { name: 'app', version: '1.0.0', ...rest })
const locked = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries(sandbox.json('app/package.agent.lock')['resolved'] as Record<string, { version: string }>).map(
      ([name, { version }]) => [name, version],
    ),
  )
const installed = (): string[] => readdirSync(sandbox.path('app/.agent-packages')).filter(name => !name.startsWith('.'))
const dependencies = (): unknown => sandbox.json('app/package.agent.json')['dependencies']

describe('uninstall', () => {
  test('takes a package and what only it needed out of manifest, lock and disk; nothing else moves', async () => {
    manifest({ dependencies: { 'code-review': '1.0.0', lint: '*' } })
    await aam('install')
    expect((await aam('uninstall code-review')).stdout).toBe(
      '- code-review 1.0.0\n- git-utils 1.1.0\nRemoved 2 packages, wrote package.agent.lock (1 package left)\n',
    )
    expect([dependencies(), locked(), installed()]).toEqual([{ lint: '*' }, { lint: '1.0.0' }, ['lint']])
    expect((await aam('check')).code).toBe(0)
  })

  test('asks no registry, and keeps versions that an update would move', async () => {
    await aam('install code-review@1.0.0 lint git-utils@1.0.0')
    sandbox.write('app/package.agent.json', sandbox.read('app/package.agent.json').replace('"1.0.0"', '"^1.0.0"'))
    rmSync(sandbox.path('registry'), { recursive: true })
    expect((await aam('uninstall lint')).code).toBe(0)
    expect(locked()).toEqual({ 'code-review': '1.0.0', 'git-utils': '1.0.0' })
  })

  test('the last one leaves no empty objects, lock entries or folders behind', async () => {
    manifest({ description: 'kept' })
    await aam('dist-tag add lint@1.0.0 stable')
    await aam('install lint@stable')
    expect((await aam('rm lint')).code).toBe(0)
    expect(sandbox.json('app/package.agent.json')).toEqual({ name: 'app', version: '1.0.0', description: 'kept' })
    expect(sandbox.json('app/package.agent.lock')).toEqual({ lockVersion: 2, resolved: {} })
    expect(sandbox.exists('app/.agent-packages/lint')).toBe(false)
    expect((await aam('install')).stdout).toContain('Already up to date (0 packages)')
  })

  test('what others need stays, and that is said', async () => {
    await aam('install code-review git-utils@^1.0.0')
    const run = await aam('uninstall git-utils')
    expect(run.stdout).toContain('! git-utils stays, because code-review needs it')
    expect(locked()).toEqual({ 'code-review': '1.1.0', 'git-utils': '1.1.0' })
  })

  test('a package that another one needs as a peer is removed with a warning', async () => {
    await aam('install plugin lint')
    const run = await aam('uninstall lint')
    expect([run.code, run.stderr]).toEqual([0, expect.stringContaining('plugin@1.0.0 needs the peer lint ^1.0.0')])
  })

  test('optional dependencies and several at once', async () => {
    await aam('install lint')
    await aam('install git-utils --optional')
    expect((await aam('uninstall lint git-utils lint')).code).toBe(0)
    expect(locked()).toEqual({})
  })

  test.each([
    ['git-utils', 'git-utils is not a dependency of this project itself: app → code-review → git-utils', 'code-review'],
    ['code-revew', 'code-revew is not installed here', 'did you mean code-review?'],
  ])('%s is refused and nothing changes', async (name, message, hint) => {
    await aam('install code-review')
    sandbox.write('app/package.agent.json', { name: 'app', version: '1.0.0', dependencies: dependencies() })
    const before = sandbox.read('app/package.agent.json') + sandbox.read('app/package.agent.lock')
    const run = await aam(`uninstall ${name}`)
    expect([run.code, run.stderr]).toEqual([1, expect.stringContaining(`Error: ${message}\n`)])
    expect(run.stderr).toContain(hint)
    expect(sandbox.read('app/package.agent.json') + sandbox.read('app/package.agent.lock')).toBe(before)
  })

  test('--dry-run shows what would go and changes nothing', async () => {
    await aam('install code-review')
    const run = await aam('uninstall code-review --dry-run')
    expect(run.stdout).toBe(
      'app@0.0.0\n\n- code-review 1.1.0\n- git-utils 1.1.0\nNothing was changed: this was a dry run (0 packages)\n',
    )
    expect(installed()).toEqual(['code-review', 'git-utils'])
  })

  test('without a lock the rest is resolved', async () => {
    manifest({ dependencies: { lint: '*', 'git-utils': '*' } })
    expect((await aam('uninstall lint')).code).toBe(0)
    expect(locked()).toEqual({ 'git-utils': '2.0.0' })
  })
})

describe('prune and dedupe', () => {
  test('prune takes out what the manifest no longer reaches, and packages the lock does not know', async () => {
    await aam('install code-review lint')
    manifest({ dependencies: { lint: '*' } })
    await aam('install', '.')
    mkdirSync(sandbox.path('app/.agent-packages/mine'), { recursive: true })
    sandbox.write('app/.agent-packages/stranger/package.agent.json', { name: 'stranger', version: '3.0.0' })
    const run = await aam('prune')
    expect(run.stdout).toBe(
      '- code-review 1.1.0\n- git-utils 1.1.0\n- stranger 3.0.0\nRemoved 3 packages, wrote package.agent.lock (1 package left)\n',
    )
    expect([locked(), installed()]).toEqual([{ lint: '1.0.0' }, ['lint', 'mine']])
    expect((await aam('prune')).stdout).toBe('Nothing to remove (1 package)\n')
  })

  test('prune needs a lock, and its dry run says what would be written', async () => {
    await aam('install lint code-review')
    const lock = sandbox.read('app/package.agent.lock')
    await aam('uninstall code-review')
    sandbox.write('app/package.agent.lock', lock)
    expect((await aam('prune --dry-run')).stdout).toContain('Would write package.agent.lock; no package would change')
    expect((await aam('prune')).stdout).toBe('Wrote package.agent.lock; no package changed (1 package)\n')
    rmSync(sandbox.path('app/package.agent.lock'))
    expect((await aam('prune')).stderr).toContain('There is no package.agent.lock')
  })

  test('prune does not guess when the lock does not fit', async () => {
    await aam('install lint')
    manifest({ dependencies: { lint: '*', 'git-utils': '*' } })
    const run = await aam('prune')
    expect([run.code, run.stderr]).toEqual([1, expect.stringContaining('git-utils * is wanted')])
  })

  test('dedupe keeps locked versions and says when there is nothing to do', async () => {
    await aam('install code-review@1.0.0')
    sandbox.write('app/package.agent.json', sandbox.read('app/package.agent.json').replace('"1.0.0"', '"^1.0.0"'))
    expect((await aam('dedupe')).stdout).toBe('Nothing to dedupe (2 packages)\n')
    expect(locked()['code-review']).toBe('1.0.0')
  })
})

describe('outdated', () => {
  test('lists current, wanted, latest and tag, and exits with 1', async () => {
    await aam('dist-tag add lint@1.0.0 stable')
    await aam('install code-review@1.0.0 git-utils@1.0.0 lint@stable')
    const file = 'app/package.agent.json'
    sandbox.write(file, sandbox.read(file).replace('"code-review": "1.0.0"', '"code-review": "^1.0.0"'))
    const run = await aam('outdated')
    expect([run.code, run.stdout]).toEqual([
      1,
      'Package      Current  Wanted  Latest  Tag\n' +
        'code-review  1.0.0    1.1.0   1.1.0   -\n' +
        'git-utils    1.0.0    1.0.0   2.0.0   -\n',
    ])
    expect((await aam('outdated lint')).stdout).toContain('Everything is up to date')
    expect((await aam('outdated lin')).stderr).toContain('did you mean lint?')
  })

  test('follows the tag, up and down', async () => {
    await aam('dist-tag add git-utils@1.1.0 stable')
    await aam('install git-utils@stable')
    await aam('dist-tag add git-utils@1.0.0 stable')
    const [row] = JSON.parse((await aam('outdated --json')).stdout) as unknown[]
    expect(row).toMatchObject({ name: 'git-utils', current: '1.1.0', wanted: '1.0.0', latest: '2.0.0', tag: 'stable' })
  })

  test('--all shows what only dependencies need; nothing new exits with 0', async () => {
    await aam('install code-review')
    expect((await aam('outdated')).code).toBe(0)
    expect((await aam('outdated --all')).stdout).toContain('git-utils  1.1.0    1.1.0   2.0.0   -')
  })

  test('a version that was yanked or deprecated is said, also when there is no newer one', async () => {
    await aam('install lint git-utils@2.0.0')
    await aam('yank lint@1.0.0')
    await aam('deprecate git-utils@2.0.0 old')
    const rows = JSON.parse((await aam('outdated --json')).stdout) as { name: string; note: string }[]
    expect(rows.map(({ name, note }) => [name, note])).toEqual([
      ['git-utils', 'deprecated: old'],
      ['lint', 'yanked'],
    ])
  })

  test('wanted is what a policy permits', async () => {
    await aam('dist-tag add git-utils@1.1.0 stable')
    manifest({ dependencies: { 'git-utils': '1.0.0' } })
    await aam('install')
    manifest({ dependencies: { 'git-utils': '*' } })
    sandbox.write('app/.aam/config.yaml', 'install_policy:\n  allowed_tags: [stable]\n  applies_to: all\n')
    expect((await aam('outdated')).stdout).toContain('git-utils  1.0.0    1.1.0   2.0.0')
  })

  test('wanted is a stable version before a newer pre-release that the range has too', async () => {
    await startRegistry(sandbox, ['git-utils 3.0.0-rc.1'])
    manifest({ dependencies: { 'git-utils': '^1.0.0' } })
    await aam('install')
    manifest({ dependencies: { 'git-utils': '^1.0.0 || 3.0.0-rc.1' } })
    const [row] = JSON.parse((await aam('outdated --json')).stdout) as unknown[]
    expect(row).toMatchObject({ current: '1.1.0', wanted: '1.1.0' })
  })

  test('a version that has gone from the registry is said', async () => {
    await aam('install lint')
    rmSync(sandbox.path('registry/packages/lint'), { recursive: true })
    expect((await aam('outdated')).stdout).toContain('not in the registry')
    expect((await aam('check')).stdout).toContain('! lint@1.0.0 is no longer in the registry')
  })
})

describe('list', () => {
  test('takes names and patterns', async () => {
    await aam('install code-review lint')
    expect((await aam('list git-* lint')).stdout).toBe(
      'git-utils  1.1.0  transitive, latest\nlint       1.0.0  direct, latest\n'.replace(
        'transitive, latest',
        'transitive',
      ),
    )
    expect((await aam('list nobody')).stdout).toBe('No installed package matches\n')
  })
})

describe('--offline', () => {
  test('installs from lock and cache, and asks no registry', async () => {
    await aam('install code-review')
    rmSync(sandbox.path('app/.agent-packages'), { recursive: true })
    rmSync(sandbox.path('registry'), { recursive: true })
    expect((await aam('install --offline')).code).toBe(0)
    expect(installed()).toEqual(['code-review', 'git-utils'])
    expect((await aam('check --offline')).code).toBe(0)
  })

  test('names what the cache does not have, all of it, and changes nothing', async () => {
    await aam('install code-review')
    rmSync(sandbox.path('app/.agent-packages'), { recursive: true })
    rmSync(sandbox.path('home/.aam/cache'), { recursive: true })
    const run = await aam('install --offline')
    expect(run.stderr).toContain(
      'Error: --offline asks no registry, and the cache does not have code-review@1.1.0, git-utils@1.1.0\n',
    )
    expect([run.code, sandbox.exists('app/.agent-packages')]).toEqual([1, false])
  })

  test('with --no-cache it is refused', async () => {
    expect(await aam('install --offline --no-cache')).toMatchObject({ code: 2 })
  })

  test.each(['install lint --offline', 'install lint --offline --dry-run'])('%s cannot resolve', async command => {
    await aam('install code-review')
    const run = await aam(command)
    expect([run.code, run.stderr]).toEqual([1, expect.stringContaining('--offline asks no registry')])
  })
})

describe('config', () => {
  test('set, get, list and unset; relative paths become what the file needs', async () => {
    manifest({})
    await aam('config set registries.default ../registry --project')
    expect(sandbox.read('app/.aam/config.yaml')).toBe('registries:\n  default: ../../registry\n')
    await aam('config set registries.default ../elsewhere')
    expect(sandbox.read('home/.aam/config.yaml')).toContain(`default: ${sandbox.path('elsewhere')}`)
    expect((await aam('config get registries.default')).stdout).toBe('../../registry\n')
    await aam('config set install_policy.allowed_tags stable,beta')
    await aam('config set install_policy.allowed_tags stable --project')
    await aam('config set default_tag stable --project')
    expect(
      (await aam('config list')).stdout
        .split('\n')
        .map(line => line.split(/\s{2,}/))
        .slice(0, -1),
    ).toEqual([
      ['registries.default', '../../registry', sandbox.path('app/.aam/config.yaml')],
      ['default_tag', 'stable', sandbox.path('app/.aam/config.yaml')],
      ['install_policy.allowed_tags', 'stable, beta', sandbox.path('home/.aam/config.yaml')],
      ['install_policy.allowed_tags', 'stable', sandbox.path('app/.aam/config.yaml')],
    ])
    expect((await aam('config unset default_tag --project')).code).toBe(0)
    expect((await aam('config get default_tag')).stdout).toBe('latest\n')
    expect((await aam('config unset default_tag --project')).stdout).toContain('is not set in')
  })

  test('says what counts beside what was set', async () => {
    manifest({})
    await aam('config set default_tag stable --project')
    expect((await aam('config set default_tag beta')).stdout).toContain(
      `! here it is stable, which ${sandbox.path('app/.aam/config.yaml')} says`,
    )
    await aam('config set install_policy.require_tag true')
    expect((await aam('config set install_policy.require_tag false --project')).stdout).toContain(
      'says true; all of them hold',
    )
  })

  test('items of a list keep their comments, and what is there already is not written', async () => {
    const file = 'home/.aam/config.yaml'
    const text = 'install_policy:   # ours\n  allowed_tags:\n    - stable # by Ann\n    - beta\n'
    sandbox.write(file, text)
    await aam('config set install_policy.allowed_tags stable,beta', '.')
    expect(sandbox.read(file)).toBe(text)
    await aam('config set install_policy.allowed_tags stable,gold', '.')
    expect(sandbox.read(file)).toContain('    - stable # by Ann\n    - gold\n')
  })

  test('comments and everything else in the file stay', async () => {
    sandbox.write('home/.aam/config.yaml', '# mine\nregistries:\n  default: ./r # here\n')
    await aam('config set default_tag beta', '.')
    expect(sandbox.read('home/.aam/config.yaml')).toBe(
      '# mine\nregistries:\n  default: ./r # here\ndefault_tag: beta\n',
    )
  })

  test.each([
    [['config', 'get', 'default-tag'], 2, 'did you mean default_tag?'],
    [['config', 'get', 'install_policy.tag'], 1, 'aam config set install_policy.tag <value>'],
    [['config', 'set', 'default_tag', 'Stable'], 2, "'Stable' is not a tag"],
    [
      ['config', 'set', 'install_policy.require_signature', 'true'],
      2,
      "There is no setting 'install_policy.require_signature'",
    ],
    [['config', 'set', 'registries.default', ''], 2, "registries.default cannot be '': it must be text"],
    [['config', 'set', 'registries.sources', '[{name: x}]'], 2, '[0].url: it must be a path or an address'],
    [['config', 'set', 'registries.sources', '[{name: x, url: a}, {name: x, url: b}]'], 2, 'two sources are named x'],
  ])('%j', async (args, code, text) => {
    const before = sandbox.read('home/.aam/config.yaml')
    const run = await aam(args, '.')
    expect([run.code, run.stderr]).toEqual([code, expect.stringContaining(text)])
    expect(sandbox.read('home/.aam/config.yaml')).toBe(before)
  })

  test('a policy that stands under governance is changed and taken out there', async () => {
    manifest({})
    const file = 'app/.aam/config.yaml'
    sandbox.write(file, 'governance:\n  install_policy:\n    tag: stable\n')
    await aam('config set install_policy.tag beta --project')
    expect(sandbox.read(file)).toBe('governance:\n  install_policy:\n    tag: beta\n')
    expect((await aam('config unset install_policy.tag --project')).code).toBe(0)
    expect((await aam('config get install_policy.tag')).code).toBe(1)
  })

  test('a group with nothing in it takes its first setting', async () => {
    manifest({})
    sandbox.write('app/.aam/config.yaml', 'registries:\n')
    expect((await aam('config set registries.default ../registry --project')).code).toBe(0)
    expect(sandbox.read('app/.aam/config.yaml')).toBe('registries:\n  default: ../../registry\n')
  })

  test('variables take lists with commas and blanks, and no registries.sources', async () => {
    const run = async (env: Record<string, string>): Promise<Run> => sandbox.aam('config list --json', { env })
    const { stdout } = await run({ AAM_INSTALL_POLICY__ALLOWED_TAGS: 'stable, beta ,' })
    expect(JSON.parse(stdout)).toContainEqual(
      expect.objectContaining({ value: ['stable', 'beta'], from: 'AAM_INSTALL_POLICY__ALLOWED_TAGS' }),
    )
    expect((await run({ AAM_REGISTRIES__SOURCES: '[]' })).output).toContain(
      'AAM_REGISTRIES__SOURCES: registries.sources: it can only stand in a file',
    )
  })

  test('a file that cannot be read is not written over', async () => {
    sandbox.write('home/.aam/config.yaml', 'registries: [\n')
    expect((await aam('config set default_tag beta', '.')).code).toBe(1)
    expect(sandbox.read('home/.aam/config.yaml')).toBe('registries: [\n')
  })

  test('a token in a committed file draws a warning, and is never shown', async () => {
    manifest({})
    const source = (token: string): string =>
      `registries:\n  sources:\n    - { name: team, url: ../../t, auth: token, token: "${token}" }\n`
    sandbox.write('app/.aam/config.yaml', source('s3cret'))
    const run = await aam('config list --json')
    expect(run.stderr).toContain('the token of team stands in a file that is committed')
    expect(run.output).not.toContain('s3cret')
    sandbox.write('app/.aam/config.yaml', source('s3cret-${TEAM_TOKEN}'))
    expect((await aam('config list --json')).output).not.toContain('s3cret')
    sandbox.write('app/.aam/config.yaml', source('${TEAM_TOKEN}'))
    expect((await aam('config list')).stderr).toBe('')
  })
})
