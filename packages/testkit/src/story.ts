/**
 * Terminal stories: Markdown whose ```console blocks are run and compared. A line that starts with `$ ` is a command, the
 * lines below it are what it prints. `[..]` stands for anything within a line, `[exit 1]` on a line of its own for the
 * exit code. `aam` runs in this process; `cd` and `edit FILE OLD NEW` are built in; everything else goes to the shell.
 *
 * `<!-- server: ALLOWED_TAGS=stable … -->` outside of a block starts a registry server with these settings, which every user
 * is configured for from then on, and `<!-- users: ann carol=approver -->` makes accounts on it and signs them in. `ann$ aam …`
 * is what ann types, who has a home of her own; `NAME=value` before the command sets a variable for it.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Role, ROLES } from '@aam/core'
import { NOW, type Sandbox, splitWords } from './sandbox.ts'
import { type Settings, type TestServer, startTestServer } from './server.ts'

export type Step = {
  readonly command: string
  /** Who types it; `undefined`: whoever the story is about. */
  readonly user: string | undefined
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

/** What happens behind the scenes before a line of the story. */
export type Scene = {
  readonly line: number
  readonly kind: 'server' | 'users'
  /** `ALLOWED_TAGS=stable`, `carol=approver`, `ann`. */
  readonly words: readonly string[]
}

/** What happens behind the scenes of a story, in order. */
export function readScenes(text: string): Scene[] {
  return text.split('\n').flatMap((line, index): Scene[] => {
    const [, kind, words = ''] = /^<!-- (server|users):(.*)-->$/.exec(line) ?? []
    if (kind === undefined) return []
    return [
      {
        line: index + 1,
        kind: kind === 'server' ? kind : 'users',
        words: words.split(/\s+/).filter(word => word !== ''),
      },
    ]
  })
}

const COMMAND = /^([a-z][a-z0-9-]*)?\$ (.*)$/

/** The commands of a story, in order. */
export function readStory(text: string): Step[] {
  const steps: Step[] = []
  let inside = false
  let open: (Omit<Step, 'end' | 'expected'> & { expected: string[] }) | undefined
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
    } else {
      const [typed, user, command = ''] = COMMAND.exec(text_) ?? []
      if (typed === undefined) {
        open?.expected.push(text_)
        continue
      }
      close(line)
      open = { command, user, line, expected: [] }
    }
  }
  return steps
}

/** What one step printed, as it would be written into the story. */
export type Outcome = { readonly step: Step; readonly actual: readonly string[] }

/** How the address of a story's server reads: where one that is started without settings listens. */
const ADDRESS = 'http://127.0.0.1:4873'

/** Runs a story from start to end. */
export async function runStory(file: string, { sandbox, cwd: start, home }: StoryOptions): Promise<Outcome[]> {
  const text = readFileSync(file, 'utf8')
  const scenes = readScenes(text)
  const servers: TestServer[] = []
  const outcomes: Outcome[] = []
  const shown = (output: string): string =>
    output
      .replaceAll(new RegExp(`${sandbox.path('home')}/(?=[a-z0-9-]+/\\.aam)`, 'g'), '/home/')
      .replaceAll(sandbox.root, home)
      .replaceAll(servers.at(-1)?.address ?? ADDRESS, ADDRESS)
  let cwd = sandbox.path(start)
  try {
    for (const step of readStory(text)) {
      while (scenes[0] !== undefined && scenes[0].line < step.line) await setScene(sandbox, servers, scenes.shift())
      const command = step.command.replaceAll(ADDRESS, servers.at(-1)?.address ?? ADDRESS)
      const { env, program, args } = readCommand(command)
      let output = ''
      let code = 0
      if (program === 'cd') cwd = resolve(cwd, args[0] ?? '.')
      else if (program === 'edit') edit(resolve(cwd, args[0] ?? ''), args[1] ?? '', args[2] ?? '')
      else if (program === 'aam') {
        const own = step.user === undefined ? {} : { home: homeOf(step.user) }
        const run = await sandbox.aam(args, { cwd, env, ...own })
        output = run.output
        code = run.code
      } else {
        output = execFileSync('sh', ['-c', command], {
          cwd,
          encoding: 'utf8',
          env: { ...process.env, HOME: sandbox.path('home') },
        })
      }
      const lines = shown(output).replace(/\n$/, '').split('\n')
      const actual = [...(output === '' ? [] : lines), ...(code === 0 ? [] : [`[exit ${String(code)}]`])]
      outcomes.push({ step, actual })
    }
  } finally {
    for (const server of servers) await server.remove()
  }
  return outcomes
}

/** A command as a shell takes it apart: variables, then the program and its arguments; what follows ` #` is for the reader. */
function readCommand(command: string): {
  readonly env: Readonly<Record<string, string>>
  readonly program: string
  readonly args: readonly string[]
} {
  const words = splitWords(command.replace(/\s+#.*$/, ''))
  const first = words.findIndex(word => !/^[A-Z_]+=/.test(word))
  const env = words.slice(0, Math.max(0, first)).map(word => [word.split('=', 1)[0], word.slice(word.indexOf('=') + 1)])
  const [program = '', ...args] = words.slice(Math.max(0, first))
  return { env: Object.fromEntries(env) as Record<string, string>, program, args }
}

/** Where a user of a story keeps what is theirs. */
function homeOf(user: string): string {
  return `home/${user}/.aam`
}

async function setScene(sandbox: Sandbox, servers: TestServer[], scene: Scene | undefined): Promise<void> {
  if (scene === undefined) return
  const { kind, words } = scene
  if (kind === 'server') {
    const settings = Object.fromEntries(words.map(word => word.split('=', 2))) as Settings
    servers.push(await startTestServer(settings, () => NOW))
    configure(sandbox, 'home/.aam', servers)
    return
  }
  const server = servers.at(-1)
  if (server === undefined) throw new Error('users need a server before them')
  for (const word of words) {
    const [user = '', named = ''] = word.split('=')
    const roles = named.split('+').filter((role): role is Role => ROLES.some(each => each === role))
    const token = user === 'root' ? server.adminToken : await server.addUser(user, roles)
    configure(sandbox, homeOf(user), servers)
    sandbox.write(`${homeOf(user)}/credentials.yaml`, { registries: { [server.address]: { token, user } } })
    sandbox.secret(`${homeOf(user)}/credentials.yaml`)
  }
}

/** Makes the newest server the registry of somebody. */
function configure(sandbox: Sandbox, home: string, servers: readonly TestServer[]): void {
  sandbox.write(`${home}/config.yaml`, `registries:\n  default: ${servers.at(-1)?.address ?? ADDRESS}\n`)
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
