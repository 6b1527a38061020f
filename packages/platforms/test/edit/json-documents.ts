/** Generated JSON files as people write them, and edits that people make, told by unique values so that they fit any text. */
import fc from 'fast-check'

type Tree =
  | { readonly kind: 'scalar'; readonly text: string | undefined }
  | { readonly kind: 'object'; readonly members: readonly (readonly [string, Tree])[] }
  | { readonly kind: 'list'; readonly elements: readonly Tree[] }

const scalar = fc
  .option(fc.constantFrom('1', '-2.5e3', 'true', 'null', '"a\\"b // {"', '"é\\u00e9"'), { nil: undefined, freq: 2 })
  .map((text): Tree => ({ kind: 'scalar', text: text ?? undefined }))

const { value } = fc.letrec<{ value: Tree; object: Tree; list: Tree }>(tie => ({
  value: fc.oneof({ maxDepth: 3, withCrossShrink: true }, scalar, tie('object'), tie('list')),
  object: fc
    .uniqueArray(fc.tuple(fc.constantFrom('x', 'y', 'z', '__proto__', 'x y'), tie('value')), {
      maxLength: 3,
      selector: ([key]) => key,
    })
    .map((members): Tree => ({ kind: 'object', members })),
  list: fc.array(tie('value'), { maxLength: 3 }).map((elements): Tree => ({ kind: 'list', elements })),
}))

const members = (...named: readonly (readonly [string, fc.Arbitrary<Tree>])[]): fc.Arbitrary<Tree> =>
  fc
    .tuple(
      fc.tuple(...named.map(([key, tree]) => fc.option(tree, { nil: undefined }).map(made => [key, made] as const))),
      fc.uniqueArray(fc.tuple(fc.constantFrom('p', 'q', 'r', '10', '9'), value), {
        maxLength: 3,
        selector: ([key]) => key,
      }),
      fc.boolean(),
    )
    .map(([places, others, first]): Tree => {
      const there = places.flatMap(([key, made]) => (made === undefined ? [] : [[key, made] as const]))
      return { kind: 'object', members: first ? [...there, ...others] : [...others, ...there] }
    })

const list = fc.array(value, { maxLength: 3 }).map((elements): Tree => ({ kind: 'list', elements }))

/** Things of ours go into `servers`, `deep.inner`, `list`, `deep.list` and the root, which may be there or not. */
const root = members(['servers', members()], ['deep', members(['inner', members()], ['list', list])], ['list', list])

/** A whole file; its scalars are often `"o1"`, `"o2"` … (in objects) and `"e1"` … (in lists), each there once. */
export const jsonFile: fc.Arbitrary<string> = fc
  .record({
    tree: root,
    choices: fc.array(fc.nat(11), { minLength: 40, maxLength: 80 }),
    unit: fc.constantFrom('  ', '    ', '\t', ' '),
    eol: fc.constantFrom('\n', '\n', '\r\n'),
    plain: fc.boolean(),
    start: fc.constantFrom('', '', '\ufeff', '// first\n', '\n'),
    end: fc.constantFrom('', '\n', '\n\n', ' // last', '\n/* last */\n'),
  })
  .map(({ tree, choices, unit, eol, plain, start, end }) => {
    let turn = 0
    let count = 0
    const choose = (): number => choices[turn++ % choices.length]!
    const blanks = (...options: readonly string[]): string => options[choose() % options.length]!
    const write = (node: Tree, indent: string, within: string): string => {
      if (node.kind === 'scalar') return node.text ?? `"${within}${String(++count)}"`
      const [open, close] = node.kind === 'object' ? ['{', '}'] : ['[', ']']
      const inner = indent + unit
      const spread = choose() > 3
      const comments = !plain && choose() > 5
      const parts =
        node.kind === 'object'
          ? node.members.map(
              ([key, child]) => `${JSON.stringify(key)}${blanks(': ', ': ', ':', ' : ')}${write(child, inner, 'o')}`,
            )
          : node.elements.map(child => write(child, inner, 'e'))
      const line = comments
        ? `${blanks('', ' // c, }', ' /* c */')}${eol}${blanks('', `${inner}// {${eol}`, eol)}`
        : eol
      if (parts.length === 0) {
        if (comments) {
          return (
            open + blanks('/* c */', ' /* c */ ', ` // c${eol}${indent}`, `${eol}${inner}// c${eol}${indent}`) + close
          )
        }
        return open + blanks('', '', ' ', eol, `${eol}${indent}`, `${eol}${eol}${indent}`) + close
      }
      const lead = (): string => (spread ? line + inner : comments ? blanks('', ' ', ' /* c */ ') : blanks('', ' '))
      const comma = (): string => `${comments ? blanks('', ' /* c, */ ', ` // c${eol}`) : ''},`
      const tail = spread
        ? blanks(`${line}${indent}`, `${line}${indent}`, '')
        : comments
          ? blanks('', ' ', ' /* c */ ')
          : blanks('', ' ')
      const trailing = !plain && choose() > 7 ? comma() : ''
      return open + parts.map(part => lead() + part).join(comma()) + trailing + tail + close
    }
    return (start + write(tree, '', 'o') + end).replaceAll(/\r?\n/g, eol)
  })

/** An edit by a person near a value of theirs: the same in a text with things of ours and in one without. */
export type UserEdit = { readonly near: number; readonly how: number }

export const userEdit: fc.Arbitrary<UserEdit> = fc.record({ near: fc.nat(20), how: fc.nat(8) })

/** The edit as a function of texts; `fresh` tells what is added from all else. */
export function editByUser(text: string, { near, how }: UserEdit, fresh: number): (text: string) => string {
  const values = [...text.matchAll(/"[oe]\d+"/g)].map(match => match[0])
  const eol = text.includes('\r\n') ? '\r\n' : '\n'
  const target = values[near % Math.max(values.length, 1)]
  const name = `${target?.slice(1, 2) ?? ''}${String(1000 + fresh)}`
  const added = `${target?.startsWith('"o') === true ? `"k${String(fresh)}": ` : ''}"${name}"`
  const replace =
    (by: string) =>
    (old: string): string =>
      target === undefined ? old : old.replace(target, () => by)
  const all = [
    replace(`"${name}"`),
    replace(`{ "n": "o${String(1000 + fresh)}" }`),
    replace(`[${eol}"e${String(1000 + fresh)}"${eol}]`),
    replace(`${target ?? ''}, ${added}`),
    replace(`${target ?? ''},${eol}\t${added}`),
    replace(`${target ?? ''} /* ${name} */`),
    replace(`${target ?? ''} // ${name}${eol}`),
    (old: string): string => `${old}${eol}// ${name}${eol}`,
    (old: string): string => {
      const sibling = /, (?:"k\d+": )?"[oe]1\d{3}"/.exec(text)?.[0]
      return sibling === undefined ? old : old.replace(sibling, '')
    },
  ]
  return all[how]!
}
