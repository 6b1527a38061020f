/** Inspects an archive on its way, as a server does that receives one: nothing of it is held but what was asked for. */
import { fail } from '@aam/core'
import { type Digests, createDigester } from './digest.ts'
import { createGunzip } from './gunzip-stream.ts'
import { megabytes, refusePacked } from './gzip-rules.ts'
import { LIMITS } from './limits.ts'
import { type TakeContents, type TarFile, createTarReader } from './tar.ts'

/** What an archive holds, and what its packed bytes are. */
export type Inspection = Digests & {
  /** Bytes, packed. */
  readonly size: number
  /** In their order in the archive, as `readArchive` gives them. */
  readonly files: readonly TarFile[]
  /** `package.agent.json` at the root; `undefined` when there is none. */
  readonly manifest: Buffer | undefined
  /** By their paths, in their order: files that `keep` asked for, without those that no longer fitted in the limit. */
  readonly documents: ReadonlyMap<string, Buffer>
}

export type InspectOptions = {
  /** How messages call it. */
  readonly archive: string
  readonly limits?: {
    /** How many packed bytes may come, when that is less than what every archive may have. */
    readonly packed?: number
    /** How many bytes `documents` may have together; 1 MB if not given. */
    readonly documents?: number
  }
  /** Which files are wanted as documents. The manifest is not asked for. */
  readonly keep?: (path: string) => boolean
  /** Gets every chunk that is within the limit, before it is inspected; nothing more is read until it settles. */
  readonly onChunk?: (chunk: Uint8Array) => Promise<void> | void
}

const MANIFEST = 'package.agent.json'
/** How much of a chunk is digested at once, so that a huge one does not stop everything else. */
const SLICE = 64 * 1024

/**
 * Inspects an archive while it comes, and refuses what `readArchive` refuses. Of several things that are wrong it names
 * the first one that comes, where `readArchive` looks at the whole compression before it looks inside. Besides, a manifest
 * of more than 1 MB is too large.
 *
 * Ends the iteration of `chunks` at the first thing that is wrong. For a Node stream that is its end: a server that wants
 * to answer gives `request.iterator({ destroyOnReturn: false })`.
 * @param chunks packed bytes, cut anywhere; a chunk must stay as it is, because a part of it may be needed later
 * @throws ARCHIVE_INVALID, ARCHIVE_TOO_LARGE, and whatever `chunks` and `onChunk` throw
 */
export async function inspectStream(chunks: AsyncIterable<Uint8Array>, options: InspectOptions): Promise<Inspection> {
  const { archive, limits, onChunk } = options
  const limit = Math.min(limits?.packed ?? LIMITS.packed, LIMITS.packed)
  const kept = createKeeper(options)
  const files: TarFile[] = []
  const tar = createTarReader(archive, ({ path, size, executable }) => {
    files.push({ path, size, executable })
    return kept.take(path, size)
  })
  const gunzip = createGunzip(archive, tar.take)
  const digester = createDigester()
  let size = 0
  try {
    for await (const chunk of chunks) {
      size += chunk.byteLength
      if (size > limit) refusePacked(limit, archive)
      await onChunk?.(chunk)
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
      for (let at = 0; at < bytes.length; at += SLICE) {
        const slice = bytes.subarray(at, at + SLICE)
        digester.take(slice)
        await gunzip.take(slice)
      }
    }
    await gunzip.end()
  } finally {
    gunzip.close()
  }
  tar.end()
  return { ...digester.end(), size, files, ...kept.end() }
}

/** Keeps the manifest and the documents. */
type Keeper = {
  readonly take: (path: string, size: number) => TakeContents | undefined
  readonly end: () => Pick<Inspection, 'manifest' | 'documents'>
}

function createKeeper({ archive, limits, keep }: InspectOptions): Keeper {
  const documents = new Map<string, Buffer>()
  let manifest: Buffer | undefined
  let room = limits?.documents ?? LIMITS.documents
  return {
    take: (path, size) => {
      if (path === MANIFEST) {
        if (size > LIMITS.manifest) {
          fail('ARCHIVE_TOO_LARGE', { archive, why: `more than ${megabytes(LIMITS.manifest)} of ${MANIFEST}` })
        }
        manifest = Buffer.alloc(size)
        return fill(manifest)
      }
      if (size > room || keep?.(path) !== true) return undefined
      room -= size
      const document = Buffer.alloc(size)
      documents.set(path, document)
      return fill(document)
    },
    end: () => ({ manifest, documents }),
  }
}

/** Copies: a part of a piece would hold the whole of it. */
function fill(target: Buffer): TakeContents {
  let at = 0
  return bytes => {
    at += bytes.copy(target, at)
  }
}
