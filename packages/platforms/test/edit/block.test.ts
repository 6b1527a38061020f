import { type BlockRecord, type BlockSyntax, isEmptyText, readBlock, removeBlock, setBlock } from '@aam/platforms'
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'

const BEGIN = '<!-- aam:begin managed by aam; once edited it is no longer updated -->'
const END = '<!-- aam:end -->'
const BLOCK = `${BEGIN}\nours\n${END}\n`

function set(text: string | undefined, body = 'ours', record?: BlockRecord) {
  const result = setBlock(text, { syntax: 'markdown', body, ...(record === undefined ? {} : { record }) })
  if ('problem' in result) throw new Error(result.problem)
  return result
}

function textOf(result: { readonly text: string } | { readonly problem: string }): string {
  return 'text' in result ? result.text : `problem: ${result.problem}`
}

describe('a block is put at the end, a blank line before it, and taken out without a trace', () => {
  test.each<readonly [name: string, before: string, after: string]>([
    ['an empty file', '', BLOCK],
    ['a final newline', 'a\n', `a\n\n${BLOCK}`],
    ['no final newline', 'a', `a\n\n${BLOCK}`],
    ['a blank line at the end', 'a\n\n', `a\n\n${BLOCK}`],
    ['many blank lines at the end', 'a\n\n \n\n', `a\n\n \n\n${BLOCK}`],
    ['a line of blanks at the end', 'a\n  ', `a\n  \n${BLOCK}`],
    ['blanks behind the last word', 'a  ', `a  \n\n${BLOCK}`],
    ['a blank line only', '\n', `\n${BLOCK}`],
    ['blanks only', '  ', `  \n${BLOCK}`],
    ['a byte order mark only', '\ufeff', `\ufeff${BLOCK}`],
    ['a byte order mark', '\ufeffa', `\ufeffa\n\n${BLOCK}`],
    ['CRLF', 'a\r\nb\r\n', `a\r\nb\r\n\r\n${BLOCK.replaceAll('\n', '\r\n')}`],
    ['CRLF, no final newline', 'a\r\nb', `a\r\nb\r\n\r\n${BLOCK.replaceAll('\n', '\r\n')}`],
    ['a code block that is not closed', '```\na\n', `\`\`\`\na\n\n${BLOCK}`],
  ])('%s', (...[, before, after]) => {
    const { text, record } = set(before)
    expect(text).toBe(after)
    expect(readBlock(text, 'markdown')).toMatchObject({ body: 'ours', after: '' })
    expect(textOf(removeBlock(text, record))).toBe(before)
  })

  it('also where there was no file', () => {
    const { text, record } = set(undefined)
    expect(text).toBe(BLOCK)
    expect(textOf(removeBlock(text, record))).toBe('')
  })
})

describe('a body', () => {
  test.each(['', 'a\n', '\na\n\nb\n\n', '```\n# x', 'aam:begin', '# aam:end', '\ta  '])(
    '%j is read as it was written',
    body => {
      for (const before of ['x\n', 'x\r\n']) {
        const { text } = set(before, body)
        expect(readBlock(text, 'markdown')).toMatchObject({ body })
        expect(text.includes('\r\n')).toBe(before.includes('\r\n'))
        expect(/(?<!\r)\n/.test(text)).toBe(!before.includes('\r\n'))
      }
    },
  )

  it('with CRLF is that with LF', () => {
    expect(set('x\n', 'a\r\nb')).toEqual(set('x\n', 'a\nb'))
    expect(set('x\n', 'a\r\r\nb')).toEqual(set('x\n', 'a\n\nb'))
  })

  test.each([BEGIN, END, `a\n  ${END}`, '<!--aam:begin-->', 'a\r\n<!-- aam:end -->\r\nb'])('%j is refused', body => {
    expect(setBlock('', { syntax: 'markdown', body })).toEqual({ problem: 'body' })
  })
})

describe('a block that is there', () => {
  it('is replaced at its place, whatever it says', () => {
    const first = set('a')
    const edited = `${first.text.replace('ours', 'edited')}\nbehind\n`
    const second = set(edited, 'new\nlines', first.record)
    expect(second.text).toBe(`a\n\n${BEGIN}\nnew\nlines\n${END}\n\nbehind\n`)
    expect(second.record).toEqual({ ...first.record, body: 'new\nlines' })
  })

  it('gets another begin line when ours is said in other words now', () => {
    expect(set('<!-- aam:begin old words -->\nours\n<!-- aam:end -->').text).toBe(BLOCK)
  })

  it('is replaced without its record too: a blank line before it counts as ours', () => {
    const { text, record } = set(set('a\n').text, 'new')
    expect(textOf(removeBlock(text, record))).toBe('a\n')
    expect(set(`a\n${BLOCK}`).record.lead).toBe('')
  })

  test.each<readonly [name: string, text: string, problem: string]>([
    ['somebody edited', BLOCK.replace('ours', 'ours '), 'edited'],
    ['somebody took out', 'a\n', 'gone'],
    ['lost its end', BLOCK.replace(END, ''), 'unclosed'],
    ['lost its begin', BLOCK.replace(BEGIN, ''), 'unclosed'],
    ['is there twice', BLOCK + BLOCK, 'twice'],
    ['is within itself', BLOCK.replace('ours', BLOCK), 'unclosed'],
    ['is upside down', `${END}\n${BEGIN}`, 'unclosed'],
  ])('is not removed when it was one that %s', (...[, text, problem]) => {
    expect(textOf(removeBlock(text, { syntax: 'markdown', body: 'ours', lead: '' }))).toBe(`problem: ${problem}`)
    const again = setBlock(text, { syntax: 'markdown', body: 'new' })
    if (problem === 'edited' || problem === 'gone') expect(again).toHaveProperty('record')
    else expect(again).toMatchObject({ problem })
  })

  it('says where the trouble is', () => {
    expect(readBlock(`a\n${BLOCK}${BLOCK}`, 'markdown')).toEqual({ problem: 'twice', line: 5 })
    expect(readBlock(`a\n${END}\n`, 'markdown')).toEqual({ problem: 'unclosed', line: 2 })
    expect(readBlock(`a\n${BLOCK}\n${BEGIN}\n`, 'markdown')).toEqual({ problem: 'unclosed', line: 6 })
  })

  it('may be indented and have blanks behind its markers', () => {
    const text = `a\n  ${BEGIN}  \nours\n\t${END} \nb`
    expect(readBlock(text, 'markdown')).toEqual({ body: 'ours', before: 'a\n', after: 'b', mark: '', lead: '' })
  })
})

describe('a block that a code block of the user quotes', () => {
  test.each(['```', '~~~~', '  ```md'])('is none within %s', fence => {
    const quoted = `a\n${fence}\n${BLOCK}\n${fence.replace('md', '')}\nb\n`
    expect(readBlock(quoted, 'markdown')).toBe('none')
    const { text, record } = set(quoted)
    expect(text).toBe(`${quoted}\n${BLOCK}`)
    expect(set(text, 'new', record).text).toBe(`${quoted}\n${BLOCK.replace('ours', 'new')}`)
    expect(textOf(removeBlock(text, record))).toBe(quoted)
  })

  test.each(['```\na\n```', '``` `\n', '````\n```', '    ```', '```\n'])('is one behind %j', before => {
    expect(readBlock(`${before}\n${BLOCK}`, 'markdown')).toMatchObject({ body: 'ours' })
  })
})

describe('what a user wrote behind the block stays, a paragraph of its own', () => {
  test.each<readonly [before: string, behind: string, left: string]>([
    ['a\n', '\nb\n', 'a\n\nb\n'],
    ['a\n', 'b\n', 'a\n\nb\n'],
    ['a', 'b', 'a\n\nb'],
    ['a', '\nb', 'a\n\nb'],
    ['a\n\n', 'b\n', 'a\n\nb\n'],
    ['', 'b\n', 'b\n'],
    ['a', '\n\n', 'a\n\n'],
    ['a\r\n', 'b\r\n', 'a\r\n\r\nb\r\n'],
  ])('%j, %j', (before, behind, left) => {
    const { text, record } = set(before)
    expect(textOf(removeBlock(text + behind, record))).toBe(left)
  })

  it('also when the line end of the block or the blank line before it are gone', () => {
    const { text, record } = set('a')
    expect(textOf(removeBlock(text.trimEnd(), record))).toBe('a')
    expect(textOf(removeBlock(text.replace('\n\n', '\n'), record))).toBe('a')
    expect(textOf(removeBlock(text.replaceAll('\n', '\r\n'), record))).toBe('a')
  })
})

describe('laws', () => {
  const line = fc.constantFrom('', 'a', ' ', '# b', '```', '~~~', '- c', '\t')
  const body = fc.array(line, { maxLength: 4 }).map(lines => lines.join('\n'))
  const file = fc
    .record({
      start: fc.constantFrom('', '\ufeff'),
      lines: fc.array(line, { maxLength: 6 }),
      eol: fc.constantFrom('\n', '\r\n'),
      end: fc.constantFrom('', '\n', '\n\n'),
    })
    .map(({ start, lines, eol, end }) => start + (lines.join('\n') + end).replaceAll('\n', eol))

  it('a block says what was written last and leaves no trace, whatever was written above it meanwhile', () => {
    fc.assert(
      fc.property(file, fc.array(fc.tuple(body, fc.option(line)), { minLength: 1, maxLength: 5 }), (file, steps) => {
        let users = file
        let text = file
        let record: BlockRecord | undefined
        for (const [body, above] of steps) {
          ;({ text, record } = set(text, body, record))
          expect(readBlock(text, 'markdown')).toMatchObject({ body })
          expect(textOf(removeBlock(text, record))).toBe(users)
          // Fences would make the block a quoted one; that is another law.
          if (above === null || /[`~]/.test(above)) continue
          const add = (old: string): string => old.replace(/^\ufeff?/, start => `${start}${above}\n`)
          users = add(users)
          text = add(text)
        }
        expect(textOf(removeBlock(text, record!))).toBe(users)
      }),
      { numRuns: 2_500 },
    )
  })
})

describe('an empty text', () => {
  test.each(['', '\n', ' \r\n\t', '\ufeff'])('%j is one', text => {
    expect(isEmptyText(text)).toBe(true)
  })
  test.each(['a', '\n.', '#'])('%j is none', text => {
    expect(isEmptyText(text)).toBe(false)
  })
})

test('each syntax sees its own markers only', () => {
  const other: Record<BlockSyntax, BlockSyntax> = { markdown: 'toml', toml: 'markdown' }
  for (const syntax of ['markdown', 'toml'] as const) {
    const made = setBlock('', { syntax, body: '# a' })
    expect(readBlock(textOf(made as { text: string }), other[syntax])).toBe('none')
  }
})
