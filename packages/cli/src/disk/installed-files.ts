/** The files below `.agent-packages/`, for commands that look at them. */
import { lstatSync, readFileSync, readdirSync, realpathSync } from 'node:fs'
import { basename, dirname, join, relative, sep } from 'node:path'
import { isErrno } from '@aam/client/files'
import { type InstanceName, type PackageFile, compareText, directoryName } from '@aam/core'
import { PACKAGES_FOLDER } from './project.ts'

/** A file of an installed package; `path` is relative to the package, with `/`. */
export type InstalledFile = { readonly name: InstanceName; readonly path: string }

/** Where a path really is, links followed; `undefined` when there is nothing. A link that leads nowhere is itself. */
export function locate(path: string): string | undefined {
  try {
    return realpathSync(path)
  } catch (error) {
    if (isErrno(error, 'ELOOP')) return path
    if (!isErrno(error, 'ENOENT', 'ENOTDIR')) throw error
    return undefined
  }
}

/** Where a path that is not there would be, the links above it followed. */
export function locateMissing(path: string): string {
  const parent = dirname(path)
  return parent === path ? path : join(locate(parent) ?? locateMissing(parent), basename(path))
}

/** The path below a folder, with `/`, empty for the folder itself; `undefined` when it is elsewhere. */
export function pathBelow(folder: string, path: string): string | undefined {
  if (path === folder) return ''
  return path.startsWith(folder.endsWith(sep) ? folder : folder + sep)
    ? relative(folder, path).split(sep).join('/')
    : undefined
}

/** Every file of the packages `names` that are installed, by name, then path. */
export function listInstalledFiles(project: string, names: Iterable<InstanceName>): InstalledFile[] {
  return [...names]
    .sort(compareText)
    .flatMap(name => listFiles(join(project, PACKAGES_FOLDER, directoryName(name))).map(path => ({ name, path })))
}

/** The files of an installed package with their contents; a link, which no package has, counts as an empty file. */
export function readPackedFolder(folder: string): PackageFile[] {
  return listFiles(folder).map(path => {
    const stat = lstatSync(join(folder, path))
    const data = stat.isFile() ? readFileSync(join(folder, path)) : new Uint8Array()
    return { path, data, executable: (stat.mode & 0o100) !== 0 }
  })
}

function listFiles(folder: string): string[] {
  // A folder that is a link is not a package: nobody knows where it ends.
  if (lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return []
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter(entry => !entry.isDirectory())
    .map(entry => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort(compareText)
}
