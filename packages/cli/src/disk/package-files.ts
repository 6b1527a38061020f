/** The files of a package that is being written, as they lie on disk. */
import { readFileSync, readdirSync, realpathSync, statSync } from 'node:fs'
import { join, sep } from 'node:path'
import type { PackFile } from '@aam/archive'
import { isErrno } from '@aam/client/files'
import { compareText, fail } from '@aam/core'

/** Folders whose contents are never looked at: they can be huge and never belong to a package. */
const SKIPPED = new Set(['.git', '.hg', '.svn', 'node_modules', '.agent-packages', '.venv', 'venv', '__pycache__'])

/** Every file below `folder`, relative, with `/`, sorted. Links to files are files; links to folders are not followed. */
export function listPackageFiles(folder: string, prefix = ''): string[] {
  const entries = readdirSync(join(folder, prefix), { withFileTypes: true })
  return entries
    .flatMap(entry => {
      const path = `${prefix}${entry.name}`
      if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : listPackageFiles(folder, `${path}/`)
      if (entry.name === '.git') return []
      return entry.isFile() || entry.isSymbolicLink() ? [path] : []
    })
    .sort(compareText)
}

/** The text of one of the package's files; empty for one that cannot be read as a file (packing reports those). */
export function readPackageText(folder: string, path: string): string {
  try {
    return readFileSync(join(folder, path), 'utf8')
  } catch (error) {
    if (isErrno(error, 'EISDIR', 'ENOENT', 'ELOOP')) return ''
    throw error
  }
}

/**
 * Reads the files that go into an archive. The contents of a link's target go in, when the target is a file of the package.
 * @throws PATH_NOT_PORTABLE for a link that leaves the package, leads nowhere or leads to a folder
 */
export function readPackFiles(folder: string, paths: readonly string[]): PackFile[] {
  const root = realpathSync(folder)
  return paths.map(path => {
    const target = resolveTarget(join(root, path), path)
    if (!target.startsWith(root + sep)) {
      fail('PATH_NOT_PORTABLE', { path, why: 'is a link that leaves the package' })
    }
    const stat = statSync(target)
    if (!stat.isFile()) fail('PATH_NOT_PORTABLE', { path, why: 'is a link to something that is not a file' })
    return { path, data: readFileSync(target), executable: (stat.mode & 0o100) !== 0 }
  })
}

function resolveTarget(file: string, path: string): string {
  try {
    return realpathSync(file)
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'ELOOP')) throw error
    return fail('PATH_NOT_PORTABLE', { path, why: 'is a link that leads nowhere' }, { cause: error })
  }
}
