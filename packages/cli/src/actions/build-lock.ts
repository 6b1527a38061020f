import { tarballAddress } from '@aam/client'
import {
  type Lock,
  type LockEntry,
  type PackageName,
  type Release,
  type Solution,
  type TagChoice,
  fail,
} from '@aam/core'

/**
 * The lock of a solution. Addresses are a record: an entry that stays keeps the ones it has (D2).
 * @param recorded how the lock calls the registry
 * @throws INTEGRITY_MISMATCH when the registry has other bytes for a locked version than before (UAAPS 13.13)
 */
export function buildLock(
  solution: Solution,
  {
    before,
    recorded,
    tags,
  }: { readonly before: Lock; readonly recorded: string; readonly tags: ReadonlyMap<PackageName, TagChoice> },
): Lock {
  const resolved = new Map<PackageName, LockEntry>()
  for (const [name, { version, choice, dependencies }] of solution.picks) {
    // What the solver chose among are the releases of package documents.
    const { integrity } = choice as Release
    const old = before.resolved.get(name)
    const stays = old?.version === version ? old : undefined
    if (stays !== undefined && stays.integrity !== integrity) {
      fail('INTEGRITY_MISMATCH', { name, version, expected: stays.integrity, actual: integrity, from: recorded })
    }
    const tag = tags.get(name)?.tag ?? stays?.source.resolvedTag
    const address =
      stays === undefined || stays.source.registry === ''
        ? { registry: recorded, tarball: tarballAddress(recorded, name, version) }
        : { registry: stays.source.registry, tarball: stays.source.tarball }
    resolved.set(name, {
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
  return { resolved, skipped: solution.skipped }
}
