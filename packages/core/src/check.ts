/** What must hold of a solution as a whole: no cycles, peers provided (UAAPS 13.4 phase 4, D18, D23). */
import { type PackageName, compareText } from './name.ts'
import { type Range, matches } from './range.ts'
import type { Version } from './version.ts'

/** A solution or a lock, as far as these checks care. */
export type Graph = {
  readonly root: ReadonlyMap<PackageName, Version>
  readonly packages: ReadonlyMap<
    PackageName,
    { readonly version: Version; readonly dependencies: ReadonlyMap<PackageName, Version> }
  >
}

/**
 * A dependency cycle, as names with the first one repeated at the end, told from its first name in order; `undefined` when there is none. Packages are
 * visited in name order of each manifest, so the same graph always shows the same cycle.
 */
export function findCycle({ root, packages }: Graph): PackageName[] | undefined {
  const done = new Set<PackageName>()
  const onPath = new Set<PackageName>()
  // Each frame is a package on the path from the root, with those of its dependencies that are still to be looked at.
  const frames: { readonly name: PackageName; readonly rest: PackageName[] }[] = []
  const enter = (name: PackageName): void => {
    onPath.add(name)
    frames.push({ name, rest: [...(packages.get(name)?.dependencies.keys() ?? [])].reverse() })
  }
  for (const start of root.keys()) {
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
function fromSmallest(cycle: readonly PackageName[]): PackageName[] {
  const start = cycle.reduce((least, name, index) => (compareText(name, cycle[least] ?? name) < 0 ? index : least), 0)
  const turned = [...cycle.slice(start), ...cycle.slice(0, start)]
  return [...turned, ...turned.slice(0, 1)]
}

export type PeerProblem = {
  readonly name: PackageName
  readonly version: Version
  readonly peer: PackageName
  readonly range: string
  /** The version of the peer that is there; `undefined` when none is, or none that the package may count on. */
  readonly found: Version | undefined
}

/**
 * Peer dependencies that nobody provides. One is provided when the root, or some ancestor of the package, is the peer or
 * directly depends on it, in a version that fits (D23).
 */
export function checkPeers(
  graph: Graph,
  peersOf: (name: PackageName) => ReadonlyMap<PackageName, Range>,
  resolutions: ReadonlySet<PackageName> = new Set(),
): PeerProblem[] {
  const parents = parentsOf(graph)
  const problems: PeerProblem[] = []
  for (const [name, { version }] of graph.packages) {
    const peers = peersOf(name)
    if (peers.size === 0) continue
    const ancestors = ancestorsOf(name, parents)
    for (const [peer, range] of peers) {
      const provided =
        graph.root.has(peer) ||
        ancestors.has(peer) ||
        [...ancestors].some(ancestor => graph.packages.get(ancestor)?.dependencies.has(peer) === true)
      const found = provided ? graph.packages.get(peer)?.version : undefined
      if (found !== undefined && (resolutions.has(peer) || matches(range, found))) continue
      problems.push({ name, version, peer, range: range.text, found })
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
export function chainsTo(graph: Graph, name: PackageName, limit = 100): PackageName[][] {
  const parents = parentsOf(graph)
  const chains: PackageName[][] = []
  const queue: PackageName[][] = [[name]]
  for (let chain = queue.shift(); chain !== undefined && chains.length < limit; chain = queue.shift()) {
    const [first] = chain
    if (first === undefined) continue
    if (graph.root.has(first)) chains.push(chain)
    for (const parent of parents.get(first) ?? []) {
      if (!chain.includes(parent)) queue.push([parent, ...chain])
    }
  }
  return chains
}

function parentsOf(graph: Graph): Map<PackageName, PackageName[]> {
  const parents = new Map<PackageName, PackageName[]>()
  for (const [name, { dependencies }] of graph.packages) {
    for (const dependency of dependencies.keys()) {
      const list = parents.get(dependency)
      if (list === undefined) parents.set(dependency, [name])
      else list.push(name)
    }
  }
  return parents
}

function ancestorsOf(name: PackageName, parents: ReadonlyMap<PackageName, readonly PackageName[]>): Set<PackageName> {
  const ancestors = new Set<PackageName>()
  const queue = [...(parents.get(name) ?? [])]
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (ancestors.has(next)) continue
    ancestors.add(next)
    queue.push(...(parents.get(next) ?? []))
  }
  return ancestors
}
