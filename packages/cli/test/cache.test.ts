/** `aam cache`: what it has, whether it is whole, and that nothing of anybody else's is ever deleted. */
import { mkdirSync, readdirSync, renameSync, symlinkSync, utimesSync } from 'node:fs'
import { basename } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { explainName, integrityFromHex, isVersion, type PackageName } from '@aam/core'
import { openFolderRegistry } from '@aam/client'
import { type Run, type Sandbox, createSandbox, packSpec, parseSpec, startRegistry } from '@aam/testkit'
import { cachePath, parseCacheFile } from '../src/disk/cache.ts'

let sandbox: Sandbox

beforeEach(async () => {
  sandbox = createSandbox()
  await startRegistry(sandbox, [
    'lint 1.0.0',
    'lint 1.0.0-beta.1+linux',
    'lint-rules 2.0.0',
    '@team/lint 1.0.0 → lint ^1.0.0',
  ])
  sandbox.write('app/package.agent.json', {
    name: 'app',
    version: '1.0.0',
    dependencies: { lint: '*', 'lint-rules': '*', '@team/lint': '*' },
  })
  expect((await aam('install')).code).toBe(0)
})

afterEach(() => {
  sandbox.remove()
})

const aam = async (args: string): Promise<Run> => sandbox.aam(args, { cwd: 'app' })
const folder = (): string[] => readdirSync(sandbox.path('home/.aam/cache')).sort()
const archives = (): string[] => folder().filter(file => file.endsWith('.aam'))
const inCache = (file: string): string => `home/.aam/cache/${file}`

describe('names of cache files', () => {
  const word = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,12}$/)
  const name = fc
    .tuple(fc.option(fc.stringMatching(/^[a-z0-9][a-z0-9_-]{0,12}$/)), word)
    .map(([scope, base]) => (scope === null ? base : `@${scope}/${base}`))
    .filter(text => explainName(text) === undefined)
  const version = fc
    .stringMatching(/^\d{1,3}\.\d{1,3}\.\d{1,3}(-[0-9A-Za-z.-]{1,12})?(\+[0-9A-Za-z.-]{1,12})?$/)
    .filter(isVersion)
  const hex = fc.stringMatching(/^[0-9a-f]{64}$/)

  test('say exactly what they were made of', () => {
    fc.assert(
      fc.property(name, version, hex, (text, exact, digest) => {
        const key = { name: text as PackageName, version: exact, integrity: integrityFromHex(digest) }
        expect(parseCacheFile(basename(cachePath('/h', key)))).toEqual(key)
      }),
      { numRuns: 300 },
    )
  })

  test('a file that is read as an entry is named as that entry is', () => {
    const near = fc.stringMatching(/^[a-z0-9_.+-]{0,24}-sha256-[0-9a-f]{63,65}\.aam$/)
    fc.assert(
      fc.property(fc.oneof(near, fc.string()), file => {
        const key = parseCacheFile(file)
        if (key !== undefined) expect(basename(cachePath('/h', key))).toBe(file)
      }),
      { numRuns: 300 },
    )
  })

  const digest = 'ab'.repeat(32)
  test.each([
    ['a-1-2.0.0', 'a-1', '2.0.0'],
    ['team--lint-1.0.0-beta.1', '@team/lint', '1.0.0-beta.1'],
    ['a---b-1.0.0-x--y+z-1', '@a-/b', '1.0.0-x--y+z-1'],
    ['lint--1.0.0', 'lint-', '1.0.0'],
    ['a-1.0.0-sha256-0', 'a', '1.0.0-sha256-0'],
  ])('%s', (label, expected, exact) => {
    expect(parseCacheFile(`${label}-sha256-${digest}.aam`)).toMatchObject({ name: expected, version: exact })
  })

  test.each(['lint-1.0', 'lint', '-1.0.0', 'Lint-1.0.0', 'con-1.0.0', 'a--b--c-1.0.0', 'lint-01.0.0', 'x/a-1.0.0', ''])(
    '%j is none',
    label => {
      expect(parseCacheFile(`${label}-sha256-${digest}.aam`)).toBeUndefined()
    },
  )
})

describe('ls', () => {
  test('lists name, version, size and digest, and the total', async () => {
    const { stdout } = await aam('cache ls')
    const lines = stdout.trimEnd().split('\n')
    expect(lines.map(line => line.replace(/[0-9a-f]{12}$/, '#').replace(/ +\d+ B {2}/, ' size  '))).toEqual([
      '@team/lint  1.0.0 size  #',
      'lint        1.0.0 size  #',
      'lint-rules  2.0.0 size  #',
      expect.stringMatching(/^3 archives, \d+ B, in .*\/home\/\.aam\/cache$/),
    ])
  })

  test('of one package, and of one version', async () => {
    const names = async (args: string): Promise<unknown> =>
      (JSON.parse((await aam(`cache ls ${args} --json`)).stdout) as { entries: { name: string }[] }).entries.map(
        entry => entry.name,
      )
    expect(await names('lint')).toEqual(['lint'])
    expect(await names('@team/lint@1.0.0')).toEqual(['@team/lint'])
    expect(await names('lint@2.0.0')).toEqual([])
    expect((await aam('cache ls lint@2.0.0')).stdout).toContain('has nothing of lint@2.0.0')
  })

  test.each(['lint@^1.0.0', 'lint@latest', 'lint[x]'])('%s is refused', async text => {
    const run = await aam(`cache ls ${text}`)
    expect([run.code, run.stderr]).toEqual([2, expect.stringContaining('names and exact versions only')])
  })
})

describe('verify', () => {
  test('a whole cache is whole', async () => {
    expect((await aam('cache verify')).stdout).toMatch(/^✓ 3 archives in .* all whole\n$/)
  })

  test('removes what is damaged, misnamed or left behind, and exits with 0', async () => {
    const [scoped, lint, rules] = archives() as [string, string, string]
    expect([scoped, lint, rules].map(file => file.replace(/-sha256.*/, ''))).toEqual([
      'lint-1.0.0',
      'lint-rules-2.0.0',
      'team--lint-1.0.0',
    ])
    sandbox.write(inCache(scoped), 'damaged')
    renameSync(sandbox.path(inCache(lint)), sandbox.path(inCache(lint.replace('lint-rules', 'other'))))
    // As another machine would name them: one long ago, one just now.
    const temporary = `.${rules.slice(0, 32)}.0123456789ab.7.unknown.01234567.tmp`
    const fresh = `.${rules.slice(0, 32)}.0123456789ab.8.unknown.89abcdef.tmp`
    for (const file of [temporary, fresh]) sandbox.write(inCache(file), 'half')
    utimesSync(sandbox.path(inCache(temporary)), 1, 1)
    const run = await aam('cache verify')
    expect([
      run.code,
      run.stdout
        .split('\n')
        .map(line => line.replace(/-sha256-[0-9a-f]{64}/, '').replace(/removed \..*tmp/, 'removed a temporary file')),
    ]).toEqual([
      0,
      [
        '! removed a temporary file: left behind by a run that was killed',
        '! removed lint-1.0.0.aam: its contents are not what its name says',
        '! removed other-2.0.0.aam: it is not other@2.0.0, though it is named so',
        expect.stringMatching(/^1 archive in .* are whole; 3 files removed/),
        '',
      ],
    ])
    // Somebody may be writing the other one now.
    expect(folder()).toEqual([fresh, 'origins.txt', rules])
    expect((await aam('install --force')).code).toBe(0)
    expect(archives()).toHaveLength(3)
  })
})

describe('clean', () => {
  test('takes everything out, and what is not ours stays', async () => {
    const foreign = ['notes.txt', 'x.aam', '.hidden.0123456789ab.tmp', 'Lint-1.0.0-sha256-00.aam']
    for (const file of foreign) sandbox.write(inCache(file), 'mine')
    utimesSync(sandbox.path(inCache('.hidden.0123456789ab.tmp')), 1, 1)
    const ours = archives().find(file => file.startsWith('lint-1.0.0'))!
    mkdirSync(sandbox.path(inCache(ours.replace('lint', 'folder'))))
    symlinkSync('/', sandbox.path(inCache(ours.replace('lint', 'link'))))
    const run = await aam('cache clean')
    expect(run.stdout).toMatch(/^✓ Removed 3 archives from .* \(\d+ B\)\n$/)
    expect(folder()).toEqual([...foreign, ours.replace('lint', 'folder'), ours.replace('lint', 'link')].sort())
    expect((await aam('cache clean')).output).toMatch(/has nothing\n$/)
  })

  test('takes out one package, with what is remembered of it', async () => {
    expect((await aam('cache clean lint')).stdout).toContain('Removed 1 archive of lint from')
    expect(archives().map(file => file.replace(/-sha256.*/, ''))).toEqual(['lint-rules-2.0.0', 'team--lint-1.0.0'])
    expect(sandbox.read(inCache('origins.txt'))).toMatch(/^@team\/lint@1\.0\.0 .*\nlint-rules@2\.0\.0 .*\n$/)
    expect((await aam('cache clean lint')).stdout).toContain('has nothing of lint')
  })

  test('takes out one version, also what is remembered when the archive is gone', async () => {
    expect((await aam('cache clean lint-rules@1.0.0')).stdout).toContain('has nothing of lint-rules@1.0.0')
    expect(sandbox.read(inCache('origins.txt'))).toContain('lint-rules@2.0.0')
    await aam('cache clean lint-rules@2.0.0')
    expect(sandbox.read(inCache('origins.txt'))).not.toContain('lint-rules@')
  })

  test('says how many, in --json too', async () => {
    expect(JSON.parse((await aam('cache clean @team/lint@1.0.0 --json')).stdout)).toMatchObject({
      removed: 1,
      filter: '@team/lint@1.0.0',
    })
  })
})

test('a version too long for the name of a cache file is installed without the cache', async () => {
  const long = `1.0.0-${'a'.repeat(190)}`
  const registry = openFolderRegistry({ root: sandbox.path('registry'), now: () => new Date(0) })
  await registry.publish(packSpec(parseSpec(`long ${long}`)), {})
  expect((await aam('install long')).code).toBe(0)
  expect((await aam('cache ls long')).stdout).toContain('has nothing of long')
})
