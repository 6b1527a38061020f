/** Values in JSON texts that may have comments. */
import { readJson } from './json-text.ts'
import { isTable, member } from './same-value.ts'

/** The value at a path; `undefined` when nothing is there, or the text is not sound. */
export function valueAt(text: string, path: readonly string[]): unknown {
  const document = readJson(text)
  if ('problem' in document) return undefined
  return path.reduce<unknown>((value, key) => (isTable(value) ? member(value, key) : undefined), document.value)
}
