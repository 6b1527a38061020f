import {
  type Version,
  compareText,
  compareVersions,
  directoryName,
  explainPattern,
  fail,
  matchesName,
  packageOf,
} from '@aam/core'
import { type TreeNode, buildTree, graphOf, readLockedProject } from '../actions/tree.ts'
import { defineCommand, flag } from '../command.ts'
import { listInstalled } from '../disk/state.ts'
import { treeLines } from '../text/tree.ts'
import { table } from '../text/view.ts'

type Row = {
  readonly name: string
  readonly version: Version
  readonly direct: boolean
  readonly installed: boolean
  readonly tag: string | null
}

export const list = defineCommand<{
  readonly packages: readonly Row[]
  readonly filtered: boolean
  readonly tree?: TreeNode
}>({
  summary: 'List the installed packages',
  args: [['[patterns...]', 'only these: names, with * for any characters but /']],
  options: [['--tree', 'show the dependency tree, as `aam tree` does']],
  run: async (context, input) => {
    const locked = await readLockedProject(context)
    const { root } = graphOf(locked)
    const present = new Set(listInstalled(locked.project.folder))
    const wrong = input.args.find(pattern => explainPattern(pattern) !== undefined)
    if (wrong !== undefined) fail('USAGE', { message: `'${wrong}' is no name`, hint: explainPattern(wrong) ?? '' })
    const packages = [...locked.lock.resolved]
      .map(([instance, { version, source }]) => ({
        name: packageOf(instance),
        version,
        direct: instance === source.name && root.has(source.name),
        installed: present.has(directoryName(instance)),
        tag: source.resolvedTag ?? null,
      }))
      .filter(({ name }) => input.args.length === 0 || input.args.some(pattern => matchesName(pattern, name)))
      .sort((a, b) => compareText(a.name, b.name) || compareVersions(a.version, b.version))
    const filtered = input.args.length > 0
    return flag(input, 'tree')
      ? { packages, filtered, tree: buildTree(locked.project, locked.lock) }
      : { packages, filtered }
  },
  view: ({ packages, filtered, tree }, view) => {
    if (tree !== undefined) return treeLines(tree, view)
    if (packages.length === 0) return [filtered ? 'No installed package matches' : 'No packages are installed']
    return table(
      packages.map(({ name, version, direct, installed, tag }) => [
        name,
        version,
        [
          direct ? 'direct' : 'transitive',
          ...(tag === null ? [] : [tag]),
          ...(installed ? [] : ['not installed']),
        ].join(', '),
      ]),
    )
  },
})
