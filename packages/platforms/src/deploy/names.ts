/** What artifacts are called where they are deployed (D47). */
import { compareText } from '@aam/core'
import type { NamedKind } from '../artifacts.ts'

/** A package and the names of what it has. */
export type Named = {
  readonly package: string
  /** `team--review`; `team--review@1.0.0` for one of several versions. */
  readonly folder: string
  /** The project itself: its names stay as they are. */
  readonly root: boolean
  readonly names: Readonly<Record<NamedKind, readonly string[]>>
}

/** Names that the user's own files have, by kind. */
export type Taken = Readonly<Record<NamedKind, ReadonlySet<string>>>

/** The deployed name of an artifact; its own name when it is not known. */
export type NameOf = (packageName: string, kind: NamedKind, name: string) => string

export const NAMED_KINDS: readonly NamedKind[] = ['skills', 'commands', 'agents', 'rules', 'servers']
const LONGEST = 64
const SUFFIX = 8

/**
 * Names every artifact: its own name when nobody else has it, else with the package's before it. The project's own keep
 * theirs, and so do the user's files. No two artifacts of one kind get one name, and no name is one that is taken.
 * The result depends on the set of packages only, not on their order.
 *
 * @param digest hexadecimal, of any length from 8 on
 */
export function assignNames(packages: readonly Named[], taken: Taken, digest: (text: string) => string): NameOf {
  const assigned = new Map<string, string>()
  const sorted = [...packages].sort((a, b) => Number(b.root) - Number(a.root) || compareText(a.package, b.package))
  for (const kind of NAMED_KINDS) {
    const wanting = countWishes(sorted, kind)
    const used = new Set(taken[kind])
    const late: { readonly from: Named; readonly name: string }[] = []
    for (const from of sorted) {
      for (const name of from.names[kind]) {
        const plain = plainName(name)
        const alone = wanting.get(plain) === 1 && !used.has(plain)
        if (!alone && !from.root) {
          late.push({ from, name })
          continue
        }
        const free = used.has(plain) && !taken[kind].has(plain) ? unique(from, name, digest) : plain
        used.add(free)
        assigned.set(keyOf(from.package, kind, name), free)
      }
    }
    // After all plain names are known, so that a longer name never takes one of them.
    for (const { from, name } of late) {
      const long = longName(from, name, digest)
      const free = used.has(long) ? unique(from, name, digest) : long
      used.add(free)
      assigned.set(keyOf(from.package, kind, name), free)
    }
  }
  return (packageName, kind, name) => assigned.get(keyOf(packageName, kind, name)) ?? name
}

/** The names that artifacts have when somebody else has theirs. */
export function longNames(packages: readonly Named[], digest: (text: string) => string): NameOf {
  const longest = new Map(packages.map(from => [from.package, from]))
  return (packageName, _, name) => {
    const from = longest.get(packageName)
    return from === undefined || from.root ? name : longName(from, name, digest)
  }
}

function longName(from: Named, name: string, digest: (text: string) => string): string {
  const long = `${slugOf(from.folder)}-${plainName(name)}`
  return long.length > LONGEST ? unique(from, name, digest) : long
}

/** A name that every agent takes: `--` and hyphens at the ends are legal in a package and not in a deployed skill. */
function plainName(name: string): string {
  return name.replace(/-{2,}/g, '-').replace(/^-+|-+$/g, '')
}

/** `team--review` → `team-review`, `team--review@1.0.0-_r_c.1` → `team-review-1-0-0-r-c-1`. */
function slugOf(folder: string): string {
  return plainName(folder.replace(/@.*/, version => version.replace(/[^a-z0-9]+/g, '-')))
}

function countWishes(packages: readonly Named[], kind: NamedKind): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { names } of packages) {
    for (const name of names[kind]) counts.set(plainName(name), (counts.get(plainName(name)) ?? 0) + 1)
  }
  return counts
}

/** The long name cut and made unmistakable by a digest of what it stands for. */
function unique({ folder }: Named, name: string, digest: (text: string) => string): string {
  const long = `${slugOf(folder)}-${plainName(name)}`
  const head = long.slice(0, LONGEST - SUFFIX - 1).replace(/-+$/, '')
  return `${head}-${digest(`${folder}/${name}`).slice(0, SUFFIX)}`
}

function keyOf(packageName: string, kind: NamedKind, name: string): string {
  return `${packageName}\n${kind}\n${name}`
}
