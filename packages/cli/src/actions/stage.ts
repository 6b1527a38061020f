import {
  type Change,
  type InstanceName,
  type Lock,
  type LockEntry,
  type PackageName,
  type Range,
  checkEdges,
  fail,
  packageOf,
  readDependencies,
} from '@aam/core'
import { isCached } from '../disk/cache.ts'
import { shareWork } from '../disk/helper.ts'
import { type Staging, openStaging, readInstalledManifest } from '../disk/packages.ts'
import type { Target } from './target.ts'
import { type FetchOptions, fetchPackage, readPackedManifest } from './fetch-packages.ts'

/** Packages that are verified and unpacked beside their place. */
export type Staged = {
  readonly staging: Staging
  /** The packages that were prepared. */
  readonly names: ReadonlySet<InstanceName>
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
  names: ReadonlySet<InstanceName>,
  fetching: FetchOptions,
): Promise<Staged> {
  const { project, lock, wants } = target
  if (fetching.offline) requireCached(target, names, fetching.context.world.home)
  const staging = openStaging(project.folder)
  try {
    const unpacked = await unpackAll(
      staging,
      [...lock.resolved].filter(([name]) => names.has(name)),
      fetching,
    )
    const stale: string[] = []
    for (const name of target.loose ? [] : lock.resolved.keys()) {
      const dependencies = unpacked.get(name) ?? installedDependencies(project.folder, name)
      stale.push(...checkEdges(lock, { name, dependencies }, wants.resolutions))
    }
    if (stale.length > 0 && target.origin === 'registry') {
      fail('REGISTRY_BROKEN', {
        file: 'metadata.yaml',
        why: `an archive asks for something else than its record says: ${stale[0] ?? ''}`,
      })
    }
    return { staging, names, stale }
  } catch (error) {
    staging.discard()
    throw error
  }
}

/** @throws OFFLINE with everything that the cache lacks, so that one more run is enough */
function requireCached({ lock }: Target, names: ReadonlySet<InstanceName>, home: string): void {
  const lacking = [...lock.resolved].filter(
    ([name, { version, integrity }]) =>
      names.has(name) && !isCached(home, { name: packageOf(name), version, integrity }),
  )
  if (lacking.length === 0) return
  const labels = lacking.map(([name, { version }]) => `${packageOf(name)}@${version}`)
  fail('OFFLINE', { why: `the cache does not have ${labels.join(', ')}` })
}

type Dependencies = ReadonlyMap<PackageName, Range>

/** Unpacks packages, with a helper thread where there are many; returns what each one's own manifest asks for. */
async function unpackAll(
  staging: Staging,
  packages: readonly (readonly [InstanceName, LockEntry])[],
  fetching: FetchOptions,
): Promise<Map<InstanceName, Dependencies>> {
  const { world, report } = fetching.context
  const asked = new Map<InstanceName, Dependencies>()
  const cached = packages.map(([name, { version, integrity }]) => ({
    name: packageOf(name),
    version,
    integrity,
    folder: staging.folderOf(name),
  }))
  const helper = shareWork(fetching.cache === 'use' ? world.helper : undefined, { home: world.home, packages: cached })
  const unpack = async (index: number): Promise<void> => {
    const [name, entry] = packages[index] ?? []
    if (name === undefined || entry === undefined || asked.has(name)) return
    const { entries, dependencies } = await fetchPackage(packageOf(name), entry, fetching)
    staging.unpack(name, entries)
    asked.set(name, dependencies)
    if (asked.size % TURN !== 0) return
    report({ kind: 'progress', phase: 'Unpacking', done: asked.size, total: packages.length })
    await new Promise(resolve => setImmediate(resolve))
  }
  try {
    for (let index = helper.take(); index < packages.length; index = helper.take()) await unpack(index)
    for (const { index, manifest } of await helper.finish()) {
      const [name, entry] = packages[index] ?? []
      if (name === undefined || entry === undefined || manifest === undefined) continue
      asked.set(name, readPackedManifest(manifest, { name: packageOf(name), version: entry.version }).dependencies)
      staging.adopt(name)
    }
    for (const [index, [name]] of packages.entries()) {
      if (asked.has(name)) continue
      // The helper took it and could not do it.
      staging.clear(name)
      await unpack(index)
    }
  } finally {
    await helper.stop()
  }
  return asked
}

/** The names that have to be unpacked. */
export function namesToStage(lock: Lock, changes: readonly Change[], force: boolean): Set<InstanceName> {
  if (force) return new Set(lock.resolved.keys())
  return new Set(changes.filter(change => change.kind !== 'remove').map(change => change.name))
}

/** What an installed package asks for; nothing when its manifest cannot be read, which `aam check` reports. */
function installedDependencies(folder: string, name: InstanceName): ReadonlyMap<PackageName, Range> {
  const dependencies = readDependencies(readInstalledManifest(folder, name) ?? {})
  return 'why' in dependencies ? new Map() : dependencies
}
