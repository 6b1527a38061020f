/**
 * Terminal stories: Markdown whose ```console blocks are run and compared. A line that starts with `$ ` is a command, the
 * lines below it are what it prints. `[..]` stands for anything within a line, `[exit 1]` on a line of its own for the
 * exit code. `aam` runs in this process; `cd` and `edit FILE OLD NEW` are built in; everything else goes to the shell.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Sandbox, splitWords } from './sandbox.ts'

export type Step = {
  readonly command: string
  /** Line numbers in the file, from 1: the command's, and of the first line after its output. */
  readonly line: number
  readonly end: number
  readonly expected: readonly string[]
}

export type StoryOptions = {
  readonly sandbox: Sandbox
  /** Where the story starts, below the sandbox. */
  readonly cwd: string
  /** How the sandbox's root reads in the story. */
  readonly home: string
}

/** The commands of a story, in order. */
export function readStory(text: string): Step[] {
  const steps: Step[] = []
  let inside = false
  let open: { command: string; line: number; expected: string[] } | undefined
  const close = (line: number): void => {
    if (open !== undefined) steps.push({ ...open, end: line })
    open = undefined
  }
  for (const [index, text_] of text.split('\n').entries()) {
    const line = index + 1
    if (!inside) {
      if (text_ === '```console') inside = true
    } else if (text_ === '```') {
      close(line)
      inside = false
    } else if (text_.startsWith('$ ')) {
      close(line)
      open = { command: text_.slice(2), line, expected: [] }
    } else open?.expected.push(text_)
  }
  return steps
}

/** What one step printed, as it would be written into the story. */
export type Outcome = { readonly step: Step; readonly actual: readonly string[] }

/** Runs a story from start to end. */
export async function runStory(file: string, { sandbox, cwd: start, home }: StoryOptions): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  let cwd = sandbox.path(start)
  for (const step of readStory(readFileSync(file, 'utf8'))) {
    const [program = '', ...args] = splitWords(step.command.replace(/\s+#.*$/, ''))
    let output = ''
    let code = 0
    if (program === 'cd') cwd = resolve(cwd, args[0] ?? '.')
    else if (program === 'edit') edit(resolve(cwd, args[0] ?? ''), args[1] ?? '', args[2] ?? '')
    else if (program === 'aam') {
      const run = await sandbox.aam(args, { cwd })
      output = run.output
      code = run.code
    } else {
      output = execFileSync('sh', ['-c', step.command], {
        cwd,
        encoding: 'utf8',
        env: { ...process.env, HOME: sandbox.path('home') },
      })
    }
    const lines = output.replaceAll(sandbox.root, home).replace(/\n$/, '').split('\n')
    const actual = [...(output === '' ? [] : lines), ...(code === 0 ? [] : [`[exit ${String(code)}]`])]
    outcomes.push({ step, actual })
  }
  return outcomes
}

/** Whether the printed lines are the expected ones, `[..]` standing for anything. */
export function linesMatch(withBlanks: readonly string[], actual: readonly string[]): boolean {
  // Blank lines before the next command are there for the reader.
  const expected = withBlanks.slice(0, withBlanks.findLastIndex(line => line !== '') + 1)
  return expected.length === actual.length && expected.every((line, index) => lineMatches(line, actual[index] ?? ''))
}

/** Writes what was printed into the story; lines with `[..]` that still match are kept. */
export function updateStory(file: string, outcomes: readonly Outcome[]): void {
  const lines = readFileSync(file, 'utf8').split('\n')
  for (const { step, actual } of [...outcomes].reverse()) {
    const kept = actual.map((line, index) => {
      const expected = step.expected[index] ?? ''
      return expected.includes('[..]') && lineMatches(expected, line) ? expected : line
    })
    const blank = step.expected.at(-1) === '' ? [''] : []
    lines.splice(step.line, step.end - step.line - 1, ...kept, ...blank)
  }
  writeFileSync(file, lines.join('\n'))
}

function lineMatches(expected: string, actual: string): boolean {
  const pattern = expected
    .split('[..]')
    .map(part => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*')
  return new RegExp(`^${pattern}$`).test(actual)
}

function edit(file: string, before: string, after: string): void {
  const text = readFileSync(file, 'utf8')
  if (!text.includes(before)) throw new Error(`${file} does not hold '${before}'`)
  writeFileSync(file, text.replace(before, after))
}
