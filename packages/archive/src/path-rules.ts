/** Which paths an archive may hold: the same on every file system, and never outside the package. */
import { LIMITS } from './limits.ts'

const WINDOWS_RESERVED = /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³]) *(?:\.|$)/i
// eslint-disable-next-line no-control-regex -- control characters are among what no path may hold
const WINDOWS_FORBIDDEN = /[\u0000-\u001f\u007f<>:"|?*]/
/** Every path made of these alone needs no closer look at its characters. */
const PLAIN = /^[A-Za-z0-9_@+=,()[\]{}#%&'!~$^-][A-Za-z0-9_.@+=,()[\]{}#%&'!~$^ /-]*$/

/** Why `path` may not be in an archive; `undefined` when it may. */
export function explainPath(path: string): string | undefined {
  if (path === '') return 'has no name'
  if (path.length > LIMITS.path || Buffer.byteLength(path) > LIMITS.path) {
    return `is longer than ${String(LIMITS.path)} bytes`
  }
  if (path.startsWith('/')) return 'is absolute'
  if (/^[A-Za-z]:/.test(path)) return 'is absolute on Windows, where it starts with a drive'
  if (path.includes('\\')) return 'has a backslash'
  const plain = PLAIN.test(path)
  if (!plain && /\p{Surrogate}/u.test(path)) return 'has half a character'
  if (!plain && path.normalize('NFC') !== path) return 'is not in Unicode normal form NFC'
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') return 'has an empty or "." step'
    if (segment === '..') return 'leaves the package'
    if (segment.length > LIMITS.segment || Buffer.byteLength(segment) > LIMITS.segment) {
      return `has a step longer than ${String(LIMITS.segment)} bytes`
    }
    if (!plain && WINDOWS_FORBIDDEN.test(segment)) return 'has a character that Windows cannot hold'
    if (segment.endsWith('.') || segment.endsWith(' ')) return 'has a step that ends in a dot or a blank'
    if (WINDOWS_RESERVED.test(segment)) return 'has a step that Windows reserves'
    if (segment.toLowerCase() === '.git') return 'is inside .git'
  }
  return undefined
}

/**
 * Watches a list of paths for two that would become one on some file system, and for a file that is also a folder.
 * Stops counting folders beyond what an archive may have: `tooManyFolders` then is true.
 */
export type CollisionWatch = {
  readonly explain: (path: string, isFolder?: boolean) => string | undefined
  readonly tooManyFolders: () => boolean
}

export function createCollisionWatch(): CollisionWatch {
  const files = new Set<string>()
  /** How each folder is spelt, by its folded name. */
  const folders = new Map<string, string>()
  const explain = (path: string, isFolder = false): string | undefined => {
    const key = fold(path)
    if (isFolder) {
      if (files.has(key)) return 'is a folder and a file'
    } else {
      if (files.has(key)) return 'is there twice, perhaps in other letter case'
      if (folders.has(key)) return 'is a file and a folder'
      files.add(key)
    }
    for (
      let slash = isFolder ? path.length : path.lastIndexOf('/');
      slash > 0;
      slash = path.lastIndexOf('/', slash - 1)
    ) {
      const spelling = path.slice(0, slash)
      const folder = fold(spelling)
      const known = folders.get(folder)
      if (known === spelling) break
      if (known !== undefined) return `is in a folder that is also spelt '${known}'`
      if (files.has(folder)) return 'is below something that is a file'
      folders.set(folder, spelling)
      if (folders.size > LIMITS.entries) return undefined
    }
    return undefined
  }
  return { explain, tooManyFolders: () => folders.size > LIMITS.entries }
}

/** What a file system that ignores case makes of a path. Up and down again: ß, ẞ and SS are one name there. */
function fold(path: string): string {
  return PLAIN.test(path) ? path.toLowerCase() : path.toLowerCase().toUpperCase().toLowerCase()
}
