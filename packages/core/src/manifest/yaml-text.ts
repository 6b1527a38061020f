/** The part of YAML 1.2 that says what JSON says: no anchors, aliases, tags, merge keys or duplicate keys (D1). */
import { type Document, LineCounter, isAlias, isMap, isNode, isPair, isScalar, parseDocument, visit } from 'yaml'
import type { Problem } from '../failures.ts'
import type { Path, SourceText } from './source-text.ts'

const OPTIONS = { version: '1.2', schema: 'core', strict: true, uniqueKeys: true, prettyErrors: false } as const

/** Reads a JSON-compatible YAML document; what JSON cannot say is a problem with its line. */
export function readYamlText(text: string, file: string): SourceText {
  const lines = new LineCounter()
  const document = parseDocument(text, { ...OPTIONS, lineCounter: lines })
  const at = (offset: number): { line: number; column: number } => {
    const { line, col } = lines.linePos(offset)
    return { line, column: col }
  }
  const problems: Problem[] = document.errors.map(error => ({
    severity: 'error',
    file,
    ...at(error.pos[0]),
    message: error.code === 'DUPLICATE_KEY' ? 'a key is there twice' : firstLine(error.message),
  }))
  if (problems.length === 0) problems.push(...foreignParts(document, offset => ({ file, ...at(offset) })))
  const value = problems.length === 0 ? (document.toJS({ maxAliasCount: 0 }) as unknown) : undefined
  return {
    value,
    problems,
    place: path => {
      for (let length = path.length; length > 0; length--) {
        const start = startOf(document, path.slice(0, length))
        if (start !== undefined) return { file, ...at(start) }
      }
      return { file }
    },
  }
}

/** `text` with the values at some paths set (`undefined` removes), comments and order kept. */
export function editYamlText(
  text: string,
  edits: readonly { readonly path: readonly string[]; readonly value: unknown }[],
): string {
  const document = parseDocument(text, OPTIONS)
  for (const { path, value } of edits) {
    if (value === undefined) document.deleteIn(path)
    else document.setIn(path, value)
  }
  return document.toString({ lineWidth: 0 })
}

function startOf(document: Document, path: Path): number | undefined {
  const parent = document.getIn(path.slice(0, -1), true)
  const last = path[path.length - 1]
  if (isMap(parent)) {
    const pair = parent.items.find(item => isScalar(item.key) && item.key.value === last)
    if (pair !== undefined && isNode(pair.key)) return pair.key.range?.[0]
  }
  const node = document.getIn(path, true)
  return isNode(node) ? node.range?.[0] : undefined
}

function foreignParts(
  document: Document,
  place: (offset: number) => { file: string; line: number; column: number },
): Problem[] {
  const problems: Problem[] = []
  const report = (offset: number | undefined, message: string): void => {
    problems.push({ severity: 'error', ...place(offset ?? 0), message })
  }
  visit(document, (_, node) => {
    if (isPair(node)) {
      if (isScalar(node.key) && (node.key.value === '<<' || node.key.value === '__proto__')) {
        report(node.key.range?.[0], `the key '${node.key.value}' is not allowed`)
      } else if (isScalar(node.key) && typeof node.key.value !== 'string') {
        report(node.key.range?.[0], 'keys must be text; put it in quotes')
      }
    } else if (isAlias(node)) report(node.range?.[0], 'aliases are not allowed; repeat the value')
    else if (isNode(node)) {
      if ('anchor' in node && typeof node.anchor === 'string') {
        report(node.range?.[0], 'anchors are not allowed; repeat the value')
      }
      if (node.tag !== undefined) report(node.range?.[0], `the YAML tag '${node.tag}' is not allowed`)
    }
  })
  return problems
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? text
}
