/** Markdown of other tools: frontmatter is read as generously as they read it, and written as packages have to have it. */
import { readFrontmatter } from '@aam/core/authoring'
import { parse, stringify } from 'yaml'
import type { Document } from '../artifacts.ts'

/** A document that was read. `strict` says whether its frontmatter may stay as it is in a package. */
export type LooseDocument = Document & { readonly strict: boolean }

/** A Markdown artifact in the form of a package, and what got lost on the way there, in sentences without a full stop. */
export type Converted = { readonly name: string; readonly document: Document; readonly notes: readonly string[] }

const FENCE = /^---[ \t]*\r?\n([\s\S]*?)\r?\n?---[ \t]*(?:\r?\n|$)/

/** Reads Markdown. Frontmatter that is not YAML, as in `description: Use it: always`, is read line by line. */
export function readDocument(text: string): LooseDocument {
  const plain = text.startsWith('\ufeff') ? text.slice(1) : text
  const front = readFrontmatter(plain, '')
  if (front === undefined) return { fields: {}, body: plain, strict: false }
  if (front.problems.length === 0) return { fields: front.fields, body: front.body, strict: true }
  const block = FENCE.exec(plain)?.[1] ?? ''
  return { fields: readLines(block), body: front.body, strict: false }
}

/** Keys at the start of a line with what follows them. */
function readLines(block: string): Record<string, unknown> {
  const entries: { readonly key: string; readonly lines: string[] }[] = []
  for (const line of block.replaceAll('\t', '  ').split(/\r?\n/)) {
    const [, key, rest = ''] = /^([A-Za-z_][\w-]*):(?:[ \t]+(.*))?$/.exec(line) ?? []
    if (key !== undefined) entries.push({ key, lines: [rest] })
    else entries.at(-1)?.lines.push(line)
  }
  return Object.fromEntries(entries.map(({ key, lines }) => [key, readValue(lines)]))
}

function readValue(lines: readonly string[]): unknown {
  const text = lines.join('\n')
  try {
    const { value } = parse(`value: ${text}`, { maxAliasCount: 0 }) as { readonly value: unknown }
    // What YAML takes for a reference or a map was meant as text.
    if (value !== undefined && (typeof value !== 'object' || Array.isArray(value))) return value
  } catch (error) {
    if (!(error instanceof Error)) throw error
  }
  const rest = lines.slice(1).filter(line => line.trim() !== '')
  if (lines[0]?.trim() === '' && rest.length > 0 && rest.every(line => /^\s*-\s/.test(line))) {
    return rest.map(line => unquote(line.replace(/^\s*-\s+/, '')))
  }
  return unquote(
    lines
      .map(line => line.trim())
      .filter(line => line !== '' && line !== '|' && line !== '>')
      .join(' '),
  )
}

function unquote(text: string): string {
  return /^(["'])(.*)\1$/s.exec(text.trim())?.[2] ?? text.trim()
}

/** The text of a document, its frontmatter as YAML that says no more than JSON could; fields that are `undefined` are left out. */
export function writeDocument({ fields, body }: Document): string {
  const said = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
  const yaml = stringify(said, { lineWidth: 0, aliasDuplicateObjects: false }).replaceAll('\t', '  ')
  return `---\n${yaml}---\n${body.startsWith('\n') || body === '' ? '' : '\n'}${body}`
}

/** The first line of a text that says something, as far as it can stand for a description. */
export function firstLine(body: string): string | undefined {
  const lines = body.replace(/^(`{3,})[\s\S]*?^\1/gm, '').split('\n')
  const line = lines
    .map(each => each.replace(/^\s*(?:#+|[-*>]|\d+\.)\s+/, '').trim())
    .find(each => /[\p{L}\p{N}]/u.test(each))
  return line?.replaceAll(/[*`_]{2,}|`/g, '').slice(0, 200)
}

/** Whether the second of two documents says nothing that the first does not: then one of them is enough. */
export function saysNothingNew(first: Document, second: Document): boolean {
  const body = (document: Document): string => document.body.replaceAll('\r\n', '\n').trim()
  if (body(first) !== body(second)) return false
  return Object.entries(second.fields).every(
    ([key, value]) =>
      value === undefined ||
      JSON.stringify(value) === JSON.stringify(first.fields[key]) ||
      (key === 'description' && value === firstLine(second.body)),
  )
}

/** A text field; `undefined` when it is missing, empty or something else. */
export function textField(fields: Document['fields'], key: string): string | undefined {
  const value = fields[key]
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined
}

/** A list of texts: a list, or words with commas between them. */
export function listField(fields: Document['fields'], key: string): string[] {
  const value = fields[key]
  const items = Array.isArray(value) ? value : typeof value === 'string' ? splitList(value) : []
  return items.filter(item => typeof item === 'string').flatMap(item => (item.trim() === '' ? [] : [item.trim()]))
}

/** Splits at commas, but not at those in braces, as in `src/*.{ts,tsx}`. */
function splitList(text: string): string[] {
  return (
    text
      .replace(/^\[(.*)\]$/, '$1')
      .match(/(?:\{[^}]*\}|[^,{])+/g)
      ?.map(unquote) ?? []
  )
}

/** A name that a package may have for an artifact, made of any text; `undefined` when nothing is left of it. */
export function nameFrom(text: string): string | undefined {
  const name = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 64)
    .replace(/-+$/, '')
  return name === '' ? undefined : name
}

/** Whether a text may be the name of an artifact, as `nameFrom` makes them. */
export function isName(text: string): boolean {
  return nameFrom(text) === text
}
