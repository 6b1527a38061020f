/** What taking a package over from another registry does to the one that takes it. */
import { type PackageDocument, type TagRules, decideImport, decodeDocument, integrityFromHex } from '@aam/core'
import { describe, expect, test } from 'vitest'
import { failureOf } from './failure-of.ts'

const OPEN: TagRules = { allowed: undefined, protected: [], by: 'allowed_tags in registry.yaml' }

/** Versions in a word each: `1.0.0`, `1.0.0!` yanked, `1.0.0?` deprecated as "old", `1.0.0#bb` with other contents. */
function packageWith(
  words: readonly string[],
  tags: Readonly<Record<string, string>> = {},
  owners: readonly string[] = [],
): PackageDocument {
  const versions = words.map(word => {
    const [, version = '', marks = '', byte = 'aa'] = /^([^!?#]+)([!?]*)(?:#(..))?$/.exec(word) ?? []
    const record = {
      integrity: integrityFromHex(byte.repeat(32)),
      size: 1,
      published: `2026-01-01T00:00:00.000Z`,
      ...(marks.includes('!') ? { yanked: true } : {}),
      ...(marks.includes('?') ? { deprecated: 'old' } : {}),
    }
    return [version, record] as const
  })
  const document = decodeDocument({ name: 'a', tags, owners, versions: Object.fromEntries(versions) })
  if ('why' in document) throw new Error(document.why)
  return document
}

const decide = (
  before: PackageDocument | undefined,
  incoming: PackageDocument,
  { rules = OPEN, force = false }: { readonly rules?: TagRules; readonly force?: boolean } = {},
) => decideImport(before, incoming, { rules, force })
const tagsOf = ({ document }: { readonly document: PackageDocument }): object => Object.fromEntries(document.tags)

describe('versions', () => {
  test('a new package comes whole: versions, tags, owners, times, what is deprecated and yanked', () => {
    const incoming = packageWith(['1.0.0?', '1.1.0!', '1.2.0'], { latest: '1.2.0', stable: '1.0.0' }, ['ann'])
    const { document, added, kept, tags, keptTags } = decide(undefined, incoming)
    expect(document).toEqual(incoming)
    expect({ added, kept, keptTags }).toEqual({ added: ['1.0.0', '1.1.0', '1.2.0'], kept: [], keptTags: [] })
    expect(tags).toEqual([
      { tag: 'latest', from: undefined, to: '1.2.0' },
      { tag: 'stable', from: undefined, to: '1.0.0' },
    ])
  })

  test('those that are there stay, those that are not are added in order, and nothing is taken away', () => {
    const { document, added, kept } = decide(packageWith(['2.0.0', '3.0.0']), packageWith(['10.0.0', '2.0.0', '1.0.0']))
    expect([...document.releases.keys()]).toEqual(['1.0.0', '2.0.0', '3.0.0', '10.0.0'])
    expect({ added, kept }).toEqual({ added: ['1.0.0', '10.0.0'], kept: ['2.0.0'] })
  })

  test.each([false, true])('other contents are refused, with force %s', force => {
    const failure = failureOf(() => decide(packageWith(['1.0.0']), packageWith(['0.9.0', '1.0.0#bb']), { force }))
    expect(failure.code).toBe('VERSION_CONFLICT')
    expect(failure.message).toContain('a@1.0.0 is already published with other contents')
    expect(failure.hint).toContain('which registry has the right one')
  })

  test('a difference in build metadata only is refused, inside the source too', () => {
    expect(failureOf(() => decide(packageWith(['1.0.0']), packageWith(['1.0.0+linux']))).code).toBe('VERSION_CONFLICT')
    expect(failureOf(() => decide(undefined, packageWith(['1.0.0', '1.0.0+linux']))).code).toBe('VERSION_CONFLICT')
  })

  test('importing what was imported changes nothing', () => {
    const incoming = packageWith(['1.0.0?', '1.1.0!', '1.2.0-beta.1'], { latest: '1.2.0-beta.1', stable: '1.0.0' })
    const first = decide(undefined, incoming).document
    expect(decide(first, incoming)).toEqual({
      document: first,
      added: [],
      kept: ['1.0.0', '1.1.0', '1.2.0-beta.1'],
      states: [],
      tags: [],
      keptTags: [],
    })
  })

  test('owners come with a new package only', () => {
    expect(decide(packageWith(['1.0.0'], {}, ['bob']), packageWith(['1.0.0'], {}, ['ann'])).document.owners).toEqual([
      'bob',
    ])
    expect(decide(packageWith(['1.0.0']), packageWith(['1.0.0'], {}, ['ann'])).document.owners).toEqual([])
  })
})

describe('what is deprecated and yanked', () => {
  test('reaches versions that are there, and is not taken back', () => {
    const { document, states } = decide(
      packageWith(['1.0.0', '1.1.0!', '1.2.0?']),
      packageWith(['1.0.0!?', '1.1.0', '1.2.0']),
    )
    expect(states).toEqual([{ version: '1.0.0', deprecated: 'old', yanked: true }])
    expect([...document.releases.values()].map(({ yanked, deprecated }) => [yanked, deprecated])).toEqual([
      [true, 'old'],
      [true, undefined],
      [false, 'old'],
    ])
    expect([...document.releases.values()][0]?.record).toMatchObject({ yanked: true, deprecated: 'old' })
  })

  test('with force is as in the source', () => {
    const { document, states } = decide(packageWith(['1.0.0!?']), packageWith(['1.0.0']), { force: true })
    expect(states).toEqual([{ version: '1.0.0', deprecated: undefined, yanked: false }])
    expect(Object.keys([...document.releases.values()][0]?.record ?? {})).toEqual(['integrity', 'size', 'published'])
  })

  test('latest leaves a version that was yanked, for the one the source has or else the newest left (D45)', () => {
    const before = packageWith(['1.0.0', '1.1.0', '1.2.0', '2.0.0-beta.1'], { latest: '1.2.0', stable: '1.2.0' })
    const moved = decide(before, packageWith(['1.0.0', '1.2.0!'], { latest: '1.0.0' }))
    expect(tagsOf(moved)).toEqual({ latest: '1.0.0', stable: '1.2.0' })
    expect(moved.keptTags).toEqual([{ tag: 'stable', offered: '1.2.0', current: '1.2.0', why: 'yanked' }])
    expect(tagsOf(decide(before, packageWith(['1.2.0!'])))).toMatchObject({ latest: '1.1.0' })
    // Only latest leaves it, also where the source has another version for the tag.
    const elsewhere = decide(before, packageWith(['1.0.0', '1.2.0!'], { latest: '1.0.0', stable: '1.0.0' }))
    expect(tagsOf(elsewhere)).toMatchObject({ stable: '1.2.0' })
    expect(tagsOf(decide(packageWith(['1.0.0'], { latest: '1.0.0' }), packageWith(['1.0.0!'])))).toEqual({
      latest: '1.0.0',
    })
  })
})

describe('tags', () => {
  const before = packageWith(['1.0.0', '1.1.0'], { latest: '1.0.0', stable: '1.0.0' })
  const incoming = packageWith(['1.0.0', '1.1.0'], { latest: '1.1.0', stable: '1.1.0', beta: '1.1.0' })

  test('those that are missing are set; one that points elsewhere stays, latest too, and is reported', () => {
    const { tags, keptTags, ...decision } = decide(before, incoming)
    expect(tagsOf(decision)).toEqual({ latest: '1.0.0', stable: '1.0.0', beta: '1.1.0' })
    expect(tags).toEqual([{ tag: 'beta', from: undefined, to: '1.1.0' }])
    expect(keptTags).toEqual([
      { tag: 'latest', offered: '1.1.0', current: '1.0.0', why: 'elsewhere' },
      { tag: 'stable', offered: '1.1.0', current: '1.0.0', why: 'elsewhere' },
    ])
  })

  test('force takes those of the source, a protected one too, and keeps what the source does not have', () => {
    const rules = { ...OPEN, protected: before.tags.has('stable' as never) ? [...before.tags.keys()] : [] }
    const own = packageWith(['1.0.0', '1.1.0'], { latest: '1.0.0', stable: '1.0.0', mine: '1.0.0' })
    expect(tagsOf(decide(own, incoming, { rules, force: true }))).toEqual({
      latest: '1.1.0',
      stable: '1.1.0',
      beta: '1.1.0',
      mine: '1.0.0',
    })
  })

  test.each([false, true])('one that is not allowed is left out, with force %s; latest always is', force => {
    const rules = { ...OPEN, allowed: [...before.tags.keys()].filter(tag => tag === 'stable') }
    const { keptTags, ...decision } = decide(undefined, incoming, { rules, force })
    expect(tagsOf(decision)).toEqual({ latest: '1.1.0', stable: '1.1.0' })
    expect(keptTags).toEqual([{ tag: 'beta', offered: '1.1.0', current: undefined, why: 'not-allowed' }])
  })

  test('one that names a yanked version, or none of the source, is left out', () => {
    const odd = packageWith(['1.0.0', '1.1.0!'], { latest: '1.0.0', beta: '1.1.0', gone: '9.0.0' })
    const { keptTags, ...decision } = decide(undefined, odd, { force: true })
    expect(tagsOf(decision)).toEqual({ latest: '1.0.0' })
    expect(keptTags.map(({ tag, why }) => [tag, why])).toEqual([
      ['beta', 'yanked'],
      ['gone', 'missing'],
    ])
  })

  test('a package without latest gets the newest stable version', () => {
    expect(tagsOf(decide(undefined, packageWith(['1.0.0', '1.1.0', '1.2.0!', '2.0.0-rc.1'])))).toEqual({
      latest: '1.1.0',
    })
    expect(tagsOf(decide(undefined, packageWith(['1.0.0!'])))).toEqual({})
  })
})
