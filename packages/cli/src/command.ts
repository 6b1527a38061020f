/** A command is one value: what it takes, what it does, how its result reads. `--json` prints the result itself. */
import { Command as Parser, CommanderError, Option } from 'commander'
import { fail } from '@aam/core'
import type { View } from './text/view.ts'
import type { Context } from './world.ts'

export type Input = {
  readonly args: readonly string[]
  /** `true` for a flag, the text after it for an option with a value. */
  readonly options: Readonly<Record<string, string | boolean | undefined>>
}

export type Command<R = unknown> = {
  readonly summary: string
  /** What the help page says beyond the summary. */
  readonly description?: string
  /** Positional arguments as commander spells them (`<name>`, `[file]`, `[packages...]`), each with its help. */
  readonly args?: readonly (readonly [spelling: string, help: string])[]
  readonly options?: readonly (readonly [spelling: string, help: string])[]
  /** Options for scripts, which the help page leaves out. */
  readonly hiddenOptions?: readonly string[]
  /** What a shell offers for the positional arguments: these words, or the names of installed packages; files when absent. */
  readonly completes?: 'installed' | readonly string[]
  readonly examples?: readonly string[]
  readonly run: (context: Context, input: Input) => Promise<R>
  /** The lines on stdout. */
  readonly view: (result: R, view: View) => readonly string[]
  /** The lines that --quiet leaves: what nobody can get another time. */
  readonly quietView?: (result: R) => readonly string[]
  /** The exit code of a run that did not throw; 0 when absent. */
  readonly exit?: (result: R) => number
}

/** Keeps a command's own result type while it is written, and forgets it for those who only run it. */
export function defineCommand<R>(command: Command<R>): Command {
  return command as Command
}

/** The same page everywhere: on a terminal, in a pipe and in docs/commands.md. */
const HELP_WIDTH = 100

/** The flags that every command takes. */
export const GLOBAL_OPTIONS: readonly (readonly [spelling: string, help: string])[] = [
  ['--json', 'print one JSON document on stdout'],
  ['--cwd <folder>', 'work in this folder'],
  ['-y, --yes', 'answer yes to questions'],
  ['-q, --quiet', 'print errors only'],
  ['-v, --verbose', 'say what is being done'],
]

export type Parsed = { readonly kind: 'run'; readonly input: Input } | { readonly kind: 'help'; readonly text: string }

/**
 * Parses the words after a command's name.
 * @throws USAGE for what the command does not take
 */
export function parseCommandLine(name: string, command: Command, words: readonly string[]): Parsed {
  const output: string[] = []
  const parser = new Parser(`aam ${name}`)
    .description(command.description === undefined ? command.summary : `${command.summary}\n\n${command.description}`)
    .helpOption('-h, --help', 'show this page')
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({
      writeOut: text => output.push(text),
      writeErr: () => undefined,
      getOutHelpWidth: () => HELP_WIDTH,
    })
    .configureHelp({ showGlobalOptions: true })
  for (const [spelling, help] of command.args ?? []) parser.argument(spelling, help)
  for (const [spelling, help] of [...(command.options ?? []), ...GLOBAL_OPTIONS]) parser.option(spelling, help)
  for (const spelling of command.hiddenOptions ?? []) parser.addOption(new Option(spelling).hideHelp())
  if (command.examples !== undefined) {
    parser.addHelpText('after', `\nExamples:\n${command.examples.map(example => `  $ ${example}`).join('\n')}`)
  }
  try {
    parser.parse(words, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.code === 'commander.helpDisplayed') return { kind: 'help', text: output.join('') }
    const [message = '', ...rest] = error.message.replace(/^error: /, '').split('\n')
    const didYouMean = rest.join(' ').replace(/^\((.*)\)$/, '$1')
    fail('USAGE', {
      message: sentence(message),
      hint: didYouMean === '' ? `run \`aam ${name} --help\`` : didYouMean.toLowerCase(),
    })
  }
  return { kind: 'run', input: { args: parser.args, options: parser.opts() } }
}

/** Whether a flag was given. */
export function flag({ options }: Input, name: string): boolean {
  return options[name] === true
}

/** The value of an option, if it was given. */
export function option({ options }: Input, name: string): string | undefined {
  const value = options[name]
  return typeof value === 'string' ? value : undefined
}

/** The positional argument at `index`, which commander made sure is there. */
export function argument({ args }: Input, index: number): string {
  return args[index] ?? fail('USAGE', { message: 'an argument is missing' })
}

function sentence(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}
