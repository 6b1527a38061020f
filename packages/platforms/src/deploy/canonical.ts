/** Bytes as they are compared: text with CRLF is the same text, because a checkout may have changed its line ends. */
export function canonicalBytes(bytes: Uint8Array): Uint8Array {
  if (!bytes.includes(0x0d) || bytes.includes(0)) return bytes
  const kept = bytes.filter((byte, index) => byte !== 0x0d || bytes[index + 1] !== 0x0a)
  return kept
}
