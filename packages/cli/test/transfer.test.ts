/** `aam registry export` and `import`: packages move whole, verified, and again at will. */
import type * as Files from 'node:fs'
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { integrityOf } from '@aam/archive'
import { openFolderRegistry, type Registry } from '@aam/client'
import type { Tag, Version } from '@aam/core'
import { NOW, type Sandbox, createSandbox, named, packSpec, parseSpec, publishUniverse } from '@aam/testkit'

const steps = vi.hoisted(() => ({ left: Infinity, full: false }))
vi.mock('node:fs', async original => {
  const fs = await original<typeof Files>()
  // Every file gets to its place by a rename, so that renames are the steps a crash can come between.
  const renameSync = (from: string, to: string): void => {
    if (steps.left-- <= 0) throw Object.assign(new Error('crash'), { code: 'ENOSPC', path: to })
    fs.renameSync(from, to)
  }
  const writeSync = (file: number, bytes: Uint8Array, offset: number): number => {
    if (steps.full) throw Object.assign(new Error('full'), { code: 'ENOSPC' })
    return fs.writeSync(file, bytes, offset)
  }
  return { ...fs, renameSync, writeSync }
})

let sandbox: Sandbox
let source: Registry

beforeEach(async () => {
  sandbox = createSandbox()
  source = await publishUniverse(sandbox.path('source'), [
    '@team/review 1.0.0 → lint ^1.0.0',
    '@team/review 1.1.0',
    '@team/docs 2.0.0',
    'lint 1.0.0',
  ])
  await source.setTag(named('@team/review'), { tag: 'stable' as Tag, version: '1.0.0' as Version, force: false })
  sandbox.write('home/.aam/config.yaml', `registries:\n  default: ${sandbox.path('source')}\n`)
})

afterEach(() => {
  steps.left = Infinity
  steps.full = false
  sandbox.remove()
})

const open = (folder: string): Registry => openFolderRegistry({ root: sandbox.path(folder), now: () => NOW })
/** Everything a registry says and has, for comparison. */
async function contentsOf(folder: string): Promise<unknown> {
  const registry = open(folder)
  const names = (await registry.listNames()).sort()
  return Promise.all(
    names.map(async name => {
      const { tags, owners, releases } = (await registry.fetchDocument(named(name)))!
      const versions = [...releases.values()].map(async ({ version, record }) => {
        expect(integrityOf(await registry.fetchArchive(named(name), version))).toBe(record.integrity)
        return [version, record]
      })
      return { name, tags: Object.fromEntries(tags), owners, versions: await Promise.all(versions) }
    }),
  )
}
const metadata = (folder: string, name: string): string => sandbox.path(folder, 'packages', name, 'metadata.yaml')
function edit(file: string, from: string | RegExp, to: string): void {
  const text = readFileSync(file, 'utf8')
  expect(text).toMatch(from)
  writeFileSync(file, text.replace(from, to))
}

describe('export', () => {
  test('makes the folder a registry and copies everything; again it changes nothing', async () => {
    edit(metadata('source', '@team/review'), 'versions:', 'owners: [ann]\nversions:')
    edit(metadata('source', '@team/review'), '    size:', '    deprecated: use 1.1.0\n    size:')
    edit(metadata('source', 'lint'), '    size:', '    yanked: true\n    size:')
    edit(metadata('source', 'lint'), '  latest: 1.0.0\n', '')
    edit(metadata('source', 'lint'), 'tags:', 'tags: {}')
    const run = await sandbox.aam('registry export mirror')
    expect(run.output).toBe(
      [
        '+ @team/docs 2.0.0 (latest: 2.0.0)',
        '+ @team/review 1.0.0, 1.1.0 (latest: 1.1.0, stable: 1.0.0)',
        '+ lint 1.0.0',
        `Exported 4 versions of 3 packages from ${sandbox.path('source')} to ${sandbox.path('mirror')}`,
        '',
      ].join('\n'),
    )
    expect(await contentsOf('mirror')).toEqual(await contentsOf('source'))
    const before = readFileSync(metadata('mirror', '@team/review'), 'utf8')
    const again = await sandbox.aam('registry export mirror')
    expect(again.stdout).toContain('= @team/review has all of it')
    expect(again.stdout).toContain(`Nothing to export from ${sandbox.path('source')} to ${sandbox.path('mirror')}`)
    expect(readFileSync(metadata('mirror', '@team/review'), 'utf8')).toBe(before)
  })

  test('takes names and patterns, from another registry with --registry', async () => {
    await publishUniverse(sandbox.path('other'), ['@team/review 9.0.0', 'else 1.0.0'])
    const run = await sandbox.aam(['registry', 'export', 'mirror', '@team/*', 'lint'])
    expect(run.code).toBe(0)
    expect((await open('mirror').listNames()).sort()).toEqual(['@team/docs', '@team/review', 'lint'])
    await sandbox.aam('registry export second else --registry other')
    expect(await open('second').listNames()).toEqual(['else'])
  })

  test('looks into every configured registry, and takes a name from the one it belongs to', async () => {
    await publishUniverse(sandbox.path('own'), ['@own/tool 1.0.0', 'lint 2.0.0'])
    sandbox.write(
      'home/.aam/config.yaml',
      `registries:\n  default: ${sandbox.path('source')}\n  sources:\n    - { name: own, url: "${sandbox.path('own')}", scopes: ["@own"] }\n`,
    )
    expect((await sandbox.aam('registry export mirror')).code).toBe(0)
    expect([...(await open('mirror').fetchDocument(named('@own/tool')))!.releases.keys()]).toEqual(['1.0.0'])
    expect([...(await open('mirror').fetchDocument(named('lint')))!.releases.keys()]).toEqual(['1.0.0'])
    await publishUniverse(sandbox.path('incoming'), ['@own/tool 1.1.0', 'plain 1.0.0'])
    const run = await sandbox.aam('registry import incoming')
    expect(run.stdout).toContain(`+ @own/tool 1.1.0 went to ${sandbox.path('own')}`)
    expect((await open('own').fetchDocument(named('@own/tool')))!.releases.size).toBe(2)
    expect(await open('source').fetchDocument(named('plain'))).toBeDefined()
  })

  test('a dry run verifies, tells, and makes nothing', async () => {
    const run = await sandbox.aam('registry export mirror --dry-run')
    expect(run.stdout).toContain('+ @team/review 1.0.0, 1.1.0 (latest: 1.1.0, stable: 1.0.0)')
    expect(run.stdout).toContain('Would export 4 versions of 3 packages')
    expect(sandbox.exists('mirror')).toBe(false)
    writeFileSync(sandbox.path('source/packages/lint/versions/1.0.0.aam'), 'other')
    const damaged = await sandbox.aam('registry export mirror --dry-run --json')
    expect(damaged.code).toBe(1)
    expect(JSON.parse(damaged.stdout)).toMatchObject({
      dryRun: true,
      failed: [{ name: 'lint', code: 'INTEGRITY_MISMATCH' }],
    })
  })

  test.each([
    ['a folder of something else', 'home', 'is not empty and not a registry'],
    ['the registry itself', 'source', 'is both ends'],
  ])('into %s is refused', async (_, folder, words) => {
    const run = await sandbox.aam(['registry', 'export', folder])
    expect(run.stderr).toContain(words)
    expect(run.code).toBe(2)
  })
})

describe('import', () => {
  beforeEach(async () => {
    await publishUniverse(sandbox.path('target'), ['@team/review 1.0.0 → lint ^1.0.0'])
  })
  const run = async (line: string): ReturnType<Sandbox['aam']> =>
    sandbox.aam(`registry import source --registry target ${line}`)

  test('adds what is missing, keeps tags that point elsewhere, and takes them with --force', async () => {
    const first = await run('@team/review')
    expect(first.stdout).toBe(
      [
        '+ @team/review 1.1.0 (stable: 1.0.0)',
        '  ! latest stays at 1.0.0; the source has it at 1.1.0 (--force takes that)',
        `Imported 1 version of 1 package from ${sandbox.path('source')} to ${sandbox.path('target')}`,
        '',
      ].join('\n'),
    )
    expect((await run('@team/review --force')).stdout).toContain('~ @team/review (latest: 1.0.0 → 1.1.0)')
    expect((await open('target').fetchDocument(named('@team/review')))!.tags.get('latest' as Tag)).toBe('1.1.0')
  })

  test('a yank reaches a version that is there', async () => {
    edit(metadata('source', '@team/review'), '    size:', '    yanked: true\n    size:')
    const { stdout } = await run('@team/review')
    expect(stdout).toContain('+ @team/review 1.1.0 (latest: 1.0.0 → 1.1.0)\n  1.0.0: yanked\n')
    const document = (await open('target').fetchDocument(named('@team/review')))!
    expect(document.releases.get('1.0.0' as Version)?.yanked).toBe(true)
  })

  test('the tag rules of the target hold', async () => {
    writeFileSync(sandbox.path('target/registry.yaml'), 'format_version: 1\nallowed_tags: [prod]\n')
    expect((await run('@team/review --force')).stdout).toContain('! stable is left out: the registry does not allow it')
    expect([...(await open('target').fetchDocument(named('@team/review')))!.tags.keys()]).toEqual(['latest'])
  })

  test('other contents under a version: nothing of that package is written, the others are', async () => {
    await source.publish(packSpec(parseSpec('@team/docs 2.1.0')), {})
    await open('target').publish(packSpec(parseSpec('@team/docs 2.1.0'), { license: 'MIT' }), {})
    const before = readFileSync(metadata('target', '@team/docs'), 'utf8')
    const { code, stdout } = await run('')
    expect(code).toBe(1)
    expect(stdout).toContain('✗ @team/docs: @team/docs@2.1.0 is already published with other contents')
    expect(stdout).toContain('Imported 2 versions of 2 packages')
    expect(stdout).toContain('; 1 package failed')
    expect(readFileSync(metadata('target', '@team/docs'), 'utf8')).toBe(before)
    expect(readdirSync(sandbox.path('target/packages/@team/docs/versions'))).toHaveLength(2)
  })

  test.each<readonly [string, () => void, string]>([
    [
      'an archive that was changed',
      () => {
        writeFileSync(sandbox.path('source/packages/@team/review/versions/1.1.0.aam'), 'other')
      },
      '@team/review@1.1.0 is not what it should be',
    ],
    [
      'an archive that is gone',
      () => {
        rmSync(sandbox.path('source/packages/@team/review/versions/1.1.0.aam'))
      },
      'it is missing',
    ],
    [
      'a package under the name of another',
      () => {
        const text = readFileSync(metadata('source', '@team/docs'), 'utf8')
        cpSync(sandbox.path('source/packages/@team/docs'), sandbox.path('source/packages/@team/review'), {
          recursive: true,
        })
        writeFileSync(metadata('source', '@team/review'), text.replace('@team/docs', '@team/review'))
      },
      'it is @team/docs@2.0.0',
    ],
    [
      'metadata that is broken',
      () => {
        writeFileSync(metadata('source', '@team/review'), 'name: [')
      },
      'line 1',
    ],
  ])('%s fails that package and leaves nothing of it behind', async (_, damage, words) => {
    damage()
    const { code, stdout } = await run('')
    expect(code).toBe(1)
    expect(stdout).toContain('✗ @team/review: ')
    expect(stdout).toContain(words)
    expect(stdout).toContain('+ lint 1.0.0')
    expect(readdirSync(sandbox.path('target/packages/@team/review/versions'))).toEqual([
      '1.0.0.aam',
      '1.0.0.aam.sha256',
    ])
  })

  test('what is not in the source is said, with what was probably meant', async () => {
    const { code, stdout } = await run('@team/reviews nothing-* lint')
    expect(code).toBe(1)
    expect(stdout).toContain('✗ @team/reviews: Package @team/reviews not found in ')
    expect(stdout).toContain('  hint: did you mean @team/review')
    expect(stdout).toContain('✗ nothing-*: Package nothing-* not found in ')
    expect(stdout).toContain('+ lint 1.0.0')
    expect((await run('a--b')).code).toBe(2)
    expect((await run('(*')).stderr).toContain("Cannot read '(*' as a pattern")
  })

  test('a folder that can be no package is reported when everything is asked for', async () => {
    mkdirSync(sandbox.path('source/packages/Odd'))
    writeFileSync(sandbox.path('source/packages/Odd/metadata.yaml'), 'name: Odd\n')
    const { code, stdout } = await run('')
    expect(code).toBe(1)
    expect(stdout).toContain("'Odd' can be no package's name: capital letters are not allowed")
    expect((await run('lint')).code).toBe(0)
  })

  test.each([0, 1, 2, 3, 4, 5, 6, 7, 8])('a full disk before step %i: running it again finishes', async left => {
    steps.left = left
    expect((await run('')).code).toBe(1)
    steps.left = Infinity
    await contentsOf('target')
    expect((await run('--force')).code).toBe(0)
    expect(await contentsOf('target')).toEqual(await contentsOf('source'))
  })

  test('a full disk stops it at once', async () => {
    steps.full = true
    const { code, output } = await run('')
    expect([code, output]).toEqual([1, expect.stringContaining('Error: The disk is full')])
    expect(output).not.toContain('✗')
  })

  test('a registry that cannot be written to stops it at once', async () => {
    sandbox.write('uaaps/index.json', { formatVersion: 1, updatedAt: '2026-02-22T14:00:00Z', packages: [] })
    const { code, stderr } = await sandbox.aam('registry import source --registry uaaps')
    expect(code).toBe(1)
    expect(stderr).toContain('is read-only: it has the UAAPS layout')
  })
})

describe('a registry of the UAAPS layout', () => {
  const archive = packSpec(parseSpec('@team/review 1.0.0 → lint *'))
  const lint = packSpec(parseSpec('lint 3.0.0'))

  beforeEach(() => {
    for (const [folder, name, version, bytes] of [
      ['team--review', '@team/review', '1.0.0', archive],
      ['lint', 'lint', '3.0.0', lint],
    ] as const) {
      const versions = { [version]: { version, integrity: integrityOf(bytes), tarball: `versions/${version}.aam` } }
      sandbox.write(`uaaps/packages/${folder}/meta.json`, { name, versions, 'dist-tags': { latest: version } })
      mkdirSync(sandbox.path(`uaaps/packages/${folder}/versions`))
      writeFileSync(sandbox.path(`uaaps/packages/${folder}/versions/${version}.aam`), bytes)
    }
  })

  test('is installed from, looked at, and not written to', async () => {
    const installed = await sandbox.aam('install @team/review --registry ../uaaps', { cwd: 'app' })
    expect(installed.output).toContain('+ @team/review 1.0.0')
    expect(installed.output).toContain('+ lint 3.0.0')
    expect((await sandbox.aam('install --frozen --registry ../uaaps', { cwd: 'app' })).code).toBe(0)
    expect((await sandbox.aam('info @team/review --registry uaaps')).stdout).toContain('lint')
    expect((await sandbox.aam('dist-tag ls lint --registry uaaps')).stdout).toContain('latest: 3.0.0')
    const tagged = await sandbox.aam('dist-tag add lint@3.0.0 stable --registry uaaps')
    expect(tagged.code).toBe(1)
    expect(tagged.stderr).toContain(`aam registry import ${sandbox.path('uaaps')} --registry <folder>`)
  })

  test('is imported whole, a folder that can be no package reported', async () => {
    sandbox.write('uaaps/packages/Bad--Name/meta.json', { name: '@Bad/Name', versions: {} })
    await sandbox.aam('registry init target')
    const { code, stdout } = await sandbox.aam('registry import uaaps --registry target')
    expect(code).toBe(1)
    expect(stdout).toContain('+ @team/review 1.0.0 (latest: 1.0.0)')
    expect(stdout).toContain('✗ @Bad/Name: ')
    expect((await open('target').fetchDocument(named('@team/review')))!.releases.get('1.0.0' as Version)).toMatchObject(
      {
        integrity: integrityOf(archive),
      },
    )
  })

  test('is exported from with --registry, and not into', async () => {
    expect((await sandbox.aam('registry export mirror --registry uaaps')).code).toBe(0)
    expect((await open('mirror').listNames()).sort()).toEqual(['@team/review', 'lint'])
    expect((await sandbox.aam('registry export uaaps')).stderr).toContain('is read-only')
  })
})
