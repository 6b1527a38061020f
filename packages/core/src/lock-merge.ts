/**
 * The two sides of a lock that Git could not merge (D2). Both were right where they came from; together they are a
 * starting point for resolving again, and the same one whichever side is called ours.
 */
import { EMPTY_LOCK, type Lock, type LockEntry } from './lock.ts'
import { type InstanceName, type PackageName, compareText, packageOf } from './name.ts'
import { compareVersions } from './version.ts'

export type LockMerge = {
  /** Where the first conflict marker stands. */
  readonly line: number
  /** Every package of both sides; where they differ, the higher version. */
  readonly lock: Lock
  /** The entries the sides have of a package, in whatever instances: what resolving again may choose from. */
  readonly sides: ReadonlyMap<PackageName, readonly LockEntry[]>
  /** Packages for which the sides name one version with two different contents: nobody can say which is right. */
  readonly contradictions: readonly PackageName[]
}

/** Puts the two sides of a conflict together. Which one comes first makes no difference. */
export function mergeLocks(ours: Lock, theirs: Lock, line: number): LockMerge {
  const names = [...new Set([...ours.resolved.keys(), ...theirs.resolved.keys()])].sort(compareText)
  const sides = new Map<PackageName, LockEntry[]>()
  const resolved = new Map<InstanceName, LockEntry>()
  for (const name of names) {
    const entries = [ours, theirs].flatMap(({ resolved: side }) => side.get(name) ?? []).sort(compareEntries)
    const best = entries.at(-1)
    if (best === undefined) continue
    const all = [...(sides.get(packageOf(name)) ?? []), ...entries]
    sides.set(packageOf(name), all.sort(compareEntries))
    resolved.set(name, best)
  }
  const contradictions = [...sides].filter(([, entries]) => contradicts(entries)).map(([name]) => name)
  return { line, lock: { ...EMPTY_LOCK, resolved }, sides, contradictions }
}

/** Whether one version is there with two different contents. Sorted, equal versions are neighbours. */
function contradicts(entries: readonly LockEntry[]): boolean {
  return entries.some(({ version, integrity }, index) => {
    const next = entries[index + 1]
    return next?.version === version && next.integrity !== integrity
  })
}

/** By version; of two entries for one version the order is that of their contents, so that it is always the same. */
function compareEntries(a: LockEntry, b: LockEntry): number {
  return compareVersions(a.version, b.version) || compareText(JSON.stringify(a.source), JSON.stringify(b.source))
}
