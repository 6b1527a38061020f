import { LATEST, compareTags, explainTag, isRange, isVersion, parseTag, parseWanted } from '@aam/core'
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { failureOf } from './failure-of.ts'

describe('AAM dist-tags page (000), every tag it uses', () => {
  test.each([
    'latest',
    'stable',
    'beta',
    'bank-approved',
    'staging',
    'next',
    'prod',
    'dev',
    'lts-v1',
    'lts-v2',
    'current',
    'qa-passed',
    'reviewed',
    'security-approved',
    'production-ready',
    'my-tag',
  ])('%s', tag => {
    expect(parseTag(tag)).toBe(tag)
  })
})

describe('AAM dist-tags page (000), the list of invalid ones', () => {
  test.each([
    ['Stable', 'capital letters'],
    ['beta_1', 'characters'],
    ['1.2.0', 'version'],
    ['latest version', 'characters'],
    ['qa approved', 'characters'],
    ['my_tag', 'characters'],
    ['all', 'reserved'],
    ['true', 'reserved'],
    ['false', 'reserved'],
  ])('%s: %s', (tag, why) => {
    expect(explainTag(tag)).toContain(why)
  })
  it("says Invalid tag name 'my_tag'", () => {
    const failure = failureOf(() => parseTag('my_tag'))
    expect(failure.code).toBe('TAG_INVALID')
    expect(failure.message).toMatch(/^Invalid tag name 'my_tag'/)
    expect(failure.hint).toContain('lower-case letters, digits and hyphens')
  })
})

describe('D10', () => {
  test.each(['a', '2024-q1', '0-day', 'x1', 'xx', 'v', 'vx1', 'a-', 'constructor', 'a--b', '1a', 'a'.repeat(32)])(
    '%s is a tag',
    tag => {
      expect(explainTag(tag)).toBeUndefined()
    },
  )
  test.each([
    '',
    ' ',
    '-',
    '-a',
    'a_b',
    'a.b',
    'a/b',
    '@a',
    'é',
    'a\n',
    '__proto__',
    'toString',
    'a'.repeat(33),
    '*',
    '^1',
    'a||b',
  ])("'%s' is none", tag => {
    expect(explainTag(tag)).toBeDefined()
  })
  test.each(['1', '12', 'x', 'v1', 'v12', '0'])('%s would read as a range', tag => {
    expect(explainTag(tag)).toContain('range')
  })
  test.each(['tags', 'dist-tags', 'owners', 'audit-log', 'tarball', 'download', 'approvals'])(
    '%s is a word of the server’s addresses',
    tag => {
      expect(explainTag(tag)).toContain('reserved')
    },
  )
  it('has at most 32 characters, and a megabyte is refused in a short message', () => {
    expect(explainTag('a'.repeat(33))).toBe('it has 33 characters, at most 32 are allowed')
    expect(failureOf(() => parseTag('a'.repeat(1 << 20))).message.length).toBeLessThan(300)
  })

  it('law: whatever is a tag is read as that tag after an @', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,31}$/), text => {
        fc.pre(explainTag(text) === undefined)
        expect(isVersion(text) || isRange(text)).toBe(false)
        expect(parseWanted(text)).toEqual({ kind: 'tag', tag: text })
      }),
    )
  })
})

describe('the order of tags', () => {
  it('is latest, then by name', () => {
    expect(['stable', 'beta', LATEST, 'zeta', 'alpha'].sort(compareTags)).toEqual([
      'latest',
      'alpha',
      'beta',
      'stable',
      'zeta',
    ])
    expect(compareTags(LATEST, LATEST)).toBe(0)
  })
})
