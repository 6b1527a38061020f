/** What an archive says about itself, read as a stranger would. */
import { integrityOf, readArchive } from '@aam/archive'
import { type Release, type ReleaseRecord, fail } from '@aam/core'
import { type Manifest, decodeManifest, describeRelease } from '@aam/core/manifest'

/** What is known about a version beside its archive. */
export type ReleaseState = Pick<ReleaseRecord, 'published' | 'deprecated' | 'yanked'>

export type Inspected = { readonly manifest: Manifest; readonly release: Release }

/**
 * Reads an archive, and makes the registry's record of it.
 * @throws ARCHIVE_INVALID, ARCHIVE_TOO_LARGE, FILE_INVALID, PACKAGE_PRIVATE
 */
export function inspectArchive(archive: Uint8Array, state: ReleaseState): Inspected {
  const manifest = readArchiveManifest(archive)
  const facts = { integrity: integrityOf(archive), size: archive.byteLength, ...state }
  return { manifest, release: describeRelease(manifest, facts) }
}

/**
 * The manifest in an archive.
 * @throws ARCHIVE_INVALID, ARCHIVE_TOO_LARGE, FILE_INVALID
 */
export function readArchiveManifest(archive: Uint8Array): Manifest {
  const entry = readArchive(archive, 'the archive').find(({ path }) => path === 'package.agent.json')
  if (entry === undefined) {
    fail('ARCHIVE_INVALID', { archive: 'the archive', why: 'it has no package.agent.json at its root' })
  }
  return decodeManifest(Buffer.from(entry.data).toString('utf8'), 'package.agent.json in the archive').manifest
}
