/** How large an archive may be, packed and unpacked. Bytes, unless the name says otherwise. */
export const LIMITS = {
  packed: 50 * 1024 * 1024,
  unpacked: 256 * 1024 * 1024,
  /** Files; and, counted apart, the folders they lie in. */
  entries: 10_000,
  segment: 255,
  path: 1024,
  /** The records of a pax header: far more than the longest path and a size need. */
  pax: 64 * 1024,
  /** Beyond the first megabyte, a byte of archive may become this many. */
  ratio: 200,
  freeOfRatio: 1024 * 1024,
  /** What is held of an archive on its way: its manifest, and together what else was asked for. */
  manifest: 1024 * 1024,
  documents: 1024 * 1024,
} as const
