/** Reading a folder registry: no lock, no write, and never half of a change. */
import { type Dirent, existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { sha256Hex } from '@aam/archive'
import {
  type PackageDocument,
  type PackageName,
  type Version,
  compareText,
  decodeDocument,
  encodeDocument,
  fail,
  isFailure,
} from '@aam/core'
import { isErrno, readIfThere } from '../files/index.ts'
import { archivePath, packagesFolder, pathsOf } from './layout.ts'

/** What `document.json` holds: the document, and the digest and size of the `metadata.yaml` it was made from. */
export type DerivedDocument = {
  readonly source: { readonly sha256: string; readonly size: number }
  readonly document: unknown
}

/**
 * A package's document; `undefined` when the registry does not have the package.
 * @throws REGISTRY_BROKEN when `metadata.yaml` cannot be understood
 */
export async function readDocument(root: string, name: PackageName): Promise<PackageDocument | undefined> {
  const paths = pathsOf(root, name)
  const metadata = readIfThere(paths.metadata)
  if (metadata === undefined) return undefined
  const derived = readDerived(paths.document)
  if (derived?.source.size === metadata.length && derived.source.sha256 === sha256Hex(metadata)) {
    const document = decodeDocument(derived.document)
    if (!('why' in document) && document.name === name) return document
  }
  // Made by hand, edited by hand, or cut short by a crash: the YAML counts.
  const { decodeMetadata } = await import('./metadata.ts')
  return decodeMetadata(metadata.toString('utf8'), { file: paths.metadata, name })
}

/** @throws REGISTRY_BROKEN when the document promises an archive that is not there */
export function readArchiveFile(root: string, name: PackageName, version: Version): Uint8Array {
  const path = archivePath(root, name, version)
  return (
    readIfThere(path) ?? fail('REGISTRY_BROKEN', { file: path, why: 'it is missing, though metadata.yaml names it' })
  )
}

/** Every name that has a `metadata.yaml`, unsorted. */
export function listNames(root: string): string[] {
  return listPackageFolders(root).filter(name => existsSync(join(packagesFolder(root), name, 'metadata.yaml')))
}

/** Every folder where a package may be, as the name it stands for, unsorted; whether it is a name is not checked. */
export function listPackageFolders(root: string): string[] {
  const packages = packagesFolder(root)
  return listFolders(packages).flatMap(entry =>
    entry.startsWith('@') ? listFolders(join(packages, entry)).map(base => `${entry}/${base}`) : [entry],
  )
}

/** The paths of a package's archives, listed in `metadata.yaml` or not, sorted. */
export function listArchives(root: string, name: PackageName): string[] {
  const { versions } = pathsOf(root, name)
  return listFiles(versions)
    .filter(file => file.endsWith('.aam') && !file.startsWith('.'))
    .sort(compareText)
    .map(file => join(versions, file))
}

/** The names of everything in a folder that is no folder itself, unsorted; none when the folder is not there. */
export function listFiles(folder: string): string[] {
  return list(folder)
    .filter(entry => !entry.isDirectory())
    .map(({ name }) => name)
}

function listFolders(folder: string): string[] {
  return list(folder)
    .filter(entry => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => name)
}

function list(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return []
    throw error
  }
}

/** What `document.json` must be, byte for byte, beside a `metadata.yaml` with this text. */
export function derivedText(metadata: string, document: PackageDocument): string {
  const derived: DerivedDocument = {
    source: { sha256: sha256Hex(metadata), size: Buffer.byteLength(metadata) },
    document: encodeDocument(document),
  }
  return `${JSON.stringify(derived)}\n`
}

function readDerived(path: string): DerivedDocument | undefined {
  const value = readJson(path) as Partial<DerivedDocument> | null | undefined
  return typeof value?.source?.sha256 === 'string' ? (value as DerivedDocument) : undefined
}

/** The value of a derived JSON file; `undefined` when there is none. */
export function readJson(path: string): unknown {
  try {
    const text = readIfThere(path)?.toString('utf8')
    return text === undefined ? undefined : (JSON.parse(text) as unknown)
  } catch (error) {
    // A derived file that is damaged is one that is not there.
    if (error instanceof SyntaxError || isFailure(error, 'FILE_SYSTEM')) return undefined
    if (isErrno(error, 'EACCES', 'ELOOP')) return undefined
    throw error
  }
}
