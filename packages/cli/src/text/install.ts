import { type Change, type Review, count, packageOf, printable } from '@aam/core'
import type { InstallResult } from '../actions/install-result.ts'
import { deployLines } from './deploy.ts'
import { treeLines } from './tree.ts'
import type { View } from './view.ts'

/** What an install or update did, or on a dry run would do: the tree first, then the plan. */
export function installLines(result: InstallResult, view: View): string[] {
  return [
    ...(result.tree === undefined ? [] : [...treeLines(result.tree, view), '']),
    ...planLines(result, view),
    ...(result.deployment === null ? [] : deployLines(result.deployment, view, { dryRun: false, alone: false })),
    ...result.skipped.map(({ name, reason }) => `${view.warn('!')} skipped optional ${name}: ${reason}`),
    ...result.notes.map(note => `${view.warn('!')} ${note}`),
    closing(result),
  ]
}

/** The plan: each change, and below it what the package may do and runs that it did not before. */
export function planLines(
  { changes, reviews, tags = [] }: Pick<InstallResult, 'changes' | 'reviews'> & Partial<Pick<InstallResult, 'tags'>>,
  view: View,
): string[] {
  return changes.flatMap(change => {
    const review = reviews.find(({ name }) => name === change.name)
    return [changeLine(change, tags, view), ...(review === undefined ? [] : reviewLines(review, view))]
  })
}

function reviewLines({ permissions, executables }: Review, view: View): string[] {
  const marked = (mark: string, word: string, lines: readonly string[]): string[] =>
    lines.map(line => `    ${mark} ${word} ${printable(line)}`)
  return [
    ...marked(view.good('+'), 'permission', permissions.added),
    ...marked(view.bad('-'), 'permission', permissions.removed),
    ...(permissions.declared || permissions.removed.length === 0
      ? []
      : [`    ${view.warn('!')} it declares no permissions any more, so platform defaults apply`]),
    ...marked(view.good('+'), 'runs', executables.added),
    ...marked(view.bad('-'), 'runs', executables.removed),
    ...marked(view.warn('~'), 'runs', executables.changed),
  ]
}

function changeLine({ kind, name: instance, from, to }: Change, tags: InstallResult['tags'], view: View): string {
  const tag = tags.find(entry => entry.name === instance)?.tag
  const name = packageOf(instance)
  const via = tag === undefined || tag === 'latest' ? '' : view.dim(` (${tag})`)
  switch (kind) {
    case 'add':
      return `${view.good('+')} ${name} ${to ?? ''}${via}`
    case 'remove':
      // Only a bundle is taken away without being looked at.
      return `${view.bad('-')} ${name} ${from ?? '(bundle)'}`
    case 'replace':
      return `${view.warn('~')} ${name} ${to ?? ''} (other contents)${via}`
    default:
      return `${view.warn('~')} ${name} ${from ?? ''} → ${to ?? ''}${via}`
  }
}

function closing(result: InstallResult): string {
  const { packages, changes, manifest, lock, dryRun, forced, goal } = result
  const all = count(packages, 'package')
  const files = [...(manifest === null ? [] : [manifest]), ...(lock === 'written' ? ['package.agent.lock'] : [])]
  if (dryRun) {
    if (changes.length > 0) return `Nothing was changed: this was a dry run (${all})`
    return files.length > 0
      ? `Would write ${files.join(' and ')}; no package would change (${all})`
      : `Nothing would change (${all})`
  }
  const wrote = lock === 'written' ? ', wrote package.agent.lock' : ''
  if (changes.length > 0 && changes.every(({ kind }) => kind === 'remove')) {
    return `Removed ${count(changes.length, 'package')}${wrote} (${all} left)`
  }
  if (changes.length > 0) return `Installed ${all} in .agent-packages${wrote}`
  const deployed =
    result.deployment?.changes.some(({ change }) => ['add', 'update', 'remove'].includes(change)) === true
  if (forced) return `Unpacked ${all} again`
  if (files.length > 0) return `Wrote ${files.join(' and ')}; no package changed (${all})`
  if (deployed) return `Deployed; no package changed (${all})`
  return `${NOTHING[goal]} (${all})`
}

const NOTHING: Readonly<Record<InstallResult['goal'], string>> = {
  install: 'Already up to date',
  add: 'Already up to date',
  update: 'Already up to date',
  remove: 'No package was removed',
  prune: 'Nothing to remove',
  dedupe: 'Nothing to dedupe',
}
