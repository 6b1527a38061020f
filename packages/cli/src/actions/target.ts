/** What is asked of a project, and what is to be on disk in the end. */
import type { ConflictStrategy, Lock, LockMerge, PackageName, Specifier, Strategy, TagChoice, Wants } from '@aam/core'
import type { Sighting } from '../disk/origins.ts'
import type { Config } from '../disk/config.ts'
import type { Project } from '../disk/project.ts'
import type { Context } from '../world.ts'
import type { OpenRegistry } from './open-registry.ts'
import type { Documents } from './documents.ts'

/** What is to become of a project. */
export type Goal =
  /** What the manifest says. */
  | { readonly kind: 'install' }
  | {
      readonly kind: 'add'
      readonly specifiers: readonly Specifier[]
      readonly saveExact: boolean
      /** Add to `optionalDependencies`. */
      readonly optional: boolean
    }
  | { readonly kind: 'update'; readonly names: readonly PackageName[] | 'all' }
  | { readonly kind: 'remove'; readonly names: readonly PackageName[] }
  /** Take out what nothing needs. */
  | { readonly kind: 'prune' }
  /** Resolve again, keeping every locked version that can stay. */
  | { readonly kind: 'dedupe' }

/** What the command line asks of a resolution. */
export type TargetRequest = {
  readonly goal: Goal
  readonly frozen: boolean
  readonly strictPeers: boolean
  /** `--minimal`, `--latest`: which versions are best (D21). */
  readonly strategy: Strategy
  /** `--on-conflict`; `undefined` when the command line does not say (D17). */
  readonly onConflict: ConflictStrategy | undefined
  /** Ask no registry. */
  readonly offline: boolean
}

export type TargetTask = {
  readonly context: Context
  readonly project: Project
  /** The lock as it is; `undefined` when there is none. */
  readonly before: Lock | undefined
  /** Set when `before` was put together from the two sides of a conflict: what resolution may choose from. */
  readonly merge: LockMerge | undefined
  readonly request: TargetRequest
  readonly config: () => Promise<Config>
  readonly open: () => Promise<OpenRegistry>
}

/** What is to be on disk. */
export type Target = {
  /** The project with the manifest as it is to be. */
  readonly project: Project
  readonly lock: Lock
  readonly wants: Wants
  /** `lock`: taken over without asking a registry, so each package's own ranges are still to be compared. */
  readonly origin: 'lock' | 'registry'
  /** Chosen without regard to what packages ask of each other (`--latest`): the next install looks at it again. */
  readonly loose: boolean
  readonly tags: ReadonlyMap<PackageName, TagChoice>
  readonly notes: readonly string[]
  /** What was fetched on the way. */
  readonly documents: Documents
  /** What registries were seen to have. */
  readonly seen: readonly Sighting[]
}
