/**
 * `index.json`: every package in a line (UAAPS 12.5, D6). Derived from the `metadata.yaml` files and never believed against
 * them: an entry carries the size and the time of the file it was made from, and whoever reads the index compares both.
 */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import {
  type PackageName,
  type PackageSummary,
  compareText,
  decodeSummary,
  isAamError,
  parsePackageName,
  summarize,
} from '@aam/core'
import { isErrno, readIfThere, writeFileDerived } from '../files/index.ts'
import type { BrokenPackage } from '../registry.ts'
import { FORMAT_VERSION, INDEX_FILE, pathsOf } from './layout.ts'
import { listPackageFolders, readDocument, readJson } from './read.ts'

/** The `metadata.yaml` an entry was made from: its bytes, and when it was changed, in milliseconds since 1970. */
type Source = { readonly size: number; readonly mtimeMs: number }

export type IndexEntry = { readonly summary: PackageSummary; readonly source: Source }

export type Index = {
  /** Sorted by name. */
  readonly entries: readonly IndexEntry[]
  /** The packages that cannot be read, sorted by name. */
  readonly broken: readonly BrokenPackage[]
}

/**
 * Every package as it is now. Looks at each `metadata.yaml` and reads only those that the stored entries do not fit.
 * @param stored entries that may be out of date; those of `index.json` unless others are given
 */
export async function readIndex(
  root: string,
  stored: ReadonlyMap<string, IndexEntry> = readStored(root),
): Promise<Index> {
  const entries: IndexEntry[] = []
  const broken: BrokenPackage[] = []
  for (const folder of listPackageFolders(root).sort(compareText)) {
    try {
      const source = sourceOf(pathsOf(root, folder as PackageName).metadata)
      if (source === undefined) continue
      const known = stored.get(folder)
      const fits = known?.source.size === source.size && known.source.mtimeMs === source.mtimeMs
      const entry = fits ? known : await readEntry(root, { folder, source })
      if (entry !== undefined) entries.push(entry)
    } catch (error) {
      broken.push({ name: folder, why: explainUnreadable(error) })
    }
  }
  return { entries, broken }
}

/**
 * Brings `index.json` up to date, under the registry's lock. It is replaced whole, and only if it differs.
 * @returns what it holds now, and whether it was written
 */
export async function writeIndex(root: string): Promise<Index & { readonly written: boolean }> {
  const file = join(root, INDEX_FILE)
  const index = await readIndex(root)
  const text = formatIndex(index)
  const written = readIfThere(file)?.toString('utf8') !== text
  if (written) writeFileDerived(file, text)
  return { ...index, written }
}

/** Whether `index.json` is, byte for byte, what would be made now of all `metadata.yaml` files. A new registry has none. */
export async function isIndexCurrent(root: string): Promise<boolean> {
  const text = readIfThere(join(root, INDEX_FILE))?.toString('utf8')
  const fresh = await readIndex(root, new Map())
  return text === undefined ? fresh.entries.length === 0 : text === formatIndex(fresh)
}

/**
 * In words why a package cannot be read, so that one that is broken hides no other; whoever asked is told of it.
 * @throws `error` itself when it is not about the package
 */
export function explainUnreadable(error: unknown): string {
  if (isAamError(error)) return error.message
  if (error instanceof Error && 'code' in error && 'path' in error) return error.message
  throw error
}

async function readEntry(
  root: string,
  { folder, source }: { readonly folder: string; readonly source: Source },
): Promise<IndexEntry | undefined> {
  const document = await readDocument(root, parsePackageName(folder))
  return document === undefined ? undefined : { summary: summarize(document), source }
}

/** The entries of `index.json` that can be believed as long as the files they name have not changed since. */
function readStored(root: string): ReadonlyMap<string, IndexEntry> {
  const file = join(root, INDEX_FILE)
  const index = sourceOf(file)
  const value = index === undefined ? undefined : (readJson(file) as Stored | null | undefined)
  const stored = new Map<string, IndexEntry>()
  if (index === undefined || value?.formatVersion !== FORMAT_VERSION || !Array.isArray(value.packages)) return stored
  for (const each of value.packages as readonly unknown[]) {
    const summary = decodeSummary(each)
    const source = decodeSource(each)
    // A file that changed in the same tick of the clock as the index may have changed after it, and look the same.
    if (summary === undefined || source === undefined || source.mtimeMs >= index.mtimeMs) continue
    stored.set(summary.name, { summary, source })
  }
  return stored
}

type Stored = { readonly formatVersion?: unknown; readonly packages?: unknown }

function decodeSource(entry: unknown): Source | undefined {
  const { size, mtimeMs } = (entry as { readonly metadata?: Partial<Source> | null } | null)?.metadata ?? {}
  return typeof size === 'number' && typeof mtimeMs === 'number' ? { size, mtimeMs } : undefined
}

/** Size and time of a file; `undefined` when there is none. */
function sourceOf(file: string): Source | undefined {
  try {
    const { size, mtimeMs } = statSync(file)
    return { size, mtimeMs }
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined
    throw error
  }
}

/** One package a line, so that people can compare two indexes. */
function formatIndex({ entries }: Pick<Index, 'entries'>): string {
  const lines = entries.map(({ summary, source }) => JSON.stringify({ ...summary, metadata: source }))
  const head = `{"formatVersion":${String(FORMAT_VERSION)},"packages":[`
  return lines.length === 0 ? `${head}]}\n` : `${head}\n${lines.join(',\n')}\n]}\n`
}
