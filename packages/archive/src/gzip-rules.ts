/** What gzip may be in an archive: one member, nothing after it, its checksum right, its size bounded. */
import { fail } from '@aam/core'
import { LIMITS } from './limits.ts'

/** How many bytes a gzip has before its compressed data at least, and after it exactly. */
export const GZIP = { header: 10, trailer: 8 } as const

/** A header checksum is written by nobody and would have to be checked: it is refused with the reserved flags. */
const FLAG = { extra: 4, name: 8, comment: 16, refused: 0xe2 } as const

/** How many bytes an archive of `packed` bytes may become. */
export function unpackedLimit(packed: number): number {
  return Math.min(LIMITS.unpacked, Math.max(LIMITS.freeOfRatio, packed * LIMITS.ratio))
}

/**
 * Begins to read a header, which may come in pieces.
 * @param first the first bytes of a gzip, at least as many as it has around its compressed data; read, not yet taken
 * @returns takes a piece, and says where in it the compressed data starts; `undefined` while that is not in sight
 * @throws ARCHIVE_INVALID
 */
export function createGzipHeader(first: Buffer, archive: string): (bytes: Buffer) => number | undefined {
  const invalid = (why: string): never => fail('ARCHIVE_INVALID', { archive, why })
  if (first.length < GZIP.header + GZIP.trailer) invalid('it is cut off')
  if (first[0] !== 0x1f || first[1] !== 0x8b || first[2] !== 8) invalid('it is not gzip')
  const flags = first[3] ?? 0
  if ((flags & FLAG.refused) !== 0) refuseGzipHeader(archive)
  let counted: number = GZIP.header
  if ((flags & FLAG.extra) !== 0) counted += 2 + first.readUInt16LE(GZIP.header)
  let texts = [FLAG.name, FLAG.comment].filter(flag => (flags & flag) !== 0).length
  return bytes => {
    let at = Math.min(counted, bytes.length)
    counted -= at
    if (counted > 0) return undefined
    for (; texts > 0; texts--) {
      const zero = bytes.indexOf(0, at)
      if (zero === -1) return undefined
      at = zero + 1
    }
    return at
  }
}

/** Refuses a header that makes no sense, or after which there is no room for anything. */
export function refuseGzipHeader(archive: string): never {
  return fail('ARCHIVE_INVALID', { archive, why: 'its gzip header is damaged' })
}

/** What compressed data has become. */
export type Unpacked = { readonly size: number; readonly checksum: number }

/**
 * Checks everything that follows the compressed data.
 * @throws ARCHIVE_INVALID
 */
export function checkGzipTrailer(trailer: Buffer, { size, checksum }: Unpacked, archive: string): void {
  const invalid = (why: string): never => fail('ARCHIVE_INVALID', { archive, why })
  if (trailer.length < GZIP.trailer) invalid('it is cut off')
  if (trailer.length > GZIP.trailer) invalid('something follows the compressed data')
  if (trailer.readUInt32LE(4) !== size % 2 ** 32) invalid('its size is not the recorded one')
  if (trailer.readUInt32LE(0) !== checksum) invalid('its checksum is wrong')
}

/** Refuses an archive that has more than `limit` bytes. */
export function refusePacked(limit: number, archive: string): never {
  return fail('ARCHIVE_TOO_LARGE', { archive, why: `more than ${megabytes(limit)} packed` })
}

/** Refuses an archive that becomes more than `limit` bytes, which is its `unpackedLimit`. */
export function refuseUnpacked(limit: number, archive: string): never {
  const why =
    limit === LIMITS.unpacked
      ? `more than ${megabytes(limit)} unpacked`
      : `it unpacks to more than ${String(LIMITS.ratio)} times its size`
  return fail('ARCHIVE_TOO_LARGE', { archive, why })
}

/**
 * Says what zlib means when it cannot inflate.
 * @throws ARCHIVE_INVALID, or `error` itself when that has nothing to do with the archive
 */
export function refuseDeflate(error: unknown, archive: string): never {
  const invalid = (why: string): never => fail('ARCHIVE_INVALID', { archive, why }, { cause: error })
  if (isCoded(error, 'Z_BUF_ERROR')) return invalid('it is cut off')
  if (isCoded(error, 'Z_DATA_ERROR')) return invalid('its compressed data is damaged')
  throw error
}

/** Whether Node or zlib threw this error under this code. */
export function isCoded(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

/** A limit in words. */
export function megabytes(bytes: number): string {
  return `${String(bytes / 1024 / 1024)} MB`
}
