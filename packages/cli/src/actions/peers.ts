import {
  type InstanceName,
  type PackageName,
  type Range,
  checkPeers,
  formatPeerProblem,
  readDependencies,
  readPeers,
} from '@aam/core'
import { type LockedProject, graphOf } from './tree.ts'

/**
 * The peer dependencies that a lock leaves unmet, in sentences (D23).
 * @param lifted whether what the project was asked to decide (D17 `peer`) counts, or was settled with that
 * @param readManifest the manifest of a locked package as parsed JSON; what cannot be read asks for nothing
 */
export function findUnmetPeers(
  locked: LockedProject,
  readManifest: (name: InstanceName) => Readonly<Record<string, unknown>> | undefined,
  lifted: 'count' | 'settled' = 'count',
): string[] {
  const promoted: ReadonlySet<PackageName> = (lifted === 'count' ? locked.lock.promoted : undefined) ?? new Set()
  const peersOf = (name: InstanceName): ReadonlyMap<PackageName, Range> => {
    const manifest = readManifest(name) ?? {}
    const peers = readPeers(manifest)
    const dependencies = readDependencies(manifest)
    if ('why' in peers || 'why' in dependencies) return new Map()
    return new Map([...[...dependencies].filter(([each]) => promoted.has(each)), ...peers])
  }
  const overridden = new Set(locked.project.decoded.manifest.resolutions.keys())
  return checkPeers(graphOf(locked), peersOf, overridden).map(formatPeerProblem)
}
