/** The one place where frontmatter is written. */
import { Document, Scalar, visit } from 'yaml'

/** Frontmatter to be: keys in the order in which they are written; those without a value are left out. */
export type Fields = Readonly<Record<string, unknown>>

const OPTIONS = {
  version: '1.2',
  // Some agents read YAML 1.1, where a plain `on` or `no` is a boolean.
  compat: 'yaml-1.1',
  aliasDuplicateObjects: false,
} as const

/** Every value on one line: agents that look for the closing `---` or read line by line are not misled by what is in a value. */
const LAYOUT = {
  lineWidth: 0,
  doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER,
} as const

/** Control characters, separators that YAML 1.1 takes for line ends, and what editors and parsers strip. */
// eslint-disable-next-line no-control-regex
const UNSAFE = /[\u0000-\u001f\u007f-\u00a0\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]/u

const ESCAPED = /[\u007f-\u00a0\u2028\u2029\ufeff\ufffe\uffff]/g

/** A Markdown file. Without any field it is the body alone, which is then never taken for frontmatter. */
export function writeMarkdown(fields: Fields, body: string): string {
  const yaml = writeYaml(fields)
  if (yaml !== '') return `---\n${yaml}---\n${body}`
  return /^\ufeff?---/.test(body) ? `\n${body}` : body
}

/** Block YAML that ends in a newline; empty when there is no field. */
export function writeYaml(fields: Fields): string {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined)
  if (given.length === 0) return ''
  const document = new Document(Object.fromEntries(given), OPTIONS)
  visit(document, {
    Scalar: (_, node) => {
      if (typeof node.value === 'string' && UNSAFE.test(node.value)) node.type = Scalar.QUOTE_DOUBLE
    },
  })
  // They are in double quotes now, where JSON's escapes are YAML's; the library writes some of them as they are.
  return document.toString(LAYOUT).replace(ESCAPED, character => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}
