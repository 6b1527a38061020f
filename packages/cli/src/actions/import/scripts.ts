/** Files that hooks and servers run, and those beside them that they may need. */
import type { PackageFile } from '@aam/core'
import type { Companion } from '@aam/platforms'
import { type Basket, addFile, conflictWith, warnAbout } from './basket.ts'

/** Folders of a plugin whose contents are taken as what they are. */
const PARTS = new Set(['skills', 'commands', 'agents', '.claude-plugin'])
const VARIABLE = /CLAUDE_PLUGIN_ROOT|CLAUDE_PROJECT_DIR|CURSOR_PROJECT_DIR/

/**
 * Copies files with those of their folder.
 * @returns why none of them can be, because others have their places; `undefined` when they are there
 */
export function takeCompanions(basket: Basket, companions: readonly Companion[]): string | undefined {
  const wanted = new Map<string, Companion>()
  for (const companion of companions) {
    for (const each of [companion, ...neighbours(basket, companion)]) wanted.set(each.to, each)
  }
  const files = [...wanted.values()].map(({ from, to }): [from: string, file: PackageFile] => [
    from,
    { ...basket.tree.read(from), path: to },
  ])
  const conflict = conflictWith(
    basket,
    files.map(([, file]) => file),
  )
  if (conflict !== undefined) return conflict
  for (const [from, file] of files) {
    basket.used.add(from)
    if (basket.files.has(file.path)) continue
    addFile(basket, from, file)
    basket.taken.push({ kind: 'scripts', name: file.path.slice(file.path.lastIndexOf('/') + 1), from, to: file.path })
    const variable = VARIABLE.exec(Buffer.from(file.data).toString('latin1'))?.[0]
    if (variable !== undefined) warnAbout(basket, from, [`it uses ${variable}, which only one agent sets`])
  }
  return undefined
}

/** What lies in the same folder of scripts: one may load another. Of a project only folders of agents are looked into. */
function neighbours({ tree }: Basket, { from, to }: Companion): Companion[] {
  const [top = '', ...rest] = from.split('/')
  if (from === to) {
    if (PARTS.has(top) || rest.length === 0) return []
    return tree
      .list(top)
      .filter(path => !/^hooks\/[^/]*\.json$/.test(path) && !isHidden(path))
      .map(path => ({ from: path, to: path }))
  }
  const folder = /^\.[^/]+\/(?:hooks|scripts)\//.exec(from)?.[0]
  if (folder === undefined) return []
  const target = to.slice(0, to.length - (from.length - folder.length))
  return tree
    .list(folder.slice(0, -1))
    .filter(path => !isHidden(path.slice(folder.length)) && !(top === '.github' && path.endsWith('.json')))
    .map(path => ({ from: path, to: `${target}${path.slice(folder.length)}` }))
}

function isHidden(path: string): boolean {
  return path.split('/').some(step => step.startsWith('.'))
}
