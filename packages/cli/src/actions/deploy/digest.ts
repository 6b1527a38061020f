import { sha256Hex } from '@aam/archive'
import { canonicalBytes } from '@aam/platforms'

/** The digest that the ledger keeps of a file. Text with CRLF is the same text: a checkout may have changed its line ends. */
export function digest(bytes: Uint8Array): string {
  const known = digests.get(bytes)
  if (known !== undefined) return known
  const made = sha256Hex(canonicalBytes(bytes))
  digests.set(bytes, made)
  return made
}

/** What is deployed at several places, or planned again, is digested once. Nobody changes bytes in hand. */
const digests = new WeakMap<Uint8Array, string>()
