/** Changing a folder registry: one writer at a time, every change in one step (D6). */
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { integrityOf, readArchive, sha256Hex } from '@aam/archive'
import {
  PUBLISHED_FIELDS,
  type PackageDocument,
  type PackageName,
  type PublishDecision,
  type Release,
  type ReleaseRecord,
  type Tag,
  type TagMove,
  type TagRules,
  type Version,
  decidePublish,
  decideTag,
  decideUntag,
  decodeRelease,
  encodeDocument,
  fail,
} from '@aam/core'
import { type Manifest, decodeManifest } from '@aam/core/manifest'
import { isErrno, isTemporary, makeFolder, readIfThere, withLock, writeFileAtomic } from '../files/index.ts'
import type { PublishOptions, Published } from '../registry.ts'
import { SETTINGS_FILE, archivePath, pathsOf } from './layout.ts'
import { decodeMetadata, decodeSettings, editMetadata } from './metadata.ts'
import type { DerivedDocument } from './read.ts'

/** A folder registry that is being written to. `onWait` is told who holds the lock, after a second. */
export type Writer = {
  readonly root: string
  readonly now: () => Date
  readonly onWait?: ((owner: string) => void) | undefined
}

/**
 * Publishes an archive. What the registry says about it is taken from the archive itself.
 * @throws ARCHIVE_INVALID, FILE_INVALID, PACKAGE_PRIVATE, VERSION_CONFLICT, TAG_PROTECTED, TAG_NOT_ALLOWED
 */
export async function publishArchive(writer: Writer, archive: Uint8Array, options: PublishOptions): Promise<Published> {
  const { manifest, release } = inspect(archive, writer.now())
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

/** Reads the archive as a stranger would, and makes the registry's record of it. */
function inspect(archive: Uint8Array, now: Date): { readonly manifest: Manifest; readonly release: Release } {
  const entry = readArchive(archive, 'the archive').find(({ path }) => path === 'package.agent.json')
  if (entry === undefined) {
    fail('ARCHIVE_INVALID', { archive: 'the archive', why: 'it has no package.agent.json at its root' })
  }
  const { manifest } = decodeManifest(Buffer.from(entry.data).toString('utf8'), 'package.agent.json in the archive')
  if (manifest.private) fail('PACKAGE_PRIVATE', { name: manifest.name, file: 'package.agent.json' })
  const fields = PUBLISHED_FIELDS.filter(field => manifest.raw[field] !== undefined).map(field => [
    field,
    manifest.raw[field],
  ])
  const record = {
    integrity: integrityOf(archive),
    size: archive.byteLength,
    published: now.toISOString(),
    ...(Object.fromEntries(fields) as Partial<ReleaseRecord>),
  }
  return { manifest, release: decodeRelease(manifest.version, record) }
}

type Change<R> = { readonly document: PackageDocument; readonly result: R }

/** Runs one change under the registry's lock: read the truth, decide, replace it, then what is derived from it. */
async function change<R>(
  { root, onWait }: Writer,
  name: PackageName,
  decide: (before: PackageDocument | undefined) => Change<R>,
): Promise<R> {
  const lock = {
    folder: join(root, '.lock'),
    what: `the registry ${root}`,
    ...(onWait === undefined ? {} : { onWait }),
  }
  return withLock(lock, () => {
    const paths = pathsOf(root, name)
    // First whatever a writer that was killed did not get to, so that its change made again finishes it.
    sweep(paths.folder)
    sweep(paths.versions)
    const before = readTruth(root, name)
    if (before !== undefined) writeDerived(paths.document, before)
    const { document, result } = decide(before?.document)
    const text = editMetadata(before?.text, document)
    if (text !== before?.text) {
      writeFileAtomic(paths.metadata, text)
      writeDerived(paths.document, { text, document })
    }
    return result
  })
}

/** Makes `document.json` what follows from `metadata.yaml`, unless it is. */
function writeDerived(path: string, { text, document }: Truth): void {
  const derived: DerivedDocument = {
    source: { sha256: sha256Hex(text), size: Buffer.byteLength(text) },
    document: encodeDocument(document),
  }
  const wanted = `${JSON.stringify(derived)}\n`
  if (readIfThere(path)?.toString('utf8') !== wanted) writeFileAtomic(path, wanted)
}

/** The text of `metadata.yaml`, and what it says. */
type Truth = { readonly text: string; readonly document: PackageDocument }

function readTruth(root: string, name: PackageName): Truth | undefined {
  const file = pathsOf(root, name).metadata
  const text = readIfThere(file)?.toString('utf8')
  return text === undefined ? undefined : { text, document: decodeMetadata(text, { file, name }) }
}

function readRules(root: string): TagRules {
  const file = join(root, SETTINGS_FILE)
  const text = readIfThere(file)?.toString('utf8')
  if (text === undefined) return fail('REGISTRY_NOT_FOUND', { registry: root })
  return decodeSettings(text, file)
}

function storeArchive(
  root: string,
  { name, version, archive }: { readonly name: PackageName; readonly version: Version; readonly archive: Uint8Array },
): void {
  const path = archivePath(root, name, version)
  makeFolder(pathsOf(root, name).versions)
  writeFileAtomic(path, archive)
  writeFileAtomic(`${path}.sha256`, `${sha256Hex(archive)}  ${version}.aam\n`)
}

/** Removes what a writer that was killed left behind. Only the holder of the lock writes here, so nobody needs it. */
function sweep(folder: string): void {
  let names: string[]
  try {
    names = readdirSync(folder)
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return
    throw error
  }
  for (const name of names) if (isTemporary(name)) rmSync(join(folder, name), { force: true })
}

function notFound({ root }: Writer, name: PackageName): never {
  return fail('PACKAGE_NOT_FOUND', { name, registry: root })
}
