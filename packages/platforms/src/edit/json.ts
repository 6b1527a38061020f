/**
 * Puts members and elements into JSON files that people and other tools also write, and takes them out again so that
 * every byte is as it would be without us.
 */
import { changed, planInsertion, planRemovals, restoreBlanks, withChild, withoutChild } from './json-change.ts'
import {
  type JsonAddition,
  type JsonInsertion,
  type JsonPlace,
  type JsonRefusal,
  insertedValue,
  locate,
  takes,
} from './json-insertion.ts'
import { isBlank, lineEnd, valueWriter } from './json-style.ts'
import {
  type JsonDocument,
  childrenOf,
  containerAt,
  editText,
  endOf,
  hasComment,
  keyOf,
  readJson,
  valueNode,
} from './json-text.ts'

/**
 * Puts a thing at its place, behind what is there, and makes the parents that are missing. `undefined` is a file that is not
 * there yet.
 *
 * `known` are the insertions that are in this file already: what they know about parents and brackets that they share with
 * this one is carried over, so that they can be taken out in any order.
 * @returns as `insertions` the parents that we made, now or according to `known`, outermost first, and last the thing
 */
export function insertJson(
  text: string | undefined,
  addition: JsonAddition,
  known: readonly JsonInsertion[] = [],
): { readonly text: string; readonly insertions: readonly JsonInsertion[] } | JsonRefusal {
  const isNew = text === undefined || isBlank(text)
  const outer = isNew && text !== undefined ? text : undefined
  const insertions: JsonInsertion[] = []
  let document = readJson(isNew ? newDocument(text ?? '', addition) : text)
  if ('problem' in document) return document
  for (const part of [...parentsOf(addition), addition]) {
    const inserted = insertOne(document, part, known)
    if (!('problem' in inserted)) {
      document = inserted.document
      const whole = outer !== undefined && part.at.length === 0 ? { outer } : {}
      insertions.push({ ...inserted.insertion, ...whole })
    } else if (inserted.problem === 'taken' && part !== addition) {
      const made = known.find(one => isSamePlace(one, part) && isHollow(insertedValue(one)))
      if (made !== undefined) insertions.push(made)
    } else return inserted
  }
  return { text: document.text, insertions }
}

/** Takes an insertion out again. A parent that we made is `edited` as long as something is in it. */
export function removeJson(text: string, insertion: JsonInsertion): { readonly text: string } | JsonRefusal {
  const found = locate(readJson(text), insertion)
  if ('problem' in found) return found
  const value = changed(found.document.value, insertion.at, container =>
    withoutChild(container, insertion.key ?? found.index),
  )
  for (const edits of planRemovals(found)) {
    const removed = editText(found.document, edits, value)
    if (removed !== undefined) return { text: restoreBlanks(removed, insertion) }
  }
  return { problem: 'unsafe' }
}

/**
 * Takes out all that an `insertJson` reported: the thing, unless it is gone already, and then its parents as far as nothing
 * else is in them.
 */
export function removeJsonWithParents(
  text: string,
  insertions: readonly JsonInsertion[],
): { readonly text: string } | JsonRefusal {
  let current = text
  for (const insertion of insertions.toReversed()) {
    const removed = removeJson(current, insertion)
    if (!('problem' in removed)) current = removed.text
    else if (insertion === insertions.at(-1) && removed.problem !== 'gone') return removed
  }
  return { text: current }
}

/** Puts another value at the place of an insertion, which has to be the same still. */
export function replaceJson(
  text: string,
  insertion: JsonInsertion,
  replacement: unknown,
): { readonly text: string; readonly insertion: JsonInsertion } | JsonRefusal {
  const found = locate(readJson(text), insertion)
  if ('problem' in found) return found
  const { document, container, child, index } = found
  const value = asJson(replacement)
  const old = valueNode(child)
  const written = valueWriter(document, container, child)(value)
  const expected = changed(document.value, insertion.at, whole =>
    Array.isArray(whole) ? whole.with(index, value) : withChild(whole, insertion.key, value),
  )
  const replaced = editText(document, [{ start: old.offset, end: endOf(old), text: written }], expected)
  if (replaced === undefined) return { problem: 'unsafe' }
  return { text: replaced.text, insertion: { ...insertion, text: text.slice(child.offset, old.offset) + written } }
}

/** Whether an insertion is still there with the value it had; how that is laid out does not matter. */
export function findJson(text: string, insertion: JsonInsertion): 'same' | 'edited' | 'gone' | JsonRefusal {
  const found = locate(readJson(text), insertion)
  if (!('problem' in found)) return 'same'
  return found.problem === 'edited' || found.problem === 'gone' ? found.problem : found
}

/** The record of a thing that is at its place with exactly this value, as if it had been put between empty brackets. */
export function adoptJson(text: string, { at, key, value }: JsonAddition): JsonInsertion | undefined {
  const plain = key === null ? JSON.stringify(value) : `${JSON.stringify(key)}: ${JSON.stringify(value)}`
  const found = locate(readJson(text), { at, key, text: plain })
  if ('problem' in found) return undefined
  return { at, key, text: text.slice(found.child.offset, endOf(found.child)), inner: '' }
}

/** Whether a text has nothing but blanks and empty brackets, also within each other: no value, no comment. */
export function isEmptyJson(text: string): boolean {
  if (isBlank(text)) return true
  const document = readJson(text)
  return !('problem' in document) && isHollow(document.value) && !hasComment(text)
}

function newDocument(blank: string, addition: JsonAddition): string {
  const brackets = addition.at.length === 0 && addition.key === null ? '[]' : '{}'
  return (blank.startsWith('\ufeff') ? '\ufeff' : '') + brackets + lineEnd(blank)
}

/** The containers that a place is in, without the root, as things to insert. */
function parentsOf({ at, key }: JsonPlace): readonly JsonAddition[] {
  return at.map((name, depth) => {
    const isList = key === null && depth === at.length - 1
    return { at: at.slice(0, depth), key: name, value: isList ? [] : {} }
  })
}

function insertOne(
  document: JsonDocument,
  addition: JsonAddition,
  known: readonly JsonInsertion[],
): { readonly document: JsonDocument; readonly insertion: JsonInsertion } | JsonRefusal {
  const { at, key } = addition
  const value = asJson(addition.value)
  const container = containerAt(document, at)
  if (typeof container === 'string' || !takes(container, addition)) return { problem: 'shape' }
  if (key !== null && childrenOf(container).some(child => keyOf(child) === key)) return { problem: 'taken' }
  const plan = planInsertion(document, container, { at, key, value })
  const expected = changed(document.value, at, whole => withChild(whole, key, value))
  const edited = editText(document, plan.edits, expected)
  if (edited === undefined) return { problem: 'unsafe' }
  const beside = known.find(one => one.inner !== undefined && isSamePath(one.at, at))
  const inner = plan.inner ?? beside?.inner
  return {
    document: edited,
    insertion: {
      at,
      key,
      text: plan.written,
      ...(inner === undefined ? {} : { inner }),
      ...(beside?.outer === undefined ? {} : { outer: beside.outer }),
    },
  }
}

/** A value as it reads when it was written: without members that are `undefined`. */
function asJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}

function isSamePlace(left: JsonPlace, right: JsonPlace): boolean {
  return left.key === right.key && isSamePath(left.at, right.at)
}

function isSamePath(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((key, index) => key === right[index])
}

/** Whether there is no value in a value: only objects and lists. */
function isHollow(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.values(value).every(isHollow)
}

export type { JsonAddition, JsonInsertion, JsonPlace, JsonProblem, JsonRefusal } from './json-insertion.ts'
