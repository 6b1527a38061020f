/** The bundles of a project: `.aam/bundles/<name>.bundle.aam`, one for each package that came as a bundle (docs/bundles.md). */
import { existsSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { LIMITS, sha256Hex } from '@aam/archive'
import { isErrno, readIfThere, writeFileAtomic } from '@aam/client/files'
import { type PackageName, compareText, directoryName, fail } from '@aam/core'

const BUNDLES_FOLDER = '.aam/bundles'

/** What the name of every bundle ends in. */
export const BUNDLE_SUFFIX = '.bundle.aam'

/** The bundles that a project has: paths in the project, sorted. */
export function listBundles(project: string): string[] {
  try {
    return readdirSync(join(project, BUNDLES_FOLDER))
      .filter(name => name.endsWith(BUNDLE_SUFFIX))
      .sort(compareText)
      .map(name => `${BUNDLES_FOLDER}/${name}`)
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return []
    throw error
  }
}

/** Where the bundle of a package is kept: its path in the project. */
export function bundlePath(name: PackageName): string {
  return `${BUNDLES_FOLDER}/${directoryName(name)}${BUNDLE_SUFFIX}`
}

export function hasBundle(project: string, name: PackageName): boolean {
  return existsSync(join(project, bundlePath(name)))
}

/**
 * The bytes of an archive that somebody names.
 * @param shown how messages call it
 * @throws ARCHIVE_TOO_LARGE without reading it, FILE_SYSTEM when there is none
 */
export function readArchiveFile(path: string, shown: string): Uint8Array {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  if (size > LIMITS.packed) fail('ARCHIVE_TOO_LARGE', { archive: shown, why: `it has ${String(size)} bytes` })
  return readIfThere(path) ?? fail('FILE_SYSTEM', { code: 'ENOENT', path, doing: 'read' })
}

/** A digest of which bundles there are, without those at `gone`. */
export function digestBundles(project: string, gone: readonly string[]): string {
  const kept = listBundles(project).filter(path => !gone.includes(path))
  return sha256Hex(kept.map(path => `${path} ${sha256Hex(readFileSync(join(project, path)))}\n`).join(''))
}

/** Keeps a bundle, instead of the one of this package that was there. */
export function writeBundle(project: string, name: PackageName, bytes: Uint8Array): void {
  writeFileAtomic(join(project, bundlePath(name)), bytes)
}

export function removeBundle(project: string, name: PackageName): void {
  rmSync(join(project, bundlePath(name)), { force: true })
}
