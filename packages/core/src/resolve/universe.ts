/** What the solver knows about packages: only what matters for choosing versions. */
import type { PackageName } from '../name.ts'
import { type Range, matches } from '../range.ts'
import type { DependencyRanges } from '../requirement.ts'
import { type Version, compareVersions, isPrerelease } from '../version.ts'

/** One published version, as far as a solver cares. A `Release` of a package document is one. */
export type Choice = DependencyRanges & {
  readonly version: Version
  readonly resolverVersion: number
  readonly yanked: boolean
  /** What each extra of this version adds to its dependencies (UAAPS 13.1). */
  readonly extras?: ReadonlyMap<string, ReadonlyMap<PackageName, Range>>
}

/** Every version of one package; `'missing'` when no registry has the name. */
export type KnownPackage = ReadonlyMap<Version, Choice> | 'missing'
export type Known = ReadonlyMap<PackageName, KnownPackage>

/** The resolution algorithm this is (UAAPS 13.4 "Resolver Version"). */
export const RESOLVER_VERSION = 1

/** The version of one package that would be chosen if nothing but these ranges had a say (D9). */
export function preferred<C extends Choice>(choices: Iterable<C>, ranges: readonly Range[]): C | undefined {
  let best: C | undefined
  for (const choice of choices) {
    const { version, yanked, resolverVersion } = choice
    if (yanked || resolverVersion !== RESOLVER_VERSION || !ranges.every(range => matches(range, version))) continue
    if (best === undefined || comparePreference(version, best.version) > 0) best = choice
  }
  return best
}

/** Stable versions before pre-releases, then by precedence. */
function comparePreference(a: Version, b: Version): number {
  return Number(isPrerelease(b)) - Number(isPrerelease(a)) || compareVersions(a, b)
}
