/** What must hold of a solution as a whole: no cycles, peers provided (UAAPS 13.4 phase 4, D18, D23). */
import { instanceFor } from './instances.ts'
import { type InstanceName, type PackageName, compareText, packageOf } from './name.ts'
import { type Range, matches } from './range.ts'
import { type Version, compareVersions } from './version.ts'

/** A solution or a lock, as far as these checks care. */
export type Graph = {
  /** The root's own dependencies, which have the plain names (D17). */
  readonly root: ReadonlyMap<PackageName, Version>
  readonly packages: ReadonlyMap<
    InstanceName,
    { readonly version: Version; readonly dependencies: ReadonlyMap<PackageName, Version> }
  >
}

/**
 * A dependency cycle, as names with the first one repeated at the end, told from its first name in order; `undefined` when there is none. Packages are
 * visited in name order of each manifest, so the same graph always shows the same cycle.
 */
export function findCycle(graph: Graph): InstanceName[] | undefined {
  const done = new Set<InstanceName>()
  const onPath = new Set<InstanceName>()
  // Each frame is a package on the path from the root, with those of its dependencies that are still to be looked at.
  const frames: { readonly name: InstanceName; readonly rest: InstanceName[] }[] = []
  const enter = (name: InstanceName): void => {
    onPath.add(name)
    frames.push({ name, rest: dependenciesOf(graph, name).reverse() })
  }
  for (const start of graph.root.keys()) {
    if (!done.has(start)) enter(start)
    for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
      const next = frame.rest.pop()
      if (next === undefined) {
        frames.pop()
        onPath.delete(frame.name)
        done.add(frame.name)
      } else if (onPath.has(next)) {
        const path = [...onPath]
        return fromSmallest(path.slice(path.indexOf(next)))
      } else if (!done.has(next)) enter(next)
    }
  }
  return undefined
}

/** A cycle has no start of its own: it is told from its first name in order, which is repeated at the end. */
function fromSmallest(cycle: readonly InstanceName[]): InstanceName[] {
  const start = cycle.reduce((least, name, index) => (compareText(name, cycle[least] ?? name) < 0 ? index : least), 0)
  const turned = [...cycle.slice(start), ...cycle.slice(0, start)]
  return [...turned, ...turned.slice(0, 1)]
}

/** The instances that an instance depends on. */
function dependenciesOf({ packages }: Graph, name: InstanceName): InstanceName[] {
  const dependencies = packages.get(name)?.dependencies ?? []
  return [...dependencies].map(([dependency, version]) => instanceFor(packages, dependency, version))
}

export type PeerProblem = {
  readonly name: PackageName
  readonly version: Version
  readonly peer: PackageName
  readonly range: string
  /** The version of the peer that is there, of several the highest; `undefined` when none is that the package may count on. */
  readonly found: Version | undefined
}

/**
 * Peer dependencies that nobody provides. One is provided when the root, or some ancestor of the package, is the peer or
 * directly depends on it, in a version that fits (D23).
 */
export function checkPeers(
  graph: Graph,
  peersOf: (name: InstanceName) => ReadonlyMap<PackageName, Range>,
  resolutions: ReadonlySet<PackageName> = new Set(),
): PeerProblem[] {
  const parents = parentsOf(graph)
  const problems: PeerProblem[] = []
  for (const [instance, { version }] of graph.packages) {
    const peers = peersOf(instance)
    if (peers.size === 0) continue
    const ancestors = ancestorsOf(instance, parents)
    const beside = [...ancestors].flatMap(ancestor => [ancestor, ...dependenciesOf(graph, ancestor)])
    const provided = new Set<InstanceName>([...graph.root.keys(), ...beside])
    for (const [peer, range] of peers) {
      const found = [...provided]
        .flatMap(each => (packageOf(each) === peer ? (graph.packages.get(each)?.version ?? []) : []))
        .sort(compareVersions)
      if (found.some(there => resolutions.has(peer) || matches(range, there))) continue
      problems.push({ name: packageOf(instance), version, peer, range: range.text, found: found.at(-1) })
    }
  }
  return problems
}

/** `p@1.0.0 needs rules >=3.0.0 beside it, and there is none`. */
export function formatPeerProblem({ name, version, peer, range, found }: PeerProblem): string {
  const there = found === undefined ? 'neither the project nor a package above it has one' : `${peer}@${found} is there`
  return `${name}@${version} needs the peer ${peer} ${range}, and ${there}`
}

/** Every chain from the root to `name`, shortest first, each ending in `name`; at most `limit`. */
export function chainsTo(graph: Graph, name: InstanceName, limit = 100): InstanceName[][] {
  const parents = parentsOf(graph)
  const roots = new Set<InstanceName>(graph.root.keys())
  const chains: InstanceName[][] = []
  const queue: InstanceName[][] = [[name]]
  for (let chain = queue.shift(); chain !== undefined && chains.length < limit; chain = queue.shift()) {
    const [first] = chain
    if (first === undefined) continue
    if (roots.has(first)) chains.push(chain)
    for (const parent of parents.get(first) ?? []) {
      if (!chain.includes(parent)) queue.push([parent, ...chain])
    }
  }
  return chains
}

function parentsOf(graph: Graph): Map<InstanceName, InstanceName[]> {
  const parents = new Map<InstanceName, InstanceName[]>()
  for (const name of graph.packages.keys()) {
    for (const dependency of dependenciesOf(graph, name)) {
      const list = parents.get(dependency)
      if (list === undefined) parents.set(dependency, [name])
      else list.push(name)
    }
  }
  return parents
}

function ancestorsOf(
  name: InstanceName,
  parents: ReadonlyMap<InstanceName, readonly InstanceName[]>,
): Set<InstanceName> {
  const ancestors = new Set<InstanceName>()
  const queue = [...(parents.get(name) ?? [])]
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (ancestors.has(next)) continue
    ancestors.add(next)
    queue.push(...(parents.get(next) ?? []))
  }
  return ancestors
}
