/** gzip with nothing left to chance, of bytes that are on their way: the same rules as for bytes that are in memory. */
import { crc32, createInflateRaw } from 'node:zlib'
import {
  GZIP,
  checkGzipTrailer,
  createGzipHeader,
  refuseDeflate,
  refuseGzipHeader,
  refuseUnpacked,
  unpackedLimit,
} from './gzip-rules.ts'
import { LIMITS } from './limits.ts'

/** One gzip member on its way. `take` and `end` throw ARCHIVE_INVALID or ARCHIVE_TOO_LARGE. */
export type Gunzip = {
  /** Takes the next bytes, cut anywhere, which must stay as they are; settles when it wants more. */
  readonly take: (packed: Buffer) => Promise<void>
  /** Says that there are no more. */
  readonly end: () => Promise<void>
  /** Lets go of everything, at any time; needed in the end. */
  readonly close: () => void
}

/** How much is inflated before somebody asks how much has come out of it; deflate makes at most 1,032 times as much. */
const STEP = 16 * 1024
/** How much zlib hands out at once. */
const PIECE = 64 * 1024

/**
 * Decompresses one gzip member. When more has come out of it than its size so far allows, it waits for the rest before
 * it goes on: an archive may have its emptiest file first. As the limit stops growing with the size, no more than 1.3 MB
 * ever wait.
 * @param onPiece gets what it becomes, in pieces of at most 64 KB; what it throws ends everything
 */
export function createGunzip(archive: string, onPiece: (piece: Buffer) => void): Gunzip {
  const waiting = createQueue()
  let expected: 'header' | 'deflate' | 'trailer' = 'header'
  let skipHeader: ReturnType<typeof createGzipHeader> | undefined
  /** How long the gzip must be for the next step: it has a header and a trailer at least. */
  let needed: number = GZIP.header + GZIP.trailer
  let seen = 0
  let size = 0
  let checksum = 0
  let trailer = Buffer.alloc(0)
  const inflate = createInflate(piece => {
    size += piece.length
    checksum = crc32(piece, checksum)
    onPiece(piece)
  })

  const step = async (): Promise<void> => {
    const bytes = waiting.first(STEP)
    if (expected === 'header') {
      skipHeader ??= createGzipHeader(bytes, archive)
      const start = skipHeader(bytes)
      waiting.drop(start ?? bytes.length)
      if (start === undefined) return
      needed = seen - waiting.length() + GZIP.trailer
      expected = 'deflate'
    } else if (expected === 'deflate') {
      const unused = await inflate.take(bytes).catch((error: unknown) => refuseDeflate(error, archive))
      waiting.drop(bytes.length - (unused ?? 0))
      if (unused !== undefined) expected = 'trailer'
    } else {
      waiting.drop(bytes.length)
      trailer = Buffer.concat([trailer, bytes.subarray(0, GZIP.trailer + 1)])
      if (trailer.length > GZIP.trailer) checkGzipTrailer(trailer, { size, checksum }, archive)
    }
  }

  return {
    take: async packed => {
      for (let at = 0; at < packed.length; at += STEP) {
        const bytes = packed.subarray(at, at + STEP)
        seen += bytes.length
        waiting.add(bytes)
        while (waiting.length() > 0 && seen >= needed && size <= unpackedLimit(seen)) await step()
        if (size > LIMITS.unpacked && unpackedLimit(seen) === LIMITS.unpacked) refuseUnpacked(LIMITS.unpacked, archive)
      }
    },
    end: async () => {
      if (skipHeader === undefined) createGzipHeader(waiting.first(STEP), archive)
      if (expected === 'header' || seen < needed) refuseGzipHeader(archive)
      const limit = unpackedLimit(seen)
      if (expected === 'deflate' && size <= limit) {
        await inflate.end().catch((error: unknown) => refuseDeflate(error, archive))
      }
      if (size > limit) refuseUnpacked(limit, archive)
      checkGzipTrailer(trailer, { size, checksum }, archive)
    },
    close: inflate.close,
  }
}

/** zlib's engine, one step at a time. */
type Inflate = {
  /** Settles when all of `bytes` was used, or says how many were not because they follow the compressed data. */
  readonly take: (bytes: Buffer) => Promise<number | undefined>
  /** Settles when the compressed data is complete. */
  readonly end: () => Promise<void>
  readonly close: () => void
}

function createInflate(onPiece: (piece: Buffer) => void): Inflate {
  const engine = createInflateRaw({ chunkSize: PIECE })
  let offered = 0
  let ended = false
  let settle: (error?: unknown) => void = () => undefined
  engine.on('data', (piece: Buffer) => {
    try {
      onPiece(piece)
    } catch (error) {
      engine.destroy()
      settle(error)
    }
  })
  engine.on('error', error => {
    settle(error)
  })
  engine.on('end', () => {
    ended = true
    settle()
  })
  const run = (begin: () => void): Promise<void> =>
    new Promise((resolve, reject) => {
      settle = error => {
        if (error === undefined || error === null) resolve()
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- as it was thrown
        else reject(error)
      }
      begin()
    })
  return {
    take: async bytes => {
      offered += bytes.length
      await run(() => engine.write(bytes, settle))
      return ended ? offered - engine.bytesWritten : undefined
    },
    end: () => run(() => engine.end()),
    close: () => {
      engine.destroy()
    },
  }
}

/** Bytes that wait, in their order. Nothing is copied as long as what was added has been dropped before more is added. */
type Queue = {
  readonly length: () => number
  readonly add: (bytes: Buffer) => void
  /** The first bytes, at most `count`, in one piece. */
  readonly first: (count: number) => Buffer
  readonly drop: (count: number) => void
}

function createQueue(): Queue {
  let bytes: Buffer = Buffer.alloc(0)
  let start = 0
  let end = 0
  return {
    length: () => end - start,
    add: more => {
      if (start === end) {
        bytes = more
        start = 0
        end = more.length
        return
      }
      if (end + more.length > bytes.length) {
        // Twice as much as is needed: many small additions are copied only now and then.
        const larger = Buffer.allocUnsafe(2 * (end - start + more.length))
        end = bytes.copy(larger, 0, start, end)
        start = 0
        bytes = larger
      }
      end += more.copy(bytes, end)
    },
    first: count => bytes.subarray(start, Math.min(end, start + count)),
    drop: count => {
      start += count
    },
  }
}
