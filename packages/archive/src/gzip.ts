/** gzip with nothing left to chance, of bytes that are in memory. */
import { constants, crc32, gzipSync, inflateRawSync } from 'node:zlib'
import {
  GZIP,
  checkGzipTrailer,
  createGzipHeader,
  isCoded,
  refuseDeflate,
  refuseGzipHeader,
  refusePacked,
  refuseUnpacked,
  unpackedLimit,
} from './gzip-rules.ts'
import { LIMITS } from './limits.ts'

/** A claim that is too small would mean inflating in tiny pieces, which costs more memory than it saves. */
const SMALLEST_CHUNK = 64 * 1024

/**
 * Compresses `bytes`. Identical input gives identical output for one zlib: the time is `seconds` since 1970 and the
 * operating system is "unknown".
 */
export function compress(bytes: Uint8Array, seconds: number): Buffer {
  const packed = gzipSync(bytes, { level: constants.Z_BEST_COMPRESSION })
  packed.writeUInt32LE(seconds >>> 0, 4)
  packed[9] = 255
  return packed
}

/**
 * Decompresses one gzip member.
 * @throws ARCHIVE_INVALID, ARCHIVE_TOO_LARGE; never allocates more than the limits allow
 */
export function decompress(packed: Uint8Array, archive: string): Buffer {
  if (packed.byteLength > LIMITS.packed) refusePacked(LIMITS.packed, archive)
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength)
  const start = createGzipHeader(bytes, archive)(bytes)
  if (start === undefined || start + GZIP.trailer > bytes.length) return refuseGzipHeader(archive)
  const limit = unpackedLimit(bytes.length)
  const claimed = bytes.readUInt32LE(bytes.length - 4)
  let inflated: { readonly buffer: Buffer; readonly engine: { readonly bytesWritten: number } }
  try {
    // One chunk as large as the archive says it needs saves copying; the claim is not trusted beyond the limit.
    const chunkSize = Math.max(Math.min(SMALLEST_CHUNK, 4 * bytes.length), Math.min(claimed, limit) + 1)
    inflated = inflateRawSync(bytes.subarray(start), {
      maxOutputLength: limit,
      chunkSize,
      info: true,
    }) as unknown as typeof inflated
  } catch (error) {
    return isCoded(error, 'ERR_BUFFER_TOO_LARGE') ? refuseUnpacked(limit, archive) : refuseDeflate(error, archive)
  }
  const unpacked = inflated.buffer
  const trailer = bytes.subarray(start + inflated.engine.bytesWritten)
  checkGzipTrailer(trailer, { size: unpacked.length, checksum: crc32(unpacked) }, archive)
  return unpacked
}
