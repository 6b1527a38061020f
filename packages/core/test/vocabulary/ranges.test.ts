import { caret, exactly, isRange, matches, parseRange, parseVersion, portabilityProblem } from '@aam/core'
import fc from 'fast-check'
import semver from 'semver'
import { describe, expect, it, test } from 'vitest'
import { codeOf, failureOf } from './failure-of.ts'
import { comparatorText, rangeText, versionText } from './generators.ts'

const fits = (range: string, version: string): boolean => matches(parseRange(range), parseVersion(version))

type Row = readonly [range: string, fitting: readonly string[], others: readonly string[]]

const table = (rows: readonly Row[]): void => {
  test.each(rows)('%s', (range, fitting, others) => {
    expect(fitting.filter(version => !fits(range, version))).toEqual([])
    expect(others.filter(version => fits(range, version))).toEqual([])
  })
}

describe('UAAPS 13.2, the table of constraints', () => {
  table([
    ['1.2.3', ['1.2.3'], ['1.2.2', '1.2.4', '1.2.3-rc.1', '2.2.3']],
    ['^1.2.3', ['1.2.3', '1.2.4', '1.3.0', '1.99.99'], ['1.2.2', '2.0.0', '2.0.0-beta.1', '0.9.0']],
    ['~1.2.3', ['1.2.3', '1.2.99'], ['1.2.2', '1.3.0', '1.3.0-beta.1', '2.0.0']],
    ['>=1.2.0', ['1.2.0', '1.2.1', '2.0.0', '99.0.0'], ['1.1.9', '1.2.0-rc.1']],
    ['>=1.0.0 <3.0.0', ['1.0.0', '2.0.0', '2.99.99'], ['0.9.9', '3.0.0', '3.0.0-alpha']],
    ['*', ['0.0.0', '1.2.3', '99.99.99', '1.0.0-alpha'], []],
  ])
})

describe('UAAPS 13.4, pre-release version handling', () => {
  table([
    ['^1.0.0', ['1.0.0'], ['1.0.0-beta.1']],
    ['^1.0.0-beta.0', ['1.0.0-beta.1', '1.0.0'], []],
    ['>=1.0.0-beta.1', ['1.0.0-beta.1', '1.0.0'], []],
    ['*', ['1.0.0-beta.1', '1.0.0'], []],
  ])
  it('admits pre-releases of the same major.minor.patch only', () => {
    expect(fits('^1.0.0-beta.0', '1.0.1-beta.1')).toBe(false)
    expect(fits('>=1.0.0-beta.1', '1.1.0-beta.1')).toBe(false)
  })
})

describe('AAM dependencies page, the tables of constraints (003)', () => {
  table([
    ['1.0.0', ['1.0.0'], ['1.0.1', '0.9.9']],
    ['>=1.0.0', ['1.0.0', '1.5.0', '2.0.0'], ['0.9.9']],
    ['^1.0.0', ['1.0.0', '1.0.1', '1.1.0', '1.9.9'], ['2.0.0', '0.9.0']],
    ['^0.2.0', ['0.2.0', '0.2.1', '0.2.9'], ['0.3.0', '1.0.0']],
    ['^0.0.3', ['0.0.3'], ['0.0.4', '0.1.0']],
    ['~1.0.0', ['1.0.0', '1.0.1', '1.0.9'], ['1.1.0', '2.0.0']],
    ['~2.3.0', ['2.3.0', '2.3.1', '2.3.99'], ['2.4.0', '3.0.0']],
    ['~1.5.0', ['1.5.0', '1.5.7'], ['1.6.0']],
    ['>=1.0.0,<2.0.0', ['1.0.0', '1.9.9'], ['0.9.9', '2.0.0']],
    ['>=1.5.0,<1.8.0', ['1.5.0', '1.7.9'], ['1.4.9', '1.8.0']],
    ['>=1.5.0', ['1.5.0', '2.0.0'], ['1.4.9']],
    ['*', ['0.0.1', '2.0.0'], []],
  ])
})

describe('D8, npm grammar with the comma as "and"', () => {
  table([
    ['>=1.0.0 , <2.0.0', ['1.5.0'], ['0.9.0', '2.0.0']],
    ['^1.0.0,<1.5.0||^3.0.0', ['1.4.0', '3.1.0'], ['1.5.0', '2.0.0']],
    ['1', ['1.0.0', '1.9.9'], ['2.0.0', '0.9.9', '1.0.0-rc.1']],
    ['1.2', ['1.2.0', '1.2.9'], ['1.3.0', '1.1.9']],
    ['1.x', ['1.0.0', '1.9.9'], ['2.0.0']],
    ['1.2.x', ['1.2.7'], ['1.3.0']],
    ['1.*', ['1.0.0'], ['2.0.0']],
    ['1.2 - 2.3.4', ['1.2.0', '2.3.4'], ['1.1.9', '2.3.5']],
    ['1.2.3 - 2', ['1.2.3', '2.9.9'], ['1.2.2', '3.0.0']],
    ['^1.0.0 || ^3.0.0', ['1.1.0', '3.1.0'], ['2.0.0', '4.0.0']],
    ['>1.0.0', ['1.0.1'], ['1.0.0']],
    ['<=2.0.0', ['2.0.0', '0.0.1'], ['2.0.1']],
    ['=1.0.0', ['1.0.0', '1.0.0+linux'], ['1.0.1']],
  ])
})

describe('D8, what matches everything matches pre-releases too', () => {
  test.each(['*', 'x', 'X', '', ' ', ' * ', '^1.0.0 || *', '* || ^1.0.0', '^1.0.0 ||', '||'])("'%s'", range => {
    expect(['0.0.0', '1.0.0', '0.0.0-0', '3.0.0-alpha.1'].filter(version => !fits(range, version))).toEqual([])
  })
  it('shows the empty range as *', () => {
    expect(['', ' ', '*'].map(text => parseRange(text).text)).toEqual(['*', '*', '*'])
  })
  it('keeps what the author wrote, without blanks around it', () => {
    expect(parseRange('  >=1.0.0,<2  ').text).toBe('>=1.0.0,<2')
  })
})

describe('ranges that are none', () => {
  test.each([
    'latest',
    'stable',
    '1.2.3.4',
    '^',
    '>',
    '>=a',
    '1.0.0 -',
    'a || b',
    '^1.0.0 || latest',
    '^01.0.0',
    '1..2',
    '!1',
    'file:../a',
    'git+https://x',
    '[1.0,2.0)',
    '>=1.0.0 AND <2',
    '1.0.0;2.0.0',
    '^1.0.0-',
    '99999999999999999999.0.0',
    '* || latest',
    'x || ^',
    '|| stable',
    ',',
    ',^1',
    '^1,',
    '^1,,<2',
    '^1 || ,^2',
    '*,',
    '\u0000',
  ])("'%s'", text => {
    expect(isRange(text)).toBe(false)
    expect(codeOf(() => parseRange(text))).toBe('RANGE_INVALID')
  })

  test.each(['^,1.0.0', '>=,1.0.0', '1.0.0,-,2.0.0', '1.0.0 -, 2.0.0'])(
    "'%s': a comma joins whole comparators, it does not stand inside one (D8)",
    text => {
      expect(isRange(text)).toBe(false)
    },
  )

  it('says that a word is a tag', () => {
    expect(failureOf(() => parseRange('stable')).message).toContain('a dist-tag is not a range')
  })

  it('refuses a megabyte at once and does not repeat it', () => {
    for (const text of ['1'.repeat(1 << 20), ' '.repeat(1 << 20), '|| '.repeat(1 << 18), `>${' '.repeat(1 << 20)}1`]) {
      const before = performance.now()
      const failure = failureOf(() => parseRange(text))
      expect(failure.code).toBe('RANGE_INVALID')
      expect(failure.message.length).toBeLessThan(300)
      expect(isRange(text)).toBe(false)
      expect(performance.now() - before).toBeLessThan(100)
    }
  })

  it('answers about hostile texts of the longest permitted length fast', () => {
    const before = performance.now()
    for (const part of ['1 ', '^1||', '>=', '1-', '1.', 'x', '<1 ', '- ', 'v', '=', '~>', ',1']) {
      isRange(part.repeat(Math.floor(1024 / part.length)))
    }
    expect(performance.now() - before).toBeLessThan(500)
  })
})

describe('ranges made of a version (D14)', () => {
  it('exactly: that version and no other', () => {
    expect(matches(exactly(parseVersion('1.0.0-beta.1')), parseVersion('1.0.0-beta.1'))).toBe(true)
    expect(matches(exactly(parseVersion('1.0.0-beta.1')), parseVersion('1.0.0'))).toBe(false)
    expect(matches(exactly(parseVersion('1.0.0+linux')), parseVersion('1.0.0+linux'))).toBe(true)
  })
  test.each([
    ['1.2.0', '^1.2.0'],
    ['0.3.1', '^0.3.1'],
    ['2.0.0-beta.1', '^2.0.0-beta.1'],
    ['1.0.0+linux', '^1.0.0'],
  ])('caret of %s is %s', (version, range) => {
    expect(caret(parseVersion(version)).text).toBe(range)
  })
  it('a version is in its own caret and its own exact range', () => {
    fc.assert(
      fc.property(versionText, text => {
        const version = parseVersion(text)
        expect(matches(caret(version), version)).toBe(true)
        expect(matches(exactly(version), version)).toBe(true)
      }),
    )
  })
})

describe('portability (UAAPS 13.2, D8)', () => {
  test.each([
    '1.2.3',
    '^1.2.3',
    '~1.2.3',
    '>=1.2.0',
    '>=1.0.0 <3.0.0',
    '*',
    '^1.0.0-beta.0',
    '>=1.0.0-beta.1',
    '<2.0.0',
  ])('%s is read everywhere', range => {
    expect(portabilityProblem(parseRange(range))).toBeUndefined()
  })
  test.each([
    '^1',
    '1.x',
    'x',
    '1',
    '1.0.0 - 2.0.0',
    '^1.0.0 || ^2.0.0',
    '<2.0.0 >=1.0.0',
    '=1.0.0',
    '^1.0.0 ^1.1.0',
    '||',
  ])('%s is not', range => {
    expect(portabilityProblem(parseRange(range))).toBeDefined()
  })
  it('tells what to write instead of a comma', () => {
    expect(portabilityProblem(parseRange('>=1.0.0, <2.0.0'))).toContain("'>=1.0.0 <2.0.0'")
  })
})

describe('law: npm decides (D8)', () => {
  it('matches what semver.satisfies matches, unless an alternative is *, x or empty', () => {
    fc.assert(
      fc.property(rangeText, versionText, (range, version) => {
        const everything = range.split('||').some(part => /^[*xX]?$/.test(part.trim()))
        expect(fits(range, version)).toBe(everything || semver.satisfies(version, range))
      }),
      { numRuns: 5000 },
    )
  })
  it('reads what npm reads, and nothing else', () => {
    const soup = fc.array(
      fc.constantFrom('^', '~', '>', '<', '=', '1', '0', '.', 'x', '*', '-', ' ', '|', '||', 'a', 'v'),
    )
    fc.assert(
      fc.property(
        soup.map(parts => parts.join('')),
        text => {
          expect(isRange(text)).toBe(semver.validRange(text) !== null)
        },
      ),
      { numRuns: 5000 },
    )
  })
  it('a comma means what a blank means, between whole comparators', () => {
    const whole = fc.array(comparatorText, { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(fc.array(whole, { minLength: 1, maxLength: 3 }), versionText, (alternatives, version) => {
        const joined = (by: string): string => alternatives.map(parts => parts.join(by)).join(' || ')
        const blanks = joined(' ')
        for (const comma of [',', ', ', ' ,']) {
          expect(fits(joined(comma), version)).toBe(semver.satisfies(version, blanks))
        }
      }),
      { numRuns: 2000 },
    )
  })
  it('|| means "or"', () => {
    fc.assert(
      fc.property(rangeText, rangeText, versionText, (one, other, version) => {
        expect(fits(`${one} || ${other}`, version)).toBe(fits(one, version) || fits(other, version))
      }),
      { numRuns: 2000 },
    )
  })
  it('reads a range in the same way whatever blanks are around its parts', () => {
    fc.assert(
      fc.property(rangeText, versionText, (range, version) => {
        const wide = `  ${range.replaceAll('||', '  ||   ')} `
        expect(fits(wide, version)).toBe(fits(range, version))
      }),
      { numRuns: 1000 },
    )
  })
  it('a pre-release fits only where npm lets it, or where everything does', () => {
    fc.assert(
      fc.property(rangeText, versionText.filter(isPre), (range, version) => {
        const everything = range.split('||').some(part => /^[*xX]?$/.test(part.trim()))
        const named = /\d-/.test(range)
        if (!everything && !named) expect(fits(range, version)).toBe(false)
      }),
      { numRuns: 2000 },
    )
  })
})

function isPre(version: string): boolean {
  return semver.prerelease(version) !== null
}
