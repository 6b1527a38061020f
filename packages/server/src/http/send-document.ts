/** What is read most, as bytes: documents of packages, and archives. */
import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Visibility } from '@aam/core'
import type { Served } from '../actions/served.ts'
import { matchesEtag, readRange, takesGzip } from './conditional.ts'
import { negotiate } from './negotiate.ts'
import type { HttpDeps } from './route.ts'

/** Smaller ones are not worth compressing. */
const WORTH_IT = 1400

/** Sends a document as it was prepared, or says that the client has it. */
export function sendDocument(request: FastifyRequest, reply: FastifyReply, served: Served): void {
  const type = negotiate(request.headers.accept)
  const compressed = served.plain.length >= WORTH_IT && takesGzip(request.headers['accept-encoding'])
  const etag = `"${served.etag}${compressed ? '-gzip' : ''}"`
  reply.headers({
    etag,
    'cache-control': `${sharing(request, served.access.visibility)}, no-cache`,
    vary: 'Accept, Accept-Encoding, Authorization',
  })
  if (matchesEtag(request.headers['if-none-match'], [`"${served.etag}"`, `"${served.etag}-gzip"`])) {
    void reply.code(304).send()
    return
  }
  reply.header('content-type', `${type}; charset=utf-8`)
  if (compressed) reply.header('content-encoding', 'gzip')
  void reply.send(compressed ? served.gzip : served.plain)
}

/** Who else may keep an answer: nobody, when it depends on who asked. */
export function sharing(request: FastifyRequest, visibility: Visibility): 'public' | 'private' {
  return visibility === 'public' && request.headers.authorization === undefined ? 'public' : 'private'
}

export type ArchiveFile = {
  readonly digest: string
  readonly integrity: string
  readonly size: number
  /** As a browser should save it. */
  readonly file: string
  readonly visibility: Visibility
}

/**
 * Sends an archive, or a part of it: it never changes, so that clients may keep it for ever. Small ones come from memory.
 * @returns whether it is one to be counted: all of it, or its beginning
 */
export function sendArchive(
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
  archive: ArchiveFile,
  { blobs, kept }: { readonly blobs: HttpDeps['blobs']; readonly kept: KeptBlobs },
): boolean | Promise<boolean> {
  const { digest, integrity, size, file } = archive
  const etag = `"sha256-${digest}"`
  reply.headers({
    etag,
    'cache-control': `${sharing(request, archive.visibility)}, max-age=31536000, immutable`,
    'accept-ranges': 'bytes',
    vary: 'Authorization',
  })
  if (matchesEtag(request.headers['if-none-match'], [etag])) {
    void reply.code(304).send()
    return false
  }
  const ifRange = request.headers['if-range']
  const range = ifRange === undefined || ifRange === etag ? readRange(request.headers.range, size) : 'whole'
  if (range === 'none') {
    void reply
      .code(416)
      .header('content-range', `bytes */${String(size)}`)
      .send()
    return false
  }
  const part = range === 'whole' ? { start: 0, end: size - 1 } : range
  const send = (body: Buffer | Readable): boolean => {
    reply.headers({
      'content-type': 'application/gzip',
      'content-length': String(part.end - part.start + 1),
      'content-disposition': `attachment; filename="${file}"`,
      'repr-digest': `sha-256=:${integrity.slice('sha256-'.length)}:`,
    })
    if (range !== 'whole') {
      reply.code(206).header('content-range', `bytes ${String(part.start)}-${String(part.end)}/${String(size)}`)
    }
    void reply.send(body)
    return request.method !== 'HEAD' && part.start === 0
  }
  // An empty stream: anything else would take the place of the length.
  if (request.method === 'HEAD') return send(Readable.from([]))
  const small = kept.get(digest, size)
  if (small instanceof Buffer) return send(small.subarray(part.start, part.end + 1))
  return Promise.resolve(small).then(async found =>
    send(found?.subarray(part.start, part.end + 1) ?? (await blobs.stream(digest, part))),
  )
}

/** Small archives, as they are asked for again and again while a team installs. */
export type KeptBlobs = {
  /** @returns at once what is there, and `undefined` for one that is too large to be kept */
  readonly get: (digest: string, size: number) => Buffer | undefined | Promise<Buffer | undefined>
}

const ROOM = 64 * 1024 * 1024
const LARGEST = 256 * 1024

export function createKeptBlobs(blobs: HttpDeps['blobs']): KeptBlobs {
  const kept = new Map<string, Buffer>()
  let held = 0
  const load = async (digest: string): Promise<Buffer | undefined> => {
    const bytes = await blobs.read(digest)
    if (bytes === undefined) return undefined
    if (!kept.has(digest)) held += bytes.length
    kept.set(digest, bytes)
    for (const [oldest, { length }] of kept) {
      if (held <= ROOM) break
      kept.delete(oldest)
      held -= length
    }
    return bytes
  }
  return { get: (digest, size) => (size > LARGEST ? undefined : (kept.get(digest) ?? load(digest))) }
}
