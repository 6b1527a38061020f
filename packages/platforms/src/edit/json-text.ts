/** JSON with comments and trailing commas as people write it: read strictly enough to edit it in place. */
import { type Node, type ParseError, parseTree } from 'jsonc-parser'
import { sameValue } from './same-value.ts'

/** A JSON text that is sound: no syntax error, no key twice in one object. Offsets of nodes are those of `text`. */
export type JsonDocument = { readonly text: string; readonly root: Node; readonly value: unknown }

/** Why a text was left alone. `line` counts from 1 and is there when one line is to blame. */
export type Refusal<Code extends string> = { readonly problem: Code; readonly line?: number }

export type TextEdit = { readonly start: number; readonly end: number; readonly text: string }

const DEEPEST = 100
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|\/\/[^\r\n]*|\/\*[^]*?\*\/|[{}[\]]/gs
const TRIVIA = /\/\/[^\r\n]*|\/\*[^]*?\*\/|,/g

/** Reads JSON in which comments, trailing commas and a byte order mark are allowed. */
export function readJson(text: string): JsonDocument | Refusal<'syntax' | 'duplicate-key'> {
  const body = text.startsWith('\ufeff') ? ` ${text.slice(1)}` : text
  if (isTooDeep(body)) return { problem: 'syntax' }
  const errors: ParseError[] = []
  const root = parseTree(body, errors, { allowTrailingComma: true })
  const [first] = errors
  if (first !== undefined) return { problem: 'syntax', line: lineOf(text, first.offset) }
  if (root === undefined) return { problem: 'syntax' }
  const twice = duplicateKey(root)
  if (twice !== undefined) return { problem: 'duplicate-key', line: lineOf(text, twice.offset) }
  return { text, root, value: valueOf(root) }
}

/** The value that a node stands for. A key `__proto__` is a member like any other. */
export function valueOf(node: Node): unknown {
  const children = node.children ?? []
  if (node.type === 'array') return children.map(valueOf)
  if (node.type !== 'object') return node.value
  return Object.fromEntries(children.map(property => [keyOf(property), valueOf(valueNode(property))]))
}

/** The members (properties) of an object or the elements of a list, in order. */
export function childrenOf(container: Node): readonly Node[] {
  return container.children ?? []
}

export function keyOf(property: Node): string {
  return String(property.children?.[0]?.value)
}

/** The value of a property; an element of a list is its own. */
export function valueNode(child: Node): Node {
  return child.type === 'property' ? (child.children?.[1] ?? child) : child
}

export function endOf(node: Node): number {
  return node.offset + node.length
}

/** The list or object at `at`; `missing` when it or a parent is not there, `shape` when a parent is not an object. */
export function containerAt(document: JsonDocument, at: readonly string[]): Node | 'missing' | 'shape' {
  let node = document.root
  for (const key of at) {
    if (node.type !== 'object') return 'shape'
    const property = childrenOf(node).find(child => keyOf(child) === key)
    if (property === undefined) return 'missing'
    node = valueNode(property)
  }
  return node.type === 'object' || node.type === 'array' ? node : 'shape'
}

/** Comments and commas of a stretch between two nodes, in order. */
export function trivia(text: string, start: number, end: number): readonly TextEdit[] {
  return [...text.slice(start, end).matchAll(TRIVIA)].map(match => ({
    start: start + match.index,
    end: start + match.index + match[0].length,
    text: match[0],
  }))
}

/** The stretches of a container that are neither member nor element: before the first, between them, after the last. */
export function gapsOf(container: Node): readonly (readonly [number, number])[] {
  const children = childrenOf(container)
  const starts = [container.offset + 1, ...children.map(endOf)]
  return starts.map((start, index) => [start, children[index]?.offset ?? endOf(container) - 1] as const)
}

/** Whether there is a comment in a JSON text or a part of one. */
export function hasComment(text: string): boolean {
  return [...text.matchAll(TOKEN)].some(([token]) => token.startsWith('/'))
}

/**
 * `document` after `edits`, which do not overlap, when that is sound and means `value`; otherwise `undefined`: a text is
 * never handed out that says something else than it should.
 */
export function editText(document: JsonDocument, edits: readonly TextEdit[], value: unknown): JsonDocument | undefined {
  let text = document.text
  for (const edit of [...edits].sort((left, right) => right.start - left.start)) {
    text = text.slice(0, edit.start) + edit.text + text.slice(edit.end)
  }
  const after = readJson(text)
  return !('problem' in after) && sameValue(after.value, value) ? after : undefined
}

function isTooDeep(text: string): boolean {
  let depth = 0
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === '{' || token === '[') depth++
    if (token === '}' || token === ']') depth--
    if (depth > DEEPEST) return true
  }
  return false
}

function duplicateKey(node: Node): Node | undefined {
  const seen = new Set<string>()
  for (const child of childrenOf(node)) {
    if (child.type === 'property') {
      if (seen.has(keyOf(child))) return child
      seen.add(keyOf(child))
    }
    const inside = duplicateKey(valueNode(child))
    if (inside !== undefined) return inside
  }
  return undefined
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split(/\r\n|\r|\n/).length
}
