import { formatBytes, table } from './view.ts'

/** One line per file of an archive: its size and its path. */
export function fileLines(files: readonly { readonly path: string; readonly size: number }[]): string[] {
  return table(files.map(({ path, size }) => [`  ${formatBytes(size).padStart(9)}`, path]))
}
