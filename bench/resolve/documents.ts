/** Dependency facts as plain JSON, and what the resolver makes of them. */
import {
  type Choice,
  type Known,
  type KnownPackage,
  type PackageName,
  type Question,
  RESOLVER_VERSION,
  type Range,
  type Version,
  parsePackageName,
  parseRange,
  parseVersion,
} from '@aam/core'
import type { SearchInput } from '../../packages/core/src/resolve/givens.ts'

/** What is published: package → version, ascending → package it needs → range. A package that is not there is missing. */
export type Facts = Readonly<Record<string, Published>>
export type Published = Readonly<Record<string, Needs>>
export type Needs = Readonly<Record<string, string>>

/** What a project wants: package → range. */
export type Root = Readonly<Record<string, string>>

const NOTHING: ReadonlyMap<never, never> = new Map<never, never>()

/** Every document there is, and `'missing'` for every package that is only needed. */
export function decodeKnown(facts: Facts): Known {
  const known = new Map<PackageName, KnownPackage>()
  for (const [name, published] of Object.entries(facts)) known.set(parsePackageName(name), decodePublished(published))
  for (const document of [...known.values()]) {
    if (document === 'missing') continue
    for (const { dependencies } of document.values()) {
      for (const name of dependencies.keys()) if (!known.has(name)) known.set(name, 'missing')
    }
  }
  return known
}

/** The same documents, each decoded when it is asked for. */
export function openDocuments(facts: Facts): Pick<Known, 'get'> {
  return { get: name => (Object.hasOwn(facts, name) ? decodePublished(facts[name]!) : 'missing') }
}

function decodePublished(published: Published): KnownPackage {
  const document = new Map<Version, Choice>()
  for (const [text, needs] of Object.entries(published)) {
    const version = parseVersion(text)
    document.set(version, {
      version,
      resolverVersion: RESOLVER_VERSION,
      yanked: false,
      dependencies: decodeNeeds(needs),
      optionalDependencies: NOTHING,
      peerDependencies: NOTHING,
    })
  }
  return document
}

function decodeNeeds(needs: Needs): Map<PackageName, Range> {
  return new Map(Object.entries(needs).map(([name, range]) => [parsePackageName(name), parseRange(range)]))
}

/** What a user of `solve` asks. */
export function questionOf(root: Root): Question {
  return {
    wants: {
      root: { name: 'bench', version: '1.0.0' },
      required: decodeNeeds(root),
      tags: new Map(),
      selected: [],
      extras: NOTHING,
      optional: NOTHING,
      peers: NOTHING,
      resolutions: NOTHING,
    },
    locked: NOTHING,
  }
}

/** What the search beneath it is asked. */
export function inputOf(root: Root): SearchInput {
  const required = [...decodeNeeds(root)].sort(([a], [b]) => (a < b ? -1 : 1))
  return {
    roots: required.map(([name, range]) => ({ name, range, kind: 'required' })),
    locked: NOTHING,
    resolutions: NOTHING,
    fixed: NOTHING,
    extras: NOTHING,
    promoted: new Set(),
    peers: 'bind',
    prefer: 'highest',
    ranges: 'hold',
  }
}
