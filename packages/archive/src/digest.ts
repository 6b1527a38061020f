import { hash } from 'node:crypto'
import { type Integrity } from '@aam/core'

/** The integrity of some bytes: their SHA-256 as an SRI string (D3). */
export function integrityOf(bytes: Uint8Array): Integrity {
  return `sha256-${hash('sha256', bytes, 'base64')}` as Integrity
}

/** The SHA-256 of some bytes in lower-case hexadecimal, as file names and `.sha256` files have it. */
export function sha256Hex(bytes: Uint8Array | string): string {
  return hash('sha256', bytes, 'hex')
}
