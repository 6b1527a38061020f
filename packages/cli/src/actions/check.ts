/** `aam check`: manifest, lock and disk say the same, down to the bytes (UAAPS 13.10). Changes nothing. */
import { existsSync } from 'node:fs'
import type { Several } from '@aam/client'
import {
  type FailureCode,
  type InstanceName,
  LATEST,
  LOCK_FILE,
  type LockEntry,
  type PackageDocument,
  type PackageName,
  checkEdges,
  checkLock,
  compareText,
  directoryName,
  findCycle,
  gatherWants,
  isAamError,
  packageOf,
} from '@aam/core'
import { type Config, readConfig } from '../disk/config.ts'
import { comparePackage, packageFolder } from '../disk/packages.ts'
import { readLock, readProject, requireProject } from '../disk/project.ts'
import { listInstalled } from '../disk/state.ts'
import type { Context } from '../world.ts'
import { judgeLock, recordedTag } from './apply-policy.ts'
import { type FetchOptions, type FetchedPackage, fetchPackage } from './fetch-packages.ts'
import { type OpenRegistry, openRegistries } from './open-registry.ts'
import { findUnmetPeers } from './peers.ts'
import { type LockedProject, graphOf } from './tree.ts'

export type CheckProblem = {
  /** `lock`: manifest and lock differ. `disk`: lock and disk differ. `extra`: what no package put there. `graph`: cycles and peers. `policy`: not allowed. */
  readonly about: 'lock' | 'disk' | 'extra' | 'graph' | 'policy'
  readonly message: string
}

export type CheckResult = {
  readonly packages: number
  readonly problems: readonly CheckProblem[]
  /** What has happened in the registry since: versions yanked or deprecated, tags that name another version (D15). */
  readonly news: readonly string[]
}

export type CheckRequest = {
  readonly registry: string | undefined
  /** Ask no registry: what is not in the cache cannot be verified, and there are no news. */
  readonly offline: boolean
}

/** Failures that leave one package unverified and the others worth looking at. */
const UNVERIFIED: ReadonlySet<FailureCode> = new Set([
  'REGISTRY_NOT_CONFIGURED',
  'REGISTRY_NOT_FOUND',
  'REGISTRY_UNSUPPORTED',
  'REGISTRY_BROKEN',
  'INTEGRITY_MISMATCH',
  'ARCHIVE_INVALID',
  'ARCHIVE_TOO_LARGE',
  'OFFLINE',
])

export async function checkProject(context: Context, { registry: flag, offline }: CheckRequest): Promise<CheckResult> {
  const project = await readProject(requireProject(context.world.cwd))
  const locked = (await readLock(project.folder))?.lock
  const wants = gatherWants(project.decoded.manifest)
  if (locked === undefined) {
    const empty = wants.required.size + wants.optional.size === 0
    const problems: CheckProblem[] = empty ? [] : [{ about: 'lock', message: `there is no ${LOCK_FILE}` }]
    return { packages: 0, problems, news: [] }
  }
  const problems: CheckProblem[] = checkLock(locked, wants).map(message => ({ about: 'lock', message }))
  const config = await readConfig(context.world, project.folder, message => {
    context.report({ kind: 'warning', message })
  })
  let opened: Promise<OpenRegistry> | undefined
  const open = async (): Promise<Several> => {
    opened ??= openRegistries(context, { project: project.folder, flag, lock: locked, config })
    return (await opened).registry
  }
  const fetching: FetchOptions = { context, cache: 'use', registry: open, offline }
  const manifests = new Map<InstanceName, FetchedPackage['manifest']>()
  for (const [name, entry] of locked.resolved) {
    const fetched = await fetchOrExplain(packageOf(name), entry, fetching)
    if (typeof fetched === 'string') {
      problems.push({ about: 'disk', message: `${packageOf(name)}@${entry.version} cannot be verified: ${fetched}` })
      continue
    }
    manifests.set(name, fetched.manifest)
    const stale = checkEdges(locked, { name, dependencies: fetched.dependencies }, wants.resolutions)
    problems.push(...stale.map((message): CheckProblem => ({ about: 'lock', message })))
    problems.push(...checkDisk(project.folder, { name, entry, fetched }))
  }
  const both = { project, lock: locked }
  problems.push(
    ...strangers(project.folder, locked.resolved),
    ...checkGraph(both, manifests),
    ...checkPolicy(config, both),
  )
  return { packages: locked.resolved.size, problems, news: offline ? [] : await gatherNews(both, open) }
}

function checkPolicy({ policy }: Config, locked: LockedProject): CheckProblem[] {
  try {
    return judgeLock(policy, locked, true).map(message => ({ about: 'policy', message }))
  } catch (error) {
    if (!isAamError(error)) throw error
    return [{ about: 'policy', message: `${error.message} (${error.hint ?? ''})` }]
  }
}

/** What a lock that fits cannot know, because it is installed without asking a registry. */
async function gatherNews(locked: LockedProject, open: () => Promise<Several>): Promise<string[]> {
  const { lock } = locked
  try {
    const registry = await open()
    const names = [...lock.resolved.keys()].sort(compareText)
    const documents = await Promise.all(names.map(async name => registry.fetchDocument(packageOf(name))))
    return names.flatMap((name, index) => newsOf(name, { locked, document: documents[index] }))
  } catch (error) {
    if (isAamError(error) && UNVERIFIED.has(error.code)) {
      return [`the registry cannot be asked for news: ${error.message}`]
    }
    throw error
  }
}

function newsOf(
  name: InstanceName,
  { locked, document }: { readonly locked: LockedProject; readonly document: PackageDocument | undefined },
): string[] {
  const entry = locked.lock.resolved.get(name)
  if (entry === undefined) return []
  const label = `${packageOf(name)}@${entry.version}`
  const release = document?.releases.get(entry.version)
  if (document === undefined || release === undefined) return [`${label} is no longer in the registry`]
  const tag = recordedTag(locked, name)
  const now = tag === undefined ? undefined : document.tags.get(tag)
  return [
    ...(release.yanked ? [`${label} was yanked`] : []),
    ...(release.deprecated === undefined ? [] : [`${label} is deprecated: ${release.deprecated}`]),
    // A version moves on with the next update; only a tag that somebody chose is a promise.
    ...(tag === undefined || tag === LATEST || now === entry.version
      ? []
      : [`${label} was chosen by tag '${tag}', which ${now === undefined ? 'is gone' : `names ${now} now`}`]),
  ]
}

async function fetchOrExplain(
  name: PackageName,
  entry: LockEntry,
  fetching: FetchOptions,
): Promise<FetchedPackage | string> {
  try {
    return await fetchPackage(name, entry, fetching)
  } catch (error) {
    if (isAamError(error) && UNVERIFIED.has(error.code)) return error.message
    throw error
  }
}

function checkDisk(
  folder: string,
  {
    name,
    entry,
    fetched,
  }: { readonly name: InstanceName; readonly entry: LockEntry; readonly fetched: FetchedPackage },
): CheckProblem[] {
  const label = `${packageOf(name)}@${entry.version}`
  if (!existsSync(packageFolder(folder, name))) return [{ about: 'disk', message: `${label} is not installed` }]
  return comparePackage(folder, name, fetched.entries).map(difference => ({
    about: 'disk',
    message: `${label}: ${difference}`,
  }))
}

/** Folders in `.agent-packages/` that the lock does not know. */
function strangers(folder: string, resolved: ReadonlyMap<InstanceName, LockEntry>): CheckProblem[] {
  const known = new Set([...resolved.keys()].map(directoryName))
  return listInstalled(folder)
    .filter(name => !known.has(name))
    .map(name => ({
      about: 'extra',
      message: `.agent-packages/${name} belongs to no locked package; \`aam prune\` removes packages, other folders are yours to remove`,
    }))
}

function checkGraph(
  locked: LockedProject,
  manifests: ReadonlyMap<InstanceName, FetchedPackage['manifest']>,
): CheckProblem[] {
  const cycle = findCycle(graphOf(locked))
  const unmet = findUnmetPeers(locked, name => manifests.get(name), 'settled')
  const sentences = [...(cycle === undefined ? [] : [`dependency cycle: ${cycle.join(' → ')}`]), ...unmet]
  return sentences.map(message => ({ about: 'graph', message }))
}
