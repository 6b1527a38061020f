import { fail } from './failures.ts'
import { type PackageName, parsePackageName } from './name.ts'
import { type Range, exactly, isRange, parseRange } from './range.ts'
import { type Tag, explainTag, parseTag } from './tag.ts'
import { type Version, isVersion } from './version.ts'

/** What may follow the `@` of a specifier: a version, else a range, else a tag (D10). */
export type Wanted =
  | { readonly kind: 'anything' }
  | { readonly kind: 'version'; readonly version: Version }
  | { readonly kind: 'range'; readonly range: Range }
  | { readonly kind: 'tag'; readonly tag: Tag }

/** What a package asks of others. A name stands in one of the first two: where it is optional, that counts. */
export type DependencyRanges = {
  readonly dependencies: ReadonlyMap<PackageName, Range>
  readonly optionalDependencies: ReadonlyMap<PackageName, Range>
  readonly peerDependencies: ReadonlyMap<PackageName, Range>
}

/** What a user asks for on the command line: `@team/review[github]@^1.2.0` (UAAPS 13.5, D19). */
export type Specifier = {
  readonly name: PackageName
  readonly extras: readonly string[]
  readonly wanted: Wanted
}

const EXTRA = /^[a-z0-9][a-z0-9-]*$/
const ELSEWHERE = /^(?:\.{0,2}\/|\.{1,2}$|~\/|file:|[a-z+]+:\/\/|git(?:\+|:|@[^@]*[:/])|github:)|\.aam$/

/**
 * Reads `name`, `name@version`, `name@range`, `name@tag`, each with `[extra,…]` after the name or at the end.
 * @throws NAME_INVALID, TAG_INVALID or SPECIFIER_INVALID
 */
export function parseSpecifier(text: string): Specifier {
  if (ELSEWHERE.test(text)) {
    fail('SPECIFIER_INVALID', {
      text,
      why: 'this version of aam installs from a registry only, not from folders, archives or Git',
    })
  }
  const at = text.indexOf('@', text.startsWith('@') ? 1 : 0)
  const before = at === -1 ? text : text.slice(0, at)
  const after = at === -1 ? undefined : text.slice(at + 1)
  const head = splitExtras(before, text)
  const tail = splitExtras(after ?? '', text)
  if (head.extras.length > 0 && tail.extras.length > 0) {
    fail('SPECIFIER_INVALID', { text, why: 'it names extras twice' })
  }
  const name = parsePackageName(head.rest)
  if (after !== undefined && tail.rest.trim() === '') {
    fail('SPECIFIER_INVALID', { text, why: "nothing follows the '@'" })
  }
  const wanted: Wanted = after === undefined ? { kind: 'anything' } : parseWanted(tail.rest.trim())
  return { name, extras: [...head.extras, ...tail.extras], wanted }
}

/** Reads what follows the `@`: a version, else a range, else a tag (D10). */
export function parseWanted(text: string): Wanted {
  if (isVersion(text)) return { kind: 'version', version: text }
  if (isRange(text)) return { kind: 'range', range: parseRange(text) }
  if (explainTag(text) === undefined) return { kind: 'tag', tag: parseTag(text) }
  // What holds an operator or starts with a digit was meant as a range, and is told so.
  if (/^[\^~<>=*\d]|[<>=|,\s]/.test(text)) return { kind: 'range', range: parseRange(text) }
  return { kind: 'tag', tag: parseTag(text) }
}

/**
 * Reads `name@version`, as `dist-tag add` takes it.
 * @throws SPECIFIER_INVALID when the version is missing or is not exact
 */
export function parseNameAndVersion(text: string): { readonly name: PackageName; readonly version: Version } {
  const { name, extras, wanted } = parseSpecifier(text)
  if (wanted.kind !== 'version' || extras.length > 0) {
    fail('SPECIFIER_INVALID', { text, why: 'an exact version is needed here, as in name@1.2.0' })
  }
  return { name, version: wanted.version }
}

/**
 * Reads `name@range`, as `deprecate` takes it; `name` alone means every version.
 * @throws SPECIFIER_INVALID when something else follows the name
 */
export function parseNameAndRange(text: string): { readonly name: PackageName; readonly range: Range } {
  const { name, extras, wanted } = parseSpecifier(text)
  if (wanted.kind === 'tag' || extras.length > 0) {
    fail('SPECIFIER_INVALID', { text, why: 'a version or a range is needed here, as in name@1.2.0 or name@^1.0.0' })
  }
  if (wanted.kind === 'anything') return { name, range: parseRange('*') }
  return { name, range: wanted.kind === 'version' ? exactly(wanted.version) : wanted.range }
}

/** A specifier as a user would write it. */
export function formatSpecifier({ name, extras, wanted }: Specifier): string {
  return `${name}${extras.length > 0 ? `[${extras.join(',')}]` : ''}${formatWanted(wanted)}`
}

function formatWanted(wanted: Wanted): string {
  switch (wanted.kind) {
    case 'anything':
      return ''
    case 'version':
      return `@${wanted.version}`
    case 'range':
      return `@${wanted.range.text}`
    case 'tag':
      return `@${wanted.tag}`
  }
}

function splitExtras(part: string, text: string): { readonly rest: string; readonly extras: readonly string[] } {
  const open = part.indexOf('[')
  if (open === -1) {
    if (part.includes(']')) fail('SPECIFIER_INVALID', { text, why: "a ']' has no '['" })
    return { rest: part, extras: [] }
  }
  if (!part.endsWith(']')) fail('SPECIFIER_INVALID', { text, why: "the extras need a ']' right after them" })
  const extras = part.slice(open + 1, -1).split(',')
  for (const extra of extras) {
    if (!EXTRA.test(extra)) fail('SPECIFIER_INVALID', { text, why: `'${extra}' is not the name of an extra` })
  }
  return { rest: part.slice(0, open), extras: [...new Set(extras)] }
}
