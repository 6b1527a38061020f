import { type Change, count } from '@aam/core'
import type { InstallResult } from '../actions/install.ts'
import { treeLines } from './tree.ts'
import type { View } from './view.ts'

/** What an install or update did, or on a dry run would do: the tree first, then the plan. */
export function installLines(result: InstallResult, view: View): string[] {
  return [
    ...(result.tree === undefined ? [] : [...treeLines(result.tree, view), '']),
    ...result.changes.map(change => changeLine(change, result, view)),
    ...result.skipped.map(({ name, reason }) => `${view.warn('!')} skipped optional ${name}: ${reason}`),
    ...result.notes.map(note => `${view.warn('!')} ${note}`),
    closing(result),
  ]
}

function changeLine({ kind, name, from, to }: Change, { tags }: InstallResult, view: View): string {
  const tag = tags.find(entry => entry.name === name)?.tag
  const via = tag === undefined || tag === 'latest' ? '' : view.dim(` (${tag})`)
  switch (kind) {
    case 'add':
      return `${view.good('+')} ${name} ${to ?? ''}${via}`
    case 'remove':
      return `${view.bad('-')} ${name} ${from ?? ''}`
    case 'replace':
      return `${view.warn('~')} ${name} ${to ?? ''} (other contents)${via}`
    default:
      return `${view.warn('~')} ${name} ${from ?? ''} → ${to ?? ''}${via}`
  }
}

function closing(result: InstallResult): string {
  const { packages, changes, lock, dryRun, forced, goal } = result
  const all = count(packages, 'package')
  if (dryRun) {
    return changes.length === 0 ? `Nothing would change (${all})` : `Nothing was changed: this was a dry run (${all})`
  }
  const wrote = lock === 'written' ? ', wrote package.agent.lock' : ''
  if (changes.length > 0 && changes.every(({ kind }) => kind === 'remove')) {
    return `Removed ${count(changes.length, 'package')}${wrote} (${all} left)`
  }
  if (changes.length > 0) return `Installed ${all} in .agent-packages${wrote}`
  if (forced) return `Unpacked ${all} again`
  if (lock === 'written') return `Wrote package.agent.lock; no package changed (${all})`
  return `${NOTHING[goal]} (${all})`
}

const NOTHING: Readonly<Record<InstallResult['goal'], string>> = {
  install: 'Already up to date',
  add: 'Already up to date',
  update: 'Already up to date',
  remove: 'No package was removed',
  prune: 'Nothing to remove',
  dedupe: 'Nothing to dedupe: every package is there once',
}
