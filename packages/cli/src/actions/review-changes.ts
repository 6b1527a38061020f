import { type Change, type InstanceName, type Review, type ReviewedVersion, fail, reviewVersion } from '@aam/core'
import { readPackedFolder } from '../disk/installed-files.ts'
import { packageFolder, readInstalledManifest } from '../disk/packages.ts'
import type { Context } from '../world.ts'

/** What a change of one package lets it do and run that it could not before. */
export type ChangeReview = Review & { readonly name: string }

/**
 * Reviews the packages that an update changes or adds: what is installed against the archives that are to be. Those that
 * differ in nothing a reviewer has to know are left out.
 * @param readNext what a package is to be
 */
export async function reviewChanges(
  project: string,
  changes: readonly Change[],
  readNext: (name: InstanceName) => ReviewedVersion | Promise<ReviewedVersion>,
): Promise<ChangeReview[]> {
  const reviews: ChangeReview[] = []
  for (const { kind, name } of changes) {
    if (kind === 'remove') continue
    const before = kind === 'add' ? undefined : readPackedFolder(packageFolder(project, name))
    const review = reviewVersion(
      before === undefined
        ? undefined
        : { permissions: readInstalledManifest(project, name)?.['permissions'], files: before },
      await readNext(name),
    )
    if (says(review)) reviews.push({ name, ...review })
  }
  return reviews
}

function says({ permissions, executables }: Review): boolean {
  const lists = [permissions.added, permissions.removed, executables.added, executables.removed, executables.changed]
  return lists.some(list => list.length > 0)
}

/**
 * Shows what an update is about to do and asks, where somebody can answer.
 * @throws DECLINED
 */
export async function confirmPlan(
  { world, settings, report }: Context,
  changes: readonly Change[],
  reviews: readonly ChangeReview[],
): Promise<void> {
  if (changes.length === 0 || !world.terminal.interactive || settings.yes || settings.json || settings.quiet) return
  report({ kind: 'plan', changes, reviews })
  if (!(await world.ask.confirm('Go on?'))) fail('DECLINED', { what: 'Nothing was changed' })
}
