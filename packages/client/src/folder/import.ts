/** Taking a package over from another registry: archives first, then what the registry says about them (D6). */
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { integrityOf } from '@aam/archive'
import {
  type ImportDecision,
  type PackageDocument,
  type PackageName,
  type Release,
  type TagRules,
  type Version,
  decideImport,
  fail,
} from '@aam/core'
import type { Registry } from '../registry.ts'
import { inspectArchive } from './inspect.ts'
import { SETTINGS_FILE, archivePath } from './layout.ts'
import { type Writer, change, readRules, readTruth, storeArchive } from './write.ts'

export type ImportOptions = {
  /** The source is right about tags and about what is deprecated and yanked. */
  readonly force: boolean
  /** Decide and verify, and change nothing; the registry need not be there yet. */
  readonly dryRun: boolean
}

export type Import = {
  readonly source: Registry
  /** What `source` says about the package. */
  readonly incoming: PackageDocument
}

/** A registry that is about to be made sets none. */
const NO_RULES: TagRules = { allowed: undefined, protected: [], by: `allowed_tags in ${SETTINGS_FILE}` }

/**
 * Imports all versions of a package, its tags, its owners, and what is deprecated and yanked. Each archive is verified
 * against the source's integrity and inspected as a published one is. Safe to repeat.
 * @throws VERSION_CONFLICT before anything is written, INTEGRITY_MISMATCH, ARCHIVE_INVALID, FILE_INVALID,
 *   PACKAGE_PRIVATE, REGISTRY_BROKEN, REGISTRY_READ_ONLY, BUSY
 */
export async function importPackage(
  writer: Writer,
  { source, incoming }: Import,
  { force, dryRun }: ImportOptions,
): Promise<ImportDecision> {
  const { root } = writer
  const { name } = incoming
  const decide = (before: PackageDocument | undefined, rules: TagRules): ImportDecision =>
    decideImport(before, incoming, { rules, force })
  if (dryRun) {
    const isThere = existsSync(join(root, SETTINGS_FILE))
    const decision = decide(readTruth(root, name)?.document, isThere ? readRules(root) : NO_RULES)
    for (const version of decision.added) await fetchVerified(source, incoming, version)
    return decision
  }
  return change(writer, name, async before => {
    const decision = decide(before, readRules(root))
    const releases = new Map(decision.document.releases)
    const stored: Version[] = []
    try {
      for (const version of decision.added) {
        const { archive, release } = await fetchVerified(source, incoming, version)
        stored.push(version)
        storeArchive(root, { name, version, archive })
        releases.set(version, release)
      }
    } catch (error) {
      // Nothing names them: without them the registry is as it was.
      for (const version of stored) removeArchive(root, name, version)
      throw error
    }
    return { document: { ...decision.document, releases }, result: decision }
  })
}

/** The archive of a version of the source, and the record of it that is made from the archive. */
export async function fetchVerified(
  source: Registry,
  { name, releases }: PackageDocument,
  version: Version,
): Promise<{ readonly archive: Uint8Array; readonly release: Release }> {
  const offered = releases.get(version) ?? fail('VERSION_NOT_FOUND', { name, version })
  const archive = await source.fetchArchive(name, version)
  const actual = integrityOf(archive)
  if (actual !== offered.integrity) {
    fail('INTEGRITY_MISMATCH', { name, version, expected: offered.integrity, actual, from: source.address })
  }
  const { published, deprecated, yanked } = offered.record
  const { manifest, release } = inspectArchive(archive, {
    ...(published === undefined ? {} : { published }),
    ...(deprecated === undefined ? {} : { deprecated }),
    ...(yanked === true ? { yanked } : {}),
  })
  if (manifest.name !== name || manifest.version !== version) {
    fail('REGISTRY_BROKEN', {
      file: `${source.address} (the archive of ${name}@${version})`,
      why: `it is ${manifest.name}@${manifest.version}`,
    })
  }
  return { archive, release }
}

function removeArchive(root: string, name: PackageName, version: Version): void {
  const path = archivePath(root, name, version)
  rmSync(path, { force: true })
  rmSync(`${path}.sha256`, { force: true })
}
