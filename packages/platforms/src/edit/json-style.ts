/** How a JSON text is laid out, so that what is added looks like what is there. */
import type { Node } from 'jsonc-parser'
import { type JsonDocument, childrenOf, endOf, gapsOf, valueNode } from './json-text.ts'

/** How a container takes one more member or element at its end. */
export type Layout = {
  /** Between what is there and the new one, after the comma. */
  readonly lead: string
  /** Between the new one and the closing bracket of a container that was blank inside. */
  readonly tail: string
  /** The new one as text; `key` is null for an element. */
  readonly write: (key: string | null, value: unknown) => string
}

/** How one more goes into `container`. */
export function layoutOf(document: JsonDocument, container: Node): Layout {
  const { text } = document
  const children = childrenOf(container)
  const blank = isBlank(text.slice(container.offset + 1, endOf(container) - 1))
  const parent = parentOf(container)
  if (blank ? parent === undefined || isSpread(text, parent) : isSpread(text, container)) {
    const eol = lineEnd(text)
    const base = lineIndent(text, container.offset)
    const last = children.at(-1)
    const indent = (last && ownIndent(text, last)) ?? base + indentUnit(document)
    return { lead: eol + indent, tail: eol + base, write: linesWriter(document, indent) }
  }
  const style = inlineStyle(document, container)
  const pad = blank && container.type === 'object' && style.padded ? ' ' : ''
  const lead = blank ? pad : style.tight ? '' : ' '
  const last = children.at(-1)
  if (last !== undefined && /[\r\n]/.test(text.slice(last.offset, endOf(last)))) {
    return { lead, tail: '', write: linesWriter(document, lineIndent(text, last.offset)) }
  }
  return { lead, tail: pad, write: (key, value) => label(key, style.tight) + inline(value, style) }
}

/** Writes another value for `child` of `container`. */
export function valueWriter(document: JsonDocument, container: Node, child: Node): (value: unknown) => string {
  const { text } = document
  if (isSpread(text, container) || /[\r\n]/.test(text.slice(child.offset, endOf(child)))) {
    const write = linesWriter(document, lineIndent(text, child.offset))
    return value => write(null, value)
  }
  const style = inlineStyle(document, container)
  return value => inline(value, style)
}

/** The line end that a text uses first; `\n` when it has but one line. */
export function lineEnd(text: string): '\n' | '\r\n' {
  return /\r?\n/.exec(text)?.[0] === '\r\n' ? '\r\n' : '\n'
}

/** Whether a text has nothing but blanks, line ends and a byte order mark. */
export function isBlank(text: string): boolean {
  return /^\ufeff?[ \t\r\n]*$/.test(text)
}

/** Whether the children of a container stand on lines of their own: there is a line end between its brackets, not in a child. */
function isSpread(text: string, container: Node): boolean {
  return gapsOf(container).some(([start, end]) => /[\r\n]/.test(text.slice(start, end)))
}

/** The object or list that `container` is a value of. */
function parentOf(container: Node): Node | undefined {
  return container.parent?.type === 'property' ? container.parent.parent : container.parent
}

/** The blanks that the line of `offset` begins with. */
function lineIndent(text: string, offset: number): string {
  return /^[ \t]*/.exec(lineBefore(text, offset))?.[0] ?? ''
}

/** The indentation of a node that its line begins with. */
function ownIndent(text: string, node: Node): string | undefined {
  const before = lineBefore(text, node.offset)
  return isBlank(before) ? before : undefined
}

/** What stands on the line of `offset` before it, without a byte order mark. */
function lineBefore(text: string, offset: number): string {
  const start = offset === 0 ? 0 : Math.max(text.lastIndexOf('\n', offset - 1), text.lastIndexOf('\r', offset - 1)) + 1
  return text.slice(start, offset).replace('\ufeff', '')
}

/** What one level is indented by: the first difference between a container's line and a line of its own of a child. */
function indentUnit(document: JsonDocument): string {
  return unitIn(document.text, document.root) ?? '  '
}

function unitIn(text: string, container: Node): string | undefined {
  const base = lineIndent(text, container.offset)
  for (const child of childrenOf(container)) {
    const indent = ownIndent(text, child)
    if (indent?.startsWith(base) && indent.length > base.length) return indent.slice(base.length)
    const unit = unitIn(text, valueNode(child))
    if (unit !== undefined) return unit
  }
  return undefined
}

function linesWriter(document: JsonDocument, indent: string): Layout['write'] {
  const unit = indentUnit(document)
  const eol = lineEnd(document.text)
  return (key, value) => label(key, false) + JSON.stringify(value, undefined, unit).replaceAll('\n', () => eol + indent)
}

/** `tight` is `{"a":1,"b":2}`, `padded` is `{ "a": 1 }`. */
type InlineStyle = { readonly tight: boolean; readonly padded: boolean }

function inlineStyle(document: JsonDocument, container: Node): InlineStyle {
  const objects = [container, ...ancestorsOf(container)].filter(node => node.type === 'object')
  const model = objects.find(object => childrenOf(object).length > 0)
  const colon = model && childrenOf(model)[0]?.colonOffset
  if (model === undefined || colon === undefined) return { tight: false, padded: true }
  const tight = !/\s/.test(document.text[colon + 1] ?? '')
  return { tight, padded: !tight && document.text[model.offset + 1] === ' ' }
}

function ancestorsOf(node: Node): readonly Node[] {
  return node.parent === undefined ? [] : [node.parent, ...ancestorsOf(node.parent)]
}

function inline(value: unknown, style: InlineStyle): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const comma = style.tight ? ',' : ', '
  if (Array.isArray(value)) return `[${value.map(element => inline(element, style)).join(comma)}]`
  const members = Object.entries(value).map(([key, inner]) => label(key, style.tight) + inline(inner, style))
  const pad = style.padded && members.length > 0 ? ' ' : ''
  return `{${pad}${members.join(comma)}${pad}}`
}

function label(key: string | null, tight: boolean): string {
  return key === null ? '' : `${JSON.stringify(key)}${tight ? ':' : ': '}`
}
