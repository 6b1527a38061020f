/** A home, a project and a terminal of their own for a test, and the real program running in them. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { main, type World } from 'aam/testing'

/** What a command printed and how it ended. */
export type Run = {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  /** Both, in the order they were written, as a terminal shows them. */
  readonly output: string
}

export type RunOptions = {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** Where aam keeps what is its user's, below the sandbox; `home/.aam` when absent. */
  readonly home?: string
  /** Answers to questions; giving any makes the terminal interactive. */
  readonly answers?: readonly (string | boolean)[]
  readonly colour?: boolean
  /** What is piped into the program. */
  readonly input?: string
  /** What time it is; `NOW` when absent. */
  readonly now?: () => Date
  /** When somebody stops a program that runs until then; never when absent. */
  readonly stopped?: () => Promise<void>
}

export type Sandbox = {
  /** The temporary folder everything is in. */
  readonly root: string
  readonly path: (...steps: string[]) => string
  readonly write: (path: string, contents: string | object) => string
  readonly read: (path: string) => string
  readonly json: (path: string) => Readonly<Record<string, unknown>>
  readonly exists: (path: string) => boolean
  /** Makes a file executable. */
  readonly allow: (path: string) => void
  /** Lets nobody else read a file. */
  readonly secret: (path: string) => void
  /** Removes a file or folder, if it is there. */
  readonly clear: (path: string) => void
  /** Every file below a folder, links not followed: path, relative to it, to contents. Sorted. */
  readonly files: (folder: string) => Record<string, string>
  /** Runs `aam`, in `cwd` below the sandbox, and returns what happened. */
  readonly aam: (args: readonly string[] | string, options?: RunOptions) => Promise<Run>
  /** The same for a command that has to work: throws with what was printed when it does not. */
  readonly done: (args: string, options?: RunOptions) => Promise<Run>
  /** Has something done when the sandbox is removed. */
  readonly onRemove: (act: () => void) => void
  readonly remove: () => void
}

/** The time it is in every sandbox. */
export const NOW = new Date('2026-03-14T09:26:53.000Z')

export function createSandbox(): Sandbox {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'aam-test-')))
  const path = (...steps: string[]): string => resolve(root, ...steps)
  const endings: (() => void)[] = []
  const read = (file: string): string => readFileSync(path(file), 'utf8')
  const aam: Sandbox['aam'] = async (args, options = {}) =>
    runAam(root, typeof args === 'string' ? splitWords(args) : args, options)
  return {
    root,
    path,
    read,
    write: (file, contents) => {
      const target = path(file)
      mkdirSync(dirname(target), { recursive: true })
      writeFileSync(target, typeof contents === 'string' ? contents : `${JSON.stringify(contents, undefined, 2)}\n`)
      return target
    },
    json: file => JSON.parse(read(file)) as Record<string, unknown>,
    exists: file => existsSync(path(file)),
    allow: file => {
      chmodSync(path(file), 0o755)
    },
    secret: file => {
      chmodSync(path(file), 0o600)
    },
    clear: file => {
      rmSync(path(file), { recursive: true, force: true })
    },
    files: folder =>
      Object.fromEntries(
        readdirSync(path(folder), { recursive: true, withFileTypes: true })
          .filter(entry => entry.isFile())
          .map(entry => join(entry.parentPath, entry.name))
          .sort()
          .map(file => [relative(path(folder), file), readFileSync(file, 'utf8')]),
      ),
    aam,
    done: async (args, options) => {
      const run = await aam(args, options)
      if (run.code !== 0) throw new Error(`aam ${args} ended with ${String(run.code)}\n${run.output}`)
      return run
    },
    onRemove: act => endings.push(act),
    remove: () => {
      for (const act of endings) act()
      rmSync(root, { recursive: true, force: true })
    },
  }
}

async function runAam(root: string, args: readonly string[], options: RunOptions): Promise<Run> {
  const cwd = resolve(root, options.cwd ?? '.')
  mkdirSync(cwd, { recursive: true })
  const printed: { readonly to: 'stdout' | 'stderr'; readonly text: string }[] = []
  const answers = [...(options.answers ?? [])]
  const answer = (): string | boolean => {
    const next = answers.shift()
    if (next === undefined) throw new Error('the program asked a question that the test has no answer to')
    return next
  }
  const world: World = {
    cwd,
    home: resolve(root, options.home ?? 'home/.aam'),
    userHome: () => join(root, 'home'),
    env: options.env ?? {},
    now: options.now ?? (() => NOW),
    stdout: text => void printed.push({ to: 'stdout', text }),
    stderr: text => void printed.push({ to: 'stderr', text }),
    terminal: {
      interactive: options.answers !== undefined,
      redraws: false,
      colour: options.colour === true,
      columns: 80,
    },
    ask: {
      confirm: () => Promise.resolve(answer() === true),
      text: () => Promise.resolve(String(answer())),
      password: () => Promise.resolve(String(answer())),
      several: () => {
        const chosen = answer()
        return Promise.resolve(String(chosen).split(','))
      },
    },
    piped: () => Promise.resolve(options.answers === undefined ? (options.input ?? '') : undefined),
    stopped: options.stopped ?? (() => new Promise(() => undefined)),
    helper: undefined,
    version: '0.0.0-test',
  }
  const code = await main(world, args)
  const only = (to: 'stdout' | 'stderr'): string =>
    printed
      .filter(entry => entry.to === to)
      .map(entry => entry.text)
      .join('')
  return { code, stdout: only('stdout'), stderr: only('stderr'), output: printed.map(entry => entry.text).join('') }
}

/** Splits a command line into words as a shell does: blanks separate, quotes group. */
export function splitWords(line: string): string[] {
  const words = line.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? []
  return words.map(word =>
    word.replace(/"([^"]*)"|'([^']*)'/g, (_, double?: string, single?: string) => double ?? single ?? ''),
  )
}
