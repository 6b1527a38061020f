import { type InstanceName, type LockEntry, chainsTo, packageOf, parsePackageName, requireLocked } from '@aam/core'
import { graphOf, readLockedProject } from '../actions/tree.ts'
import { argument, defineCommand } from '../command.ts'

type Why = {
  readonly package: string
  readonly version: string
  readonly root: string
  readonly chains: readonly (readonly string[])[]
  /** Other versions that are there beside it. */
  readonly others: readonly Pick<Why, 'version' | 'chains'>[]
}

export const why = defineCommand<Why>({
  summary: 'Explain why a package is installed',
  args: [['<name>', 'an installed package']],
  completes: 'installed',
  examples: ['aam why git-utils'],
  run: async (context, input) => {
    const name = parsePackageName(argument(input, 0))
    const locked = await readLockedProject(context)
    const { resolved } = locked.lock
    const graph = graphOf(locked)
    const explain = ([instance, { version }]: readonly [InstanceName, LockEntry]): Pick<Why, 'version' | 'chains'> => ({
      version,
      chains: chainsTo(graph, instance).map(chain =>
        chain.map(link => `${packageOf(link)}@${resolved.get(link)?.version ?? ''}`),
      ),
    })
    const [first, ...others] = requireLocked(locked.lock, name)
    const root = locked.project.decoded.manifest.name
    return { package: name, root, ...explain(first), others: others.map(explain) }
  },
  view: ({ package: name, version, root, chains, others }, view) =>
    [{ version, chains }, ...others].flatMap(each => [
      view.bold(`${name}@${each.version}`),
      ...each.chains.map(chain => `  ${[root, ...chain].join(' → ')}`),
    ]),
})
