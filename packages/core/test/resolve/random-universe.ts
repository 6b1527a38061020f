/** Universes from a seed: the same seed gives the same universe everywhere. */
import {
  type Choice,
  type Known,
  type KnownPackage,
  type PackageName,
  type Question,
  type Range,
  type Strategy,
  type Version,
  type Wants,
  gatherWants,
} from '@aam/core'
import { knownFrom, named, parseSpec, rangeMap, wantsFrom } from '@aam/testkit'

/** A small good generator (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/** `AAM_LONG=1` runs the numbers of cases the resolver was proven with. */
export const LONG = process.env['AAM_LONG'] === '1'

/** Runs `law` over the cases of the seeds from 1 on; a failure tells the seed and the case. */
export function forAll<C extends { readonly text: string }>(
  make: (seed: number) => C,
  law: (random: C, seed: number) => void,
  { cases, long = cases * 20 }: { readonly cases: number; readonly long?: number },
): void {
  for (let seed = 1; seed <= (LONG ? long : cases); seed++) {
    const random = make(seed)
    try {
      law(random, seed)
    } catch (error) {
      throw new Error(`seed ${String(seed)}: ${String(error)}\n${random.text}`, { cause: error })
    }
  }
}

export type RandomCase = {
  readonly lines: readonly string[]
  readonly known: Known
  readonly wants: Wants
  readonly text: string
}

/** 3 to 7 packages of 1 to 4 versions with 0 to 3 requirements each; one requirement in ten is of a package nobody has. */
export function randomCase(seed: number): RandomCase {
  const random = createRandom(seed)
  const upTo = (limit: number): number => Math.floor(random() * limit)
  const names = 'abcdefg'.slice(0, 3 + upTo(5)).split('')
  const range = (): string => plainRange(upTo)
  const requirement = (name: string): string => `${random() < 0.1 ? 'ghost' : name} ${range()}`
  const lines = names.flatMap((name, index) =>
    Array.from({ length: 1 + upTo(4) }, (_, major) => {
      // Requirements of later names only, but for one in ten: mostly without cycles.
      const others = names.filter((other, at) => other !== name && (at > index || random() < 0.1))
      const chosen = others.filter(() => random() < 0.45).slice(0, 3)
      const requirements = [...new Set(chosen)].map(requirement)
      return `${name} ${String(major + 1)}.0.0${requirements.length > 0 ? ` → ${requirements.join(', ')}` : ''}`
    }),
  )
  const roots = names.filter(() => random() < 0.5).slice(0, 4)
  const required = Object.fromEntries((roots.length > 0 ? roots : ['a']).map(name => [name, range()]))
  const wants = wantsFrom(required)
  const text = `wants ${JSON.stringify(required)}\n${lines.join('\n')}`
  return { lines, wants, known: knownFrom(lines.map(parseSpec), { missing: ['ghost'] }), text }
}

/**
 * Five to seven packages, or as many as one likes, of three versions that need each other in two or so of them, about as much as they can bear:
 * nothing is certain at first, so that choices are made, go wrong, and are learned from.
 */
export function knottyCase(seed: number, count?: number): RichCase {
  const random = createRandom(seed)
  const names = 'abcdefghijkl'.slice(0, count ?? 5 + Math.floor(random() * 3)).split('')
  const density = (1 + random() * 1.75) / (names.length - 1)
  const versions = ['1.0.0', '2.0.0', '3.0.0']
  const peers = random() < 0.3 ? 0.3 : 0
  const subset = (): string => {
    const some = versions.filter(() => random() < 0.6)
    return some.length === 0 ? '2.0.0' : some.join(' || ')
  }
  const lines = names.flatMap(name =>
    versions.map(version => {
      const targets = names.filter(target => target !== name && random() < density)
      const parts = targets.map(target => `${random() < peers ? 'peer: ' : ''}${target} ${subset()}`)
      return `${name} ${version}${parts.length > 0 ? ` → ${parts.join(', ')}` : ''}`
    }),
  )
  const required = Object.fromEntries(names.filter(() => random() < 0.7).map(name => [name, '*']))
  const text = `wants ${JSON.stringify(required)}\n${lines.join('\n')}`
  return { question: { wants: wantsFrom(required), locked: new Map() }, known: knownFrom(lines.map(parseSpec)), text }
}

/** Tools that share libraries, which share others, in ranges that often exclude each other: several versions are the way out. */
export function sharedCase(seed: number): RichCase {
  const random = createRandom(seed)
  const upTo = (limit: number): number => Math.floor(random() * limit)
  const layers = [['a', 'b', 'c', 'd'].slice(0, 2 + upTo(3)), ['k', 'l'], ['x', 'y']]
  const range = (): string => ['^1.0.0', '^2.0.0', '^3.0.0', '>=2.0.0', '<=2.0.0', '*', '1.0.0 || 3.0.0'][upTo(7)]!
  const lines = layers.flatMap((layer, depth) =>
    layer.flatMap(name =>
      ['1.0.0', '2.0.0', '3.0.0'].slice(0, depth === 0 ? 1 + upTo(2) : 3).map(version => {
        const below = layers.slice(depth + 1).flat()
        const targets = below.filter(() => random() < (depth === 0 ? 0.6 : 0.4))
        const parts = targets.map(target => `${target} ${range()}`)
        return `${name} ${version}${parts.length > 0 ? ` → ${parts.join(', ')}` : ''}`
      }),
    ),
  )
  const direct = layers.slice(1).flatMap(layer => layer.filter(() => random() < 0.2))
  const above = layers[0]!.map((name): [string, string] => [name, '*'])
  const required = Object.fromEntries([...above, ...direct.map((name): [string, string] => [name, range()])])
  const text = `wants ${JSON.stringify(required)}\n${lines.join('\n')}`
  return { question: { wants: wantsFrom(required), locked: new Map() }, known: knownFrom(lines.map(parseSpec)), text }
}

function plainRange(upTo: (limit: number) => number): string {
  const major = 1 + upTo(4)
  switch (upTo(6)) {
    case 0:
      return '*'
    case 1:
      return `${String(major)}.0.0`
    case 2:
      return `<=${String(major)}.0.0`
    case 3:
      return `>=${String(major)}.0.0`
    case 4:
      return `1.0.0 || ${String(major)}.0.0`
    default:
      return `^${String(major)}.0.0`
  }
}

/** A question of the kind that projects ask, with everything in it that a manifest and a lock may say. */
export type RichCase = { readonly question: Question; readonly known: Known; readonly text: string }

/**
 * Small enough for trying everything. Each seed leaves some features out, so that each also meets the others alone:
 * pre-releases, yanked versions, locks, resolutions, optional dependencies, peers, extras, groups, strategies, cycles.
 */
export function richCase(seed: number): RichCase {
  const random = createRandom(seed)
  const upTo = (limit: number): number => Math.floor(random() * limit)
  const feature = (chance: number): (() => boolean) => {
    const there = random() < 0.5
    return () => random() < (there ? chance : 0)
  }
  const [early, yank, lock, resolve, optional, peer] = [0.2, 0.25, 0.5, 0.15, 0.3, 0.25].map(feature)
  const [extra, group, other, cyclic, self] = [0.5, 0.5, 0.08, 0.15, 0.02].map(feature)
  const names = 'abcdef'.slice(0, 3 + upTo(4)).split('')
  const range = (): string =>
    early!() ? `${['^', '>=', ''][upTo(3)]!}${String(1 + upTo(4))}.0.0-rc.1` : upTo(3) > 0 ? plainRange(upTo) : '*'
  const nameOr = (name: string): string => (random() < 0.03 ? 'ghost' : name)
  const versions = new Map(
    names.map(name => [
      name,
      [1, 2, 3, 4]
        .slice(0, 1 + upTo(4))
        .flatMap(major =>
          (early!() ? [`${String(major)}.0.0-rc.1`] : []).concat(random() < 0.9 ? [`${String(major)}.0.0`] : []),
        ),
    ]),
  )
  const lines = names.flatMap((name, index) =>
    versions.get(name)!.map(version => {
      const others = names.filter((target, at) => target !== name && (at > index || cyclic!()))
      const needed = others.filter(() => random() < 0.4)
      const parts = [
        ...needed.map(target => `${nameOr(target)} ${range()}`),
        ...others
          .filter(target => !needed.includes(target) && optional!())
          .map(target => `opt: ${nameOr(target)} ${range()}`),
        ...names.filter(target => target !== name && peer!()).map(target => `peer: ${target} ${range()}`),
        ...['x', 'y']
          .filter(() => extra!())
          .flatMap(each => [
            `[${each}]`,
            ...others.filter(() => random() < 0.4).map(target => `[${each}] ${target} ${range()}`),
          ]),
        ...(self!() ? [`${name} ${range()}`] : []),
      ]
      const flag = other!() ? ' (resolver 2)' : ''
      return `${name} ${version}${flag}${parts.length > 0 ? ` → ${parts.join(', ')}` : ''}`
    }),
  )
  const some = (chance: () => boolean): Record<string, string> =>
    Object.fromEntries(names.filter(chance).map(name => [name, range()]))
  const required = some(() => random() < 0.3)
  if (Object.keys(required).length === 0) required['a'] = range()
  const manifest = {
    dependencies: required,
    optionalDependencies: without(
      some(() => optional!()),
      required,
    ),
    peerDependencies: some(() => peer!()),
    resolutions: some(() => resolve!()),
    groups: { dev: some(() => random() < 0.6 && group!()), docs: some(() => random() < 0.2 && group!()) },
    extras: { pdf: some(() => random() < 0.3 && group!()) },
  }
  const picked = <T>(all: readonly T[]): T[] => all.filter(() => random() < 0.6)
  const dependencyExtras = Object.keys(required).flatMap((name): [string, string[]][] =>
    extra!() ? [[name, random() < 0.7 ? ['x'] : ['y', 'x']]] : [],
  )
  const selection = { groups: picked(['dev', 'docs']), extras: picked(['pdf']), dependencyExtras }
  const yanked = [...versions].flatMap(([name, all]) => all.filter(() => yank!()).map(each => `${name}@${each}`))
  const locked = [...versions].flatMap(([name, all]): [string, string][] =>
    all.length > 0 && lock!() ? [[name, all[upTo(all.length)]!]] : [],
  )
  const strategy = (['highest', 'highest', 'highest', 'lowest', 'latest'] as const)[upTo(5)]!
  const text = [JSON.stringify({ ...manifest, selection, yanked, locked, strategy }), ...lines].join('\n')
  return {
    question: {
      wants: gatherWants(
        {
          name: 'my-app',
          version: '1.0.0',
          dependencies: rangeMap(manifest.dependencies),
          optionalDependencies: rangeMap(manifest.optionalDependencies),
          peerDependencies: rangeMap(manifest.peerDependencies),
          resolutions: rangeMap(manifest.resolutions),
          dependencyGroups: rangeMaps(manifest.groups),
          extras: rangeMaps(manifest.extras),
        },
        new Map(),
        {
          dependencies: 'all',
          groups: selection.groups,
          extras: selection.extras,
          dependencyExtras: new Map(dependencyExtras.map(([name, extras]) => [named(name), extras])),
        },
      ),
      locked: new Map(locked.map(([name, version]) => [named(name), version as Version])),
      strategy,
    },
    known: knownFrom(lines.map(parseSpec), { yanked, missing: ['ghost', ...names] }),
    text,
  }
}

export function rangeMaps(
  all: Readonly<Record<string, Readonly<Record<string, string>>>>,
): Map<string, Map<PackageName, Range>> {
  return new Map(Object.entries(all).map(([name, ranges]) => [name, rangeMap(ranges)]))
}

function without(
  ranges: Readonly<Record<string, string>>,
  taken: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(Object.entries(ranges).filter(([name]) => taken[name] === undefined))
}

/** 20 to 60 packages of 5 to 40, now and then up to 90 versions: sets of them take several words. */
export function largeCase(seed: number): RichCase {
  const random = createRandom(seed)
  const upTo = (limit: number): number => Math.floor(random() * limit)
  const count = 20 + upTo(41)
  const names = Array.from({ length: count }, (_, index) => `p${String(index).padStart(2, '0')}`)
  const density = 1 + random() * 2
  const exactness = random() * 0.35
  const [early, yank, lock, resolve, peer] = [0.1, 0.05, 0.4, 0.03, 0.25].map(chance => (random() < 0.5 ? chance : 0))
  const versions = new Map(
    names.map(name => {
      const length = random() < 0.15 ? 60 + upTo(31) : 5 + upTo(36)
      const all = Array.from({ length }, (_, index) => `${String(1 + Math.floor(index / 8))}.${String(index % 8)}.0`)
      return [name, all.map(version => (random() < early! ? `${version}-rc.1` : version))]
    }),
  )
  const range = (name: string): string => {
    const all = versions.get(name)!
    const one = all[upTo(all.length)]!
    if (random() < exactness) return one
    switch (upTo(5)) {
      case 0:
        return `>=${one}`
      case 1:
        return `<=${one}`
      case 2:
        return `^${one}`
      case 3:
        return `${one} || ${all[upTo(all.length)]!} || >${all[upTo(all.length)]!}`
      default:
        return '*'
    }
  }
  const lines = names.flatMap((name, index) => {
    // Versions next to each other mostly need the same.
    let parts: string[] = []
    return versions.get(name)!.map((version, at) => {
      if (at === 0 || random() < 0.3) {
        const near = names.slice(index + 1, index + 12)
        const targets = near.filter(() => random() < density / Math.max(1, near.length))
        parts = targets.map(target => `${random() < peer! ? 'peer: ' : ''}${target} ${range(target)}`)
        if (random() < 0.02) parts.push('ghost *')
      }
      return `${name} ${version}${parts.length > 0 ? ` → ${parts.join(', ')}` : ''}`
    })
  })
  const roots = names.filter((_, index) => index === 0 || random() < 0.15)
  const required = Object.fromEntries(roots.map(name => [name, range(name)]))
  const resolutions = Object.fromEntries(names.filter(() => random() < resolve!).map(name => [name, range(name)]))
  const yanked = [...versions].flatMap(([name, all]) =>
    all.filter(() => random() < yank!).map(each => `${name}@${each}`),
  )
  const locked = [...versions].flatMap(([name, all]): [PackageName, Version][] =>
    random() < lock! ? [[named(name), all[upTo(all.length)]! as Version]] : [],
  )
  const strategy: Strategy = random() < 0.25 ? 'lowest' : 'highest'
  return {
    question: { wants: wantsFrom(required, { resolutions }), locked: new Map(locked), strategy },
    known: knownFrom(lines.map(parseSpec), { yanked, missing: ['ghost'] }),
    text: [JSON.stringify({ required, resolutions, yanked, locked, strategy }), ...lines].join('\n'),
  }
}

/** The documents without one version. */
export function withoutVersion(known: Known, name: PackageName, version: Version): Known {
  return edited(known, name, versions => versions.delete(version))
}

/** The documents with one more, or another, version. */
export function withVersion(known: Known, name: PackageName, choice: Choice): Known {
  return edited(known, name, versions => versions.set(choice.version, choice))
}

function edited(known: Known, name: PackageName, edit: (versions: Map<Version, Choice>) => void): Known {
  const versions = new Map(published(known.get(name)))
  edit(versions)
  return new Map(known).set(name, versions)
}

/** The versions in a document; none where there is no package. */
export function published(known: KnownPackage | undefined): ReadonlyMap<Version, Choice> {
  return known === undefined || known === 'missing' ? new Map<Version, Choice>() : known
}

export function toObject(versions: ReadonlyMap<string, string> | undefined): Record<string, string> | undefined {
  return versions === undefined ? undefined : Object.fromEntries([...versions].sort(([a], [b]) => (a < b ? -1 : 1)))
}
