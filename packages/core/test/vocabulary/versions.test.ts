import {
  type Version,
  compareVersions,
  isPrerelease,
  isVersion,
  nearestVersions,
  parseVersion,
  samePrecedence,
} from '@aam/core'
import fc from 'fast-check'
import semver from 'semver'
import { describe, expect, it, test } from 'vitest'
import { codeOf, failureOf } from './failure-of.ts'
import { versionText } from './generators.ts'

const version = parseVersion
const order = (a: string, b: string): number => Math.sign(compareVersions(version(a), version(b)))

/** Each is lower than every one after it. */
const ASCENDING = [
  '0.0.0-0',
  '0.0.0',
  '0.0.1',
  '0.9.0',
  '0.10.0',
  '1.0.0-0',
  '1.0.0-1',
  '1.0.0-2',
  '1.0.0-11',
  '1.0.0--',
  '1.0.0-1a',
  '1.0.0-alpha',
  '1.0.0-alpha.1',
  '1.0.0-alpha.beta',
  '1.0.0-beta',
  '1.0.0-beta.2',
  '1.0.0-beta.11',
  '1.0.0-beta.11.0',
  '1.0.0-rc.1',
  '1.0.0',
  '1.0.1-rc.1',
  '1.9.0',
  '1.10.0',
  '1.11.0',
  '2.0.0',
  '2.1.0',
  '2.1.1',
  '10.0.0',
]

describe('SemVer 2.0 section 11, precedence', () => {
  it('orders every pair of the table', () => {
    const wrong = ASCENDING.flatMap((a, i) =>
      ASCENDING.map((b, j) => [a, b, Math.sign(i - j)] as const).filter(([x, y, sign]) => order(x, y) !== sign),
    )
    expect(wrong).toEqual([])
  })
  test.each([
    ['numeric identifiers compare as numbers', '1.0.0-2', '1.0.0-11'],
    ['numeric identifiers are lower than alphanumeric ones', '1.0.0-999', '1.0.0-a'],
    ['fewer identifiers are lower than more', '1.0.0-alpha', '1.0.0-alpha.0'],
    ['letters compare by ASCII, so capitals come first', '1.0.0-Beta', '1.0.0-alpha'],
    ['a pre-release is lower than its release', '1.0.0-zzz', '1.0.0'],
  ])('%s', (_, lower, higher) => {
    expect(order(lower, higher)).toBe(-1)
    expect(order(higher, lower)).toBe(1)
  })
  it('refuses numeric identifiers that JavaScript cannot count exactly, because they would compare wrongly', () => {
    expect(isVersion('1.0.0-99999999999999999998')).toBe(false)
    expect(isVersion('1.0.0-9007199254740993')).toBe(false)
    expect(isVersion('1.0.0-a99999999999999999998')).toBe(true)
  })
})

describe('build metadata', () => {
  it('is kept in the text and does not count in precedence', () => {
    expect(version('1.0.0+linux.001')).toBe('1.0.0+linux.001')
    expect(samePrecedence(version('1.0.0+a'), version('1.0.0+b'))).toBe(true)
    expect(samePrecedence(version('1.0.0+a'), version('1.0.0'))).toBe(true)
    expect(samePrecedence(version('1.0.0-a'), version('1.0.0'))).toBe(false)
  })
  it('still gives a total order, so that sorting is the same everywhere', () => {
    expect(order('1.0.0+a', '1.0.0+b')).toBe(-1)
    expect(order('1.0.0', '1.0.0+a')).toBe(-1)
  })
  it('does not make a pre-release', () => {
    expect(['1.0.0', '1.0.0+rc.1', '1.0.0-rc.1', '1.0.0-0'].map(text => isPrerelease(version(text)))).toEqual([
      false,
      false,
      true,
      true,
    ])
  })
})

describe('versions are exact and in their canonical spelling', () => {
  test.each([
    '0.0.0',
    '1.2.3',
    '1.0.0-alpha',
    '1.0.0-0.3.7',
    '1.0.0-x-y-z.--',
    '1.0.0+001',
    '1.0.0-beta+exp.sha.5114f85',
    '1.0.0+-',
    '9007199254740991.0.0',
    '1.0.0-0a',
  ])('%s is one', text => {
    expect(isVersion(text)).toBe(true)
    expect(parseVersion(text)).toBe(text)
  })
  test.each([
    '',
    ' ',
    '1',
    '1.2',
    '1.2.3.4',
    'v1.2.3',
    'V1.2.3',
    '=1.2.3',
    '= 1.2.3',
    ' 1.2.3',
    '1.2.3 ',
    '1.2.3\n',
    '\t1.2.3',
    '01.2.3',
    '1.02.3',
    '1.2.03',
    '1.2.3-',
    '1.2.3-01',
    '1.2.3-a..b',
    '1.2.3+',
    '1.2.3+a+b',
    '1.2.3-é',
    '1.2.-3',
    '-1.2.3',
    '1.2.x',
    '^1.2.3',
    'latest',
    '1,2,3',
    '1.2.3_4',
    '٣.0.0',
    '9007199254740992.0.0',
    '1.0.0-beta_1',
    '1.2.3beta',
    '1e3.0.0',
  ])("'%s' is none", text => {
    expect(isVersion(text)).toBe(false)
    expect(codeOf(() => parseVersion(text))).toBe('VERSION_INVALID')
  })
  it('has at most 256 characters', () => {
    const longest = `1.0.0-${'a'.repeat(250)}`
    expect(isVersion(longest)).toBe(true)
    expect(isVersion(`${longest}a`)).toBe(false)
    const failure = failureOf(() => parseVersion('1'.repeat(1 << 20)))
    expect(failure.message).toContain('more than 256 characters')
    expect(failure.message.length).toBeLessThan(200)
  })
  test.each([
    ['v1.2.3', "leave out the 'v'"],
    ['=1.2.3', "leave out the '='"],
    ['1.2', 'it needs three numbers'],
  ])('%s: %s', (text, why) => {
    expect(failureOf(() => parseVersion(text)).message).toContain(why)
  })
})

describe('laws', () => {
  it('what is read is written the same', () => {
    fc.assert(fc.property(versionText, text => parseVersion(text) === text))
  })
  it('compares as npm does', () => {
    fc.assert(
      fc.property(versionText, versionText, (a, b) => {
        if (semver.compare(a, b) !== 0) expect(order(a, b)).toBe(semver.compare(a, b))
        expect(samePrecedence(version(a), version(b))).toBe(semver.compare(a, b) === 0)
        expect(order(a, b)).toBe(-order(b, a) + 0)
        expect(order(a, b) === 0).toBe(a === b)
      }),
      { numRuns: 2000 },
    )
  })
  it('reads exactly the texts that SemVer 2.0 allows', () => {
    const official =
      /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?(?:\+([0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*))?$/
    const soup = fc.array(fc.constantFrom('1', '0', '.', '-', '+', 'a', 'v', ' '), { maxLength: 12 })
    fc.assert(
      fc.property(soup, fc.constantFrom('', '1.0.0', '0.1.2-'), (parts, start) => {
        const text = start + parts.join('')
        expect(isVersion(text)).toBe(official.test(text))
      }),
      { numRuns: 3000 },
    )
  })
})

describe('nearestVersions', () => {
  const all = ['1.0.0', '1.1.0', '1.2.0', '2.0.0', '2.1.0', '3.0.0'].map(version)
  const nearest = (wanted: string, limit?: number, from: readonly Version[] = all): Version[] =>
    nearestVersions(from, version(wanted), limit)
  test.each([
    ['9.0.0', ['1.1.0', '1.2.0', '2.0.0', '2.1.0', '3.0.0']],
    ['0.1.0', ['1.0.0', '1.1.0', '1.2.0', '2.0.0', '2.1.0']],
    ['1.9.0', ['1.1.0', '1.2.0', '2.0.0', '2.1.0', '3.0.0']],
  ])('of %s', (wanted, expected) => {
    expect(nearest(wanted)).toEqual(expected)
  })
  it('are no more than asked for, lowest first, whatever the order they come in', () => {
    expect(nearest('1.9.0', 2, [...all].reverse())).toEqual(['1.2.0', '2.0.0'])
    expect(nearest('1.0.0', 10)).toEqual(all)
    expect(nearest('1.0.0', 5, [])).toEqual([])
  })
})
