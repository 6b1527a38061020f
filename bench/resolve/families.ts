/** Universes that are made by rule, so that they can be made larger. All are known to be hard for some solver. */
import type { Facts, Needs, Published, Root } from './documents.ts'

export type Case = { readonly facts: Facts; readonly root: Root; readonly kind: 'solved' | 'unsolvable' }

export type Family = {
  readonly name: string
  /** How many versions each package has: the sizes that are measured. */
  readonly sizes: readonly number[]
  readonly make: (versions: number) => Case
}

const SIZES = [100, 200, 400, 800]

export const FAMILIES: readonly Family[] = [
  { name: 'singletons, 100 packages', sizes: SIZES, make: versions => singletons(100, versions) },
  { name: 'disjoint, 300 packages', sizes: SIZES, make: versions => disjoint(300, versions) },
  { name: 'chain, 200 levels', sizes: SIZES, make: versions => chain(200, versions, 'shut') },
  { name: 'chain with a way out, 200 levels', sizes: SIZES, make: versions => chain(200, versions, 'open') },
  { name: 'deep traps, 200 levels', sizes: SIZES, make: versions => traps(200, versions) },
  { name: 'pits, 200 levels', sizes: SIZES, make: versions => pits(200, versions) },
  { name: 'ranges, 5 packages', sizes: SIZES, make: versions => ranges(5, versions) },
  { name: 'tree, 1000 packages', sizes: [25, 50, 100, 200], make: versions => tree(1000, versions) },
]

/**
 * Version `n` of each package needs exactly version `n` of the next, and the last package has none of them: only the
 * lowest version of the first, which needs nothing, can be had.
 */
export function singletons(packages: number, versions: number): Case {
  const facts: Record<string, Published> = {}
  for (let index = 1; index < packages; index++) {
    facts[`p${String(index)}`] = publish(index === 1 ? 0 : 1, versions, number =>
      number === 0 ? {} : { [`p${String(index + 1)}`]: major(number) },
    )
  }
  return { facts, root: { p1: '*' }, kind: 'solved' }
}

/** The same, but the last package needs version `n` of one that the project holds at its lowest. */
export function disjoint(packages: number, versions: number): Case {
  const facts = {
    ...singletons(packages, versions).facts,
    [`p${String(packages)}`]: publish(1, versions, number => ({ z: major(number) })),
    z: publish(0, versions, () => ({})),
  }
  return { facts, root: { p1: '*', z: major(0) }, kind: 'solved' }
}

/** Every version of each level needs any of the next, and the last needs what nobody published. */
export function chain(levels: number, versions: number, end: 'shut' | 'open'): Case {
  const facts: Record<string, Published> = {}
  for (let level = 0; level < levels; level++) {
    facts[`l${String(level)}`] = Object.fromEntries([
      // The way out is the last version that is tried of the first package.
      ...(level === 0 && end === 'open' ? [['0.9.0', {}]] : []),
      ...patches(versions, { [`l${String(level + 1)}`]: '*' }),
    ]) as Published
  }
  return { facts, root: { l0: '*' }, kind: end === 'open' ? 'solved' : 'unsolvable' }
}

/** A long chain that is fine whatever is chosen, beside a package every version of which needs what nobody published. */
export function traps(levels: number, versions: number): Case {
  const facts = { ...chain(levels, versions, 'shut').facts, ...leaves(`l${String(levels)}`, versions) }
  const cloak = Object.fromEntries(patches(versions + 10, { ghost: '1.0.1' }))
  return { facts: { ...facts, zcloak: cloak }, root: { l0: '*', zcloak: '*' }, kind: 'unsolvable' }
}

/**
 * A long chain whose last package cannot be had: its version `n` needs `n` of two others, which want different versions
 * of a third. That shows only when it is tried, below everything that was chosen before.
 */
export function pits(levels: number, versions: number): Case {
  const last = `l${String(levels)}`
  const facts = {
    ...chain(levels, versions, 'shut').facts,
    [last]: publish(1, versions + 1, number => ({ left: major(number), right: major(number) })),
    left: publish(1, versions + 1, () => ({ middle: major(1) })),
    right: publish(1, versions + 1, () => ({ middle: major(2) })),
    middle: publish(1, 3, () => ({})),
  }
  return { facts, root: { l0: '*' }, kind: 'unsolvable' }
}

/** The higher the version of a package, the lower the versions of the next it admits: `n` needs at least `versions - n`. */
export function ranges(packages: number, versions: number): Case {
  const facts: Record<string, Published> = {}
  for (let index = 1; index < packages; index++) {
    facts[`p${String(index)}`] = publish(index === 1 ? 0 : 1, versions, number =>
      number === 0 ? {} : { [`p${String(index + 1)}`]: `>=${major(versions - number)}` },
    )
  }
  return { facts, root: { p1: '*' }, kind: 'solved' }
}

/** A binary tree in which the first that is tried is right. */
export function tree(packages: number, versions: number): Case {
  const facts: Record<string, Published> = {}
  for (let index = 1; index <= packages; index++) {
    const children = [2 * index, 2 * index + 1].filter(child => child <= packages)
    const needs = Object.fromEntries(children.map(child => [`p${String(child)}`, '^1.0.0']))
    facts[`p${String(index)}`] = Object.fromEntries(patches(versions, needs))
  }
  return { facts, root: { p1: '*' }, kind: 'solved' }
}

function publish(first: number, end: number, needs: (number: number) => Needs): Published {
  const published: Record<string, Needs> = {}
  for (let number = first; number < end; number++) published[major(number)] = needs(number)
  return published
}

function leaves(name: string, versions: number): Facts {
  return { [name]: Object.fromEntries(patches(versions, {})) }
}

function patches(versions: number, needs: Needs): [string, Needs][] {
  return Array.from({ length: versions }, (_, number) => [`1.0.${String(number)}`, needs])
}

function major(number: number): string {
  return `${String(number)}.0.0`
}
