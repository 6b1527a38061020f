/** Locks of older tools, and locks that Git could not merge (D2). */
import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Registry } from '@aam/client'
import { type Version, integrityToHex } from '@aam/core'
import { type Run, type Sandbox, createSandbox, named, publishUniverse, startRegistry } from '@aam/testkit'

let sandbox: Sandbox
let registry: Registry

beforeEach(async () => {
  sandbox = createSandbox()
  registry = await startRegistry(sandbox, [
    'git-utils 1.0.0',
    'git-utils 1.1.0',
    'code-review 1.0.0 → git-utils ^1.0.0',
    'code-review 1.1.0 → git-utils ^1.0.0',
    'lint 1.0.0',
    'lint 1.1.0',
    'lint 1.2.0',
    'format 1.0.0 → git-utils >=1.0.0',
    'strict 1.0.0 → git-utils =1.0.0',
    'strict 1.1.0 → git-utils =1.1.0',
  ])
})

afterEach(() => {
  sandbox.remove()
})

const aam = async (args: string, cwd = 'app'): Promise<Run> => sandbox.aam(args, { cwd })
const locked = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries(sandbox.json('app/package.agent.lock')['resolved'] as Record<string, { version: string }>).map(
      ([name, { version }]) => [name, version],
    ),
  )

describe('.aam/aam-lock.yaml', () => {
  const writeOld = async (packages: Record<string, readonly [string, string]>): Promise<string> => {
    const lines: string[] = []
    for (const [name, [version, dependencies]] of Object.entries(packages)) {
      const release = (await registry.fetchDocument(named(name)))!.releases.get(version as Version)!
      lines.push(
        `  ${name}:\n    version: ${version}\n    source: aam-central\n    checksum: sha256:${integrityToHex(release.integrity)}\n    dependencies: ${dependencies}\n`,
      )
    }
    return sandbox.write(
      'app/.aam/aam-lock.yaml',
      `# DO NOT EDIT\nlockfile_version: 1\nresolved_at: "2026-02-05T14:30:00Z"\n\npackages:\n${lines.join('')}`,
    )
  }
  beforeEach(() => {
    sandbox.write('app/aam.yaml', 'name: app\nversion: 1.0.0\ndependencies:\n  code-review: ^1.0.0\n')
  })

  test('is installed exactly, taken over into package.agent.lock, and stays', async () => {
    const old = await writeOld({ 'code-review': ['1.0.0', '{ git-utils: 1.0.0 }'], 'git-utils': ['1.0.0', '{}'] })
    const before = sandbox.read(old)
    const run = await aam('install')
    expect(run.stderr).toContain('.aam/aam-lock.yaml was taken over into package.agent.lock and is no longer read')
    expect(locked()).toEqual({ 'code-review': '1.0.0', 'git-utils': '1.0.0' })
    expect(sandbox.read(old)).toBe(before)
    expect(sandbox.read('app/package.agent.lock')).toContain('"display": "aam-central"')
    expect((await aam('install')).stdout).toContain('Already up to date')
    expect((await aam('check')).code).toBe(0)
  })

  test('is what tree, list and --frozen look at', async () => {
    await writeOld({ 'code-review': ['1.0.0', '{ git-utils: 1.0.0 }'], 'git-utils': ['1.0.0', '{}'] })
    expect((await aam('tree')).stdout).toContain('└── code-review@1.0.0\n    └── git-utils@1.0.0')
    expect((await aam('install --frozen')).code).toBe(0)
  })

  test('its sources are names of registries', async () => {
    await publishUniverse(sandbox.path('central'), [
      'code-review 1.0.0 → git-utils ^1.0.0',
      'git-utils 1.0.0',
      'git-utils 1.5.0',
    ])
    sandbox.write(
      'home/.aam/config.yaml',
      `registries:\n  default: ${sandbox.path('registry')}\n  sources: [{ name: aam-central, url: ${sandbox.path('central')} }]\n`,
    )
    await writeOld({ 'code-review': ['1.0.0', '{ git-utils: 1.0.0 }'], 'git-utils': ['1.0.0', '{}'] })
    await aam('update git-utils')
    expect(locked()['git-utils']).toBe('1.5.0')
  })

  test.each([
    ['lockfile_version: 7\npackages: {}\n', 'has lockVersion 7'],
    ['lockfile_version: 1\npackages:\n  a--b: {}\n', "'a--b' is not a package name"],
    ['lockfile_version: 1\npackages:\n  a:\n    version: "1"\n', 'packages.a.version'],
    ['lockfile_version: 1\npackages:\n  a:\n    version: 1.0.0\n    checksum: md5:x\n', 'packages.a.checksum'],
    [
      `lockfile_version: 1\npackages:\n  a:\n    version: 1.0.0\n    checksum: sha256:${'ab'.repeat(32)}\n    dependencies: { b: ^1.0.0 }\n`,
      'packages.a.dependencies.b: it must be a package name with an exact version',
    ],
    ['lockfile_version: [\n', 'aam-lock.yaml'],
  ])('%j is refused', async (text, message) => {
    sandbox.write('app/.aam/aam-lock.yaml', text)
    const run = await aam('install')
    expect([run.code, run.stderr]).toEqual([1, expect.stringContaining(message)])
  })
})

describe('conflict markers', () => {
  const git = (...args: string[]): string =>
    execFileSync(
      'git',
      ['-c', 'user.name=t', '-c', 'user.email=t@example.com', '-c', 'commit.gpgsign=false', ...args],
      {
        cwd: sandbox.path('app'),
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    )
  /** Two branches that each run commands, then a merge in which Git leaves markers in the lock. */
  const conflict = async (base: string, ours: string, theirs: string): Promise<void> => {
    await aam(base)
    sandbox.write('app/.gitignore', '.agent-packages\n.aam\n')
    git('init', '-q', '-b', 'main')
    git('add', '.')
    git('commit', '-qm', 'base')
    git('checkout', '-qb', 'theirs')
    for (const each of theirs.split(';')) await aam(each)
    git('commit', '-qam', 'theirs')
    git('checkout', '-q', 'main')
    for (const each of ours.split(';')) await aam(each)
    git('commit', '-qam', 'ours')
    // The manifests are merged by hand; the lock is left as Git leaves it.
    const manifests = ['main', 'theirs'].map(
      branch => JSON.parse(git('show', `${branch}:package.agent.json`)) as { dependencies: Record<string, string> },
    )
    try {
      git('merge', '-q', 'theirs')
    } catch (error) {
      if (!(error instanceof Error)) throw error
    }
    const [first, second] = manifests
    sandbox.write('app/package.agent.json', {
      ...first,
      dependencies: { ...first!.dependencies, ...second!.dependencies },
    })
    if (!sandbox.read('app/package.agent.lock').includes('<<<<<<<')) throw new Error('Git merged the lock by itself')
  }

  test('two additions are merged, keeping what each side had locked', async () => {
    await conflict('install git-utils@1.0.0', 'install code-review@1.0.0', 'install format@1.0.0')
    expect((await aam('tree')).stderr).toContain('hint: run `aam install` to merge the two sides')
    const run = await aam('install')
    expect([run.code, run.stderr]).toEqual([0, expect.stringContaining('Merged the two sides of package.agent.lock')])
    expect(locked()).toEqual({ 'code-review': '1.0.0', format: '1.0.0', 'git-utils': '1.0.0' })
    expect((await aam('check')).code).toBe(0)
    expect((await aam('install')).stdout).toContain('Already up to date')
  })

  test.each([
    ['ours', 'install lint@~1.1.0', 'install lint@>=1.2.0'],
    ['theirs', 'install lint@>=1.2.0', 'install lint@~1.1.0'],
  ])(
    'where both sides moved one package, the higher version is taken, also when it is %s that is lower',
    async (_, ours, theirs) => {
      await conflict('install lint@1.0.0', ours, theirs)
      sandbox.write('app/package.agent.json', { name: 'app', version: '0.0.0', dependencies: { lint: '^1.0.0' } })
      expect((await aam('install')).code).toBe(0)
      expect(locked()).toEqual({ lint: '1.2.0' })
    },
  )

  test('--frozen, update and add refuse, and say what to do', async () => {
    await conflict('install git-utils@1.0.0', 'install code-review@1.0.0', 'install format@1.0.0')
    for (const command of ['install --frozen', 'update', 'install strict']) {
      const run = await aam(command)
      expect([command, run.code, run.stderr]).toEqual([
        command,
        1,
        expect.stringContaining('has Git conflict markers (line '),
      ])
    }
  })

  test('sides whose lines Git has mixed are taken as they were committed', async () => {
    await conflict(
      'install git-utils@1.0.0',
      'install code-review@1.0.0;install git-utils@^1.1.0',
      'install format@1.0.0;install git-utils@>=1.0.0',
    )
    // Without markers around what belongs together, neither half of the text is a lock.
    const text = sandbox.read('app/package.agent.lock')
    sandbox.write(
      'app/package.agent.lock',
      text.replaceAll('"display"', '"dis-play"').replaceAll('"integrity"', '"integ"'),
    )
    sandbox.write('app/package.agent.json', {
      name: 'app',
      version: '0.0.0',
      dependencies: { 'code-review': '1.0.0', format: '1.0.0', 'git-utils': '^1.1.0' },
    })
    expect((await aam('install')).stderr).toContain('Merged the two sides')
    expect(locked()).toEqual({ 'code-review': '1.0.0', format: '1.0.0', 'git-utils': '1.1.0' })
  })

  test('when the sides together need what neither has, the package is named and nothing is written', async () => {
    await conflict(
      'install git-utils@^1.0.0 lint@1.0.0',
      'install strict@1.1.0',
      'install git-utils@1.0.0;install strict@1.0.0',
    )
    const file = 'app/package.agent.json'
    sandbox.write(file, {
      ...sandbox.json(file),
      dependencies: { strict: '1.0.0', lint: '1.1.0', 'git-utils': '^1.0.0' },
    })
    const before = sandbox.read('app/package.agent.lock')
    const run = await aam('install')
    expect([run.code, run.stderr]).toEqual([
      1,
      expect.stringContaining('together they need versions that neither side has: lint'),
    ])
    expect(sandbox.read('app/package.agent.lock')).toBe(before)
  })

  test('different contents for one version are refused by name', async () => {
    await aam('install lint@1.0.0')
    const text = sandbox.read('app/package.agent.lock')
    const other = text.replace(/sha256-[^"]*/, `sha256-${Buffer.alloc(32).toString('base64')}`)
    sandbox.write('app/package.agent.lock', `<<<<<<< HEAD\n${text}=======\n${other}>>>>>>> theirs\n`)
    const run = await aam('install')
    expect([run.code, run.stderr]).toEqual([
      1,
      expect.stringContaining('the two sides have different contents for one version: lint'),
    ])
  })

  test('markers that are not whole, and sides that are no lock, are refused', async () => {
    await aam('install lint')
    const text = sandbox.read('app/package.agent.lock')
    for (const [broken, why] of [
      [text.replace('{', '{\n<<<<<<< HEAD'), 'the markers are not whole'],
      [
        text.replace('{', '<<<<<<< HEAD\n{\n=======\nnothing\n>>>>>>> theirs'),
        'Git has mixed the lines of the two sides',
      ],
    ]) {
      sandbox.write('app/package.agent.lock', broken!)
      expect((await aam('install')).stderr).toContain(`that cannot be merged: ${why!}`)
    }
    rmSync(sandbox.path('app/package.agent.lock'))
    expect((await aam('install')).code).toBe(0)
  })
})
