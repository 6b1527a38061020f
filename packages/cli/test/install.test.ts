/** What an install promises (D2, D36, D38, D40, UAAPS 13.4, 13.13), looked at on disk. */
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Registry } from '@aam/client'
import { type Sandbox, createSandbox, packSpec, parseSpec, publishUniverse, startRegistry } from '@aam/testkit'

let sandbox: Sandbox
let registry: Registry

const UNIVERSE = [
  'git-utils 1.0.0',
  'git-utils 1.0.1',
  'git-utils 2.0.0',
  'code-review 1.3.2 → git-utils ^1.0.0',
  'code-review 1.4.0-rc.1 → git-utils ^2.0.0',
  'deployment 2.0.0 → git-utils ^2.0.0',
  '@team/review 1.0.0 → code-review ^1.0.0',
]

beforeEach(async () => {
  sandbox = createSandbox()
  registry = await startRegistry(sandbox, UNIVERSE)
})

afterEach(() => {
  sandbox.remove()
})

const aam = async (args: string, cwd = 'app'): ReturnType<Sandbox['aam']> => sandbox.aam(args, { cwd })
const manifest = (dependencies: Record<string, string>, rest: object = {}): string =>
  sandbox.write('app/package.agent.json', { name: 'my-app', version: '1.0.0', ...rest, dependencies })
const installed = (): string[] => readdirSync(sandbox.path('app/.agent-packages')).sort()
const lock = (): { resolved: Record<string, { version: string; integrity: string; source: Record<string, string> }> } =>
  sandbox.json('app/package.agent.lock') as never
const locked = (): Record<string, string> =>
  Object.fromEntries(Object.entries(lock().resolved).map(([name, { version }]) => [name, version]))
const skillOf = (name: string): string => sandbox.read(`app/.agent-packages/${name}/skills/${name}/SKILL.md`)

test('a changed wish that changes no package is said to be written', async () => {
  await aam('install git-utils@1.0.1')
  expect((await aam('install git-utils@^1.0.0')).stdout).toBe(
    'Wrote package.agent.json; no package changed (1 package)\n',
  )
  expect((await aam('install')).stdout).toBe('Already up to date (1 package)\n')
})

test('--strict-peers holds for a lock that fits, too', async () => {
  await registry.publish(packSpec(parseSpec('plugin 1.0.0 → peer: host ^1.0.0')), {})
  await aam('install plugin')
  for (const command of [
    'install --strict-peers',
    'install --strict-peers --force',
    'install --frozen --strict-peers',
  ]) {
    const run = await aam(command)
    expect([run.code, run.stderr]).toEqual([1, expect.stringContaining('plugin@1.0.0 needs the peer host ^1.0.0')])
  }
  expect(installed()).toEqual(['.lock', 'plugin'])
})

test('a registry of another format is not read as if it were ours', async () => {
  sandbox.write('registry/registry.yaml', '# newer\nformat_version: 2\n')
  for (const command of ['install git-utils', 'info git-utils', 'search git']) {
    const run = await aam(command)
    expect([run.code, run.stderr]).toEqual([1, expect.stringContaining('format_version is 2')])
  }
  sandbox.write('registry/registry.yaml', '{ "format_version": 1 }')
  expect((await aam('install git-utils')).code).toBe(0)
})

describe('installing', () => {
  test('puts every package in its folder, scoped ones with two hyphens, and the lock beside them', async () => {
    manifest({ '@team/review': '^1.0.0' })
    expect((await aam('install')).code).toBe(0)
    expect(installed()).toEqual(['.lock', 'code-review', 'git-utils', 'team--review'])
    expect(sandbox.read('app/.agent-packages/.lock')).toBe(sandbox.read('app/package.agent.lock'))
    expect(skillOf('git-utils')).toContain('in version 1.0.1')
  })

  test('the lock has every field of UAAPS 13.3 and nothing about this machine or time', async () => {
    manifest({ 'code-review': '^1.0.0' })
    await aam('install')
    expect(sandbox.json('app/package.agent.lock')).toEqual({
      lockVersion: 2,
      resolved: {
        'code-review': {
          version: '1.3.2',
          integrity: expect.stringMatching(/^sha256-[A-Za-z0-9+/]{43}=$/) as string,
          dependencies: { 'git-utils': '1.0.1' },
          source: {
            type: 'registry',
            registry: registry.address,
            name: 'code-review',
            version: '1.3.2',
            tarball: `${registry.address}/packages/code-review/versions/1.3.2.aam`,
            display: 'registry:code-review',
          },
        },
        'git-utils': expect.objectContaining({ version: '1.0.1' }) as object,
      },
    })
    expect(sandbox.read('app/package.agent.lock')).not.toMatch(/20\d\d-/)
  })

  test('the same wish gives the same lock bytes, whatever the order of the manifest and the folder', async () => {
    manifest({ 'code-review': '^1.0.0', 'git-utils': '^1.0.0' })
    await aam('install')
    const first = sandbox.read('app/package.agent.lock')
    sandbox.write('other/deeper/package.agent.json', {
      dependencies: { 'git-utils': '^1.0.0', 'code-review': '^1.0.0' },
      version: '1.0.0',
      name: 'x',
    })
    await aam('install', 'other/deeper')
    expect(sandbox.read('other/deeper/package.agent.lock')).toBe(first)
  })

  test('a registry inside the project is recorded relative to the lock (D2)', async () => {
    await publishUniverse(sandbox.path('app/registry'), ['git-utils 1.0.0'])
    sandbox.write('app/.aam/config.yaml', 'registries:\n  default: ../registry\n')
    manifest({ 'git-utils': '*' })
    await aam('install')
    expect(lock().resolved['git-utils']!.source).toMatchObject({
      registry: 'file:registry',
      tarball: 'file:registry/packages/git-utils/versions/1.0.0.aam',
    })
  })

  test('works from a sub-folder of the project', async () => {
    manifest({ 'git-utils': '^1.0.0' })
    expect((await aam('install', 'app/src/deep')).code).toBe(0)
    expect(installed()).toContain('git-utils')
    expect((await sandbox.aam('tree --cwd app/src', { cwd: '.' })).stdout).toContain('git-utils@1.0.1')
  })

  test('an empty manifest installs nothing and leaves no folder', async () => {
    manifest({})
    expect((await aam('install')).stdout).toContain('0 packages')
    expect(sandbox.exists('app/.agent-packages')).toBe(false)
  })

  test('resolutions replace ranges, and taking them out is noticed (D9)', async () => {
    manifest({ 'code-review': '^1.0.0' }, { resolutions: { 'git-utils': '2.0.0' } })
    await aam('install')
    expect(locked()).toEqual({ 'code-review': '1.3.2', 'git-utils': '2.0.0' })
    expect((await aam('install')).stdout).toContain('Already up to date')
    manifest({ 'code-review': '^1.0.0' })
    await aam('install')
    expect(locked()).toEqual({ 'code-review': '1.3.2', 'git-utils': '1.0.1' })
    expect(skillOf('git-utils')).toContain('in version 1.0.1')
  })

  test('a lock made with resolutions that are gone is stale in a fresh clone, and frozen says so', async () => {
    manifest({ 'code-review': '^1.0.0' }, { resolutions: { 'git-utils': '2.0.0' } })
    await aam('install')
    manifest({ 'code-review': '^1.0.0' })
    rmSync(sandbox.path('app/.agent-packages'), { recursive: true })
    rmSync(sandbox.path('app/.aam'), { recursive: true })
    const run = await aam('install --frozen')
    expect(run.code).toBe(1)
    expect(run.stderr).toContain('code-review needs git-utils ^1.0.0, and the lock has 2.0.0')
    expect(sandbox.exists('app/.agent-packages')).toBe(false)
  })

  test('says what was held back and why (D16)', async () => {
    await registry.publish(packSpec(parseSpec('alpha 1.4.0')), {})
    await registry.publish(packSpec(parseSpec('alpha 1.5.0 → git-utils >=2.0.0')), {})
    await registry.publish(packSpec(parseSpec('beta 1.0.0 → git-utils <2.0.0')), {})
    manifest({ alpha: '^1.0.0', beta: '^1.0.0' })
    const { stdout } = await aam('install')
    expect(stdout).toContain('! alpha 1.4.0 (1.5.0 needs git-utils >=2.0.0, beta needs git-utils <2.0.0)')
  })

  test('an optional dependency that cannot be had is skipped, said and recorded (D22)', async () => {
    sandbox.write('app/package.agent.json', {
      name: 'my-app',
      version: '1.0.0',
      dependencies: { 'code-review': '^1.0.0' },
      optionalDependencies: { ghost: '^1.0.0', deployment: '*', 'git-utils': '*' },
    })
    const { stdout, code } = await aam('install')
    expect(code).toBe(0)
    expect(stdout).toContain('! skipped optional ghost: not found')
    expect(stdout).toContain('! skipped optional deployment: it does not go with what is required')
    expect(sandbox.json('app/package.agent.lock')['skipped']).toEqual({
      deployment: 'it does not go with what is required',
      ghost: 'not found',
    })
    expect(locked()).toEqual({ 'code-review': '1.3.2', 'git-utils': '1.0.1' })
    expect((await aam('install --frozen --force')).code).toBe(0)
  })

  test('an unmet peer warns, and with --strict-peers fails before anything is written (D23)', async () => {
    await registry.publish(packSpec(parseSpec('plugin 1.0.0 → peer: host >=3.0.0')), {})
    manifest({ plugin: '*' })
    const strict = await aam('install --strict-peers')
    expect(strict.code).toBe(1)
    expect(strict.stderr).toContain('plugin@1.0.0 needs the peer host >=3.0.0')
    expect(sandbox.exists('app/package.agent.lock')).toBe(false)
    const lax = await aam('install')
    expect(lax.code).toBe(0)
    expect(lax.stderr).toContain('warning: plugin@1.0.0 needs the peer host >=3.0.0')
  })

  test('deprecated versions warn, yanked ones are taken only when locked (D9)', async () => {
    manifest({ 'git-utils': '^1.0.0' })
    await aam('install')
    const metadata = 'registry/packages/git-utils/metadata.yaml'
    const text = sandbox.read(metadata)
    sandbox.write(
      metadata,
      text
        .replace('  1.0.1:\n', '  1.0.1:\n    yanked: true\n')
        .replace('  1.0.0:\n', '  1.0.0:\n    deprecated: use 2\n'),
    )
    rmSync(sandbox.path('app/.agent-packages'), { recursive: true })
    await aam('install')
    expect(locked()).toEqual({ 'git-utils': '1.0.1' })
    const update = await aam('update')
    expect(update.stderr).toContain('warning: git-utils@1.0.0 is deprecated: use 2')
    expect(locked()).toEqual({ 'git-utils': '1.0.0' })
    expect((await aam('install git-utils@1.0.1')).stderr).toContain('git-utils@1.0.1 was yanked')
  })

  test('the locked version can be named again after it was yanked, another yanked one cannot', async () => {
    await aam('install git-utils@1.0.1')
    for (const version of ['1.0.0', '1.0.1']) await aam(`yank git-utils@${version}`)
    const run = await aam('install git-utils@1.0.1')
    expect([run.code, run.stderr]).toEqual([0, expect.stringContaining('it stays only because the lock has it')])
    expect(locked()).toEqual({ 'git-utils': '1.0.1' })
    expect((await aam('install git-utils@1.0.0')).stderr).toContain('git-utils@1.0.0 was yanked')
  })

  test('a range that only yanked versions match says so', async () => {
    const metadata = 'registry/packages/deployment/metadata.yaml'
    sandbox.write(metadata, sandbox.read(metadata).replace('  2.0.0:\n', '  2.0.0:\n    yanked: true\n'))
    manifest({ deployment: '^2.0.0' })
    const run = await aam('install')
    expect(run.stderr).toContain('Error: No version of deployment matches ^2.0.0')
    expect(run.stderr).toContain('yanked: 2.0.0')
  })

  test('a range that only versions for a newer resolver match says so', async () => {
    await registry.publish(packSpec(parseSpec('deployment 3.0.0 (resolver 2)')), {})
    manifest({ deployment: '^3.0.0' })
    const run = await aam('install')
    expect(run.stderr).toContain('Error: No version of deployment matches ^3.0.0')
    expect(run.stderr).toContain('made for a newer aam: 3.0.0')
  })

  test('an unknown resolverVersion is refused before anything is asked', async () => {
    manifest({ 'git-utils': '*' }, { resolverVersion: 2 })
    expect((await aam('install')).stderr).toContain('asks for resolverVersion 2; this aam knows 1')
  })

  test('two installs at once in one project both succeed', async () => {
    manifest({ '@team/review': '^1.0.0' })
    const runs = await Promise.all([aam('install'), aam('install'), aam('install --force')])
    expect(runs.map(({ code }) => code)).toEqual([0, 0, 0])
    expect((await aam('check')).code).toBe(0)
  })
})

describe('several at once', () => {
  test('each adds its package, and none is lost', async () => {
    manifest({})
    await Promise.all(
      ['git-utils@^1.0.0', 'code-review@1.3.2', '@team/review'].map(async name => aam(`install ${name}`)),
    )
    expect(sandbox.json('app/package.agent.json')['dependencies']).toEqual({
      '@team/review': '^1.0.0',
      'code-review': '1.3.2',
      'git-utils': '^1.0.0',
    })
    expect((await aam('check')).code).toBe(0)
  })

  test('two that start a project both end up in it', async () => {
    await Promise.all([aam('install git-utils@^1.0.0'), aam('install code-review@1.3.2')])
    expect(sandbox.json('app/package.agent.json')['dependencies']).toEqual({
      'code-review': '1.3.2',
      'git-utils': '^1.0.0',
    })
  })
})

describe('from a fitting lock', () => {
  beforeEach(async () => {
    manifest({ '@team/review': '^1.0.0' })
    await aam('install')
    rmSync(sandbox.path('app/.agent-packages'), { recursive: true })
  })

  test('nothing is asked of the registry when the cache has everything', async () => {
    rmSync(sandbox.path('registry'), { recursive: true })
    expect((await aam('install --frozen')).code).toBe(0)
    expect(installed()).toContain('code-review')
  })

  test('archives alone are enough: no metadata is read', async () => {
    rmSync(sandbox.path('home/.aam/cache'), { recursive: true })
    for (const name of ['git-utils', 'code-review', '@team/review']) {
      writeFileSync(sandbox.path('registry/packages', name, 'metadata.yaml'), 'not: [yaml')
      rmSync(sandbox.path('registry/packages', name, 'document.json'))
    }
    expect((await aam('install')).code).toBe(0)
  })

  test('newer versions change nothing until update', async () => {
    await registry.publish(packSpec(parseSpec('git-utils 1.9.0')), {})
    await aam('install')
    expect(locked()['git-utils']).toBe('1.0.1')
    expect((await aam('update --dry-run')).stdout).toContain('~ git-utils 1.0.1 → 1.9.0')
    expect(locked()['git-utils']).toBe('1.0.1')
    await aam('update git-utils')
    expect(locked()['git-utils']).toBe('1.9.0')
  })

  test('update name keeps everything else', async () => {
    await registry.publish(packSpec(parseSpec('git-utils 1.9.0')), {})
    await registry.publish(packSpec(parseSpec('code-review 1.9.0 → git-utils ^1.0.0')), {})
    await aam('update code-review')
    expect(locked()).toEqual({ '@team/review': '1.0.0', 'code-review': '1.9.0', 'git-utils': '1.0.1' })
  })

  test('--frozen refuses a lock that does not fit, names why, and changes nothing (H11)', async () => {
    manifest({ '@team/review': '^2.0.0', deployment: '*' })
    const before = sandbox.read('app/package.agent.lock')
    const run = await aam('install --frozen')
    expect(run.code).toBe(1)
    expect(run.stderr).toContain('@team/review ^2.0.0 is wanted, and the lock has 1.0.0')
    expect(run.stderr).toContain('deployment * is wanted, and the lock does not have it')
    expect(sandbox.read('app/package.agent.lock')).toBe(before)
    expect(sandbox.exists('app/.agent-packages')).toBe(false)
  })

  test('--frozen without a lock says what to do', async () => {
    rmSync(sandbox.path('app/package.agent.lock'))
    expect((await aam('install --frozen')).stderr).toContain('There is no package.agent.lock')
  })

  test('a lock of version 1 is read, and upgraded by the next write (UAAPS 13.3)', async () => {
    const { resolved } = lock()
    const old = Object.fromEntries(
      Object.entries(resolved).map(([name, entry]) => [name, { ...entry, source: `registry:${name}@old` }]),
    )
    sandbox.write('app/package.agent.lock', { lockVersion: 1, resolved: old })
    expect((await aam('install')).code).toBe(0)
    expect(sandbox.json('app/package.agent.lock')['lockVersion']).toBe(2)
    expect(lock().resolved['git-utils']!.source).toMatchObject({ type: 'registry', display: 'registry:git-utils@old' })
  })

  test('addresses are a record: another registry with the same archives changes no byte of the lock (D2)', async () => {
    const before = sandbox.read('app/package.agent.lock')
    await publishUniverse(sandbox.path('mirror'), UNIVERSE)
    rmSync(sandbox.path('home/.aam/cache'), { recursive: true })
    await sandbox.aam('install --registry ../mirror', { cwd: 'app' })
    await sandbox.aam('update --registry ../mirror', { cwd: 'app' })
    expect(sandbox.read('app/package.agent.lock')).toBe(before)
  })
})

describe('integrity', () => {
  const archive = (): string => sandbox.path('registry/packages/git-utils/versions/1.0.1.aam')

  test('other bytes than the registry promised are refused, and nothing is unpacked or written', async () => {
    writeFileSync(archive(), packSpec(parseSpec('git-utils 1.0.1'), { license: 'EVIL' }))
    manifest({ 'code-review': '*' })
    const run = await aam('install')
    expect(run.code).toBe(1)
    expect(run.stderr).toContain('git-utils@1.0.1 is not what it should be')
    expect(sandbox.exists('app/.agent-packages')).toBe(false)
    expect(sandbox.exists('app/package.agent.lock')).toBe(false)
    expect(readdirSync(sandbox.path('home/.aam/cache')).filter(file => file.startsWith('git-utils'))).toEqual([])
  })

  test('a registry that changes a locked version is caught, also when its record changes with it (UAAPS 13.13)', async () => {
    manifest({ 'git-utils': '1.0.1' })
    await aam('install')
    rmSync(sandbox.path('registry/packages/git-utils'), { recursive: true })
    await registry.publish(packSpec(parseSpec('git-utils 1.0.1'), { license: 'EVIL' }), {})
    const run = await aam('update')
    expect(run.code).toBe(1)
    expect(run.stderr).toContain('git-utils@1.0.1 is not what it should be')
    expect((await aam('check')).code).toBe(0)
  })

  test('that is caught by the lock alone, on a machine that has seen neither', async () => {
    manifest({ 'git-utils': '1.0.1' })
    await aam('install')
    rmSync(sandbox.path('home/.aam/cache'), { recursive: true })
    rmSync(sandbox.path('registry/packages/git-utils'), { recursive: true })
    await registry.publish(packSpec(parseSpec('git-utils 1.0.1'), { license: 'EVIL' }), {})
    const before = sandbox.read('app/package.agent.lock')
    const run = await aam('update')
    expect([run.code, run.stderr]).toEqual([1, expect.stringContaining('git-utils@1.0.1 is not what it should be')])
    expect(sandbox.read('app/package.agent.lock')).toBe(before)
  })

  test('a damaged cache entry is thrown away and fetched again', async () => {
    manifest({ 'git-utils': '1.0.1' })
    await aam('install')
    const [entry] = readdirSync(sandbox.path('home/.aam/cache'))
    expect(entry).toMatch(/^git-utils-1\.0\.1-sha256-[0-9a-f]{64}\.aam$/)
    writeFileSync(sandbox.path('home/.aam/cache', entry!), 'damaged')
    expect((await aam('install --force')).code).toBe(0)
    expect(readFileSync(sandbox.path('home/.aam/cache', entry!)).equals(readFileSync(archive()))).toBe(true)
  })

  test('--no-cache neither reads nor fills the cache', async () => {
    manifest({ 'git-utils': '1.0.1' })
    await aam('install --no-cache')
    expect(sandbox.exists('home/.aam/cache')).toBe(false)
  })

  test('a cache that cannot be used costs nothing but time', async () => {
    sandbox.write('home/.aam/cache', 'a file where the folder should be')
    manifest({ 'code-review': '*' })
    expect((await aam('install')).code).toBe(0)
    expect((await aam('check')).code).toBe(0)
  })

  test('an archive that asks for something else than its record is refused, and nothing is written', async () => {
    const metadata = 'registry/packages/code-review/metadata.yaml'
    sandbox.write(metadata, sandbox.read(metadata).replace('git-utils: ^1.0.0', 'git-utils: ^2.0.0'))
    manifest({ 'code-review': '^1.0.0' })
    const run = await aam('install')
    expect([run.code, run.stderr]).toEqual([
      1,
      expect.stringContaining('code-review needs git-utils ^1.0.0, and the lock has 2.0.0'),
    ])
    expect(run.stderr).toContain('an archive asks for something else than its record says')
    expect(sandbox.exists('app/package.agent.lock')).toBe(false)
  })

  test('an archive whose manifest is another package is refused', async () => {
    const wrong = packSpec(parseSpec('other 1.0.1'))
    await registry.publish(wrong, {})
    const document = sandbox.read('registry/packages/other/metadata.yaml').replaceAll('other', 'git-utils')
    sandbox.write('registry/packages/git-utils/metadata.yaml', document)
    writeFileSync(archive(), wrong)
    manifest({ 'git-utils': '*' })
    expect((await aam('install')).stderr).toContain('its package.agent.json says it is other@1.0.1')
  })
})

describe('what is on disk', () => {
  beforeEach(async () => {
    manifest({ 'code-review': '^1.0.0' })
    await aam('install')
  })

  test('check finds every changed, missing and added file, and --force repairs', async () => {
    sandbox.write('app/.agent-packages/git-utils/skills/git-utils/SKILL.md', 'mine')
    sandbox.write('app/.agent-packages/git-utils/new.md', 'new')
    rmSync(sandbox.path('app/.agent-packages/code-review/package.agent.json'))
    const run = await aam('check')
    expect(run.code).toBe(1)
    expect(run.stdout).toContain('git-utils@1.0.1: skills/git-utils/SKILL.md was changed')
    expect(run.stdout).toContain('git-utils@1.0.1: new.md was added')
    expect(run.stdout).toContain('code-review@1.3.2: package.agent.json is missing')
    await aam('install --force')
    expect((await aam('check')).code).toBe(0)
  })

  test('list says what is locked and not installed', async () => {
    rmSync(sandbox.path('app/.agent-packages/git-utils'), { recursive: true })
    expect((await aam('list')).stdout).toBe(
      'code-review  1.3.2  direct\ngit-utils    1.0.1  transitive, not installed\n',
    )
  })

  test('a package that was deleted comes back', async () => {
    rmSync(sandbox.path('app/.agent-packages/git-utils'), { recursive: true })
    expect((await aam('check')).stdout).toContain('git-utils@1.0.1 is not installed')
    expect((await aam('install')).stdout).toContain('+ git-utils 1.0.1')
    expect((await aam('check')).code).toBe(0)
  })

  test('without its state everything is installed again', async () => {
    rmSync(sandbox.path('app/.aam'), { recursive: true })
    expect((await aam('install')).stdout).toContain('+ code-review 1.3.2')
    expect((await aam('check')).code).toBe(0)
  })

  test('a folder of the user in .agent-packages is left alone, and check names it', async () => {
    sandbox.write('app/.agent-packages/mine/notes.md', 'mine')
    await aam('install --force')
    expect(sandbox.read('app/.agent-packages/mine/notes.md')).toBe('mine')
    expect((await aam('check')).stdout).toContain('.agent-packages/mine belongs to no locked package')
  })

  test('a dependency that is no longer wanted is taken off the disk and out of the lock', async () => {
    manifest({ 'git-utils': '^1.0.0' })
    expect((await aam('install')).stdout).toContain('- code-review 1.3.2')
    expect(installed()).toEqual(['.lock', 'git-utils'])
  })

  test('an interrupted install is finished by the next one', async () => {
    // As a kill between the first and the last package leaves it: state begun, one folder aside, leftovers beside.
    const state = sandbox.json('app/.aam/state.json') as { packages: Record<string, unknown>; complete?: unknown }
    delete state.complete
    delete state.packages['git-utils']
    sandbox.write('app/.aam/state.json', state)
    mkdirSync(sandbox.path('app/.agent-packages/.staging-0badcafe/half'), { recursive: true })
    sandbox.write('app/.agent-packages/git-utils/skills/git-utils/SKILL.md', 'half')
    expect((await aam('install')).code).toBe(0)
    expect(installed()).toEqual(['.lock', 'code-review', 'git-utils'])
    expect((await aam('check')).code).toBe(0)
  })

  test('a damaged state file is an empty one', async () => {
    sandbox.write('app/.aam/state.json', '{"packages": [')
    expect((await aam('install')).code).toBe(0)
    expect((await aam('check')).code).toBe(0)
  })

  test('the state is kept out of version control', () => {
    expect(sandbox.read('app/.aam/.gitignore')).toContain('state.json')
  })

  test('what a person should commit is said once, in a repository', async () => {
    mkdirSync(sandbox.path('app/.git'))
    await aam('install --force')
    sandbox.write('repo/package.agent.json', { name: 'x', version: '1.0.0', dependencies: { 'git-utils': '*' } })
    mkdirSync(sandbox.path('repo/.git'))
    expect((await aam('install', 'repo')).stderr).toContain('add .agent-packages/ to .gitignore')
    expect((await aam('install --force', 'repo')).stderr).not.toContain('.gitignore')
  })
})

describe('the manifest', () => {
  test('is started by the first install, private, and only when that works (D38)', async () => {
    expect((await aam('install ghost', 'My Project')).code).toBe(1)
    expect(readdirSync(sandbox.path('My Project'))).toEqual([])
    expect((await aam('install git-utils', 'My Project')).code).toBe(0)
    expect(sandbox.json('My Project/package.agent.json')).toEqual({
      name: 'my-project',
      version: '0.0.0',
      'x-aam': { private: true },
      dependencies: { 'git-utils': '^2.0.0' },
    })
  })

  test.each([
    ['git-utils@1.0.0', '1.0.0'],
    ['git-utils@^1.0.0', '^1.0.0'],
    ['git-utils@1', '1'],
    ['git-utils', '^2.0.0'],
    ['git-utils@latest', '^2.0.0'],
  ])('install %s records %s', async (specifier, range) => {
    await aam(`install ${specifier}`)
    expect(sandbox.json('app/package.agent.json')['dependencies']).toEqual({ 'git-utils': range })
  })

  test('--save-exact records the version', async () => {
    await aam('install git-utils --save-exact')
    expect(sandbox.json('app/package.agent.json')['dependencies']).toEqual({ 'git-utils': '2.0.0' })
  })

  test('--optional records it as optional', async () => {
    await aam('install git-utils --optional')
    expect(sandbox.json('app/package.agent.json')['optionalDependencies']).toEqual({ 'git-utils': '^2.0.0' })
    await aam('install git-utils@1.0.0')
    expect(sandbox.json('app/package.agent.json')).toEqual({
      name: 'app',
      version: '0.0.0',
      'x-aam': { private: true },
      dependencies: { 'git-utils': '1.0.0' },
    })
  })

  test('may have room for extras that are not there yet', async () => {
    manifest({ 'git-utils': '*' }, { 'x-aam': { extras: {} } })
    expect((await aam('install')).code).toBe(0)
  })

  test('keeps its key order, indentation and final newline', async () => {
    const before =
      '{\n    "version": "1.0.0",\n    "dependencies": {\n        "a-first": "*",\n        "z-last": "*"\n    },\n    "name": "my-app"\n}'
    await registry.publish(packSpec(parseSpec('a-first 1.0.0')), {})
    await registry.publish(packSpec(parseSpec('z-last 1.0.0')), {})
    sandbox.write('app/package.agent.json', before)
    await aam('install git-utils@^1.0.0')
    expect(sandbox.read('app/package.agent.json')).toBe(
      before.replace('"z-last"', '"git-utils": "^1.0.0",\n        "z-last"'),
    )
  })

  test('in YAML keeps its comments', async () => {
    sandbox.write('app/package.agent.yaml', '# ours\nname: my-app # the app\nversion: 1.0.0\n')
    await aam('install git-utils@^1.0.0')
    expect(sandbox.read('app/package.agent.yaml')).toBe(
      '# ours\nname: my-app # the app\nversion: 1.0.0\ndependencies:\n  git-utils: ^1.0.0\n',
    )
    expect((await aam('install')).stdout).toContain('Already up to date')
  })

  test('aam.yaml is read, and converted once something has to be written (D1)', async () => {
    sandbox.write('app/aam.yaml', 'name: my-app\nversion: 1.0.0\ndependencies:\n  git-utils: ">=1.0.0,<2.0.0"\n')
    expect((await aam('install')).code).toBe(0)
    expect(locked()).toEqual({ 'git-utils': '1.0.1' })
    expect(sandbox.exists('app/package.agent.json')).toBe(false)
    expect((await aam('install deployment')).stderr).toContain('No version of git-utils')
  })

  test('aam.yaml is converted once something has to be written (D1)', async () => {
    sandbox.write('app/aam.yaml', 'name: my-app\nversion: 1.0.0\ndependencies:\n  git-utils: ">=1.0.0,<2.0.0"\n')
    const run = await aam('install code-review@1.3.2')
    expect(run.stderr).toContain('aam.yaml was converted to package.agent.json and is no longer read')
    expect(sandbox.json('app/package.agent.json')['dependencies']).toEqual({
      'code-review': '1.3.2',
      'git-utils': '>=1.0.0,<2.0.0',
    })
  })

  test('of several the first in order counts, and that is said', async () => {
    sandbox.write('app/package.agent.yaml', 'name: other\nversion: 9.0.0\n')
    manifest({ 'git-utils': '*' })
    expect((await aam('install')).stderr).toContain(
      'warning: package.agent.yaml is not read, because package.agent.json is there',
    )
  })

  test('a tag is followed from optionalDependencies too, and the range there is rewritten (D14)', async () => {
    await aam('dist-tag add git-utils@1.0.0 stable')
    await aam('install git-utils@stable --optional')
    await aam('dist-tag add git-utils@2.0.0 stable')
    expect((await aam('update')).stdout).toContain('git-utils: ^1.0.0 → ^2.0.0, follows stable')
    expect(sandbox.json('app/package.agent.json')).toMatchObject({ optionalDependencies: { 'git-utils': '^2.0.0' } })
    expect(locked()).toEqual({ 'git-utils': '2.0.0' })
  })

  test('a tag is followed even when the lock is lost (D14)', async () => {
    await sandbox.aam('dist-tag add git-utils@1.0.0 stable', { cwd: '.' })
    await aam('install git-utils@stable')
    expect(locked()).toEqual({ 'git-utils': '1.0.0' })
    rmSync(sandbox.path('app/package.agent.lock'))
    await aam('install')
    expect(locked()).toEqual({ 'git-utils': '1.0.0' })
    expect(lock().resolved['git-utils']!.source['resolvedTag']).toBe('stable')
    await aam('install git-utils@^1.0.0')
    expect(sandbox.json('app/package.agent.json')).toEqual({
      name: 'app',
      version: '0.0.0',
      'x-aam': { private: true },
      dependencies: { 'git-utils': '^1.0.0' },
    })
  })
})

describe('the tag in the lock (D14)', () => {
  beforeEach(async () => {
    await aam('dist-tag add git-utils@1.0.1 stable')
    await aam('install git-utils@stable')
  })
  const tag = (): unknown => lock().resolved['git-utils']!.source['resolvedTag']

  test('stays while the package does, whatever else is resolved', async () => {
    await aam('install code-review@1.3.2')
    expect(tag()).toBe('stable')
  })

  test.each(['1.0.1', '^1.0.0'])(
    'goes when the package is asked for as %s, also where its version stays',
    async wanted => {
      await aam(`install git-utils@${wanted}`)
      expect([locked()['git-utils'], tag()]).toEqual(['1.0.1', undefined])
    },
  )
})

describe('registry files edited by hand', () => {
  test('a tag that points to nothing is said to', async () => {
    const metadata = 'registry/packages/git-utils/metadata.yaml'
    sandbox.write(metadata, sandbox.read(metadata).replace('latest: 2.0.0', 'latest: 9.9.9'))
    expect((await aam('install git-utils')).stderr).toContain("tag 'latest' points to 9.9.9, which is not there")
  })

  test('a misspelt rule in registry.yaml is refused, not ignored', async () => {
    sandbox.write('registry/registry.yaml', 'format_version: 1\nprotected-tags: [stable]\n')
    const run = await sandbox.aam('dist-tag add git-utils@1.0.0 stable', { cwd: '.' })
    expect(run.code).toBe(1)
    expect(run.stderr).toContain("'protected-tags' is not a setting")
  })
})

describe('settings', () => {
  test('default_tag is what a bare name means (D13)', async () => {
    await sandbox.aam('dist-tag add git-utils@1.0.0 stable', { cwd: '.' })
    sandbox.write('app/.aam/config.yaml', 'default_tag: stable\n')
    await aam('install git-utils')
    expect(locked()).toEqual({ 'git-utils': '1.0.0' })
    const without = await aam('install deployment')
    expect(without.stderr).toContain("Error: Tag 'stable' not found for deployment")
    expect(without.stderr).toContain('tags there are: latest')
  })

  test('later layers win: user, project, environment, flag', async () => {
    for (const place of ['one', 'two', 'three']) await publishUniverse(sandbox.path(place), [`only-${place} 1.0.0`])
    sandbox.write('app/.aam/config.yaml', 'registries:\n  default: ../../one\n')
    expect((await aam('install only-one')).code).toBe(0)
    const environment = { AAM_REGISTRY: '../two' }
    expect((await sandbox.aam('info only-two', { cwd: 'app', env: environment })).code).toBe(0)
    expect((await sandbox.aam('info only-three --registry ../three', { cwd: 'app', env: environment })).code).toBe(0)
  })

  test('AAM_REGISTRY counts before AAM_REGISTRIES__DEFAULT', async () => {
    await publishUniverse(sandbox.path('one'), ['only-one 1.0.0'])
    const env = { AAM_REGISTRY: '../one', AAM_REGISTRIES__DEFAULT: '../registry' }
    expect((await sandbox.aam('info only-one', { cwd: 'app', env })).code).toBe(0)
  })

  test('no registry is an error that names the ways out (D38)', async () => {
    rmSync(sandbox.path('home/.aam/config.yaml'))
    const run = await aam('install git-utils')
    expect(run.stderr).toContain('Error: No registry is configured')
    expect(run.stderr).toContain('aam registry init ./registry --default')
  })

  test('registry init --default makes a first registry in one step', async () => {
    rmSync(sandbox.path('home/.aam/config.yaml'))
    await sandbox.aam('registry init ./mine --default', { cwd: '.' })
    expect(sandbox.read('home/.aam/config.yaml')).toContain(join(sandbox.root, 'mine'))
    expect((await aam('install git-utils')).stderr).toContain('Package git-utils not found')
  })
})

describe('a conflict', () => {
  beforeEach(() => {
    manifest({ 'code-review': '1.3.2', deployment: '^2.0.0' })
  })

  test('writes nothing and exits 1 (H1)', async () => {
    const run = await aam('install')
    expect(run.code).toBe(1)
    expect(run.stdout).toBe('')
    expect(run.stderr).toContain(
      '  Package code-review@1.3.2 requires git-utils ^1.0.0\n      my-app → code-review@1.3.2\n',
    )
    expect(run.stderr).toContain(
      '  Package deployment@2.0.0 requires git-utils ^2.0.0\n      my-app → deployment@2.0.0\n',
    )
    expect(readdirSync(sandbox.path('app'))).toEqual(['package.agent.json'])
  })

  test('suggests only what works: every suggestion, carried out, installs', async () => {
    const { stderr } = await aam('install')
    const works = [...stderr.matchAll(/Works: (.*)/g)].map(match => match[1]!)
    expect(works.length).toBeGreaterThan(1)
    for (const suggestion of works) {
      const change = /^change (\S+) to "(.*?)"/.exec(suggestion)
      const resolutions = /"resolutions": (\{.*?\})/.exec(suggestion)
      const dependencies: Record<string, string> = { 'code-review': '1.3.2', deployment: '^2.0.0' }
      if (change !== null) dependencies[change[1]!] = change[2]!
      manifest(dependencies, resolutions === null ? {} : { resolutions: JSON.parse(resolutions[1]!) as object })
      const command = /^`aam (.*?)`/.exec(suggestion)?.[1] ?? 'install'
      expect((await aam(`${command} --dry-run`)).code, suggestion).toBe(0)
    }
  })

  test('carries its facts and steps in --json', async () => {
    const run = await aam('install --json')
    const { error } = JSON.parse(run.stdout) as {
      error: { code: string; facts: { facts: { package: string; requirements: unknown[]; steps: string[] } } }
    }
    expect(error.code).toBe('DEPENDENCY_CONFLICT')
    expect(error.facts.facts.package).toBe('git-utils')
    expect(error.facts.facts.requirements).toHaveLength(2)
    expect(error.facts.facts.steps.length).toBeGreaterThan(0)
    expect(run.code).toBe(1)
  })
})

test('a cycle is fatal and printed (D18)', async () => {
  await registry.publish(packSpec(parseSpec('chicken 1.0.0 → egg *')), {})
  await registry.publish(packSpec(parseSpec('egg 1.0.0 → chicken *')), {})
  manifest({ egg: '*' })
  const run = await aam('install')
  expect(run.code).toBe(1)
  expect(run.stderr).toContain('Error: Dependency cycle: chicken → egg → chicken')
  expect(sandbox.exists('app/package.agent.lock')).toBe(false)
})
