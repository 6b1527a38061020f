import { createHash, hash } from 'node:crypto'
import { type Integrity } from '@aam/core'

/** The integrity of some bytes: their SHA-256 as an SRI string (D3). */
export function integrityOf(bytes: Uint8Array): Integrity {
  return toIntegrity(hash('sha256', bytes, 'base64'))
}

/** The SHA-256 of some bytes in lower-case hexadecimal, as file names and `.sha256` files have it. */
export function sha256Hex(bytes: Uint8Array | string): string {
  return hash('sha256', bytes, 'hex')
}

/** The digests of some bytes, as `integrityOf` and `sha256Hex` give them. */
export type Digests = { readonly integrity: Integrity; readonly sha256: string }

/** Digests bytes that come in pieces. `end` is called once, after the last piece. */
export type Digester = { readonly take: (bytes: Uint8Array) => void; readonly end: () => Digests }

export function createDigester(): Digester {
  const running = createHash('sha256')
  return {
    take: bytes => {
      running.update(bytes)
    },
    end: () => {
      const digest = running.digest()
      return { integrity: toIntegrity(digest.toString('base64')), sha256: digest.toString('hex') }
    },
  }
}

function toIntegrity(base64: string): Integrity {
  return `sha256-${base64}` as Integrity
}
