/** JSON of other tools, which may hold comments and trailing commas. */
import { type ParseError, parse, printParseErrorCode } from 'jsonc-parser'

export type Json = Readonly<Record<string, unknown>>

const DEEPEST = 100

/** The value of a text, or why it has none, with the line. */
export function readLooseJson(text: string): { readonly value: unknown } | { readonly why: string } {
  const body = text.startsWith('\ufeff') ? text.slice(1) : text
  // Before anything recurses. Brackets in strings count too, and nobody has a hundred of them.
  let depth = 0
  for (const character of body) {
    if (character === '{' || character === '[') depth++
    else if (character === '}' || character === ']') depth--
    if (depth > DEEPEST) return { why: `it is nested more than ${String(DEEPEST)} levels deep` }
  }
  const errors: ParseError[] = []
  const value = parse(body, errors, { allowTrailingComma: true }) as unknown
  const [first] = errors
  if (first === undefined) return { value }
  const line = body.slice(0, first.offset).split('\n').length
  return { why: `it is not JSON: ${printParseErrorCode(first.error)} in line ${String(line)}` }
}

/** An object; `undefined` for anything else. */
export function asObject(value: unknown): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined
}

/** A text that is not empty. */
export function asText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** The texts of a list. */
export function asTexts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter(item => typeof item === 'string') : []
}

/** The members of an object that are texts, numbers or yes and no, as texts. */
export function asTextMap(value: unknown): Record<string, string> {
  const entries = Object.entries(asObject(value) ?? {})
  const plain = entries.filter(([, each]) => ['string', 'number', 'boolean'].includes(typeof each))
  return Object.fromEntries(plain.map(([key, each]) => [key, String(each)]))
}
