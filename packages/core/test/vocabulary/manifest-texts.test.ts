import { readYamlText } from '@aam/core/authoring'
import { readJsonText } from '@aam/core/manifest'
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'

type Row = readonly [name: string, text: string, line: number, message: RegExp]

describe('D1, strict JSON: what is wrong and on which line', () => {
  test.each<Row>([
    [
      'a line comment',
      '{\n  "a": 1,\n  // why\n  "b": 2\n}',
      3,
      /^comments are not JSON; remove it or write package\.agent\.yaml$/,
    ],
    ['a comment after a value', '{\n  "a": 1, // why\n  "b": 2\n}', 2, /^comments are not JSON/],
    ['a block comment', '/* hello */\n{}', 1, /^comments are not JSON/],
    ['a comment at the end', '{}\n\n// bye', 3, /^comments are not JSON/],
    ['a comment before an error', '{\n  // why\n  "a" 1\n}', 2, /^comments are not JSON/],
    ['an error before a comment', '{\n  "a" 1\n  // why\n}', 2, /colon/],
    ['a trailing comma in an object', '{\n  "a": 1,\n}', 3, /a comma too many/],
    ['a trailing comma in a list', '[\n  1,\n]', 3, /a comma too many/],
    ['a missing comma', '{\n  "a": 1\n  "b": 2\n}', 3, /a comma is missing/],
    ['a missing colon', '{\n  "a" 1\n}', 2, /a colon is missing/],
    ['a missing value', '{\n  "a":\n}', 3, /a value is expected/],
    ['a missing brace', '{\n  "a": 1\n', 3, /'}' is missing/],
    ['a missing bracket', '[\n  1\n', 3, /'\]' is missing/],
    ['an open string', '{\n  "a": "x\n}', 2, /no closing quote/],
    ['a single-quoted string', "{\n  'a': 1\n}", 2, /./],
    ['a key without quotes', '{\n  a: 1\n}', 2, /./],
    ['text after the end', '{}\n{}', 2, /nothing may follow/],
    ['a key twice', '{\n  "a": 1,\n  "b": {},\n  "a": 2\n}', 4, /the key 'a' is there twice/],
    ['a key twice, once escaped', '{\n  "a": 1,\n  "\\u0061": 2\n}', 3, /the key 'a' is there twice/],
    ['a nested key twice', '{\n  "x": [{\n    "a": 1,\n    "a": 2 }]\n}', 4, /the key 'a' is there twice/],
    ['__proto__', '{\n  "__proto__": {}\n}', 2, /the key '__proto__' is not allowed/],
    ['__proto__ escaped', '{\n  "\\u005f_proto__": {}\n}', 2, /the key '__proto__' is not allowed/],
    ['NaN', '{\n  "a": NaN\n}', 2, /./],
    ['a leading zero', '{\n  "a": 01\n}', 2, /./],
    ['a bad escape', '{\n  "a": "\\x41"\n}', 2, /./],
    ['a tab inside a string', '{\n  "a": "\t"\n}', 2, /./],
    ['a comment after CRLF lines', '{\r\n  "a": 1,\r\n  // why\r\n}', 3, /^comments are not JSON/],
  ])('%s', (...[, text, line, message]) => {
    const { value, problems } = readJsonText(text, 'f.json')
    expect(value).toBeUndefined()
    expect(problems[0]).toMatchObject({ severity: 'error', file: 'f.json', line })
    expect(problems[0]?.message).toMatch(message)
  })

  it.each(['', ' ', '\n\n', '\ufeff'])('says of %j that it is empty', text => {
    expect(readJsonText(text, 'f.json').problems[0]?.message).toContain('empty')
  })
  it('reads past a byte-order mark', () => {
    expect(readJsonText('\ufeff{"a": 1}', 'f.json')).toMatchObject({ value: { a: 1 }, problems: [] })
  })
  it('reports every key that is there twice', () => {
    const { problems } = readJsonText('{\n"a":1,\n"a":2,\n"b":{"c":1,\n"c":2}\n}', 'f.json')
    expect(problems.map(problem => problem.line)).toEqual([3, 5])
  })
  it('is nested 100 levels deep at most, and brackets in strings do not count', () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)
    expect(readJsonText(nested(100), 'f.json').problems).toEqual([])
    expect(readJsonText(nested(101), 'f.json').problems[0]?.message).toContain('100 levels')
    expect(readJsonText('['.repeat(1 << 20), 'f.json').problems[0]?.message).toContain('100 levels')
    expect(readJsonText('{"a":'.repeat(100_000), 'f.json').problems[0]?.message).toContain('100 levels')
    expect(readJsonText(JSON.stringify(`\\"${'['.repeat(500)}`), 'f.json').problems).toEqual([])
  })
  it('law: reads exactly what JSON.parse reads, and throws nothing', () => {
    const token = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ':',
      ',',
      '"a"',
      '"b"',
      '1',
      '-',
      '0',
      '.',
      'e',
      '"',
      '\\',
      'true',
      'null',
      ' ',
      '\n',
      '\t',
      '\r',
      '\u00a0',
      '\u2028',
      '/',
      '*',
      '\u0000',
      '\ufeff',
      'u00e9',
    )
    const soup = fc.array(token, { maxLength: 14 }).map(parts => parts.join(''))
    const bent = fc
      .tuple(fc.json({ maxDepth: 3 }), fc.nat(), token)
      .map(([text, at, insert]) => text.slice(0, at % (text.length + 1)) + insert + text.slice(at % (text.length + 1)))
    fc.assert(
      fc.property(fc.oneof(soup, bent, fc.json({ maxDepth: 4 })), text => {
        fc.pre(!text.startsWith('\ufeff') && !text.includes('__proto__'))
        const { value, problems } = readJsonText(text, 'f.json')
        if (problems.every(({ message }) => message.includes('there twice'))) {
          const parsed: unknown = JSON.parse(text)
          if (problems.length === 0) expect(value).toEqual(parsed)
        } else expect(() => JSON.parse(text) as unknown).toThrow()
      }),
      { numRuns: 5000 },
    )
  })
})

describe('D1, YAML that says what JSON says', () => {
  test.each<Row>([
    ['an anchor', 'a: 1\nb: &x 1', 2, /anchors are not allowed/],
    ['an anchor on a map', 'a: 1\nb: &x\n  c: 1', 2, /anchors are not allowed/],
    ['an alias', 'a: &x 1\nb: *x', 1, /anchors/],
    ['a tag', 'a: 1\nb: !!str 5', 2, /tag/],
    ['a local tag', 'a: 1\nb: !mine 5', 2, /tag/],
    ['a tag on a map', 'a: 1\nb: !!map {c: 1}', 2, /tag/],
    ['a binary', 'a: 1\nb: !!binary aGk=', 2, /tag/],
    ['a merge key', 'a: 1\nb:\n  <<: {c: 1}', 3, /'<<' is not allowed/],
    ['a key twice', 'a: 1\nb: 2\na: 3', 3, /there twice/],
    ['a key twice, once quoted', 'a: 1\n"a": 3', 2, /there twice/],
    ['__proto__', 'a: 1\n__proto__: {}', 2, /'__proto__' is not allowed/],
    ['__proto__ quoted', 'a: 1\n"__proto__": {}', 2, /'__proto__' is not allowed/],
    ['a number as a key', 'a: 1\n2: 3', 2, /keys must be text/],
    ['true as a key', 'a: 1\ntrue: 3', 2, /keys must be text/],
    ['no key', 'a: 1\n: 3', 2, /keys must be text/],
    ['a list as a key', 'a: 1\n[b]: 3', 2, /keys must be text/],
    ['a map as a key', 'a: 1\n{b: 1}: 3', 2, /keys must be text/],
    ['a tab as indentation', 'a:\n\tb: 1', 2, /[Tt]ab/],
    ['an open bracket', 'a: 1\nb: [1, 2', 2, /./],
    ['two documents', 'a: 1\n---\nb: 1', 2, /document/],
    ['infinity, which JSON cannot say', 'a: 1\nb: .inf', 2, /./],
    ['not a number, which JSON cannot say', 'a: 1\nb: .nan', 2, /./],
  ])('refuses %s', (...[, text, line, message]) => {
    const { value, problems } = readYamlText(text, 'f.yaml')
    expect(value).toBeUndefined()
    expect(problems[0]).toMatchObject({ severity: 'error', file: 'f.yaml', line })
    expect(problems[0]?.message).toMatch(message)
  })
  it('refuses an alias at its own line too', () => {
    const { problems } = readYamlText('a: &x 1\nb: 2\nc: *x', 'f.yaml')
    expect(problems.map(problem => problem.line)).toEqual([1, 3])
    expect(problems[1]?.message).toMatch(/aliases are not allowed/)
  })
  it.each([
    [
      'text, numbers, lists, maps',
      'a: x\nb: 1\nc: [1, two]\nd: {e: f}',
      { a: 'x', b: 1, c: [1, 'two'], d: { e: 'f' } },
    ],
    ['yes, no and dates as text (YAML 1.2)', 'a: yes\nb: no\nc: 2026-01-01', { a: 'yes', b: 'no', c: '2026-01-01' }],
    ['yes as text, even when the file says YAML 1.1', '%YAML 1.1\n---\na: yes', { a: 'yes' }],
    ['a version as text', 'version: 1.0.0', { version: '1.0.0' }],
    ['comments', '# hello\na: 1 # one', { a: 1 }],
    ['<< as a value', 'a: <<', { a: '<<' }],
    ['a file of an editor that writes a byte-order mark', '\ufeffa: 1', { a: 1 }],
  ])('reads %s', (_, text, value) => {
    expect(readYamlText(text, 'f.yaml')).toMatchObject({ value, problems: [] })
  })
  it('does not expand a billion laughs', () => {
    const lines = Array.from(
      { length: 30 },
      (_, i) => `a${String(i)}: &a${String(i)} [${`*a${String(i - 1)},`.repeat(i === 0 ? 0 : 10)}1]`,
    )
    const before = performance.now()
    expect(readYamlText(lines.join('\n'), 'f.yaml').value).toBeUndefined()
    expect(performance.now() - before).toBeLessThan(1000)
  })
  it.each([101, 400, 3000, 100_000])('refuses to nest %i levels deep, with the words that JSON gets', depth => {
    const { value, problems } = readYamlText(`a: ${'['.repeat(depth)}${']'.repeat(depth)}`, 'f.yaml')
    expect(value).toBeUndefined()
    expect(problems[0]?.message).toContain('100 levels')
  })
  it('law: reads as JSON what is JSON', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z-]{1,8}$/), fc.jsonValue({ maxDepth: 3 })), value => {
        fc.pre(!JSON.stringify(value).includes('__proto__') && !JSON.stringify(value).includes('-0'))
        const source = readYamlText(JSON.stringify(value, undefined, 2), 'f.yaml')
        if (source.problems.length > 0) expect(source.problems[0]?.message).toMatch(/'<<' is not|'__proto__' is not/)
        else expect(source.value).toEqual(JSON.parse(JSON.stringify(value)))
      }),
      { numRuns: 500 },
    )
  })
})

describe('places', () => {
  it('are those of keys and list entries, else of the nearest that encloses them', () => {
    const json = readJsonText('{\n  "a": {\n    "b": [\n      1,\n      2\n    ]\n  }\n}', 'f')
    const yaml = readYamlText('\na:\n  b:\n    - 1\n    - 2\n', 'f')
    for (const { place } of [json, yaml]) {
      expect([['a'], ['a', 'b'], ['a', 'b', 1], ['a', 'b', 1, 'c'], ['a', 'x']].map(path => place(path).line)).toEqual([
        2, 3, 5, 5, 2,
      ])
    }
  })
})
