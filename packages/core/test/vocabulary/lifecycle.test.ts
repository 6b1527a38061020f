import { describe, expect, test } from 'vitest'
import {
  type PackageDocument,
  decideDeprecate,
  decideYank,
  decodeDocument,
  encodeDocument,
  integrityFromHex,
  parseRange,
  parseVersion,
} from '@aam/core'
import { codeOf, failureOf } from './failure-of.ts'

const v = parseVersion

/** A package with these versions (`!` marks a yanked one, `?` a deprecated one) and tags. */
function packageWith(versions: readonly string[], tags: Readonly<Record<string, string>>): PackageDocument {
  const integrity = integrityFromHex('aa'.repeat(32))
  const record = Object.fromEntries(
    versions.map(text => [
      text.replace(/[!?]/g, ''),
      {
        integrity,
        size: 1,
        reviewer: 'Ann',
        ...(text.includes('!') ? { yanked: true } : {}),
        ...(text.includes('?') ? { deprecated: 'old' } : {}),
      },
    ]),
  )
  const document = decodeDocument({ name: 'a', tags, versions: record })
  if ('why' in document) throw new Error(document.why)
  return document
}

/** The package as `packageWith` takes it. */
const told = ({ releases, tags }: PackageDocument) => [
  [...releases.values()].map(each => `${each.version}${each.yanked ? '!' : ''}${each.deprecated ? '?' : ''}`).join(' '),
  Object.fromEntries(tags),
]

describe('deprecating', () => {
  const deprecate = (document: PackageDocument, range: string, message?: string) =>
    decideDeprecate(document, { range: parseRange(range), message })
  const three = packageWith(['1.0.0', '1.1.0', '2.0.0-rc.1', '2.0.0!'], { latest: '2.0.0-rc.1' })

  test.each([
    ['1.0.0', '1.0.0? 1.1.0 2.0.0-rc.1 2.0.0!', ['1.0.0']],
    ['^1.0.0', '1.0.0? 1.1.0? 2.0.0-rc.1 2.0.0!', ['1.0.0', '1.1.0']],
    ['*', '1.0.0? 1.1.0? 2.0.0-rc.1? 2.0.0!?', ['1.0.0', '1.1.0', '2.0.0-rc.1', '2.0.0']],
  ])('%s selects versions, yanked ones too', (range, after, versions) => {
    const { document, result } = deprecate(three, range, '  use 3 \n')
    expect(told(document)[0]).toBe(after)
    expect(result).toEqual({ kind: 'deprecate', versions, message: 'use 3' })
  })

  test('is taken back, and only that: what else stands in a record stays', () => {
    const before = packageWith(['1.0.0?', '1.1.0!?'], {})
    const { document, result } = deprecate(before, '*')
    expect(result.kind).toBe('undo')
    expect(encodeDocument(document)).toEqual(encodeDocument(packageWith(['1.0.0', '1.1.0!'], {})))
    expect(document.releases.get(v('1.0.0'))?.record).not.toHaveProperty('deprecated')
    expect(document.releases.get(v('1.0.0'))?.record).toMatchObject({ reviewer: 'Ann' })
  })

  test('again changes nothing, another message does', () => {
    const before = packageWith(['1.0.0?'], {})
    expect(deprecate(before, '1.0.0', 'old')).toMatchObject({ document: before, result: { kind: 'unchanged' } })
    expect(deprecate(before, '1.0.0', 'older').result.kind).toBe('deprecate')
    expect(deprecate(packageWith(['1.0.0'], {}), '1.0.0').result.kind).toBe('unchanged')
  })

  test('needs a version, and says which there are', () => {
    const failure = failureOf(() => deprecate(three, '^3.0.0', 'x'))
    expect(failure.code).toBe('VERSION_NOT_MATCHED')
    expect(failure.hint).toBe('there are: 1.0.0, 1.1.0, 2.0.0-rc.1, 2.0.0')
  })

  test.each([
    ['', 'it is empty'],
    [' \n', 'it is empty'],
    ['x'.repeat(281), 'it has 281 characters, at most 280 are allowed'],
    ['one\ntwo', 'one line'],
    ['\u001b[31mred', 'one line'],
  ])('the message %j is refused', (message, why) => {
    const failure = failureOf(() => deprecate(three, '*', message))
    expect(failure.code).toBe('DEPRECATION_INVALID')
    expect(failure.message).toContain(why)
  })

  test('the limit counts characters, not their halves', () => {
    expect(deprecate(three, '*', '🙂'.repeat(280)).result.kind).toBe('deprecate')
  })
})

describe('yanking (D45)', () => {
  const yank = (document: PackageDocument, version: string, undo = false) =>
    decideYank(document, { version: v(version), undo })

  test.each<readonly [string, PackageDocument, string, string | undefined]>([
    [
      'the highest stable one',
      packageWith(['1.0.0', '1.1.0', '2.0.0-rc.1', '2.0.0'], { latest: '2.0.0' }),
      '2.0.0',
      '1.1.0',
    ],
    ['not a yanked one', packageWith(['1.0.0', '1.1.0!', '2.0.0'], { latest: '2.0.0' }), '2.0.0', '1.0.0'],
    [
      'a pre-release when nothing else is left',
      packageWith(['1.0.0-a', '1.0.0-b', '2.0.0'], { latest: '2.0.0' }),
      '2.0.0',
      '1.0.0-b',
    ],
    ['upwards too', packageWith(['1.0.0', '2.0.0'], { latest: '1.0.0' }), '1.0.0', '2.0.0'],
    ['only when it names the version', packageWith(['1.0.0', '2.0.0'], { latest: '2.0.0' }), '1.0.0', undefined],
    ['not when nothing is left', packageWith(['1.0.0'], { latest: '1.0.0' }), '1.0.0', undefined],
  ])('latest moves: %s', (...[, before, version, to]) => {
    const { document, result } = yank(before, version)
    expect(result.kind).toBe('yank')
    expect(result.latest).toEqual(to === undefined ? undefined : { tag: 'latest', from: version, to })
    expect(document.tags.get('latest' as never)).toBe(to ?? before.tags.get('latest' as never))
    expect(document.releases.get(v(version))?.yanked).toBe(true)
  })

  test('other tags stay and are named; latest is named when it has nowhere to go', () => {
    const two = packageWith(['1.0.0', '2.0.0'], { latest: '2.0.0', prod: '2.0.0', stable: '2.0.0', lts: '1.0.0' })
    expect(yank(two, '2.0.0').result).toMatchObject({ tags: ['prod', 'stable'], newest: '1.0.0' })
    expect(told(yank(two, '2.0.0').document)).toEqual([
      '1.0.0 2.0.0!',
      { latest: '1.0.0', prod: '2.0.0', stable: '2.0.0', lts: '1.0.0' },
    ])
    const one = packageWith(['1.0.0'], { latest: '1.0.0', stable: '1.0.0' })
    expect(yank(one, '1.0.0').result).toMatchObject({ tags: ['latest', 'stable'], newest: undefined })
  })

  test('undo moves no tag', () => {
    const { document, result } = yank(
      packageWith(['1.0.0', '2.0.0!'], { latest: '1.0.0', stable: '2.0.0' }),
      '2.0.0',
      true,
    )
    expect(told(document)).toEqual(['1.0.0 2.0.0', { latest: '1.0.0', stable: '2.0.0' }])
    expect(result).toMatchObject({ kind: 'undo', latest: undefined, tags: [] })
  })

  test('either again succeeds and changes nothing', () => {
    const yanked = packageWith(['1.0.0', '2.0.0!'], { latest: '1.0.0' })
    expect(yank(yanked, '2.0.0')).toMatchObject({ document: yanked, result: { kind: 'unchanged' } })
    expect(yank(yanked, '1.0.0', true)).toMatchObject({ document: yanked, result: { kind: 'unchanged' } })
  })

  test('a latest that somebody left on a yanked version leaves it when it is yanked again', () => {
    const { document, result } = yank(packageWith(['1.0.0', '2.0.0!'], { latest: '2.0.0' }), '2.0.0')
    expect(result).toMatchObject({ kind: 'unchanged', latest: { from: '2.0.0', to: '1.0.0' } })
    expect(document.tags.get('latest' as never)).toBe('1.0.0')
  })

  test('a version that is not there is an error with the nearest', () => {
    expect(codeOf(() => yank(packageWith(['1.0.0!'], {}), '1.0.1'))).toBe('VERSION_NOT_FOUND')
    expect(failureOf(() => yank(packageWith(['1.0.0!'], {}), '1.0.1')).hint).toBe('nearest: 1.0.0')
  })
})
