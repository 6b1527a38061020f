/**
 * The definition of the one right answer (D16), written down without any idea of a solver: try every combination in order
 * of preference. Slow, and too simple to be wrong.
 */
import {
  type Choice,
  type Known,
  type PackageName,
  type Version,
  type Wants,
  compareVersions,
  isPrerelease,
  matches,
} from '@aam/core'

/** The canonical solution as `name → version`; `undefined` when there is none. */
export function bruteForce(wants: Wants, known: Known): Map<PackageName, Version> | undefined {
  return extend(new Map(), [...wants.required.keys()].sort(), { wants, known })
}

type World = { readonly wants: Wants; readonly known: Known }

/** Decides the first package of `queue` that is undecided; every choice is tried, best first. */
function extend(
  chosen: ReadonlyMap<PackageName, Choice>,
  queue: readonly PackageName[],
  world: World,
): Map<PackageName, Version> | undefined {
  const name = queue.find(candidate => !chosen.has(candidate))
  if (name === undefined) {
    const valid = isValid(chosen, world.wants)
    return valid ? new Map([...chosen].map(([each, { version }]) => [each, version])) : undefined
  }
  for (const choice of inOrder(world.known.get(name))) {
    const children = [...choice.dependencies.keys()].sort()
    const found = extend(new Map(chosen).set(name, choice), [...queue, ...children], world)
    if (found !== undefined) return found
  }
  return undefined
}

/** Whether every requirement of the root and of every chosen version is met. */
export function isValid(chosen: ReadonlyMap<PackageName, Choice>, wants: Wants): boolean {
  const meets = (name: PackageName, range: Parameters<typeof matches>[0]): boolean => {
    const choice = chosen.get(name)
    return choice !== undefined && matches(range, choice.version)
  }
  return (
    [...wants.required].every(([name, range]) => meets(name, range)) &&
    [...chosen.values()].every(choice => [...choice.dependencies].every(([name, range]) => meets(name, range)))
  )
}

function inOrder(known: ReturnType<Known['get']>): Choice[] {
  if (known === undefined || known === 'missing') return []
  return [...known.values()]
    .filter(({ yanked }) => !yanked)
    .sort(
      (a, b) =>
        Number(isPrerelease(a.version)) - Number(isPrerelease(b.version)) || compareVersions(b.version, a.version),
    )
}

/** The greedy search of the older user guide: highest fitting version, never going back; `undefined` for "conflict". */
export function greedy(wants: Wants, known: Known): Map<PackageName, Version> | undefined {
  const chosen = new Map<PackageName, Choice>()
  const queue: { readonly name: PackageName; readonly range: Parameters<typeof matches>[0] }[] = []
  const push = (ranges: Choice['dependencies']): void => {
    for (const name of [...ranges.keys()].sort()) queue.push({ name, range: ranges.get(name)! })
  }
  push(wants.required)
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const { name, range } = next
    const before = chosen.get(name)
    const choice = before ?? inOrder(known.get(name)).find(({ version }) => matches(range, version))
    if (choice === undefined || !matches(range, choice.version)) return undefined
    if (before === undefined) {
      chosen.set(name, choice)
      push(choice.dependencies)
    }
  }
  return new Map([...chosen].map(([name, { version }]) => [name, version]))
}
