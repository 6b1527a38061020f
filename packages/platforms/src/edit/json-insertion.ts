/** What was put into a JSON text, and where it is now. */
import type { Node } from 'jsonc-parser'
import {
  type JsonDocument,
  type Refusal,
  childrenOf,
  containerAt,
  endOf,
  hasComment,
  keyOf,
  readJson,
  valueNode,
  valueOf,
} from './json-text.ts'
import { sameValue } from './same-value.ts'

/** The member `key` of the object at `at`, or with `key` null an element of the list at `at`. */
export type JsonPlace = { readonly at: readonly string[]; readonly key: string | null }

/** What goes where. `value` is made of what JSON has. */
export type JsonAddition = JsonPlace & { readonly value: unknown }

/** What was put into a JSON text, and all that it takes to take it out again byte for byte. It can be kept as JSON. */
export type JsonInsertion = JsonPlace & {
  /** The member `"key": …` or the element as it was written, with the line ends of the file. */
  readonly text: string
  /** What stood between the brackets when they held nothing but blanks: put back when they are blank again. */
  readonly inner?: string
  /** The whole file when it was blank: put back when nothing but empty brackets is left. */
  readonly outer?: string
}

/**
 * - `syntax`: it is not JSON, not even with comments and trailing commas
 * - `duplicate-key`: a key is twice in one object
 * - `shape`: something on the way is not an object, or the list is not a list
 * - `taken`: there is a member of this name already
 * - `gone`: what was inserted is not there
 * - `edited`: what is there is not what was inserted, or somebody wrote a comment into it
 * - `unsafe`: the edit would have changed what the rest of the file says
 */
export type JsonProblem = 'syntax' | 'duplicate-key' | 'shape' | 'taken' | 'gone' | 'edited' | 'unsafe'

/** The text was left alone. */
export type JsonRefusal = Refusal<JsonProblem>

/** An insertion where it was found. */
export type Located = {
  readonly document: JsonDocument
  readonly container: Node
  readonly child: Node
  readonly index: number
}

/**
 * Finds an insertion by its place and value. A list may have several elements of its value: it is the last one that is
 * written as it was, or else the last one.
 */
export function locate(document: JsonDocument | JsonRefusal, insertion: JsonInsertion): Located | JsonRefusal {
  if ('problem' in document) return document
  const { text } = document
  const container = containerAt(document, insertion.at)
  if (typeof container === 'string' || !takes(container, insertion)) return { problem: 'gone' }
  const children = childrenOf(container)
  const wanted = insertedValue(insertion)
  const isSame = (child: Node): boolean => sameValue(valueOf(valueNode(child)), wanted)
  const written = (child: Node): boolean => text.slice(child.offset, endOf(child)) === insertion.text
  const verbatim = children.findLastIndex(child => written(child) && isSame(child))
  const index =
    insertion.key !== null
      ? children.findIndex(child => keyOf(child) === insertion.key)
      : verbatim === -1
        ? children.findLastIndex(isSame)
        : verbatim
  const child = children[index]
  if (child === undefined) return { problem: 'gone' }
  if (!isSame(child) || hasComment(text.slice(child.offset, endOf(child)))) return { problem: 'edited' }
  return { document, container, child, index }
}

/** Whether a place with a key or without one can be in this container. */
export function takes(container: Node, place: JsonPlace): boolean {
  return container.type === (place.key === null ? 'array' : 'object')
}

/** The value that was inserted. */
export function insertedValue(insertion: JsonInsertion): unknown {
  const document = readJson(insertion.key === null ? `[${insertion.text}]` : `{${insertion.text}}`)
  const [child] = 'problem' in document ? [] : childrenOf(document.root)
  return child && valueOf(valueNode(child))
}
