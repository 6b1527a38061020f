/** What every registry must do, whatever is behind the port. A new implementation runs this suite. */
import { beforeEach, describe, expect, test } from 'vitest'
import { integrityOf } from '@aam/archive'
import type { Registry } from '@aam/client'
import { AamError, type Deprecation, type Tag, type Version, type Yank, parseRange } from '@aam/core'
import { named, packSpec, parseSpec } from '@aam/testkit'

export type ContractSetup = {
  readonly open: () => Promise<Registry>
  /** Makes the registry allow only these tags, and protect those. */
  readonly setRules: (rules: {
    readonly allowed?: readonly string[]
    readonly protected?: readonly string[]
  }) => Promise<void>
}

const name = named('@author/my-agent')
const tag = (text: string): Tag => text as Tag
const version = (text: string): Version => text as Version

/** The code a promise fails with. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
  } catch (error) {
    if (error instanceof AamError) return String(error.code)
    throw error
  }
  return 'nothing failed'
}

export function describeRegistry(label: string, setup: ContractSetup): void {
  describe(`registry contract: ${label}`, () => {
    let registry: Registry
    const publish = async (
      spec: string,
      options: Parameters<Registry['publish']>[1] = {},
      extra: object = {},
    ): ReturnType<Registry['publish']> =>
      registry.publish(packSpec(parseSpec(spec), extra as Record<string, unknown>), options)
    const tags = async (): Promise<Record<string, string>> =>
      Object.fromEntries((await registry.fetchDocument(name))?.tags ?? [])

    beforeEach(async () => {
      registry = await setup.open()
    })

    test('a package nobody published is not there', async () => {
      expect(await registry.fetchDocument(name)).toBeUndefined()
      expect(await registry.listNames()).toEqual([])
    })

    test('what was published can be read back, bytes and requirements', async () => {
      const archive = packSpec(
        parseSpec('@author/my-agent 1.0.0 → git-utils ^1.0.0, opt: extra ~2.0.0, peer: host >=3.0.0'),
      )
      const published = await registry.publish(archive, {})
      expect(published).toMatchObject({
        kind: 'publish',
        name,
        version: '1.0.0',
        size: archive.length,
        integrity: integrityOf(archive),
      })
      expect(Buffer.compare(Buffer.from(await registry.fetchArchive(name, version('1.0.0'))), archive)).toBe(0)
      const release = (await registry.fetchDocument(name))?.releases.get(version('1.0.0'))
      expect([...release!.dependencies].map(([each, range]) => `${each} ${range.text}`)).toEqual(['git-utils ^1.0.0'])
      expect([...release!.optionalDependencies.keys()]).toEqual(['extra'])
      expect([...release!.peerDependencies.keys()]).toEqual(['host'])
      expect(release).toMatchObject({ integrity: integrityOf(archive), size: archive.length, yanked: false })
      expect(await registry.listNames()).toEqual([name])
    })

    test('latest moves on every publish, --tag and pre-releases included (D11)', async () => {
      await publish('@author/my-agent 1.0.0')
      const beta = await publish('@author/my-agent 2.0.0-beta.1', { tag: tag('beta') })
      expect(beta.tags.map(move => [move.tag, move.from, move.to])).toEqual([
        ['latest', '1.0.0', '2.0.0-beta.1'],
        ['beta', undefined, '2.0.0-beta.1'],
      ])
      expect(await tags()).toEqual({ latest: '2.0.0-beta.1', beta: '2.0.0-beta.1' })
    })

    test('--keep-latest leaves latest, but the first version always is latest', async () => {
      await publish('@author/my-agent 2.0.0', { keepLatest: true })
      await publish('@author/my-agent 1.9.0', { keepLatest: true, tag: tag('lts') })
      expect(await tags()).toEqual({ latest: '2.0.0', lts: '1.9.0' })
    })

    test('publishing the same archive again succeeds and changes nothing (D29)', async () => {
      await publish('@author/my-agent 1.0.0')
      await publish('@author/my-agent 1.1.0')
      const again = await publish('@author/my-agent 1.0.0')
      expect(again.kind).toBe('unchanged')
      expect(await tags()).toEqual({ latest: '1.1.0' })
    })

    test('publishing the same archive again applies its tag', async () => {
      await publish('@author/my-agent 1.0.0')
      await publish('@author/my-agent 1.0.0', { tag: tag('stable') })
      expect(await tags()).toEqual({ latest: '1.0.0', stable: '1.0.0' })
    })

    test('other bytes under a published version are refused (D29)', async () => {
      await publish('@author/my-agent 1.0.0')
      expect(await codeOf(publish('@author/my-agent 1.0.0', {}, { license: 'MIT' }))).toBe('VERSION_CONFLICT')
      expect(
        Buffer.compare(
          Buffer.from(await registry.fetchArchive(name, version('1.0.0'))),
          packSpec(parseSpec('@author/my-agent 1.0.0')),
        ),
      ).toBe(0)
    })

    test('a version that differs in build metadata only is refused', async () => {
      await publish('@author/my-agent 1.0.0')
      expect(await codeOf(publish('@author/my-agent 1.0.0+linux'))).toBe('VERSION_CONFLICT')
    })

    test('a private package is refused', async () => {
      expect(await codeOf(publish('@author/my-agent 1.0.0', {}, { 'x-aam': { private: true } }))).toBe(
        'PACKAGE_PRIVATE',
      )
      expect(await registry.fetchDocument(name)).toBeUndefined()
    })

    test('what is not an archive, or has no good manifest, is refused', async () => {
      expect(await codeOf(registry.publish(Buffer.from('hello'), {}))).toBe('ARCHIVE_INVALID')
      expect(await codeOf(publish('@author/my-agent 1.0.0', {}, { version: '1.0' }))).toBe('FILE_INVALID')
      expect(await codeOf(publish('@author/my-agent 1.0.0', {}, { name: 'a--b' }))).toBe('FILE_INVALID')
      expect(await registry.listNames()).toEqual([])
    })

    test('a dry run decides and changes nothing', async () => {
      expect((await publish('@author/my-agent 1.0.0', { dryRun: true })).kind).toBe('publish')
      expect(await registry.fetchDocument(name)).toBeUndefined()
    })

    test('tags are set, moved and removed, both ends told (D12)', async () => {
      await publish('@author/my-agent 1.0.0')
      await publish('@author/my-agent 1.1.0')
      const set = async (to: string): Promise<unknown> =>
        registry.setTag(name, { tag: tag('stable'), version: version(to), force: false })
      expect(await set('1.1.0')).toEqual({ tag: 'stable', from: undefined, to: '1.1.0' })
      expect(await set('1.0.0')).toEqual({ tag: 'stable', from: '1.1.0', to: '1.0.0' })
      expect(await registry.removeTag(name, { tag: tag('stable'), force: false })).toBe('1.0.0')
      expect(await tags()).toEqual({ latest: '1.1.0' })
    })

    test('a tag needs a version that exists, and latest stays', async () => {
      await publish('@author/my-agent 1.0.0')
      expect(await codeOf(registry.setTag(name, { tag: tag('stable'), version: version('9.0.0'), force: true }))).toBe(
        'VERSION_NOT_FOUND',
      )
      expect(await codeOf(registry.removeTag(name, { tag: tag('latest'), force: true }))).toBe('TAG_PERMANENT')
      expect(await codeOf(registry.removeTag(name, { tag: tag('stable'), force: true }))).toBe('TAG_NOT_FOUND')
      expect(
        await codeOf(registry.setTag(named('nobody'), { tag: tag('stable'), version: version('1.0.0'), force: false })),
      ).toBe('PACKAGE_NOT_FOUND')
    })

    test('protected tags move only with force (D12)', async () => {
      await setup.setRules({ protected: ['bank-approved'] })
      await publish('@author/my-agent 1.0.0')
      await publish('@author/my-agent 1.1.0')
      const set = async (to: string, force: boolean): Promise<unknown> =>
        registry.setTag(name, { tag: tag('bank-approved'), version: version(to), force })
      await set('1.0.0', false)
      expect(await codeOf(set('1.1.0', false))).toBe('TAG_PROTECTED')
      expect(await codeOf(publish('@author/my-agent 1.2.0', { tag: tag('bank-approved') }))).toBe('TAG_PROTECTED')
      expect((await registry.fetchDocument(name))?.releases.has(version('1.2.0'))).toBe(false)
      await set('1.1.0', true)
      expect(await codeOf(registry.removeTag(name, { tag: tag('bank-approved'), force: false }))).toBe('TAG_PROTECTED')
    })

    test('only allowed tags can be set', async () => {
      await setup.setRules({ allowed: ['stable'] })
      await publish('@author/my-agent 1.0.0', { tag: tag('stable') })
      expect(await codeOf(publish('@author/my-agent 1.1.0', { tag: tag('beta') }))).toBe('TAG_NOT_ALLOWED')
      expect(await tags()).toEqual({ latest: '1.0.0', stable: '1.0.0' })
    })

    test('twenty publishers at once lose nothing', async () => {
      const versions = Array.from({ length: 20 }, (_, index) => `1.${String(index)}.0`)
      await Promise.all(versions.map(async each => publish(`@author/my-agent ${each}`)))
      expect([...(await registry.fetchDocument(name))!.releases.keys()]).toEqual(versions)
    })

    test('of many who publish one version with different bytes exactly one wins', async () => {
      const outcomes = await Promise.all(
        Array.from({ length: 8 }, async (_, index) =>
          codeOf(publish('@author/my-agent 1.0.0', {}, { license: `L-${String(index)}` })),
        ),
      )
      expect(outcomes.filter(outcome => outcome === 'nothing failed')).toHaveLength(1)
      expect(outcomes.filter(outcome => outcome === 'VERSION_CONFLICT')).toHaveLength(7)
      const release = (await registry.fetchDocument(name))!.releases.get(version('1.0.0'))!
      expect(integrityOf(await registry.fetchArchive(name, version('1.0.0')))).toBe(release.integrity)
    })

    const deprecate = async (range: string, message?: string): Promise<Deprecation> =>
      registry.deprecate(name, { range: parseRange(range), message })
    const yank = async (each: string, undo = false): Promise<Yank> =>
      registry.yank(name, { version: version(each), undo })
    const found = async (...words: string[]): Promise<string[]> =>
      (await registry.search(words)).packages.map(each => each.name)

    test('a deprecation is read back, repeated and taken back', async () => {
      for (const each of ['1.0.0', '1.1.0', '2.0.0']) await publish(`@author/my-agent ${each}`)
      const messages = async (): Promise<unknown[]> =>
        [...(await registry.fetchDocument(name))!.releases.values()].map(({ deprecated }) => deprecated)
      expect(await deprecate('^1.0.0', ' use 2 ')).toEqual({
        kind: 'deprecate',
        versions: ['1.0.0', '1.1.0'],
        message: 'use 2',
      })
      expect(await messages()).toEqual(['use 2', 'use 2', undefined])
      expect((await deprecate('^1.0.0', 'use 2')).kind).toBe('unchanged')
      expect(await deprecate('1.0.0')).toMatchObject({ kind: 'undo', versions: ['1.0.0'] })
      expect(await messages()).toEqual([undefined, 'use 2', undefined])
      expect(await codeOf(deprecate('^3.0.0', 'x'))).toBe('VERSION_NOT_MATCHED')
      expect(await codeOf(deprecate('1.0.0', ' '))).toBe('DEPRECATION_INVALID')
      expect(await codeOf(registry.deprecate(named('nobody'), { range: parseRange('*'), message: 'x' }))).toBe(
        'PACKAGE_NOT_FOUND',
      )
    })

    test('a yank moves latest, protected or not, and nothing else (D45)', async () => {
      await setup.setRules({ protected: ['latest', 'stable'] })
      for (const each of ['1.0.0', '1.1.0']) await publish(`@author/my-agent ${each}`)
      await registry.setTag(name, { tag: tag('stable'), version: version('1.1.0'), force: true })
      expect(await yank('1.1.0')).toEqual({
        kind: 'yank',
        version: '1.1.0',
        latest: { tag: 'latest', from: '1.1.0', to: '1.0.0' },
        tags: ['stable'],
        newest: '1.0.0',
      })
      expect(await tags()).toEqual({ latest: '1.0.0', stable: '1.1.0' })
      expect((await registry.fetchDocument(name))?.releases.get(version('1.1.0'))?.yanked).toBe(true)
      expect(await codeOf(registry.setTag(name, { tag: tag('beta'), version: version('1.1.0'), force: true }))).toBe(
        'PACKAGE_YANKED',
      )
      // Whoever has it locked goes on getting it.
      expect((await registry.fetchArchive(name, version('1.1.0'))).length).toBeGreaterThan(0)
      expect((await yank('1.1.0')).kind).toBe('unchanged')
      expect(await yank('1.1.0', true)).toMatchObject({ kind: 'undo', tags: [] })
      expect(await tags()).toEqual({ latest: '1.0.0', stable: '1.1.0' })
      expect((await yank('1.1.0', true)).kind).toBe('unchanged')
      expect(await codeOf(yank('9.0.0'))).toBe('VERSION_NOT_FOUND')
      expect(await codeOf(registry.yank(named('nobody'), { version: version('1.0.0'), undo: false }))).toBe(
        'PACKAGE_NOT_FOUND',
      )
    })

    test('when the last version is yanked, latest stays', async () => {
      await publish('@author/my-agent 1.0.0')
      expect(await yank('1.0.0')).toMatchObject({ tags: ['latest'] })
      expect(await tags()).toEqual({ latest: '1.0.0' })
      expect((await publish('@author/my-agent 1.0.1')).tags).toMatchObject([{ from: '1.0.0', to: '1.0.1' }])
    })

    test('a search finds what was published, in the order of core', async () => {
      await publish('review 1.0.0', {}, { description: 'Reads code' })
      await publish('linter 1.0.0', {}, { description: 'Lints', keywords: ['Review', 'style'] })
      await publish('@author/my-agent 1.0.0', {}, { description: 'Reviews everything' })
      expect(await found('review')).toEqual(['review', 'linter', '@author/my-agent'])
      expect(await found('REVIEW', 'lint')).toEqual(['linter'])
      expect(await found('.*')).toEqual([])
      expect((await registry.search(['my-agent'])).packages).toMatchObject([
        { name, latest: '1.0.0', versions: ['1.0.0'], description: 'Reviews everything', deprecated: null },
      ])
    })

    test('a search sees every change at once: new versions, deprecations, yanks', async () => {
      await publish('@author/my-agent 1.0.0', {}, { description: 'Old words' })
      expect(await found('old')).toEqual([name])
      await publish('@author/my-agent 1.1.0', {}, { description: 'New words' })
      expect(await found('old')).toEqual([])
      expect(await found('new')).toEqual([name])
      await deprecate('1.1.0', 'use another')
      expect((await registry.search(['new'])).packages).toMatchObject([{ latest: '1.1.0', deprecated: 'use another' }])
      await yank('1.1.0')
      expect((await registry.search(['old'])).packages).toMatchObject([{ latest: '1.0.0', deprecated: null }])
      await yank('1.0.0')
      expect(await found('words')).toEqual([])
      await yank('1.0.0', true)
      expect(await found('old')).toEqual([name])
    })

    test('twenty who publish, tag and deprecate at once lose nothing', async () => {
      const versions = Array.from({ length: 5 }, (_, index) => `1.${String(index)}.0`)
      for (const each of versions) await publish(`@author/my-agent ${each}`)
      await Promise.all(
        versions.flatMap((each, index) => [
          publish(`@author/my-agent 2.${String(index)}.0`, { keepLatest: true }),
          registry.setTag(name, { tag: tag(`t${String(index)}`), version: version(each), force: false }),
          deprecate(each, `message ${String(index)}`),
          publish(`other-${String(index)} 1.0.0`),
        ]),
      )
      const document = (await registry.fetchDocument(name))!
      expect([...document.releases.keys()]).toEqual([
        ...versions,
        ...versions.map((_, index) => `2.${String(index)}.0`),
      ])
      for (const [index, each] of versions.entries()) {
        expect(document.tags.get(tag(`t${String(index)}`))).toBe(each)
        expect(document.releases.get(version(each))?.deprecated).toBe(`message ${String(index)}`)
      }
      expect(await found('other')).toEqual(versions.map((_, index) => `other-${String(index)}`))
      const [summary] = (await registry.search(['my-agent'])).packages
      expect(summary?.versions).toHaveLength(10)
    })

    test('names that JavaScript objects have are names like others', async () => {
      for (const odd of ['constructor', 'tostring', 'valueof']) {
        expect(await registry.fetchDocument(named(odd))).toBeUndefined()
        await publish(`${odd} 1.0.0`)
        expect((await registry.fetchDocument(named(odd)))?.tags.get(tag('latest'))).toBe('1.0.0')
      }
      expect(({} as Record<string, unknown>)['x']).toBeUndefined()
    })
  })
}
