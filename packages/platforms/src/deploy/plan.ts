/** The plan of a deployment: what is wanted, what is ours and what is on disk, compared (D36). */
import { compareText } from '@aam/core'
import type { Joined } from './desired.ts'
import { type FilesEntry, type Ledger, type LedgerEntry, placeOf, sortLedger, withoutOthers } from './ledger.ts'
import { type Digest, type Disk, type Force, type Outcome, type Step, outcomeOf } from './outcome.ts'
import { type FilesUnit, planFiles } from './plan-files.ts'
import { planShared } from './plan-shared.ts'

export type PlanTask = {
  readonly wanted: Joined
  /** What is ours: what was deployed, and what an interrupted run was to deploy. Nothing of it need be there. */
  readonly known: readonly Ledger[]
  /** What somebody else deployed into the same places: another project, for the same user. */
  readonly others: readonly Ledger[]
  readonly disk: Disk
  readonly digest: Digest
  readonly force: Force
  /** What was deployed is not known any more: what is exactly as we would write it is ours. */
  readonly rebuilding: boolean
  /** A run did not come to its end. */
  readonly interrupted: boolean
}

export type Plan = {
  /** In an order in which no step undoes another. */
  readonly steps: readonly Step[]
  /** What is ours when all steps are done. */
  readonly ledger: Ledger
  /** One for each unit that is wanted or was there; sorted by place. */
  readonly outcomes: readonly Outcome[]
}

/** Plans a deployment. The same question has the same answer, whatever order its parts come in. */
export function planDeployment(task: PlanTask): Plan {
  const entries = task.known.flatMap(ledger => withoutOthers(ledger, task.others).entries)
  const { disk, digest, force } = task
  const files = planFiles({
    desired: task.wanted.units.filter((unit): unit is FilesUnit => unit.form === 'files'),
    known: entries.filter((entry): entry is FilesEntry => entry.form === 'files'),
    disk,
    digest,
    force,
  })
  const shared = sharedFiles(task, entries).map(file =>
    planShared({
      file,
      units: task.wanted.units.filter(unit => unit.form !== 'files' && unit.file === file),
      known: entries.filter(entry => entry.form !== 'files' && entry.file === file),
      shared: task.known.flatMap(ledger => ledger.shared[file] ?? []),
      others: task.others.flatMap(ledger => ledger.shared[file] ?? []),
      disk,
      digest,
      force,
      rebuilding: task.rebuilding,
      interrupted: task.interrupted,
    }),
  )
  const ledger = sortLedger({
    entries: [...files.entries, ...shared.flatMap(plan => plan.entries)],
    shared: Object.fromEntries(
      shared.flatMap(({ file, shared: kept }) => (kept === undefined ? [] : [[file, kept] as const])),
    ),
    folders: task.known.flatMap(({ folders }) => folders),
  })
  return {
    steps: [...files.steps, ...shared.flatMap(({ steps }) => steps)].sort(byKindAndPath),
    ledger,
    outcomes: [...files.outcomes, ...shared.flatMap(({ outcomes }) => outcomes), ...clashesOf(task.wanted)].sort(
      (a, b) => compareText(a.place, b.place) || compareText(a.package, b.package) || compareText(a.name, b.name),
    ),
  }
}

/** What cannot be had because another artifact has its place. */
function clashesOf({ clashes }: Joined): Outcome[] {
  return clashes.map(({ unit, taken }) => {
    const place = unit.form === 'files' ? unit.root : unit.file
    return outcomeOf(unit, { place, change: 'in-the-way', details: [`${taken.name} of ${taken.package}`] })
  })
}

/** What runs is there before anything tells an agent to run it, and goes after nothing tells it any more. */
function byKindAndPath(a: Step, b: Step): number {
  const order = { write: 0, edit: 1, delete: 2 }
  return order[a.kind] - order[b.kind] || compareText(a.path, b.path)
}

function sharedFiles(task: PlanTask, entries: readonly LedgerEntry[]): string[] {
  const wanted = task.wanted.units.flatMap(unit => (unit.form === 'files' ? [] : [unit.file]))
  const known = entries.flatMap(entry => (entry.form === 'files' ? [] : [placeOf(entry)]))
  return [...new Set([...wanted, ...known, ...task.known.flatMap(({ shared }) => Object.keys(shared))])].sort(
    compareText,
  )
}
