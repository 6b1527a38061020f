/** Where things are in a folder registry (D6). */
import { join, relative, sep } from 'node:path'
import type { PackageName, Version } from '@aam/core'

export type PackagePaths = {
  readonly folder: string
  /** The truth about a package; people may edit it. */
  readonly metadata: string
  /** The same in JSON with the digest of what it was made from: much faster to read, never believed when it does not fit. */
  readonly document: string
  readonly versions: string
}

export const SETTINGS_FILE = 'registry.yaml'
/** Every package in a line, at the root: derived, so that lists and searches need not read every `metadata.yaml`. */
export const INDEX_FILE = 'index.json'
export const FORMAT_VERSION = 1

export function packagesFolder(root: string): string {
  return join(root, 'packages')
}

/** Where writers take turns. */
export function lockFolder(root: string): string {
  return join(root, '.lock')
}

export function pathsOf(root: string, name: PackageName): PackagePaths {
  const folder = join(packagesFolder(root), ...name.split('/'))
  return {
    folder,
    metadata: join(folder, 'metadata.yaml'),
    document: join(folder, 'document.json'),
    versions: join(folder, 'versions'),
  }
}

export function archivePath(root: string, name: PackageName, version: Version): string {
  return join(pathsOf(root, name).versions, `${version}.aam`)
}

/** Where a package is below the root, as messages call it. `folder` need not be a name. */
export function packagePath(folder: string): string {
  return `packages/${folder}`
}

/** A path below the root, with `/`, as messages call it. */
export function relativeTo(root: string, path: string): string {
  return relative(root, path).split(sep).join('/')
}

/** The text of the `.sha256` file beside an archive, as `sha256sum -c` reads it (D3). */
export function digestText(hex: string, version: Version): string {
  return `${hex}  ${version}.aam\n`
}
