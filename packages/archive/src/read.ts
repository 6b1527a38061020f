/** Reads `.aam` archives that are in memory. */
import { decompress } from './gzip.ts'
import { createTarReader } from './tar.ts'

/** A file in an archive. */
export type ArchiveEntry = {
  /** Relative, with `/`, checked: safe to join to a folder on any system. */
  readonly path: string
  readonly data: Uint8Array
  readonly executable: boolean
}

const NOTHING = new Uint8Array()

/**
 * Reads an archive completely, and refuses it as a whole when anything about it is wrong.
 * @param archive how messages call it
 * @returns its files, in their order in the archive; folders have no entry of their own
 * @throws ARCHIVE_INVALID, ARCHIVE_TOO_LARGE
 */
export function readArchive(packed: Uint8Array, archive: string): ArchiveEntry[] {
  const entries: ArchiveEntry[] = []
  const tar = createTarReader(archive, ({ path, executable }) => {
    const index = entries.push({ path, data: NOTHING, executable }) - 1
    // The tar comes in one piece, and so do all contents.
    return data => {
      entries[index] = { path, data, executable }
    }
  })
  tar.take(decompress(packed, archive))
  tar.end()
  return entries
}
