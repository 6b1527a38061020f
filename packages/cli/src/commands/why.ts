import { chainsTo, parsePackageName, requireLocked } from '@aam/core'
import { graphOf, readLockedProject } from '../actions/tree.ts'
import { argument, defineCommand } from '../command.ts'

type Why = {
  readonly package: string
  readonly version: string
  readonly root: string
  readonly chains: readonly (readonly string[])[]
}

export const why = defineCommand<Why>({
  summary: 'Explain why a package is installed',
  args: [['<name>', 'an installed package']],
  completes: 'installed',
  examples: ['aam why git-utils'],
  run: async (context, input) => {
    const name = parsePackageName(argument(input, 0))
    const locked = await readLockedProject(context)
    const entry = requireLocked(locked.lock, name)
    const labelled = chainsTo(graphOf(locked), name).map(chain =>
      chain.map(link => `${link}@${locked.lock.resolved.get(link)?.version ?? ''}`),
    )
    return { package: name, version: entry.version, root: locked.project.decoded.manifest.name, chains: labelled }
  },
  view: ({ package: name, version, root, chains }, view) => [
    view.bold(`${name}@${version}`),
    ...chains.map(chain => `  ${[root, ...chain].join(' → ')}`),
  ],
})
