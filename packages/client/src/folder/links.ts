/** Symbolic links in a folder registry: none may lead out of it (UAAPS 12.5). */
import { lstatSync, readdirSync, realpathSync } from 'node:fs'
import { join, sep } from 'node:path'
import { isErrno } from '../files/index.ts'

/** Every symbolic link below `root`, hidden folders left out. */
export function listLinks(root: string): string[] {
  return readdirSync(root, { withFileTypes: true }).flatMap(entry => {
    const path = join(root, entry.name)
    if (entry.isSymbolicLink()) return [path]
    return entry.isDirectory() && !entry.name.startsWith('.') ? listLinks(path) : []
  })
}

/** Why the file at `path` is not to be followed; `undefined` when it is no link, or one that stays below `root`. */
export function explainLink(root: string, path: string): string | undefined {
  if (!lstatSync(path).isSymbolicLink()) return undefined
  try {
    const target = realpathSync(path)
    return `${target}${sep}`.startsWith(`${realpathSync(root)}${sep}`)
      ? undefined
      : 'it is a symbolic link that leads out of the registry'
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ELOOP')) return 'it is a symbolic link that leads nowhere'
    throw error
  }
}
