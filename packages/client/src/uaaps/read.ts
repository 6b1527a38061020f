/**
 * Reading a registry of the UAAPS layout. Its `meta.json` knows versions and tags but no dependencies: those are in the
 * archives, which are verified and inspected as if they were being published.
 */
import { join } from 'node:path'
import { LIMITS, integrityOf } from '@aam/archive'
import {
  type Integrity,
  type PackageDocument,
  type PackageName,
  type Release,
  type Tag,
  type Version,
  compareTags,
  compareVersions,
  fail,
  integrityFromHex,
} from '@aam/core'
import { type Inspected, inspectArchive } from '../folder/inspect.ts'
import { META_FILE, TAGS_FILE, readInside, uaapsFolder } from './layout.ts'
import { type Meta, type MetaVersion, decodeMeta, decodeTagsFile, deprecationText, orBroken } from './meta.ts'

/** What archives were found to hold, by their integrity: contents never change, so that each is read once. */
export type Seen = Map<Integrity, Inspected>

const LARGEST_JSON = 16 * 1024 * 1024

/**
 * A package's document; `undefined` when the registry does not have the package.
 * @throws REGISTRY_BROKEN, naming the file
 */
export function readDocument(root: string, name: PackageName, seen: Seen): PackageDocument | undefined {
  const meta = readMeta(root, name)
  if (meta === undefined) return undefined
  const releases = [...meta.versions.values()]
    .sort((a, b) => compareVersions(a.version, b.version))
    .map(entry => readRelease(root, { name, entry, seen }))
  const tags = [...(meta.tags ?? readTagsFile(root, name))].sort(([a], [b]) => compareTags(a, b))
  return {
    name,
    tags: new Map(tags),
    owners: [],
    releases: new Map(releases.map(release => [release.version, release])),
  }
}

/** @throws PACKAGE_NOT_FOUND, VERSION_NOT_FOUND, REGISTRY_BROKEN when the archive is not there or not inside */
export function readArchiveFile(root: string, name: PackageName, version: Version): Uint8Array {
  const meta = readMeta(root, name) ?? fail('PACKAGE_NOT_FOUND', { name, registry: root })
  return readTarball(root, name, meta.versions.get(version) ?? fail('VERSION_NOT_FOUND', { name, version }))
}

function readMeta(root: string, name: PackageName): Meta | undefined {
  const file = join(uaapsFolder(root, name), META_FILE)
  const text = readInside(root, file, LARGEST_JSON)?.toString('utf8')
  return text === undefined ? undefined : decodeMeta(text, { file, name })
}

function readTagsFile(root: string, name: PackageName): ReadonlyMap<Tag, Version> {
  const file = join(root, TAGS_FILE)
  const text = readInside(root, file, LARGEST_JSON)?.toString('utf8')
  return text === undefined ? new Map<Tag, Version>() : decodeTagsFile(text, { file, name })
}

type Sought = { readonly name: PackageName; readonly entry: MetaVersion; readonly seen: Seen }

function readRelease(root: string, { name, entry, seen }: Sought): Release {
  const expected = entry.integrity ?? readDigestFile(root, name, entry)
  const file = join(uaapsFolder(root, name), entry.tarball)
  const known = seen.get(expected)
  const inspected = known ?? inspectVerified(readTarball(root, name, entry), { expected, file })
  seen.set(expected, inspected)
  const { manifest, release } = inspected
  if (manifest.name !== name || manifest.version !== entry.version) {
    fail('REGISTRY_BROKEN', {
      file,
      why: `it is ${manifest.name}@${manifest.version}, though ${META_FILE} has it as ${name}@${entry.version}`,
    })
  }
  const { published, yanked } = entry
  const deprecated = entry.deprecated ?? deprecationText(manifest.raw['deprecated'])
  const record = {
    ...release.record,
    ...(published === undefined ? {} : { published }),
    ...(deprecated === undefined ? {} : { deprecated }),
    ...(yanked ? { yanked } : {}),
  }
  return { ...release, deprecated, yanked, record }
}

function inspectVerified(
  archive: Uint8Array,
  { expected, file }: { readonly expected: Integrity; readonly file: string },
): Inspected {
  const actual = integrityOf(archive)
  if (actual !== expected) fail('REGISTRY_BROKEN', { file, why: `it has ${actual}, expected ${expected}` })
  return orBroken(file, () => inspectArchive(archive, {}))
}

function readTarball(root: string, name: PackageName, { tarball }: MetaVersion): Uint8Array {
  const file = join(uaapsFolder(root, name), tarball)
  return (
    readInside(root, file, LIMITS.packed) ??
    fail('REGISTRY_BROKEN', { file, why: `it is missing, though ${META_FILE} names it` })
  )
}

/** The digest that stands in the file beside an archive, `<hex>  <file>`, as `sha256sum` writes it. */
function readDigestFile(root: string, name: PackageName, { tarball, version }: MetaVersion): Integrity {
  const file = join(uaapsFolder(root, name), `${tarball}.sha256`)
  const text = readInside(root, file, LARGEST_JSON)?.toString('utf8')
  if (text === undefined) {
    return fail('REGISTRY_BROKEN', { file, why: `it is missing, and ${META_FILE} has no integrity for ${version}` })
  }
  const hex = /^\s*([0-9a-fA-F]{64})(?:\s|$)/.exec(text)?.[1]
  if (hex === undefined) return fail('REGISTRY_BROKEN', { file, why: 'it does not start with a SHA-256 digest' })
  return integrityFromHex(hex.toLowerCase())
}
