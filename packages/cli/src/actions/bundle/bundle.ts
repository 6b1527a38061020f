import type { PackageFile, PackageName, Range, Version } from '@aam/core'
import type { BundleTarget } from '@aam/platforms'

/** A package that came as a bundle. */
export type Bundle = {
  readonly name: PackageName
  readonly version: Version
  readonly target: BundleTarget
  readonly builtAt: string
  readonly dependencies: ReadonlyMap<PackageName, Range>
  /** The package's own files: what is deployed is made from these. */
  readonly files: readonly PackageFile[]
  /** Everything in the archive. */
  readonly entries: readonly PackageFile[]
  readonly bytes: Uint8Array
}
