/** Several versions of one package side by side, as a lock says (D17): every command keeps them apart. */
import { cpSync, readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { integrityOf } from '@aam/archive'
import { openFolderRegistry } from '@aam/client'
import { NOW, type Run, type Sandbox, createSandbox, packSpec, parseSpec, startRegistry } from '@aam/testkit'
import { buildRich } from './support/bundle-of.ts'
import { publishRich } from './support/rich-package.ts'

let sandbox: Sandbox

beforeEach(() => {
  sandbox = createSandbox()
})

afterEach(() => {
  sandbox.remove()
})

const aam = async (args: string, answers?: readonly (string | boolean)[]): Promise<Run> =>
  sandbox.aam(args, { cwd: 'app', ...(answers === undefined ? {} : { answers }) })

/** Runs a command that has to work. */
const done = async (args: string): Promise<string> => (await sandbox.done(args, { cwd: 'app' })).output

const LOCK = 'app/package.agent.lock'

/** The lock of `{ 'name@version': { dependency: version } }`, with what the registry has; those with a `!` are not plain. */
const writeLock = (packages: Readonly<Record<string, Readonly<Record<string, string>>>>): void => {
  const resolved = Object.entries(packages).map(([label, dependencies]) => {
    const [, name = '', version = '', extra = ''] = /^(.+)@([^!]+)(!?)$/.exec(label) ?? []
    const archive = `registry/packages/${name}/versions/${version}.aam`
    const entry = {
      ...(Object.keys(dependencies).length === 0 ? {} : { dependencies }),
      integrity: integrityOf(readFileSync(sandbox.path(archive))),
      source: {
        display: `registry:${name}`,
        name,
        registry: 'file:../registry',
        tarball: `file:../${archive}`,
        type: 'registry',
        version,
      },
      version,
    }
    return [extra === '' ? name : `${name}@${version}`, entry] as const
  })
  const sorted = resolved.sort(([a], [b]) => (a < b ? -1 : 1))
  sandbox.write(LOCK, { lockVersion: 2, resolved: Object.fromEntries(sorted) })
}

const folders = (): string[] => [
  ...new Set(Object.keys(sandbox.files('app/.agent-packages')).map(path => path.split('/')[0] ?? '')),
]
const versionIn = (folder: string): unknown => {
  const { name, version } = sandbox.json(`app/.agent-packages/${folder}/package.agent.json`)
  return [name, version]
}

const BOTH = {
  'git-utils@1.0.5!': {},
  'git-utils@2.0.0': { lint: '1.0.0' },
  'lint@1.0.0': {},
  'new@1.0.0': { 'git-utils': '2.0.0' },
  'old@1.0.0': { 'git-utils': '1.0.5' },
}

const manifest = (dependencies: Readonly<Record<string, string>>): void => {
  sandbox.write('app/package.agent.json', { name: 'app', version: '1.0.0', dependencies })
}

describe('two versions of git-utils', () => {
  beforeEach(async () => {
    await startRegistry(sandbox, [
      'lint 1.0.0',
      'git-utils 1.0.5',
      'git-utils 2.0.0 → lint *',
      'old 1.0.0 → git-utils ^1.0.0',
      'new 1.0.0 → git-utils ^2.0.0',
    ])
    manifest({ old: '^1.0.0', new: '^1.0.0' })
    writeLock(BOTH)
  })

  describe('are installed', () => {
    test('each into a folder of its own, and the lock stays as it is', async () => {
      const lock = sandbox.read(LOCK)
      expect(await done('install')).toContain(
        '+ git-utils 2.0.0\n+ git-utils 1.0.5\n+ lint 1.0.0\n+ new 1.0.0\n+ old 1.0.0\n',
      )
      expect(folders()).toEqual(['.lock', 'git-utils', 'git-utils@1.0.5', 'lint', 'new', 'old'])
      expect(versionIn('git-utils')).toEqual(['git-utils', '2.0.0'])
      expect(versionIn('git-utils@1.0.5')).toEqual(['git-utils', '1.0.5'])
      expect([sandbox.read(LOCK), sandbox.read('app/.agent-packages/.lock')]).toEqual([lock, lock])
    })

    test('once: the state knows both, and a folder that is gone is made again', async () => {
      await done('install')
      expect(Object.keys(sandbox.json('app/.aam/state.json')['packages'] as object)).toEqual([
        'git-utils',
        'git-utils@1.0.5',
        'lint',
        'new',
        'old',
      ])
      expect(await done('install')).toBe('Already up to date (5 packages)\n')
      sandbox.clear('app/.agent-packages/git-utils@1.0.5')
      expect(await done('install')).toContain('+ git-utils 1.0.5\n')
      expect(versionIn('git-utils@1.0.5')).toEqual(['git-utils', '1.0.5'])
    })

    test('without a registry from the cache, which knows them by their package', async () => {
      await done('install')
      expect((await done('cache ls')).match(/git-utils +[\d.]+/g)).toHaveLength(2)
      sandbox.clear('registry')
      sandbox.clear('app/.agent-packages')
      sandbox.clear('app/.aam')
      await done('install --frozen --offline')
      expect(folders()).toEqual(['.lock', 'git-utils', 'git-utils@1.0.5', 'lint', 'new', 'old'])
      await done('cache clean git-utils@1.0.5')
      expect((await aam('install --force --offline')).stderr).toContain('the cache does not have git-utils@1.0.5')
    })

    test('no more when one has other contents than the lock says', async () => {
      const lock = sandbox.json(LOCK) as { resolved: Record<string, { integrity: string }> }
      const [one, other] = [lock.resolved['git-utils@1.0.5'], lock.resolved['git-utils']]
      if (one !== undefined && other !== undefined) one.integrity = other.integrity
      sandbox.write(LOCK, lock)
      expect(await aam('install')).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('git-utils@1.0.5 is not what it should be') as string,
      })
      expect(sandbox.exists('app/.agent-packages/old')).toBe(false)
    })

    test('no more when a package in the lock asks for another one than it got', async () => {
      writeLock({ ...BOTH, 'old@1.0.0': { 'git-utils': '2.0.0' }, 'new@1.0.0': { 'git-utils': '1.0.5' } })
      const { code, stderr } = await aam('install --frozen')
      expect([code, stderr]).toEqual([
        1,
        expect.stringMatching(/new needs git-utils \^2\.0\.0, and the lock has 1\.0\.5/),
      ])
      expect(stderr).toContain('old needs git-utils ^1.0.0, and the lock has 2.0.0')
    })

    test('and dedupe keeps them as long as one will not do', async () => {
      await done('install')
      const lock = sandbox.read(LOCK)
      expect(await done('dedupe')).toBe('Nothing to dedupe (5 packages)\n')
      expect(sandbox.read(LOCK)).toBe(lock)
      const registry = openFolderRegistry({ root: sandbox.path('registry'), now: () => NOW })
      await registry.publish(packSpec(parseSpec('old 1.1.0 → git-utils ^2.0.0')), {})
      manifest({ old: '^1.1.0', new: '^1.0.0' })
      expect(await done('dedupe')).toContain('- git-utils 1.0.5')
      expect(sandbox.exists('app/.agent-packages/git-utils@1.0.5')).toBe(false)
    })

    test('and adding a package keeps both', async () => {
      await done('install')
      await done('install lint')
      expect(await done('list')).toContain('git-utils  1.0.5  transitive\ngit-utils  2.0.0  transitive\n')
    })

    test('not where a policy forbids them', async () => {
      sandbox.write('app/.aam/config.yaml', 'install_policy:\n  blocked_packages: [git-utils]\n')
      const { code, stderr } = await aam('install --frozen')
      expect([code, stderr]).toEqual([1, expect.stringContaining('git-utils')])
      expect(stderr).not.toContain('git-utils@1.0.5@')
      expect(sandbox.exists('app/.agent-packages')).toBe(false)
    })
  })

  describe('are shown', () => {
    beforeEach(async () => {
      await done('install')
    })

    test('by list, a line each', async () => {
      expect(await done('list')).toBe(
        'git-utils  1.0.5  transitive\n' +
          'git-utils  2.0.0  transitive\n' +
          'lint       1.0.0  transitive\n' +
          'new        1.0.0  direct\n' +
          'old        1.0.0  direct\n',
      )
      expect(await done('list git-*')).toBe('git-utils  1.0.5  transitive\ngit-utils  2.0.0  transitive\n')
      sandbox.clear('app/.agent-packages/git-utils@1.0.5')
      expect(await done('list git-*')).toBe(
        'git-utils  1.0.5  transitive, not installed\ngit-utils  2.0.0  transitive\n',
      )
    })

    test('by tree, below the package that has it', async () => {
      expect(await done('tree')).toBe(
        'app@1.0.0\n' +
          '├── old@1.0.0\n' +
          '│   └── git-utils@1.0.5\n' +
          '└── new@1.0.0\n' +
          '    └── git-utils@2.0.0\n' +
          '        └── lint@1.0.0\n',
      )
    })

    test('by why, with every way to each', async () => {
      expect(await done('why git-utils')).toBe(
        'git-utils@2.0.0\n' +
          '  app → new@1.0.0 → git-utils@2.0.0\n' +
          'git-utils@1.0.5\n' +
          '  app → old@1.0.0 → git-utils@1.0.5\n',
      )
      expect(await done('why lint')).toBe('lint@1.0.0\n  app → new@1.0.0 → git-utils@2.0.0 → lint@1.0.0\n')
      expect(JSON.parse((await aam('why git-utils --json')).stdout)).toMatchObject({
        version: '2.0.0',
        chains: [['new@1.0.0', 'git-utils@2.0.0']],
        others: [{ version: '1.0.5', chains: [['old@1.0.0', 'git-utils@1.0.5']] }],
      })
    })

    test('by outdated, a row each; what the project asks for is the one with the plain name', async () => {
      expect((await aam('outdated')).stdout).toContain('Everything is up to date')
      const transitive = await aam('outdated --all')
      expect([transitive.code, transitive.stdout]).toEqual([
        1,
        'Package    Current  Wanted  Latest  Tag\ngit-utils  1.0.5    1.0.5   2.0.0   -\n',
      ])
      expect((await aam('outdated git-utils')).stdout).toBe(transitive.stdout)
      manifest({ old: '^1.0.0', new: '^1.0.0', 'git-utils': '>=1.0.0' })
      expect(JSON.parse((await aam('outdated git-utils --json')).stdout)).toEqual([
        expect.objectContaining({ current: '1.0.5', wanted: '1.0.5', direct: false }),
      ])
    })

    test('by find, with the version that a file is of', async () => {
      expect(await done('find .agent-packages/git-utils@1.0.5/skills/git-utils/SKILL.md')).toBe(
        'git-utils@1.0.5\n  skills/git-utils/SKILL.md, as published\n  app → old@1.0.0 → git-utils@1.0.5\n',
      )
      const both = JSON.parse((await aam('find skills/git-utils --json')).stdout) as {
        found: { package: string; version: string }[]
      }
      expect(both.found.map(({ package: name, version }) => `${name} ${version}`)).toEqual([
        'git-utils 2.0.0',
        'git-utils 1.0.5',
      ])
      expect(await done('find git-utils@1.0.5')).toContain('the package itself, as published')
    })

    test('by diff, from the one with the plain name', async () => {
      expect(await done('diff git-utils@1.0.5')).toContain('git-utils@2.0.0 → git-utils@1.0.5')
    })

    test('to a shell as one name', async () => {
      expect(await done('completion --installed')).toBe('git-utils\nlint\nnew\nold\n')
    })

    test('by doctor, which counts them', async () => {
      expect((await aam('doctor')).output).toContain('.agent-packages: 5 packages')
      sandbox.clear('app/.agent-packages/git-utils@1.0.5')
      expect((await aam('doctor')).output).toContain('git-utils@1.0.5 is not installed')
    })
  })

  describe('are checked', () => {
    beforeEach(async () => {
      await done('install')
    })

    test('byte by byte', async () => {
      expect(await done('check')).toContain('5 packages: manifest, lock and disk agree')
      sandbox.write('app/.agent-packages/git-utils@1.0.5/skills/git-utils/SKILL.md', 'mine')
      const { code, output } = await aam('check')
      expect([code, output]).toEqual([
        1,
        '✗ disk: git-utils@1.0.5: skills/git-utils/SKILL.md was changed\n' +
          '1 problem; run `aam install --force` to unpack everything again\n',
      ])
      await done('install --force')
      await done('check')
      sandbox.clear('app/.agent-packages/git-utils@1.0.5')
      expect((await aam('check')).output).toContain('✗ disk: git-utils@1.0.5 is not installed\n')
    })

    test('against what has happened in the registry since', async () => {
      await sandbox.aam('yank git-utils@1.0.5 --yes')
      expect(await done('check')).toContain('! git-utils@1.0.5 was yanked\n')
    })

    test('and the folder of one that the lock does not have is named', async () => {
      cpSync(sandbox.path('app/.agent-packages/lint'), sandbox.path('app/.agent-packages/lint@1.0.0'), {
        recursive: true,
      })
      expect((await aam('check')).output).toContain('✗ extra: .agent-packages/lint@1.0.0 belongs to no locked package')
    })
  })

  describe('are removed', () => {
    beforeEach(async () => {
      await done('install')
    })

    test('with the package that needed one', async () => {
      expect(await done('uninstall old')).toContain('- git-utils 1.0.5\n- old 1.0.0\n')
      expect(folders()).toEqual(['.lock', 'git-utils', 'lint', 'new'])
      expect(Object.keys(sandbox.json(LOCK)['resolved'] as object)).toEqual(['git-utils', 'lint', 'new'])
      await done('check')
    })

    test('and the other one stays where it is, also without the plain name', async () => {
      sandbox.clear('registry')
      expect(await done('uninstall new')).toContain('- git-utils 2.0.0\n- lint 1.0.0\n- new 1.0.0\n')
      expect(folders()).toEqual(['.lock', 'git-utils@1.0.5', 'old'])
      expect(await done('install --frozen')).toContain('Already up to date (2 packages)')
      expect(await done('why git-utils')).toBe('git-utils@1.0.5\n  app → old@1.0.0 → git-utils@1.0.5\n')
    })

    test('from the manifest only, while another package needs one', async () => {
      manifest({ old: '^1.0.0', 'git-utils': '^2.0.0' })
      writeLock({
        'git-utils@1.0.5!': {},
        'git-utils@2.0.0': { lint: '1.0.0' },
        'lint@1.0.0': {},
        'old@1.0.0': { 'git-utils': '1.0.5' },
      })
      await done('install')
      const output = await done('uninstall git-utils')
      expect(output).toContain('- git-utils 2.0.0\n')
      expect(output).toContain('git-utils stays, because old needs it')
      expect(folders()).toEqual(['.lock', 'git-utils@1.0.5', 'old'])
    })

    test('by prune, when nothing needs one any more', async () => {
      manifest({ new: '^1.0.0' })
      expect(await done('prune')).toContain('- git-utils 1.0.5\n- old 1.0.0\n')
      expect(folders()).toEqual(['.lock', 'git-utils', 'lint', 'new'])
    })

    test('by prune, when nobody knows the folder; one that is not what it is called stays', async () => {
      const copy = (to: string): void => {
        cpSync(sandbox.path('app/.agent-packages/lint'), sandbox.path('app/.agent-packages', to), { recursive: true })
      }
      copy('lint@1.0.0')
      copy('lint@2.0.0')
      expect(await done('prune')).toContain('- lint 1.0.0\n')
      expect(folders()).toEqual(['.lock', 'git-utils', 'git-utils@1.0.5', 'lint', 'lint@2.0.0', 'new', 'old'])
    })

    test('when the lock does not have one any more', async () => {
      manifest({ new: '^1.0.0' })
      writeLock({ 'git-utils@2.0.0': { lint: '1.0.0' }, 'lint@1.0.0': {}, 'new@1.0.0': { 'git-utils': '2.0.0' } })
      expect(await done('install')).toContain('- git-utils 1.0.5\n- old 1.0.0\n')
      expect(folders()).toEqual(['.lock', 'git-utils', 'lint', 'new'])
    })
  })

  test('are in the way of a bundle of the package, also without the plain name', async () => {
    await done('install')
    await done('uninstall new')
    await buildRich(sandbox, 'app/own.bundle.aam', {
      name: 'git-utils',
      version: '1.0.0',
      skills: ['x'],
      target: 'cursor',
    })
    expect((await aam('install own.bundle.aam')).stderr).toContain('it is in package.agent.lock too')
    expect(sandbox.exists('app/.aam/bundles')).toBe(false)
  })

  test('a dry run shows the tree, and changes nothing', async () => {
    expect(await done('install --dry-run')).toContain('│   └── git-utils@1.0.5\n')
    expect(sandbox.exists('app/.agent-packages')).toBe(false)
  })

  describe('are deployed', () => {
    const skill = (name: string): string => sandbox.read(`app/.claude/skills/${name}/SKILL.md`)
    const skills = (): string[] => [
      ...new Set(Object.keys(sandbox.files('app/.claude/skills')).map(path => path.split('/')[0] ?? '')),
    ]
    beforeEach(async () => {
      sandbox.write('app/.claude/.keep', '')
      await done('install')
    })

    test('under names of their own (D47)', async () => {
      expect(skills()).toEqual(['git-utils-1-0-5-git-utils', 'git-utils-git-utils', 'lint', 'new', 'old'])
      expect(skill('git-utils-1-0-5-git-utils')).toMatch(/^---\nname: git-utils-1-0-5-git-utils\n.*in version 1\.0\.5/)
      expect(skill('git-utils-git-utils')).toContain('in version 2.0.0')
      expect(await done('status')).toContain(
        '\ngit-utils@1.0.5\n  ✓ skill git-utils → .claude/skills/git-utils-1-0-5-git-utils\n',
      )
    })

    test('and told apart by find and resolve', async () => {
      expect(await done('find .claude/skills/git-utils-1-0-5-git-utils/SKILL.md')).toContain('git-utils@1.0.5\n')
      const { found } = JSON.parse((await aam('resolve skill git-utils --json')).stdout) as {
        found: { id: string; places: string[] }[]
      }
      expect(found.map(({ id, places }) => [id, ...places])).toEqual([
        ['git-utils:git-utils', '.claude/skills/git-utils-git-utils'],
        ['git-utils@1.0.5:git-utils', '.claude/skills/git-utils-1-0-5-git-utils'],
      ])
    })

    test('and the one that stays alone gets its plain name back', async () => {
      await done('uninstall new')
      expect(skills()).toEqual(['git-utils', 'old'])
      expect(skill('git-utils')).toContain('in version 1.0.5')
    })
  })
})

describe('what two versions of a package run', () => {
  const RUN = 'hooks/scripts/check.sh'
  const OLD = 'guard@1.0.0-_r_c.1'
  const approved = (): string[] => Object.keys(sandbox.json('app/.aam/approvals.json')['packages'] as object)
  const hooks = (): string[] =>
    [...sandbox.read('app/.claude/settings.json').matchAll(/\.aam\/run\/([^/]+)/g)].map(([, folder = '']) => folder)

  beforeEach(async () => {
    await startRegistry(sandbox, ['old 1.0.0 → guard 1.0.0-RC.1', 'new 1.0.0 → guard ^2.0.0'])
    for (const version of ['1.0.0-RC.1', '2.0.0']) {
      await publishRich(sandbox, { name: 'guard', version, hooks: ['Bash'], servers: ['guard'] })
    }
    sandbox.write('app/.claude/.keep', '')
    manifest({ old: '^1.0.0', new: '^1.0.0' })
    writeLock({
      'guard@1.0.0-RC.1!': {},
      'guard@2.0.0': {},
      'new@1.0.0': { guard: '2.0.0' },
      'old@1.0.0': { guard: '1.0.0-RC.1' },
    })
  })

  test('is approved for each, and copied to a folder of its own', async () => {
    const { code, output } = await aam('install')
    expect(code).toBe(1)
    expect(output).toContain('guard wants to run')
    expect(output).toContain('guard@1.0.0-RC.1 wants to run')
    await done('deploy --approve-executables')
    expect(approved()).toEqual(['guard', 'guard@1.0.0-RC.1'])
    expect(sandbox.read(`app/.aam/run/guard/${RUN}`)).toContain('echo 2.0.0')
    expect(sandbox.read(`app/.aam/run/${OLD}/${RUN}`)).toContain('echo 1.0.0-RC.1')
    expect(hooks().sort()).toEqual(['guard', OLD])
    expect(Object.keys(sandbox.json('app/.mcp.json')['mcpServers'] as object).sort()).toEqual([
      'guard-1-0-0-r-c-1-guard',
      'guard-guard',
    ])
    await done('status')
  })

  test('is asked about one by one', async () => {
    const { output } = await aam('install', [true, false])
    expect(output).toMatch(/guard wants to run:[^]*guard@1\.0\.0-RC\.1 wants to run:/)
    expect(approved()).toEqual(['guard'])
    expect(sandbox.exists(`app/.aam/run/${OLD}`)).toBe(false)
  })

  test('goes with the one that ran it', async () => {
    await done('install --approve-executables')
    await done('uninstall old')
    expect(sandbox.exists(`app/.aam/run/${OLD}`)).toBe(false)
    expect(hooks()).toEqual(['guard'])
    expect(Object.keys(sandbox.json('app/.mcp.json')['mcpServers'] as object)).toEqual(['guard'])
    await done('status')
  })

  test('is found again when the ledger is lost, whichever of them goes', async () => {
    await done('install --approve-executables')
    sandbox.clear('app/.aam/state.json')
    manifest({ old: '^1.0.0' })
    await done('prune')
    expect(Object.keys(sandbox.files('app/.aam/run'))).toEqual([`${OLD}/${RUN}`])
    expect(hooks()).toEqual([OLD])
    sandbox.clear('app/.aam/state.json')
    manifest({})
    await done('prune')
    expect(Object.keys(sandbox.files('app')).filter(path => /^\.(?:claude|aam\/run|mcp)/.test(path))).toEqual([
      '.claude/.keep',
    ])
  })
})
