/** Bodies that are streamed: an archive as it is, or in a form. */
import { Busboy } from '@fastify/busboy'
import type { FastifyRequest } from 'fastify'
import type { Readable } from 'node:stream'
import { fail } from '@aam/core'

export type Upload = {
  readonly bytes: AsyncIterable<Uint8Array>
  /** What the form says beside the archive; complete when the bytes are. */
  readonly fields: ReadonlyMap<string, string>
}

/** Nothing for so long, in milliseconds, and the upload ends. */
const LONGEST_SILENCE = 30_000
/** After the first minute, fewer bytes a second than this and it ends. */
const SLOWEST = 1024
const PATIENCE = 60_000
const LONGEST_FIELD = 64 * 1024

/**
 * The archive of a request. Nothing is read before somebody iterates.
 * @param limit bytes of the archive
 * @throws REQUEST_INVALID, BODY_TOO_LARGE
 */
export function readUpload(request: FastifyRequest, limit: number): Upload {
  const type = request.headers['content-type'] ?? ''
  const length = Number(request.headers['content-length'] ?? 0)
  // What a form adds to the archive is small.
  if (length > limit + 2 * LONGEST_FIELD) fail('BODY_TOO_LARGE', { limit })
  const body = request.body as Readable | undefined
  if (body === undefined || typeof body.on !== 'function') {
    return fail('REQUEST_INVALID', { what: 'The request', problems: ['it has no body'] })
  }
  if (/^multipart\/form-data\b/i.test(type)) return readForm(body, type)
  return { bytes: watched(body), fields: new Map() }
}

/** Ends an upload that is too slow to be one. */
async function* watched(body: Readable): AsyncGenerator<Uint8Array> {
  const started = Date.now()
  let received = 0
  let timer: NodeJS.Timeout | undefined
  const wait = (): void => {
    clearTimeout(timer)
    timer = setTimeout(() => body.destroy(new TooSlow()), LONGEST_SILENCE)
  }
  try {
    wait()
    // Refusing what arrives must not end the connection: the answer says why.
    for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
      received += chunk.byteLength
      const elapsed = Date.now() - started
      if (elapsed > PATIENCE && received / (elapsed / 1000) < SLOWEST) throw new TooSlow()
      // While the bytes are written, it is not the client that keeps us waiting.
      clearTimeout(timer)
      yield chunk
      wait()
    }
  } catch (error) {
    if (error instanceof TooSlow) fail('BODY_TOO_SLOW', { seconds: Math.round((Date.now() - started) / 1000) })
    throw error
  } finally {
    clearTimeout(timer)
  }
}

/** Never leaves this file. */
class TooSlow extends Error {}

function readForm(body: Readable, type: string): Upload {
  const fields = new Map<string, string>()
  const broken = (why: string): never => fail('REQUEST_INVALID', { what: 'The form', problems: [why] })
  let form: InstanceType<typeof Busboy>
  try {
    form = new Busboy({
      headers: { 'content-type': type },
      limits: { files: 1, fields: 10, fieldSize: LONGEST_FIELD, headerPairs: 20, parts: 12 },
    })
  } catch (error) {
    return broken(error instanceof Error ? error.message : String(error))
  }
  const bytes = async function* (): AsyncGenerator<Uint8Array> {
    const seen = { archive: false, end: false, failure: undefined as string | undefined }
    const chunks: Uint8Array[] = []
    let wake: () => void = () => undefined
    form.on('file', (name: string, stream: Readable) => {
      if (name !== 'archive') {
        seen.failure = `a file named '${name.slice(0, 40)}' is not expected`
        stream.resume()
        return
      }
      seen.archive = true
      stream.on('data', (chunk: Uint8Array) => {
        chunks.push(chunk)
        wake()
      })
    })
    form.on('field', (name: string, value: string) => fields.set(name, value))
    form.on('finish', () => {
      seen.end = true
      wake()
    })
    form.on('error', (error: unknown) => {
      seen.failure = error instanceof Error ? error.message : String(error)
      wake()
    })
    for await (const piece of watched(body)) {
      // The parser is fed a piece at a time, and its output taken before the next: nothing piles up.
      form.write(piece)
      while (chunks.length > 0) yield chunks.shift() ?? new Uint8Array()
      if (seen.failure !== undefined) break
    }
    form.end()
    while (!seen.end && seen.failure === undefined) await new Promise<void>(resolve => (wake = resolve))
    while (chunks.length > 0) yield chunks.shift() ?? new Uint8Array()
    if (seen.failure !== undefined) broken(seen.failure)
    if (!seen.archive) broken("it has no file named 'archive'")
  }
  return { bytes: bytes(), fields }
}
