import { describe, expect, test } from 'vitest'
import {
  type PackageSummary,
  decodeDocument,
  decodeSummary,
  integrityFromHex,
  rankPackages,
  searchWords,
  summarize,
} from '@aam/core'

const integrity = integrityFromHex('aa'.repeat(32))

function summaryOf(name: string, rest: object = {}, tags: object = { latest: '1.0.0' }): PackageSummary {
  const document = decodeDocument({ name, tags, versions: { '1.0.0': { integrity, size: 1, ...rest } } })
  if ('why' in document) throw new Error(document.why)
  return summarize(document)
}

describe('a summary', () => {
  const versions = {
    '2.0.0': { integrity, size: 1, yanked: true, description: 'two' },
    '1.10.0': { integrity, size: 1, description: 'ten', keywords: ['k', 3], deprecated: 'old' },
    '1.9.0': { integrity, size: 1, description: 'nine' },
  }
  const of = (tags: object): PackageSummary => {
    const document = decodeDocument({ name: 'a', tags, versions })
    if ('why' in document) throw new Error(document.why)
    return summarize(document)
  }

  test('says what latest is', () => {
    expect(of({ stable: '1.9.0', latest: '1.10.0' })).toEqual({
      name: 'a',
      latest: '1.10.0',
      versions: ['1.9.0', '1.10.0', '2.0.0'],
      yanked: ['2.0.0'],
      tags: { latest: '1.10.0', stable: '1.9.0' },
      description: 'ten',
      keywords: ['k'],
      deprecated: 'old',
    })
    expect(of({ latest: '1.9.0' })).toMatchObject({ description: 'nine', deprecated: null })
  })

  test('without latest is that of the newest version left, also when latest names nothing', () => {
    expect(of({})).toMatchObject({ latest: '1.10.0', description: 'ten' })
    expect(of({ latest: '7.0.0' })).toMatchObject({ latest: '7.0.0', description: 'ten' })
  })

  test('comes back from JSON as it was', () => {
    const summary = of({ latest: '1.10.0' })
    expect(decodeSummary(JSON.parse(JSON.stringify(summary)))).toEqual(summary)
  })

  test.each([
    [null],
    [[]],
    ['a'],
    [{ name: '../a' }],
    [{ versions: '1.0.0' }],
    [{ versions: ['one'] }],
    [{ yanked: [1] }],
    [{ latest: 'newest' }],
    [{ latest: undefined }],
    [{ tags: { latest: 1 } }],
    [{ tags: [] }],
    [{ description: 1 }],
    [{ keywords: null }],
    [{ deprecated: true }],
  ])('that is damaged is none: %j', damage => {
    const whole = of({ latest: '1.10.0' })
    const damaged = typeof damage === 'object' && damage !== null && !Array.isArray(damage)
    expect(decodeSummary(damaged ? { ...whole, ...damage } : damage)).toBeUndefined()
  })
})

describe('a search', () => {
  const found = (packages: readonly PackageSummary[], ...words: string[]): string[] =>
    rankPackages(packages, words).map(({ name }) => name)

  test('puts the whole name first, then its beginning, its middle, keywords, the description, ties by name', () => {
    const packages = [
      summaryOf('d', { description: 'A REVIEW of code' }),
      summaryOf('c', { keywords: ['Reviewing'] }),
      summaryOf('my-review'),
      summaryOf('review-all'),
      summaryOf('@team/review'),
      summaryOf('review'),
      summaryOf('b', { keywords: ['review'] }),
      summaryOf('nothing'),
    ]
    const order = ['review', '@team/review', 'review-all', 'my-review', 'b', 'c', 'd']
    expect(found(packages, 'review')).toEqual(order)
    expect(found([...packages].reverse(), 'REVIEW')).toEqual(order)
  })

  test('wants every word, wherever each is', () => {
    const packages = [
      summaryOf('code-review', { description: 'for python' }),
      summaryOf('python', { description: 'for review' }),
      summaryOf('review'),
    ]
    expect(found(packages, 'review', 'python')).toEqual(['python', 'code-review'])
    expect(found(packages, 'review python')).toEqual(['python', 'code-review'])
    expect(found(packages, 'review', 'ruby')).toEqual([])
  })

  test('takes words as they are: nothing in them is a pattern', () => {
    const packages = [summaryOf('a', { description: 'costs $1 (or .*)' }), summaryOf('b')]
    for (const word of ['.*', '$1', '(or']) expect(found(packages, word)).toEqual(['a'])
    for (const word of ['a|b', '[ab]', '^a', '\\w']) expect(found(packages, word)).toEqual([])
    expect(searchWords([' Two  words', 'TWO', ''])).toEqual(['two', 'words'])
  })

  test('hides packages whose versions are all yanked, and keeps deprecated ones', () => {
    const packages = [summaryOf('a', { yanked: true }), summaryOf('ab', { deprecated: 'old' })]
    expect(rankPackages(packages, ['a'])).toMatchObject([{ name: 'ab', deprecated: 'old' }])
  })
})
