/** What every registry must do, whatever is behind the port. A new implementation runs this suite. */
import { beforeEach, describe, expect, test } from 'vitest'
import { integrityOf } from '@aam/archive'
import type { Registry } from '@aam/client'
import { AamError, type Tag, type Version } from '@aam/core'
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
