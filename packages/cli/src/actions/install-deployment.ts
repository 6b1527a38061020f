/** The part of an install that deploys: decided before anything is moved into its place. */
import { packageOf } from '@aam/core'
import type { State } from '../disk/state.ts'
import { packageFolder } from '../disk/packages.ts'
import { listBundles } from '../disk/bundles.ts'
import type { Bundle } from './bundle/bundle.ts'
import { type BundleChange, changesBundles } from './bundle/bundle-change.ts'
import type { DeployRequest, DeploySubject, Deployment } from './deploy/deployment.ts'
import { findNoAgent } from './deploy/no-agent.ts'
import type { SplitRequest } from './install-result.ts'
import type { Staged } from './stage.ts'
import type { Target, TargetTask } from './target.ts'

/** What decides what is deployed. */
type DeployParts = {
  readonly target: Target
  /** The bundles beside the target. */
  readonly bundles: readonly Bundle[]
  readonly staged: Staged | undefined
  readonly state: State
  readonly request: SplitRequest
}

/** Decides what is deployed; in a project without an agent that costs next to nothing. */
export async function decideDeployment(
  task: TargetTask,
  parts: DeployParts,
  deploy: DeployRequest,
): Promise<Deployment> {
  const { kind } = task.request.goal
  const request = { ...deploy, asks: deploy.asks && (kind === 'install' || kind === 'add'), look: false }
  const packages = parts.target.lock.resolved.size
  const place = { folder: task.project.folder, packages, state: parts.state }
  const bundles = listBundles(task.project.folder).length > 0 || changesBundles(parts.request.bundleChange)
  const none = bundles ? undefined : findNoAgent(task.context, place, request)
  if (none !== undefined) return none
  const { prepareDeployment } = await import('./deploy/deploy-project.ts')
  return prepareDeployment(task.context, await subjectOf(task, parts), request)
}

/** What is deployed: every locked package, from where its files are before the swap. */
async function subjectOf(
  task: TargetTask,
  { target, bundles, staged, state, request: { bundleChange } }: DeployParts,
): Promise<DeploySubject> {
  const { folder } = task.project
  const names = [...target.lock.resolved.keys()]
  const before = [...(task.before?.resolved.keys() ?? []), ...state.packages.keys(), ...state.pending.keys()]
  return {
    project: target.project,
    place: { project: folder, level: 'project', base: folder },
    config: await task.config(),
    bundles,
    bundleChange,
    packages: new Map(
      names.map(name => [
        name,
        staged?.names.has(name) === true ? staged.staging.folderOf(name) : packageFolder(folder, name),
      ]),
    ),
    names: [...new Set([...names, ...before])],
    ledger: state.deployed,
    pending: state.deploying,
  }
}

/**
 * The bundles beside what is to be locked.
 * @throws BUNDLE_TAKEN for a package that comes both ways, BUNDLE_INVALID, and what a policy forbids
 */
export async function readBundlesBeside(
  { project: { folder }, config }: TargetTask,
  { project, lock }: Target,
  change: BundleChange,
): Promise<Bundle[]> {
  const { name } = project.decoded.manifest
  if (listBundles(folder).length === 0) return []
  const { readBundles } = await import('./bundle/project-bundles.ts')
  return readBundles({ folder, config: await config(), name, locked: [...lock.resolved.keys()].map(packageOf) }, change)
}
