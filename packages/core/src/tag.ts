import { fail } from './failures.ts'
import { isRange } from './range.ts'
import { isVersion } from './version.ts'

declare const checked: unique symbol

/** A dist-tag of an `aam` package, checked: `latest`, `stable`, `bank-approved` (UAAPS 12.3, D10). */
export type Tag = string & { readonly [checked]: 'Tag' }

/** The tag that every publish moves and nobody can remove (D10, D11). */
export const LATEST = 'latest' as Tag

const TAG = /^[a-z0-9][a-z0-9-]{0,31}$/
const RESERVED = new Set(['all', 'true', 'false'])
/** Words that a registry server has in its addresses after a package's name. */
const ROUTES = new Set(['tags', 'dist-tags', 'owners', 'audit-log', 'tarball', 'download', 'approvals'])

/**
 * Reads a dist-tag.
 * @throws TAG_INVALID with the rule that `text` breaks
 */
export function parseTag(text: string): Tag {
  const why = explainTag(text)
  if (why !== undefined) fail('TAG_INVALID', { text: text.slice(0, 80), why })
  return text as Tag
}

/** Why `text` is not a tag; `undefined` when it is one. */
export function explainTag(text: string): string | undefined {
  if (text === '') return 'it is empty'
  if (text.length > 32) return `it has ${String(text.length)} characters, at most 32 are allowed`
  if (/[A-Z]/.test(text)) return 'capital letters are not allowed'
  if (isVersion(text)) return 'it is a version'
  if (RESERVED.has(text) || ROUTES.has(text)) return 'that word is reserved'
  if (isRange(text)) return `it reads as a version range, so name@${text} would be ambiguous`
  if (!TAG.test(text)) return 'it has characters a tag cannot have'
  return undefined
}

/** The order tags are listed in: `latest` first, then by name. */
export function compareTags(a: string, b: string): number {
  if (a === b) return 0
  if (a === LATEST) return -1
  if (b === LATEST) return 1
  return a < b ? -1 : 1
}
