import { type PackageInfo, lookUp } from '../actions/info.ts'
import { argument, defineCommand, option } from '../command.ts'
import { infoLines } from '../text/info.ts'

export const info = defineCommand<PackageInfo>({
  summary: 'Show what the registry has of a package',
  args: [['<name>', 'name, name@version, name@range or name@tag']],
  options: [['--registry <registry>', 'the registry to ask: a folder, or the address of a server']],
  examples: ['aam info @team/review', 'aam info @team/review@stable'],
  run: async (context, input) => lookUp(context, { text: argument(input, 0), registry: option(input, 'registry') }),
  view: infoLines,
})
