import { fail } from '@aam/core'
import { type TreeNode, buildTree, readLockedProject } from '../actions/tree.ts'
import { defineCommand, option } from '../command.ts'
import { treeLines } from '../text/tree.ts'

export const tree = defineCommand<{ readonly root: TreeNode; readonly depth: number | null }>({
  summary: 'Show the dependency tree',
  description: 'A package that was shown before has (*) and no children.',
  options: [['--depth <levels>', 'how many levels below the project; 1 for direct dependencies only']],
  run: async (context, input) => {
    const depth = parseDepth(option(input, 'depth'))
    const { project, lock } = await readLockedProject(context)
    const root = buildTree(project, lock)
    return { root: depth === null ? root : prune(root, depth), depth }
  },
  view: ({ root }, view) => treeLines(root, view),
})

function prune(node: TreeNode, depth: number): TreeNode {
  return { ...node, dependencies: depth <= 0 ? [] : node.dependencies.map(child => prune(child, depth - 1)) }
}

function parseDepth(text: string | undefined): number | null {
  if (text === undefined) return null
  if (!/^\d{1,4}$/.test(text)) {
    fail('USAGE', { message: `--depth takes a number, not '${text}'`, hint: 'for example --depth 1' })
  }
  return Number(text)
}
