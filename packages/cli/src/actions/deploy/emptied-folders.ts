/** Folders that are there because of what we deployed, and go with it. */
import { type Ledger, type Step, placeOf } from '@aam/platforms'
import { foldersAbove } from '../../disk/deployment.ts'

/** The files that something of ours is in. */
export function pathsOf({ entries }: Ledger): string[] {
  return entries.flatMap(entry => (entry.form === 'files' ? Object.keys(entry.files) : [entry.file]))
}

/** Every folder that is ours as long as nothing else is in it. */
function foldersOf(ledger: Ledger | undefined): string[] {
  const roots = new Set((ledger?.entries ?? []).map(placeOf))
  const inside = ledger === undefined ? [] : pathsOf(ledger).flatMap(foldersAbove)
  const ours = inside.filter(folder => [folder, ...foldersAbove(folder)].some(above => roots.has(above)))
  return [...(ledger?.folders ?? []), ...ours]
}

/** The folders that may be empty when the steps are done, and then go. After an interrupted run all of ours may be. */
export function foldersToEmpty(
  steps: readonly Step[],
  ledgers: readonly (Ledger | undefined)[],
  interrupted: boolean,
): string[] {
  const left = interrupted ? ledgers.flatMap(foldersOf) : []
  return [...new Set([...emptiedBy(steps, ledgers), ...left])]
}

/** Folders above what is deleted that we made, or that are part of an artifact of ours. */
function emptiedBy(steps: readonly Step[], ledgers: readonly (Ledger | undefined)[]): string[] {
  const known = ledgers.filter(ledger => ledger !== undefined)
  const made = new Set(known.flatMap(({ folders }) => folders))
  const roots = new Set(known.flatMap(({ entries }) => entries.map(placeOf)))
  const emptied = new Set<string>()
  for (const { kind, path } of steps) {
    if (kind !== 'delete') continue
    let inRoot = false
    for (const folder of foldersAbove(path).toReversed()) {
      inRoot ||= roots.has(folder)
      if (inRoot || made.has(folder)) emptied.add(folder)
    }
  }
  return [...emptied]
}
