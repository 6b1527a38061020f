/** Making everything in a folder registry that is derived anew, and taking in archives that somebody put there (D6). */
import { readFileSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { LIMITS } from '@aam/archive'
import {
  type PackageDocument,
  type PackageName,
  type Problem,
  type Release,
  type TagRules,
  compareText,
  compareVersions,
  decidePublish,
  fail,
  integrityToHex,
  isPrerelease,
  parsePackageName,
} from '@aam/core'
import { readIfThere, writeFileAtomic } from '../files/index.ts'
import { inspectArchive } from './inspect.ts'
import { INDEX_FILE, archivePath, digestText, packagePath, pathsOf, relativeTo } from './layout.ts'
import { explainLink } from './links.ts'
import { explainUnreadable, writeIndex } from './package-index.ts'
import { listArchives, listPackageFolders } from './read.ts'
import { type Writer, readRules, readTruth, sweepPackage, whileLocked, writePackage } from './write.ts'

export type Reindexed = {
  /** Packages there are now. */
  readonly packages: number
  /** Versions that were found as archives and are now in `metadata.yaml`. */
  readonly adopted: readonly { readonly name: string; readonly version: string }[]
  /** Files that were written, below the registry's root. */
  readonly written: readonly string[]
  /** How many files that an interrupted writer had left were removed. */
  readonly removed: number
  /** What could not be mended; everything else was. */
  readonly problems: readonly Problem[]
}

type Log = { readonly [K in 'adopted' | 'written' | 'problems']: Reindexed[K][number][] }

/**
 * Rebuilds `document.json` and the missing digests of every package, adopts archives that `metadata.yaml` does not list,
 * removes leftovers, and rebuilds `index.json`. A package that is broken is told of and stops no other.
 * @throws REGISTRY_BROKEN for `registry.yaml`, BUSY
 */
export async function reindex(writer: Writer): Promise<Reindexed> {
  const { root } = writer
  return whileLocked(writer, async () => {
    const rules = readRules(root)
    const log: Log = { adopted: [], written: [], problems: [] }
    let removed = 0
    for (const folder of listPackageFolders(root).sort(compareText)) {
      try {
        const name = parsePackageName(folder)
        reindexPackage(writer, { name, rules, log })
        removed += sweepPackage(root, name)
      } catch (error) {
        log.problems.push({ severity: 'error', file: packagePath(folder), message: explainUnreadable(error) })
      }
      // The lock is kept fresh between packages, however many there are.
      await nextTurn()
    }
    const { entries, written } = await writeIndex(root)
    if (written) log.written.push(INDEX_FILE)
    return { packages: entries.length, ...log, removed }
  })
}

function reindexPackage(
  writer: Writer,
  { name, rules, log }: { readonly name: PackageName; readonly rules: TagRules; readonly log: Log },
): void {
  const { root } = writer
  const before = readTruth(root, name)
  const document = adopt(writer, { name, rules, log, document: before?.document })
  if (document === undefined) return
  const { metadata, document: derived } = pathsOf(root, name)
  const changed = writePackage(root, { before: before?.text, document })
  if (changed.metadata) log.written.push(relativeTo(root, metadata))
  if (changed.derived) log.written.push(relativeTo(root, derived))
  for (const { version, integrity } of document.releases.values()) {
    const archive = archivePath(root, name, version)
    const digest = digestText(integrityToHex(integrity), version)
    if (statSync(archive, { throwIfNoEntry: false }) === undefined) continue
    if (readIfThere(`${archive}.sha256`)?.toString('utf8') === digest) continue
    writeFileAtomic(`${archive}.sha256`, digest)
    log.written.push(relativeTo(root, `${archive}.sha256`))
  }
}

/** The document with every archive that it does not list and that publishing would have taken. */
function adopt(
  { root, now }: Writer,
  {
    name,
    rules,
    log,
    document: before,
  }: {
    readonly name: PackageName
    readonly rules: TagRules
    readonly log: Log
    readonly document: PackageDocument | undefined
  },
): PackageDocument | undefined {
  const releases = readUnlisted(root, { name, now: now(), listed: before, problems: log.problems })
  let document = before
  for (const release of releases) {
    try {
      const request = { name, release, tag: undefined, keepLatest: true, force: false }
      document = decidePublish(document, rules, request).document
      log.adopted.push({ name, version: release.version })
    } catch (error) {
      const file = relativeTo(root, archivePath(root, name, release.version))
      log.problems.push({ severity: 'error', file, message: explainUnreadable(error) })
    }
  }
  return document
}

/** The archives that are not listed, inspected as publishing does; the one that `latest` should name comes first. */
function readUnlisted(
  root: string,
  {
    name,
    now,
    listed,
    problems,
  }: {
    readonly name: PackageName
    readonly now: Date
    readonly listed: PackageDocument | undefined
    readonly problems: Problem[]
  },
): Release[] {
  const releases: Release[] = []
  for (const file of listArchives(root, name)) {
    const version = basename(file, '.aam')
    if ([...(listed?.releases.keys() ?? [])].some(each => each === version)) continue
    try {
      const link = explainLink(root, file)
      if (link !== undefined) fail('REGISTRY_BROKEN', { file, why: link })
      const { size } = statSync(file)
      if (size > LIMITS.packed) fail('ARCHIVE_TOO_LARGE', { archive: file, why: `it has ${String(size)} bytes` })
      const { manifest, release } = inspectArchive(readFileSync(file), { published: now.toISOString() })
      if (manifest.name !== name || release.version !== version) {
        fail('ARCHIVE_INVALID', {
          archive: 'it',
          why: `it holds ${manifest.name}@${release.version}, its place is that of ${name}@${version}`,
        })
      }
      releases.push(release)
    } catch (error) {
      problems.push({ severity: 'error', file: relativeTo(root, file), message: explainUnreadable(error) })
    }
  }
  return releases.sort(
    (a, b) =>
      Number(isPrerelease(a.version)) - Number(isPrerelease(b.version)) || compareVersions(b.version, a.version),
  )
}
