/** What a deployment is to change: every package's artifacts for every target, compared with what is there and what is ours. */
import {
  type Disk,
  EMPTY_LEDGER,
  type Force,
  type Ledger,
  type NameOf,
  type NamedKind,
  type Outcome,
  type Plan,
  type PlaceWarning,
  type TargetPlatform,
  NAMED_KINDS,
  joinLedgers,
  joinUnits,
  planDeployment as comparePlaces,
  recall,
  withoutOthers,
} from '@aam/platforms'
import { digest } from './digest.ts'
import { type Source, withoutExecutables } from './read-sources.ts'
import { type RenderTask, nameSources, nameSourcesLong, renderUnits } from './render.ts'

export type DeploymentTask = RenderTask & {
  readonly sources: readonly Source[]
  /** What was deployed; `undefined` when nobody knows. */
  readonly ledger: Ledger | undefined
  /** What an interrupted run was to deploy. */
  readonly pending: Ledger | undefined
  /** What other projects deployed into the same places. */
  readonly others: readonly Ledger[]
  readonly disk: Disk
  readonly force: Force
  /** Also those that are no targets now: they may have been. */
  readonly everyPlatform: readonly TargetPlatform[]
  /** Whether anything is where something could have been deployed. */
  readonly mayRecall: () => boolean
  /** Other versions of packages, of which files may be there that the ledger does not know; all that can be had without names. */
  readonly otherVersions: (names: Iterable<string> | 'all') => readonly Source[]
}

export type DeploymentPlan = Plan & {
  readonly warnings: readonly PlaceWarning[]
  /** What was found out again: ours, as long as the plan is not carried out. */
  readonly recalled: Ledger
}

/**
 * Plans a deployment. What only meeting the files shows is found in rounds: files of versions that the ledger does not know are
 * recalled, and names that the user's own files have are left to them, so that the package's artifact gets its longer one (D47).
 */
export function planDeployment(task: DeploymentTask): DeploymentPlan {
  const taken = new Map<NamedKind, Set<string>>(NAMED_KINDS.map(kind => [kind, new Set()]))
  const known = [task.ledger, task.pending].filter(ledger => ledger !== undefined)
  const recalled = new Set<string>()
  const found: Ledger[] = []
  const stuck: Outcome[] = []
  let { sources } = task
  for (;;) {
    const nameOf = nameSources(sources, taken)
    const { asked, warnings } = renderUnits(task, sources, nameOf)
    const { disk, force } = task
    // An interrupted first run has written down what it was to do.
    const rebuilding = task.ledger === undefined && (task.pending === undefined || task.pending.rebuilt === true)
    const plan = comparePlaces({
      wanted: joinUnits(asked),
      known,
      others: task.others,
      disk,
      digest,
      force,
      rebuilding,
      interrupted: task.pending !== undefined,
    })
    const doubtful = namesInDoubt(plan.outcomes, rebuilding && recalled.size === 0)
    const remembered = recallVersions(task, { names: doubtful, recalled, taken })
    if (remembered !== undefined) {
      known.push(remembered)
      found.push(remembered)
      continue
    }
    const gaveUp = plan.outcomes.filter(outcome => giveUpName(outcome, { task, nameOf, taken }))
    if (gaveUp.length > 0) continue
    // Nothing may be told to run what cannot be put where it was approved to be.
    const blocked = plan.outcomes.filter(({ kind, change }) => kind === 'run' && change === 'blocked')
    if (blocked.length > 0) {
      stuck.push(...blocked)
      sources = sources.map(source =>
        blocked.some(outcome => outcome.package === source.package) ? withoutExecutables(source) : source,
      )
      continue
    }
    const recalledLedger = found.reduce(joinLedgers, EMPTY_LEDGER)
    return { ...plan, outcomes: [...plan.outcomes, ...stuck], warnings, recalled: recalledLedger }
  }
}

/** Packages of which something unknown is in the way or changed: perhaps another version of them wrote it. */
function namesInDoubt(outcomes: readonly Outcome[], all: boolean): ReadonlySet<string> | 'all' {
  if (all) return 'all'
  const doubtful = outcomes.filter(({ change }) => change === 'in-the-way' || change === 'edited' || change === 'left')
  return new Set(doubtful.map(outcome => outcome.package))
}

/** What other versions wrote, of packages that were not looked at yet; `undefined` when nothing of it is there. */
function recallVersions(
  task: DeploymentTask,
  {
    names,
    recalled,
    taken,
  }: {
    readonly names: ReadonlySet<string> | 'all'
    readonly recalled: Set<string>
    readonly taken: ReadonlyMap<NamedKind, ReadonlySet<string>>
  },
): Ledger | undefined {
  const fresh = names === 'all' ? names : new Set([...names].filter(name => !recalled.has(name) && !recalled.has('*')))
  if (fresh !== 'all' && fresh.size === 0) return undefined
  if (!task.mayRecall()) return undefined
  for (const name of fresh === 'all' ? ['*'] : fresh) recalled.add(name)
  const everywhere = { ...task, targets: task.everyPlatform, bundlesOnly: new Set<string>() }
  const ledgers = task.otherVersions(fresh).flatMap(source => {
    const others = task.sources.filter(other => other.package !== source.package)
    // Nobody knows what else was there then, and so under which of its names it was.
    const names = [nameSources([...others, source], taken), nameSources([source], new Map()), nameSourcesLong([source])]
    return names.map(nameOf => {
      const { asked } = renderUnits(everywhere, [source], nameOf)
      return recall({ units: joinUnits(asked).units, disk: task.disk, digest })
    })
  })
  const entries = ledgers.flatMap(ledger => withoutOthers(ledger, task.others).entries)
  return entries.length === 0 ? undefined : { ...EMPTY_LEDGER, entries, rebuilt: true }
}

/** Leaves a name to the user's files; whether that changes anything. */
function giveUpName(
  { change, kind, name, package: owner }: Outcome,
  {
    task,
    nameOf,
    taken,
  }: {
    readonly task: DeploymentTask
    readonly nameOf: NameOf
    readonly taken: ReadonlyMap<NamedKind, Set<string>>
  },
): boolean {
  const named = NAMED_KINDS.find(each => each === kind)
  if (change !== 'in-the-way' || named === undefined) return false
  if (task.sources.find(source => source.package === owner)?.root !== false) return false
  const deployed = nameOf(owner, named, name)
  const names = taken.get(named)
  if (names === undefined || names.has(deployed)) return false
  names.add(deployed)
  return true
}
