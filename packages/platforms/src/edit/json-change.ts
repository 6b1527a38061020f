/** The edits that put one thing into a JSON document or take it out, and what the document then means. */
import type { Node } from 'jsonc-parser'
import type { JsonAddition, JsonInsertion, Located } from './json-insertion.ts'
import { isBlank, layoutOf } from './json-style.ts'
import { type JsonDocument, type TextEdit, childrenOf, containerAt, endOf, gapsOf, trivia } from './json-text.ts'
import { isTable, member } from './same-value.ts'

/** How one thing goes to the end of a container. */
export type InsertionPlan = { readonly edits: readonly TextEdit[]; readonly written: string; readonly inner?: string }

/**
 * Puts a thing behind everything in `container`, comments too, and before the blanks that end it. A container with a
 * trailing comma keeps one.
 */
export function planInsertion(document: JsonDocument, container: Node, { key, value }: JsonAddition): InsertionPlan {
  const { text } = document
  const { lead, tail, write } = layoutOf(document, container)
  const written = write(key, value)
  const [start, end] = gapsOf(container).at(-1) ?? [container.offset + 1, endOf(container) - 1]
  const inside = text.slice(container.offset + 1, end)
  if (isBlank(inside)) return { edits: [{ start, end, text: lead + written + tail }], written, inner: inside }
  const marks = trivia(text, start, end)
  const place = marks.at(-1)?.end ?? start
  if (childrenOf(container).length === 0) {
    return { edits: [{ start: place, end: place, text: lead + written }], written }
  }
  if (marks.some(isComma)) return { edits: [{ start: place, end: place, text: `${lead}${written},` }], written }
  if (place === start) return { edits: [{ start, end: start, text: `,${lead}${written}` }], written }
  const comma = { start, end: start, text: ',' }
  return { edits: [comma, { start: place, end: place, text: lead + written }], written }
}

/** The ways to take a thing out, best first: with the line end or blank before it, or leaving that. */
export function planRemovals({ document, container, child, index }: Located): readonly (readonly TextEdit[])[] {
  const { text } = document
  const gaps = gapsOf(container)
  const [before, start] = gaps[index] ?? [child.offset, child.offset]
  const [end, after] = gaps[index + 1] ?? [endOf(child), endOf(child)]
  const follower = trivia(text, end, after).find(isComma)
  const comma = follower ?? trivia(text, before, start).find(isComma)
  const commas = comma === undefined ? [] : [{ ...comma, text: '' }]
  const blanks = /[ \t\r\n]*$/.exec(text.slice(before, start))?.[0] ?? ''
  const lead = /(?:\r\n|\n|\r)[ \t]*$/.exec(blanks)?.[0] ?? blanks
  const whole = [...commas, { start: start - lead.length, end, text: '' }]
  const rest = follower?.start === end ? follower.end : end
  const space = /^[ \t]*(?=[^\s\]}])/.exec(text.slice(rest))?.[0]
  const alone = [...commas, { start, end, text: '' }]
  const joined = [...alone, { start: rest, end: rest + (space ?? '').length, text: '' }]
  const isFirstOfLine = /[\r\n]/.test(lead) || index === 0
  return space !== undefined && isFirstOfLine ? [joined, alone] : [whole, alone]
}

/** The text with what stood between brackets put back when they are blank again, and a file that was blank. */
export function restoreBlanks(document: JsonDocument, { at, inner, outer }: JsonInsertion): string {
  const { text } = document
  const container = containerAt(document, at)
  if (typeof container === 'string' || inner === undefined || !isBlank(inner)) return text
  const start = container.offset + 1
  const end = endOf(container) - 1
  if (!isBlank(text.slice(start, end))) return text
  const around = text.slice(0, start - 1) + text.slice(end + 1)
  if (outer !== undefined && at.length === 0 && isBlank(outer) && isBlank(around)) return outer
  return text.slice(0, start) + inner + text.slice(end)
}

/** `value` with what is at `at` changed. */
export function changed(value: unknown, at: readonly string[], change: (container: unknown) => unknown): unknown {
  const [key, ...rest] = at
  if (key === undefined) return change(value)
  return isTable(value) ? withMember(value, key, changed(member(value, key), rest, change)) : value
}

/** A container with one thing more at its end. */
export function withChild(container: unknown, key: string | null, value: unknown): unknown {
  if (Array.isArray(container)) return [...(container as readonly unknown[]), value]
  return isTable(container) && key !== null ? withMember(container, key, value) : container
}

/** A container without a member, or without the element of this number. */
export function withoutChild(container: unknown, child: string | number): unknown {
  if (Array.isArray(container)) return container.filter((_, index) => index !== child)
  return isTable(container) ? Object.fromEntries(Object.entries(container).filter(([key]) => key !== child)) : container
}

function withMember(object: object, key: string, value: unknown): unknown {
  return Object.fromEntries([...Object.entries(object), [key, value]])
}

function isComma(edit: TextEdit): boolean {
  return edit.text === ','
}
