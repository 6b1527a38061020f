/** Bodies that are streamed: an archive as it is, or in a form. */
import { Busboy } from '@fastify/busboy'
import type { FastifyRequest } from 'fastify'
import { Readable } from 'node:stream'
import { fail } from '@aam/core'
import type { Timeouts } from '../config.ts'

export type Upload = {
  readonly bytes: AsyncIterable<Uint8Array>
  /** What the form says beside the archive; complete when the bytes are. */
  readonly fields: ReadonlyMap<string, string>
}

const LONGEST_FIELD = 64 * 1024

/**
 * The archive of a request. Nothing is read before somebody iterates.
 * @param limit bytes of the archive
 * @throws REQUEST_INVALID, MEDIA_TYPE_UNSUPPORTED, BODY_TOO_LARGE, BODY_TOO_SLOW
 */
export function readUpload(
  { headers, body }: FastifyRequest,
  { limit, timeouts }: { readonly limit: number; readonly timeouts: Timeouts },
): Upload {
  const type = headers['content-type'] ?? ''
  // What a form adds to the archive is small.
  if (Number(headers['content-length'] ?? 0) > limit + 2 * LONGEST_FIELD) fail('BODY_TOO_LARGE', { limit })
  if (body === undefined) return fail('REQUEST_INVALID', { what: 'The request', problems: ['it has no body'] })
  if (!(body instanceof Readable)) {
    return fail('MEDIA_TYPE_UNSUPPORTED', { type: type.slice(0, 80), expected: 'application/gzip or a form' })
  }
  if (/^multipart\/form-data\b/i.test(type)) return readForm(watched(body, timeouts), type)
  return { bytes: watched(body, timeouts), fields: new Map() }
}

/** Ends an upload that is too slow to be one. */
async function* watched(body: Readable, { silence, patience, slowest }: Timeouts): AsyncGenerator<Uint8Array> {
  const started = Date.now()
  let received = 0
  // Refusing what arrives must not end the connection: the answer says why.
  const pieces = body.iterator({ destroyOnReturn: false }) as AsyncIterator<Uint8Array>
  let waits = false
  try {
    for (;;) {
      waits = true
      const next = await within(pieces.next(), silence)
      const elapsed = Date.now() - started
      const slow = elapsed > patience && received / (elapsed / 1000) < slowest
      if (next === undefined || slow) return fail('BODY_TOO_SLOW', { seconds: Math.round(elapsed / 1000) })
      waits = false
      if (next.done === true) return
      received += next.value.byteLength
      // While the bytes are written, it is not the client that keeps us waiting.
      yield next.value
    }
  } finally {
    if (!waits) {
      await pieces.return?.()
      // What still comes is passed over, so that the next request on the connection is heard.
      if (!body.destroyed) body.resume()
    }
  }
}

/** What comes of a promise, or `undefined` when that takes longer. */
async function within<T>(promise: Promise<T>, milliseconds: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  const over = new Promise<undefined>(resolve => {
    timer = setTimeout(() => {
      resolve(undefined)
    }, milliseconds)
  })
  return Promise.race([promise, over]).finally(() => {
    clearTimeout(timer)
  })
}

function readForm(body: AsyncIterable<Uint8Array>, type: string): Upload {
  const fields = new Map<string, string>()
  const broken = (why: string): never => fail('REQUEST_INVALID', { what: 'The form', problems: [why] })
  let form: InstanceType<typeof Busboy>
  try {
    form = new Busboy({
      headers: { 'content-type': type },
      limits: { files: 1, fields: 10, fieldSize: LONGEST_FIELD, headerPairs: 20, parts: 12 },
    })
  } catch (error) {
    return broken(reasonOf(error))
  }
  const bytes = async function* (): AsyncGenerator<Uint8Array> {
    const seen = { archive: false, end: false, failure: undefined as string | undefined }
    const chunks: Uint8Array[] = []
    let wake: () => void = () => undefined
    const refuse = (why: string): void => {
      seen.failure ??= why
      wake()
    }
    form.on('file', (name: string, stream: Readable) => {
      // A form that is cut off fails here, too; nobody listening would end the process.
      stream.on('error', error => {
        refuse(reasonOf(error))
      })
      if (name !== 'archive') {
        refuse(`a file named '${name.slice(0, 40)}' is not expected`)
        stream.resume()
        return
      }
      seen.archive = true
      stream.on('data', (chunk: Uint8Array) => {
        chunks.push(chunk)
        wake()
      })
    })
    form.on('field', (name: string, ...[value, , cut]: [value: string, nameCut: boolean, cut: boolean]) => {
      const shown = name.slice(0, 40)
      if (cut) refuse(`the field '${shown}' has more than ${String(LONGEST_FIELD)} bytes`)
      if (fields.has(name)) refuse(`the field '${shown}' is there twice`)
      fields.set(name, value)
    })
    form.on('filesLimit', () => {
      refuse('it has more than one file')
    })
    for (const limit of ['fieldsLimit', 'partsLimit']) {
      form.on(limit, () => {
        refuse('it has too many fields')
      })
    }
    form.on('finish', () => {
      seen.end = true
      wake()
    })
    form.on('error', (error: unknown) => {
      refuse(reasonOf(error))
    })
    for await (const piece of body) {
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

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
