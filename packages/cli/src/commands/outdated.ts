import { parsePackageName } from '@aam/core'
import { type OutdatedRow, listOutdated } from '../actions/outdated.ts'
import { defineCommand, flag, option } from '../command.ts'
import { table } from '../text/view.ts'

export const outdated = defineCommand<readonly OutdatedRow[]>({
  summary: 'List packages with newer versions',
  description:
    'Wanted is what `aam update` goes for: the best version in the range, or the one that the followed tag names now. Latest is what the tag latest names. Exit code 1 when there is a row.',
  args: [['[packages...]', 'only these']],
  completes: 'installed',
  options: [
    ['--all', 'also packages that only dependencies need'],
    ['--registry <registry>', 'the registry to ask: a folder, or the address of a server'],
  ],
  run: async (context, input) =>
    listOutdated(context, {
      names: input.args.map(parsePackageName),
      all: flag(input, 'all'),
      registry: option(input, 'registry'),
    }),
  view: (rows, view) => {
    if (rows.length === 0) return [`${view.good('✓')} Everything is up to date`]
    const noted = rows.some(({ note }) => note !== null)
    const cells = rows.map(({ name, current, wanted, latest, tag, note }) => [
      name,
      current,
      wanted ?? '-',
      latest ?? '-',
      tag ?? '-',
      ...(noted ? [note ?? ''] : []),
    ])
    const heading = ['Package', 'Current', 'Wanted', 'Latest', 'Tag', ...(noted ? ['Note'] : [])]
    return table([heading, ...cells]).map(line => line.trimEnd())
  },
  exit: rows => (rows.length === 0 ? 0 : 1),
})
