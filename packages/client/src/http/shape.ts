/** What JSON from outside has to look like. Fields that are not named are left alone: a newer registry may say more. */
import { explainName, fail, isVersion } from '@aam/core'
import { isPage, parseJson, typeOf } from './refusal.ts'
import type { Answer } from './request.ts'

/** Says in words why a value, found at `where`, is no `T`; `undefined` when it is one. */
export type Shape<T> = ((value: unknown, where: string) => string | undefined) & { readonly of?: T }

export const text: Shape<string> = basic('string', 'text')
export const number: Shape<number> = basic('number', 'a number')
export const flag: Shape<boolean> = basic('boolean', 'true or false')
export const packageName: Shape<string> = refined(
  text,
  each => explainName(each) === undefined,
  'the name of a package',
)
export const version: Shape<string> = refined(text, isVersion, 'a version')
export const anyObject: Shape<Readonly<Record<string, unknown>>> = (value, where) =>
  isObject(value) ? undefined : `${where} is not an object`

export function nullable<T>(shape: Shape<T>): Shape<T | null> {
  return (value, where) => (value === null ? undefined : shape(value, where))
}

/** A field that may be missing: the only way for JSON to have `undefined`. */
export function optional<T>(shape: Shape<T>): Shape<T> {
  return (value, where) => (value === undefined ? undefined : shape(value, where))
}

export function oneOf<T extends string | number>(...values: readonly T[]): Shape<T> {
  return (value, where) => (values.includes(value as T) ? undefined : `${where} is none of ${values.join(', ')}`)
}

export function list<T>(shape: Shape<T>): Shape<readonly T[]> {
  return (value, where) =>
    Array.isArray(value)
      ? first(value.entries(), ([index, each]) => shape(each, `${where}[${String(index)}]`))
      : `${where} is not a list`
}

export function record<T>(shape: Shape<T>): Shape<Readonly<Record<string, T>>> {
  return (value, where) =>
    isObject(value)
      ? first(Object.entries(value), ([key, each]) => shape(each, `${where}.${key.slice(0, 100)}`))
      : `${where} is not an object`
}

/** An object with at least these fields. */
export function object<T>(fields: { readonly [K in keyof T]-?: Shape<T[K]> }): Shape<T> {
  const shapes = Object.entries(fields) as unknown as readonly (readonly [string, Shape<unknown>])[]
  return (value, where) =>
    isObject(value)
      ? first(shapes, ([key, shape]) => shape(Object.hasOwn(value, key) ? value[key] : undefined, `${where}.${key}`))
      : `${where} is not an object`
}

/** The value in an answer. @throws REGISTRY_ANSWER_INVALID when it has another shape or is no JSON */
export function decode<T>(answer: Answer, shape: Shape<T>): T {
  const value = readJson(answer)
  const why = shape(value, 'the answer')
  return why === undefined ? (value as T) : fail('REGISTRY_ANSWER_INVALID', { url: answer.url, why })
}

/** @throws REGISTRY_ANSWER_INVALID */
export function readJson(answer: Answer): unknown {
  if (isPage(answer)) fail('REGISTRY_ANSWER_INVALID', { url: answer.url, why: `it sent ${typeOf(answer)}, not JSON` })
  const value = parseJson(answer.body.toString('utf8'))
  return value === undefined ? fail('REGISTRY_ANSWER_INVALID', { url: answer.url, why: 'its JSON is damaged' }) : value
}

function basic<T>(type: 'string' | 'number' | 'boolean', words: string): Shape<T> {
  return (value, where) => (typeof value === type ? undefined : `${where} is not ${words}`)
}

function refined<T>(shape: Shape<T>, holds: (value: T) => boolean, words: string): Shape<T> {
  return (value, where) => shape(value, where) ?? (holds(value as T) ? undefined : `${where} is not ${words}`)
}

function first<E>(entries: Iterable<E>, explain: (entry: E) => string | undefined): string | undefined {
  for (const entry of entries) {
    const why = explain(entry)
    if (why !== undefined) return why
  }
  return undefined
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
