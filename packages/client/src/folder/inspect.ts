/** What an archive says about itself, read as a stranger would. */
import { integrityOf, readArchive } from '@aam/archive'
import { PUBLISHED_FIELDS, type Release, type ReleaseRecord, decodeRelease, fail } from '@aam/core'
import { type Manifest, decodeManifest } from '@aam/core/manifest'

/** What is known about a version beside its archive. */
export type ReleaseState = Pick<ReleaseRecord, 'published' | 'deprecated' | 'yanked'>

export type Inspected = { readonly manifest: Manifest; readonly release: Release }

/**
 * Reads an archive, and makes the registry's record of it.
 * @throws ARCHIVE_INVALID, ARCHIVE_TOO_LARGE, FILE_INVALID, PACKAGE_PRIVATE
 */
export function inspectArchive(archive: Uint8Array, state: ReleaseState): Inspected {
  const manifest = readArchiveManifest(archive)
  if (manifest.private) fail('PACKAGE_PRIVATE', { name: manifest.name, file: 'package.agent.json' })
  const record = {
    integrity: integrityOf(archive),
    size: archive.byteLength,
    ...state,
    ...publishedFields(manifest.raw),
  }
  return { manifest, release: decodeRelease(manifest.version, record) }
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

function publishedFields(raw: Manifest['raw']): Partial<ReleaseRecord> {
  const fields = PUBLISHED_FIELDS.filter(field => raw[field] !== undefined).map(field => [field, raw[field]])
  return Object.fromEntries(fields) as Partial<ReleaseRecord>
}
