/** The part of YAML 1.2 that says what JSON says: no anchors, aliases, tags, merge keys or duplicate keys (D1). */
import {
  type Document,
  LineCounter,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  parseDocument,
  visit,
} from 'yaml'
import { conflictProblem } from '../conflict-markers.ts'
import type { Problem } from '../failures.ts'
import type { Path, SourceText } from './source-text.ts'

const OPTIONS = { version: '1.2', schema: 'core', strict: true, uniqueKeys: true, prettyErrors: false } as const

/** Reads a JSON-compatible YAML document; what JSON cannot say is a problem with its line. */
export function readYamlText(text: string, file: string): SourceText {
  const conflict = conflictProblem(text, file)
  if (conflict !== undefined) return { value: undefined, problems: [conflict], place: () => ({ file }) }
  const lines = new LineCounter()
  const document = parseSafely(text, lines)
  if (document === undefined) {
    const problem: Problem = {
      severity: 'error',
      file,
      message: TOO_DEEP,
    }
    return { value: undefined, problems: [problem], place: () => ({ file }) }
  }
  const at = (offset: number): { line: number; column: number } => {
    const { line, col } = lines.linePos(offset)
    return { line, column: col }
  }
  const problems: Problem[] = document.errors.map(error => ({
    severity: 'error',
    file,
    ...at(error.pos[0]),
    message: describe(error),
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

/** The document; `undefined` when it is nested so deeply that reading it runs out of stack. */
function parseSafely(text: string, lineCounter: LineCounter): Document | undefined {
  try {
    return parseDocument(text, { ...OPTIONS, lineCounter })
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/** `text` with the values at some paths set (`undefined` removes); comments, order, indentation and line ends stay. */
export function editYamlText(
  text: string,
  edits: readonly { readonly path: readonly string[]; readonly value: unknown }[],
): string {
  const document = parseDocument(text, OPTIONS)
  let changed = false
  for (const { path, value } of edits) {
    if (value !== undefined) {
      fillEmpty(document, path)
      const node = document.getIn(path, true)
      if (JSON.stringify(isNode(node) ? node.toJS(document) : undefined) === JSON.stringify(value)) continue
      if (isSeq(node) && Array.isArray(value)) node.items = keepItems(document, node.items, value)
      else document.setIn(path, value)
      changed = true
    } else if (document.hasIn(path)) {
      deleteWithEmpty(document, path)
      changed = true
    }
  }
  if (!changed) return text
  if (isMap(document.contents) && document.contents.items.length === 0 && document.commentBefore === null) return ''
  const written = document.toString({ lineWidth: 0, ...layoutOf(text) })
  const ended = text === '' || text.endsWith('\n') ? written : written.replace(/\n$/, '')
  return text.includes('\r\n') ? ended.replaceAll('\n', '\r\n') : ended
}

/** The items of a list as they are to be; those that stay keep their comments. */
function keepItems(document: Document, items: readonly unknown[], wanted: readonly unknown[]): unknown[] {
  return wanted.map(value => {
    const text = JSON.stringify(value)
    return (
      items.find(item => isNode(item) && JSON.stringify(item.toJS(document)) === text) ?? document.createNode(value)
    )
  })
}

/** Removes a value, and the maps above it that hold nothing else. */
function deleteWithEmpty(document: Document, path: readonly string[]): void {
  document.deleteIn(path)
  const above = path.slice(0, -1)
  const node = above.length === 0 ? undefined : document.getIn(above, true)
  if (isMap(node) && node.items.length === 0) deleteWithEmpty(document, above)
}

/** Makes a key on the way to `path` that has nothing behind it, as in `registries:`, hold an empty map. */
function fillEmpty(document: Document, path: readonly string[]): void {
  for (let length = 1; length < path.length; length++) {
    const above = path.slice(0, length)
    const node = document.getIn(above, true)
    if (!isScalar(node) || node.value !== null) continue
    const map = document.createNode({})
    map.commentBefore = node.comment ?? null
    document.setIn(above, map)
  }
}

/** How the author of a document lays it out, as far as the library can follow. */
function layoutOf(text: string): { indent: number; indentSeq: boolean; flowCollectionPadding: boolean } {
  const indent = /^( +)[^\s#-]/m.exec(text)?.[1]?.length ?? 2
  const underKey = /^( *)[^\s#].*:[ \t]*\r?\n( *)- /m.exec(text)
  return {
    indent: Math.min(8, indent),
    indentSeq: underKey === null || (underKey[1] ?? '').length !== (underKey[2] ?? '').length,
    flowCollectionPadding: !/[[{]\S/.test(text),
  }
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

const DEEPEST = 100
const TOO_DEEP = `it is nested more than ${String(DEEPEST)} levels deep`

function foreignParts(
  document: Document,
  place: (offset: number) => { file: string; line: number; column: number },
): Problem[] {
  const problems: Problem[] = []
  const report = (offset: number | undefined, message: string): void => {
    problems.push({ severity: 'error', ...place(offset ?? 0), message })
  }
  visit(document, (_, node, path) => {
    if (isCollection(node) && path.filter(isCollection).length >= DEEPEST) {
      report(isNode(node) ? node.range?.[0] : undefined, TOO_DEEP)
      return visit.BREAK
    }
    if (isPair(node)) reportKey(node.key, report)
    else if (isAlias(node)) report(node.range?.[0], 'aliases are not allowed; repeat the value')
    else if (isNode(node)) {
      // An anchor or a tag stands before its value, perhaps on the line of the key.
      const parent = path.at(-1)
      const before =
        isPair(parent) && isNode(parent.key) && parent.key !== node ? parent.key.range?.[0] : node.range?.[0]
      if ('anchor' in node && typeof node.anchor === 'string') {
        report(before, 'anchors are not allowed; repeat the value')
      }
      if (node.tag !== undefined) report(before, `the YAML tag '${node.tag}' is not allowed`)
      if (isScalar(node) && typeof node.value === 'number' && !Number.isFinite(node.value)) {
        report(node.range?.[0], 'this number cannot be said in JSON')
      }
    }
    return undefined
  })
  return problems
}

function reportKey(key: unknown, report: (offset: number | undefined, message: string) => void): void {
  if (!isNode(key)) return
  if (!isScalar(key) || typeof key.value !== 'string') report(key.range?.[0], 'keys must be text; put it in quotes')
  else if (key.value === '<<' || key.value === '__proto__') {
    report(key.range?.[0], `the key '${key.value}' is not allowed`)
  }
}

function describe({ code, message }: { readonly code: string; readonly message: string }): string {
  if (code === 'DUPLICATE_KEY') return 'a key is there twice'
  if (message.includes('call stack')) return TOO_DEEP
  return message.split('\n')[0] ?? message
}
