/** What a deployment says of itself. */
import type { Level, Outcome, PlaceWarning } from '@aam/platforms'
import type { LeftOut } from './approve.ts'
import type { Targets } from './choose-targets.ts'
import type { DeploymentPlan } from './plan-deployment.ts'
import type { Source } from './read-sources.ts'

/** What was, or would be, done. */
export type DeployResult = {
  readonly level: Level
  readonly targets: readonly { readonly platform: string; readonly title: string; readonly because: string }[]
  readonly chosenBy: Targets['chosenBy']
  /** There is nothing that could be deployed. */
  readonly isEmpty: boolean
  /** Of every unit that is not as it was. */
  readonly changes: readonly Outcome[]
  /** Units that are deployed and did not change. */
  readonly unchanged: number
  /** What platforms cannot express, of what changed. */
  readonly warnings: readonly PlaceWarning[]
  readonly leftOut: readonly LeftOut[]
  /** What is wrong with artifacts, of the project itself and of what changed. */
  readonly problems: readonly string[]
}

/** Whether everything was done that was asked for; what users keep as they have it counts as done. */
export function isWhole({ leftOut, changes }: DeployResult): boolean {
  return leftOut.length === 0 && !changes.some(({ change }) => change === 'blocked')
}

/** What a plan comes to, for people. Warnings are those about what changes. */
export function summarise({
  level,
  chosen,
  plan,
  leftOut,
  has,
  sources,
}: {
  readonly level: Level
  readonly chosen: Pick<Targets, 'targets' | 'chosenBy'>
  readonly plan: Pick<DeploymentPlan, 'outcomes' | 'warnings'>
  readonly leftOut: readonly LeftOut[]
  readonly has: boolean
  readonly sources: readonly Source[]
}): DeployResult {
  const changes = plan.outcomes.filter(({ change }) => change !== 'same' && change !== 'adopt')
  const touched = new Set(
    changes.filter(({ change }) => change === 'add' || change === 'update').map(outcome => outcome.package),
  )
  return {
    level,
    targets: chosen.targets.map(({ platform, because }) => ({ platform: platform.id, title: platform.title, because })),
    chosenBy: chosen.chosenBy,
    isEmpty: !has,
    changes,
    unchanged: plan.outcomes.length - changes.length,
    warnings: plan.warnings.filter(warning => touched.has(warning.package)),
    leftOut,
    problems: sources.filter(source => source.root || touched.has(source.package)).flatMap(problemsOf),
  }
}

/** What is wrong with the artifacts of a package, in sentences. */
export function problemsOf({ package: name, warnings }: Source): string[] {
  return warnings.map(warning => `${name}: ${warning}`)
}
