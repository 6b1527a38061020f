/** Several registries as one (D32): which of them is asked for a name. Versions of two registries are never merged. */
import { readArchive } from '@aam/archive'
import { type PackageDocument, type PackageName, explainName, rankPackages, scopeOf } from '@aam/core'
import type { Registry, SearchResult } from './registry.ts'

/** One of several registries. It is opened when it is first asked, so that one nobody needs may be away. */
export type Member = {
  /** `default`, or the name of the source. */
  readonly label: string
  /** Scopes with their `@` whose names are asked for here and nowhere else. */
  readonly scopes: readonly string[]
  readonly open: () => Registry
}

export type Several = Registry & {
  /** Opens the first of them, so that it fails now when it is not there. */
  readonly open: () => void
  /** Opens all of them, so that `listNames` knows the names of each. */
  readonly openAll: () => void
  /** The addresses of the registries that are asked for a name, in that order. */
  readonly addressesFor: (name: PackageName) => readonly string[]
  /** The registry a name was found in; the first that is asked for it when none was. */
  readonly memberFor: (name: PackageName) => Member
  /** The address of that registry. */
  readonly addressOf: (name: PackageName) => string
}

type Found = { readonly member: Member; readonly registry: Registry; readonly document: PackageDocument | undefined }

/**
 * Makes one registry of several. For a name, a member that has its scope is asked alone; else the one it is pinned to;
 * else every member in order, and the first that has the name wins. What fails otherwise than by not having the name
 * fails: a registry that cannot be reached never makes way for the next.
 * @param members at least one, the default first
 * @param pinned the member a locked package stays with
 */
export function openSeveral(
  members: readonly [Member, ...Member[]],
  pinned: ReadonlyMap<PackageName, Member> = new Map(),
): Several {
  const [first] = members
  const opened = new Map<Member, Registry>()
  const found = new Map<PackageName, Promise<Found>>()
  const places = new Map<PackageName, Member>()
  const open = (member: Member): Registry => {
    const registry = opened.get(member) ?? member.open()
    opened.set(member, registry)
    return registry
  }
  const askedFor = (name: PackageName): readonly [Member, ...Member[]] => {
    const scope = scopeOf(name)
    const owner = members.find(({ scopes }) => scope !== undefined && scopes.includes(scope)) ?? pinned.get(name)
    return owner === undefined ? members : [owner]
  }
  const lookFor = async (name: PackageName): Promise<Found> => {
    const [nearest, ...others] = askedFor(name)
    for (const member of [nearest, ...others]) {
      const registry = open(member)
      const document = await registry.fetchDocument(name)
      if (document === undefined) continue
      places.set(name, member)
      return { member, registry, document }
    }
    return { member: nearest, registry: open(nearest), document: undefined }
  }
  /** Where a name is, looked up once. A change makes what was known out of date. */
  const find = async (name: PackageName): Promise<Found> => {
    const known = found.get(name) ?? lookFor(name)
    found.set(name, known)
    return known
  }
  const change = async <R>(name: PackageName, act: (registry: Registry) => Promise<R>): Promise<R> => {
    const { registry } = await find(name)
    found.delete(name)
    return act(registry)
  }
  /**
   * Asks everybody, and leaves out what another member stands before: the one that owns the scope of a name, or an
   * earlier one that has the name, whether or not that package matches.
   */
  const search = async (words: readonly string[]): Promise<SearchResult> => {
    const results = await Promise.all(members.map(async member => open(member).search(words)))
    const hidden = new Set<string>()
    const packages = []
    for (const [index, result] of results.entries()) {
      const member = members[index] ?? first
      packages.push(...result.packages.filter(({ name }) => !hidden.has(name) && askedFor(name).includes(member)))
      if (!results.slice(index + 1).some(later => later.packages.length > 0)) break
      for (const name of await open(member).listNames()) {
        if (explainName(name) === undefined && askedFor(name as PackageName).includes(member)) hidden.add(name)
      }
    }
    return { packages: rankPackages(packages, words), broken: results.flatMap(({ broken }) => broken) }
  }
  const memberFor = (name: PackageName): Member => places.get(name) ?? askedFor(name)[0]
  return {
    open: () => void open(first),
    openAll: () => {
      members.forEach(open)
    },
    get address() {
      return open(first).address
    },
    addressesFor: name => askedFor(name).map(member => open(member).address),
    memberFor,
    addressOf: name => open(memberFor(name)).address,
    fetchDocument: async name => (await find(name)).document,
    fetchArchive: async (name, version) => {
      const [only, ...others] = askedFor(name)
      const registry = others.length === 0 ? open(only) : (await find(name)).registry
      return registry.fetchArchive(name, version)
    },
    fetchVersionFacts: async (name, version) => (await find(name)).registry.fetchVersionFacts(name, version),
    publish: async (archive, options) => {
      const published = await open(await ownerOf(members, archive)).publish(archive, options)
      found.delete(published.name)
      return published
    },
    setTag: async (name, request) => change(name, async registry => registry.setTag(name, request)),
    removeTag: async (name, request) => change(name, async registry => registry.removeTag(name, request)),
    deprecate: async (name, request) => change(name, async registry => registry.deprecate(name, request)),
    yank: async (name, request) => change(name, async registry => registry.yank(name, request)),
    search,
    listNames: async () => {
      // Only for hints, so that nothing is opened for it.
      const names = await Promise.all([...opened.values()].map(async registry => registry.listNames()))
      return [...new Set(names.flat())]
    },
  }
}

/** Where a new archive belongs: with the member that has its scope, else with the first. */
async function ownerOf(members: readonly [Member, ...Member[]], archive: Uint8Array): Promise<Member> {
  const [first] = members
  if (members.every(({ scopes }) => scopes.length === 0)) return first
  const scope = await scopeInside(archive)
  return members.find(({ scopes }) => scope !== undefined && scopes.includes(scope)) ?? first
}

/** The scope of the name in an archive's manifest; publishing checks everything else about it. */
async function scopeInside(archive: Uint8Array): Promise<string | undefined> {
  const { decodeManifest } = await import('@aam/core/manifest')
  const manifest = readArchive(archive, 'the archive').find(({ path }) => path === 'package.agent.json')
  if (manifest === undefined) return undefined
  const { name } = decodeManifest(
    Buffer.from(manifest.data).toString('utf8'),
    'package.agent.json in the archive',
  ).manifest
  return scopeOf(name)
}
