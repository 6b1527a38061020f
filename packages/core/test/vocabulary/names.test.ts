import {
  compareText,
  directoryName,
  explainInstanceName,
  explainName,
  instanceName,
  matchesName,
  packageOf,
  parseInstanceName,
  parsePackageName,
  parseVersion,
  scopeOf,
  suggest,
} from '@aam/core'
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { codeOf, failureOf } from './failure-of.ts'
import { packageName, versionText } from './generators.ts'

const long = (length: number): string => 'a'.repeat(length)

describe('D4, names that are', () => {
  test.each([
    'a',
    '1',
    '0x',
    'code-review',
    'a-',
    'a-1-b',
    '123',
    long(64),
    '@a/b',
    '@my-org/review',
    '@my_org/review',
    '@a_/b',
    '@a-/b',
    '@1/2',
    `@${long(64)}/${long(64)}`,
    'constructor',
    'valueof',
    'hasownproperty',
    'prototype',
    'con1',
    'aux-x',
    'console',
    'com10',
    'lpt',
    'latest',
    'all',
    'true',
  ])('%s', name => {
    expect(explainName(name)).toBeUndefined()
    expect(parsePackageName(name)).toBe(name)
  })
})

describe('D4, names that are none', () => {
  test.each([
    '',
    ' ',
    '-',
    '-a',
    '_a',
    'a_b',
    'a.b',
    '.',
    '..',
    '.a',
    'a b',
    ' a',
    'a ',
    'a\n',
    'a\u0000',
    'A',
    'Review',
    'é',
    'ａ',
    'а',
    'a/b',
    'a\\b',
    '../a',
    'a@1',
    'a[b]',
    'a%2fb',
    '~a',
    long(65),
    '@',
    '@/',
    '@a',
    '@a/',
    '@/a',
    '@a/b/c',
    '@@a/b',
    '@_a/b',
    '@-a/b',
    '@a/_b',
    '@a/-b',
    '@a/b_c',
    '@A/b',
    '@a/B',
    '@a.b/c',
    '@a/..',
    '@../b',
    `@${long(65)}/b`,
    `@a/${long(65)}`,
    '__proto__',
    'toString',
    'hasOwnProperty',
    '@__proto__/a',
    '@a/__proto__',
    `a\u202eb`,
    'a\u200b',
  ])("'%s'", name => {
    expect(explainName(name)).toMatch(/./)
    expect(codeOf(() => parsePackageName(name))).toBe('NAME_INVALID')
  })

  test.each(['a--b', '@a--b/c', '@a/b--c', 'a--', '@a--/b', 'a---b'])("'--' is reserved: %s", name => {
    expect(explainName(name)).toContain("'--' is reserved")
    expect(failureOf(() => parsePackageName(name)).message).toContain("'--' is reserved")
  })

  it('says why in the message and an example in the hint', () => {
    const failure = failureOf(() => parsePackageName('Review'))
    expect(failure.message).toBe("Invalid package name 'Review': capital letters are not allowed")
    expect(failure.hint).toContain('@team/code-review')
    expect(failure.exit).toBe(2)
  })

  it('is at most 130 characters, and a megabyte is refused at once', () => {
    expect(`@${long(64)}/${long(64)}`).toHaveLength(130)
    expect(explainName(long(131))).toBe('it has 131 characters, at most 130 are allowed')
    const failure = failureOf(() => parsePackageName('-'.repeat(1 << 20)))
    expect(failure.message.length).toBeLessThan(400)
  })

  it('shows no control characters of the text it refuses', () => {
    expect(failureOf(() => parsePackageName('a\u001b[31m')).message).not.toContain('\u001b')
  })
})

describe('names that Windows reserves', () => {
  const reserved = ['con', 'prn', 'aux', 'nul', 'com1', 'com9', 'lpt1', 'lpt9']
  test.each(reserved)('%s', name => {
    expect(explainName(name)).toBe('Windows reserves that name')
  })
  test.each(reserved)('@%s/a is one folder called %s--a, which Windows allows', name => {
    expect(explainName(`@${name}/a`)).toBeUndefined()
  })
  it('@a/con is refused: a folder registry keeps it in a folder called con (D6)', () => {
    expect(explainName('@a/con')).toBeDefined()
  })
})

describe('folder names (UAAPS 12.2, D4)', () => {
  test.each([
    ['review', 'review'],
    ['@myorg/code-review', 'myorg--code-review'],
    ['@a_b/c', 'a_b--c'],
    ['@a-/b', 'a---b'],
  ])('%s is in %s', (name, folder) => {
    expect(directoryName(parsePackageName(name))).toBe(folder)
  })
  it('no two names share a folder', () => {
    fc.assert(
      fc.property(packageName, packageName, (a, b) => {
        expect(directoryName(a) === directoryName(b)).toBe(a === b)
      }),
      { numRuns: 3000 },
    )
    const every = ['a', 'b', 'a-', 'a-b', 'b-', 'a-b-', 'a_'].flatMap(first => [
      first,
      ...['a', 'b', 'a-', 'a-b', 'b-', 'a-b-'].map(second => `@${first}/${second}`),
    ])
    const names = every.filter(name => explainName(name) === undefined).map(parsePackageName)
    expect(new Set(names.map(directoryName)).size).toBe(names.length)
  })
  it('is one step of a path that every file system holds', () => {
    fc.assert(
      fc.property(packageName, name => {
        expect(directoryName(name)).toMatch(/^[a-z0-9][a-z0-9_-]{0,129}$/)
      }),
    )
  })
  test.each([
    ['@a/b', '@a'],
    ['@a_b/c', '@a_b'],
    ['a', undefined],
  ])('the scope of %s is %s', (name, scope) => {
    expect(scopeOf(parsePackageName(name))).toBe(scope)
  })
})

describe('names of instances (D17)', () => {
  test.each([
    ['git-utils', 'git-utils', 'git-utils'],
    ['git-utils@1.0.5', 'git-utils', 'git-utils@1.0.5'],
    ['@team/review@1.0.0', '@team/review', 'team--review@1.0.0'],
    ['@team/review@1.0.0-rc.1+linux', '@team/review', 'team--review@1.0.0-rc.1+linux'],
    ['a@1.0.0-RC.1', 'a', 'a@1.0.0-_r_c.1'],
    ['a@1.0.0-a--b', 'a', 'a@1.0.0-a--b'],
  ])('%s is one of %s, in the folder %s', (text, name, folder) => {
    const instance = parseInstanceName(text)
    expect(packageOf(instance)).toBe(name)
    expect(directoryName(instance)).toBe(folder)
  })
  test.each([
    ['', 'it is empty'],
    ['a@', "'' is not an exact version"],
    ['a@^1', "'^1' is not an exact version"],
    ['a@v1.0.0', "'v1.0.0' is not an exact version"],
    ['a@1.0.0@1.0.0', "'1.0.0@1.0.0' is not an exact version"],
    ['a@1.0.0/..', "'1.0.0/..' is not an exact version"],
    ['A@1.0.0', 'capital letters are not allowed'],
    ['nul@1.0.0', 'Windows reserves that name'],
    ['@team@1.0.0', 'a scope needs a name after it, as in @team/review'],
    ['../a@1.0.0', 'it has characters a name cannot have'],
  ])('%j is none', (text, why) => {
    expect(explainInstanceName(text)).toBe(why)
    expect(failureOf(() => parseInstanceName(text))).toMatchObject({ code: 'NAME_INVALID', facts: { why } })
  })
  it('law: a name and a version make one, from which the name comes back', () => {
    fc.assert(
      fc.property(packageName, versionText, (name, version) => {
        const instance = instanceName(name, parseVersion(version))
        expect(explainInstanceName(instance)).toBeUndefined()
        expect(packageOf(instance)).toBe(name)
        expect(packageOf(name)).toBe(name)
      }),
    )
  })
  it('law: no two share a folder, on a disk that does not tell capital letters from small ones either', () => {
    const version = fc.oneof(versionText, fc.constantFrom('1.0.0-rc', '1.0.0-RC', '1.0.0-Rc', '1.0.0+a', '1.0.0-a'))
    const instance = fc.oneof(
      packageName,
      fc.tuple(packageName, version).map(([name, text]) => instanceName(name, parseVersion(text))),
    )
    fc.assert(
      fc.property(instance, instance, (a, b) => {
        expect(directoryName(a).toLowerCase() === directoryName(b).toLowerCase()).toBe(a === b)
      }),
      {
        numRuns: 3000,
        examples: [[parseInstanceName('a@1.0.0-rc'), parseInstanceName('a@1.0.0-RC')]],
      },
    )
  })
  it('law: their folders are one step of a path that every file system holds', () => {
    fc.assert(
      fc.property(packageName, versionText, (name, version) => {
        expect(directoryName(instanceName(name, parseVersion(version)))).toMatch(/^[a-z0-9][a-z0-9_.@+-]*[a-z0-9-]$/)
      }),
    )
  })
})

describe('the order of text', () => {
  it('is by code point, whatever the locale', () => {
    expect(['b', 'a', 'B', 'ä', 'a-', 'a', '@a/b', '10', '9'].sort(compareText)).toEqual([
      '10',
      '9',
      '@a/b',
      'B',
      'a',
      'a',
      'a-',
      'b',
      'ä',
    ])
  })
  it('is by code point beyond the first plane too, as its comment says', () => {
    expect(compareText('\u{ff5e}', '\u{1f600}')).toBe(-1)
  })
})

describe('suggestions', () => {
  const names = ['code-review', 'code-reviewer', 'git-utils', 'test-utils', 'a', 'ab']
  test.each([
    ['code-reveiw', ['code-review']],
    ['code-reviewe', ['code-review', 'code-reviewer']],
    ['git-util', ['git-utils']],
    ['something-else-entirely', []],
    ['zz', []],
    ['', ['a']],
  ])('%s → %s', (text, expected) => {
    expect(suggest(text, names)).toEqual(expected)
  })
  it('are at most three, best first, and the same for any order of candidates', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(['abcd', 'abce', 'abcf', 'abcg', 'abdd', 'abc'], { minLength: 6 }), shuffled => {
        expect(suggest('abcd', shuffled)).toEqual(['abcd', 'abc', 'abce'])
      }),
    )
  })
  it('come quickly for a long text', () => {
    const before = performance.now()
    suggest('a'.repeat(1 << 20), names)
    expect(performance.now() - before).toBeLessThan(100)
  })
})

test.each([
  ['*', 'lint', true],
  ['*', '@team/lint', true],
  ['@team/*', '@team/lint', true],
  ['@*/lint', '@team/lint', true],
  ['@te*', '@team/lint', false],
  ['*lint', '@team/lint', false],
  ['l*n*t', 'l-n-nt', true],
  ['lint-*', 'lint', false],
])('the pattern %s: * stands for any characters but a slash (%s)', (pattern, name, expected) => {
  expect(matchesName(pattern, name)).toBe(expected)
})
