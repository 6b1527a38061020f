/**
 * The definition of the one right answer (D16), written down without any idea of a solver: try every combination in order
 * of preference. Slow, and too simple to be wrong.
 */
import {
  type Choice,
  type Known,
  type PackageName,
  type Question,
  type Range,
  type Version,
  type Wants,
  compareVersions,
  isPrerelease,
  matches,
  parseRange,
  requirementsOf,
} from '@aam/core'

/** A question about one version of each package. */
export type Asked = Omit<Question, 'onConflict'> & {
  /** Packages of which only what the root says counts (D17 `peer`). */
  readonly promoted?: ReadonlySet<PackageName>
}

export type Expected = {
  /** In breadth-first order, then the optional ones. */
  readonly chosen: ReadonlyMap<PackageName, Choice>
  /** Optional dependencies that were left out, by whoever wanted them. */
  readonly skipped: ReadonlySet<PackageName>
  readonly peers: 'bind' | 'ignore'
}

/** The right answer, peers and optional dependencies included (D22, D23); `undefined` when there is none. */
export function expected(asked: Asked, known: Known): Expected | undefined {
  for (const peers of ['bind', 'ignore'] as const) {
    const scene: Scene = { asked, known, peers }
    const chosen = canonical(scene)
    if (chosen !== undefined) return { ...withOptionals(chosen, scene), peers }
  }
  return undefined
}

/** The canonical solution of the root's own dependencies as `name → version`; `undefined` when there is none. */
export function bruteForce(wants: Wants, known: Known): Map<PackageName, Version> | undefined {
  const chosen = canonical({ asked: { wants, locked: new Map() }, known, peers: 'bind' })
  return chosen && versionsIn(chosen)
}

export function versionsIn(chosen: ReadonlyMap<PackageName, Choice>): Map<PackageName, Version> {
  return new Map([...chosen].map(([name, { version }]) => [name, version]))
}

export type Scene = { readonly asked: Asked; readonly known: Known; readonly peers: 'bind' | 'ignore' }
type Chosen = ReadonlyMap<PackageName, Choice>

export function canonical(scene: Scene): Map<PackageName, Choice> | undefined {
  const names = requirementsOf(scene.asked.wants).map(({ name }) => name)
  return extend(new Map(), names.sort(), scene)
}

/** Decides the first package of `queue` that is undecided; every choice is tried, best first. */
function extend(chosen: Chosen, queue: readonly PackageName[], scene: Scene): Map<PackageName, Choice> | undefined {
  // What is wrong with a part stays wrong with the whole.
  if (!isConsistent(chosen, scene)) return undefined
  const name = queue.find(candidate => !chosen.has(candidate))
  if (name === undefined) return new Map(chosen)
  for (const choice of inOrder(name, scene)) {
    const children = edgesOf(name, choice, scene).flatMap(edge => (edge.peer ? [] : [edge.name]))
    const found = extend(new Map(chosen).set(name, choice), [...queue, ...children.sort()], scene)
    if (found !== undefined) return found
  }
  return undefined
}

/** Around what is chosen, one after the other: first those of the root, then those of each package. */
function withOptionals(required: Chosen, scene: Scene): Pick<Expected, 'chosen' | 'skipped'> {
  const chosen = new Map(required)
  const skipped = new Set<PackageName>()
  const takeAll = (optional: ReadonlyMap<PackageName, Range>): void => {
    for (const name of [...optional.keys()].sort()) {
      const range = rangeThatCounts(name, optional.get(name)!, scene)
      const before = chosen.get(name)
      const asked = {
        ...scene.asked,
        wants: { ...scene.asked.wants, required: new Map([[name, range]]), selected: [] },
      }
      const more = before === undefined ? extend(chosen, [name], { ...scene, asked }) : undefined
      for (const [each, choice] of more ?? []) chosen.set(each, choice)
      if (more === undefined && (before === undefined || !matches(range, before.version))) skipped.add(name)
    }
  }
  takeAll(scene.asked.wants.optional)
  // A map's iterator also visits what is added while it runs.
  for (const choice of chosen.values()) takeAll(choice.optionalDependencies)
  return { chosen, skipped }
}

/** Whether every requirement of the root and of every chosen version is met. */
export function isValid(chosen: Chosen, scene: Scene): boolean {
  return isConsistent(chosen, scene) && requirers(chosen, scene).every(({ name, peer }) => peer || chosen.has(name))
}

/** Whether no requirement speaks against a version that is chosen. */
function isConsistent(chosen: Chosen, scene: Scene): boolean {
  return requirers(chosen, scene).every(({ name, range }) => {
    const choice = chosen.get(name)
    return choice === undefined || matches(range, choice.version)
  })
}

export type Edge = { readonly name: PackageName; readonly range: Range; readonly peer: boolean }

function requirers(chosen: Chosen, scene: Scene): Edge[] {
  const { wants } = scene.asked
  const root = requirementsOf(wants).map(({ name, range }) => ({
    name,
    range: rangeThatCounts(name, range, scene),
    peer: false,
  }))
  return [...root, ...peersOf(wants.peers, scene), ...[...chosen].flatMap(([name, own]) => edgesOf(name, own, scene))]
}

/** What a version requires, with what the selected extras of its package add. */
export function edgesOf(name: PackageName, choice: Choice, scene: Scene): Edge[] {
  const { wants, promoted } = scene.asked
  const added = (wants.extras.get(name) ?? []).flatMap(extra => [...(choice.extras?.get(extra) ?? [])])
  return [
    ...[...choice.dependencies, ...added]
      .filter(([target]) => promoted?.has(target) !== true)
      .map(([target, range]) => ({ name: target, range: rangeThatCounts(target, range, scene), peer: false })),
    ...peersOf(choice.peerDependencies, scene),
  ]
}

/** Peers bind while the ranges on them are the manifests' own; else they are only looked at afterwards. */
function peersOf(peers: ReadonlyMap<PackageName, Range>, { asked, peers: mode }: Scene): Edge[] {
  if (mode === 'ignore' || asked.strategy === 'latest') return []
  return [...peers]
    .filter(([name]) => !asked.wants.resolutions.has(name) && asked.promoted?.has(name) !== true)
    .map(([name, range]) => ({ name, range, peer: true }))
}

function rangeThatCounts(name: PackageName, range: Range, { asked }: Scene): Range {
  return asked.wants.resolutions.get(name) ?? (asked.strategy === 'latest' ? parseRange('*') : range)
}

/** The versions that may be chosen, best first (D9, D21). */
export function inOrder(name: PackageName, { asked, known }: Pick<Scene, 'asked' | 'known'>): Choice[] {
  const published = known.get(name)
  if (published === undefined || published === 'missing') return []
  const locked = asked.locked.get(name)
  const extras = asked.wants.extras.get(name) ?? []
  const rank = ({ version }: Choice): number => (version === locked ? 0 : isPrerelease(version) ? 2 : 1)
  const up = asked.strategy === 'lowest' ? 1 : -1
  return [...published.values()]
    .filter(({ version, yanked }) => !yanked || version === locked)
    .filter(({ resolverVersion }) => resolverVersion === 1)
    .filter(choice => extras.every(extra => choice.extras?.has(extra)))
    .sort((a, b) => rank(a) - rank(b) || up * compareVersions(a.version, b.version))
}

/** The greedy search of the older user guide: highest fitting version, never going back; `undefined` for "conflict". */
export function greedy(wants: Wants, known: Known): Map<PackageName, Version> | undefined {
  const chosen = new Map<PackageName, Choice>()
  const queue: { readonly name: PackageName; readonly range: Range }[] = []
  const push = (ranges: Choice['dependencies']): void => {
    for (const name of [...ranges.keys()].sort()) queue.push({ name, range: ranges.get(name)! })
  }
  push(wants.required)
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const { name, range } = next
    const before = chosen.get(name)
    const candidates = inOrder(name, { asked: { wants, locked: new Map() }, known })
    const choice = before ?? candidates.find(({ version }) => matches(range, version))
    if (choice === undefined || !matches(range, choice.version)) return undefined
    if (before === undefined) {
      chosen.set(name, choice)
      push(choice.dependencies)
    }
  }
  return versionsIn(chosen)
}
