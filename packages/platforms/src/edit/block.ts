/** The one fenced block of ours at the end of a Markdown or TOML file that people and other tools also write. */
import type { Refusal } from './json-text.ts'
import { isBlank, lineEnd } from './json-style.ts'
import { checkParts, tomlPaths } from './toml.ts'

export type BlockSyntax = 'markdown' | 'toml'

/** What was put into a file, and all that it takes to take it out again byte for byte. It can be kept as JSON. */
export type BlockRecord = {
  readonly syntax: BlockSyntax
  /** What stands between the marker lines, with `\n` and without one at its end. */
  readonly body: string
  /** The line ends that were put before the block so that it is a paragraph of its own. */
  readonly lead: string
}

/**
 * - `unclosed`: one marker line without the other
 * - `twice`: more than one block
 * - `body`: the new body has a marker line in it, or is not TOML
 * - `gone`: there is no block
 * - `edited`: the block is not what was written
 * - `syntax`: it is not TOML
 * - `conflict`: the file and the block define the same thing, or one changes what the other says
 */
export type BlockProblem = 'unclosed' | 'twice' | 'body' | 'gone' | 'edited' | 'syntax' | 'conflict'

/** The text was left alone. */
export type BlockRefusal = Refusal<BlockProblem>

/** `body` has `\n` as line ends; `before` ends where the begin line begins, `after` begins behind the end line. */
export type Block = {
  readonly body: string
  readonly before: string
  readonly after: string
  /** What `setBlock` was given as `mark`; empty when the begin line has none. */
  readonly mark: string
  /** The lead as it is when nobody remembers it: the blank line before the block. */
  readonly lead: string
}

const NOTICE = 'managed by aam; once edited it is no longer updated'
const MARKERS = {
  markdown: { begin: (mark: string) => `<!-- aam:begin ${mark}${NOTICE} -->`, end: '<!-- aam:end -->' },
  toml: { begin: (mark: string) => `# aam:begin ${mark}${NOTICE}`, end: '# aam:end' },
} as const
const MARK = /aam:begin ([0-9a-f]{8,64}) /
const BEGIN = { markdown: /^[ \t]*<!-- *aam:begin\b/, toml: /^[ \t]*# *aam:begin\b/ } as const
const END = { markdown: /^[ \t]*<!-- *aam:end\b/, toml: /^[ \t]*# *aam:end\b/ } as const

/**
 * Writes the block: where it is, else at the end. `undefined` is a file that is not there yet. `record` is that of the block
 * that is there, which is replaced whatever it says. `mark` goes into the begin line: a digest of the body, in hexadecimal,
 * tells everybody whether it was edited.
 */
export function setBlock(
  text: string | undefined,
  {
    syntax,
    body,
    record,
    mark,
  }: { readonly syntax: BlockSyntax; readonly body: string; readonly record?: BlockRecord; readonly mark?: string },
): { readonly text: string; readonly record: BlockRecord } | BlockRefusal {
  const whole = text ?? ''
  const eol = lineEnd(whole)
  const plain = body.replaceAll(/\r\n?/g, '\n')
  if (linesOf(plain).some(({ line }) => BEGIN[syntax].test(line) || END[syntax].test(line))) {
    return { problem: 'body' }
  }
  const old = readBlock(whole, syntax)
  if (typeof old === 'object' && 'problem' in old) return old
  const lead = old === 'none' ? leadFor(whole, eol) : (record?.lead ?? leadIn(old.before))
  const before = old === 'none' ? whole + lead : old.before
  const after = old === 'none' ? '' : old.after
  const begin = MARKERS[syntax].begin(mark === undefined ? '' : `${mark} `)
  const lines = [begin, ...(plain === '' ? [] : plain.split('\n')), MARKERS[syntax].end]
  const written = before + lines.join(eol) + eol + after
  const problem = syntax === 'toml' ? checkParts(written, { outside: outsideOf(whole, old), body: plain }) : undefined
  if (problem !== undefined) return problem
  const now = readBlock(written, syntax)
  if (now === 'none' || 'problem' in now || now.body !== plain) return { problem: 'conflict' }
  return { text: written, record: { syntax, body: plain, lead } }
}

/** Whether a text has lines that would end or begin a block. */
export function hasMarkers(text: string, syntax: BlockSyntax): boolean {
  return linesOf(text.replaceAll('\r\n', '\n')).some(({ line }) => BEGIN[syntax].test(line) || END[syntax].test(line))
}

/** Takes the block out, which has to be as it was written. What was written behind it stays, a paragraph of its own. */
export function removeBlock(text: string, record: BlockRecord): { readonly text: string } | BlockRefusal {
  const block = readBlock(text, record.syntax)
  if (block === 'none') return { problem: 'gone' }
  if ('problem' in block) return block
  if (block.body !== record.body) return { problem: 'edited' }
  const outside = outsideOf(text, block)
  const problem = record.syntax === 'toml' ? checkParts(text, { outside, body: block.body }) : undefined
  if (problem !== undefined) return problem
  return { text: join(withoutLead(block.before, record.lead), block.after, lineEnd(text)) }
}

/** Finds the block. One that is quoted in a code block of a Markdown file is none. */
export function readBlock(text: string, syntax: BlockSyntax): Block | 'none' | Refusal<'unclosed' | 'twice'> {
  const lines = linesOf(text)
  const begins = lines.flatMap(({ line }, index) => (BEGIN[syntax].test(line) ? [index] : []))
  const ends = lines.flatMap(({ line }, index) => (END[syntax].test(line) ? [index] : []))
  const pairs = begins.map((begin, index) => ({
    begin,
    end: ends[index] ?? -1,
    next: begins[index + 1] ?? lines.length,
  }))
  const broken = pairs.find(({ begin, end, next }) => end < begin || end > next)
  if (begins.length !== ends.length || broken !== undefined) {
    return { problem: 'unclosed', line: (broken?.begin ?? ends[0] ?? 0) + 1 }
  }
  const [block, second] = syntax === 'toml' ? pairs : pairs.filter(pair => !isQuoted(lines, pair))
  if (second !== undefined) return { problem: 'twice', line: second.begin + 1 }
  const [first, last] = [lines[block?.begin ?? -1], lines[block?.end ?? -1]]
  if (block === undefined || first === undefined || last === undefined) return 'none'
  const body = lines.slice(block.begin + 1, block.end).map(({ line }) => line)
  const before = text.slice(0, first.start)
  const mark = MARK.exec(first.line)?.[1] ?? ''
  return { body: body.join('\n'), before, after: text.slice(last.end), mark, lead: leadIn(before) }
}

/** The paths of all tables and keys that a TOML text defines outside of our block, however they are written. */
export function definedTables(text: string): readonly (readonly string[])[] | BlockRefusal {
  const block = readBlock(text, 'toml')
  if (block === 'none') return tomlPaths(text)
  return 'problem' in block ? block : tomlPaths(outsideOf(text, block))
}

/** Whether a text has nothing but blanks, so that a file that we made can be deleted. */
export function isEmptyText(text: string): boolean {
  return isBlank(text)
}

/** A text without its block, with as many lines, so that lines of problems are those of the text. */
function outsideOf(text: string, block: Block | 'none'): string {
  if (block === 'none') return text
  const ours = text.slice(block.before.length, text.length - block.after.length)
  return block.before + '\n'.repeat(ours.split('\n').length - 1) + block.after
}

/** `start` and `end` are offsets, the latter behind the line end, which `line` is without. */
type Line = { readonly line: string; readonly start: number; readonly end: number }

function linesOf(text: string): readonly Line[] {
  return [...text.matchAll(/(?!^\ufeff)([^\n]*?)(?:\r?\n|$)/g)]
    .map(match => ({ line: match[1] ?? '', start: match.index, end: match.index + match[0].length }))
    .filter(({ start, end }) => end > start)
}

/** Whether a pair of markers lies in a code block: a fence is open before it and closed behind it. */
function isQuoted(lines: readonly Line[], { begin, end }: { readonly begin: number; readonly end: number }): boolean {
  const open = lines.slice(0, begin).reduce<string | undefined>((fence, { line }) => {
    if (fence !== undefined) return closes(line, fence) ? undefined : fence
    return /^ {0,3}(`{3,}(?=[^`]*$)|~{3,})/.exec(line)?.[1]
  }, undefined)
  return open !== undefined && lines.slice(end + 1).some(({ line }) => closes(line, open))
}

function closes(line: string, fence: string): boolean {
  const found = /^ {0,3}(`{3,}|~{3,})[ \t]*$/.exec(line)?.[1]
  return found?.startsWith(fence) === true
}

/** The line ends that part a block from the text before it: as many as are missing for one blank line. */
function leadFor(text: string, eol: string): string {
  if (isBlank(text)) return /(?:^|[\n\ufeff])$/.test(text) ? '' : eol
  if (/\n[ \t]*\r?\n$/.test(text)) return ''
  return /\n[ \t]*$/.test(text) ? eol : eol + eol
}

/** The lead of a block whose record is lost: the blank line before it. */
function leadIn(before: string): string {
  return /\n(\r?\n)$/.exec(before)?.[1] ?? ''
}

/** As many line ends taken off the end of a text as the lead has. */
function withoutLead(before: string, lead: string): string {
  const count = lead.split('\n').length - 1
  return before.replace(new RegExp(`(?:\\r?\\n){0,${String(count)}}$`), '')
}

function join(before: string, after: string, eol: string): string {
  if (isBlank(after) || isBlank(before)) return before + after
  const ended = before.endsWith('\n') ? before : before + eol
  const parted = /\n[ \t]*\r?\n$/.test(ended) || /^[ \t]*\r?\n/.test(after)
  return ended + (parted ? '' : eol) + after
}
