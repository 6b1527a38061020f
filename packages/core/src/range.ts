import { Range as SemverRange } from 'semver'
import { fail } from './failures.ts'
import { type Version, semverOf } from './version.ts'

/**
 * Which versions are wanted. npm's grammar, plus the comma as "and" (D8). The one difference in meaning: `*`, `x` and
 * the empty range match pre-releases too (UAAPS 13.4).
 */
export type Range = {
  /** As the author wrote it, without surrounding blanks; `*` for the empty range. */
  readonly text: string
  /** `undefined` when every version matches. */
  readonly semver: SemverRange | undefined
}

const LONGEST = 1024
const cache = new Map<string, Range>()

/**
 * Reads a range.
 * @throws RANGE_INVALID
 */
export function parseRange(text: string): Range {
  const known = cache.get(text)
  if (known !== undefined) return known
  const range = readRange(text)
  if (range === undefined) fail('RANGE_INVALID', { text: text.slice(0, 80), ...explain(text) })
  cache.set(text, range)
  return range
}

/** Whether `text` reads as a range. */
export function isRange(text: string): boolean {
  return cache.has(text) || readRange(text) !== undefined
}

/** Whether `version` is one of `range` (UAAPS 13.4 "Pre-release Version Handling"). */
export function matches(range: Range, version: Version): boolean {
  return range.semver === undefined || range.semver.test(semverOf(version))
}

/** The range that only `version` satisfies. */
export function exactly(version: Version): Range {
  return parseRange(version)
}

/** The range a manifest gets for a chosen version: `1.2.0` → `^1.2.0` (D14). Build metadata has no place in a range. */
export function caret(version: Version): Range {
  return parseRange(`^${version.split('+')[0] ?? version}`)
}

const COMPARATOR = /^(?:\^|~|>=|>|<=|<)?\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/
const LOWER = /^>=?\d/
const UPPER = /^<=?\d/

/**
 * Why other UAAPS tools may not read this range, `undefined` when they do. Their grammar knows one comparator, one
 * lower bound followed by one upper bound, or `*`, each with a full version (UAAPS 13.2, D8).
 */
export function portabilityProblem(range: Range): string | undefined {
  if (range.text === '*') return undefined
  if (range.text.includes(',')) return `write '${range.text.replaceAll(/\s*,\s*/g, ' ')}' instead of a comma`
  const parts = range.text.split(/\s+/)
  const portable =
    parts.every(part => COMPARATOR.test(part)) &&
    (parts.length === 1 || (parts.length === 2 && LOWER.test(parts[0] ?? '') && UPPER.test(parts[1] ?? '')))
  return portable
    ? undefined
    : 'other UAAPS tools read only exact versions, ^, ~, comparisons, one lower with one upper bound, and *'
}

function readRange(text: string): Range | undefined {
  if (text.length > LONGEST) return undefined
  const trimmed = text.trim()
  const alternatives = trimmed.split('||').map(alternative => alternative.trim())
  // A comma joins comparators, each whole in itself: `>=1.0.0,<2.0.0`, never `>=,1.0.0`.
  const joined = alternatives.map(alternative => alternative.split(',').map(part => part.trim()))
  if (joined.some(parts => parts.length > 1 && !parts.every(isComparators))) return undefined
  const semver = readSemver(joined.map(parts => parts.join(' ')).join(' || '))
  if (semver === undefined) return undefined
  const any = alternatives.some(alternative => /^[*xX]?$/.test(alternative))
  return any ? { text: trimmed === '' ? '*' : trimmed, semver: undefined } : { text: trimmed, semver }
}

function isComparators(part: string): boolean {
  return /[\dxX*]/.test(part) && readSemver(part) !== undefined
}

function readSemver(text: string): SemverRange | undefined {
  try {
    return new SemverRange(text)
  } catch (error) {
    if (error instanceof TypeError) return undefined
    throw error
  }
}

function explain(text: string): { why?: string } {
  if (text.length > LONGEST) {
    return { why: `it has ${String(text.length)} characters, at most ${String(LONGEST)} are read` }
  }
  if (/^[a-z][a-z0-9-]*$/.test(text)) return { why: 'a dist-tag is not a range; choose it with `aam install name@tag`' }
  return {}
}
