import { fail } from './failures.ts'
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
  /** The tag that chose the exact version of a required package (D14). */
  readonly tags: ReadonlyMap<PackageName, Tag>
  /** What the selected groups and extras of the root ask for besides: each range holds, whatever else is said of the package. */
  readonly selected: readonly Requirement[]
  /** The extras selected of direct dependencies (D19). */
  readonly extras: ReadonlyMap<PackageName, readonly string[]>
  readonly optional: ReadonlyMap<PackageName, Range>
  /** The root's own peers: they bind a package only when something else brings it in. */
  readonly peers: ReadonlyMap<PackageName, Range>
  /** Ranges that replace every other one on a package, the lock's version included (D9). */
  readonly resolutions: ReadonlyMap<PackageName, Range>
}

/** A range on a package, and which part of the manifest asks for it. */
export type Requirement = {
  readonly name: PackageName
  readonly range: Range
  readonly from: { readonly kind: 'dependencies' } | { readonly kind: 'group' | 'extra' | 'tag'; readonly name: string }
}

/** What a user selects of a root beside its dependencies (UAAPS 13.5). */
export type Selection = {
  readonly groups: readonly string[]
  /** `only`: without what the root needs at run time (`--only-group`). */
  readonly dependencies: 'all' | 'only'
  readonly extras: readonly string[]
  /** Extras of direct dependencies. */
  readonly dependencyExtras: ReadonlyMap<PackageName, readonly string[]>
}

export const NO_SELECTION: Selection = { groups: [], dependencies: 'all', extras: [], dependencyExtras: new Map() }

/** The manifest fields that wants are gathered from. */
export type WantsSource = DependencyRanges & {
  readonly name: string
  readonly version: string
  readonly resolutions: ReadonlyMap<PackageName, Range>
  readonly dependencyGroups: ReadonlyMap<string, ReadonlyMap<PackageName, Range>>
  readonly extras: ReadonlyMap<string, ReadonlyMap<PackageName, Range>>
}

/** A dependency that was asked for by tag, and the version the tag names now. */
export type TagChoice = { readonly tag: Tag; readonly version: Version }

/**
 * Gathers what a root wants (UAAPS 13.4 phase 2). Where a tag was asked for, exactly its version is wanted (D14).
 * @throws SELECTION_UNKNOWN for a group or extra that the manifest does not have, before anything is asked of a registry
 */
export function gatherWants(
  manifest: WantsSource,
  tags: ReadonlyMap<PackageName, TagChoice> = new Map(),
  selection: Selection = NO_SELECTION,
): Wants {
  const pinned = (ranges: ReadonlyMap<PackageName, Range>): Map<PackageName, Range> =>
    new Map(
      [...ranges].map(([name, range]) => {
        const choice = tags.get(name)
        return [name, choice === undefined ? range : exactly(choice.version)] as const
      }),
    )
  const none = new Map<PackageName, Range>()
  const all = selection.dependencies === 'all'
  return {
    root: { name: manifest.name, version: manifest.version },
    required: all ? pinned(manifest.dependencies) : none,
    tags: new Map([...tags].map(([name, { tag }]) => [name, tag])),
    selected: [
      ...selection.groups.flatMap(group => requirements({ kind: 'group', name: group }, manifest.dependencyGroups)),
      ...selection.extras.flatMap(extra => requirements({ kind: 'extra', name: extra }, manifest.extras)),
    ],
    extras: selection.dependencyExtras,
    optional: all ? pinned(manifest.optionalDependencies) : none,
    peers: manifest.peerDependencies,
    resolutions: manifest.resolutions,
  }
}

/** Every range that binds the root's own packages: those of its dependencies and those of what is selected. */
export function requirementsOf({
  required,
  tags,
  selected,
}: Pick<Wants, 'required' | 'tags' | 'selected'>): Requirement[] {
  return [
    ...[...required].map(([name, range]): Requirement => {
      const tag = tags.get(name)
      return { name, range, from: tag === undefined ? { kind: 'dependencies' } : { kind: 'tag', name: tag } }
    }),
    ...selected,
  ]
}

function requirements(
  from: { readonly kind: 'group' | 'extra'; readonly name: string },
  declared: ReadonlyMap<string, ReadonlyMap<PackageName, Range>>,
): Requirement[] {
  const ranges = declared.get(from.name)
  if (ranges === undefined) return fail('SELECTION_UNKNOWN', { ...from, declared: [...declared.keys()] })
  return [...ranges].map(([name, range]) => ({ name, range, from }))
}
