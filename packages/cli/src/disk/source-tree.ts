/** A folder that belongs to somebody else and is only read: its files, with links followed as far as it is safe. */
import { lstatSync, readFileSync, readdirSync, realpathSync, statSync } from 'node:fs'
import { join, sep } from 'node:path'
import { isErrno } from '@aam/client/files'
import { type PackageFile, compareText } from '@aam/core'

export type SourceTree = {
  /** The real path of the folder. */
  readonly root: string
  /** Files at or below a path, relative to the root, with `/`, sorted; none when there is nothing. */
  readonly list: (path: string) => readonly string[]
  /** Names of what is at the top. */
  readonly names: () => readonly string[]
  readonly isFile: (path: string) => boolean
  /** A file that `list` has named, or one that `isFile`. */
  readonly read: (path: string) => PackageFile
  /** What `list` has met and passed over, by path, and why. */
  readonly refused: ReadonlyMap<string, string>
}

/** Folders whose contents are never looked at: they can be huge and are nobody's work. */
const SKIPPED = new Set(['.git', '.hg', '.svn', 'node_modules', '.agent-packages', '.venv', 'venv', '__pycache__'])
const JUNK = /(?:^|\/)(?:\.git|\.DS_Store|Thumbs\.db|[^/]+\.pyc)$/

/** Opens `folder`, which is there. Links to what is inside it are followed, a link below a followed one is not. */
export function openSourceTree(folder: string): SourceTree {
  const root = realpathSync(folder)
  const refused = new Map<string, string>()
  const list = (path: string): string[] => {
    const kind = look(root, path)
    if (kind === 'missing') return []
    if (typeof kind === 'object') {
      refused.set(path, kind.why)
      return []
    }
    return kind === 'file' ? [path] : walk(path, hasLink(root, path)).sort(compareText)
  }
  const walk = (path: string, followed: boolean): string[] =>
    readdirSync(join(root, path), { withFileTypes: true }).flatMap(entry => {
      const below = path === '' ? entry.name : `${path}/${entry.name}`
      if (JUNK.test(below)) return []
      if (entry.isFile()) return [below]
      if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : walk(below, followed)
      if (!entry.isSymbolicLink()) return []
      const kind = look(root, below)
      if (kind === 'file') return [below]
      if (kind === 'folder' && !followed) return walk(below, true)
      const why = typeof kind === 'object' ? kind.why : 'it is a link in a folder that is a link itself'
      refused.set(below, why)
      return []
    })
  return {
    root,
    list,
    refused,
    names: () =>
      readdirSync(root)
        .filter(name => !SKIPPED.has(name) && !JUNK.test(name))
        .sort(compareText),
    isFile: path => look(root, path) === 'file',
    read: path => {
      const file = join(root, path)
      return { path, data: readFileSync(file), executable: (statSync(file).mode & 0o100) !== 0 }
    },
  }
}

/** What is at a path once links are followed; why it is not followed when it leaves the folder or leads nowhere. */
function look(root: string, path: string): 'file' | 'folder' | 'missing' | { readonly why: string } {
  const file = join(root, path)
  let real: string
  try {
    real = realpathSync(file)
  } catch (error) {
    if (isErrno(error, 'ELOOP')) return { why: 'it is a link in a circle' }
    if (!isErrno(error, 'ENOENT', 'ENOTDIR')) throw error
    return isLink(file) ? { why: 'it is a link that leads nowhere' } : 'missing'
  }
  if (real !== root && !real.startsWith(root + sep)) return { why: 'it is a link that leaves the folder' }
  const stat = statSync(real)
  if (stat.isFile()) return 'file'
  if (!stat.isDirectory()) return { why: 'it is neither a file nor a folder' }
  // A link to a folder it is in would have itself in it.
  return real !== file && (join(root, path) + sep).startsWith(real + sep)
    ? { why: 'it is a link in a circle' }
    : 'folder'
}

function hasLink(root: string, path: string): boolean {
  return realpathSync(join(root, path)) !== join(root, path)
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true
}
