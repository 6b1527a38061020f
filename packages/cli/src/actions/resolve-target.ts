/** A target that comes from resolution, with the lock as a preference for everything that was not asked to move (D9, D48). */
import {
  EMPTY_LOCK,
  type InstanceName,
  LOCK_FILE,
  type Lock,
  type PackageName,
  type Release,
  type Solution,
  type Version,
  checkPeers,
  describePassedOver,
  fail,
  formatPeerProblem,
  gatherWants,
  packageOf,
  requireLocked,
} from '@aam/core'
import { judgeSolution } from './apply-policy.ts'
import { readOrigins } from '../disk/origins.ts'
import { type Project, decodeText, editManifest } from '../disk/project.ts'
import type { Context } from '../world.ts'
import { buildLock } from './build-lock.ts'
import type { Target, TargetRequest, TargetTask } from './target.ts'
import { type WantsEdit, addSpecifiers, chooseFollowed, followTags } from './edit-wants.ts'
import type { OpenRegistry } from './open-registry.ts'
import { type Resolver, resolveQuestion } from './resolve.ts'

/** @throws NOT_INSTALLED, OFFLINE, LOCK_CONFLICTED, what a policy forbids, and what resolution throws */
export async function resolveTarget(task: TargetTask): Promise<Target> {
  const { context, request } = task
  const before = task.before ?? EMPTY_LOCK
  requireGoal(before, request)
  if (request.offline) {
    fail('OFFLINE', { why: task.before === undefined ? `there is no ${LOCK_FILE}` : 'this needs to resolve again' })
  }
  const opened = await task.open()
  const { registry, config } = opened
  const locked = keptVersions(before, request)
  const resolver: Resolver = { registry, documents: new Map(), context, policy: config.policy, locked }
  const edit = await gatherEdits(resolver, task, { before, config })
  const project = await applyEdits(task.project, edit.edits)
  const wants = gatherWants(project.decoded.manifest, edit.tags)
  const solution = await resolveQuestion(resolver, { wants, locked })
  judgeSolution(config.policy, solution, { tags: edit.tags, before, wants })
  refuseUnmerged(task, solution)
  reportPeers(context, solution, { wants, strict: request.strictPeers })
  reportReleases(context, solution)
  const { lock, moved, seen } = buildLock(solution, {
    before,
    recordedFor: opened.recordedFor,
    addressOf: registry.addressOf,
    tags: edit.tags,
    asked: new Set(request.goal.kind === 'add' ? request.goal.specifiers.map(({ name }) => name) : []),
    origins: readOrigins(context.world.home),
  })
  return {
    project,
    lock,
    wants,
    origin: 'registry',
    tags: edit.tags,
    notes: [...edit.notes, ...moved, ...heldBack(solution, locked)],
    documents: resolver.documents,
    seen,
  }
}

/** A project as it is after some edits of its manifest. */
export async function applyEdits(project: Project, edits: WantsEdit['edits']): Promise<Project> {
  if (edits.length === 0) return project
  const { text, format } = await editManifest(project, edits)
  return { ...project, text, format, decoded: await decodeText(text, format) }
}

/**
 * The locked versions that are kept where possible: those of every package that was not asked to move. Naming the locked
 * version is not asking to move, so that one that was yanked since may be named.
 */
function keptVersions(before: Lock, { goal }: TargetRequest): Map<PackageName, Version> {
  const free = new Set<PackageName>(
    goal.kind === 'add'
      ? goal.specifiers
          .filter(({ name, wanted: it }) => it.kind !== 'version' || it.version !== before.resolved.get(name)?.version)
          .map(({ name }) => name)
      : goal.kind === 'update'
        ? goal.names === 'all'
          ? [...before.resolved.keys()].map(packageOf)
          : goal.names
        : [],
  )
  const locked = new Map<PackageName, Version>()
  for (const [instance, { version }] of before.resolved) {
    const name = packageOf(instance)
    if (instance === name && !free.has(name)) locked.set(name, version)
  }
  return locked
}

async function gatherEdits(
  resolver: Resolver,
  { project, request: { goal } }: TargetTask,
  { before, config }: { readonly before: Lock; readonly config: OpenRegistry['config'] },
): Promise<WantsEdit> {
  const added = goal.kind === 'add' ? await addSpecifiers(resolver, goal, { project, config, lock: before }) : undefined
  const followed = chooseFollowed({ project, config, lock: before }, goal)
  const moved = await followTags(resolver, project, followed)
  return {
    edits: [...(added?.edits ?? []), ...moved.edits],
    tags: new Map([...(added?.tags ?? []), ...moved.tags]),
    notes: [...(added?.notes ?? []), ...moved.notes],
  }
}

function requireGoal(lock: Lock, { goal }: TargetRequest): void {
  if (goal.kind !== 'update' || goal.names === 'all') return
  for (const name of goal.names) requireLocked(lock, name)
}

/** A merged lock may hold only what one of its sides had (D2). */
function refuseUnmerged({ merge }: TargetTask, solution: Solution): void {
  if (merge === undefined) return
  const strangers = [...solution.picks.values()].filter(
    ({ name, version }) => merge.sides.get(name)?.some(entry => entry.version === version) !== true,
  )
  const names = [...merge.contradictions, ...strangers.map(({ name }) => name)]
  if (names.length === 0) return
  const why =
    merge.contradictions.length > 0
      ? 'the two sides have different contents for one version'
      : 'together they need versions that neither side has'
  fail('LOCK_CONFLICTED', { file: LOCK_FILE, line: merge.line, why, names: [...new Set(names)] })
}

function reportPeers(
  context: Context,
  solution: Solution,
  { wants, strict }: { readonly wants: Target['wants']; readonly strict: boolean },
): void {
  const packages = new Map(
    [...solution.picks].map(([name, { version, dependencies }]) => [name, { version, dependencies }]),
  )
  const peersOf = (
    name: InstanceName,
  ): ReadonlyMap<PackageName, Release['peerDependencies'] extends ReadonlyMap<PackageName, infer R> ? R : never> =>
    solution.picks.get(packageOf(name))?.choice.peerDependencies ?? new Map()
  const problems = checkPeers({ root: solution.root, packages }, peersOf, new Set(wants.resolutions.keys())).map(
    formatPeerProblem,
  )
  if (problems.length === 0) return
  if (strict) fail('PEER_UNMET', { problems })
  for (const message of problems) context.report({ kind: 'warning', message })
}

function reportReleases(context: Context, solution: Solution): void {
  for (const [name, { choice, version }] of solution.picks) {
    const { deprecated, yanked } = choice as Release
    if (deprecated !== undefined) {
      context.report({ kind: 'warning', message: `${name}@${version} is deprecated: ${deprecated}` })
    }
    if (yanked) {
      context.report({
        kind: 'warning',
        message: `${name}@${version} was yanked; it stays only because the lock has it`,
      })
    }
  }
}

/** What was held back, and why: `b 1.4.0 (1.5.0 needs d >=3.0.0, c needs d <3.0.0)` (D16). */
function heldBack(solution: Solution, locked: ReadonlyMap<PackageName, Version>): string[] {
  const notes: string[] = []
  for (const { name, version, passedOver } of solution.picks.values()) {
    const [best] = passedOver
    if (best === undefined || locked.get(name) === version) continue
    const why = describePassedOver(best)
    if (why !== undefined) notes.push(`${name} ${version} (${why})`)
  }
  return notes
}
