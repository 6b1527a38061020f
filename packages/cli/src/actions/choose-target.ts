/** Decides what is to be installed: exactly what the lock says while it fits, else what resolution finds. */
import {
  EMPTY_LOCK,
  LOCK_FILE,
  type Lock,
  type PackageName,
  RESOLVER_VERSION,
  type Release,
  type Solution,
  type Specifier,
  type TagChoice,
  type Version,
  type Wants,
  checkLock,
  checkPeers,
  describePassedOver,
  fail,
  formatPeerProblem,
  gatherWants,
  suggestLocked,
} from '@aam/core'
import { type Project, decodeText, editManifest } from '../disk/project.ts'
import type { Context } from '../world.ts'
import { buildLock } from './build-lock.ts'
import { type WantsEdit, addSpecifiers, followTags } from './edit-wants.ts'
import type { OpenRegistry } from './open-registry.ts'
import { type Documents, type Resolver, resolveQuestion } from './resolve.ts'

/** What the command line asks of a resolution. */
export type TargetRequest = {
  /** What to add; empty for "what the manifest says". */
  readonly specifiers: readonly Specifier[]
  /** `update`: which packages may move; `'all'` for every one. */
  readonly update: readonly PackageName[] | 'all' | undefined
  readonly frozen: boolean
  readonly strictPeers: boolean
  readonly saveExact: boolean
  /** Add to `optionalDependencies`. */
  readonly optional: boolean
}

export type TargetTask = {
  readonly context: Context
  readonly project: Project
  /** The lock as it is; `undefined` when there is none. */
  readonly before: Lock | undefined
  readonly request: TargetRequest
  readonly open: () => Promise<OpenRegistry>
}

/** What is to be on disk. */
export type Target = {
  /** The project with the manifest as it is to be. */
  readonly project: Project
  readonly lock: Lock
  readonly wants: Wants
  /** `lock`: taken over without asking a registry, so each package's own ranges are still to be compared. */
  readonly origin: 'lock' | 'registry'
  readonly tags: ReadonlyMap<PackageName, TagChoice>
  readonly notes: readonly string[]
  /** What was fetched on the way. */
  readonly documents: Documents
}

/**
 * Chooses the target.
 * @throws LOCK_STALE or LOCK_MISSING when frozen, RESOLVER_VERSION_UNKNOWN, and what resolution throws
 */
export async function chooseTarget(task: TargetTask): Promise<Target> {
  const { project, before, request } = task
  const { manifest } = project.decoded
  if (manifest.resolverVersion !== RESOLVER_VERSION) {
    fail('RESOLVER_VERSION_UNKNOWN', { file: project.format, version: String(manifest.resolverVersion) })
  }
  refuseUnsupported(project)
  const asks = request.specifiers.length > 0 || request.update !== undefined
  if (!asks && before !== undefined) {
    const wants = gatherWants(manifest)
    const reasons = checkLock(before, wants)
    if (reasons.length === 0) {
      return { project, lock: before, wants, origin: 'lock', tags: new Map(), notes: [], documents: new Map() }
    }
    if (request.frozen) fail('LOCK_STALE', { file: LOCK_FILE, reasons })
    for (const reason of reasons) task.context.report({ kind: 'detail', message: `the lock does not fit: ${reason}` })
  }
  if (request.frozen) fail('LOCK_MISSING', { file: LOCK_FILE })
  return resolveTarget(task)
}

/** What a manifest asks for and this version cannot do must not be ignored: the result would be another than asked for. */
function refuseUnsupported({ format, decoded }: Project): void {
  const { extras, conflict } = decoded.manifest.raw['x-aam'] ?? {}
  const unsupported = (field: string): never =>
    fail('USAGE', {
      message: `${format}: ${field} is not supported by this version of aam`,
      hint: 'remove it, or update aam',
    })
  if (extras !== undefined && Object.keys(extras).length > 0) unsupported('x-aam.extras')
  if (conflict !== undefined && conflict !== 'fail') unsupported(`the conflict strategy '${conflict}'`)
}

/** Resolves, with the lock as a preference for everything that was not asked to move (D9, D48). */
export async function resolveTarget(task: TargetTask): Promise<Target> {
  const { context, request } = task
  const before = task.before ?? EMPTY_LOCK
  for (const name of request.update === 'all' ? [] : (request.update ?? [])) requireLocked(before, name)
  const { registry, recorded, config } = await task.open()
  const resolver: Resolver = { registry, documents: new Map(), context }
  const edit = await gatherEdits(resolver, task, { before, config })
  const project = await applyEdits(task.project, edit)
  const { manifest } = project.decoded
  const wants = gatherWants(manifest, edit.tags)
  const asked = request.specifiers.map(({ name }) => name)
  const free = new Set<PackageName>(
    request.update === 'all' ? before.resolved.keys() : [...asked, ...(request.update ?? [])],
  )
  const locked = new Map<PackageName, Version>()
  for (const [name, { version }] of before.resolved) if (!free.has(name)) locked.set(name, version)
  const solution = await resolveQuestion(resolver, { wants, locked })
  reportPeers(context, solution, { wants, strict: request.strictPeers })
  reportReleases(context, solution)
  return {
    project,
    lock: buildLock(solution, { before, recorded, tags: edit.tags }),
    wants,
    origin: 'registry',
    tags: edit.tags,
    notes: [...edit.notes, ...heldBack(solution, locked)],
    documents: resolver.documents,
  }
}

async function gatherEdits(
  resolver: Resolver,
  { project, request }: TargetTask,
  { before, config }: { readonly before: Lock; readonly config: OpenRegistry['config'] },
): Promise<WantsEdit> {
  const added = await addSpecifiers(resolver, request.specifiers, {
    project,
    saveExact: request.saveExact,
    optional: request.optional,
    config,
    lock: before,
  })
  const asked = new Set(request.specifiers.map(({ name }) => name))
  // A tag is looked up when its package is to move, and when a lost lock no longer says what it named.
  const followed = [...project.decoded.manifest.followedTags.keys()].filter(
    name =>
      !asked.has(name) &&
      (request.update === 'all' || request.update?.includes(name) === true || !before.resolved.has(name)),
  )
  const moved = await followTags(resolver, project, followed)
  return {
    edits: [...added.edits, ...moved.edits],
    tags: new Map([...added.tags, ...moved.tags]),
    notes: [...added.notes, ...moved.notes],
  }
}

async function applyEdits(project: Project, { edits }: WantsEdit): Promise<Project> {
  if (edits.length === 0) return project
  const { text, format } = await editManifest(project, edits)
  return { ...project, text, format, decoded: await decodeText(text, format) }
}

function requireLocked(lock: Lock, name: PackageName): void {
  if (!lock.resolved.has(name)) fail('NOT_INSTALLED', { name, suggestions: suggestLocked(lock, name) })
}

function reportPeers(
  context: Context,
  solution: Solution,
  { wants, strict }: { readonly wants: Wants; readonly strict: boolean },
): void {
  const packages = new Map(
    [...solution.picks].map(([name, { version, dependencies }]) => [name, { version, dependencies }]),
  )
  const peersOf = (
    name: PackageName,
  ): ReadonlyMap<PackageName, Release['peerDependencies'] extends ReadonlyMap<PackageName, infer R> ? R : never> =>
    solution.picks.get(name)?.choice.peerDependencies ?? new Map()
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
