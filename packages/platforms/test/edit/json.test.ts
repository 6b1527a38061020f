import {
  type JsonAddition,
  type JsonInsertion,
  adoptJson,
  findJson,
  insertJson,
  isEmptyJson,
  removeJson,
  removeJsonWithParents,
  replaceJson,
} from '@aam/platforms'
import { describe, expect, it, test } from 'vitest'

const server = (value: unknown = { x: 1 }): JsonAddition => ({ at: ['m'], key: 'k', value })
const atRoot = (value: unknown = 2): JsonAddition => ({ at: [], key: 'k', value })
const inList = (value: unknown = { x: 1 }): JsonAddition => ({ at: ['l'], key: null, value })

function inserted(text: string | undefined, addition: JsonAddition, known?: readonly JsonInsertion[]) {
  const result = insertJson(text, addition, known)
  if ('problem' in result) throw new Error(result.problem)
  return { ...result, own: result.insertions.at(-1)! }
}

function textOf(result: { readonly text: string } | { readonly problem: string }): string {
  return 'text' in result ? result.text : `problem: ${result.problem}`
}

describe('a thing is put behind what is there, and taken out without a trace', () => {
  test.each<readonly [name: string, before: string, addition: JsonAddition, after: string]>([
    ['empty braces', '{}', atRoot(), '{\n  "k": 2\n}'],
    ['braces with a blank', '{ }\n', atRoot(), '{\n  "k": 2\n}\n'],
    ['braces on two lines', '{\n}', atRoot(), '{\n  "k": 2\n}'],
    ['braces with blank lines, CRLF', '{\r\n\r\n}\r\n', atRoot(), '{\r\n  "k": 2\r\n}\r\n'],
    ['a byte order mark', '\ufeff{}', atRoot(), '\ufeff{\n  "k": 2\n}'],
    ['nothing at all', '', atRoot(), '{\n  "k": 2\n}\n'],
    ['blank lines', '\r\n \r\n', atRoot(), '{\r\n  "k": 2\r\n}\r\n'],
    ['a byte order mark alone', '\ufeff', atRoot(), '\ufeff{\n  "k": 2\n}\n'],
    ['nothing at all, a list', '\n', { at: [], key: null, value: 1 }, '[\n  1\n]\n'],
    ['no final newline', '{\n  "a": 1\n}', atRoot(), '{\n  "a": 1,\n  "k": 2\n}'],
    ['tabs', '{\n\t"a": 1\n}\n', server(), '{\n\t"a": 1,\n\t"m": {\n\t\t"k": {\n\t\t\t"x": 1\n\t\t}\n\t}\n}\n'],
    ['CRLF', '{\r\n    "a": 1\r\n}', server(2), '{\r\n    "a": 1,\r\n    "m": {\r\n        "k": 2\r\n    }\r\n}'],
    ['one line, tight', '{"a":1}', server(), '{"a":1,"m":{"k":{"x":1}}}'],
    ['one line, loose', '{"a": 1}', server(), '{"a": 1, "m": {"k": {"x": 1}}}'],
    ['one line, padded', '{ "a": 1 }', server(), '{ "a": 1, "m": { "k": { "x": 1 } } }'],
    ['one line, empty inside', '{"m":{}}\n', server([1, {}]), '{"m":{"k":[1,{}]}}\n'],
    ['one line, blank inside', '{ "m": {  } }', server(), '{ "m": { "k": { "x": 1 } } }'],
    ['a member on one line', '{\n  "m": { "a": 1 }\n}', server(), '{\n  "m": { "a": 1, "k": { "x": 1 } }\n}'],
    ['an empty member', '{\n  "m": {}\n}', server(2), '{\n  "m": {\n    "k": 2\n  }\n}'],
    ['one line that a comment follows', '{"a":1 /* , */}// }', atRoot(), '{"a":1, /* , */"k":2}// }'],
    ['a trailing comma', '{\n  "a": 1,\n}', atRoot(), '{\n  "a": 1,\n  "k": 2,\n}'],
    ['a trailing comma on one line', '{"a": [1,],}', atRoot(), '{"a": [1,], "k": 2,}'],
    [
      'a trailing comma far away',
      '{\n  "a": 1 // b\n  , // c\n}',
      atRoot(),
      '{\n  "a": 1 // b\n  , // c\n  "k": 2,\n}',
    ],
    ['a comment behind', '{\n  "a": 1 // b, }\n}', atRoot(), '{\n  "a": 1, // b, }\n  "k": 2\n}'],
    [
      'comments below',
      '{\n  "a": 1\n  // "b": 2,\n  /* c */\n}',
      atRoot(),
      '{\n  "a": 1,\n  // "b": 2,\n  /* c */\n  "k": 2\n}',
    ],
    ['only a comment', '{\n  // a\n}', atRoot(), '{\n  // a\n  "k": 2\n}'],
    ['only a comment on one line', '{ /* a */ }', atRoot(), '{ /* a */ "k": 2 }'],
    ['only a comment, brace behind', '{ // a\n}', server(2), '{ // a\n  "m": {\n    "k": 2\n  }\n}'],
    ['comments around', '// a\n{ "b": 1 }\n// c', atRoot(), '// a\n{ "b": 1, "k": 2 }\n// c'],
    ['a brace on the last line', '{\n  "a": 1}', atRoot(), '{\n  "a": 1,\n  "k": 2}'],
    ['a list', '{\n  "l": [\n    "a"\n  ]\n}', inList('b'), '{\n  "l": [\n    "a",\n    "b"\n  ]\n}'],
    ['a list on one line', '{\n  "l": ["a","b"]\n}', inList('c'), '{\n  "l": ["a","b", "c"]\n}'],
    ['a list that is not there', '{"a": 1}', inList(), '{"a": 1, "l": [{"x": 1}]}'],
    [
      'a list that hugs its elements',
      '{\n  "l": [{\n    "y": 1\n  }]\n}',
      inList(),
      '{\n  "l": [{\n    "y": 1\n  }, {\n    "x": 1\n  }]\n}',
    ],
    [
      'an odd indentation',
      '{\n   "a": 1,\n     "b": 2\n}',
      atRoot([1]),
      '{\n   "a": 1,\n     "b": 2,\n     "k": [\n        1\n     ]\n}',
    ],
    [
      'tabs in spaces',
      '  {\n\t\t\t"a": 1\n  }',
      atRoot([1]),
      '  {\n\t\t\t"a": 1,\n\t\t\t"k": [\n\t\t\t  1\n\t\t\t]\n  }',
    ],
    ['a key that is hard to write', '{"a": 1}', { at: [], key: '"\n$&', value: '$`' }, '{"a": 1, "\\"\\n$&": "$`"}'],
    [
      'a key of an object',
      '{"a": 1}',
      { at: ['__proto__'], key: 'constructor', value: 1 },
      '{"a": 1, "__proto__": {"constructor": 1}}',
    ],
  ])('%s', (...[, before, addition, after]) => {
    const { text, insertions } = inserted(before, addition)
    expect(text).toBe(after)
    expect(findJson(text, insertions.at(-1)!)).toBe('same')
    expect(textOf(removeJsonWithParents(text, insertions))).toBe(before)
  })

  it('makes a tidy file where there is none', () => {
    const { text, insertions } = inserted(undefined, server())
    expect(text).toBe('{\n  "m": {\n    "k": {\n      "x": 1\n    }\n  }\n}\n')
    expect(insertions).toEqual([
      { at: [], key: 'm', text: '"m": {}', inner: '' },
      { at: ['m'], key: 'k', text: '"k": {\n      "x": 1\n    }', inner: '' },
    ])
    const left = textOf(removeJsonWithParents(text, insertions))
    expect([left, isEmptyJson(left)]).toEqual(['{}\n', true])
  })
})

describe('a text is refused that', () => {
  test.each<readonly [name: string, text: string, refusal: object]>([
    ['has no end', '{\n  "a": 1', { problem: 'syntax', line: 2 }],
    ['lacks a comma', '{\n  "a": 1\n  "b": 2\n}', { problem: 'syntax', line: 3 }],
    ['has a comma too many', '{"a": 1,,}', { problem: 'syntax', line: 1 }],
    ['has two values', '{} {}', { problem: 'syntax', line: 1 }],
    ['has only a comment', '// a', { problem: 'syntax' }],
    ['is nested too deep', `${'['.repeat(101)}${']'.repeat(101)}`, { problem: 'syntax' }],
    ['has a key twice', '{\n  "a": 1,\n  "a": 1\n}', { problem: 'duplicate-key', line: 3 }],
    ['has a key twice deep inside', '{"a": [{"b": 1, "\\u0062": 1}]}', { problem: 'duplicate-key', line: 1 }],
    ['is a list', '[]', { problem: 'shape' }],
    ['has a value where an object should be', '{"m": null}', { problem: 'shape' }],
    ['has a list where an object should be', '{"m": []}', { problem: 'shape' }],
    ['has the member', '{"m": {"k": 1}}', { problem: 'taken' }],
  ])('%s', (...[, text, refusal]) => {
    expect(insertJson(text, server())).toMatchObject(refusal)
  })

  it('has an object where a list should be', () => {
    expect(insertJson('{"l": {}}', inList())).toEqual({ problem: 'shape' })
  })

  it('broke after the insertion', () => {
    const { text, own } = inserted('{}', server())
    const broken = text.replace('"m"', 'm')
    const refusal = { problem: 'syntax', line: 2 }
    expect([findJson(broken, own), removeJson(broken, own), replaceJson(broken, own, 1)]).toEqual([
      refusal,
      refusal,
      refusal,
    ])
    expect(isEmptyJson(broken)).toBe(false)
  })
})

describe('an insertion that somebody changed', () => {
  const { text, insertions, own } = inserted('{\n  "a": 1\n}\n', server())

  test.each<readonly [name: string, from: string, to: string, found: string]>([
    ['another value', '"x": 1', '"x": 2', 'edited'],
    ['one member more', '"x": 1', '"x": 1, "y": 1', 'edited'],
    ['one member less', '"x": 1', '', 'edited'],
    ['a comment inside', '"x": 1', '"x": 1 // mine', 'edited'],
    ['another name', '"k"', '"j"', 'gone'],
    ['another parent', '"m"', '"n"', 'gone'],
    ['a parent that is a list', '"m": {', '"m": [1], "n": {', 'gone'],
    ['other blanks', '"x": 1', '\t"x":1\n', 'same'],
    ['a trailing comma', '"x": 1', '"x": 1,', 'same'],
    ['escapes', '"x"', '"\\u0078"', 'same'],
  ])('%s', (...[, from, to, found]) => {
    const now = text.replace(from, to)
    expect(findJson(now, own)).toBe(found)
    const removed = removeJsonWithParents(now, insertions)
    if (found === 'edited') {
      expect(removed).toEqual({ problem: 'edited' })
      expect(replaceJson(now, own, 1)).toEqual({ problem: 'edited' })
    } else if (found === 'gone') {
      expect(removed).toEqual({ text: now })
      expect(removeJson(now, own)).toEqual({ problem: 'gone' })
    } else {
      expect(textOf(removed)).toBe('{\n  "a": 1\n}\n')
      expect(textOf(replaceJson(now, own, 1))).toContain('"k": 1')
    }
  })

  test.each(['[1]', '[1, 2, 3]', '[2, 1]', '{"0": 1, "1": 2}', 'null', '"1,2"'])('a list that became %s', list => {
    const { text, own } = inserted('{"a": 1}', server([1, 2]))
    expect(findJson(text.replace('[1, 2]', list), own)).toBe('edited')
  })

  it('leaves the parents that somebody else uses, also with but a comment', () => {
    for (const theirs of ['"z": 1', '// theirs']) {
      const now = text.replace('"k"', `${theirs}${theirs.startsWith('"') ? ',' : ''}\n    "k"`)
      expect(textOf(removeJsonWithParents(now, insertions))).toBe(`{\n  "a": 1,\n  "m": {\n    ${theirs}\n  }\n}\n`)
    }
  })

  it('takes its parents along when only it is gone', () => {
    expect(textOf(removeJsonWithParents('{\n  "a": 1,\n  "m": {}\n}\n', insertions))).toBe('{\n  "a": 1\n}\n')
  })
})

describe('what a user wrote around an insertion stays', () => {
  test.each<readonly [name: string, now: string, left: string]>([
    ['a member behind', '{\n  "a": 1,\n  "k": 2,\n  "b": 3\n}', '{\n  "a": 1,\n  "b": 3\n}'],
    ['a member behind on the same line', '{\n  "a": 1,\n  "k": 2, "b": 3\n}', '{\n  "a": 1,\n  "b": 3\n}'],
    ['a trailing comma', '{\n  "a": 1,\n  "k": 2,\n}', '{\n  "a": 1,\n}'],
    ['a comment on the line', '{\n  "a": 1,\n  "k": 2 // why\n}', '{\n  "a": 1\n  // why\n}'],
    ['a comment before the comma', '{\n  "k": 2 /* why */, "b": 1\n}', '{\n  /* why */ "b": 1\n}'],
    ['a comment above', '{\n  "a": 1, // a\n  // why\n  "k": 2\n}', '{\n  "a": 1 // a\n  // why\n}'],
    [
      'a line comment before, a member behind',
      '{\n  "a": 1, // a\n  "k": 2, "b": 3 }',
      '{\n  "a": 1, // a\n  "b": 3 }',
    ],
    ['nothing else any more', '{\n  "k": 2\n}', '{\n}'],
    ['a blank line before', '{\n  "a": 1,\n\n  "k": 2\n}', '{\n  "a": 1\n\n}'],
    ['the first on one line', '{ "k": 2, "a": 1 }', '{ "a": 1 }'],
    ['the first on one line, no blanks inside', '{"k": 2, "a": 1}', '{"a": 1}'],
    ['a line comment before, a brace behind', '{"a": 1, // a\n"k": 2}', '{"a": 1 // a\n}'],
    ['the last on one line', '{ "a": 1, "k": 2 }', '{ "a": 1 }'],
    ['a comma after a comment', '{ "a": 1 // a\n  , "k": 2 }', '{ "a": 1 // a\n   }'],
  ])('%s', (...[, now, left]) => {
    expect(textOf(removeJson(now, { at: [], key: 'k', text: '"k": 2' }))).toBe(left)
  })
})

describe('replacing', () => {
  it('keeps the place and what is around it', () => {
    const { text, own } = inserted('{ // a\n  "a": 1 // b\n}', atRoot())
    const behind = text.replace('"k": 2', '"k" : 2, // c\n  "b": 3')
    const replaced = replaceJson(behind, own, { x: [true] })
    expect(textOf(replaced)).toBe(
      '{ // a\n  "a": 1, // b\n  "k" : {\n    "x": [\n      true\n    ]\n  }, // c\n  "b": 3\n}',
    )
    if ('problem' in replaced) throw new Error(replaced.problem)
    expect(findJson(replaced.text, replaced.insertion)).toBe('same')
    expect(findJson(replaced.text, own)).toBe('edited')
  })

  it('stays on the line of others', () => {
    const { text, own } = inserted('{"l":["a"]}', inList())
    expect(textOf(replaceJson(text, own, { y: [1, 2] }))).toBe('{"l":["a",{"y":[1,2]}]}')
  })
})

describe('elements of lists', () => {
  it('are told by their value: ours is the one that is written as we wrote it', () => {
    const before = '{\n  "l": [\n    {"x": 1}\n  ]\n}'
    const { text, own } = inserted(before, inList())
    const moved = text.replace(/,\n {4}\{\n.*\n {4}\}/, '').replace('[\n', `[\n    ${own.text},\n`)
    expect(moved).not.toBe(text)
    expect(textOf(removeJson(text, own))).toBe(before)
    expect(textOf(removeJson(moved, own))).toBe(before)
  })

  it('are else the last of this value', () => {
    expect(textOf(removeJson('[ 1, 2,  1 , 3]', { at: [], key: null, text: '1.0' }))).toBe('[ 1, 2,  3]')
  })

  it('are gone when their value is another, and edited when they got a comment', () => {
    const { text, own } = inserted('{"l": [1]}', inList())
    expect(findJson(text.replace('"x"', '"y"'), own)).toBe('gone')
    expect(findJson(text.replace('"x"', '/* why */ "x"'), own)).toBe('edited')
  })
})

describe('insertions that know of each other', () => {
  it('leave no trace in any order, though the first alone saw the brackets blank', () => {
    const first = inserted('{ }', server(1))
    const second = inserted(first.text, { ...server(2), key: 'j' }, first.insertions)
    const third = inserted(second.text, { at: [], key: 'version', value: 1 }, [
      ...first.insertions,
      ...second.insertions,
    ])
    expect(second.insertions[0]).toEqual(first.insertions[0])
    let text = third.text
    for (const { insertions } of [first, third, second]) text = textOf(removeJsonWithParents(text, insertions))
    expect(text).toBe('{ }')
  })

  it('do not take what a user made, or a thing of ours, for a parent', () => {
    const other = inserted('{"m": {"a": 1}}', server(), [{ at: [], key: 'z', text: '"z": {}' }])
    expect(other.insertions).toHaveLength(1)
    const thing = inserted('{"m": {"a": 1}}', server(), [{ at: [], key: 'm', text: '"m": {"a": 1}' }])
    expect(thing.insertions).toHaveLength(1)
  })
})

describe('a file that was blank', () => {
  it('is not blanked again when its user wrote a comment', () => {
    const { text, insertions } = inserted('\n', server())
    expect(textOf(removeJsonWithParents(`// mine\n${text}`, insertions))).toBe('// mine\n{}\n')
  })

  it('is not filled with what is no blank, whatever the record says', () => {
    const insertion = { at: [], key: 'k', text: '"k": 1', inner: ' , ', outer: '{' }
    expect(textOf(removeJson('{\n  "k": 1\n}', insertion))).toBe('{\n}')
  })
})

describe('a thing whose record is lost', () => {
  const text = '{\n  "m": {\n    "k": {"x":1}\n  }\n}\n'

  it('is adopted when it has exactly this value', () => {
    const adopted = adoptJson(text, server())
    expect(adopted).toEqual({ at: ['m'], key: 'k', text: '"k": {"x":1}', inner: '' })
    expect(textOf(removeJson(text, adopted!))).toBe('{\n  "m": {}\n}\n')
    expect(adoptJson('[1, [2]]', { at: [], key: null, value: [2] })).toMatchObject({ text: '[2]' })
  })

  test.each<readonly [name: string, text: string]>([
    ['another value', text.replace('1', '2')],
    ['a comment', text.replace('1', '1 /* mine */')],
    ['another name', text.replace('"k"', '"j"')],
    ['no syntax', text.replace('"k"', 'k')],
  ])('is not adopted with %s', (...[, other]) => {
    expect(adoptJson(other, server())).toBeUndefined()
  })
})

describe('an empty file', () => {
  test.each(['', '\ufeff', ' \r\n', '{}', '{ }\n', '[]', '\ufeff{\n  "m": {\n  }, "l": [[], {}],\n}\n'])(
    '%j is one',
    text => {
      expect(isEmptyJson(text)).toBe(true)
    },
  )

  test.each(['// a', '{} // a', '{ /* a */ }', '{"a": null}', '{"a": ""}', '[0]', 'null', '{', '{"a": "//"}'])(
    '%j is none',
    text => {
      expect(isEmptyJson(text)).toBe(false)
    },
  )
})
