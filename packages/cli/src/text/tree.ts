import type { TreeNode } from '../actions/tree.ts'
import type { View } from './view.ts'

/** The tree as the user guide draws it. */
export function treeLines(root: TreeNode, view: View): string[] {
  return [`${root.name}@${root.version}`, ...childLines(root, view, '')]
}

function childLines({ dependencies }: TreeNode, view: View, indent: string): string[] {
  return dependencies.flatMap((node, index) => {
    const last = index === dependencies.length - 1
    const repeated = node.repeated === true ? view.dim(' (*)') : ''
    return [
      `${indent}${last ? '└── ' : '├── '}${node.name}@${node.version}${repeated}`,
      ...childLines(node, view, `${indent}${last ? '    ' : '│   '}`),
    ]
  })
}
