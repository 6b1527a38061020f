import { fail } from './failures.ts'

declare const checked: unique symbol

/** The SHA-256 digest of an archive as an SRI string, `sha256-<base64>` (D3). */
export type Integrity = string & { readonly [checked]: 'Integrity' }

const SRI = /^sha256-[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/
const HEX = /^sha256:[0-9a-f]{64}$/
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/**
 * Reads an integrity; `sha256:<hex>`, as older files have it, is converted.
 * @throws INTEGRITY_INVALID
 */
export function parseIntegrity(text: string): Integrity {
  if (SRI.test(text)) return text as Integrity
  if (HEX.test(text)) return integrityFromHex(text.slice('sha256:'.length))
  return fail('INTEGRITY_INVALID', { text: text.slice(0, 100) })
}

/** Whether `text` is an integrity in its canonical spelling. */
export function isIntegrity(text: string): text is Integrity {
  return SRI.test(text)
}

/** The integrity whose digest is `hex`: 64 lower-case hexadecimal digits. */
export function integrityFromHex(hex: string): Integrity {
  if (!/^[0-9a-f]{64}$/.test(hex)) {
    fail('INTEGRITY_INVALID', { text: hex.slice(0, 100), why: '64 hexadecimal digits are needed' })
  }
  let base64 = ''
  // Three bytes (six digits) make four characters; the last two of the 32 bytes make three and a pad.
  for (let at = 0; at < 64; at += 6) {
    const digits = hex.slice(at, at + 6)
    const bits = parseInt(digits.padEnd(6, '0'), 16)
    const characters = [18, 12, 6, 0].map(shift => ALPHABET.charAt((bits >> shift) & 63)).join('')
    base64 += digits.length === 6 ? characters : `${characters.slice(0, 3)}=`
  }
  return parseIntegrity(`sha256-${base64}`)
}

/** The digest of an integrity as 64 lower-case hexadecimal digits: what file names carry (D3). */
export function integrityToHex(integrity: Integrity): string {
  let hex = ''
  for (let at = 'sha256-'.length; at < integrity.length; at += 4) {
    let bits = 0
    for (let character = at; character < at + 4; character++) {
      bits = (bits << 6) | (VALUES.get(integrity.charCodeAt(character)) ?? 0)
    }
    hex += bits.toString(16).padStart(6, '0')
  }
  return hex.slice(0, 64)
}

/** The six bits that each character of base64 stands for, by its code. */
const VALUES: ReadonlyMap<number, number> = new Map(
  Array.from(ALPHABET, (character, value) => [character.charCodeAt(0), value]),
)
