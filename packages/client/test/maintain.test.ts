/** What is derived in a folder registry is never believed against the truth, and can be made anew (D6). */
import type * as Files from 'node:fs'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { sha256Hex } from '@aam/archive'
import { type Registry, listFolderRegistry, reindexFolderRegistry, verifyFolderRegistry } from '@aam/client'
import { type Version, formatProblem } from '@aam/core'
import { NOW, named, packSpec, parseSpec, publishUniverse } from '@aam/testkit'

const files = vi.hoisted(() => ({ read: [] as string[] }))
vi.mock('node:fs', async original => {
  const fs = await original<typeof Files>()
  const openSync: typeof fs.openSync = (path, flags, mode) => {
    // What is opened with words is written, and folders are only synchronised.
    if (typeof flags === 'number') files.read.push(String(path))
    return fs.openSync(path, flags, mode)
  }
  return { ...fs, openSync }
})

let root: string
let registry: Registry

beforeEach(async () => {
  root = join(mkdtempSync(join(tmpdir(), 'aam-maintain-')), 'registry')
  registry = await publishUniverse(root, ['@team/review 1.0.0', '@team/review 1.1.0 → lint ^1.0.0', 'lint 1.0.0'])
})

afterEach(() => {
  rmSync(dirname(root), { recursive: true, force: true })
})

const at = (...steps: string[]): string => join(root, ...steps)
const review = (...steps: string[]): string => at('packages', '@team', 'review', ...steps)
const found = async (...words: string[]): Promise<string[]> =>
  (await registry.search(words)).packages.map(({ name }) => name)
const reindex = async (): ReturnType<typeof reindexFolderRegistry> => reindexFolderRegistry({ root, now: () => NOW })
/** `error: file: message`, a line each. */
const verify = async (): Promise<string[]> =>
  (await verifyFolderRegistry(root)).problems.map(each => `${each.severity}: ${formatProblem(each).trim()}`)
const edit = (file: string, from: string, to: string): void => {
  const text = readFileSync(file, 'utf8')
  expect(text).toContain(from)
  writeFileSync(file, text.replace(from, to))
}

describe('index.json', () => {
  const index = (): string => readFileSync(at('index.json'), 'utf8')

  test('has the shape that is documented', () => {
    const { size, mtimeMs } = statSync(review('metadata.yaml'))
    const parsed = JSON.parse(index()) as { packages: unknown[] }
    expect(parsed).toMatchObject({ formatVersion: 1, packages: [{ name: '@team/review' }, { name: 'lint' }] })
    expect(parsed.packages[0]).toEqual({
      name: '@team/review',
      latest: '1.1.0',
      versions: ['1.0.0', '1.1.0'],
      yanked: [],
      tags: { latest: '1.1.0' },
      description: 'The package @team/review',
      keywords: [],
      deprecated: null,
      metadata: { size, mtimeMs },
    })
  })

  test.each<readonly [string, () => void]>([
    [
      'missing',
      () => {
        rmSync(at('index.json'))
      },
    ],
    [
      'cut short',
      () => {
        writeFileSync(at('index.json'), index().slice(0, 100))
      },
    ],
    [
      'of another kind',
      () => {
        writeFileSync(at('index.json'), '[null]')
      },
    ],
    [
      'null',
      () => {
        writeFileSync(at('index.json'), 'null')
      },
    ],
    [
      'of another format',
      () => {
        edit(at('index.json'), '"formatVersion":1', '"formatVersion":2')
      },
    ],
    [
      'full of entries that are none',
      () => {
        writeFileSync(at('index.json'), '{"formatVersion":1,"packages":[null,1,{"name":"lint"}]}')
      },
    ],
  ])('that is %s costs nothing but time, and the next change repairs it', async (_, damage) => {
    const whole = index()
    damage()
    expect(await found('package')).toEqual(['@team/review', 'lint'])
    await registry.publish(packSpec(parseSpec('lint 1.0.0')), {})
    expect(index()).toBe(whole)
  })

  test('an edit of metadata.yaml by hand counts at once, one that keeps the size too', async () => {
    edit(review('metadata.yaml'), 'The package @team/review', 'Watches @team/reviews..')
    expect(await found('watches')).toEqual([])
    edit(review('metadata.yaml'), 'latest: 1.1.0', 'latest: 1.0.0')
    expect((await registry.search(['review'])).packages[0]?.latest).toBe('1.0.0')
    expect(await found('watches')).toEqual(['@team/review'])
  })

  test('a file that changed in the same tick of the clock as the index is read again', async () => {
    const { mtime } = statSync(review('metadata.yaml'))
    utimesSync(at('index.json'), mtime, mtime)
    utimesSync(review('metadata.yaml'), mtime, mtime)
    await registry.search(['review'])
    const { size, mtimeMs } = statSync(review('metadata.yaml'))
    const stored = JSON.parse(index()) as { packages: { metadata: object; description: string }[] }
    stored.packages[0]!.metadata = { size, mtimeMs }
    stored.packages[0]!.description = 'What was there before'
    writeFileSync(at('index.json'), JSON.stringify(stored))
    utimesSync(at('index.json'), mtime, mtime)
    expect(await found('before')).toEqual([])
    // The same entry is believed as soon as the clock has moved on: that is what makes the index fast.
    utimesSync(at('index.json'), new Date(mtime.getTime() + 1000), new Date(mtime.getTime() + 1000))
    expect(await found('before')).toEqual(['@team/review'])
  })

  test('neither a search nor a change reads the documents of packages that did not change', async () => {
    const past = new Date(NOW)
    for (const folder of [review(), at('packages', 'lint')]) utimesSync(join(folder, 'metadata.yaml'), past, past)
    await reindex()
    files.read = []
    await registry.search(['lint'])
    expect(files.read).toEqual([at('index.json')])
    files.read = []
    await registry.publish(packSpec(parseSpec('lint 1.1.0')), {})
    expect(files.read.filter(path => path.includes('review'))).toEqual([])
  })

  test('a package that nobody can read hides no other, and is named', async () => {
    writeFileSync(review('metadata.yaml'), 'name: [')
    const { packages, broken } = await registry.search(['lint'])
    expect(packages.map(({ name }) => name)).toEqual(['lint'])
    expect(broken).toMatchObject([{ name: '@team/review' }])
    mkdirSync(at('packages', 'No Name'))
    writeFileSync(at('packages', 'No Name', 'metadata.yaml'), '')
    expect((await listFolderRegistry(root)).broken.map(({ name }) => name)).toEqual(['@team/review', 'No Name'])
    await registry.publish(packSpec(parseSpec('lint 1.1.0')), {})
  })

  test('a package whose folder is gone is gone', async () => {
    rmSync(review(), { recursive: true })
    expect(await found('review')).toEqual([])
    await registry.publish(packSpec(parseSpec('lint 1.1.0')), {})
    expect(index()).not.toContain('review')
  })

  test('a crash before it was written is made good by repeating the change', async () => {
    const before = index()
    await registry.publish(packSpec(parseSpec('lint 1.1.0')), {})
    const after = index()
    writeFileSync(at('index.json'), before)
    rmSync(at('packages', 'lint', 'document.json'))
    expect((await registry.search(['lint'])).packages[0]?.latest).toBe('1.1.0')
    await registry.publish(packSpec(parseSpec('lint 1.1.0')), {})
    expect(index()).toBe(after)
    expect(existsSync(at('packages', 'lint', 'document.json'))).toBe(true)
  })
})

test('a change of state keeps what a person wrote beside it', async () => {
  edit(review('metadata.yaml'), '  1.1.0:\n', '  1.1.0: # the good one\n    # seen by Ann\n')
  await registry.yank(named('@team/review'), { version: '1.1.0' as Version, undo: false })
  const text = readFileSync(review('metadata.yaml'), 'utf8')
  expect(text).toContain('# the good one')
  expect(text).toContain('# seen by Ann')
  expect(text).toContain('    yanked: true')
  await registry.yank(named('@team/review'), { version: '1.1.0' as Version, undo: true })
  expect(readFileSync(review('metadata.yaml'), 'utf8')).toBe(
    text.replace('    yanked: true\n', '').replace('latest: 1.1.0', 'latest: 1.0.0'),
  )
})

describe('reindex', () => {
  const nothing = { packages: 2, adopted: [], written: [], removed: 0, problems: [] }

  test('of a registry that is in order changes nothing', async () => {
    expect(await reindex()).toEqual(nothing)
  })

  test('leaves a metadata.yaml laid out by hand as it is', async () => {
    edit(review('metadata.yaml'), 'tags:\n  latest: 1.1.0\n', 'tags: {latest:   1.1.0}   # by hand\n')
    const text = readFileSync(review('metadata.yaml'), 'utf8')
    expect((await reindex()).written).toEqual(['packages/@team/review/document.json', 'index.json'])
    expect(readFileSync(review('metadata.yaml'), 'utf8')).toBe(text)
  })

  test('makes anew what is derived, and removes what a crash left', async () => {
    const before = readFileSync(at('index.json'), 'utf8')
    rmSync(at('index.json'))
    writeFileSync(review('document.json'), 'damaged')
    rmSync(review('versions', '1.0.0.aam.sha256'))
    writeFileSync(review('versions', '1.1.0.aam.sha256'), 'damaged')
    for (const folder of [root, review(), review('versions')]) writeFileSync(join(folder, '.x.0123456789ab.tmp'), '')
    expect(await reindex()).toEqual({
      ...nothing,
      written: [
        'packages/@team/review/document.json',
        'packages/@team/review/versions/1.0.0.aam.sha256',
        'packages/@team/review/versions/1.1.0.aam.sha256',
        'index.json',
      ],
      removed: 3,
    })
    expect(readFileSync(at('index.json'), 'utf8')).toBe(before)
    expect(readFileSync(review('versions', '1.0.0.aam.sha256'), 'utf8')).toBe(
      `${sha256Hex(readFileSync(review('versions', '1.0.0.aam')))}  1.0.0.aam\n`,
    )
    expect(await verify()).toEqual([])
  })

  test('adopts archives that were put there by hand, and leaves latest where it is', async () => {
    writeFileSync(review('versions', '2.0.0.aam'), packSpec(parseSpec('@team/review 2.0.0 → lint ^1.0.0')))
    const result = await reindex()
    expect(result.adopted).toEqual([{ name: '@team/review', version: '2.0.0' }])
    expect(result.problems).toEqual([])
    const document = (await registry.fetchDocument(named('@team/review')))!
    expect(Object.fromEntries(document.tags)).toEqual({ latest: '1.1.0' })
    expect([...document.releases.get('2.0.0' as Version)!.dependencies.keys()]).toEqual(['lint'])
    expect(await verify()).toEqual([])
  })

  test('makes a package of archives alone; latest is the highest stable version', async () => {
    mkdirSync(at('packages', '@new', 'pkg', 'versions'), { recursive: true })
    for (const each of ['1.0.0', '1.10.0', '1.9.0', '2.0.0-rc.1']) {
      writeFileSync(at('packages', '@new', 'pkg', 'versions', `${each}.aam`), packSpec(parseSpec(`@new/pkg ${each}`)))
    }
    expect((await reindex()).packages).toBe(3)
    const document = (await registry.fetchDocument(named('@new/pkg')))!
    expect(Object.fromEntries(document.tags)).toEqual({ latest: '1.10.0' })
    expect([...document.releases.keys()]).toEqual(['1.0.0', '1.9.0', '1.10.0', '2.0.0-rc.1'])
    expect(await verify()).toEqual([])
    expect(await reindex()).toEqual({ ...nothing, packages: 3 })
  })

  test('adopts nothing that publishing would refuse, says why, and goes on', async () => {
    const put = (file: string, data: Uint8Array | string): void => {
      writeFileSync(review('versions', file), data)
    }
    put('3.0.0.aam', 'no archive')
    put('3.0.1.aam', packSpec(parseSpec('@team/review 3.0.2')))
    put('3.0.3.aam', packSpec(parseSpec('other 3.0.3')))
    put('1.0.0+linux.aam', packSpec(parseSpec('@team/review 1.0.0+linux')))
    put('3.0.4.aam', packSpec(parseSpec('@team/review 3.0.4'), { 'x-aam': { private: true } }))
    writeFileSync(join(root, '..', 'outside.aam'), packSpec(parseSpec('@team/review 3.0.5')))
    symlinkSync(join(root, '..', 'outside.aam'), review('versions', '3.0.5.aam'))
    writeFileSync(at('packages', 'lint', 'metadata.yaml'), 'name: [')
    put('3.1.0.aam', packSpec(parseSpec('@team/review 3.1.0')))
    const { adopted, problems } = await reindex()
    expect(adopted).toEqual([{ name: '@team/review', version: '3.1.0' }])
    const place = 'packages/@team/review/versions'
    expect(problems.map(({ file, message }) => `${file!}: ${message}`)).toEqual([
      expect.stringContaining(`${place}/3.0.0.aam: the archive is not a valid .aam archive`),
      expect.stringContaining(`${place}/3.0.1.aam: it is not a valid .aam archive: it holds @team/review@3.0.2`),
      expect.stringContaining(`${place}/3.0.3.aam: it is not a valid .aam archive: it holds other@3.0.3`),
      expect.stringContaining(`${place}/3.0.4.aam: @team/review is private`),
      expect.stringContaining('leads out of the registry'),
      expect.stringContaining('1.0.0 is already published with other contents'),
      expect.stringContaining('packages/lint: The registry file'),
    ])
  })
})

describe('verify', () => {
  const version = 'packages/@team/review/versions/1.1.0.aam'
  const truth = 'packages/@team/review/metadata.yaml'
  const other = (spec: string): Buffer => packSpec(parseSpec(spec))

  /** Makes the archive of 1.1.0 another one, and metadata.yaml say so. */
  function replaceArchive(archive: Buffer): void {
    const text = readFileSync(review('metadata.yaml'), 'utf8')
    const [before, after] = text.split('  1.1.0:\n')
    const record = after!
      .replace(/integrity: \S+/, `integrity: sha256-${Buffer.from(sha256Hex(archive), 'hex').toString('base64')}`)
      .replace(/size: \d+/, `size: ${String(archive.length)}`)
    writeFileSync(review('metadata.yaml'), `${before!}  1.1.0:\n${record}`)
    writeFileSync(review('versions', '1.1.0.aam'), archive)
    writeFileSync(review('versions', '1.1.0.aam.sha256'), `${sha256Hex(archive)}  1.1.0.aam\n`)
  }

  test('finds nothing in a registry that is in order, new or not', async () => {
    expect(await verifyFolderRegistry(root)).toEqual({ packages: 2, versions: 3, problems: [] })
    const empty = join(root, '..', 'empty')
    await publishUniverse(empty, [])
    expect((await verifyFolderRegistry(empty)).problems).toEqual([])
  })

  test.each<readonly [string, () => void, string]>([
    [
      'a setting',
      () => {
        writeFileSync(at('registry.yaml'), 'format_version: 1\nprotect: []\n')
      },
      "error: registry.yaml: The registry file [..] cannot be read: 'protect' is not a setting",
    ],
    [
      'metadata',
      () => {
        writeFileSync(review('metadata.yaml'), 'name: [')
      },
      'error: packages/@team/review: The registry file [..]metadata.yaml cannot be read: line 1',
    ],
    [
      'an archive that is gone',
      () => {
        rmSync(at(version))
      },
      `error: ${version}: it is missing, though metadata.yaml names it`,
    ],
    [
      'an archive cut short',
      () => {
        writeFileSync(at(version), 'x')
      },
      `error: ${version}: it has 1 bytes, metadata.yaml says`,
    ],
    [
      'changed bytes',
      () => {
        writeFileSync(at(version), Buffer.alloc(statSync(at(version)).size))
      },
      `error: ${version}: it has sha256-`,
    ],
    [
      'an archive that does not open',
      () => {
        replaceArchive(Buffer.from('no archive'))
      },
      `error: ${version}: the archive is not a valid .aam archive`,
    ],
    [
      'an archive of another version',
      () => {
        replaceArchive(other('@team/review 1.2.0'))
      },
      `error: ${version}: it holds @team/review@1.2.0, the registry has it as @team/review@1.1.0`,
    ],
    [
      'other dependencies',
      () => {
        replaceArchive(other('@team/review 1.1.0 → lint ^2.0.0'))
      },
      `error: ${version}: its dependencies are not those that the registry gives`,
    ],
    [
      'a wrong digest file',
      () => {
        writeFileSync(at(`${version}.sha256`), 'x')
      },
      `error: ${version}.sha256: it does not give the digest of the archive; run \`aam registry reindex\``,
    ],
    [
      'a digest file that is gone',
      () => {
        rmSync(at(`${version}.sha256`))
      },
      `warning: ${version}.sha256: it is missing; run`,
    ],
    [
      'a tag that names nothing',
      () => {
        edit(at(truth), 'latest: 1.1.0', 'latest: 3.0.0')
      },
      `error: ${truth}: tag 'latest' points to 3.0.0, which is not there`,
    ],
    [
      'a tag on a yanked version',
      () => {
        edit(at(truth), '  1.1.0:\n', '  1.1.0:\n    yanked: true\n')
      },
      `warning: ${truth}: tag 'latest' points to 1.1.0, which was yanked`,
    ],
    [
      'a stale document',
      () => {
        writeFileSync(review('document.json'), '{}')
      },
      'warning: packages/@team/review/document.json: it is out of date; run `aam registry reindex`',
    ],
    [
      'a stale index',
      () => {
        edit(at('index.json'), '"The package', '"A package')
      },
      'warning: index.json: it is out of date; run `aam registry reindex`',
    ],
    [
      'an unlisted archive',
      () => {
        cpSync(at(version), review('versions', '3.0.0.aam'))
      },
      'warning: packages/@team/review/versions/3.0.0.aam: metadata.yaml does not list it',
    ],
    [
      'a folder that is no name',
      () => {
        mkdirSync(at('packages', 'a--b'))
      },
      "error: packages/a--b: Invalid package name 'a--b'",
    ],
    [
      'a link to the outside',
      () => {
        mkdirSync(join(root, '..', 'outside'))
        symlinkSync(join(root, '..', 'outside'), at('packages', 'away'))
      },
      'error: packages/away: it is a symbolic link that leads out of the registry',
    ],
    [
      'a link to nowhere',
      () => {
        symlinkSync('nowhere', review('versions', 'x'))
      },
      'error: packages/@team/review/versions/x: it is a symbolic link that leads nowhere',
    ],
  ])('finds %s', async (_, damage, expected) => {
    damage()
    const before = snapshot()
    const [start, end] = expected.split('[..]')
    const lines = await verify()
    expect(
      lines.filter(line => line.startsWith(start!) && line.includes(end ?? '')),
      lines.join('\n'),
    ).toHaveLength(1)
    // A stale document or index may follow from the damage; nothing else is reported with it.
    expect(lines.filter(line => !line.startsWith(start!) && !line.includes('out of date'))).toEqual([])
    expect(snapshot()).toEqual(before)
  })

  test('a link that stays inside is allowed', async () => {
    symlinkSync('1.0.0.aam.sha256', review('versions', 'copy'))
    expect(await verify()).toEqual([])
  })

  test('needs no lock', async () => {
    mkdirSync(at('.lock'))
    writeFileSync(at('.lock', 'other0machine.1.unknown.0123abcd'), '')
    expect(await verify()).toEqual([])
  })

  const snapshot = (): string[] =>
    readdirSync(root, { recursive: true, encoding: 'utf8' })
      .sort()
      .map(path => `${path} ${String(statSync(at(path), { throwIfNoEntry: false })?.mtimeMs)}`)
})
