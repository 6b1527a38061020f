import type { InstalledBundle } from '../actions/bundle/install-bundle.ts'
import { deployLines } from './deploy.ts'
import type { View } from './view.ts'

/** What the install of a bundle did, or on a dry run would do. */
export function bundleLines({ bundle, manifest, dryRun, deployment }: InstalledBundle, view: View): string[] {
  const { name, version, target, kept, replaced } = bundle
  const instead = replaced ? ', instead of the one before' : ''
  const wrote = manifest === null ? '' : `, wrote ${manifest}`
  return [
    `${replaced ? view.warn('~') : view.good('+')} ${name} ${version} (bundle for ${target})`,
    ...(deployment === null ? [] : deployLines(deployment, view, { dryRun, alone: false })),
    dryRun
      ? 'Nothing was changed: this was a dry run'
      : `Installed the bundle${instead}; it is kept in ${kept}${wrote}`,
  ]
}
