/** Executable things are shown and allowed before they are deployed; what is not allowed is left out. */
import { integrityOf, sha256Hex } from '@aam/archive'
import {
  type ApprovalItem,
  type Approvals,
  type Difference,
  type Disk,
  type Judgement,
  type TargetPlatform,
  approve,
  gatherApprovalItems,
  judge,
} from '@aam/platforms'
import type { Context, ExecutableReview, World } from '../../world.ts'
import { loadPatchMaker } from '../patches.ts'
import type { Place } from './choose-targets.ts'
import { type Source, withoutExecutables } from './read-sources.ts'
import { isFor, runRoot } from './render.ts'

/** What was not allowed, and so not deployed. */
export type LeftOut = {
  readonly package: string
  readonly reason: 'new' | 'changed'
  readonly items: readonly ApprovalItem[]
  /** What is not as it was approved; empty when nothing was. */
  readonly differences: readonly Difference[]
}

export type ApprovalTask = {
  readonly place: Place
  readonly targets: readonly TargetPlatform[]
  /** As in `RenderTask`. */
  readonly bundlesOnly: ReadonlySet<string>
  readonly sources: readonly Source[]
  readonly approvals: Approvals
  /** `--approve-executables`: yes to everything, changes too. */
  readonly approveAll: boolean
  /** Only look: nobody is asked, and nothing is recorded. */
  readonly look: boolean
  readonly disk: Disk
}

export type Approved = {
  /** The sources without what was not allowed. */
  readonly sources: readonly Source[]
  readonly leftOut: readonly LeftOut[]
  /** The list as it is to be. */
  readonly approvals: Approvals
  /** Whether it is another one than before. */
  readonly changed: boolean
}

/**
 * Asks about what is new or has changed since it was approved. `--yes` allows what is new; a change to something approved
 * before takes a look or `--approve-executables`. The project's own things are its own business.
 */
export async function approveExecutables(context: Context, task: ApprovalTask): Promise<Approved> {
  const approvals = new Map(task.approvals)
  let changed = false
  const leftOut: LeftOut[] = []
  const sources: Source[] = []
  const runs = (source: Source): boolean =>
    task.targets.some(({ platform }) => {
      const places = platform[task.place.level]
      return isFor(task, source, platform.id) && (places.hooks !== undefined || places.servers !== undefined)
    })
  for (const source of task.sources) {
    const items = source.root || !runs(source) ? [] : gatherApprovalItems(source.artifacts, integrityOf)
    const judgement = judge(items, approvals.get(source.package), sha256Hex)
    if (judgement.kind === 'approved') sources.push(source)
    else if (await isAllowed(context, task, { source, judgement })) {
      approvals.set(source.package, approve(items, sha256Hex))
      changed = true
      sources.push(source)
    } else {
      const differences = judgement.kind === 'changed' ? judgement.differences : []
      leftOut.push({ package: source.package, reason: judgement.kind, items, differences })
      sources.push(withoutExecutables(source))
    }
  }
  return { sources, leftOut, approvals, changed }
}

async function isAllowed(
  { world, settings, report }: Context,
  task: ApprovalTask,
  { source, judgement }: { readonly source: Source; readonly judgement: Exclude<Judgement, { kind: 'approved' }> },
): Promise<boolean> {
  if (task.look) return false
  if (task.approveAll) return true
  if (settings.yes) return judgement.kind === 'new'
  if (!world.terminal.interactive || settings.json || settings.quiet) return false
  report({ kind: 'executables', review: await reviewOf(world, task, { source, judgement }) })
  return world.ask.confirm(
    judgement.kind === 'new'
      ? `Let ${source.package} run these?`
      : `${source.package} was approved before and has changed. Let it run these now?`,
    false,
  )
}

/** What a person has to see before saying yes. */
async function reviewOf(
  world: World,
  { place, disk }: ApprovalTask,
  { source, judgement }: { readonly source: Source; readonly judgement: Exclude<Judgement, { kind: 'approved' }> },
): Promise<ExecutableReview> {
  const { items } = judgement
  if (judgement.kind === 'new') return { package: source.package, items, differences: [], patches: [] }
  const makePatch = await loadPatchMaker()
  const root = runRoot({ place, world }, source)
  const patches = source.artifacts.runFiles.flatMap(({ path, data }) => {
    if (!judgement.differences.some(({ id }) => id === `file ${path}`)) return []
    const before = disk.read(`${root}/${path}`)
    // The copy that was approved, unless somebody changed it since; then there is no way to know what it was.
    const old = before === undefined || before === 'blocked' ? undefined : before.data
    return makePatch(path, old, data) ?? []
  })
  return { package: source.package, items, differences: judgement.differences, patches }
}
