/** A target that comes from resolution, with the lock as a preference for everything that was not asked to move (D9, D48). */
import {
  type Attempt,
  type ConflictStrategy,
  EMPTY_LOCK,
  type InstanceName,
  LOCK_FILE,
  type Lock,
  type PackageName,
  type Question,
  type Range,
  type Release,
  type Solution,
  type Version,
  type Wants,
  caret,
  checkPeers,
  fail,
  findHeldBack,
  formatPeerProblem,
  formatSpecifier,
  gatherWants,
  hasInstances,
  matches,
  needsTag,
  packageOf,
  parseRange,
  requireLocked,
  requirementsOf,
} from '@aam/core'
import type { Config } from '../disk/config.ts'
import { readOrigins } from '../disk/origins.ts'
import { type Project, decodeText, editManifest } from '../disk/project.ts'
import type { Context } from '../world.ts'
import { judgeSolution } from './apply-policy.ts'
import { buildLock } from './build-lock.ts'
import { type WantsEdit, addSpecifiers, chooseFollowed, followTags } from './edit-wants.ts'
import type { OpenRegistry } from './open-registry.ts'
import { type Resolver, openResolver, resolveQuestion } from './resolve.ts'
import type { Goal, Target, TargetRequest, TargetTask } from './target.ts'

/** @throws NOT_INSTALLED, OFFLINE, LOCK_CONFLICTED, what a policy forbids, and what resolution throws */
export async function resolveTarget(task: TargetTask): Promise<Target> {
  const { context, request } = task
  const before = task.before ?? EMPTY_LOCK
  requireGoal(before, request)
  const opened = await task.open()
  const { registry, config } = opened
  if (request.strategy === 'latest' && request.goal.kind !== 'update') {
    const message = '--latest ignores every version range: packages may get versions that they were never tried with'
    context.report({ kind: 'warning', message, hint: 'the next `aam install` returns to the ranges' })
  }
  const newest = request.goal.kind === 'update' && request.strategy === 'latest'
  const keeps = newest || request.strategy === 'highest'
  const locked = keeps ? keptVersions(before, request) : new Map<InstanceName, Version>()
  const resolver = openResolver(context, attemptOf(request, config), { registry, policy: config.policy, locked })
  const edit = await gatherEdits(resolver, task, { before, config })
  const edited = await applyEdits(task.project, edit.edits)
  const asked = gatherWants(edited.decoded.manifest, edit.tags)
  const question: Question = {
    wants: newest ? withoutDirectRanges(asked, request.goal, before) : asked,
    locked,
    strategy: newest ? 'highest' : request.strategy,
    onConflict: conflictStrategy(task, config, before),
  }
  const solution = await resolveQuestion(resolver, question)
  const rewritten = newest ? rewriteRanges(edited, solution) : { edits: [], notes: [] }
  const project = await applyEdits(edited, rewritten.edits)
  const wants = gatherWants(project.decoded.manifest, edit.tags)
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
  const heldBack = findHeldBack(question, solution, resolver.catalogue)
  return {
    project,
    lock,
    wants,
    origin: 'registry',
    loose: question.strategy === 'latest',
    tags: edit.tags,
    notes: [
      ...edit.notes,
      ...rewritten.notes,
      ...moved,
      ...(request.goal.kind === 'install' && request.strategy === 'highest'
        ? broughtBack(before, solution, wants)
        : []),
      ...heldBack.map(({ name, version, why }) => `${name} ${version} (${why})`),
    ],
    documents: resolver.documents.arrived,
    seen,
  }
}

/** The command that the user ran, as far as it matters for what is to be installed. */
function attemptOf({ goal }: TargetRequest, { policy }: Config): Attempt {
  const mayChangeRanges = !needsTag(policy)
  if (goal.kind === 'add') {
    const words = goal.specifiers.map(formatSpecifier).join(' ')
    const command = `aam install ${words}${goal.optional ? ' --optional' : ''}${goal.saveExact ? ' --save-exact' : ''}`
    return { command, adds: new Set(goal.specifiers.map(({ name }) => name)), mayChangeRanges }
  }
  const names = goal.kind === 'update' && goal.names !== 'all' ? ` ${goal.names.join(' ')}` : ''
  const command = goal.kind === 'update' || goal.kind === 'dedupe' ? `aam ${goal.kind}${names}` : 'aam install'
  return { command, adds: new Set(), mayChangeRanges }
}

/**
 * What to do about a conflict: what the command line says, else the manifest, else the configuration (D17). A lock that was
 * made with `duplicate` or `peer` stays one.
 */
function conflictStrategy({ project, request }: TargetTask, config: Config, before: Lock): ConflictStrategy {
  const written = project.decoded.manifest.conflict ?? config.onConflict
  const implied = hasInstances(before.resolved) ? 'duplicate' : before.promoted === undefined ? 'fail' : 'peer'
  return request.onConflict ?? written ?? implied
}

/** The wants of `update --latest`: any version of what is to move, which goes no lower than it is (D21). */
function withoutDirectRanges(wants: Wants, goal: Goal, before: Lock): Wants {
  const moves = (name: PackageName): boolean =>
    goal.kind === 'update' && (goal.names === 'all' || goal.names.includes(name))
  const open = (ranges: Wants['required']): Wants['required'] =>
    new Map(
      [...ranges].map(([name, range]) => {
        const version = before.resolved.get(name)?.version
        return [name, moves(name) ? parseRange(version === undefined ? '*' : `>=${version}`) : range]
      }),
    )
  return { ...wants, required: open(wants.required), optional: open(wants.optional) }
}

/** The ranges of direct dependencies that their new version is outside of, rewritten (D21). */
function rewriteRanges({ decoded: { manifest } }: Project, { picks }: Solution): Pick<WantsEdit, 'edits' | 'notes'> {
  const edits: WantsEdit['edits'][number][] = []
  const notes: string[] = []
  for (const section of ['dependencies', 'optionalDependencies'] as const) {
    for (const [name, range] of manifest[section]) {
      const version = picks.get(name)?.version
      if (version === undefined || matches(range, version) || manifest.resolutions.has(name)) continue
      const next = caret(version).text
      edits.push({ path: [section, name], value: next })
      notes.push(`${name}: ${range.text} → ${next}`)
    }
  }
  return { edits, notes }
}

/** Versions that the lock had and that no range allows, as `--latest` or a hand leaves them: what they became (D21). */
function broughtBack(before: Lock, solution: Solution, wants: Wants): string[] {
  const notes: string[] = []
  for (const [instance, { name, version }] of solution.picks) {
    const old = before.resolved.get(instance)?.version
    if (old === undefined || old === version) continue
    const root = requirementsOf(wants).find(wanted => wanted.name === name && !matches(wanted.range, old))
    const user = [...solution.picks.values()].find(({ choice }) => excludes(choice.dependencies.get(name), old))
    const range = root?.range ?? user?.choice.dependencies.get(name)
    if (range === undefined || wants.resolutions.has(name)) continue
    const who = root === undefined ? (user?.name ?? '') : 'the project'
    notes.push(`${name} ${version} (the lock had ${old}, and ${who} needs ${range.text})`)
  }
  return notes
}

function excludes(range: Range | undefined, version: Version): boolean {
  return range !== undefined && !matches(range, version)
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
function keptVersions(before: Lock, { goal }: TargetRequest): Map<InstanceName, Version> {
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
  const locked = new Map<InstanceName, Version>()
  for (const [instance, { version }] of before.resolved) {
    if (!free.has(packageOf(instance))) locked.set(instance, version)
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
  { root, picks, promoted }: Solution,
  { wants, strict }: { readonly wants: Target['wants']; readonly strict: boolean },
): void {
  const peersOf = (instance: InstanceName): ReadonlyMap<PackageName, Range> => {
    const choice = picks.get(instance)?.choice
    const lifted = [...(choice?.dependencies ?? [])].filter(([name]) => promoted.has(name))
    return new Map([...lifted, ...(choice?.peerDependencies ?? [])])
  }
  const problems = checkPeers({ root, packages: picks }, peersOf, new Set(wants.resolutions.keys())).map(
    formatPeerProblem,
  )
  if (problems.length === 0) return
  if (strict) fail('PEER_UNMET', { problems })
  for (const message of problems) context.report({ kind: 'warning', message })
}

function reportReleases(context: Context, solution: Solution): void {
  for (const { name, choice, version } of solution.picks.values()) {
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
