/** What is asked of an install and its relatives, and what they say in the end. */
import type { Change } from '@aam/core'
import type { Project } from '../disk/project.ts'
import type { BundleChange } from './bundle/bundle-change.ts'
import type { DeployRequest } from './deploy/deployment.ts'
import type { DeployResult } from './deploy/result.ts'
import type { FetchOptions } from './fetch-packages.ts'
import type { ChangeReview } from './review-changes.ts'
import type { Goal, Target, TargetRequest } from './target.ts'
import type { TreeNode } from './tree.ts'

export type InstallRequest = TargetRequest & {
  /** Change nothing; say what would change. */
  readonly dryRun: boolean
  /** Unpack everything again (D48). */
  readonly force: boolean
  readonly cache: FetchOptions['cache']
  readonly registry: string | undefined
  /** What is installed is put where agents look for it, in the way that is asked for. */
  readonly deploy: DeployRequest | 'no'
}

/** A request, and what it is to do about the bundles of the project. */
export type SplitRequest = InstallRequest & { readonly bundleChange: BundleChange }

export type InstallResult = {
  readonly goal: Goal['kind']
  /** Number of packages in the lock. */
  readonly packages: number
  readonly changes: readonly Change[]
  /** What an update lets packages do and run that they could not before. */
  readonly reviews: readonly ChangeReview[]
  /** The manifest that was written; `null` when it stays as it was. */
  readonly manifest: string | null
  readonly lock: 'written' | 'unchanged'
  /** Ranges that follow a tag, versions that were held back: sentences. */
  readonly notes: readonly string[]
  readonly skipped: readonly { readonly name: string; readonly reason: string }[]
  /** What the tags that were asked for name now. */
  readonly tags: readonly { readonly name: string; readonly tag: string; readonly version: string }[]
  readonly dryRun: boolean
  /** Every package was unpacked again (`--force`). */
  readonly forced: boolean
  /** What was put where agents look for it; `null` when that was not asked for. */
  readonly deployment: DeployResult | null
  /** On a dry run: the tree there would be. */
  readonly tree?: TreeNode
}

/** What was done, or on a dry run would be. */
export function summarise(
  target: Target,
  {
    project,
    changes,
    reviews,
    wrote,
    request: { goal, dryRun: dry, force, bundleChange },
    deployment,
  }: {
    readonly project: Project
    readonly changes: readonly Change[]
    readonly reviews: readonly ChangeReview[]
    readonly wrote: boolean
    readonly request: SplitRequest
    readonly deployment: DeployResult | null
  },
): InstallResult {
  return {
    goal: goal.kind,
    packages: target.lock.resolved.size,
    changes: [...changes, ...bundleChange.drop.map((name): Change => ({ kind: 'remove', name }))],
    reviews,
    manifest: changesManifest(project, target) ? target.project.format : null,
    lock: wrote ? 'written' : 'unchanged',
    notes: target.notes,
    skipped: [...target.lock.skipped].map(([name, reason]) => ({ name, reason })),
    tags: [...target.tags].map(([name, { tag, version }]) => ({ name, tag, version })),
    dryRun: dry,
    forced: force,
    deployment,
  }
}

/** Whether the manifest is another one than before, or not written yet. */
export function changesManifest(project: Project, { project: edited }: Target): boolean {
  return project.manifestIs === 'new' || edited.text !== project.text || edited.format !== project.format
}
