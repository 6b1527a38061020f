/** Archives on their way: cut into chunks, and what becomes of them. */
import { inspectStream } from '@aam/archive'
import { isAamError } from '@aam/core'

export type Verdict = { readonly code: string; readonly message: string }

export const ACCEPTED: Verdict = { code: 'none', message: 'it was accepted' }

/** `bytes` in chunks of `length`. */
export async function* chunksOf(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield await Promise.resolve(bytes.subarray(at, at + length))
}

/** How inspecting ends. */
export async function verdictOf(chunks: AsyncIterable<Uint8Array>, archive: string): Promise<Verdict> {
  try {
    await inspectStream(chunks, { archive })
    return ACCEPTED
  } catch (error) {
    if (isAamError(error)) return { code: error.code, message: error.message }
    return { code: 'not an AamError', message: String(error) }
  }
}
