import { editYamlText } from '@aam/core/authoring'
import { editJsonText } from '@aam/core/manifest'
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'

type Row = readonly [name: string, text: string, path: readonly string[], value: unknown, expected: string]

const edits = (rows: readonly Row[]): void => {
  test.each(rows)('%s', (...[, text, path, value, expected]) => {
    expect(editJsonText(text, path, value)).toBe(expected)
  })
}

describe('setting a value (D1)', () => {
  edits([
    ['replaces and keeps the rest', '{\n  "b": 1,\n  "a": 2\n}\n', ['b'], 3, '{\n  "b": 3,\n  "a": 2\n}\n'],
    ['replaces inside', '{"a": {"b": "^1"}}', ['a', 'b'], '^2', '{"a": {"b": "^2"}}'],
    ['keeps odd spacing', '{ "a" :1 , "b":\t2 }', ['b'], 3, '{ "a" :1 , "b":\t3 }'],
    ['adds at the end of the root', '{\n  "z": 1\n}\n', ['a'], 2, '{\n  "z": 1,\n  "a": 2\n}\n'],
    ['keeps a missing final newline', '{\n  "z": 1\n}', ['a'], 2, '{\n  "z": 1,\n  "a": 2\n}'],
    [
      'keeps four spaces',
      '{\n    "z": 1\n}\n',
      ['d', 'a'],
      2,
      '{\n    "z": 1,\n    "d": {\n        "a": 2\n    }\n}\n',
    ],
    ['keeps tabs', '{\n\t"z": 1\n}\n', ['d', 'a'], 2, '{\n\t"z": 1,\n\t"d": {\n\t\t"a": 2\n\t}\n}\n'],
    ['keeps CRLF', '{\r\n  "z": 1\r\n}\r\n', ['d', 'a'], 2, '{\r\n  "z": 1,\r\n  "d": {\r\n    "a": 2\r\n  }\r\n}\r\n'],
    ['keeps a byte-order mark', '\ufeff{\n  "z": 1\n}', ['a'], 2, '\ufeff{\n  "z": 1,\n  "a": 2\n}'],
    ['keeps one line', '{"z": 1}', ['a'], 2, '{"z": 1, "a": 2}'],
    ['fills an empty root', '{}\n', ['a'], 1, '{\n  "a": 1\n}\n'],
    ['fills an empty object', '{\n  "d": {}\n}', ['d', 'a'], 1, '{\n  "d": {\n    "a": 1\n  }\n}'],
    [
      'creates every parent',
      '{\n  "z": 1\n}',
      ['x', 'y', 'w'],
      true,
      '{\n  "z": 1,\n  "x": {\n    "y": {\n      "w": true\n    }\n  }\n}',
    ],
    ['escapes keys and values', '{"z": 1}', ['a"\n'], '"\\', '{"z": 1, "a\\"\\n": "\\"\\\\"}'],
    ['takes text of replace patterns as it is', '{"z": "x"}', ['z'], '$& $1 $`', '{"z": "$& $1 $`"}'],
    ['does not take a key for a path', '{"a.b": 1, "a": {"b": 2}}', ['a', 'b'], 3, '{"a.b": 1, "a": {"b": 3}}'],
    ['writes lists', '{\n  "z": 1\n}', ['k'], ['a'], '{\n  "z": 1,\n  "k": [\n    "a"\n  ]\n}'],
  ])
})

describe('a new dependency goes to its alphabetical place', () => {
  const before = '{\n  "dependencies": {\n    "b": "1",\n    "d": "1"\n  }\n}\n'
  const put = (...names: readonly string[]): string =>
    `{\n  "dependencies": {\n${names.map(name => `    "${name}": "1"`).join(',\n')}\n  }\n}\n`
  edits([
    ['first', before, ['dependencies', 'a'], '1', put('a', 'b', 'd')],
    ['between', before, ['dependencies', 'c'], '1', put('b', 'c', 'd')],
    ['last', before, ['dependencies', 'e'], '1', put('b', 'd', 'e')],
    ['scopes come first', before, ['dependencies', '@s/n'], '1', put('@s/n', 'b', 'd')],
    ['to the end when the others are not sorted', put('d', 'b'), ['dependencies', 'c'], '1', put('d', 'b', 'c')],
  ])
})

describe('removing', () => {
  const three = '{\n  "a": 1,\n  "b": 2,\n  "c": 3\n}\n'
  edits([
    ['the first', three, ['a'], undefined, '{\n  "b": 2,\n  "c": 3\n}\n'],
    ['the middle one', three, ['b'], undefined, '{\n  "a": 1,\n  "c": 3\n}\n'],
    ['the last', three, ['c'], undefined, '{\n  "a": 1,\n  "b": 2\n}\n'],
    ['the only one', '{\n  "d": {\n    "a": 1\n  }\n}\n', ['d', 'a'], undefined, '{\n  "d": {}\n}\n'],
    ['on one line', '{"a": 1, "b": 2}', ['a'], undefined, '{"b": 2}'],
    ['the last on one line', '{"a": 1, "b": 2}', ['b'], undefined, '{"a": 1}'],
    ['with CRLF', '{\r\n  "a": 1,\r\n  "b": 2\r\n}', ['b'], undefined, '{\r\n  "a": 1\r\n}'],
    ['a whole object', '{\n  "a": {\n    "x": 1\n  },\n  "b": 2\n}', ['a'], undefined, '{\n  "b": 2\n}'],
    ['what is not there', three, ['d'], undefined, three],
    ['what is not there, inside', three, ['d', 'e'], undefined, three],
    ['below a value that is no object', '{"a": []}', ['a', 'b'], undefined, '{"a": []}'],
  ])
})

describe('laws', () => {
  const key = fc.constantFrom('a', 'b', 'c', 'd', '@s/n', '10', '9', 'constructor', 'é', 'a b')
  const object = fc.letrec(tie => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.integer(),
      fc.string(),
      fc.boolean(),
      fc.constant(null),
      fc.array(fc.integer(), { maxLength: 2 }),
      tie('object'),
    ),
    object: fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  })).object
  const layout = fc.constantFrom(2, 4, '\t', 0, 8)
  const text = fc.tuple(object, layout, fc.boolean(), fc.constantFrom('', '\n')).map(([value, indent, crlf, end]) => {
    const lines = `${JSON.stringify(value, undefined, indent)}${end}`
    return crlf ? lines.replaceAll('\n', '\r\n') : lines
  })
  const path = fc.array(key, { minLength: 1, maxLength: 3 })
  const newValue = fc.oneof(fc.string(), fc.integer(), object)

  const isObject = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null && !Array.isArray(value)

  /** What the edit means for the value: set, or removed when `value` is undefined. */
  function edited(root: unknown, [first = '', ...rest]: readonly string[], value: unknown): unknown {
    const object = isObject(root) ? root : {}
    if (value === undefined) {
      if (!isObject(root) || !Object.hasOwn(root, first)) return root
      if (rest.length > 0) return { ...root, [first]: edited(root[first], rest, undefined) }
      return Object.fromEntries(Object.entries(root).filter(([name]) => name !== first))
    }
    const inner = Object.hasOwn(object, first) ? object[first] : undefined
    return { ...object, [first]: rest.length === 0 ? value : edited(inner, rest, value) }
  }

  it('after an edit the text says what the edited object says', () => {
    fc.assert(
      fc.property(text, path, newValue, (before, steps, value) => {
        expect(JSON.parse(editJsonText(before, steps, value))).toEqual(edited(JSON.parse(before), steps, value))
      }),
      { numRuns: 3000 },
    )
  })
  it('after a removal too', () => {
    fc.assert(
      fc.property(text, path, (before, steps) => {
        expect(JSON.parse(editJsonText(before, steps, undefined))).toEqual(edited(JSON.parse(before), steps, undefined))
      }),
      { numRuns: 3000 },
    )
  })
  it('removing what was added to an object that was not empty restores every byte', () => {
    fc.assert(
      fc.property(text, path, newValue, (before, steps, value) => {
        let parent: unknown = JSON.parse(before)
        const depth = steps.findIndex(step => {
          if (!isObject(parent) || !Object.hasOwn(parent, step)) return true
          parent = parent[step]
          return false
        })
        fc.pre(depth !== -1 && isObject(parent) && Object.keys(parent).length > 0)
        const added = editJsonText(before, steps, value)
        expect(editJsonText(added, steps.slice(0, depth + 1), undefined)).toBe(before)
      }),
      { numRuns: 3000 },
    )
  })
  it('setting twice is setting once, and line ends stay what they are', () => {
    fc.assert(
      fc.property(text, path, newValue, (before, steps, value) => {
        fc.pre(/^[ \t]/m.test(before))
        const once = editJsonText(before, steps, value)
        expect(editJsonText(once, steps, value)).toBe(once)
        expect(once.endsWith('\n')).toBe(before.endsWith('\n'))
        expect(once.replaceAll('\r\n', '').includes('\n') && once.includes('\r\n')).toBe(false)
      }),
    )
  })
})

describe('YAML keeps its comments and order (D1)', () => {
  const before = '# mine\nname: a # the name\nversion: 1.0.0\n\ndependencies:\n  # why b\n  b: ^1.0.0\n'
  it('when a value is set', () => {
    expect(editYamlText(before, [{ path: ['dependencies', 'b'], value: '^2.0.0' }])).toBe(before.replace('^1', '^2'))
  })
  it('when one is added', () => {
    expect(editYamlText(before, [{ path: ['dependencies', 'c'], value: '^1.0.0' }])).toBe(`${before}  c: ^1.0.0\n`)
  })
  it('when a parent is missing', () => {
    const text = editYamlText(before, [{ path: ['x-aam', 'tags', 'b'], value: 'stable' }])
    expect(text).toBe(`${before}x-aam:\n  tags:\n    b: stable\n`)
  })
  it.each([
    ['d:\n', 'd:\n  b: x\n'],
    ['d: # mine\nname: a\n', 'd:\n  # mine\n  b: x\nname: a\n'],
  ])('when a parent is there with nothing in it: %j', (text, expected) => {
    expect(editYamlText(text, [{ path: ['d', 'b'], value: 'x' }])).toBe(expected)
  })
  it('when one is removed, or what is not there is', () => {
    expect(editYamlText(before, [{ path: ['version'], value: undefined }])).toContain('# mine\nname: a # the name\n')
    expect(editYamlText(before, [{ path: ['x-aam', 'tags', 'b'], value: undefined }])).toBe(before)
  })
  it('when lines end in CRLF', () => {
    const crlf = before.replaceAll('\n', '\r\n')
    expect(editYamlText(crlf, [{ path: ['dependencies', 'b'], value: '^2.0.0' }])).toBe(crlf.replace('^1', '^2'))
  })
  it.each([
    ['the missing final newline', 'a: 1', 'a: 2'],
    ['four spaces', 'd:\n    e: 1\na: 1\n', 'd:\n    e: 1\na: 2\n'],
    ['lists that are not indented', 'k:\n- x\n- y\na: 1\n', 'k:\n- x\n- y\na: 2\n'],
    ['quotes', 'k: "x"\nl: \'y\'\na: 1\n', 'k: "x"\nl: \'y\'\na: 2\n'],
    ['long lines', `k: ${'word '.repeat(60)}end\na: 1\n`, `k: ${'word '.repeat(60)}end\na: 2\n`],
  ])('keeps %s', (_, text, expected) => {
    expect(editYamlText(text, [{ path: ['a'], value: 2 }])).toBe(expected)
  })
})
