/** What `packArchive` writes: UAAPS 12.1, the same bytes for the same files. */
import { env } from 'node:process'
import { gunzipSync } from 'node:zlib'
import { LIMITS, type PackFile, explainPath, integrityOf, packArchive, readArchive, sha256Hex } from '@aam/archive'
import { isAamError } from '@aam/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BLOCK } from './tar-builder.ts'

const SECONDS = 1_700_000_000

const file = (path: string, data: string | Uint8Array = '', executable = false): PackFile => ({
  path,
  data: Buffer.from(data),
  executable,
})

const TREE = [
  file('package.agent.json', '{ "name": "demo" }\n'),
  file('README.md', '# Demo\n'),
  file('hooks/check.sh', '#!/bin/sh\n', true),
  file('skills/review/SKILL.md', 'x'.repeat(BLOCK)),
  file('skills/empty'),
  file(`long/${'n'.repeat(100)}/${'m'.repeat(101)}`, 'by pax'),
  file(`long/${'n'.repeat(90)}/file`, 'by name'),
  file(`long/${'n'.repeat(100)}/file`, 'by prefix'),
  file('skills/überprüfung/日本語.md', 'by pax too'),
]

function pack(files: readonly PackFile[], seconds = 0): Buffer {
  return packArchive(files, { seconds, archive: 'demo.aam' })
}

function failureOf(files: readonly PackFile[], seconds = 0): string {
  try {
    pack(files, seconds)
  } catch (error) {
    return isAamError(error) ? `${error.code}: ${error.message}` : `not an AamError: ${String(error)}`
  }
  return 'it was packed'
}

/** The headers of a tar whose members need no more than their own header to be understood. */
function headersOf(packed: Uint8Array): Buffer[] {
  const tar = gunzipSync(packed)
  const headers: Buffer[] = []
  for (let at = 0; tar[at] !== 0;) {
    headers.push(tar.subarray(at, at + BLOCK))
    const size = Number.parseInt(tar.toString('latin1', at + 124, at + 135), 8)
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK
  }
  return headers
}

const textAt = (header: Buffer, offset: number, length: number): string =>
  header.toString('latin1', offset, offset + length)

describe('the same files give the same bytes', () => {
  test('in whatever order they come', () => {
    const expected = pack(TREE)
    fc.assert(
      fc.property(fc.shuffledSubarray(TREE, { minLength: TREE.length }), files => {
        expect(pack(files).equals(expected)).toBe(true)
      }),
      { numRuns: 50 },
    )
  })

  test('whatever kind of array holds them, and without touching it', () => {
    const files = Object.freeze(
      [...TREE].reverse().map(one => Object.freeze({ ...one, data: Uint8Array.from(one.data) })),
    )
    expect(pack(files).equals(pack(TREE))).toBe(true)
    expect(files[0]?.path).toBe(TREE.at(-1)?.path)
  })

  test('on every machine: the tar of a known tree is known', () => {
    expect(sha256Hex(gunzipSync(pack(TREE, SECONDS)))).toBe(
      'd87be6b146d9817247efc2d3f538b18b8bfc784b0befbd27da8a624a4ffc914b',
    )
  })

  test('and other bytes for another time, another name, another mode, other contents', () => {
    const one = [file('a', 'x')]
    const others = [pack(one, 1), pack([file('b', 'x')]), pack([file('a', 'x', true)]), pack([file('a', 'y')])]
    expect(new Set([pack(one), ...others].map(integrityOf)).size).toBe(5)
  })
})

describe('every header says as little as UAAPS 12.1 wants', () => {
  const headers = headersOf(pack(TREE, SECONDS))

  test('owner and group are 0 and have no names, and no device has a number', () => {
    for (const header of headers) {
      expect([textAt(header, 108, 8), textAt(header, 116, 8)]).toEqual(['0000000\0', '0000000\0'])
      expect(header.subarray(265, 329).equals(Buffer.alloc(64))).toBe(true)
      expect([textAt(header, 329, 8), textAt(header, 337, 8)]).toEqual(['0000000\0', '0000000\0'])
      expect(header.subarray(157, 257).equals(Buffer.alloc(100))).toBe(true)
      expect(header.subarray(500).equals(Buffer.alloc(12))).toBe(true)
    }
  })

  test.each([0, SECONDS, 0xffffffff])('the time is %i, in every entry and in the gzip header', seconds => {
    const packed = pack(TREE, seconds)
    expect(packed.readUInt32LE(4)).toBe(seconds)
    for (const header of headersOf(packed)) {
      expect(textAt(header, 136, 12)).toBe(`${seconds.toString(8).padStart(11, '0')}\0`)
    }
  })

  test('the gzip header names no file and no system', () => {
    const packed = pack(TREE, SECONDS)
    expect([...packed.subarray(0, 4)]).toEqual([0x1f, 0x8b, 8, 0])
    expect(packed[9]).toBe(255)
  })

  test('the mode is 644, or 755 for what can be executed, and nothing else', () => {
    const modes = headersOf(pack([file('a'), file('b', '', true), file('c'.repeat(101), '', true)]))
    expect(modes.map(header => textAt(header, 100, 8))).toEqual(['0000644\0', '0000755\0', '0000644\0', '0000755\0'])
  })

  test('only files and pax headers are there, all of them POSIX ustar', () => {
    for (const header of headers) {
      expect(textAt(header, 257, 8)).toBe('ustar\x0000')
      expect(['0', 'x']).toContain(textAt(header, 156, 1))
    }
  })

  test('pax is used only where name and prefix do not do', () => {
    const paxes = (path: string): number => headersOf(pack([file(path)])).length - 1
    const n = (count: number): string => 'n'.repeat(count)
    expect([n(100), `${n(155)}/${n(100)}`, `a/${n(100)}`, `${n(50)}/${n(50)}`].map(paxes)).toEqual([0, 0, 0, 0])
    expect([n(101), `${n(156)}/${n(100)}`, `${n(155)}/${n(101)}`, `a/${n(101)}`, 'é'].map(paxes)).toEqual([
      1, 1, 1, 1, 1,
    ])
  })

  test('the tar ends with two empty blocks and nothing more', () => {
    const tar = gunzipSync(pack([file('a')]))
    expect(tar.length).toBe(3 * BLOCK)
    expect(tar.subarray(BLOCK).equals(Buffer.alloc(2 * BLOCK))).toBe(true)
    expect(gunzipSync(pack([])).equals(Buffer.alloc(2 * BLOCK))).toBe(true)
  })
})

describe('entries are sorted by path', () => {
  const order = (...paths: readonly string[]): string[] =>
    readArchive(pack(paths.map(path => file(path))), 'demo.aam').map(({ path }) => path)

  test('by their letters, not by any language', () => {
    expect(order('b', 'a', 'Z', '10', '9', 'é', 'y', '_')).toEqual(['10', '9', 'Z', '_', 'a', 'b', 'y', 'é'])
  })

  test('as whole paths, a slash being a letter like others', () => {
    expect(order('a/b', 'a-b', 'a.b', 'a0')).toEqual(['a-b', 'a.b', 'a/b', 'a0'])
  })

  test('by code point, also beyond the first 65,536', () => {
    expect(order('\u{1f600}.md', '\uff01.md')).toEqual(['\uff01.md', '\u{1f600}.md'])
  })
})

describe('what no reader would take is not packed', () => {
  const refused: readonly (readonly [path: string, why: string])[] = [
    ['', 'has no name'],
    ['../x', 'leaves the package'],
    ['a/../x', 'leaves the package'],
    ['/x', 'is absolute'],
    ['C:/x', 'is absolute'],
    ['a\\b', 'has a backslash'],
    ['./a', 'has an empty or "." step'],
    ['a//b', 'has an empty or "." step'],
    ['a/', 'has an empty or "." step'],
    ['a\0b', 'Windows cannot hold'],
    ['a\nb', 'Windows cannot hold'],
    ['what?', 'Windows cannot hold'],
    ['a.', 'ends in a dot or a blank'],
    ['a ', 'ends in a dot or a blank'],
    ['aux.md', 'Windows reserves'],
    ['aux .md', 'Windows reserves'],
    ['CONIN$', 'Windows reserves'],
    ['conout$.md', 'Windows reserves'],
    ['.git/config', 'is inside .git'],
    ['e\u0301', 'NFC'],
    ['\ud800.md', ''],
    ['a\udc00', ''],
    ['s'.repeat(256), 'step longer than 255 bytes'],
    ['é'.repeat(128), 'step longer than 255 bytes'],
    [`${'a/'.repeat(512)}a`, 'longer than 1024 bytes'],
  ]

  test.each(refused)('%j', (path, why) => {
    expect(explainPath(path) ?? 'it may be packed').toContain(why)
    expect(explainPath(path)).toBeDefined()
    expect(failureOf([file('a'), file(path)])).toMatch(/^PATH_NOT_PORTABLE/)
  })

  test.each([
    ['a', 'a'],
    ['a', 'A'],
    ['a', 'a/b'],
    ['A', 'a/b'],
    ['ß', 'SS'],
  ])('%j beside %j', (one, other) => {
    expect(failureOf([file(one), file(other)])).toMatch(/^PATH_NOT_PORTABLE/)
    expect(failureOf([file(other), file(one)])).toMatch(/^PATH_NOT_PORTABLE/)
  })

  test.each([
    's'.repeat(255),
    'é'.repeat(127),
    `${'a/'.repeat(511)}aa`,
    '.gitignore',
    'a b',
    '..a',
    'auxiliary',
    'com',
    '~',
  ])('but %j is packed', path => {
    expect(explainPath(path)).toBeUndefined()
    expect(readArchive(pack([file(path)]), 'demo.aam').map(entry => entry.path)).toEqual([path])
  })

  test('a file too many', () => {
    const files = Array.from({ length: LIMITS.entries + 1 }, (_, index) => file(`f${String(index)}`))
    expect(failureOf(files)).toMatch(/^ARCHIVE_TOO_LARGE.*more than 10000 files/)
    expect(readArchive(pack(files.slice(1)), 'demo.aam')).toHaveLength(LIMITS.entries)
  })

  test('as many files as allowed, all of them with long names', () => {
    const files = Array.from({ length: LIMITS.entries }, (_, index) => file(`${'n'.repeat(200)}-${String(index)}`))
    expect(readArchive(pack(files), 'demo.aam')).toHaveLength(LIMITS.entries)
  })

  test('more bytes than may be unpacked', () => {
    const megabytes = Buffer.alloc(LIMITS.unpacked / 4 + 1)
    expect(failureOf(['a', 'b', 'c', 'd'].map(path => ({ path, data: megabytes, executable: false })))).toMatch(
      /^ARCHIVE_TOO_LARGE.*more than 256 MB unpacked/,
    )
  })

  test.each([-1, 1.5, Number.NaN, 2 ** 32, 8 ** 11])('a time of %d seconds, which no header holds', seconds => {
    expect(failureOf([file('a')], seconds)).not.toBe('it was packed')
  })
})

describe('what was packed can be read', () => {
  test('also when it compresses very well', () => {
    const zeros = file('zeros.bin', Buffer.alloc(2 * 1024 * 1024))
    expect(roundTrip([zeros])).toBe('the same, or refused when packed')
  })

  test.runIf(env['AAM_LONG'] === '1')('also when its contents are just within the limit', () => {
    // Headers and padding count when it is read.
    const part = LIMITS.unpacked / 4
    const data = Buffer.alloc(part)
    for (let at = 0, state = 1; at < part; at += 64) {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
      data.writeUInt32LE(state, at)
    }
    const files = ['a', 'b', 'c', 'd'].map(path => ({ path, data, executable: false }))
    expect(roundTrip(files)).toBe('the same, or refused when packed')
  })

  function roundTrip(files: readonly PackFile[]): string {
    let packed: Buffer
    try {
      packed = pack(files)
    } catch (error) {
      if (isAamError(error)) return 'the same, or refused when packed'
      throw error
    }
    try {
      const same = readArchive(packed, 'demo.aam').every(
        ({ data }, index) => files[index]!.data === data || Buffer.compare(files[index]!.data, data) === 0,
      )
      return same ? 'the same, or refused when packed' : 'something else'
    } catch (error) {
      return String(error)
    }
  }
})

describe('digests', () => {
  test('are SHA-256, in base64 for an integrity and in hexadecimal for a file', () => {
    expect(integrityOf(Buffer.of())).toBe('sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=')
    expect(sha256Hex('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
    expect(sha256Hex('é')).toBe(sha256Hex(Buffer.from('é')))
  })
})
