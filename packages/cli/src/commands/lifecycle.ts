import { fail, parseDeprecation, parseNameAndRange, parseNameAndVersion } from '@aam/core'
import { type DeprecateResult, type YankResult, deprecateVersions, yankVersion } from '../actions/lifecycle.ts'
import { argument, defineCommand, flag, option } from '../command.ts'
import { deprecationLines, yankLines } from '../text/lifecycle.ts'

const REGISTRY = ['--registry <registry>', 'the registry: a folder, or the address of a server'] as const

export const deprecate = defineCommand<DeprecateResult>({
  summary: 'Warn whoever installs these versions',
  description:
    'The versions go on working; install, update and info show the message. The name alone means every version there is now.',
  args: [
    ['<name@range>', 'the versions: name@1.2.0, name@^1.0.0 or name'],
    ['[message]', 'what to use instead, in one line of at most 280 characters'],
  ],
  options: [REGISTRY, ['--undo', 'take the deprecation back']],
  examples: ['aam deprecate @team/review@1.0.0 "use 1.1.0"', 'aam deprecate @team/review@^1.0.0 --undo'],
  run: async (context, input) => {
    const { name, range } = parseNameAndRange(argument(input, 0))
    const text = input.args[1]
    const undo = flag(input, 'undo')
    if (undo && text !== undefined) {
      fail('USAGE', { message: '--undo takes no message', hint: 'leave one of the two out' })
    }
    if (!undo && text === undefined) {
      fail('USAGE', { message: 'A message is needed', hint: 'say what to use instead: `aam deprecate name@range "…"`' })
    }
    const message = text === undefined ? undefined : parseDeprecation(text)
    return deprecateVersions(context, { name, range, message, registry: option(input, 'registry') })
  },
  view: deprecationLines,
})

export const yank = defineCommand<YankResult>({
  summary: 'Hide a version from new installs',
  description:
    'Projects that have the version in their lock go on installing it; nobody else gets it. If latest names it, latest moves to the newest version left; other tags stay. Nothing is deleted.',
  args: [['<name@version>', 'the version']],
  options: [REGISTRY, ['--undo', 'take it back; no tag moves']],
  examples: ['aam yank @team/review@1.2.0', 'aam yank @team/review@1.2.0 --undo'],
  run: async (context, input) => {
    const { name, version } = parseNameAndVersion(argument(input, 0))
    return yankVersion(context, { name, version, undo: flag(input, 'undo'), registry: option(input, 'registry') })
  },
  view: yankLines,
})
