import { type Change, type Lock, type PackageName, type Range, checkEdges, fail, readDependencies } from '@aam/core'
import { type Staging, openStaging, readInstalledManifest } from '../disk/packages.ts'
import type { Target } from './choose-target.ts'
import { type FetchOptions, fetchPackage } from './fetch-packages.ts'

/** Packages that are verified and unpacked beside their place. */
export type Staged = {
  readonly staging: Staging
  /** Why the lock does not fit what one of its packages itself asks for; empty when it does. */
  readonly stale: readonly string[]
}

/** Between how many packages the event loop gets a turn, for the progress line, signals and the lock's heartbeat. */
const TURN = 50

/**
 * Fetches, verifies and unpacks `names`. Nothing that is installed is touched.
 * @throws INTEGRITY_MISMATCH, ARCHIVE_INVALID, REGISTRY_BROKEN; what was unpacked is removed
 */
export async function stagePackages(
  target: Target,
  names: ReadonlySet<PackageName>,
  fetching: FetchOptions,
): Promise<Staged> {
  const { project, lock, wants } = target
  const staging = openStaging(project.folder)
  const stale: string[] = []
  try {
    let done = 0
    for (const [name, entry] of lock.resolved) {
      let dependencies: ReadonlyMap<PackageName, Range>
      if (names.has(name)) {
        const fetched = await fetchPackage(name, entry, fetching)
        staging.unpack(name, fetched.entries)
        dependencies = fetched.dependencies
        if (++done % TURN === 0) {
          fetching.context.report({ kind: 'progress', phase: 'Unpacking', done, total: names.size })
          await new Promise(resolve => setImmediate(resolve))
        }
      } else dependencies = installedDependencies(project.folder, name)
      stale.push(...checkEdges(lock, { name, dependencies }, wants.resolutions))
    }
    if (stale.length > 0 && target.origin === 'registry') {
      fail('REGISTRY_BROKEN', {
        file: 'metadata.yaml',
        why: `an archive asks for something else than its record says: ${stale[0] ?? ''}`,
      })
    }
  } catch (error) {
    staging.discard()
    throw error
  }
  return { staging, stale }
}

/** The names that have to be unpacked. */
export function namesToStage(lock: Lock, changes: readonly Change[], force: boolean): Set<PackageName> {
  if (force) return new Set(lock.resolved.keys())
  return new Set(changes.filter(change => change.kind !== 'remove').map(change => change.name))
}

/** What an installed package asks for; nothing when its manifest cannot be read, which `aam check` reports. */
function installedDependencies(folder: string, name: PackageName): ReadonlyMap<PackageName, Range> {
  const dependencies = readDependencies(readInstalledManifest(folder, name) ?? {})
  return 'why' in dependencies ? new Map() : dependencies
}
