import { statSync } from 'node:fs'
import { resolve } from 'node:path'

/** Whether a file or, when the path ends in `/`, a folder is there; links are followed. */
export function isThere(base: string, path: string): boolean {
  const stat = statSync(resolve(base, path), { throwIfNoEntry: false })
  return stat !== undefined && (!path.endsWith('/') || stat.isDirectory())
}
