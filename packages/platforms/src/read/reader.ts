/** The files of one package, as the readers of its artifacts see them. */
import { type PackageFile, printable } from '@aam/core'

export type Reader = {
  /** The text of a file; `undefined` when the package does not have it. */
  readonly text: (path: string) => string | undefined
  /** Everything below one of the folders that were announced, in the order of the package. */
  readonly below: (folder: string) => readonly PackageFile[]
  /** Tells what is wrong with a file. The sentence has no full stop. */
  readonly warn: (file: string, message: string) => void
}

/** A reader, and the warnings that it was told, in order. `folders` are those that will be asked for by `below`. */
export function openPackage(
  files: readonly PackageFile[],
  folders: readonly string[],
): Reader & { readonly warnings: string[] } {
  const byPath = new Map(files.map(file => [file.path, file]))
  const contents = groupByFolder(files, folders)
  const decoder = new TextDecoder('utf-8')
  const warnings: string[] = []
  return {
    text: path => {
      const file = byPath.get(path)
      return file === undefined ? undefined : decoder.decode(file.data)
    },
    below: folder => contents.get(folder) ?? [],
    warn: (file, message) => void warnings.push(printable(`${file}: ${message}`)),
    warnings,
  }
}

/** Walks up from every file instead of looking at every file for every folder. */
function groupByFolder(files: readonly PackageFile[], folders: readonly string[]): Map<string, PackageFile[]> {
  const contents = new Map<string, PackageFile[]>(folders.map(folder => [folder, []]))
  if (contents.size > 0) {
    for (const file of files) for (const folder of foldersAbove(file.path)) contents.get(folder)?.push(file)
  }
  return contents
}

/** The folders that `path` is in, the nearest first and the package itself (the empty path) last. */
export function* foldersAbove(path: string): Iterable<string> {
  for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
    yield path.slice(0, slash)
  }
  yield ''
}

/** The object that `value` is; `undefined` when it is something else. */
export function asObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined
}

/** The text that `value` says: text that is not blank, and numbers and truth values, which YAML makes of unquoted text. */
export function asText(value: unknown): string | undefined {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return typeof value === 'string' && value.trim() !== '' ? value : undefined
}

/**
 * A list of texts as authors write it: a list, or one text with commas. Commas inside brackets separate nothing, as in
 * `**\/*.{ts,tsx}` and `Bash(git:*, npm:*)`. Entries that are no text are left out.
 */
export function asList(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(entry => asText(entry)?.trim() ?? [])
  return typeof value === 'string' ? splitOutsideBrackets(value) : []
}

function splitOutsideBrackets(text: string): string[] {
  const parts = ['']
  let depth = 0
  for (const character of text) {
    if ('([{'.includes(character)) depth++
    else if (')]}'.includes(character)) depth = Math.max(0, depth - 1)
    if (character === ',' && depth === 0) parts.push('')
    else parts.push((parts.pop() ?? '') + character)
  }
  return parts.map(part => part.trim()).filter(part => part !== '')
}
