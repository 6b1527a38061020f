import { integrityFromHex, integrityToHex, isIntegrity, parseIntegrity } from '@aam/core'
import fc from 'fast-check'
import { createHash } from 'node:crypto'
import { describe, expect, it, test } from 'vitest'
import { codeOf } from './failure-of.ts'

const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes)

describe('D3, two spellings of one digest', () => {
  it('law: hex and base64 are those of node:crypto', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), bytes => {
        const hex = digest(bytes).digest('hex')
        const sri = `sha256-${digest(bytes).digest('base64')}`
        expect(integrityFromHex(hex)).toBe(sri)
        expect(integrityToHex(parseIntegrity(sri))).toBe(hex)
        expect(parseIntegrity(sri)).toBe(sri)
        expect(parseIntegrity(`sha256:${hex}`)).toBe(sri)
        expect(isIntegrity(sri)).toBe(true)
        expect(isIntegrity(`sha256:${hex}`)).toBe(false)
      }),
      { numRuns: 500 },
    )
  })
  test.each(['00', 'ff', '7f', '80', '01'])('32 bytes of %s', byte => {
    const hex = byte.repeat(32)
    expect(integrityFromHex(hex)).toBe(`sha256-${Buffer.from(hex, 'hex').toString('base64')}`)
    expect(integrityToHex(integrityFromHex(hex))).toBe(hex)
  })
})

describe('what is no integrity', () => {
  const base64 = digest(new Uint8Array()).digest('base64')
  const hex = digest(new Uint8Array()).digest('hex')
  test.each([
    '',
    'sha256-',
    'sha256-abc123...',
    base64,
    hex,
    `sha1-${base64}`,
    `sha512-${base64}`,
    `SHA256-${base64}`,
    `sha256-${base64.slice(0, -1)}`,
    `sha256-${base64} `,
    ` sha256-${base64}`,
    `sha256-${base64}\n`,
    `sha256-${base64}?x`,
    `sha256-${base64} sha256-${base64}`,
    `sha256-${hex}`,
    `sha256:${base64}`,
    `sha256:${hex.toUpperCase()}`,
    `sha256:${hex}0`,
    `sha256:${hex.slice(1)}`,
    `sha256-${'A'.repeat(42)}B=`,
    `sha256-${'_'.repeat(43)}=`,
    `sha256-${'-'.repeat(43)}=`,
  ])("'%s'", text => {
    expect(isIntegrity(text)).toBe(false)
    expect(codeOf(() => parseIntegrity(text))).toBe('INTEGRITY_INVALID')
  })
  test.each(['', 'abc', 'zz'.repeat(32), hex.slice(2), `${hex}00`])("integrityFromHex('%s') is refused", text => {
    expect(codeOf(() => integrityFromHex(text))).toBe('INTEGRITY_INVALID')
  })
})
