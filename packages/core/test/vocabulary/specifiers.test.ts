import { formatSpecifier, parseNameAndVersion, parseSpecifier, parseWanted } from '@aam/core'
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { codeOf, failureOf } from './failure-of.ts'
import { packageName, rangeText, versionText } from './generators.ts'

/** A specifier in four words: name, extras, kind, and the text after the @. */
function words(text: string): readonly (string | undefined)[] {
  const { name, extras, wanted } = parseSpecifier(text)
  switch (wanted.kind) {
    case 'anything':
      return [name, extras.join('+'), wanted.kind, undefined]
    case 'version':
      return [name, extras.join('+'), wanted.kind, wanted.version]
    case 'range':
      return [name, extras.join('+'), wanted.kind, wanted.range.text]
    case 'tag':
      return [name, extras.join('+'), wanted.kind, wanted.tag]
  }
}

describe('what a user may write (UAAPS 13.5, 13.13, D10, D19)', () => {
  test.each([
    ['n', ['n', '', 'anything', undefined]],
    ['@s/n', ['@s/n', '', 'anything', undefined]],
    ['@s/n@^1', ['@s/n', '', 'range', '^1']],
    ['@myorg/code-review@1.3.2', ['@myorg/code-review', '', 'version', '1.3.2']],
    ['@myorg/code-review@^1.0.0', ['@myorg/code-review', '', 'range', '^1.0.0']],
    ['@myorg/code-review@bank-approved', ['@myorg/code-review', '', 'tag', 'bank-approved']],
    ['n@stable', ['n', '', 'tag', 'stable']],
    ['git@1.0.0', ['git', '', 'version', '1.0.0']],
    ['git@stable', ['git', '', 'tag', 'stable']],
    ['n@latest', ['n', '', 'tag', 'latest']],
    ['n@1', ['n', '', 'range', '1']],
    ['n@x', ['n', '', 'range', 'x']],
    ['n@*', ['n', '', 'range', '*']],
    ['n@v1.2.3', ['n', '', 'range', 'v1.2.3']],
    ['n@1.2.3', ['n', '', 'version', '1.2.3']],
    ['n@1.2.3-beta.1+linux', ['n', '', 'version', '1.2.3-beta.1+linux']],
    ['n@>=1.0.0 <2.0.0', ['n', '', 'range', '>=1.0.0 <2.0.0']],
    ['n@>=1.0.0,<2.0.0', ['n', '', 'range', '>=1.0.0,<2.0.0']],
    ['n@ ^1.0.0 ', ['n', '', 'range', '^1.0.0']],
    ['n@^1 || ^2', ['n', '', 'range', '^1 || ^2']],
    ['@myorg/pdf-tools[ocr,github]', ['@myorg/pdf-tools', 'ocr+github', 'anything', undefined]],
    ['n[a]', ['n', 'a', 'anything', undefined]],
    ['n[a,b]@^1', ['n', 'a+b', 'range', '^1']],
    ['n[a,b]@1.2.3', ['n', 'a+b', 'version', '1.2.3']],
    ['n[a]@stable', ['n', 'a', 'tag', 'stable']],
    ['n@^1[a,b]', ['n', 'a+b', 'range', '^1']],
    ['n@stable[a]', ['n', 'a', 'tag', 'stable']],
    ['n@1.2.3[a]', ['n', 'a', 'version', '1.2.3']],
    ['n[a,a]', ['n', 'a', 'anything', undefined]],
    ['constructor@constructor', ['constructor', '', 'tag', 'constructor']],
  ])('%s', (text, expected) => {
    expect(words(text)).toEqual(expected)
  })

  test.each(['2024-q1', '1a', '0-day'])('a tag may start with a digit: n@%s (D10)', tag => {
    expect(words(`n@${tag}`)).toEqual(['n', '', 'tag', tag])
  })
})

describe('what a user may not write', () => {
  test.each([
    ['', 'NAME_INVALID'],
    ['@', 'NAME_INVALID'],
    ['@s', 'NAME_INVALID'],
    ['@s@1.0.0', 'NAME_INVALID'],
    ['N', 'NAME_INVALID'],
    ['a--b@1', 'NAME_INVALID'],
    [' n', 'NAME_INVALID'],
    ['a/b', 'NAME_INVALID'],
    ['[a]', 'NAME_INVALID'],
    ['@s/n/m@1', 'NAME_INVALID'],
    ['n@', 'SPECIFIER_INVALID'],
    ['n@ ', 'SPECIFIER_INVALID'],
    ['n[a]@', 'SPECIFIER_INVALID'],
    ['n@[a]', 'SPECIFIER_INVALID'],
    ['n[]', 'SPECIFIER_INVALID'],
    ['n[a', 'SPECIFIER_INVALID'],
    ['na]', 'SPECIFIER_INVALID'],
    ['n[a]b', 'SPECIFIER_INVALID'],
    ['n[a,]', 'SPECIFIER_INVALID'],
    ['n[a b]', 'SPECIFIER_INVALID'],
    ['n[A]', 'SPECIFIER_INVALID'],
    ['n[a][b]', 'SPECIFIER_INVALID'],
    ['n[a]@1[b]', 'SPECIFIER_INVALID'],
    ['n[__proto__]', 'SPECIFIER_INVALID'],
    ['./folder', 'SPECIFIER_INVALID'],
    ['../folder', 'SPECIFIER_INVALID'],
    ['/folder', 'SPECIFIER_INVALID'],
    ['.', 'SPECIFIER_INVALID'],
    ['~/folder', 'SPECIFIER_INVALID'],
    ['file:../a', 'SPECIFIER_INVALID'],
    ['a-1.0.0.aam', 'SPECIFIER_INVALID'],
    ['https://example.com/a', 'SPECIFIER_INVALID'],
    ['git+ssh://example.com/a', 'SPECIFIER_INVALID'],
    ['n@>=a', 'RANGE_INVALID'],
    ['n@1.2.3.4', 'RANGE_INVALID'],
    ['n@^latest', 'RANGE_INVALID'],
    ['n@1,,2', 'RANGE_INVALID'],
    ['n@stable beta', 'RANGE_INVALID'],
    ['n@Stable', 'TAG_INVALID'],
    ['n@my_tag', 'TAG_INVALID'],
    ['n@all', 'TAG_INVALID'],
    ['n@owners', 'TAG_INVALID'],
    ['n@n@1', 'TAG_INVALID'],
  ])("'%s' is %s", (text, code) => {
    expect(codeOf(() => parseSpecifier(text))).toBe(code)
  })

  it('refuses a megabyte of anything in a short message', () => {
    for (const part of ['a', '@', '[', 'n@1', 'n[a]', '/']) {
      expect(failureOf(() => parseSpecifier(part.repeat(1 << 18))).message.length).toBeLessThan(10_000)
    }
  })
})

describe('name@version, as dist-tag add takes it', () => {
  it('needs an exact version', () => {
    expect(parseNameAndVersion('@author/my-agent@1.2.0')).toEqual({ name: '@author/my-agent', version: '1.2.0' })
  })
  test.each(['n', 'n@stable', 'n@^1', 'n@1', 'n[a]@1.0.0', 'n@1.0.0[a]', 'n@v1.0.0'])('%s is refused', text => {
    const failure = failureOf(() => parseNameAndVersion(text))
    expect(failure.code).toBe('SPECIFIER_INVALID')
    expect(failure.message).toContain('an exact version is needed here')
  })
})

describe('law: what is formatted is read the same', () => {
  it('for names, extras and anything wanted', () => {
    const extras = fc.uniqueArray(fc.constantFrom('ocr', 'github', 'a-b', '1'), { maxLength: 3 })
    const tail = fc.oneof(
      fc.constant(''),
      versionText.map(text => `@${text}`),
      rangeText.filter(text => text.trim() !== '').map(text => `@${text}`),
      fc.constantFrom('@stable', '@latest', '@bank-approved'),
    )
    fc.assert(
      fc.property(packageName, extras, tail, (name, chosen, after) => {
        const specifier = parseSpecifier(`${name}${chosen.length > 0 ? `[${chosen.join(',')}]` : ''}${after}`)
        expect(specifier).toMatchObject({ name, extras: chosen })
        expect(parseSpecifier(formatSpecifier(specifier))).toEqual(specifier)
      }),
      { numRuns: 1000 },
    )
  })
  it('parseWanted never gives a version where the text is a range, nor a tag where it is either (D10)', () => {
    fc.assert(fc.property(versionText, text => parseWanted(text).kind === 'version'))
    fc.assert(
      fc.property(rangeText, text => {
        expect(parseWanted(text).kind).toMatch(/^(?:range|version)$/)
      }),
    )
  })
})
