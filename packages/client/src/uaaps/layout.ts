/** Where things are in a registry of the UAAPS layout (UAAPS 12.5), which is read and never written (D6). */
import { existsSync, readFileSync, readdirSync, realpathSync, statSync } from 'node:fs'
import { join, sep } from 'node:path'
import { type PackageName, directoryName, fail } from '@aam/core'
import { isErrno } from '../files/index.ts'

export const META_FILE = 'meta.json'
export const TAGS_FILE = 'dist-tags.json'
const INDEX_FILE = 'index.json'

export function uaapsFolder(root: string, name: PackageName): string {
  return join(root, 'packages', directoryName(name))
}

/** Whether a folder that has no `registry.yaml` is a registry of this layout: it has a `meta.json`, or its index. */
export function isUaapsLayout(root: string): boolean {
  return listPackageFolders(root).length > 0 || hasIndex(root)
}

/** The name of every folder that has a `meta.json`, unsorted; like all folders here it may be one no package can have. */
export function listNames(root: string): string[] {
  return listPackageFolders(root).map(nameOf)
}

/**
 * The bytes of a file, which may be a link as long as it stays inside the registry.
 * @param most bytes it may have
 * @returns `undefined` when it is not there
 * @throws REGISTRY_BROKEN when it is elsewhere, not a file or too large
 */
export function readInside(root: string, path: string, most: number): Buffer | undefined {
  let real: string
  try {
    real = realpathSync(path)
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined
    if (isErrno(error, 'ELOOP')) return fail('REGISTRY_BROKEN', { file: path, why: 'it is a link in a circle' })
    throw error
  }
  if (!real.startsWith(realpathSync(root) + sep)) {
    fail('REGISTRY_BROKEN', { file: path, why: 'it is a link that leaves the registry' })
  }
  const stat = statSync(real)
  if (!stat.isFile()) fail('REGISTRY_BROKEN', { file: path, why: 'it is not a file' })
  if (stat.size > most) {
    fail('REGISTRY_BROKEN', { file: path, why: `it has ${String(stat.size)} bytes; at most ${String(most)} are read` })
  }
  return readFileSync(real)
}

/** The name whose folder this is. A name cannot start with a hyphen, so the last two are what parts it from its scope. */
function nameOf(folder: string): string {
  const at = folder.lastIndexOf('--')
  return at === -1 ? folder : `@${folder.slice(0, at)}/${folder.slice(at + 2)}`
}

function hasIndex(root: string): boolean {
  const file = join(root, INDEX_FILE)
  if (!existsSync(file) || !statSync(file).isFile()) return false
  try {
    const index = JSON.parse(readFileSync(file, 'utf8')) as {
      readonly updatedAt?: unknown
      readonly packages?: unknown
    } | null
    // Our own index has no time in it: a folder that has lost its registry.yaml is not one of this layout.
    return typeof index?.updatedAt === 'string' && Array.isArray(index.packages)
  } catch (error) {
    if (error instanceof SyntaxError) return false
    throw error
  }
}

/** The folders in `packages/` that have a `meta.json`. */
function listPackageFolders(root: string): string[] {
  const packages = join(root, 'packages')
  try {
    return readdirSync(packages).filter(folder => existsSync(join(packages, folder, META_FILE)))
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return []
    throw error
  }
}
