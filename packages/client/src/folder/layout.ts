/** Where things are in a folder registry (D6). */
import { join } from 'node:path'
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
export const FORMAT_VERSION = 1

export function packagesFolder(root: string): string {
  return join(root, 'packages')
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
