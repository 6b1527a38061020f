import { type TransferRequest, type TransferResult, exportPackages, importPackages } from '../actions/transfer.ts'
import { type Command, type Input, argument, defineCommand, flag, option } from '../command.ts'
import { transferLines } from '../text/transfer.ts'

const NAMES = ['[names...]', 'names, or patterns like @team/*; all packages when absent'] as const

const OPTIONS = [
  ['--force', 'take over tags that point elsewhere, and what is deprecated and yanked, as they are in the source'],
  ['--dry-run', 'verify, say what would happen, and write nothing'],
] as const

const REST: Pick<Command<TransferResult>, 'view' | 'exit'> = {
  view: transferLines,
  exit: ({ failed }) => (failed.length > 0 ? 1 : 0),
}

function requestFrom(input: Input): TransferRequest {
  return {
    folder: argument(input, 0),
    words: input.args.slice(1),
    registry: option(input, 'registry'),
    force: flag(input, 'force'),
    dryRun: flag(input, 'dryRun'),
  }
}

export const exportCommand = defineCommand<TransferResult>({
  summary: 'Copy packages into a folder registry',
  description:
    'Copies all versions, tags, owners, and what is deprecated and yanked; every archive is verified. The folder becomes a registry when it is missing. Run it again to bring the copy up to date.',
  args: [['<folder>', 'the registry to copy into'], NAMES],
  options: [['--registry <registry>', 'copy from this registry: a folder or an address'], ...OPTIONS],
  examples: ['aam registry export ./mirror', "aam registry export ./mirror review '@team/*'"],
  run: async (context, input) => exportPackages(context, requestFrom(input)),
  ...REST,
})

export const importCommand = defineCommand<TransferResult>({
  summary: 'Take packages over from a folder registry',
  description:
    'Takes over all versions, tags, owners, and what is deprecated and yanked; every archive is verified. The folder may have the UAAPS layout. A version that is there already with other contents is refused. Into a server, each version is published in your name.',
  args: [['<folder>', 'the registry to read from'], NAMES],
  options: [['--registry <registry>', 'take over into this registry: a folder or an address'], ...OPTIONS],
  examples: ['aam registry import ./mirror', "aam registry import ./mirror '@team/*' --dry-run"],
  run: async (context, input) => importPackages(context, requestFrom(input)),
  ...REST,
})
