/** What a registry records about an archive: made from the manifest inside it, never from what a client says. */
import { PUBLISHED_FIELDS, type Release, type ReleaseRecord, decodeRelease } from '../document.ts'
import { fail } from '../failures.ts'
import type { Manifest } from './decode.ts'

/** What is known about a version beside its manifest. */
export type ReleaseFacts = Pick<ReleaseRecord, 'integrity' | 'size' | 'published' | 'deprecated' | 'yanked'>

/**
 * The registry's record of a version.
 * @throws PACKAGE_PRIVATE
 */
export function describeRelease(manifest: Manifest, facts: ReleaseFacts): Release {
  if (manifest.private) fail('PACKAGE_PRIVATE', { name: manifest.name, file: 'package.agent.json' })
  const { raw } = manifest
  const fields = PUBLISHED_FIELDS.filter(field => raw[field] !== undefined).map(field => [field, raw[field]])
  return decodeRelease(manifest.version, { ...facts, ...(Object.fromEntries(fields) as Partial<ReleaseRecord>) })
}
