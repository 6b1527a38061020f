import { type PackageSummary, fail, searchWords } from '@aam/core'
import { openRegistry } from '../actions/open-registry.ts'
import { defineCommand, option } from '../command.ts'
import { findProject } from '../disk/project.ts'
import { fitText, table } from '../text/view.ts'

const LIMIT = 20

type Found = {
  readonly words: readonly string[]
  /** Best first, at most as many as `--limit` says. */
  readonly packages: readonly PackageSummary[]
  /** How many match. */
  readonly total: number
}

export const search = defineCommand<Found>({
  summary: 'Find packages by words',
  description:
    'Every word must be in the name, a keyword or the description. Names come first, then keywords, then descriptions. Packages whose versions are all yanked are left out.',
  args: [['<words...>', 'plain text; upper and lower case are the same']],
  options: [
    ['--registry <registry>', 'the registry to search: a folder, or the address of a server'],
    ['--limit <number>', `show at most so many packages (${String(LIMIT)} unless given)`],
  ],
  examples: ['aam search review', 'aam search python lint --limit 5'],
  run: async (context, input) => {
    const words = searchWords(input.args)
    if (words.length === 0) {
      fail('USAGE', { message: 'Search for what?', hint: 'give a word, as in `aam search review`' })
    }
    const limit = parseLimit(option(input, 'limit'))
    const { registry } = await openRegistry(context, {
      project: findProject(context.world.cwd)?.folder,
      flag: option(input, 'registry'),
    })
    const { packages, broken } = await registry.search(words)
    for (const { name, why } of broken) {
      context.report({ kind: 'warning', message: `${name} was not searched: ${why}` })
    }
    return { words, packages: packages.slice(0, limit), total: packages.length }
  },
  view: ({ words, packages, total }, view) => {
    if (total === 0) return [`No package matches ${words.join(' ')}`]
    const heads = table(packages.map(({ name, latest }) => [name, latest ?? '', '']))
    const more = total - packages.length
    return [
      ...packages.map(({ deprecated, description }, index) => {
        const head = heads[index] ?? ''
        const mark = deprecated === null ? '' : '(deprecated) '
        return `${head}${fitText(`${mark}${description ?? ''}`, view.columns - head.length)}`.trimEnd()
      }),
      ...(more > 0 ? [`… and ${String(more)} more; give --limit ${String(total)} to see all`] : []),
    ]
  },
})

function parseLimit(text: string | undefined): number {
  if (text === undefined) return LIMIT
  if (!/^[1-9]\d{0,8}$/.test(text)) {
    fail('USAGE', { message: `--limit is '${text}', which is not a number from 1 on`, hint: 'for example --limit 50' })
  }
  return Number(text)
}
