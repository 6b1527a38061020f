/** Which paths an archive may hold: the same on every file system, and never outside the package. */
import { LIMITS } from './limits.ts'

const WINDOWS_RESERVED = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i
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
  if (path.startsWith('/') || /^[A-Za-z]:/.test(path)) return 'is absolute'
  if (path.includes('\\')) return 'has a backslash'
  const plain = PLAIN.test(path)
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
 * Watches a list of paths for two that would become one file on some file system, and for a file that is also a folder.
 */
export function createCollisionWatch(): (path: string, isFolder?: boolean) => string | undefined {
  const files = new Set<string>()
  const folders = new Set<string>()
  return (path, isFolder = false) => {
    // Upper before lower: ß and SS are one name on a file system that folds case.
    const key = PLAIN.test(path) ? path.toLowerCase() : path.toUpperCase().toLowerCase()
    if (isFolder) {
      if (files.has(key)) return 'is a folder and a file'
    } else {
      if (files.has(key)) return 'is there twice, perhaps in other letter case'
      if (folders.has(key)) return 'is a file and a folder'
      files.add(key)
    }
    for (let slash = isFolder ? key.length : key.lastIndexOf('/'); slash > 0; slash = key.lastIndexOf('/', slash - 1)) {
      const folder = key.slice(0, slash)
      if (folders.has(folder)) break
      if (files.has(folder)) return 'is below something that is a file'
      folders.add(folder)
    }
    return undefined
  }
}
