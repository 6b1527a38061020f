/** `aam install`, `update`, `uninstall`, `prune`: what is asked for, locked, verified, on disk (D40). */
import { readFileSync } from 'node:fs'
import { sha256Hex } from '@aam/archive'
import type { Several } from '@aam/client'
import {
  type Change,
  type InstanceName,
  LOCK_FILE,
  directoryName,
  encodeLock,
  fail,
  packageOf,
  planInstall,
} from '@aam/core'
import { sweepCache } from '../disk/cache.ts'
import { type Config, digestConfig } from '../disk/config.ts'
import { rememberOrigins } from '../disk/origins.ts'
import { readInstalledManifest, readPackageFolders, writeLockCopy } from '../disk/packages.ts'
import { withProjectLock } from '../disk/project-lock.ts'
import { type Project, manifestPath, writeLock, writeManifest } from '../disk/project.ts'
import { type State, listInstalled, readState, writeState } from '../disk/state.ts'
import type { Context } from '../world.ts'
import type { Bundle } from './bundle/bundle.ts'
import { dropBundles, splitGoal } from './bundle/bundle-change.ts'
import { chooseTarget } from './choose-target.ts'
import { type FetchOptions, fetchPackage } from './fetch-packages.ts'
import { type LockBefore, readLockBefore } from './lock-before.ts'
import { giveNotices } from './notices.ts'
import type { Deployment } from './deploy/deployment.ts'
import { type OpenRegistry, openRegistries, readSettings } from './open-registry.ts'
import { findUnmetPeers } from './peers.ts'
import { resolveTarget } from './resolve-target.ts'
import { type ChangeReview, confirmPlan, reviewChanges } from './review-changes.ts'
import { type Staged, namesToStage, stagePackages } from './stage.ts'
import {
  type InstallRequest,
  type InstallResult,
  type SplitRequest,
  changesManifest,
  summarise,
} from './install-result.ts'
import { decideDeployment, readBundlesBeside } from './install-deployment.ts'
import type { Goal, Target, TargetTask } from './target.ts'
import { buildTree } from './tree.ts'

/** The project to install into, and how to read it once nobody else can change it any more. */
export type ProjectSource = { readonly folder: string; readonly read: () => Promise<Project> }

/** Installs. One at a time per project; safe to interrupt anywhere and to run again. */
export async function installProject(
  context: Context,
  { folder, read }: ProjectSource,
  request: InstallRequest,
): Promise<InstallResult> {
  // A dry run writes nothing, the lock's folder included.
  if (request.dryRun) {
    const project = await read()
    return dryRun(context, project, splitBundles(project, request))
  }
  const onWait = (owner: string): void => {
    context.report({ kind: 'notice', message: `Waiting for ${owner}, which is working in this project` })
  }
  return withProjectLock(folder, onWait, async () => {
    const project = await read()
    return installLocked(context, project, splitBundles(project, request))
  })
}

function splitBundles(project: Project, request: InstallRequest): SplitRequest {
  return { ...request, ...splitGoal(project, request.goal) }
}

async function installLocked(context: Context, project: Project, request: SplitRequest): Promise<InstallResult> {
  const { world } = context
  const before = await readLockBefore(project.folder, request, context.world.env)
  const task = prepareTask(context, { project, before, request })
  const state = readState(project.folder)
  const plan = await stageTarget(task, state, request)
  const { target, changes } = plan
  const { reviews, deployment, begun } = await putInPlace(task, plan, { state, request })
  const done = await deployment?.carryOut()
  if (request.cache === 'use') {
    rememberOrigins(world.home, target.seen)
    sweepCache(world.home)
  }
  // A lock that was taken over as it is keeps its bytes.
  const text = (target.lock === before.lock ? before.text : undefined) ?? encodeLock(target.lock)
  const wrote = before.text !== text
  commit({ project, target, text, wrote })
  const notices = giveNotices(context, project, { target, before, given: state.notices, deployed: deployment?.result })
  const complete = {
    format: target.project.format,
    manifest: sha256Hex(readFileSync(manifestPath(target.project))),
    lock: sha256Hex(text),
    settings: digestConfig(world, project.folder),
    deployed: done?.from,
  }
  writeState(project.folder, {
    complete: target.loose ? undefined : complete,
    packages: chosenOf(target),
    pending: new Map(),
    deployed: done?.ledger ?? state.deployed,
    deploying: done === undefined ? begun.deploying : undefined,
    notices,
  })
  // The last: as long as it is there, the same command can be run again.
  dropBundles(project.folder, request.bundleChange)
  return summarise(target, { project, changes, reviews, wrote, request, deployment: deployment?.result ?? null })
}

type InPlace = {
  readonly reviews: readonly ChangeReview[]
  readonly deployment: Deployment | undefined
  /** The state as it was written before the first change. */
  readonly begun: State
}

/** Shows what has to be shown first, then moves what was prepared into its place. Nothing is deployed yet. */
async function putInPlace(
  task: TargetTask,
  { target, bundles, changes, staged }: StagedTarget,
  { state, request }: { readonly state: State; readonly request: SplitRequest },
): Promise<InPlace> {
  try {
    const updates = request.goal.kind === 'update' && staged !== undefined
    const reviews = updates ? await reviewChanges(task.project.folder, changes, staged.staging.review) : []
    if (updates) await confirmPlan(task.context, changes, reviews)
    const deployment =
      request.deploy === 'no'
        ? undefined
        : await decideDeployment(task, { target, bundles, staged, state, request }, request.deploy)
    const begun = begin(state, { changes, target, deployment, force: request.force })
    if (begun !== state) writeState(task.project.folder, begun)
    staged?.staging.swapIn(changes.filter(change => change.kind === 'remove').map(change => change.name))
    return { reviews, deployment, begun }
  } finally {
    staged?.staging.discard()
  }
}

/** @throws PEER_UNMET when a lock that was taken over leaves peers unmet; what was prepared is removed */
function requirePeers({ project, lock }: Target, staged: Staged | undefined): void {
  const read = (name: InstanceName): Readonly<Record<string, unknown>> | undefined =>
    staged?.staging.readManifest(name) ?? readInstalledManifest(project.folder, name)
  const problems = findUnmetPeers({ project, lock }, read)
  if (problems.length === 0) return
  staged?.staging.discard()
  fail('PEER_UNMET', { problems })
}

type StagedTarget = {
  readonly target: Target
  readonly bundles: readonly Bundle[]
  readonly changes: readonly Change[]
  /** `undefined` when nothing is installed and nothing is to be. */
  readonly staged: Staged | undefined
}

/** Chooses what to install and unpacks what is missing, beside its place. */
async function stageTarget(task: TargetTask, state: State, request: SplitRequest): Promise<StagedTarget> {
  const fetching: FetchOptions = {
    context: task.context,
    cache: request.cache,
    registry: async () => (await task.open()).registry,
    offline: request.offline,
  }
  const stage = async (target: Target): Promise<StagedTarget> => {
    const bundles = await readBundlesBeside(task, target, request.bundleChange)
    const changes = planFor(task.project.folder, { state, target, goal: request.goal })
    const names = namesToStage(target.lock, changes, request.force)
    const nothing = target.lock.resolved.size === 0 && changes.length === 0
    const staged = nothing ? undefined : await stagePackages(target, names, fetching)
    if (request.strictPeers && target.origin === 'lock') requirePeers(target, staged)
    return { target, bundles, changes, staged }
  }
  const first = await stage(await chooseTarget(task))
  const { staged } = first
  if (staged === undefined || staged.stale.length === 0) return first
  // The lock passes for the root, but a package in it wants something else: an override went, or somebody edited it.
  staged.staging.discard()
  if (request.frozen) fail('LOCK_STALE', { file: LOCK_FILE, reasons: staged.stale })
  return stage(await resolveTarget({ ...task, project: first.target.project }))
}

async function dryRun(context: Context, project: Project, request: SplitRequest): Promise<InstallResult> {
  const before = await readLockBefore(project.folder, request, context.world.env)
  const task = prepareTask(context, { project, before, request })
  const target = await chooseTarget(task)
  await readBundlesBeside(task, target, request.bundleChange)
  const changes = planFor(project.folder, { state: readState(project.folder), target, goal: request.goal })
  // What is fetched only to be looked at is not kept.
  const registry = async (): Promise<Several> => (await task.open()).registry
  const fetching: FetchOptions = { context, cache: 'bypass', registry, offline: false }
  const reviews =
    request.goal.kind !== 'update'
      ? []
      : await reviewChanges(project.folder, changes, async name => {
          const entry = target.lock.resolved.get(name)
          if (entry === undefined) throw new Error(`${name} is to be installed, and not in the lock`)
          const { entries, manifest } = await fetchPackage(packageOf(name), entry, fetching)
          return { permissions: manifest['permissions'], files: entries }
        })
  const result = summarise(target, {
    project,
    changes,
    reviews,
    wrote: before.text !== encodeLock(target.lock),
    request,
    deployment: null,
  })
  return { ...result, tree: buildTree(target.project, target.lock, target.documents) }
}

function prepareTask(
  context: Context,
  {
    project,
    before,
    request,
  }: { readonly project: Project; readonly before: LockBefore; readonly request: InstallRequest },
): TargetTask {
  let opened: Promise<OpenRegistry> | undefined
  let read: Promise<Config> | undefined
  const config = async (): Promise<Config> => (read ??= readSettings(context, project.folder))
  const open = async (): Promise<OpenRegistry> =>
    openRegistries(context, {
      project: project.folder,
      flag: request.registry,
      lock: before.lock,
      config: await config(),
      offline: request.offline,
    })
  return {
    context,
    project,
    before: before.lock,
    merge: before.merge,
    request,
    config,
    open: async () => (opened ??= open()),
  }
}

/**
 * What changes on disk. A package counts as installed when the state says so and its folder is there; what an interrupted
 * install left is installed again where it is wanted, and removed where it is not. Pruning removes what nobody knows, too.
 */
function planFor(
  folder: string,
  { state, target, goal }: { readonly state: State; readonly target: Target; readonly goal: Goal },
): Change[] {
  const present = new Set(listInstalled(folder))
  const chosen = chosenOf(target)
  const leftOver = [...state.pending].filter(([name]) => !chosen.has(name))
  const installed = new Map([...state.packages, ...leftOver].filter(([name]) => present.has(directoryName(name))))
  const changes = planInstall(installed, chosen)
  if (goal.kind !== 'prune') return changes
  const strangers = [...readPackageFolders(folder, present)].filter(
    ([name]) => !installed.has(name) && !chosen.has(name),
  )
  return [...changes, ...strangers.map(([name, version]): Change => ({ kind: 'remove', name, from: version }))]
}

function chosenOf({ lock }: Target): State['packages'] {
  return new Map([...lock.resolved].map(([name, { version, integrity }]) => [name, { version, integrity }]))
}

/** From here until the end the state vouches only for what does not change, so that a crash is repaired by a rerun. */
function begin(
  state: State,
  {
    changes,
    target,
    deployment,
    force,
  }: {
    readonly changes: readonly Change[]
    readonly target: Target
    readonly deployment: Deployment | undefined
    readonly force: boolean
  },
): State {
  if (changes.length === 0 && !force && deployment?.deploying === undefined) return state
  const changing = new Set<InstanceName>(changes.map(({ name }) => name))
  const packages = new Map([...state.packages].filter(([name]) => !changing.has(name)))
  const touched = [...state.packages, ...chosenOf(target)].filter(([name]) => changing.has(name))
  return {
    ...state,
    complete: undefined,
    packages,
    pending: new Map([...state.pending, ...touched]),
    deploying: deployment?.deploying ?? state.deploying,
  }
}

/** Manifest, then lock: a lock never names what was not verified and put in place (D40). */
function commit({
  project,
  target,
  text,
  wrote,
}: {
  readonly project: Project
  readonly target: Target
  readonly text: string
  readonly wrote: boolean
}): void {
  if (changesManifest(project, target)) writeManifest(project.folder, target.project)
  writeLockCopy(project.folder, text)
  if (wrote) writeLock(project.folder, text)
}
