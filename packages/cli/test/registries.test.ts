/** Several registries (D32): which one is asked for a name, and which one is never asked. */
import { rmSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Run, type Sandbox, createSandbox, publishUniverse } from '@aam/testkit'

let sandbox: Sandbox

beforeEach(async () => {
  sandbox = createSandbox()
  await publishUniverse(sandbox.path('public'), [
    'lint 1.0.0',
    'both 9.0.0',
    '@team/review 99.0.0',
    'app-kit 1.0.0 → @team/review *',
  ])
  await publishUniverse(sandbox.path('team'), ['@team/review 1.0.0 → lint *', 'both 1.0.0', 'inner 1.0.0'])
  await publishUniverse(sandbox.path('more'), ['inner 5.0.0', 'rare 1.0.0'])
  configure([source('team', '["@team"]'), source('more')])
})

afterEach(() => {
  sandbox.remove()
})

const source = (name: string, scopes?: string): string =>
  `    - { name: ${name}, url: ${sandbox.path(name)}${scopes === undefined ? '' : `, scopes: ${scopes}`} }\n`
const configure = (sources: readonly string[]): string =>
  sandbox.write(
    'home/.aam/config.yaml',
    `registries:\n  default: ${sandbox.path('public')}\n${sources.length === 0 ? '' : `  sources:\n${sources.join('')}`}`,
  )
const aam = async (args: string, env: Record<string, string> = {}): Promise<Run> =>
  sandbox.aam(args, { cwd: 'app', env })
const entries = (): Record<string, { version: string; source: { registry: string } }> =>
  sandbox.json('app/package.agent.lock')['resolved'] as never
const from = (name: string): string => entries()[name]!.source.registry.split('/').at(-1)!

describe('which registry', () => {
  test('a source whose scope matches is asked alone, whatever the default has', async () => {
    await aam('install app-kit')
    expect([entries()['@team/review']!.version, from('@team/review'), from('lint')]).toEqual([
      '1.0.0',
      'team',
      'public',
    ])
    const run = await aam('info @team/nowhere')
    expect(run.stderr).toContain(`Package @team/nowhere not found in file://${sandbox.path('team')}\n`)
  })

  test('a scoped name is not asked elsewhere: a registry that is away stops it', async () => {
    rmSync(sandbox.path('team'), { recursive: true })
    const run = await aam('install @team/review')
    expect([run.code, run.stderr]).toEqual([
      1,
      expect.stringContaining(`There is no registry at ${sandbox.path('team')}`),
    ])
  })

  test('else the default, then the sources in order; the first that has the name wins, versions are never merged', async () => {
    await aam('install both inner rare')
    expect([entries()['both']!.version, from('both')]).toEqual(['9.0.0', 'public'])
    expect([entries()['inner']!.version, from('inner')]).toEqual(['1.0.0', 'team'])
    expect(from('rare')).toBe('more')
    const run = await aam('install both@1.0.0')
    expect([run.code, run.stderr]).toEqual([1, expect.stringContaining('both@1.0.0 does not exist')])
  })

  test('only "not found" passes on: a registry that is away or broken is an error', async () => {
    sandbox.write('public/packages/rare/metadata.yaml', 'name: [\n')
    expect((await aam('install rare')).stderr).toContain('public/packages/rare/metadata.yaml')
    rmSync(sandbox.path('public'), { recursive: true })
    expect((await aam('install inner')).stderr).toContain(`There is no registry at ${sandbox.path('public')}`)
  })

  test('a registry nobody needs may be away', async () => {
    rmSync(sandbox.path('more'), { recursive: true })
    expect((await aam('install lint @team/review')).code).toBe(0)
  })

  test('not found names every registry that was asked, and near names of all of them', async () => {
    const run = await aam('install raer')
    const asked = ['public', 'team', 'more'].map(name => `file://${sandbox.path(name)}`).join(' or ')
    expect(run.stderr).toBe(`Error: Package raer not found in ${asked}\nhint: check the spelling and the registry\n`)
    expect((await aam('install rar')).stderr).toContain('did you mean rare?')
  })
})

describe('looking', () => {
  test('search shows a name of a scope from the registry of the scope, though the default has it too', async () => {
    expect((await aam('search review')).stdout).toBe('@team/review  1.0.0  The package @team/review\n')
  })

  test('info says which registry a package is in', async () => {
    expect((await aam('info rare')).stdout).toContain(`from file://${sandbox.path('more')}\n`)
    expect(JSON.parse((await aam('info @team/review --json')).stdout)).toMatchObject({
      registry: `file://${sandbox.path('team')}`,
    })
  })

  test('sources can be set from the command line, relative to where one is', async () => {
    sandbox.write('app/package.agent.json', { name: 'app', version: '1.0.0' })
    await sandbox.aam(['config', 'set', 'registries.sources', '[{ name: more, url: ../more }]', '--project'], {
      cwd: 'app',
    })
    expect(sandbox.read('app/.aam/config.yaml')).toContain('url: ../../more')
    expect((await aam('config unset registries.sources --project')).code).toBe(0)
    expect(sandbox.read('app/.aam/config.yaml')).toBe('')
  })
})

describe('a locked package stays with its registry', () => {
  test('also when the default gets a package of that name later', async () => {
    await aam('install inner')
    await publishUniverse(sandbox.path('public'), ['inner 7.0.0'])
    expect((await aam('update')).stdout).toContain('Already up to date')
    expect([entries()['inner']!.version, from('inner')]).toEqual(['1.0.0', 'team'])
  })

  test('--registry moves it, and that is shown', async () => {
    await aam('install inner')
    await publishUniverse(sandbox.path('more'), ['inner 1.2.0'])
    const moved = await aam(`update --registry ${sandbox.path('more')}`)
    expect(moved.stdout).toContain(
      `! inner now comes from file://${sandbox.path('more')}, before from file://${sandbox.path('team')}`,
    )
    expect(from('inner')).toBe('more')
  })

  test('a scope moves it', async () => {
    await aam(`install @team/review --registry ${sandbox.path('public')}`)
    expect(from('@team/review')).toBe('team')
  })

  test('bytes come from the registry configured now, and the recorded address stays', async () => {
    await aam('install inner')
    const before = sandbox.read('app/package.agent.lock')
    rmSync(sandbox.path('app/.agent-packages'), { recursive: true })
    rmSync(sandbox.path('home/.aam/cache'), { recursive: true })
    await publishUniverse(sandbox.path('mirror'), ['inner 1.0.0'])
    expect((await aam('install', { AAM_REGISTRY: sandbox.path('mirror') })).code).toBe(0)
    expect(sandbox.read('app/package.agent.lock')).toBe(before)
  })
})

describe('writing', () => {
  const write = (name: string): void => {
    sandbox.write('app/package.agent.json', { name, version: '3.0.0', permissions: { shell: { allow: false } } })
    sandbox.write('app/skills/x/SKILL.md', '---\nname: x\ndescription: Does x.\n---\n')
  }

  test('a scoped package is published to the source that has its scope, others to the default', async () => {
    for (const [name, place] of [
      ['@team/new', 'team'],
      ['new', 'public'],
    ]) {
      write(name!)
      expect((await aam('publish')).code).toBe(0)
      expect(sandbox.exists(`${place!}/packages/${name!}/metadata.yaml`)).toBe(true)
    }
  })

  test('--registry is where it goes, whatever the scopes say', async () => {
    write('@team/new')
    await aam(`publish --registry ${sandbox.path('public')}`)
    expect(sandbox.exists('public/packages/@team/new/metadata.yaml')).toBe(true)
    expect((await aam(`dist-tag ls @team/review --registry ${sandbox.path('public')}`)).stdout).toContain(
      'latest: 99.0.0',
    )
  })

  test('a tag is set where the package is', async () => {
    await aam('dist-tag add inner@1.0.0 stable')
    expect(sandbox.read('team/packages/inner/metadata.yaml')).toContain('stable: 1.0.0')
  })
})

test('sources of the project come before those of the user, and the same name is replaced', async () => {
  configure([source('team')])
  sandbox.write('app/package.agent.json', { name: 'app', version: '1.0.0' })
  sandbox.write('app/.aam/config.yaml', 'registries:\n  sources:\n    - { name: more, url: ../../more }\n')
  await aam('install inner')
  expect(from('inner')).toBe('more')
})

test('different bytes for a version that was installed from there before are an integrity violation (UAAPS 13.13)', async () => {
  await aam('install lint')
  rmSync(sandbox.path('public/packages/lint'), { recursive: true })
  rmSync(sandbox.path('app'), { recursive: true })
  await publishUniverse(sandbox.path('public'), ['lint 1.0.0 → rare *'])
  const run = await aam('install lint')
  expect([run.code, run.stderr]).toEqual([1, expect.stringContaining('lint@1.0.0 is not what it should be')])
  expect(run.stderr).toContain('aam cache clean lint@1.0.0')
  expect(sandbox.exists('app/package.agent.lock')).toBe(false)
  rmSync(sandbox.path('home/.aam/cache'), { recursive: true })
  expect((await aam('install lint')).code).toBe(0)
})
