/** gzip with nothing left to chance: one member, nothing after it, its checksum right, its size bounded. */
import { constants, crc32, gzipSync, inflateRawSync } from 'node:zlib'
import { fail } from '@aam/core'
import { LIMITS } from './limits.ts'

/** A claim that is too small would mean inflating in tiny pieces, which costs more memory than it saves. */
const SMALLEST_CHUNK = 64 * 1024
const HEADER = 10
const TRAILER = 8
/** A header checksum is written by nobody and would have to be checked: it is refused with the reserved flags. */
const FLAG = { extra: 4, name: 8, comment: 16, refused: 0xe2 } as const

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
  const invalid = (why: string, cause?: unknown): never => fail('ARCHIVE_INVALID', { archive, why }, { cause })
  if (packed.byteLength > LIMITS.packed) {
    fail('ARCHIVE_TOO_LARGE', { archive, why: `more than ${megabytes(LIMITS.packed)} packed` })
  }
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength)
  if (bytes.length < HEADER + TRAILER) return invalid('it is cut off')
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b || bytes[2] !== 8) return invalid('it is not gzip')
  const start = headerEnd(bytes)
  if (start === undefined) return invalid('its gzip header is damaged')
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
    if (isCoded(error, 'ERR_BUFFER_TOO_LARGE')) {
      const why =
        limit === LIMITS.unpacked
          ? `more than ${megabytes(limit)} unpacked`
          : `it unpacks to more than ${String(LIMITS.ratio)} times its size`
      return fail('ARCHIVE_TOO_LARGE', { archive, why }, { cause: error })
    }
    if (isCoded(error, 'Z_BUF_ERROR')) return invalid('it is cut off', error)
    if (isCoded(error, 'Z_DATA_ERROR')) return invalid('its compressed data is damaged', error)
    throw error
  }
  const end = start + inflated.engine.bytesWritten
  if (bytes.length < end + TRAILER) return invalid('it is cut off')
  if (bytes.length > end + TRAILER) return invalid('something follows the compressed data')
  if (bytes.readUInt32LE(end + 4) !== inflated.buffer.length % 2 ** 32) {
    return invalid('its size is not the recorded one')
  }
  if (bytes.readUInt32LE(end) !== crc32(inflated.buffer)) return invalid('its checksum is wrong')
  return inflated.buffer
}

/** How many bytes an archive of `packed` bytes may become. */
export function unpackedLimit(packed: number): number {
  return Math.min(LIMITS.unpacked, Math.max(LIMITS.freeOfRatio, packed * LIMITS.ratio))
}

/** Where the compressed data starts; `undefined` when the header makes no sense. */
function headerEnd(bytes: Buffer): number | undefined {
  const flags = bytes[3] ?? 0
  if ((flags & FLAG.refused) !== 0) return undefined
  let at = HEADER
  if ((flags & FLAG.extra) !== 0) {
    if (at + 2 > bytes.length) return undefined
    at += 2 + bytes.readUInt16LE(at)
  }
  for (const flag of [FLAG.name, FLAG.comment]) {
    if ((flags & flag) === 0) continue
    const zero = bytes.indexOf(0, at)
    if (zero === -1) return undefined
    at = zero + 1
  }
  return at + TRAILER <= bytes.length ? at : undefined
}

function megabytes(bytes: number): string {
  return `${String(bytes / 1024 / 1024)} MB`
}

function isCoded(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
