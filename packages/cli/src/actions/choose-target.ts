/** Decides what is to be installed: exactly what the lock says while it fits, else what resolution finds. */
import {
  type ConflictStrategy,
  EMPTY_LOCK,
  LOCK_FILE,
  type Lock,
  NO_POLICY,
  RESOLVER_VERSION,
  chainsTo,
  checkLock,
  fail,
  gatherWants,
  hasInstances,
  instancesOf,
  packageOf,
  pruneLock,
} from '@aam/core'
import { mayHavePolicy } from '../disk/config.ts'
import { readInstalledManifest } from '../disk/packages.ts'
import type { Project } from '../disk/project.ts'
import { readState } from '../disk/state.ts'
import { judgeLock } from './apply-policy.ts'
import { removeNames } from './edit-wants.ts'
import { findUnmetPeers } from './peers.ts'
import { applyEdits, resolveTarget } from './resolve-target.ts'
import type { Target, TargetTask } from './target.ts'
import { graphOf } from './tree.ts'

/**
 * Chooses the target.
 * @throws LOCK_STALE or LOCK_MISSING when frozen, RESOLVER_VERSION_UNKNOWN, NOT_INSTALLED, NOT_DIRECT, OFFLINE, what a
 *   policy forbids, and what resolution throws
 */
export async function chooseTarget(task: TargetTask): Promise<Target> {
  const { request } = task
  const { goal } = request
  refuseUnsupported(task.project)
  if (goal.kind === 'remove') {
    const unfinished = new Set([...readState(task.project.folder).pending.keys()].map(packageOf))
    const { edits } = removeNames(task.project, goal.names, { lock: task.before, unfinished })
    return keepTarget({ ...task, project: await applyEdits(task.project, edits) })
  }
  if (goal.kind === 'prune') return keepTarget(task)
  const nothing = chooseNothing(task)
  if (nothing !== undefined) return nothing
  const { project, before } = task
  if (goal.kind !== 'install' || request.strategy !== 'highest' || task.merge !== undefined) return resolveTarget(task)
  if (before === undefined) {
    if (request.frozen) fail('LOCK_MISSING', { file: LOCK_FILE })
    return resolveTarget(task)
  }
  const wants = gatherWants(project.decoded.manifest)
  const policy = mayHavePolicy(task.context.world, project.folder) ? (await task.open()).config.policy : NO_POLICY
  const reasons = [
    ...checkLock(before, wants),
    ...checkStrategy(before, request.onConflict ?? project.decoded.manifest.conflict),
    ...judgeLock(policy, { project, lock: before }, request.frozen),
  ]
  if (reasons.length === 0) return takeOver(project, before)
  if (request.frozen) fail('LOCK_STALE', { file: LOCK_FILE, reasons })
  for (const reason of reasons) task.context.report({ kind: 'detail', message: `the lock does not fit: ${reason}` })
  return resolveTarget(task)
}

/** What is left when a project needs less: nothing moves, and no registry is asked. */
async function keepTarget(task: TargetTask): Promise<Target> {
  const { project, before, request } = task
  if (before === undefined) {
    if (request.goal.kind === 'prune') return fail('LOCK_MISSING', { file: LOCK_FILE })
    return chooseNothing(task) ?? resolveTarget(task)
  }
  const wants = gatherWants(project.decoded.manifest)
  const lock = pruneLock(before, wants)
  const reasons = checkLock(lock, wants)
  if (reasons.length === 0) {
    const target = takeOver(project, lock)
    if (request.goal.kind === 'remove') warnAboutPeers(task, target)
    return { ...target, notes: goalNotes(task, target) }
  }
  if (request.goal.kind === 'prune') fail('LOCK_STALE', { file: LOCK_FILE, reasons })
  return resolveTarget(task)
}

/** Why a lock is not one that this conflict strategy would make; empty when nobody asks for one (D17). */
function checkStrategy(lock: Lock, strategy: ConflictStrategy | undefined): string[] {
  if (strategy === undefined) return []
  return [
    ...(strategy !== 'duplicate' && hasInstances(lock.resolved)
      ? [`versions stand side by side in it, and the strategy for conflicts is '${strategy}'`]
      : []),
    ...(strategy !== 'peer' && lock.promoted !== undefined
      ? [`it lifts ${[...lock.promoted].join(', ')} to peers, and the strategy for conflicts is '${strategy}'`]
      : []),
  ]
}

/** What a project that asks for nothing gets: no registry has to be there to say so. `undefined` when it asks for something. */
function chooseNothing({ project, before, merge, request: { goal, frozen } }: TargetTask): Target | undefined {
  const wants = gatherWants(project.decoded.manifest)
  const asks = goal.kind === 'add' || (goal.kind === 'update' && goal.names !== 'all')
  if (asks || merge !== undefined || wants.required.size + wants.optional.size > 0) return undefined
  if (before !== undefined && checkLock(before, wants).length === 0) return takeOver(project, before)
  return frozen ? undefined : takeOver(project, EMPTY_LOCK)
}

/** Packages that were to be removed and stay, because others need them. */
function goalNotes({ request: { goal } }: TargetTask, { project, lock }: Target): string[] {
  if (goal.kind !== 'remove') return []
  return goal.names.flatMap(name => {
    const [chain] = instancesOf(lock.resolved, name).flatMap(([instance]) =>
      chainsTo(graphOf({ project, lock }), instance),
    )
    return chain === undefined
      ? []
      : [`${name} stays, because ${chain.slice(0, -1).map(packageOf).join(' → ')} needs it`]
  })
}

/** What was removed may have been what others count on. */
function warnAboutPeers({ context }: TargetTask, { project, lock }: Target): void {
  for (const message of findUnmetPeers({ project, lock }, name => readInstalledManifest(project.folder, name))) {
    context.report({ kind: 'warning', message })
  }
}

function takeOver(project: Project, lock: Lock): Target {
  const wants = gatherWants(project.decoded.manifest)
  return {
    project,
    lock,
    wants,
    origin: 'lock',
    loose: false,
    tags: new Map(),
    notes: [],
    documents: new Map(),
    seen: [],
  }
}

/** What a manifest asks for and this version cannot do must not be ignored: the result would be another than asked for. */
function refuseUnsupported({ format, decoded }: Project): void {
  const { manifest } = decoded
  if (manifest.resolverVersion !== RESOLVER_VERSION) {
    fail('RESOLVER_VERSION_UNKNOWN', { file: format, version: String(manifest.resolverVersion) })
  }
  const { extras } = manifest.raw['x-aam'] ?? {}
  const unsupported = (field: string): never =>
    fail('USAGE', {
      message: `${format}: ${field} is not supported by this version of aam`,
      hint: 'remove it, or update aam',
    })
  if (extras !== undefined && Object.keys(extras).length > 0) unsupported('x-aam.extras')
}
