import { tarballAddress } from '@aam/client'
import {
  type InstanceName,
  type Integrity,
  type Lock,
  type LockEntry,
  type PackageName,
  type Release,
  type Solution,
  type TagChoice,
  fail,
  instanceFor,
} from '@aam/core'
import { type Origins, type Sighting, originKey } from '../disk/origins.ts'

export type LockInput = {
  readonly before: Lock
  /** How the lock calls the registry a package is in. */
  readonly recordedFor: (name: PackageName) => string
  readonly addressOf: (name: PackageName) => string
  readonly tags: ReadonlyMap<PackageName, TagChoice>
  /** Packages that were asked for anew: the tag they were chosen by before says nothing any more. */
  readonly asked: ReadonlySet<PackageName>
  /** What registries were seen to have, so that one which changes a version is found out (UAAPS 13.13). */
  readonly origins: Origins
}

export type BuiltLock = {
  readonly lock: Lock
  /** Sentences about packages that come from another registry than before (D32). */
  readonly moved: readonly string[]
  readonly seen: readonly Sighting[]
}

/**
 * The lock of a solution. Addresses are a record: an entry that stays keeps the ones it has (D2).
 * @throws INTEGRITY_MISMATCH when a registry has other bytes for a version than the lock or the cache knows (UAAPS 13.13)
 */
export function buildLock(
  solution: Solution,
  { before, recordedFor, addressOf, tags, asked, origins }: LockInput,
): BuiltLock {
  const resolved = new Map<InstanceName, LockEntry>()
  const moved: string[] = []
  const seen: Sighting[] = []
  for (const [instance, { name, version, choice, dependencies }] of solution.picks) {
    // What the solver chose among are the releases of package documents.
    const { integrity } = choice as Release
    const old = before.resolved.get(instanceFor(before.resolved, name, version))
    const stays = old?.version === version ? old : undefined
    const recorded = recordedFor(name)
    const sighting = { name, version, registry: addressOf(name), integrity }
    seen.push(sighting)
    const expected: Integrity | undefined = stays?.integrity ?? origins.get(originKey(sighting))
    if (expected !== undefined && expected !== integrity) {
      fail('INTEGRITY_MISMATCH', {
        name,
        version,
        expected,
        actual: integrity,
        from: recorded,
        cached: stays === undefined,
      })
    }
    // Tags are followed by the project itself, whose version of a package has the plain name.
    const followed = tags.get(name)?.tag ?? (asked.has(name) ? undefined : stays?.source.resolvedTag)
    const tag = instance === name ? followed : undefined
    const keeps = stays !== undefined && stays.source.registry !== ''
    const address = keeps
      ? { registry: stays.source.registry, tarball: stays.source.tarball }
      : { registry: recorded, tarball: tarballAddress(recorded, name, version) }
    const left = old?.source.registry ?? ''
    if (left !== '' && left !== address.registry) moved.push(`${name} now comes from ${recorded}, before from ${left}`)
    resolved.set(instance, {
      version,
      integrity,
      dependencies,
      source: {
        type: 'registry',
        name,
        version,
        ...address,
        ...(tag === undefined ? {} : { resolvedTag: tag }),
        ...(stays?.source.display === undefined ? {} : { display: stays.source.display }),
      },
    })
  }
  const { skipped, promoted } = solution
  const lock = { resolved, skipped, ...(promoted.size > 0 ? { promoted } : {}) }
  return { lock, moved: [...new Set(moved)], seen }
}
