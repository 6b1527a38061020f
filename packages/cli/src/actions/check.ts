/** `aam check`: manifest, lock and disk say the same, down to the bytes (UAAPS 13.10). Changes nothing. */
import { existsSync } from 'node:fs'
import {
  type FailureCode,
  LOCK_FILE,
  type LockEntry,
  type PackageName,
  type Range,
  checkEdges,
  checkLock,
  checkPeers,
  directoryName,
  findCycle,
  formatPeerProblem,
  gatherWants,
  isAamError,
  readPeers,
} from '@aam/core'
import { comparePackage, packageFolder } from '../disk/packages.ts'
import { readLock, readProject, requireProject } from '../disk/project.ts'
import { listInstalled } from '../disk/state.ts'
import type { Context } from '../world.ts'
import { type FetchOptions, type FetchedPackage, fetchPackage } from './fetch-packages.ts'
import { openRegistries } from './open-registry.ts'
import { type LockedProject, graphOf } from './tree.ts'

export type CheckProblem = {
  /** `lock`: manifest and lock differ. `disk`: lock and disk differ. `graph`: cycles and peers. */
  readonly about: 'lock' | 'disk' | 'graph'
  readonly message: string
}

export type CheckResult = {
  readonly packages: number
  readonly problems: readonly CheckProblem[]
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
])

export async function checkProject(context: Context, registry: string | undefined): Promise<CheckResult> {
  const project = await readProject(requireProject(context.world.cwd))
  const locked = (await readLock(project.folder))?.lock
  const wants = gatherWants(project.decoded.manifest)
  if (locked === undefined) {
    const empty = wants.required.size + wants.optional.size === 0
    const problems: CheckProblem[] = empty ? [] : [{ about: 'lock', message: `there is no ${LOCK_FILE}` }]
    return { packages: 0, problems }
  }
  const problems: CheckProblem[] = checkLock(locked, wants).map(message => ({ about: 'lock', message }))
  const open = async (): ReturnType<FetchOptions['registry']> =>
    (await openRegistries(context, { project: project.folder, flag: registry, lock: locked })).registry
  const fetching: FetchOptions = { context, cache: 'use', registry: open, offline: false }
  const peers = new Map<PackageName, ReadonlyMap<PackageName, Range>>()
  for (const [name, entry] of locked.resolved) {
    const fetched = await fetchOrExplain(name, entry, fetching)
    if (typeof fetched === 'string') {
      problems.push({ about: 'disk', message: `${name}@${entry.version} cannot be verified: ${fetched}` })
      continue
    }
    const needs = readPeers(fetched.manifest)
    if (!('why' in needs)) peers.set(name, needs)
    const stale = checkEdges(locked, { name, dependencies: fetched.dependencies }, wants.resolutions)
    problems.push(...stale.map((message): CheckProblem => ({ about: 'lock', message })))
    problems.push(...checkDisk(project.folder, { name, entry, fetched }))
  }
  problems.push(...strangers(project.folder, locked.resolved), ...checkGraph({ project, lock: locked }, peers))
  return { packages: locked.resolved.size, problems }
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
  { name, entry, fetched }: { readonly name: PackageName; readonly entry: LockEntry; readonly fetched: FetchedPackage },
): CheckProblem[] {
  const label = `${name}@${entry.version}`
  if (!existsSync(packageFolder(folder, name))) return [{ about: 'disk', message: `${label} is not installed` }]
  return comparePackage(folder, name, fetched.entries).map(difference => ({
    about: 'disk',
    message: `${label}: ${difference}`,
  }))
}

/** Folders in `.agent-packages/` that the lock does not know. */
function strangers(folder: string, resolved: ReadonlyMap<PackageName, LockEntry>): CheckProblem[] {
  const known = new Set([...resolved.keys()].map(directoryName))
  return listInstalled(folder)
    .filter(name => !known.has(name))
    .map(name => ({ about: 'disk', message: `.agent-packages/${name} belongs to no locked package` }))
}

function checkGraph(
  locked: LockedProject,
  peers: ReadonlyMap<PackageName, ReadonlyMap<PackageName, Range>>,
): CheckProblem[] {
  const graph = graphOf(locked)
  const cycle = findCycle(graph)
  const overridden = new Set(locked.project.decoded.manifest.resolutions.keys())
  const unmet = checkPeers(graph, name => peers.get(name) ?? new Map(), overridden).map(formatPeerProblem)
  const sentences = [...(cycle === undefined ? [] : [`dependency cycle: ${cycle.join(' → ')}`]), ...unmet]
  return sentences.map(message => ({ about: 'graph', message }))
}
