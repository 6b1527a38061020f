/** What TOML texts say, so that a block of ours in one neither doubles nor changes what its user says. */
import { type TomlTable, TomlError, parse } from 'smol-toml'
import type { Refusal } from './json-text.ts'
import { isTable, member, sameValue } from './same-value.ts'

/** The paths of all tables and keys of a TOML text, parents before what is in them, however they are written. */
export function tomlPaths(text: string): readonly (readonly string[])[] | Refusal<'syntax'> {
  const value = readToml(text)
  return 'problem' in value ? value : pathsIn(value.table, [])
}

/**
 * Checks that a TOML text says what its parts say, no more and no less: that no key of one part went into a table of the
 * other, and that they do not define the same thing. Arrays of tables may have elements in both.
 */
export function checkParts(
  whole: string,
  { outside, body }: { readonly outside: string; readonly body: string },
): Refusal<'syntax' | 'conflict' | 'body'> | undefined {
  const theirs = readToml(outside)
  if ('problem' in theirs) return theirs
  const ours = readToml(body)
  if ('problem' in ours) return { problem: 'body' }
  const both = readToml(whole)
  const isSound = !('problem' in both) && isSum(both.table, theirs.table, ours.table)
  return isSound ? undefined : { problem: 'conflict' }
}

/** A document, held so that it cannot be taken for a refusal. */
type Toml = { readonly table: TomlTable }

function readToml(text: string): Toml | Refusal<'syntax'> {
  try {
    return { table: parse(text, { integersAsBigInt: 'asNeeded' }) }
  } catch (error) {
    if (error instanceof TomlError) return { problem: 'syntax', line: error.line }
    throw error
  }
}

function pathsIn(table: Readonly<Record<string, unknown>>, path: readonly string[]): readonly (readonly string[])[] {
  return Object.entries(table).flatMap(([key, value]) => {
    const own = [...path, key]
    return isTable(value) ? [own, ...pathsIn(value, own)] : [own]
  })
}

/** Whether `whole` is made of `left` and `right`, which have only tables and arrays in common. */
function isSum(whole: unknown, left: unknown, right: unknown): boolean {
  if (isTable(whole) && isTable(left) && isTable(right)) {
    const keys = new Set([...Object.keys(left), ...Object.keys(right)])
    return (
      keys.size === Object.keys(whole).length &&
      [...keys].every(key => {
        const value = member(whole, key)
        if (!Object.hasOwn(left, key)) return sameValue(value, member(right, key))
        if (!Object.hasOwn(right, key)) return sameValue(value, member(left, key))
        return isSum(value, member(left, key), member(right, key))
      })
    )
  }
  return (
    isList(left) &&
    isList(right) &&
    left.concat(null).some((_, index) => sameValue(whole, left.toSpliced(index, 0, ...right)))
  )
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value)
}
