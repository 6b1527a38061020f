/** What our reader accepts, node-tar and GNU tar read the same way: the same files, bytes and executable bits. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, sep } from 'node:path'
import { env } from 'node:process'
import { gunzipSync } from 'node:zlib'
import { type ArchiveEntry, type PackFile, explainPath, packArchive, readArchive } from '@aam/archive'
import { isAamError } from '@aam/core'
import fc from 'fast-check'
import { Parser, extract } from 'tar'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BLOCK, archiveOf, fixChecksum, gzip, member, pax, paxOf } from './tar-builder.ts'

/** A file as a line of text, so that differences are easy to read. */
type Line = string

let root = ''
let archive = ''

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'aam-differential-'))
  archive = join(root, 'archive.tgz')
})

afterAll(() => {
  rmSync(root, { recursive: true })
})

// ── the three readers ───────────────────────────────────────────────────────────────────────────────────────────────

const line = (path: string, data: Uint8Array, executable: boolean): Line =>
  `${path} ${executable ? 'x' : '-'} ${Buffer.from(data).toString('base64')}`

const ours = (bytes: Uint8Array): Line[] => linesOf(readArchive(bytes, 'ours.aam'))

function linesOf(files: readonly (PackFile | ArchiveEntry)[]): Line[] {
  return files.map(({ path, data, executable }) => line(path, data, executable)).sort()
}

/** What node-tar lists, contents included. */
function nodeTarLists(bytes: Uint8Array): Line[] {
  const lines: Line[] = []
  const parser = new Parser({
    strict: true,
    onReadEntry: entry => {
      const chunks: Buffer[] = []
      entry.on('data', chunk => chunks.push(chunk))
      entry.on('end', () => {
        if (entry.type === 'Directory') return
        const kind = entry.type === 'File' || entry.type === 'OldFile' ? '' : ` (${entry.type})`
        lines.push(line(entry.path + kind, Buffer.concat(chunks), ((entry.mode ?? 0) & 0o100) !== 0))
      })
    },
  })
  let failure = ''
  parser.on('error', (error: unknown) => {
    failure = error instanceof Error ? error.message : 'an error'
  })
  // Uncompressed bytes make the parser work synchronously.
  parser.end(gunzipSync(bytes))
  return failure === '' ? lines.sort() : [`node-tar: ${failure}`]
}

function nodeTarExtracts(bytes: Uint8Array): Line[] {
  return extracted(bytes, folder => {
    extract({ file: archive, cwd: folder, sync: true, strict: true, umask: 0o022 })
  })
}

function gnuTarExtracts(bytes: Uint8Array): Line[] {
  return extracted(bytes, folder => {
    gnuTar('--extract', '--no-same-owner', '--directory', folder)
  })
}

function gnuTarLists(bytes: Uint8Array): string[] {
  writeFileSync(archive, bytes)
  const names = gnuTar('--list', '--quoting-style=literal').split('\n')
  return names.filter(name => name !== '' && !name.endsWith('/')).sort()
}

function gnuTar(...args: readonly string[]): string {
  const options = { encoding: 'utf8', env: { ...env, LC_ALL: 'C.UTF-8' } } as const
  const { status, stdout, stderr } = spawnSync('tar', [...args, '--gzip', '--file', archive], options)
  if (status !== 0) throw new Error(`GNU tar: ${stderr}`)
  return stdout
}

function extracted(bytes: Uint8Array, run: (folder: string) => void): Line[] {
  writeFileSync(archive, bytes)
  const folder = mkdtempSync(join(root, 'out-'))
  try {
    run(folder)
    const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    const files = paths.map(path => [path, statSync(join(folder, path))] as const).filter(([, stat]) => stat.isFile())
    return files
      .map(([path, stat]) => {
        const data = readFileSync(join(folder, path))
        return line(path.split(sep).join('/'), data, (stat.mode & 0o100) !== 0)
      })
      .sort()
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const hasGnuTar = spawnSync('tar', ['--version'], { encoding: 'utf8' }).stdout.includes('GNU tar')

/** A test that needs GNU tar. In CI it must be there. */
function gnuTest(name: string, run: () => void): void {
  if (hasGnuTar || env['CI'] === 'true') test(name, run)
  else test.skip('skipped: needs GNU tar', run)
}

// ── random trees ────────────────────────────────────────────────────────────────────────────────────────────────────

const FOLDERS = ['a', 'skills', 'with blank', 'überprüfung', '日本', '.hidden', '😀', "quote's", '100%', '-dash', '@at']

/** Lengths around what a name (100), a prefix (155) and both together (256) can hold. */
const LENGTHS = [99, 100, 101, 102, 154, 155, 156, 157, 200, 253, 254, 255, 256, 257, 258, 300, 512, 800]

const contents = fc.oneof(
  fc.constant(Buffer.of()),
  fc.uint8Array({ maxLength: 40 }).map(bytes => Buffer.from(bytes)),
  fc.constantFrom(1, 511, 512, 513, 1024, 70_000).map(length => Buffer.alloc(length, 'contents ')),
)

const shortPath = fc
  .tuple(fc.array(fc.constantFrom(...FOLDERS), { maxLength: 4 }), fc.string({ unit: 'grapheme', maxLength: 12 }))
  .map(([folders, name]) => [...folders, name.normalize('NFC').replaceAll('/', '_')].join('/'))

/** A path of an exact length, with steps of random lengths: its slashes are anywhere. */
const longPath = fc
  .tuple(fc.constantFrom(...LENGTHS), fc.array(fc.integer({ min: 1, max: 160 }), { minLength: 20, maxLength: 20 }))
  .map(([length, steps]) => {
    const letters = Array.from({ length }, () => 'n')
    for (let at = steps[0]!, i = 1; at < length - 10; at += 1 + (steps[i++ % steps.length] ?? 1)) letters[at] = '/'
    return letters.join('')
  })

/** Each path ends in a number of its own, so that no two can collide. */
const tree = fc
  .array(fc.record({ path: fc.oneof(shortPath, longPath), data: contents, executable: fc.boolean() }), {
    minLength: 1,
    maxLength: 8,
  })
  .map(files =>
    files
      .map((file, index) => ({ ...file, path: numbered(file.path, index) }))
      .filter(({ path }) => explainPath(path) === undefined),
  )

/** Long paths keep their length. */
function numbered(path: string, index: number): string {
  return path.length > 90 ? `${path.slice(0, -2)}-${String(index)}` : `${path}-${String(index)}`
}

const pack = (files: readonly PackFile[]): Buffer => packArchive(files, { seconds: 0, archive: 'random.aam' })

describe('archives that we pack', () => {
  test('are read as what was packed', () => {
    fc.assert(
      fc.property(tree, files => {
        expect(ours(pack(files))).toEqual(linesOf(files))
      }),
      { numRuns: 300 },
    )
  })

  test('are listed and extracted alike by node-tar', () => {
    fc.assert(
      fc.property(tree, files => {
        // node-tar takes an archive of nothing for no archive at all.
        fc.pre(files.length > 0)
        const bytes = pack(files)
        expect(nodeTarLists(bytes)).toEqual(linesOf(files))
        expect(nodeTarExtracts(bytes)).toEqual(linesOf(files))
      }),
      { numRuns: 60 },
    )
  })

  gnuTest('are listed and extracted alike by GNU tar', () => {
    fc.assert(
      fc.property(tree, files => {
        const bytes = pack(files)
        expect(gnuTarLists(bytes)).toEqual(files.map(({ path }) => path).sort())
        expect(gnuTarExtracts(bytes)).toEqual(linesOf(files))
      }),
      { numRuns: 60 },
    )
  })

  test.each([99, 100, 101, 102, 250, 255])('have the same name for node-tar when it is %i digits', length => {
    const files = [{ path: '1'.repeat(length), data: Buffer.from('x'), executable: false }]
    expect(nodeTarLists(pack(files))).toEqual(linesOf(files))
  })
})

// ── archives that others made ───────────────────────────────────────────────────────────────────────────────────────

const file = (name: string): Buffer => member({ name, data: `contents of ${name}` })

/** Base 256, larger than any number node-tar takes. */
const BEYOND = Buffer.from('8061616161616161', 'hex')

/** An old format has a time where ustar has the end of the prefix; this one is base 256. */
const ODD = Buffer.concat([Buffer.alloc(131), BEYOND])

/** Unusual, and accepted. Where two programs could differ, refusing is right as well. */
const UNUSUAL: readonly (readonly [name: string, bytes: Buffer])[] = [
  ['folders', archiveOf(member({ name: 'a/', type: '5', mode: 0o755 }), file('a/b'))],
  ['folders without a slash', archiveOf(member({ name: 'a', type: '5', mode: 0o755 }), file('a/b'))],
  ['a folder of a prefix alone', archiveOf(member({ prefix: 'a', type: '5', mode: 0o755 }), file('a/b'))],
  [
    'a folder twice',
    archiveOf(member({ name: 'a/', type: '5', mode: 0o755 }), member({ name: 'a/', type: '5', mode: 0o755 })),
  ],
  ['old files', archiveOf(member({ name: 'a', type: '\0', data: 'old' }))],
  ['pax above an old file', archiveOf(pax(['path', 'b']), member({ name: 'a', type: '\0', data: 'old' }))],
  ['pax above a folder', archiveOf(pax(['path', 'b']), member({ name: 'a/', type: '5', mode: 0o755 }), file('b/c'))],
  ['pax with the right size', archiveOf(pax(['size', '13'], ['path', 'b']), file('a'))],
  ['pax with a smaller size', archiveOf(pax(['size', '0']), member({ name: 'a', data: file('hidden') }))],
  ['pax with a larger size', archiveOf(pax(['size', String(2 * BLOCK)]), member({ name: 'a' }), file('b'), file('c'))],
  ['pax with nothing', archiveOf(paxOf(''), file('a'))],
  ['pax with a path of digits', archiveOf(pax(['path', '007']), file('a'))],
  ['pax with a path that looks like a record', archiveOf(pax(['path', '9 size=0']), file('a'))],
  ['pax with a path with an equals sign', archiveOf(pax(['path', 'a=b=c']), file('a'))],
  ['pax whose own header has an owner beyond all numbers', archiveOf(paxOf('9 path=b\n', { uid: BEYOND }), file('a'))],
  ['pax whose own header has no name', archiveOf(paxOf('9 path=b\n', { name: '' }), file('a'))],
  ['pax whose own header has a link', archiveOf(paxOf('9 path=b\n', { link: 'x' }), file('a'))],
  [
    'a prefix that is no text below pax',
    archiveOf(pax(['path', 'b']), member({ name: 'a', rest: '', prefix: ODD, data: 'x' })),
  ],
  ['an owner beyond all numbers', archiveOf(member({ name: 'a', uid: BEYOND, data: 'x' }))],
  ['pax of setuid', archiveOf(paxOf('9 path=b\n', { mode: 0o4755 }), file('a'))],
  ['a name in UTF-8', archiveOf(file('é日本😀'))],
  ['a name of 100 bytes', archiveOf(file('n'.repeat(100)))],
  ['a prefix of 130 bytes', archiveOf(member({ name: 'a', prefix: 'p'.repeat(130), data: 'x' }))],
  ['a prefix of 131 bytes', archiveOf(member({ name: 'a', prefix: 'p'.repeat(131), data: 'x' }))],
  ['a prefix of 155 bytes', archiveOf(member({ name: 'n'.repeat(100), prefix: 'p'.repeat(155), data: 'x' }))],
  ['a file with a link', archiveOf(member({ name: 'a', link: '../x', data: 'x' }))],
  [
    'a file with owner, group and device',
    archiveOf(member({ name: 'a', uid: 501, gid: 20, user: 'me', major: 8, data: 'x' })),
  ],
  ['numbers with blanks', archiveOf(member({ name: 'a', mode: '   644 \0', size: '          1\0', data: 'x' }))],
  ['numbers that end with NUL and a blank', archiveOf(member({ name: 'a', size: '0000000001\0 ', data: 'x' }))],
  ['a short number', archiveOf(member({ name: 'a', size: '1\0', mode: '644\0', data: 'x' }))],
  ['the bits of a file type in the mode', archiveOf(member({ name: 'a', mode: 0o100755, data: 'x' }))],
  ['only the group may execute', archiveOf(member({ name: 'a', mode: 0o654, data: 'x' }))],
  ['an owner that is not a number', archiveOf(member({ name: 'a', uid: 'root\0', data: 'x' }))],
  ['a time that is not a number', archiveOf(member({ name: 'a', seconds: 'now\0', data: 'x' }))],
  ['a negative time', archiveOf(member({ name: 'a', seconds: Buffer.alloc(12, 255), data: 'x' }))],
  ['text after the prefix', archiveOf(member({ name: 'a', rest: 'rest', data: 'x' }))],
  [
    'the mark of star after the prefix',
    archiveOf(member({ name: 'a', prefix: 'b', rest: '\0\0\0\0\0\0\0\0tar\0', data: 'x' })),
  ],
  ['many empty blocks at its end', gzip(Buffer.concat([file('a'), Buffer.alloc(20 * BLOCK)]))],
  ['an end that is no whole block', gzip(Buffer.concat([file('a'), Buffer.alloc(2 * BLOCK + 7)]))],
]

/** `undefined` when we refuse: then nobody can differ. */
function acceptedLines(bytes: Uint8Array): Line[] | undefined {
  try {
    return ours(bytes)
  } catch (error) {
    expect(isAamError(error) ? error.code : error).toMatch(/^ARCHIVE_(?:INVALID|TOO_LARGE)$/)
    return undefined
  }
}

describe('unusual archives that we accept are read alike by node-tar', () => {
  test.each(UNUSUAL)('%s', (_, bytes) => {
    const expected = acceptedLines(bytes)
    if (expected !== undefined) expect(nodeTarLists(bytes)).toEqual(expected)
  })
})

describe('unusual archives that we accept are read alike by GNU tar', () => {
  for (const [name, bytes] of UNUSUAL) {
    gnuTest(name, () => {
      const expected = acceptedLines(bytes)
      if (expected !== undefined) expect(gnuTarExtracts(bytes)).toEqual(expected)
    })
  }
})

// ── damage ──────────────────────────────────────────────────────────────────────────────────────────────────────────

describe('damaged archives', () => {
  const valid = pack([
    { path: 'package.agent.json', data: Buffer.from('{}'), executable: false },
    { path: 'bin/run', data: Buffer.from('#!/bin/sh\n'.repeat(100)), executable: true },
    { path: `${'n'.repeat(120)}/é.md`, data: Buffer.alloc(3000, 'text '), executable: false },
    { path: `${'p'.repeat(120)}/name.md`, data: Buffer.of(), executable: false },
  ])
  const plain = gunzipSync(valid)
  const flips = (length: number): fc.Arbitrary<[at: number, bits: number][]> =>
    fc.array(fc.tuple(fc.nat(length - 1), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 4 })

  test('are refused, or mean what they meant', () => {
    const expected = ours(valid)
    fc.assert(
      fc.property(flips(valid.length), changes => {
        const lines = acceptedLines(flipped(valid, changes))
        if (lines !== undefined) expect(lines).toEqual(expected)
      }),
      { numRuns: 600 },
    )
  })

  test('are refused, or mean what they meant, whichever single bit has changed', () => {
    const expected = ours(valid)
    for (let bit = 0; bit < valid.length * 8; bit++) {
      const lines = acceptedLines(flipped(valid, [[bit >> 3, 1 << (bit & 7)]]))
      if (lines !== undefined && lines.join() !== expected.join()) expect.fail(`bit ${String(bit)} is not noticed`)
    }
  })

  test('whose checksums are right are refused, or read alike by node-tar', () => {
    fc.assert(
      fc.property(flips(headerBytes(plain).length), changes => {
        const bytes = forged(changes)
        const lines = acceptedLines(bytes)
        if (lines !== undefined) expect(nodeTarLists(bytes)).toEqual(lines)
      }),
      { numRuns: 1500 },
    )
  })

  gnuTest('whose checksums are right are refused, or listed alike by GNU tar', () => {
    fc.assert(
      fc.property(flips(headerBytes(plain).length), changes => {
        const bytes = forged(changes)
        if (acceptedLines(bytes) === undefined) return
        const paths = readArchive(bytes, 'forged.aam').map(({ path }) => path)
        expect(gnuTarLists(bytes)).toEqual(paths.sort())
      }),
      { numRuns: 200 },
    )
  })

  function flipped(bytes: Buffer, changes: readonly (readonly [at: number, bits: number])[]): Buffer {
    const copy = Buffer.from(bytes)
    for (const [at, bits] of changes) copy[at]! ^= bits
    return copy
  }

  /** Changes headers and pax records only, and makes all checksums right again. */
  function forged(changes: readonly (readonly [at: number, bits: number])[]): Buffer {
    const offsets = headerBytes(plain)
    const tar = flipped(
      plain,
      changes.map(([index, bits]) => [offsets[index]!, bits] as const),
    )
    for (const at of headersOf(plain)) fixChecksum(tar, at)
    return gzip(tar)
  }

  /** Where the bytes are that a reader interprets. */
  function headerBytes(tar: Buffer): number[] {
    return headersOf(tar).flatMap(at => {
      const isPax = tar[at + 156] === 0x78
      return Array.from({ length: isPax ? BLOCK + sizeAt(tar, at) : BLOCK }, (_, index) => at + index)
    })
  }

  function headersOf(tar: Buffer): number[] {
    const found: number[] = []
    for (let at = 0; tar[at] !== 0; at += BLOCK + Math.ceil(sizeAt(tar, at) / BLOCK) * BLOCK) found.push(at)
    return found
  }

  function sizeAt(tar: Buffer, at: number): number {
    return Number.parseInt(tar.toString('latin1', at + 124, at + 135), 8)
  }
})
