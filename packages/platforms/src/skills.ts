/**
 * A skill, once for all platforms. Several of them look into the same folders and into each other's, and take two copies for one
 * skill only when they are the same (docs/platforms.md), so nothing here may depend on a platform.
 */
import { type PackageFile, compareText } from '@aam/core'
import { readFrontmatter } from '@aam/core/authoring'
import type { Document, Skill } from './artifacts.ts'
import { type Fields, writeMarkdown } from './frontmatter.ts'

const LONGEST_COMPATIBILITY = 500
const MAIN = 'SKILL.md'

/**
 * The files of a deployed skill, sorted, with paths relative to its folder. `name` is also the folder's, which agents insist on.
 * `SKILL.md` has the author's bytes when nothing in it has to change.
 */
export function renderSkill(skill: Skill, name: string): PackageFile[] {
  const main = { path: MAIN, data: new TextEncoder().encode(renderMain(skill.document, name)), executable: false }
  const others = skill.files.filter(({ path }) => path !== MAIN)
  return [main, ...others].sort((a, b) => compareText(a.path, b.path))
}

function renderMain({ fields, body, raw }: Document, name: string): string {
  const wanted = portableFields(fields, name)
  if (raw !== undefined) {
    const front = readFrontmatter(raw, MAIN)
    if (front?.problems.length === 0 && JSON.stringify(front.fields) === JSON.stringify(wanted)) return raw
  }
  return writeMarkdown(wanted, body)
}

/**
 * The frontmatter as agents want it: `compatibility` is a short text for them and a map for UAAPS 4, whose parts go to `metadata`,
 * a map of texts. All else stays, in its order.
 */
function portableFields(fields: Fields, name: string): Fields {
  const { compatibility, metadata, ...rest } = fields
  const { text, entries } = portableCompatibility(compatibility)
  const texts = { ...textsOf(metadata), ...entries }
  const wanted: Record<string, unknown> = {
    ...('name' in rest ? {} : { name }),
    ...fields,
    name,
    compatibility: text,
    metadata: Object.keys(texts).length === 0 ? undefined : texts,
  }
  return Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined))
}

type Compatibility = { readonly text: string | undefined; readonly entries: Readonly<Record<string, string>> }

function portableCompatibility(value: unknown): Compatibility {
  if (value === undefined || value === null) return { text: undefined, entries: {} }
  const map = asMap(value)
  if (map === undefined) {
    const text = textOf(value)
    return text.length <= LONGEST_COMPATIBILITY
      ? { text: text === '' ? undefined : text, entries: {} }
      : { text: shorten(text), entries: { 'uaaps-compatibility': text } }
  }
  const given = Object.entries(map).map(([key, part]) => [key, textOf(part)] as const)
  const said = given.filter(([, text]) => text !== '')
  const text = said.map(([key, part]) => `${LABELS[key] ?? key}: ${part}`).join('. ')
  return {
    text: text === '' ? undefined : shorten(text),
    entries: Object.fromEntries(said.map(([key, part]) => [`uaaps-${key}`, part])),
  }
}

const LABELS: Readonly<Record<string, string>> = { requires: 'Requires', optional: 'Optional', packages: 'Uses skills' }

function shorten(text: string): string {
  const characters = Array.from(text)
  if (text.length <= LONGEST_COMPATIBILITY) return text
  // A character may be two units long, and readers differ in which of them they count.
  while (characters.join('').length > LONGEST_COMPATIBILITY - 1) characters.pop()
  return `${characters.join('')}…`
}

/** A map of texts, which is all that `metadata` may be; `undefined` when there is none. */
function textsOf(value: unknown): Readonly<Record<string, string>> {
  const map = asMap(value)
  if (map === undefined) return {}
  return Object.fromEntries(Object.entries(map).map(([key, part]) => [key, textOf(part)]))
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  if (value === null || value === undefined) return ''
  if (Array.isArray(value) && value.every(item => typeof item === 'string')) return value.join(', ')
  return JSON.stringify(value)
}

function asMap(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined
}
