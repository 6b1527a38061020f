/** `aam build`: a package as it is for one platform, in one file (UAAPS 12.4). */
import { join, resolve } from 'node:path'
import { integrityOf, packArchive } from '@aam/archive'
import { writeFileAtomic } from '@aam/client/files'
import { type Integrity, type PackageName, type Problem, type Version, directoryName, fail } from '@aam/core'
import {
  type BundleTarget,
  type BundledArtifact,
  type PlaceWarning,
  BUNDLE_TARGETS,
  findBundleTarget,
} from '@aam/platforms'
import { BUNDLE_SUFFIX } from '../../disk/bundles.ts'
import type { Context } from '../../world.ts'
import { type PackedFile, readBuildTime, readPackage } from '../author.ts'
import { renderBundle } from './render-bundle.ts'

export type BuildRequest = {
  readonly target: string
  /** Where to write it, relative to the folder the command runs in; absent for `dist/` of the package. */
  readonly output: string | undefined
  readonly dryRun: boolean
}

export type BuiltBundle = {
  readonly name: PackageName
  readonly version: Version
  readonly target: BundleTarget
  /** Where the bundle was written; `null` on a dry run. */
  readonly file: string | null
  readonly size: number
  readonly integrity: Integrity
  readonly artifacts: readonly BundledArtifact[]
  readonly files: readonly PackedFile[]
  /** Of the package. */
  readonly problems: readonly Problem[]
  /** What the platform cannot express. */
  readonly warnings: readonly PlaceWarning[]
}

/**
 * Builds a bundle of the package around `cwd`.
 * @throws BUNDLE_TARGET_UNKNOWN, BUNDLE_EMPTY, VALIDATION_FAILED, PATH_NOT_PORTABLE, ARCHIVE_TOO_LARGE
 */
export async function buildBundle(context: Context, request: BuildRequest): Promise<BuiltBundle> {
  const { world, report } = context
  const target =
    findBundleTarget(request.target) ?? fail('BUNDLE_TARGET_UNKNOWN', { target: request.target, known: BUNDLE_TARGETS })
  const { name, version, folder, files, warnings: problems, dependencies } = await readPackage(context)
  const seconds = readBuildTime(world)
  report({ kind: 'progress', phase: 'Building' })
  const { platform, entries, artifacts, warnings } = renderBundle(world, {
    name,
    version,
    target,
    builtAt: new Date(seconds * 1000).toISOString(),
    files,
  })
  if (artifacts.length === 0) fail('BUNDLE_EMPTY', { name, version, platform: platform.title })
  if (dependencies.size > 0) {
    const names = [...dependencies].map(([each, { text }]) => `${each} ${text}`).join(', ')
    report({ kind: 'warning', message: `the bundle has ${name} only; it depends on ${names}` })
  }
  const fileName = `${directoryName(name)}-${version}-${target}${BUNDLE_SUFFIX}`
  const archive = packArchive(entries, { seconds, archive: fileName })
  const { output } = request
  const file = output === undefined ? join(folder, 'dist', fileName) : resolve(world.cwd, output)
  if (!request.dryRun) writeFileAtomic(file, archive)
  return {
    name,
    version,
    target,
    file: request.dryRun ? null : file,
    size: archive.length,
    integrity: integrityOf(archive),
    artifacts,
    files: entries.map(({ path, data }) => ({ path, size: data.length })),
    problems,
    warnings,
  }
}
