/** Changing a folder registry: one writer at a time, every change in one step (D6). */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { sha256Hex } from '@aam/archive'
import {
  type DeprecateRequest,
  type Deprecation,
  type PackageDocument,
  type PackageName,
  type PublishDecision,
  type Tag,
  type TagMove,
  type TagRules,
  type Version,
  type Yank,
  type YankRequest,
  decideDeprecate,
  decidePublish,
  decideTag,
  decideUntag,
  decideYank,
  fail,
  isAamError,
} from '@aam/core'
import {
  type LockOptions,
  isTemporary,
  makeFolder,
  readIfThere,
  readUtf8,
  withLock,
  writeFileAtomic,
} from '../files/index.ts'
import type { PublishOptions, Published } from '../registry.ts'
import { inspectArchive } from './inspect.ts'
import { SETTINGS_FILE, archivePath, digestText, lockFolder, pathsOf } from './layout.ts'
import { decodeMetadata, decodeSettings, editMetadata } from './metadata.ts'
import { writeIndex } from './package-index.ts'
import { whileWriting } from './read-only.ts'
import { derivedText, listFiles } from './read.ts'

/** A folder registry that is being written to. `onWait` is told who holds the lock, after a second. */
export type Writer = {
  readonly root: string
  readonly now: () => Date
  readonly onWait?: ((owner: string) => void) | undefined
}

/**
 * Publishes an archive. What the registry says about it is taken from the archive itself.
 * @throws ARCHIVE_INVALID, FILE_INVALID, PACKAGE_PRIVATE, VERSION_CONFLICT, TAG_PROTECTED, TAG_NOT_ALLOWED, REGISTRY_READ_ONLY,
 *   REGISTRY_NO_SERVER for a package that is not for everybody
 */
export async function publishArchive(writer: Writer, archive: Uint8Array, options: PublishOptions): Promise<Published> {
  if (options.access === 'private') {
    fail('REGISTRY_NO_SERVER', {
      doing: 'A private package',
      registry: writer.root,
      instead: 'whoever may read the folder may read every package in it, so set who that is with its rights',
    })
  }
  const { manifest, release } = inspectArchive(archive, { published: writer.now().toISOString() })
  const { name } = manifest
  const request = {
    name,
    release,
    tag: options.tag,
    keepLatest: options.keepLatest === true,
    force: options.force === true,
  }
  const decide = (document: PackageDocument | undefined): PublishDecision =>
    decidePublish(document, readRules(writer.root), request)
  const { kind, tags } =
    options.dryRun === true
      ? decide(readTruth(writer.root, name)?.document)
      : await change(writer, name, before => {
          const decision = decide(before)
          // The archive first: metadata.yaml never names one that is not there.
          if (decision.kind === 'publish') storeArchive(writer.root, { name, version: release.version, archive })
          return { document: decision.document, result: decision }
        })
  return { kind, name, version: release.version, integrity: release.integrity, size: release.size, tags }
}

/** @throws PACKAGE_NOT_FOUND, VERSION_NOT_FOUND, TAG_PROTECTED, TAG_NOT_ALLOWED, PACKAGE_YANKED */
export async function setTag(
  writer: Writer,
  name: PackageName,
  request: { readonly tag: Tag; readonly version: Version; readonly force: boolean },
): Promise<TagMove> {
  return change(writer, name, before => {
    const { document, move } = decideTag(before ?? notFound(writer, name), readRules(writer.root), request)
    return { document, result: move }
  })
}

/** @throws PACKAGE_NOT_FOUND, VERSION_NOT_MATCHED, DEPRECATION_INVALID */
export async function deprecate(writer: Writer, name: PackageName, request: DeprecateRequest): Promise<Deprecation> {
  return change(writer, name, before => decideDeprecate(before ?? notFound(writer, name), request))
}

/** @throws PACKAGE_NOT_FOUND, VERSION_NOT_FOUND */
export async function yank(writer: Writer, name: PackageName, request: YankRequest): Promise<Yank> {
  return change(writer, name, before => decideYank(before ?? notFound(writer, name), request))
}

/** @throws PACKAGE_NOT_FOUND, TAG_NOT_FOUND, TAG_PERMANENT, TAG_PROTECTED */
export async function removeTag(
  writer: Writer,
  name: PackageName,
  request: { readonly tag: Tag; readonly force: boolean },
): Promise<Version> {
  return change(writer, name, before => {
    const { document, from } = decideUntag(before ?? notFound(writer, name), readRules(writer.root), request)
    return { document, result: from }
  })
}

export type Change<R> = { readonly document: PackageDocument; readonly result: R }

/**
 * Runs one change under the registry's lock: read the truth, decide, replace it, then what is derived from it.
 * @throws REGISTRY_READ_ONLY, BUSY
 */
export async function change<R>(
  writer: Writer,
  name: PackageName,
  decide: (before: PackageDocument | undefined) => Change<R> | Promise<Change<R>>,
): Promise<R> {
  const { root } = writer
  return whileLocked(writer, async () => {
    // First whatever a writer that was killed did not get to, so that its change made again finishes it.
    sweepPackage(root, name)
    const before = readTruth(root, name)
    if (before !== undefined) writeDerived(root, before)
    try {
      const { document, result } = await decide(before?.document)
      writePackage(root, { before: before?.text, document })
      await writeIndex(root)
      return result
    } catch (error) {
      // Refused, perhaps because the killed writer did it already: then this finishes its work.
      if (isAamError(error) && error.code !== 'FILE_SYSTEM') await writeIndex(root)
      throw error
    }
  })
}

/**
 * Runs `action` while nobody else writes to the registry.
 * @throws REGISTRY_READ_ONLY, BUSY
 */
export async function whileLocked<T>({ root, onWait }: Writer, action: () => Promise<T>): Promise<T> {
  const lock: LockOptions = {
    folder: lockFolder(root),
    what: `the registry ${root}`,
    ...(onWait === undefined ? {} : { onWait }),
  }
  return whileWriting(root, async () => withLock(lock, action))
}

/**
 * Replaces `metadata.yaml` and then `document.json`, each only when it differs: what a crash left half done is finished.
 * @param before the present text of `metadata.yaml`; `undefined` when there is none
 * @returns which of the two were written
 */
export function writePackage(
  root: string,
  { before, document }: { readonly before: string | undefined; readonly document: PackageDocument },
): { readonly metadata: boolean; readonly derived: boolean } {
  const text = editMetadata(before, document)
  const metadata = text !== before
  if (metadata) writeFileAtomic(pathsOf(root, document.name).metadata, text)
  return { metadata, derived: writeDerived(root, { text, document }) }
}

/** Makes `document.json` what follows from `metadata.yaml`; says whether it was not. */
function writeDerived(root: string, { text, document }: Truth): boolean {
  const path = pathsOf(root, document.name).document
  const wanted = derivedText(text, document)
  if (readIfThere(path)?.toString('utf8') === wanted) return false
  writeFileAtomic(path, wanted)
  return true
}

/** The text of `metadata.yaml`, and what it says. */
export type Truth = { readonly text: string; readonly document: PackageDocument }

/**
 * What `metadata.yaml` says, and its text; `undefined` when there is none.
 * @throws REGISTRY_BROKEN
 */
export function readTruth(root: string, name: PackageName): Truth | undefined {
  const file = pathsOf(root, name).metadata
  const bytes = readIfThere(file)
  if (bytes === undefined) return undefined
  const text = readUtf8(bytes) ?? fail('REGISTRY_BROKEN', { file, why: 'it is not UTF-8 text' })
  return { text, document: decodeMetadata(text, { file, name }) }
}

/** @throws REGISTRY_NOT_FOUND, REGISTRY_BROKEN */
export function readRules(root: string): TagRules {
  const file = join(root, SETTINGS_FILE)
  const text = readIfThere(file)?.toString('utf8')
  if (text === undefined) return fail('REGISTRY_NOT_FOUND', { registry: root })
  return decodeSettings(text, file)
}

export function storeArchive(
  root: string,
  { name, version, archive }: { readonly name: PackageName; readonly version: Version; readonly archive: Uint8Array },
): void {
  const path = archivePath(root, name, version)
  makeFolder(pathsOf(root, name).versions)
  writeFileAtomic(path, archive)
  writeFileAtomic(`${path}.sha256`, digestText(sha256Hex(archive), version))
}

/** Removes what a writer that was killed left behind in the folders of a package, and says how many files that was. */
export function sweepPackage(root: string, name: PackageName): number {
  const { folder, versions } = pathsOf(root, name)
  return sweep(root) + sweep(folder) + sweep(versions)
}

/** Only the holder of the lock writes here, so that nobody needs what is unfinished. */
function sweep(folder: string): number {
  const left = listFiles(folder).filter(isTemporary)
  for (const name of left) rmSync(join(folder, name), { force: true })
  return left.length
}

function notFound({ root }: Writer, name: PackageName): never {
  return fail('PACKAGE_NOT_FOUND', { name, registry: root })
}
