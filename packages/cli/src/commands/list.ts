import { compareText, directoryName } from '@aam/core'
import { type TreeNode, buildTree, graphOf, readLockedProject } from '../actions/tree.ts'
import { defineCommand, flag } from '../command.ts'
import { listInstalled } from '../disk/state.ts'
import { treeLines } from '../text/tree.ts'
import { table } from '../text/view.ts'

type Row = {
  readonly name: string
  readonly version: string
  readonly direct: boolean
  readonly installed: boolean
  readonly tag: string | null
}

export const list = defineCommand<{ readonly packages: readonly Row[]; readonly tree?: TreeNode }>({
  summary: 'List the installed packages',
  options: [['--tree', 'show the dependency tree, as `aam tree` does']],
  run: async (context, input) => {
    const locked = await readLockedProject(context)
    const { root } = graphOf(locked)
    const present = new Set(listInstalled(locked.project.folder))
    const packages = [...locked.lock.resolved]
      .map(([name, { version, source }]) => ({
        name,
        version,
        direct: root.has(name),
        installed: present.has(directoryName(name)),
        tag: source.resolvedTag ?? null,
      }))
      .sort((a, b) => compareText(a.name, b.name))
    return flag(input, 'tree') ? { packages, tree: buildTree(locked.project, locked.lock) } : { packages }
  },
  view: ({ packages, tree }, view) => {
    if (tree !== undefined) return treeLines(tree, view)
    if (packages.length === 0) return ['No packages are installed']
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
