/** How a command changes which bundles a project has. Loads nothing but what removes a file. */
import type { PackageName } from '@aam/core'
import { hasBundle, removeBundle, writeBundle } from '../../disk/bundles.ts'
import type { Project } from '../../disk/project.ts'
import type { Goal } from '../target.ts'
import type { Bundle } from './bundle.ts'

/** How the bundles of a project are to change. */
export type BundleChange = {
  readonly add: Bundle | undefined
  readonly drop: readonly PackageName[]
}

export const NO_BUNDLE_CHANGE: BundleChange = { add: undefined, drop: [] }

/** Takes bundles out of what is to be uninstalled: neither manifest nor lock knows them. */
export function splitGoal(
  { folder, decoded }: Project,
  goal: Goal,
): { readonly goal: Goal; readonly bundleChange: BundleChange } {
  if (goal.kind !== 'remove') return { goal, bundleChange: NO_BUNDLE_CHANGE }
  const { dependencies, optionalDependencies } = decoded.manifest
  const drop = goal.names.filter(name => hasBundle(folder, name))
  // A merge may have brought both.
  const isLeft = (name: PackageName): boolean =>
    !drop.includes(name) || dependencies.has(name) || optionalDependencies.has(name)
  return { goal: { ...goal, names: goal.names.filter(isLeft) }, bundleChange: { add: undefined, drop } }
}

export function changesBundles({ add, drop }: BundleChange): boolean {
  return add !== undefined || drop.length > 0
}

/** Keeps the bundle that is added. */
export function addBundle(project: string, { add }: BundleChange): void {
  if (add !== undefined) writeBundle(project, add.name, add.bytes)
}

/** Removes the bundles that are dropped. */
export function dropBundles(project: string, { drop }: BundleChange): void {
  for (const name of drop) removeBundle(project, name)
}
