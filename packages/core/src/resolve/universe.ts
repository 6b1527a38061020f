/** What the solver knows about packages: only what matters for choosing versions, in the order it tries them. */
import type { PackageName } from '../name.ts'
import { type Range, matches } from '../range.ts'
import type { DependencyRanges } from '../requirement.ts'
import { type Version, compareVersions, isPrerelease } from '../version.ts'

/** One published version, as far as a solver cares. A `Release` of a package document is one. */
export type Choice = DependencyRanges & {
  readonly version: Version
  readonly resolverVersion: number
  readonly yanked: boolean
}

/** Every version of one package; `'missing'` when no registry has the name. */
export type KnownPackage = ReadonlyMap<Version, Choice> | 'missing'
export type Known = ReadonlyMap<PackageName, KnownPackage>

/** The resolution algorithm this is (UAAPS 13.4 "Resolver Version"). */
export const RESOLVER_VERSION = 1

/**
 * The versions a package may be chosen in, best first (D9): the locked one, then stable ones, highest first, then
 * pre-releases, highest first. A yanked version is one only when the lock names it; one that asks for a resolver we do
 * not know is none.
 */
export function candidatesOf(known: KnownPackage | undefined, locked: Version | undefined): readonly Choice[] {
  if (known === undefined || known === 'missing') return []
  const usable = [...known.values()].filter(
    choice => choice.resolverVersion === RESOLVER_VERSION && (!choice.yanked || choice.version === locked),
  )
  const rank = ({ version }: Choice): number => (version === locked ? 0 : isPrerelease(version) ? 2 : 1)
  return usable.sort((a, b) => rank(a) - rank(b) || compareVersions(b.version, a.version))
}

/** Whether some candidate is in every one of `ranges`. */
export function someFits(candidates: readonly Choice[], ranges: readonly Range[]): boolean {
  return candidates.some(({ version }) => ranges.every(range => matches(range, version)))
}
