import { basename } from 'node:path'
import { Option } from 'commander'
import { fail } from '@aam/core'
import { listLockedNames } from '../actions/completion.ts'
import { type Command, GLOBAL_OPTIONS, defineCommand, flag } from '../command.ts'
import {
  type CompletedCommand,
  type CompletedOption,
  SHELLS,
  type Shell,
  completionScript,
} from '../text/completion.ts'
import type { World } from '../world.ts'

/** The commands there are, as far as completion needs them. */
type Table = ReadonlyMap<
  string,
  {
    readonly section?: string
    readonly summary: string
    readonly aliases?: readonly string[]
    readonly load: () => Promise<Command>
  }
>

type Completion = { readonly shell: Shell; readonly script: string } | { readonly installed: readonly string[] }

/** @param table every command, this one too */
export function completion(table: Table): Command {
  return defineCommand<Completion>({
    summary: 'Print a script that completes commands in a shell',
    description: `Completes commands, options and the names of installed packages. Without an argument: for the shell that SHELL names.
Load it in bash with a line in ~/.bashrc, in zsh in ~/.zshrc after compinit, in fish in ~/.config/fish/config.fish, as in the examples.`,
    args: [['[shell]', SHELLS.join(', ')]],
    completes: SHELLS,
    hiddenOptions: ['--installed'],
    examples: [
      'eval "$(aam completion bash)"',
      'eval "$(aam completion zsh)"',
      'aam completion fish | source',
      'aam completion fish > ~/.config/fish/completions/aam.fish',
    ],
    run: async ({ world }, input) => {
      if (flag(input, 'installed')) return { installed: listLockedNames(world.cwd) }
      const shell = chooseShell(world, input.args[0])
      return { shell, script: completionScript(shell, await gatherCommands(table)) }
    },
    view: result => ('script' in result ? [result.script.trimEnd()] : result.installed),
  })
}

function chooseShell({ env }: World, given: string | undefined): Shell {
  const name = given ?? basename(env['SHELL'] ?? '')
  const shell = SHELLS.find(each => each === name)
  if (shell !== undefined) return shell
  const message =
    given === undefined
      ? `Which shell? SHELL is ${name === '' ? 'not set' : `'${name}'`}`
      : `There is no completion for '${given}'`
  return fail('USAGE', { message, hint: `run \`aam completion <shell>\` with one of ${SHELLS.join(', ')}` })
}

async function gatherCommands(table: Table): Promise<CompletedCommand[]> {
  const shown = [...table].filter(([, { section }]) => section !== undefined)
  return Promise.all(
    shown.map(async ([name, { summary, aliases, load }]) => {
      const { options, completes } = await load()
      const all = [...(options ?? []), ...GLOBAL_OPTIONS, ['-h, --help', 'show this page'] as const]
      return { name, summary, aliases: aliases ?? [], options: all.map(readOption), completes: completes ?? 'files' }
    }),
  )
}

function readOption([spelling, help]: readonly [string, string]): CompletedOption {
  const { long, short, required } = new Option(spelling)
  return { names: [long, short].filter(name => name !== undefined), help, takesValue: required }
}
