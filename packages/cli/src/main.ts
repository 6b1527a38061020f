/** Finds the command, runs it, prints its result, and turns failures into words and exit codes: the only place that does. */
import { resolve } from 'node:path'
import { AamError, compareText, fail, isAamError, suggest } from '@aam/core'
import { type Command, type Input, flag, option, parseCommandLine } from './command.ts'
import { COMMANDS, type CommandEntry, GROUPS } from './commands/index.ts'
import { createReporter } from './text/reporter.ts'
import { createView, harmless } from './text/view.ts'
import type { Settings, World } from './world.ts'

/**
 * Runs one command line.
 * @param argv the words after the program's name
 * @returns the exit code: 0 done, 1 failed, 2 wrong usage, 130 interrupted
 */
export async function main(world: World, argv: readonly string[]): Promise<number> {
  try {
    const found = findCommand(argv)
    if (found === undefined) {
      const version = argv.includes('--version') || argv.includes('-V')
      printText(world, argv, version ? { version: `${world.version}\n` } : { help: overview() })
      return 0
    }
    const command = await found.entry.load()
    const parsed = parseCommandLine(found.name, command, found.words)
    if (parsed.kind === 'help') {
      printText(world, argv, { help: parsed.text })
      return 0
    }
    return await runCommand(world, command, parsed.input)
  } catch (error) {
    return reportFailure(world, argv.includes('--json'), error)
  }
}

async function runCommand(outer: World, command: Command, input: Input): Promise<number> {
  const cwd = option(input, 'cwd')
  const world = cwd === undefined ? outer : { ...outer, cwd: resolve(outer.cwd, cwd) }
  const settings: Settings = {
    json: flag(input, 'json'),
    quiet: flag(input, 'quiet'),
    verbose: flag(input, 'verbose'),
    yes: flag(input, 'yes'),
  }
  const reporter = createReporter(world, settings)
  try {
    const result = await command.run({ world, settings, report: reporter.report }, input)
    reporter.clear()
    // A command that runs until it is stopped has said everything by then.
    if (result === undefined) return 0
    if (settings.json) world.stdout(`${JSON.stringify(result, undefined, 2)}\n`)
    else {
      const lines = settings.quiet
        ? (command.quietView?.(result) ?? [])
        : command.view(result, createView(world.terminal))
      if (lines.length > 0) world.stdout(`${harmless(lines.join('\n'), world.terminal.colour)}\n`)
    }
    return command.exit?.(result) ?? 0
  } finally {
    reporter.clear()
  }
}

/** Prints a text as it is, or with `--json` as the only value of an object. */
function printText(world: World, argv: readonly string[], named: Readonly<Record<string, string>>): void {
  const json = Object.fromEntries(Object.entries(named).map(([key, text]) => [key, text.trimEnd()]))
  world.stdout(argv.includes('--json') ? `${JSON.stringify(json, undefined, 2)}\n` : Object.values(named).join(''))
}

type Found = { readonly name: string; readonly entry: CommandEntry; readonly words: readonly string[] }

/** Finds the command's name among the words, wherever the global flags stand. `undefined`: there is none. */
function findCommand(argv: readonly string[]): Found | undefined {
  const words = [...argv]
  const take = (): string | undefined => {
    for (let at = 0; at < words.length; at++) {
      if (words[at] === '--cwd') at++
      else if (words[at] === '--') return undefined
      else if (words[at]?.startsWith('-') === false) return words.splice(at, 1)[0]
    }
    return undefined
  }
  let first = take()
  // `aam pkg publish` and `aam publish` are one command (D7).
  if (first === 'pkg') first = take()
  if (first === 'help') {
    first = take()
    if (first !== undefined) words.push('--help')
  }
  if (first === undefined) {
    const unknown = words.find(word => !['--help', '-h', '--version', '-V', '--json'].includes(word))
    if (unknown !== undefined) {
      fail('USAGE', { message: `Which command? '${unknown}' alone is not one`, hint: 'run `aam --help`' })
    }
    return undefined
  }
  if (GROUPS.has(first)) return findInGroup(first, take(), words)
  const entry =
    COMMANDS.get(first) ??
    [...COMMANDS].find(([name, { aliases }]) => !name.includes(' ') && aliases?.includes(first) === true)?.[1]
  if (entry === undefined) return unknownCommand(first, [...COMMANDS.keys(), ...GROUPS])
  const name = [...COMMANDS].find(([, candidate]) => candidate === entry)?.[0] ?? first
  return { name, entry, words }
}

function findInGroup(group: string, second: string | undefined, words: readonly string[]): Found | undefined {
  const members = [...COMMANDS].filter(([name]) => name.startsWith(`${group} `))
  const name = `${group} ${second ?? ''}`
  const entry = COMMANDS.get(name) ?? members.find(([, { aliases }]) => aliases?.includes(second ?? '') === true)?.[1]
  if (entry !== undefined) {
    return { name: members.find(([, candidate]) => candidate === entry)?.[0] ?? name, entry, words }
  }
  const choices = members.map(([member]) => member.slice(group.length + 1))
  if (second === undefined) {
    const help = members.map(([member, { summary }]) => `  aam ${member.padEnd(16)} ${summary}`).join('\n')
    if (words.includes('--help') || words.includes('-h')) {
      return {
        name: group,
        entry: { summary: '', load: () => Promise.resolve(groupHelp(help)) },
        words: words.filter(word => !/^(-h|--help)$/.test(word)),
      }
    }
    return fail('USAGE', {
      message: `aam ${group} needs one of: ${choices.join(', ')}`,
      hint: `run \`aam ${group} --help\``,
    })
  }
  return unknownCommand(second, choices, `aam ${group} `)
}

function groupHelp(text: string): Command {
  return { summary: '', run: () => Promise.resolve(text), view: () => [text] }
}

/** What people type because other tools have it, and what does it here. */
const ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ['ci', 'run `aam install --frozen`'],
  ['verify', 'run `aam check`'],
  ['unpublish', 'a published version is never removed; hide it with `aam yank <name@version>`'],
])

function unknownCommand(word: string, choices: readonly string[], prefix = 'aam '): never {
  const here = prefix === 'aam ' ? ELSEWHERE.get(word) : undefined
  if (here !== undefined) fail('USAGE', { message: `There is no command 'aam ${word}'`, hint: here })
  const near = suggest(word, choices)
  fail('USAGE', {
    message: `There is no command '${prefix}${word}'`,
    hint:
      near.length > 0
        ? `did you mean ${near.map(name => `\`${prefix}${name}\``).join(' or ')}?`
        : 'run `aam --help` for those there are',
  })
}

/** Of the overview's first column. */
const WIDEST = Math.max(...[...COMMANDS.keys()].map(name => name.length)) + 1

function overview(): string {
  const sections = new Map<string, string[]>()
  for (const [name, { section, summary }] of COMMANDS) {
    if (section === undefined) continue
    sections.set(section, [...(sections.get(section) ?? []), `  ${name.padEnd(WIDEST)} ${summary}`])
  }
  const body = [...sections].map(([section, lines]) => `${section}\n${lines.sort(compareText).join('\n')}`).join('\n\n')
  return `aam: the package manager for skills, agents, commands, rules, hooks and MCP settings

Usage: aam <command> [options]

${body}

Every command takes --help, --json, --cwd <folder>, --yes, --quiet and --verbose.
`
}

const SYSTEM_ERROR = /^E[A-Z0-9]+$/

/** Prints a failure and returns its exit code. What is not in the table of failures is a defect of ours. */
function reportFailure(world: World, json: boolean, error: unknown): number {
  const failure = isAamError(error) ? error : fromSystem(error)
  if (failure === undefined) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    if (json) world.stdout(`${JSON.stringify({ error: { code: 'DEFECT', message: String(error) } }, undefined, 2)}\n`)
    world.stderr(`Error: aam has a defect; please report it with this text:\n${text}\n`)
    return 1
  }
  const { code, message, hint, facts } = failure
  if (json) {
    const body = { code, message, ...(hint === undefined ? {} : { hint }), facts }
    world.stdout(`${JSON.stringify({ error: body }, undefined, 2)}\n`)
    return failure.exit
  }
  const view = createView(world.terminal)
  const label = code === 'DEPENDENCY_CONFLICT' ? 'ERROR:' : 'Error:'
  world.stderr(`${view.bad(label)} ${message}\n`)
  if (hint !== undefined) world.stderr(`hint: ${hint}\n`)
  return failure.exit
}

/** A system error that names a file is the machine's, not ours. */
function fromSystem(error: unknown): AamError | undefined {
  if (!(error instanceof Error) || !('code' in error) || !SYSTEM_ERROR.test(String(error.code))) return undefined
  const { code, path, dest, syscall } = error as NodeJS.ErrnoException & { dest?: string }
  const file = dest ?? path
  if (file === undefined && code !== 'ENOSPC' && code !== 'EDQUOT') return undefined
  return new AamError(
    'FILE_SYSTEM',
    { code: String(code), path: file ?? 'a file', doing: syscall ?? 'access' },
    { cause: error },
  )
}
