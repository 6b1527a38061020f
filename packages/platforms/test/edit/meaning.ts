import { type Node, type ParseError, parseTree } from 'jsonc-parser'
import { expect } from 'vitest'

/** The value of a JSON text with comments and trailing commas, which has to be sound. */
export function meaning(text: string): unknown {
  const errors: ParseError[] = []
  const tree = parseTree(text.replace(/^\ufeff/, ' '), errors, { allowTrailingComma: true })
  expect(errors).toEqual([])
  return valueOf(tree!)
}

function valueOf(node: Node): unknown {
  if (node.type === 'array') return node.children!.map(valueOf)
  if (node.type !== 'object') return node.value
  return Object.fromEntries(node.children!.map(({ children }) => [String(children![0]!.value), valueOf(children![1]!)]))
}
