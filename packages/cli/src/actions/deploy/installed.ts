/** `aam deploy`, `undeploy`, `status`: what is installed already, where agents look for it. No registry is asked. */
import { existsSync } from 'node:fs'
import { type InstanceName, LOCK_FILE, type Lock, fail, packageOf } from '@aam/core'
import { packageFolder } from '../../disk/packages.ts'
import { withProjectLock } from '../../disk/project-lock.ts'
import { type Project, readLock, readProject, requireProject } from '../../disk/project.ts'
import type { DeployedFrom } from '../../disk/deployed-from.ts'
import { type State, readState, writeState } from '../../disk/state.ts'
import { readUserLedger, withUserLock, writeUserLedger } from '../../disk/user-state.ts'
import type { Context } from '../../world.ts'
import { type BundleChange, NO_BUNDLE_CHANGE } from '../bundle/bundle-change.ts'
import { readBundles } from '../bundle/project-bundles.ts'
import { readSettings } from '../open-registry.ts'
import type { Place } from './choose-targets.ts'
import type { DeployRequest, DeploySubject, Deployment } from './deployment.ts'
import { prepareDeployment } from './deploy-project.ts'
import type { DeployResult } from './result.ts'

export type DeployCommand = DeployRequest & {
  readonly level: Place['level']
  readonly dryRun: boolean
}

/**
 * Deploys what is installed.
 * @throws MANIFEST_MISSING, NOT_UNPACKED, PLATFORM_UNKNOWN
 */
export async function deployInstalled(context: Context, command: DeployCommand): Promise<DeployResult> {
  const { folder } = requireProject(context.world.cwd)
  const prepare = async (look: boolean): Promise<Deployment> =>
    prepareDeployment(context, await readSubject(context, command.level, takesAll(command)), { ...command, look })
  if (command.dryRun) return (await prepare(true)).result
  const onWait = (owner: string): void => {
    context.report({ kind: 'notice', message: `Waiting for ${owner}, which is working here` })
  }
  const act = async (): Promise<DeployResult> => {
    const deployment = await prepare(false)
    await carryOut(context, folder, { level: command.level, deployment })
    return deployment.result
  }
  return withProjectLock(folder, onWait, () =>
    command.level === 'project' ? act() : withUserLock(context.world.home, onWait, act),
  )
}

/** What is deployed, and how it differs from what should be. Changes nothing. */
export async function describeDeployment(
  context: Context,
  level: Place['level'],
): Promise<Pick<Deployment, 'result' | 'outcomes' | 'warnings' | 'problems'>> {
  const subject = await readSubject(context, level)
  const request = { selection: { kind: 'usual' }, force: 'keep', approveAll: false, asks: false, look: true } as const
  const { result, outcomes, warnings, problems } = await prepareDeployment(context, subject, request)
  return { result, outcomes, warnings, problems }
}

/** Whether nothing is to be deployed any more: then nothing has to be installed. */
function takesAll({ selection }: DeployRequest): boolean {
  return selection.kind === 'without' && selection.platforms === 'all'
}

/** Carries a deployment out, and remembers it: first what is to be, so that a run that stops is found out. */
export async function carryOut(
  { world }: Context,
  folder: string,
  { level, deployment }: { readonly level: Place['level']; readonly deployment: Deployment },
): Promise<void> {
  if (level === 'user') {
    const { deploying } = deployment
    if (deploying !== undefined) writeUserLedger(world.home, folder, { deploying })
    writeUserLedger(world.home, folder, { deployed: (await deployment.carryOut()).ledger })
    return
  }
  const state = readState(folder)
  if (deployment.deploying !== undefined) {
    writeState(folder, { ...state, complete: withDeployed(state, undefined), deploying: deployment.deploying })
  }
  const { ledger, from } = await deployment.carryOut()
  writeState(folder, { ...state, complete: withDeployed(state, from), deployed: ledger, deploying: undefined })
}

/** What is installed is not touched by deploying. */
function withDeployed({ complete }: State, deployed: DeployedFrom | undefined): State['complete'] {
  return complete && { ...complete, deployed }
}

/**
 * The project as it is locked and installed.
 * @param isEmpty nothing is to be deployed, so nothing has to be installed
 * @throws MANIFEST_MISSING, LOCK_MISSING, and as `subjectOf`
 */
export async function readSubject(context: Context, level: Place['level'], isEmpty = false): Promise<DeploySubject> {
  const project = await readProject(requireProject(context.world.cwd))
  const subject = await subjectOf(context, project, { level, change: NO_BUNDLE_CHANGE, isEmpty })
  const { dependencies, optionalDependencies } = project.decoded.manifest
  const wants = dependencies.size + optionalDependencies.size
  // Without the lock nobody knows what is to stay.
  if (!isEmpty && wants > 0 && (await readLock(project.folder)) === undefined) fail('LOCK_MISSING', { file: LOCK_FILE })
  return subject
}

/**
 * A project as it is locked and installed, with its bundles as they are to be. Bundles are for one project, not for its user.
 * @throws NOT_UNPACKED, BUNDLE_INVALID, BUNDLE_TAKEN, and what a policy forbids
 */
export async function subjectOf(
  context: Context,
  project: Project,
  {
    level,
    change,
    isEmpty = false,
  }: { readonly level: Place['level']; readonly change: BundleChange; readonly isEmpty?: boolean },
): Promise<DeploySubject> {
  const { world } = context
  const { folder } = project
  const lock = (await readLock(folder))?.lock
  if (!isEmpty) requireUnpacked(project, lock)
  const names = [...(lock?.resolved.keys() ?? [])]
  const { deployed, deploying } = level === 'project' ? readState(folder) : readUserLedger(world.home, folder)
  const config = await readSettings(context, folder)
  const setting = { folder, config, name: project.decoded.manifest.name, locked: names.map(packageOf) }
  return {
    project,
    place: { project: folder, level, base: level === 'project' ? folder : world.userHome() },
    config,
    bundles: level === 'project' ? readBundles(setting, change) : [],
    bundleChange: change,
    packages: new Map(isEmpty ? [] : names.map(name => [name, packageFolder(folder, name)])),
    names,
    ledger: deployed,
    pending: deploying,
  }
}

/** What is locked and not unpacked cannot be deployed, and what is deployed of it must not be taken away. */
function requireUnpacked({ folder }: Project, lock: Lock | undefined): void {
  const isThere = (name: InstanceName): boolean => existsSync(packageFolder(folder, name))
  const missing = [...(lock?.resolved.keys() ?? [])].filter(name => !isThere(name))
  if (missing.length > 0) fail('NOT_UNPACKED', { names: missing, file: LOCK_FILE })
}
