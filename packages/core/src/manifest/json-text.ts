/** Strict JSON: read with places and clear errors, and edited in place so that nothing but the edit changes. */
import { conflictProblem } from '../conflict-markers.ts'
import { type Node, type ParseError, findNodeAtLocation, parseTree, printParseErrorCode } from 'jsonc-parser'
import type { Problem } from '../failures.ts'
import { compareText } from '../name.ts'
import { type SourceText, locate } from './source-text.ts'

const STRICT = { disallowComments: true, allowTrailingComma: false, allowEmptyContent: false } as const
const DEEPEST = 100

/** Reads strict JSON. Comments, duplicate keys and `__proto__` keys are problems, each with its line (D1). */
export function readJsonText(text: string, file: string): SourceText {
  const body = text.startsWith('\ufeff') ? ` ${text.slice(1)}` : text
  const errors: ParseError[] = []
  if (nesting(body) > DEEPEST) {
    const problem: Problem = {
      severity: 'error',
      file,
      message: `it is nested more than ${String(DEEPEST)} levels deep`,
    }
    return { value: undefined, problems: [problem], place: () => ({ file }) }
  }
  const conflict = conflictProblem(text, file)
  if (conflict !== undefined) return { value: undefined, problems: [conflict], place: () => ({ file }) }
  if (body.trim() === '') {
    return {
      value: undefined,
      problems: [{ severity: 'error', file, line: 1, message: 'it is empty' }],
      place: () => ({ file }),
    }
  }
  const tree = parseTree(body, errors, STRICT)
  const first = errors[0]
  const problems: Problem[] =
    first === undefined
      ? duplicateKeys(tree, body, file)
      : [{ severity: 'error', file, ...locate(body, first.offset), ...describe(first, body) }]
  return {
    value: problems.length === 0 ? (JSON.parse(body) as unknown) : undefined,
    problems,
    place: path => {
      for (let length = path.length; tree !== undefined && length >= 0; length--) {
        const node = findNodeAtLocation(tree, path.slice(0, length))
        if (node !== undefined) {
          return { file, ...locate(body, (node.parent?.type === 'property' ? node.parent : node).offset) }
        }
      }
      return { file }
    },
  }
}

/** The deepest level of brackets in `text`, so that hostile nesting is refused before anything recurses. */
function nesting(text: string): number {
  let depth = 0
  let deepest = 0
  let inText = false
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (inText) {
      if (character === '\\') at++
      else if (character === '"') inText = false
    } else if (character === '"') inText = true
    else if (character === '{' || character === '[') deepest = Math.max(deepest, ++depth)
    else if (character === '}' || character === ']') depth--
  }
  return deepest
}

function describe(error: ParseError, text: string): { readonly message: string } {
  if (text.startsWith('//', error.offset) || text.startsWith('/*', error.offset)) {
    return { message: 'comments are not JSON; remove it or write package.agent.yaml' }
  }
  const found = text.slice(error.offset, error.offset + 1)
  const near = found === '' || found === '\n' ? 'the end of the line' : `'${found}'`
  switch (printParseErrorCode(error.error)) {
    case 'CommaExpected':
      return { message: `a comma is missing before ${near}` }
    case 'ColonExpected':
      return { message: `a colon is missing before ${near}` }
    case 'PropertyNameExpected':
      return { message: `a key in double quotes is expected, not ${near} (is there a comma too many?)` }
    case 'ValueExpected':
      return { message: `a value is expected, not ${near} (is there a comma too many?)` }
    case 'CloseBraceExpected':
      return { message: "a '}' is missing" }
    case 'CloseBracketExpected':
      return { message: "a ']' is missing" }
    case 'EndOfFileExpected':
      return { message: `nothing may follow the document, but ${near} does` }
    case 'UnexpectedEndOfString':
      return { message: 'a string has no closing quote' }
    default:
      return { message: `it is not JSON here, at ${near}` }
  }
}

function duplicateKeys(node: Node | undefined, text: string, file: string): Problem[] {
  const problems: Problem[] = []
  const seen = new Set<string>()
  for (const child of node?.children ?? []) {
    if (node?.type === 'object') {
      const key = String(child.children?.[0]?.value)
      const where = { severity: 'error', file, ...locate(text, child.offset) } as const
      if (seen.has(key)) problems.push({ ...where, message: `the key '${key}' is there twice` })
      if (key === '__proto__') problems.push({ ...where, message: "the key '__proto__' is not allowed" })
      seen.add(key)
    }
    problems.push(...duplicateKeys(child, text, file))
  }
  return problems
}

/**
 * `text` with the value at `path` set, or removed when `value` is `undefined`. Missing parents are made. Indentation,
 * key order and every other byte stay; a new key goes to its alphabetical place when its neighbours are sorted, else to
 * the end. `text` must be valid JSON whose root is an object.
 */
export function editJsonText(text: string, path: readonly string[], value: unknown): string {
  const tree = parseTree(text, [], STRICT)
  if (tree === undefined) throw new Error('editJsonText was given text that is not JSON')
  const [existing, depth] = deepestObject(tree, path)
  const rest = path.slice(depth)
  const key = rest[0]
  if (key === undefined) throw new Error('editJsonText needs a path')
  const property = existing.children?.find(child => child.children?.[0]?.value === key)
  if (value === undefined && (property === undefined || rest.length > 1)) return text
  if (property !== undefined) {
    if (value === undefined) return removeProperty(text, existing, property)
    const old = property.children?.[1]
    if (old === undefined) throw new Error('a JSON property without a value')
    return replaceBetween(
      text,
      [old.offset, old.offset + old.length],
      render(nest(rest.slice(1), value), text, depth + 1),
    )
  }
  return insertProperty(text, existing, { key, value: nest(rest.slice(1), value), depth: depth + 1 })
}

function deepestObject(tree: Node, path: readonly string[]): readonly [Node, number] {
  let node = tree
  for (let depth = 0; depth < path.length - 1; depth++) {
    const next = findNodeAtLocation(node, [path[depth] ?? ''])
    if (next?.type !== 'object') return [node, depth]
    node = next
  }
  return [node, path.length - 1]
}

function nest(path: readonly string[], value: unknown): unknown {
  return path.reduceRight((inner, key) => ({ [key]: inner }), value)
}

type NewProperty = { readonly key: string; readonly value: unknown; readonly depth: number }

function insertProperty(text: string, object: Node, { key, value, depth }: NewProperty): string {
  const eol = lineEnd(text)
  const indent = indentation(text)
  const line = `${JSON.stringify(key)}: ${render(value, text, depth)}`
  const properties = object.children ?? []
  const lead = `${eol}${indent.repeat(depth)}`
  if (properties.length === 0) {
    const whole = [object.offset, object.offset + object.length] as const
    if (isOneLine(text)) return replaceBetween(text, whole, `{${line}}`)
    return replaceBetween(text, whole, `{${lead}${line}${eol}${indent.repeat(depth - 1)}}`)
  }
  const keys = properties.map(property => String(property.children?.[0]?.value))
  const sorted = keys.every((name, index) => index === 0 || compareText(keys[index - 1] ?? '', name) < 0)
  const next = sorted && depth > 1 ? properties.find((_, index) => compareText(keys[index] ?? '', key) > 0) : undefined
  const oneLine = !text.slice(object.offset, object.offset + object.length).includes('\n')
  const gap = oneLine ? ' ' : lead
  if (next !== undefined) return replaceBetween(text, [next.offset, next.offset], `${line},${gap}`)
  const last = properties[properties.length - 1]
  const end = (last?.offset ?? 0) + (last?.length ?? 0)
  return replaceBetween(text, [end, end], `,${gap}${line}`)
}

function removeProperty(text: string, object: Node, property: Node): string {
  const properties = object.children ?? []
  const index = properties.indexOf(property)
  const next = properties[index + 1]
  const previous = properties[index - 1]
  if (next !== undefined) return replaceBetween(text, [property.offset, next.offset], '')
  const end = property.offset + property.length
  if (previous !== undefined) return replaceBetween(text, [previous.offset + previous.length, end], '')
  return replaceBetween(text, [object.offset, object.offset + object.length], '{}')
}

function render(value: unknown, text: string, depth: number): string {
  if (isOneLine(text)) return JSON.stringify(value)
  const indent = indentation(text)
  return JSON.stringify(value, undefined, indent).replaceAll('\n', `${lineEnd(text)}${indent.repeat(depth)}`)
}

function replaceBetween(text: string, [start, end]: readonly [number, number], insert: string): string {
  return text.slice(0, start) + insert + text.slice(end)
}

/** Whether an author keeps the whole document on one line: then so do we. */
function isOneLine(text: string): boolean {
  return text.includes('"') && !text.trim().includes('\n')
}

function lineEnd(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n'
}

/** The indentation of the first indented line: what the file's author uses. */
function indentation(text: string): string {
  return /^([ \t]+)\S/m.exec(text)?.[1] ?? '  '
}
