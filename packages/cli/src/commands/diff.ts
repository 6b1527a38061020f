import { fail, parseSpecifier } from '@aam/core'
import { type DiffResult, diffPackages } from '../actions/diff.ts'
import { argument, defineCommand, flag, option } from '../command.ts'
import { diffLines, fileNameLines } from '../text/diff.ts'

export const diff = defineCommand<DiffResult & { readonly filesOnly: boolean }>({
  summary: 'Show what differs between two versions',
  description:
    'First what a reviewer has to know: requirements, permissions, files that run. Then the files, then their texts. With one package: from the installed version to that one, or to the one `aam install` would take now. Compares what was published, not what is on disk.',
  args: [
    ['<package>', 'name@version, name@range, name@tag, or name'],
    ['[other]', 'the later one'],
  ],
  completes: 'installed',
  options: [
    ['--files', 'only the names of the files that differ'],
    ['--registry <registry>', 'the registry to ask: a folder, or the address of a server'],
  ],
  examples: ['aam diff @team/review', 'aam diff @team/review@1.0.0 @team/review@stable', 'aam diff git-utils --files'],
  run: async (context, input) => {
    const [first, second] = [argument(input, 0), ...input.args.slice(1)].map(parseSpecifier)
    if (first === undefined) return fail('USAGE', { message: 'Which package?' })
    const filesOnly = flag(input, 'files')
    const result = await diffPackages(context, {
      from: second === undefined ? undefined : first,
      to: second ?? first,
      registry: option(input, 'registry'),
      filesOnly,
    })
    return { ...result, filesOnly }
  },
  view: (result, view) => (result.filesOnly ? fileNameLines(result.files, view) : diffLines(result, view)),
})
