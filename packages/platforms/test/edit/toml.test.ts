import { type BlockRecord, definedTables, removeBlock, setBlock } from '@aam/platforms'
import fc from 'fast-check'
import { parse } from 'smol-toml'
import { describe, expect, it, test } from 'vitest'
import { checkParts } from '../../src/edit/toml.ts'

const BEGIN = '# aam:begin managed by aam; once edited it is no longer updated'
const BODY = '[servers.ours]\ncommand = "x"'
const BLOCK = `${BEGIN}\n${BODY}\n# aam:end\n`

const set = (text: string | undefined, body = BODY, record?: BlockRecord) =>
  setBlock(text, { syntax: 'toml', body, ...(record === undefined ? {} : { record }) })

function done<R extends object>(result: R): Exclude<R, { readonly problem: unknown }> {
  expect(result).not.toHaveProperty('problem')
  return result as Exclude<R, { readonly problem: unknown }>
}

describe('a block in a TOML file of a user', () => {
  test.each<readonly [name: string, before: string, after: string]>([
    ['no file content', '', BLOCK],
    ['keys', 'a = 1\n', `a = 1\n\n${BLOCK}`],
    ['a table', '[a]\nb = 1', `[a]\nb = 1\n\n${BLOCK}`],
    ['a table beside ours', '[servers.theirs]\na = 1\n', `[servers.theirs]\na = 1\n\n${BLOCK}`],
    ['the table around ours', '[servers]\na = 1\n', `[servers]\na = 1\n\n${BLOCK}`],
    ['comments, CRLF', '# a\r\nb = 1 # c\r\n', `# a\r\nb = 1 # c\r\n\r\n${BLOCK.replaceAll('\n', '\r\n')}`],
    ['values of all kinds', 'a = nan\nb = 1979-05-27\nc = 99999999999999999\nd = 07:32:00\n', ''],
    ['a string that looks like a table', "a = '''\n[servers.ours]\n'''\n", ''],
    ['keys with odd names', '__proto__ = 1\n"a.b" = 2\nconstructor.c = 3\n', ''],
  ])('%s', (...[, before, after]) => {
    const { text, record } = done(set(before))
    if (after !== '') expect(text).toBe(after)
    expect(parse(text, { integersAsBigInt: true })).toEqual({
      ...parse(before, { integersAsBigInt: true }),
      servers: {
        ...(parse(before, { integersAsBigInt: true })['servers'] as object | undefined),
        ours: { command: 'x' },
      },
    })
    expect(removeBlock(text, record)).toEqual({ text: before })
  })

  test.each<readonly [name: string, before: string, refusal: object]>([
    ['is no TOML', 'a = 1\nb\n', { problem: 'syntax', line: 2 }],
    ['says a thing twice', 'a = 1\na = 2\n', { problem: 'syntax', line: 2 }],
    ['has a string without end', 'a = """\n', { problem: 'syntax' }],
    ['defines the table too', '[servers.ours]\na = 1\n', { problem: 'conflict' }],
    ['defines the same key elsewhere', 'servers.ours.command = "y"\n', { problem: 'conflict' }],
    ['has an inline table around it', 'servers = { theirs = {} }\n', { problem: 'conflict' }],
    ['has a value around it', 'servers = 1\n', { problem: 'conflict' }],
  ])('is refused when the file %s', (...[, before, refusal]) => {
    expect(set(before)).toMatchObject(refusal)
  })

  it('is refused when it would go on in a table of the user', () => {
    expect(set('[a]\n', 'b = 1')).toEqual({ problem: 'conflict' })
    expect(set('a = 1\n', 'b = 1')).toHaveProperty('text')
  })

  it('is refused when it is no TOML or has a marker line', () => {
    expect(set('', 'a')).toEqual({ problem: 'body' })
    expect(set('', 'a = 1\n# aam:end')).toEqual({ problem: 'body' })
  })

  it('is neither replaced nor removed when a key behind it would then be in another table', () => {
    const { text, record } = done(set('[a]\n'))
    const behind = `${text}key = 1\n`
    expect(set(behind, BODY, record)).toEqual({ problem: 'conflict' })
    expect(removeBlock(behind, record)).toEqual({ problem: 'conflict' })
    expect(removeBlock(`${text}[b]\nkey = 1\n`, record)).toEqual({ text: '[a]\n\n[b]\nkey = 1\n' })
  })

  it('names the line of a mistake behind it as it is in the file', () => {
    const { text, record } = done(set('a = 1\n'))
    expect(removeBlock(`${text}\nwrong\n`, record)).toEqual({ problem: 'syntax', line: 8 })
  })

  it('may add to an array of tables', () => {
    const before = '[[hooks]]\na = 1\n'
    const { text, record } = done(set(before, '[[hooks]]\na = 2\n\n[[hooks]]\na = 3'))
    expect(parse(text)).toEqual({ hooks: [{ a: 1 }, { a: 2 }, { a: 3 }] })
    const behind = `${text}\n[[hooks]]\na = 4\n`
    expect(removeBlock(behind, record)).toEqual({ text: `${before}\n[[hooks]]\na = 4\n` })
    expect(removeBlock(`${BLOCK}[[servers.list]]\na = 4\n`, { syntax: 'toml', body: BODY, lead: '' })).toEqual({
      text: '[[servers.list]]\na = 4\n',
    })
    const first = done(set('', '[[hooks]]\na = 1'))
    expect(removeBlock(`${first.text}[[hooks]]\na = 4\n`, first.record)).toEqual({ text: '[[hooks]]\na = 4\n' })
    expect(set('hooks = [{ a = 1 }]\n', '[[hooks]]\na = 2')).toEqual({ problem: 'conflict' })
  })
})

describe('a whole that is not the sum of its parts', () => {
  const parts = { outside: 'a = 1\nd = 1979-05-27\nl = [1]\n[t]\nx = 1', body: 'b = 2\n[t]\ny = 2' }
  const sum = 'a = 1\nb = 2\nd = 1979-05-27\nl = [1]\n[t]\nx = 1\ny = 2\n'

  it('is told from one that is', () => {
    expect(checkParts(sum, parts)).toBeUndefined()
  })

  test.each<readonly [name: string, from: string, to: string]>([
    ['has more', 'a = 1', 'a = 1\nc = 1'],
    ['has more in a table', 'x = 1', 'x = 1\nz = 1'],
    ['lacks a key of the user', 'a = 1\n', ''],
    ['lacks a key of ours', 'y = 2\n', ''],
    ['changes a value of the user', 'a = 1', 'a = 2'],
    ['changes a value of ours', 'b = 2', 'b = "2"'],
    ['changes a date', '1979-05-27', '1979-05-27T00:00:00'],
    ['changes a list', '[1]', '[1, 1]'],
    ['is no TOML', 'a = 1', 'a'],
  ])('%s', (...[, from, to]) => {
    expect(checkParts(sum.replace(from, to), parts)).toEqual({ problem: 'conflict' })
  })

  it('has other elements in an array of tables of both', () => {
    const lists = { outside: '[[l]]\na = 1', body: '[[l]]\na = 2' }
    expect(checkParts('l = [{ a = 2 }, { a = 1 }]', lists)).toBeUndefined()
    expect(checkParts('l = [{ a = 1 }, { a = 3 }]', lists)).toEqual({ problem: 'conflict' })
    expect(checkParts('l = [{ a = 1 }]', lists)).toEqual({ problem: 'conflict' })
  })
})

describe('what a TOML file defines', () => {
  test.each<readonly [name: string, text: string, paths: readonly string[]]>([
    ['nothing', '# a\n', []],
    ['keys and tables', 'a = 1\n[b]\nc = 2\n[d.e]\n', ['a', 'b', 'b/c', 'd', 'd/e']],
    ['dotted keys', 'a.b = 1\n[c]\nd."e.f" = 1\n', ['a', 'a/b', 'c', 'c/d', 'c/d/e.f']],
    ['inline tables', 'a = { b = { c = 1 } }\n', ['a', 'a/b', 'a/b/c']],
    ['lists and dates are values', '[[a]]\nb = 1\n[c]\nd = 1979-05-27\n', ['a', 'c', 'c/d']],
    ['all but our block', `a = 1\n\n${BLOCK}\n[b]\n`, ['a', 'b']],
    ['odd names', '[__proto__]\nconstructor = 1\n', ['__proto__', '__proto__/constructor']],
  ])('%s', (...[, text, paths]) => {
    expect(definedTables(text)).toEqual(paths.map(path => path.split('/')))
  })

  it('is not known when it is broken', () => {
    expect(definedTables('a = 1\nb')).toEqual({ problem: 'syntax', line: 2 })
    expect(definedTables(BLOCK + BLOCK)).toEqual({ problem: 'twice', line: 5 })
    expect(definedTables(`${BLOCK}\nwrong\n`)).toEqual({ problem: 'syntax', line: 6 })
  })
})

describe('laws', () => {
  const part = fc.constantFrom('a = 1', '# c', '', 'b.c = "x"', 'd = [\n  1, # one\n]', 's = """\n[x]\n"""')
  const table = fc.constantFrom(
    '[t]',
    '[t.u]\nv = 1',
    '[servers.theirs]\n  x = { y = 1 }',
    '[[list]]\na = 1',
    '[servers]',
    '\n# e',
  )
  const body = fc
    .uniqueArray(fc.constantFrom('[servers.ours]\na = 1', '[servers.more]\n# b', '[[list]]\na = 2', '[o]\np.q = []'), {
      minLength: 1,
    })
    .map(parts => parts.join('\n\n'))
  const file = fc
    .tuple(
      fc.uniqueArray(part),
      fc.uniqueArray(table),
      fc.constantFrom('\n', '\r\n'),
      fc.constantFrom('', '\n', '\n\n'),
    )
    .map(([parts, tables, eol, end]) => ([...parts, ...tables].join('\n') + end).replaceAll('\n', eol))

  it('the values of the user never change, and no trace is left', () => {
    fc.assert(
      fc.property(file, fc.array(body, { minLength: 1, maxLength: 4 }), fc.boolean(), (file, bodies, edit) => {
        let text = file
        let users = file
        let record: BlockRecord | undefined
        for (const body of bodies) {
          const made = done(set(text, body, record))
          ;({ text, record } = made)
          const theirs = definedTables(users) as readonly (readonly string[])[]
          expect(definedTables(text)).toEqual(theirs)
          for (const path of theirs) {
            const value = valueAt(parse(users), path)
            if (typeof value !== 'object') expect(valueAt(parse(text), path)).toBe(value)
          }
          expect(removeBlock(text, record)).toEqual({ text: users })
          if (!edit) continue
          const above = `new${String(users.length)} = 1\n`
          text = above + text
          users = above + users
        }
      }),
      { numRuns: 2_500 },
    )
  })

  const valueAt = (value: unknown, path: readonly string[]): unknown =>
    path.reduce<unknown>((inner, key) => (inner as Record<string, unknown>)[key], value)
})
