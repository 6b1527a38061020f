import { fail } from './failures.ts'
import { type Version, isVersion } from './version.ts'

declare const checked: unique symbol

/** `code-review` or `@team/code-review`. Holding one means it was checked: safe in a path, a URL, a query (D4). */
export type PackageName = string & { readonly [checked]: 'PackageName' }

/**
 * A package in a project, which may have several versions of it side by side: one of them has the plain name, the others
 * are called `name@version` (D17). Every package name is one.
 */
export type InstanceName = string & { readonly [checked]: 'PackageName' | 'InstanceName' }

const LONGEST = 130
const SCOPE = /^[a-z0-9][a-z0-9_-]{0,63}$/
const BASE = /^[a-z0-9][a-z0-9-]{0,63}$/
/** Windows cannot hold a folder of these names. */
const RESERVED = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])$/

/**
 * Reads a package name (UAAPS 12.2, D4).
 * @throws NAME_INVALID with the rule that `text` breaks
 */
export function parsePackageName(text: string): PackageName {
  const why = explainName(text)
  if (why !== undefined) fail('NAME_INVALID', { text: text.slice(0, 200), why })
  return text as PackageName
}

/** Why `text` is not a package name; `undefined` when it is one. */
export function explainName(text: string): string | undefined {
  if (text === '') return 'it is empty'
  if (text.length > LONGEST) return `it has ${String(text.length)} characters, at most ${String(LONGEST)} are allowed`
  const scoped = text.startsWith('@')
  const slash = text.indexOf('/')
  if (scoped && slash === -1) return 'a scope needs a name after it, as in @team/review'
  const scope = scoped ? text.slice(1, slash) : undefined
  const base = scoped ? text.slice(slash + 1) : text
  if (/[A-Z]/.test(text)) return 'capital letters are not allowed'
  // `a--b` would share its folder with `@a/b`.
  if (text.includes('--')) return "'--' is reserved for the folder names of scoped packages"
  if (scope !== undefined && !SCOPE.test(scope)) return `the scope '@${scope}' is not one`
  if (!BASE.test(base)) return scope === undefined ? 'it has characters a name cannot have' : `'${base}' is not a name`
  if (RESERVED.test(base)) return 'Windows reserves that name'
  return undefined
}

/** `name@version`: what an instance is called that does not have the plain name. */
export function instanceName(name: PackageName, version: Version): InstanceName {
  return `${name}@${version}` as InstanceName
}

/**
 * Reads `name` or `name@version` (D17).
 * @throws NAME_INVALID with the rule that `text` breaks
 */
export function parseInstanceName(text: string): InstanceName {
  const why = explainInstanceName(text)
  if (why !== undefined) fail('NAME_INVALID', { text: text.slice(0, 200), why })
  return text as InstanceName
}

/** Why `text` is not the name of an instance; `undefined` when it is one. */
export function explainInstanceName(text: string): string | undefined {
  const at = versionMark(text)
  if (at === -1 || isVersion(text.slice(at + 1))) return explainName(at === -1 ? text : text.slice(0, at))
  return `'${text.slice(at + 1, at + 201)}' is not an exact version`
}

/** The package that an instance is one of. */
export function packageOf(instance: InstanceName): PackageName {
  const at = versionMark(instance)
  return (at === -1 ? instance : instance.slice(0, at)) as PackageName
}

/** Where the `@` before a version is; -1 in a plain name. The one of a scope comes first. */
function versionMark(text: string): number {
  return text.indexOf('@', 1)
}

/**
 * The name of the folder that holds a package: `@team/review` → `team--review` (UAAPS 12.2), `@team/review@1.0.0` →
 * `team--review@1.0.0`. Injective, also on disks that do not tell capital letters from small ones: `_r` stands for the `R`
 * of a version, which has no `_`.
 */
export function directoryName(name: InstanceName): string {
  const folder = name.startsWith('@') ? name.slice(1).replace('/', '--') : name
  return folder.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
}

/**
 * Reads a scope with its `@`.
 * @throws NAME_INVALID
 */
export function parseScope(text: string): string {
  const why = text.startsWith('@') ? explainName(`${text}/x`) : 'a scope begins with @'
  if (why !== undefined) fail('NAME_INVALID', { text: text.slice(0, 80), why })
  return text
}

/** The scope of a name, with its `@`; `undefined` for an unscoped one. */
export function scopeOf(name: PackageName): string | undefined {
  return name.startsWith('@') ? name.slice(0, name.indexOf('/')) : undefined
}

/** Code-point order: the order of names everywhere something is sorted. Never the machine's locale. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0
  // JavaScript compares characters beyond U+FFFF by their halves, which are lower than some whole ones.
  if (SURROGATE.test(a) || SURROGATE.test(b)) return compareCodePoints(a, b)
  return a < b ? -1 : 1
}

const SURROGATE = /[\ud800-\udfff]/

function compareCodePoints(a: string, b: string): number {
  const left = Array.from(a)
  const right = Array.from(b)
  for (const [index, character] of left.entries()) {
    const other = right[index]
    if (other === undefined) return 1
    if (character !== other) return Math.sign((character.codePointAt(0) ?? 0) - (other.codePointAt(0) ?? 0))
  }
  return -1
}

/** The two or three of `candidates` that `text` was probably meant to be, best first; none when nothing is near. */
export function suggest(text: string, candidates: Iterable<string>): string[] {
  const limit = Math.max(1, Math.floor(text.length / 3))
  const scored: { readonly candidate: string; readonly distance: number }[] = []
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - text.length) > limit) continue
    const distance = editDistance(text, candidate)
    if (distance <= limit) scored.push({ candidate, distance })
  }
  scored.sort((a, b) => a.distance - b.distance || compareText(a.candidate, b.candidate))
  return scored.slice(0, 3).map(entry => entry.candidate)
}

/** Levenshtein distance. `row[j]` is the distance between the characters of `a` read so far and the first `j` of `b`. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
