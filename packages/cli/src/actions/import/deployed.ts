/** What aam itself put into a project is other packages', and no part of what an import takes. */
import { type Ledger, placeOf, removeJson } from '@aam/platforms'
import type { SourceTree } from '../../disk/source-tree.ts'

/** The project without what is deployed in it. */
export type OwnTree = {
  /** Files that others write too are read without our parts. */
  readonly tree: SourceTree
  /** Whether a file is wholly aam's. */
  readonly isDeployed: (path: string) => boolean
}

export function hideDeployed(tree: SourceTree, ledger: Ledger | undefined): OwnTree {
  const entries = ledger?.entries ?? []
  const files = new Set(entries.flatMap(entry => (entry.form === 'files' ? Object.keys(entry.files) : [])))
  const shared = new Set(entries.flatMap(entry => (entry.form === 'json' ? [placeOf(entry)] : [])))
  const read: SourceTree['read'] = path => {
    const file = tree.read(path)
    if (!shared.has(path)) return file
    let text = Buffer.from(file.data).toString('utf8')
    for (const entry of entries) {
      if (entry.form !== 'json' || entry.file !== path) continue
      const removed = removeJson(text, entry.insertion)
      if (!('problem' in removed)) text = removed.text
    }
    return { ...file, data: Buffer.from(text) }
  }
  return { tree: { ...tree, read }, isDeployed: path => files.has(path) }
}
