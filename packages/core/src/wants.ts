import type { PackageName } from './name.ts'
import { type Range, exactly } from './range.ts'
import type { DependencyRanges } from './requirement.ts'
import type { Tag } from './tag.ts'
import type { Version } from './version.ts'

/** What the root asks of a resolution (UAAPS 13.4 phase 2). */
export type Wants = {
  /** How messages call the root: `my-app@1.0.0`. */
  readonly root: { readonly name: string; readonly version: string }
  readonly required: ReadonlyMap<PackageName, Range>
  readonly optional: ReadonlyMap<PackageName, Range>
  /** The root's own peers: they bind a package only when something else brings it in. */
  readonly peers: ReadonlyMap<PackageName, Range>
  /** Ranges that replace every other one on a package, the lock's version included (D9). */
  readonly resolutions: ReadonlyMap<PackageName, Range>
}

/** The manifest fields that wants are gathered from. */
export type WantsSource = DependencyRanges & {
  readonly name: string
  readonly version: string
  readonly resolutions: ReadonlyMap<PackageName, Range>
}

/** A dependency that was asked for by tag, and the version the tag names now. */
export type TagChoice = { readonly tag: Tag; readonly version: Version }

/** Gathers what a root wants. Where a tag was asked for, exactly its version is wanted (D14). */
export function gatherWants(manifest: WantsSource, tags: ReadonlyMap<PackageName, TagChoice> = new Map()): Wants {
  const pinned = (ranges: ReadonlyMap<PackageName, Range>): Map<PackageName, Range> =>
    new Map(
      [...ranges].map(([name, range]) => {
        const choice = tags.get(name)
        return [name, choice === undefined ? range : exactly(choice.version)] as const
      }),
    )
  return {
    root: { name: manifest.name, version: manifest.version },
    required: pinned(manifest.dependencies),
    optional: pinned(manifest.optionalDependencies),
    peers: manifest.peerDependencies,
    resolutions: manifest.resolutions,
  }
}
