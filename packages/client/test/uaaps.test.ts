/** The UAAPS folder layout (UAAPS 12.5): read whole, never written, and nothing in it taken on trust (D6). */
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { integrityOf, sha256Hex } from '@aam/archive'
import { initFolderRegistry, openFolderRegistry } from '@aam/client'
import type { PackageDocument, Tag, Version } from '@aam/core'
import { NOW, named, packSpec, parseSpec } from '@aam/testkit'
import { codeOf } from './contract.ts'

let root: string
const review = named('@team/review')
const v = (text: string): Version => text as Version
const open = () => openFolderRegistry({ root, now: () => NOW })
const at = (...steps: string[]): string => join(root, ...steps)

function write(path: string, contents: object | string | Uint8Array): void {
  mkdirSync(dirname(at(path)), { recursive: true })
  const plain = typeof contents === 'string' || contents instanceof Uint8Array
  writeFileSync(at(path), plain ? contents : JSON.stringify(contents))
}

const ONE = packSpec(parseSpec('@team/review 1.0.0 → git-utils ^1.0.0'))
const TWO = packSpec(parseSpec('@team/review 1.1.0 → git-utils ^2.0.0, opt: extra *'))
const entry = (version: string, archive: Uint8Array, more: object = {}) => ({
  version,
  publishedAt: '2026-02-20T11:00:00+01:00',
  integrity: integrityOf(archive),
  tarball: `versions/${version}.aam`,
  ...more,
})

/** `meta.json` of @team/review with its two versions; what `more` says counts. */
function writeMeta(more: object = {}): void {
  write('packages/team--review/meta.json', {
    name: '@team/review',
    versions: { '1.1.0': entry('1.1.0', TWO), '1.0.0': entry('1.0.0', ONE) },
    'dist-tags': { stable: '1.0.0', latest: '1.1.0' },
    ...more,
  })
}

beforeEach(() => {
  root = join(realpathSync(mkdtempSync(join(tmpdir(), 'aam-uaaps-'))), 'registry')
  write('packages/team--review/versions/1.0.0.aam', ONE)
  write('packages/team--review/versions/1.1.0.aam', TWO)
  writeMeta()
})

afterEach(() => {
  rmSync(join(root, '..'), { recursive: true, force: true })
})

const fetched = async (): Promise<PackageDocument> => (await open().fetchDocument(review))!
const tags = async (): Promise<object> => Object.fromEntries((await fetched()).tags)
/** Why the package cannot be read. */
async function broken(): Promise<string> {
  expect(await codeOf(open().fetchDocument(review))).toBe('REGISTRY_BROKEN')
  return open()
    .fetchDocument(review)
    .then(
      () => 'nothing failed',
      (error: unknown) => (error as Error).message,
    )
}

describe('reading', () => {
  test('versions, requirements, times and tags come from meta.json and the archives', async () => {
    const { name, releases } = await fetched()
    expect(name).toBe('@team/review')
    expect([...releases.keys()]).toEqual(['1.0.0', '1.1.0'])
    const release = releases.get(v('1.1.0'))!
    expect([...release.dependencies].map(([each, range]) => `${each} ${range.text}`)).toEqual(['git-utils ^2.0.0'])
    expect([...release.optionalDependencies.keys()]).toEqual(['extra'])
    expect(release).toMatchObject({ integrity: integrityOf(TWO), size: TWO.length, yanked: false })
    expect(release.record).toMatchObject({
      published: '2026-02-20T10:00:00.000Z',
      description: 'The package @team/review',
    })
    expect(await tags()).toEqual({ latest: '1.1.0', stable: '1.0.0' })
    expect(Buffer.from(await open().fetchArchive(review, v('1.0.0'))).equals(ONE)).toBe(true)
  })

  test('names come from the folders, a scope that ends in a hyphen included', async () => {
    const plain = packSpec(parseSpec('plain 1.0.0'))
    for (const [folder, name] of [
      ['plain', 'plain'],
      ['a---b', '@a-/b'],
    ] as const) {
      write(`packages/${folder}/meta.json`, { name, versions: {} })
    }
    write('packages/plain/meta.json', { name: 'plain', versions: { '1.0.0': entry('1.0.0', plain) } })
    write('packages/plain/versions/1.0.0.aam', plain)
    write('packages/empty/notes.txt', 'nothing')
    expect((await open().listNames()).sort()).toEqual(['@a-/b', '@team/review', 'plain'])
    expect((await open().fetchDocument(named('@a-/b')))?.name).toBe('@a-/b')
    expect((await open().fetchDocument(named('plain')))?.releases.size).toBe(1)
  })

  test('a package it does not have is not there', async () => {
    expect(await open().fetchDocument(named('constructor'))).toBeUndefined()
    expect(await codeOf(open().fetchArchive(named('nobody'), v('1.0.0')))).toBe('PACKAGE_NOT_FOUND')
    expect(await codeOf(open().fetchArchive(review, v('9.0.0')))).toBe('VERSION_NOT_FOUND')
  })

  test('an index alone makes a registry, other JSON does not', async () => {
    rmSync(at('packages'), { recursive: true })
    write('index.json', { formatVersion: 1, updatedAt: '2026-02-22T14:00:00Z', packages: [] })
    expect(await open().listNames()).toEqual([])
    // Ours has no time in it: a folder that lost its registry.yaml is not taken for an empty one of this layout.
    write('index.json', { formatVersion: 1, packages: [] })
    expect(open).toThrow('There is no registry at')
    write('index.json', ['packages'])
    expect(open).toThrow('There is no registry at')
    write('index.json', '{')
    expect(open).toThrow('There is no registry at')
    rmSync(at('index.json'))
    mkdirSync(at('index.json'))
    expect(open).toThrow('There is no registry at')
    rmSync(root, { recursive: true })
    writeFileSync(root, 'a file')
    expect(open).toThrow('There is no registry at')
  })

  test.each([
    ['absent', undefined],
    ['empty', {}],
  ])('dist-tags.json counts when the tags of meta.json are %s', async (_, own) => {
    writeMeta({ 'dist-tags': own })
    expect(await tags()).toEqual({})
    write('dist-tags.json', { '@team/review': { latest: '1.0.0', beta: '1.1.0' }, other: { latest: '9.0.0' } })
    expect(await tags()).toEqual({ latest: '1.0.0', beta: '1.1.0' })
    write('dist-tags.json', { other: { latest: '9.0.0' } })
    expect(await tags()).toEqual({})
  })

  test('the digest beside an archive counts when meta.json has no integrity', async () => {
    writeMeta({ versions: { '1.0.0': entry('1.0.0', ONE, { integrity: undefined, tarball: undefined }) } })
    expect(await broken()).toContain('1.0.0.aam.sha256 cannot be read: it is missing')
    write('packages/team--review/versions/1.0.0.aam.sha256', `${sha256Hex(ONE).toUpperCase()}  1.0.0.aam\n`)
    expect((await fetched()).releases.get(v('1.0.0'))?.integrity).toBe(integrityOf(ONE))
    write('packages/team--review/versions/1.0.0.aam.sha256', `${sha256Hex(TWO)}  1.0.0.aam\n`)
    expect(await broken()).toContain(`expected ${integrityOf(TWO)}`)
    write('packages/team--review/versions/1.0.0.aam.sha256', 'abc')
    expect(await broken()).toContain('does not start with a SHA-256 digest')
  })

  test('what is deprecated and yanked is honoured, from the manifest too', async () => {
    const old = packSpec(parseSpec('@team/review 0.9.0'), {
      deprecated: { message: 'Old', replacement: '@team/review@^1.0.0' },
    })
    write('packages/team--review/versions/0.9.0.aam', old)
    writeMeta({
      versions: {
        '0.9.0': entry('0.9.0', old),
        '1.0.0': entry('1.0.0', ONE, { deprecated: { message: 'Use 1.1.0' } }),
        '1.1.0': entry('1.1.0', TWO, { yanked: true }),
      },
    })
    const { releases } = await fetched()
    expect(releases.get(v('0.9.0'))?.deprecated).toBe('Old (use @team/review@^1.0.0)')
    expect(releases.get(v('1.0.0'))).toMatchObject({ deprecated: 'Use 1.1.0', yanked: false })
    expect(releases.get(v('1.1.0'))).toMatchObject({ deprecated: undefined, yanked: true })
    expect(releases.get(v('1.1.0'))?.record).toMatchObject({ yanked: true })
  })

  test('each archive is read once; a change of meta.json counts at once', async () => {
    const registry = open()
    await registry.fetchDocument(review)
    rmSync(at('packages/team--review/versions/1.0.0.aam'))
    writeMeta({ 'dist-tags': { latest: '1.0.0' } })
    expect(Object.fromEntries((await registry.fetchDocument(review))!.tags)).toEqual({ latest: '1.0.0' })
  })

  test('thirty versions are read in reasonable time', async () => {
    const versions = Array.from({ length: 30 }, (_, index) => `2.${String(index)}.0`)
    const archives = versions.map(version => [version, packSpec(parseSpec(`@team/review ${version}`))] as const)
    for (const [version, archive] of archives) write(`packages/team--review/versions/${version}.aam`, archive)
    writeMeta({
      versions: Object.fromEntries(archives.map(([version, archive]) => [version, entry(version, archive)])),
      'dist-tags': { latest: '2.29.0' },
    })
    const registry = open()
    const start = performance.now()
    expect((await registry.fetchDocument(review))?.releases.size).toBe(30)
    expect(performance.now() - start).toBeLessThan(3_000)
  })
})

describe('what is broken or hostile is refused with its file and reason', () => {
  test.each<readonly [string, object | string, string]>([
    ['no JSON', '{"name": ', 'line 1'],
    ['a comment', '{ // hello\n}', 'line 1: comments are not JSON'],
    ['a list', '[]', 'it must be an object'],
    ['no name', { versions: {} }, 'its name is undefined'],
    ['another name', { name: '@team/other' }, 'its name is @team/other, its folder is that of @team/review'],
    ['__proto__', '{"name": "@team/review", "__proto__": {"x": 1}}', '__proto__'],
    ['__proto__ for a version', '{"name": "@team/review", "versions": {"__proto__": {}}}', '__proto__'],
    ['a version twice', '{"name": "@team/review", "versions": {"1.0.0": {}, "1.0.0": {}}}', '1.0.0'],
    ['constructor for a version', { name: '@team/review', versions: { constructor: {} } }, "'constructor'"],
    ['versions that are a list', { name: '@team/review', versions: [] }, 'versions must be an object'],
    ['an entry that is text', { name: '@team/review', versions: { '1.0.0': 'x' } }, 'versions.1.0.0 must be an object'],
    ['tags that are text', { name: '@team/review', 'dist-tags': 'x' }, 'dist-tags must be an object'],
    ['a tag that is none', { name: '@team/review', 'dist-tags': { 'A b': '1.0.0' } }, "'A b' is not a tag"],
    ['a tag to no version', { name: '@team/review', 'dist-tags': { latest: 'x' } }, "'x'"],
  ])('meta.json with %s', async (_, contents, reason) => {
    write('packages/team--review/meta.json', contents)
    const message = await broken()
    expect(message).toContain(at('packages/team--review/meta.json'))
    expect(message).toContain(reason)
    expect(({} as Record<string, unknown>)['x']).toBeUndefined()
  })

  test.each<readonly [string, object, string]>([
    ['another version', { version: '2.0.0' }, 'versions.1.0.0.version must be 1.0.0'],
    ['no time', { publishedAt: 'yesterday' }, "'yesterday' is not a time"],
    ['no integrity', { integrity: 'md5-abc' }, "Invalid integrity 'md5-abc'"],
    ['a number', { integrity: 7 }, 'versions.1.0.0.integrity must be text'],
    ['a way out', { tarball: '../../../secret.aam' }, 'leaves the package'],
    ['a hidden way out', { tarball: 'versions/../../x.aam' }, 'leaves the package'],
    ['an absolute path', { tarball: '/etc/passwd' }, 'is absolute'],
    ['a drive', { tarball: 'C:/x.aam' }, 'is absolute on Windows'],
    ['a backslash', { tarball: '..\\x.aam' }, 'has a backslash'],
    ['an address', { tarball: 'https://example.com/x.aam' }, 'has a character that Windows cannot hold'],
    ['a folder', { tarball: 'versions' }, 'it is not a file'],
    ['a file that is not there', { tarball: 'versions/no.aam' }, 'it is missing'],
    ['the wrong archive', { tarball: 'versions/1.1.0.aam' }, `it has ${integrityOf(TWO)}, expected`],
  ])('an entry with %s', async (_, more, reason) => {
    writeMeta({ versions: { '1.0.0': entry('1.0.0', ONE, more) } })
    expect(await broken()).toContain(reason)
  })

  test('the archive of another version, or of another package, though its integrity fits', async () => {
    writeMeta({ versions: { '1.0.0': entry('1.0.0', TWO, { tarball: 'versions/1.1.0.aam' }) } })
    expect(await broken()).toContain('it is @team/review@1.1.0, though meta.json has it as @team/review@1.0.0')
    const other = packSpec(parseSpec('@evil/review 1.0.0'))
    write('packages/team--review/versions/1.0.0.aam', other)
    writeMeta({ versions: { '1.0.0': entry('1.0.0', other) } })
    expect(await broken()).toContain('it is @evil/review@1.0.0')
  })

  test.each([
    ['no archive', Buffer.from('hello')],
    ['a private package', packSpec(parseSpec('@team/review 1.0.0'), { 'x-aam': { private: true } })],
    ['a bad manifest', packSpec(parseSpec('@team/review 1.0.0'), { dependencies: { 'a--b': '*' } })],
  ])('bytes that are %s, though their integrity fits', async (_, bytes) => {
    write('packages/team--review/versions/1.0.0.aam', bytes)
    writeMeta({ versions: { '1.0.0': entry('1.0.0', bytes) } })
    expect(await broken()).toContain(at('packages/team--review/versions/1.0.0.aam'))
  })

  test.each(['meta.json', 'versions/1.0.0.aam', 'versions'])('%s as a link that leaves the registry', async path => {
    const file = at('packages/team--review', path)
    // Its path begins like that of the registry.
    const outside = `${root}-outside`
    mkdirSync(outside)
    if (path === 'versions') writeFileSync(join(outside, '1.0.0.aam'), ONE)
    else writeFileSync(join(outside, 'file'), readFileSync(file))
    rmSync(file, { recursive: true })
    symlinkSync(path === 'versions' ? outside : join(outside, 'file'), file)
    expect(await broken()).toContain('it is a link that leaves the registry')
  })

  test('a link that stays inside is followed, one in a circle is not', async () => {
    const file = at('packages/team--review/versions/1.0.0.aam')
    write('store/one', ONE)
    rmSync(file)
    symlinkSync(at('store/one'), file)
    expect((await fetched()).releases.size).toBe(2)
    rmSync(file)
    symlinkSync(file, file)
    expect(await broken()).toContain('it is a link in a circle')
  })
})

describe('writing', () => {
  test.each<readonly [string, () => Promise<unknown>]>([
    ['publishing', () => open().publish(ONE, {})],
    ['a dry run of publishing', () => open().publish(ONE, { dryRun: true })],
    ['setting a tag', () => open().setTag(review, { tag: 'beta' as Tag, version: v('1.0.0'), force: true })],
    ['removing a tag', () => open().removeTag(review, { tag: 'stable' as Tag, force: true })],
    ['making it a registry of ours', () => initFolderRegistry(root)],
  ])('%s is refused, and the way out named', async (_, act) => {
    expect(await codeOf(act())).toBe('REGISTRY_READ_ONLY')
    await expect(act()).rejects.toMatchObject({
      hint: expect.stringContaining(`aam registry import ${root}`) as string,
    })
    expect(await tags()).toEqual({ latest: '1.1.0', stable: '1.0.0' })
  })
})
