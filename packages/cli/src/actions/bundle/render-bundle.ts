/** What a package becomes as a bundle: the same when it is built and when it is looked at again. */
import { sha256Hex } from '@aam/archive'
import { type PackageFile, type PackageName, type Version, fail } from '@aam/core'
import {
  type BundleTarget,
  type ComposedBundle,
  type PlaceWarning,
  type Platform,
  PLATFORMS,
  composeBundle,
  platformOfTarget,
} from '@aam/platforms'
import type { World } from '../../world.ts'
import { sourceOf } from '../deploy/read-sources.ts'
import { nameSources, renderUnits } from '../deploy/render.ts'

export type RenderedBundle = ComposedBundle & {
  readonly platform: Platform
  /** What the platform cannot express. */
  readonly warnings: readonly PlaceWarning[]
}

export type BundleSource = {
  readonly name: PackageName
  readonly version: Version
  readonly target: BundleTarget
  readonly builtAt: string
  readonly files: readonly PackageFile[]
}

/**
 * Renders a package alone in a project: under its own names, for the platform as aam knows it, without anything that a project
 * or its user has set.
 */
export function renderBundle(world: World, bundle: BundleSource): RenderedBundle {
  const platform = platformFor(bundle.target)
  const source = sourceOf(bundle.name, bundle.files)
  const task = {
    world,
    place: { project: '', level: 'project', base: '' },
    targets: [{ platform, because: '' }],
    bundlesOnly: new Set<string>(),
    own: [],
    unverified: new Set<string>(),
  } as const
  const { asked, warnings } = renderUnits(task, [source], nameSources([source], new Map()))
  const units = asked.map(({ unit }) => unit)
  return { ...composeBundle({ ...bundle, units, digest: sha256Hex }), platform, warnings }
}

function platformFor(target: BundleTarget): Platform {
  const known = PLATFORMS.map(({ id }) => id)
  return PLATFORMS.find(({ id }) => id === platformOfTarget(target)) ?? fail('BUNDLE_TARGET_UNKNOWN', { target, known })
}
