/** The tricks that archives play. Each is refused as a whole, with the right failure, before anything is written. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execPath, chdir, cwd } from 'node:process'
import { deflateRawSync, gzipSync } from 'node:zlib'
import { LIMITS, readArchive, unpackEntries } from '@aam/archive'
import { type FailureCode, isAamError } from '@aam/core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { chunksOf, verdictOf } from './arriving.ts'
import { BOMBS } from './bombs.ts'
import type { Outcome } from './read-alone.ts'
import {
  BLOCK,
  type Member,
  archiveOf,
  base256,
  gnuLong,
  gzip,
  gzipBomb,
  member,
  pax,
  paxOf,
  paxRecord,
  tarOf,
} from './tar-builder.ts'

type Trick = {
  readonly name: string
  readonly bytes: Uint8Array
  /** Part of the message. */
  readonly says: string
  readonly code?: FailureCode
  /** Part of the message when it is inspected on its way, where another thing that is wrong with it comes first. */
  readonly arriving?: string
}

// An accepted trick must not spoil the next one.
afterEach(() => {
  rmSync(join(inside, 'unpacked'), { recursive: true, force: true })
})

let outside = ''
let inside = ''
const home = cwd()

beforeAll(() => {
  outside = mkdtempSync(join(tmpdir(), 'aam-hostile-'))
  inside = join(outside, 'work', 'here')
  mkdirSync(inside, { recursive: true })
  chdir(inside)
})

afterAll(() => {
  chdir(home)
  rmSync(outside, { recursive: true })
})

/** Plays tricks as they would be met: reading, then unpacking into a new folder. */
function refuses(tricks: readonly Trick[]): void {
  test.each(tricks)('$name', async ({ bytes, says, code = 'ARCHIVE_INVALID', arriving }) => {
    const install = (): void => {
      unpackEntries(readArchive(bytes, 'trick.aam'), 'unpacked')
    }
    const failure = failureOf(install)
    expect(failure).toEqual({ code, message: expect.stringContaining(says) as string })
    expect(readdirSync(outside, { recursive: true }).sort()).toEqual(['work', join('work', 'here')])
    const inspected = await verdictOf(chunksOf(bytes, 1000), 'trick.aam')
    if (arriving === undefined) expect(inspected).toEqual(failure)
    else expect(inspected).toEqual({ code: 'ARCHIVE_INVALID', message: expect.stringContaining(arriving) as string })
  })
}

function failureOf(attempt: () => void): { readonly code: string; readonly message: string } {
  try {
    attempt()
  } catch (error) {
    if (isAamError(error)) return { code: error.code, message: error.message }
    return { code: 'not an AamError', message: String(error) }
  }
  return { code: 'none', message: 'it was accepted' }
}

const file = (name: Member['name'] & {}, data = 'x'): Buffer => member({ name, data })
const folder = (name: string): Buffer => member({ name, type: '5', mode: 0o755 })

// ── paths ───────────────────────────────────────────────────────────────────────────────────────────────────────────

const LEAVES = 'leaves the package'
const ABSOLUTE = 'is absolute'
const BACKSLASH = 'has a backslash'
const STEP = 'has an empty or "." step'
const ENDING = 'ends in a dot or a blank'
const RESERVED = 'Windows reserves'
const CHARACTER = 'Windows cannot hold'
const GIT = 'is inside .git'
const NFC = 'is not in Unicode normal form NFC'

const WRONG_PATHS: readonly (readonly [path: string, says: string])[] = [
  ['..', LEAVES],
  ['../x', LEAVES],
  ['../../../../../../etc/passwd', LEAVES],
  ['a/..', LEAVES],
  ['a/../x', LEAVES],
  ['a/../../x', LEAVES],
  ['a/b/../../../x', LEAVES],
  ['/x', ABSOLUTE],
  ['//x', ABSOLUTE],
  ['/../x', ABSOLUTE],
  ['C:x', ABSOLUTE],
  ['c:/x', ABSOLUTE],
  ['C:\\x', ABSOLUTE],
  ['\\x', BACKSLASH],
  ['\\\\server\\share\\x', BACKSLASH],
  ['..\\x', BACKSLASH],
  ['a\\..\\..\\x', BACKSLASH],
  ['a/..\\..\\x', BACKSLASH],
  ['a\\', BACKSLASH],
  ['a//x', STEP],
  ['.', STEP],
  ['./x', STEP],
  ['a/.', STEP],
  ['a/./x', STEP],
  ['a/', STEP],
  ['a//', STEP],
  ['...', ENDING],
  ['a.', ENDING],
  ['a ', ENDING],
  ['.. ', ENDING],
  ['.. /x', ENDING],
  ['../ x', LEAVES],
  ['a./x', ENDING],
  ['a /x', ENDING],
  ['.git.', ENDING],
  ['.git /config', ENDING],
  [' ', ENDING],
  ['aux', RESERVED],
  ['con.txt', RESERVED],
  ['nul', RESERVED],
  ['NUL.tar.gz', RESERVED],
  ['Prn', RESERVED],
  ['com1', RESERVED],
  ['LPT9.md', RESERVED],
  ['com\u00b9', RESERVED],
  ['skills/aux/SKILL.md', RESERVED],
  ['aux.d/x', RESERVED],
  ['.git', GIT],
  ['.git/config', GIT],
  ['.GIT/hooks/pre-commit', GIT],
  ['.gIt/x', GIT],
  ['a/.git/hooks/post-checkout', GIT],
  ['cafe\u0301.md', NFC],
  ['cafe\u0301/x', NFC],
  ['\u212a.md', NFC],
  ['a\nb', CHARACTER],
  ['a\rb', CHARACTER],
  ['a\u001b[2Jb', CHARACTER],
  ['a\u007fb', CHARACTER],
  ['a:b', ABSOLUTE],
  ['x:$DATA', ABSOLUTE],
  ['ab:stream', CHARACTER],
  ['a?', CHARACTER],
  ['a*b', CHARACTER],
  ['a|b', CHARACTER],
  ['a"b', CHARACTER],
  ['<a>', CHARACTER],
  ['\ufeff../x', ENDING],
]

describe('a path that is not safe everywhere is refused', () => {
  describe('as the name of the header', () => {
    refuses(WRONG_PATHS.map(([path, says]) => ({ name: shown(path), says, bytes: archiveOf(file(path)) })))
  })

  describe('as prefix and name', () => {
    const split = WRONG_PATHS.filter(([path]) => path.lastIndexOf('/') > 0)
    refuses(
      split.map(([path, says]) => {
        const slash = path.lastIndexOf('/')
        const bytes = archiveOf(member({ prefix: path.slice(0, slash), name: path.slice(slash + 1), data: 'x' }))
        return { name: shown(path), says, bytes }
      }),
    )
  })

  describe('as a pax path above an innocent name', () => {
    refuses(
      WRONG_PATHS.map(([path, says]) => {
        return { name: shown(path), says, bytes: archiveOf(pax(['path', path]), file('innocent')) }
      }),
    )
  })

  describe('as an innocent pax path above a wrong name followed by the wrong name alone', () => {
    refuses(
      WRONG_PATHS.map(([path, says]) => {
        return { name: shown(path), says, bytes: archiveOf(pax(['path', 'innocent']), file(path), file(path)) }
      }),
    )
  })

  describe('as a folder', () => {
    // One slash at the end is how a folder is written.
    const wrong = WRONG_PATHS.filter(([path]) => path !== 'a/')
    refuses(
      wrong.map(([path, says]) => ({ name: shown(path), says, bytes: archiveOf(folder(path.replace(/\/?$/, '/'))) })),
    )
  })

  describe('as a GNU long name', () => {
    refuses(
      WRONG_PATHS.map(([path]) => {
        const bytes = archiveOf(gnuLong('L', path), file('innocent'))
        return { name: shown(path), says: 'not POSIX ustar', bytes }
      }),
    )
  })

  refuses([
    {
      name: 'a path that leaves the package, below an innocent pax path',
      says: '',
      bytes: archiveOf(pax(['path', 'innocent']), file('../x')),
    },
    { name: 'no name', says: 'has no name', bytes: archiveOf(file('')) },
    { name: 'an empty pax path', says: 'has no name', bytes: archiveOf(pax(['path', '']), file('a')) },
    { name: 'a folder with no name', says: 'has no name', bytes: archiveOf(folder('/')) },
    { name: 'a prefix alone', says: STEP, bytes: archiveOf(member({ prefix: 'a', data: 'x' })) },
    { name: 'a prefix that is the root', says: ABSOLUTE, bytes: archiveOf(member({ prefix: '/', name: 'x' })) },
    { name: 'a prefix that ends in a slash', says: STEP, bytes: archiveOf(member({ prefix: 'a/', name: 'x' })) },
    { name: 'a name after the NUL', says: 'after its end', bytes: archiveOf(file('a\0b')) },
    { name: 'a name after many NULs', says: 'after its end', bytes: archiveOf(file(`a${'\0'.repeat(98)}b`)) },
    { name: 'a name behind a NUL', says: 'after its end', bytes: archiveOf(file('\0../x')) },
    { name: 'a prefix after the NUL', says: 'after its end', bytes: archiveOf(member({ name: 'a', prefix: '\0..' })) },
    {
      name: 'a last byte of the prefix alone',
      says: 'after its end',
      bytes: archiveOf(member({ name: 'a', prefix: `${'\0'.repeat(154)}b` })),
    },
    { name: 'NUL in a pax path', says: 'NUL', bytes: archiveOf(pax(['path', 'a\0.txt']), file('a')) },
    { name: 'NUL at the end of a pax path', says: 'NUL', bytes: archiveOf(pax(['path', 'a\0']), file('a')) },
    { name: 'a name that is not UTF-8', says: 'not UTF-8', bytes: archiveOf(file(Buffer.from([0x61, 0xff]))) },
    { name: 'overlong UTF-8', says: 'not UTF-8', bytes: archiveOf(file(Buffer.from([0x2e, 0xc0, 0xae, 0x2f]))) },
    {
      name: 'a surrogate in UTF-8',
      says: 'not UTF-8',
      bytes: archiveOf(pax(['path', Buffer.from([0x61, 0xed, 0xa0, 0x80])]), file('a')),
    },
    {
      name: 'UTF-8 cut off by the end of the name',
      says: 'not UTF-8',
      bytes: archiveOf(file(Buffer.from(`${'a'.repeat(99)}é`).subarray(0, 100))),
    },
    {
      name: 'UTF-8 spread over prefix and name',
      says: 'not UTF-8',
      bytes: archiveOf(member({ prefix: Buffer.from([0xc3]), name: Buffer.from([0xa9]) })),
    },
    ...tooLong('a'.repeat(LIMITS.segment + 1), 'a step of 256 letters'),
    ...tooLong(`a/${'é'.repeat(128)}/b`, 'a step of 128 letters and 256 bytes'),
    ...tooLong('a/'.repeat(512) + 'b', 'a path of 1,025 bytes'),
    ...tooLong('é/'.repeat(341) + 'éé', 'a path of 684 letters and 1,027 bytes'),
    ...tooLong('a/'.repeat(3000) + 'b', 'a path of 6,001 bytes'),
  ])

  function tooLong(path: string, name: string): Trick[] {
    return [{ name, says: 'longer than', bytes: archiveOf(pax(['path', path]), file('short')) }]
  }
})

/** For a test's name. */
function shown(path: string): string {
  return JSON.stringify(path).replace(/[^ -~]/g, letter => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

// ── kinds of members ────────────────────────────────────────────────────────────────────────────────────────────────

describe('what is neither a file nor a folder is refused', () => {
  const link = (type: string, target: string): Buffer => member({ name: 'a', type, link: target })
  const symbolic = 'is a symbolic link'
  const hard = 'is a hard link'
  const posix = (type: string): Buffer => archiveOf(member({ name: 'a', type, data: '../x\0' }), file('b'))
  refuses([
    { name: 'symbolic link outside', says: symbolic, bytes: archiveOf(link('2', '../../outside')) },
    { name: 'symbolic link to an absolute path', says: symbolic, bytes: archiveOf(link('2', '/etc/passwd')) },
    { name: 'symbolic link inside', says: symbolic, bytes: archiveOf(file('b'), link('2', 'b')) },
    { name: 'symbolic link to nothing', says: symbolic, bytes: archiveOf(link('2', '')) },
    { name: 'link, then a file through it', says: symbolic, bytes: archiveOf(link('2', '..'), file('a/x')) },
    { name: 'link, then a file in its place', says: symbolic, bytes: archiveOf(link('2', '../x'), file('a')) },
    {
      name: 'file, then a link in its place',
      says: symbolic,
      bytes: archiveOf(file('a'), link('2', '../x'), file('a')),
    },
    { name: 'folder, then a link in its place', says: symbolic, bytes: archiveOf(folder('a/'), link('2', '..')) },
    {
      name: 'symbolic link whose target is in pax',
      says: "'linkpath'",
      bytes: archiveOf(pax(['linkpath', '../x']), link('2', 'b')),
    },
    { name: 'symbolic link named by pax', says: symbolic, bytes: archiveOf(pax(['path', 'b']), link('2', '..')) },
    { name: 'hard link outside', says: hard, bytes: archiveOf(link('1', '../x')) },
    { name: 'hard link inside', says: hard, bytes: archiveOf(file('b'), link('1', 'b')) },
    { name: 'hard link to itself', says: hard, bytes: archiveOf(link('1', 'a')) },
    { name: 'hard link with data', says: hard, bytes: archiveOf(member({ name: 'a', type: '1', data: 'x' })) },
    { name: 'character device', says: 'is a device', bytes: archiveOf(member({ name: 'a', type: '3', major: 1 })) },
    { name: 'block device', says: 'is a device', bytes: archiveOf(member({ name: 'a', type: '4', minor: 3 })) },
    { name: 'pipe', says: 'is a pipe', bytes: archiveOf(member({ name: 'a', type: '6' })) },
    { name: 'contiguous file', says: 'unknown type', bytes: posix('7') },
    { name: 'sparse file', says: 'is a sparse file', bytes: posix('S') },
    { name: 'GNU long name with the magic of POSIX', says: 'GNU long name', bytes: posix('L') },
    { name: 'GNU long link with the magic of POSIX', says: 'GNU long link', bytes: posix('K') },
    { name: 'GNU long link', says: 'not POSIX ustar', bytes: archiveOf(gnuLong('K', '../x'), file('a')) },
    { name: 'global pax header', says: 'global pax header', bytes: posix('g') },
    {
      name: 'global pax header with a path',
      says: 'global pax header',
      bytes: archiveOf(paxOf(paxRecord('path', '../x'), { type: 'g' }), file('a')),
    },
    {
      name: 'global pax header with a comment, as git archive writes',
      says: 'global pax header',
      bytes: archiveOf(paxOf(paxRecord('comment', 'abc'), { type: 'g', name: 'pax_global_header' }), file('a')),
    },
    { name: 'pax header of Solaris', says: 'unknown type', bytes: posix('X') },
    { name: 'folder listing of GNU', says: 'unknown type', bytes: posix('D') },
    { name: 'continuation of GNU', says: 'unknown type', bytes: posix('M') },
    { name: 'old long name of GNU', says: 'unknown type', bytes: posix('N') },
    { name: 'label of GNU', says: 'unknown type', bytes: posix('V') },
    { name: 'access list', says: 'unknown type', bytes: posix('A') },
    { name: 'inode', says: 'unknown type', bytes: posix('I') },
    { name: 'a type that nobody knows', says: 'unknown type', bytes: posix('Z') },
    { name: 'the type blank', says: 'unknown type', bytes: posix(' ') },
    { name: 'the type 255', says: 'unknown type', bytes: archiveOf(member({ name: 'a', type: Buffer.of(255) })) },
    {
      name: 'folder with contents',
      says: 'has contents of its own',
      bytes: archiveOf(member({ name: 'a/', type: '5', data: 'x' })),
    },
    {
      name: 'folder with contents by pax',
      says: 'another size',
      bytes: archiveOf(pax(['size', '1']), member({ name: 'a/', type: '5', size: 0, data: 'x' })),
    },
    { name: 'old file with a slash at its end', says: STEP, bytes: archiveOf(member({ name: 'a/', type: '\0' })) },
  ])
})

describe('bits that change who someone is are refused', () => {
  const bits = 'setuid, setgid or sticky'
  const withMode = (mode: number | string, type = '0'): Buffer => archiveOf(member({ name: 'a', mode, type }))
  refuses([
    { name: 'setuid', says: bits, bytes: withMode(0o4755) },
    { name: 'setgid', says: bits, bytes: withMode(0o2755) },
    { name: 'sticky', says: bits, bytes: withMode(0o1777) },
    { name: 'all of them on a folder', says: bits, bytes: withMode(0o7777, '5') },
    { name: 'setuid beside the bits of a file type', says: bits, bytes: withMode(0o104755) },
    { name: 'setuid in eight digits', says: bits, bytes: withMode('00004755') },
    { name: 'setuid after blanks', says: bits, bytes: withMode('   4755\0') },
    { name: 'a mode that is not a number', says: 'no readable mode', bytes: withMode('rwxr-xr') },
    {
      name: 'a mode that is not a number, of a pax header',
      says: 'no readable mode',
      bytes: archiveOf(member({ name: 'pax', type: 'x', mode: 'rwxr-xr', data: '11 path=ab\n' }), file('a')),
    },
    { name: 'an empty mode', says: 'no readable mode', bytes: withMode('\0') },
    { name: 'a negative mode', says: 'no readable mode', bytes: withMode('-000644\0') },
    {
      name: 'setuid in base 256',
      says: 'no readable mode',
      bytes: archiveOf(member({ name: 'a', mode: base256(0o4755n, 8) })),
    },
  ])
})

// ── pax ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

describe('a pax header that is anything but one path and one size is refused', () => {
  const above = (...paxes: readonly Buffer[]): Buffer => archiveOf(...paxes, file('a'))
  const unread = [
    'mtime',
    'atime',
    'linkpath',
    'uname',
    'uid',
    'hdrcharset',
    'charset',
    'comment',
    'GNU.sparse.major',
    'GNU.sparse.name',
    'GNU.sparse.realsize',
    'SCHILY.xattr.user.x',
    'SCHILY.dev',
    'LIBARCHIVE.xattr.x',
    'APPLE',
    'PATH',
    ' path',
    'path ',
    '__proto__',
    'constructor',
    '',
  ]
  refuses(unread.map(key => ({ name: `the record ${shown(key)}`, says: 'not read', bytes: above(pax([key, 'x'])) })))

  const damaged: readonly (readonly [name: string, data: string])[] = [
    ['a length that is too long', '99 path=b\n'],
    ['a length that is one too long', '11 path=b\n'],
    ['a length that is one too short', '8 path=b\n'],
    ['a length of zero', '0 path=b\n'],
    ['a negative length', '-10 path=b\n'],
    ['a length with a sign', '+10 path=b\n'],
    ['a length with a leading zero', '010 path=b\n'],
    ['a length in hexadecimal', '0xa path=b\n'],
    ['a length with a point', '10.0 path=b\n'],
    ['a length of many digits', '00000000000000000010 path=b\n'],
    ['a length that overflows', '18446744073709551626 path=b\n'],
    ['no length', ' path=b\n'],
    ['a blank before the length', ' 11 path=b\n'],
    ['a tab after the length', '10\tpath=b\n'],
    ['no newline', '9 path=b'],
    ['NUL instead of the newline', '10 path=b\0'],
    ['no equals sign', '7 path\n'],
    ['an equals sign in the next record only', '7 path\n10 path=b\n'],
    ['an equals sign before the key only', '=10 path b\n'],
    ['NUL after the records', '10 path=b\n\0'],
    ['a newline after the records', '10 path=b\n\n'],
    ['half a record after the records', '10 path=b\n10 pa'],
    ['text only', 'path=b\n'],
    ['a length into the middle of the next record', '15 path=b\n10 path=c\n'],
    ['NUL only', '\0'.repeat(BLOCK)],
  ]
  refuses(damaged.map(([name, data]) => ({ name, says: 'pax header is damaged', bytes: above(paxOf(data)) })))

  const sizes = ['-1', '+1', '1e3', '0x1', ' 1', '1 ', '', '01', '1.0', '1\n', '9999999999999', 'NaN', '１']
  refuses(
    sizes.map(size => {
      return { name: `the size ${shown(size)}`, says: 'size that is not a number', bytes: above(pax(['size', size])) }
    }),
  )

  refuses([
    { name: 'path twice', says: "'path' twice", bytes: above(pax(['path', 'b'], ['path', 'c'])) },
    { name: 'the same path twice', says: "'path' twice", bytes: above(pax(['path', 'b'], ['path', 'b'])) },
    { name: 'size twice', says: "'size' twice", bytes: above(pax(['size', '1'], ['size', '1'])) },
    { name: 'size zero twice', says: "'size' twice", bytes: above(pax(['size', '0'], ['size', '0'])) },
    { name: 'two pax headers', says: 'follows another', bytes: above(pax(['path', 'b']), pax(['path', 'c'])) },
    { name: 'two empty pax headers', says: 'follows another', bytes: above(paxOf(''), paxOf('')) },
    { name: 'a pax header with no entry', says: 'has no entry', bytes: archiveOf(file('a'), pax(['path', 'b'])) },
    { name: 'a path that is not UTF-8', says: 'not UTF-8', bytes: above(pax(['path', Buffer.of(0xff)])) },
    {
      name: 'a record hidden in a path',
      says: CHARACTER,
      bytes: above(pax(['path', `b\n${paxRecord('size', '0').toString()}`.trimEnd()])),
    },
    { name: 'contents cut off', says: 'is cut off', bytes: gzip(paxOf('', { size: 10_000 })) },
    { name: 'contents without an end', says: 'longer than', bytes: above(paxOf('', { size: '77777777777\0' })) },
    { name: 'contents longer than any path', says: 'longer than', bytes: above(paxOf('\0'.repeat(LIMITS.pax + 1))) },
    {
      name: 'padding that is not empty',
      says: 'padding',
      bytes: above(member({ name: 'pax', type: 'x', data: paxRecord('path', 'b'), fill: 0x20 })),
    },
    {
      name: 'a size that swallows the next member',
      says: 'size',
      bytes: archiveOf(pax(['size', String(2 * BLOCK)]), member({ name: 'a' }), file('b'), file('c')),
    },
    {
      name: 'a size that lets contents be a member',
      says: 'size',
      bytes: archiveOf(pax(['size', '0']), member({ name: 'a', data: file('hidden') })),
    },
    {
      name: 'a size within the same block',
      says: 'size',
      bytes: archiveOf(pax(['size', '1']), member({ name: 'a', size: 0, data: 'x' })),
    },
    {
      name: 'a size that ends in the padding',
      says: 'another size',
      bytes: archiveOf(pax(['size', '1']), member({ name: 'a', data: 'xy' })),
    },
    {
      name: 'a size beyond the archive',
      says: 'another size',
      bytes: archiveOf(pax(['size', '999999999999']), file('a')),
    },
  ])
})

// ── headers ─────────────────────────────────────────────────────────────────────────────────────────────────────────

describe('a size that is not a plain octal number within the archive is refused', () => {
  const unreadable = 'no readable size'
  const sized = (size: Member['size'] & {}): Buffer => archiveOf(member({ name: 'a', size }), file('b'))
  refuses([
    { name: 'base 256', says: unreadable, bytes: sized(base256(1n, 12)) },
    { name: 'base 256 of zero', says: unreadable, bytes: sized(base256(0n, 12)) },
    { name: 'base 256 of 2^64', says: unreadable, bytes: sized(base256(1n << 64n, 12)) },
    { name: 'base 256, negative', says: unreadable, bytes: sized(base256(-1n, 12)) },
    { name: 'base 256, negative block', says: unreadable, bytes: sized(base256(-512n, 12)) },
    { name: 'a minus sign', says: unreadable, bytes: sized('-0000000001\0') },
    { name: 'a plus sign', says: unreadable, bytes: sized('+0000000001\0') },
    { name: 'the digit 8', says: unreadable, bytes: sized('00000000008\0') },
    { name: 'hexadecimal', says: unreadable, bytes: sized('0x000000001\0') },
    { name: 'no digits', says: unreadable, bytes: sized('') },
    { name: 'blanks only', says: unreadable, bytes: sized(' '.repeat(12)) },
    { name: 'digits after the NUL', says: unreadable, bytes: sized('0000\x000000001') },
    { name: 'digits after a blank', says: unreadable, bytes: sized('0000 0000001') },
    { name: 'NUL before the digits', says: unreadable, bytes: sized('\x000000000001') },
    { name: 'a tab before the digits', says: unreadable, bytes: sized('\t0000000001\0') },
    { name: 'twelve digits', says: unreadable, bytes: sized('000000000001') },
    { name: 'twelve digits that overflow', says: unreadable, bytes: sized('777777777777') },
    { name: 'letters', says: unreadable, bytes: sized('size\0') },
    { name: '8 GB', says: 'cut off', bytes: sized('77777777777\0') },
    { name: '100 MB in a single header', says: 'cut off', bytes: sized(100 * 1024 * 1024) },
    { name: 'as far as the archive and one byte', says: 'cut off', bytes: sized(4 * BLOCK + 1) },
    { name: 'as far as the archive, end mark included', says: 'no end mark', bytes: sized(4 * BLOCK) },
    { name: 'as far as the next header', says: 'wrong checksum', bytes: sized(BLOCK) },
  ])
})

describe('a header that is not POSIX ustar with a right checksum is refused', () => {
  const wrong = 'wrong checksum'
  const summed = (checksum: Member['checksum'] & {}): Buffer => archiveOf(member({ name: 'a', checksum }))
  const magical = (magic: string): Buffer => archiveOf(member({ name: 'a', magic }))
  const foreign = 'not POSIX ustar'
  refuses([
    { name: 'checksum of zero', says: wrong, bytes: summed(0) },
    { name: 'no checksum', says: wrong, bytes: summed('') },
    { name: 'checksum of blanks', says: wrong, bytes: summed(' '.repeat(8)) },
    { name: 'checksum that is not a number', says: wrong, bytes: summed('checksum') },
    { name: 'checksum that is one too high', says: wrong, bytes: oneHigher() },
    { name: 'checksum of signed bytes', says: wrong, bytes: signedSum() },
    { name: 'checksum in base 256', says: wrong, bytes: summed(base256(BigInt(checksumOf(member({ name: 'a' }))), 8)) },
    { name: 'wrong checksum of the second header', says: wrong, bytes: archiveOf(file('a'), corrupt(file('b'))) },
    { name: 'wrong checksum of a pax header', says: wrong, bytes: archiveOf(corrupt(pax(['path', 'b'])), file('a')) },
    { name: 'magic of GNU', says: foreign, bytes: magical('ustar  \0') },
    { name: 'no magic, as in version 7', says: foreign, bytes: magical('') },
    { name: 'magic without a version', says: foreign, bytes: magical('ustar\0') },
    { name: 'magic with another version', says: foreign, bytes: magical('ustar\x0001') },
    { name: 'magic in capitals', says: foreign, bytes: magical('USTAR\x0000') },
    { name: 'text', says: wrong, bytes: gzip(Buffer.alloc(4 * BLOCK, 'hello ')) },
    { name: 'cpio', says: wrong, bytes: gzip(Buffer.concat([Buffer.from('070701'), Buffer.alloc(4 * BLOCK)])) },
    { name: 'gzip in gzip', says: wrong, bytes: gzip(gzip(Buffer.from(noise(4 * BLOCK)))) },
  ])

  function checksumOf(block: Buffer): number {
    return Number.parseInt(block.toString('latin1', 148, 154), 8)
  }

  function oneHigher(): Buffer {
    const checksum = `${(checksumOf(member({ name: 'a' })) + 1).toString(8).padStart(6, '0')}\0 `
    return archiveOf(member({ name: 'a', checksum }))
  }

  /** Old tar programs added the bytes as signed numbers. */
  function signedSum(): Buffer {
    const sum = checksumOf(member({ name: 'é' })) - 2 * 256
    return archiveOf(member({ name: 'é', checksum: `${sum.toString(8).padStart(6, '0')}\0 ` }))
  }

  function corrupt(bytes: Buffer): Buffer {
    const copy = Buffer.from(bytes)
    copy[0]! ^= 1
    return copy
  }
})

// ── what is there twice ─────────────────────────────────────────────────────────────────────────────────────────────

describe('two entries that are one file, or a file and a folder, somewhere are refused', () => {
  const twice = 'is there twice'
  const both = 'is a file and a folder'
  const below = 'is below something that is a file'
  refuses([
    { name: 'a file twice', says: twice, bytes: archiveOf(file('a'), file('b'), file('a')) },
    { name: 'two manifests', says: twice, bytes: twoManifests() },
    { name: 'a file twice, once by pax', says: twice, bytes: archiveOf(file('a'), pax(['path', 'a']), file('b')) },
    { name: 'a file twice, once by prefix', says: twice, bytes: archiveOf(file('d/a'), splitFile('d', 'a')) },
    { name: 'a file twice, once of the old type', says: twice, bytes: archiveOf(file('a'), member({ name: 'a' })) },
    { name: 'other letter case', says: twice, bytes: archiveOf(file('readme.md'), file('README.md')) },
    { name: 'other letter case in the folder', says: twice, bytes: archiveOf(file('Skills/x'), file('skills/x')) },
    { name: 'other letter case beyond ASCII', says: twice, bytes: archiveOf(file('É'), file('é')) },
    { name: 'other letter case of ß', says: twice, bytes: archiveOf(file('straße'), file('STRASSE')) },
    { name: 'long s and s', says: twice, bytes: archiveOf(file('ſ'), file('s')) },
    { name: 'final sigma', says: twice, bytes: archiveOf(file('ΟΣ'), file('ος'), file('οσ')) },
    { name: 'a file, then a folder', says: 'is a folder and a file', bytes: archiveOf(file('a'), folder('a/')) },
    {
      name: 'a file, then a folder in other letter case',
      says: 'is a folder and a file',
      bytes: archiveOf(file('a'), folder('A/')),
    },
    { name: 'a folder, then a file', says: both, bytes: archiveOf(folder('a/'), file('a')) },
    { name: 'a folder, then a file in other letter case', says: both, bytes: archiveOf(folder('a/'), file('A')) },
    { name: 'a file below, then a file', says: both, bytes: archiveOf(file('a/b/c'), file('a/b')) },
    { name: 'a file below, then a file far above', says: both, bytes: archiveOf(file('a/b/c'), file('a')) },
    { name: 'a file below, then a file in other case', says: both, bytes: archiveOf(file('a/b/c'), file('A/B')) },
    { name: 'a file, then a file below', says: below, bytes: archiveOf(file('a'), file('a/b')) },
    { name: 'a file, then a file far below', says: below, bytes: archiveOf(file('a'), file('a/b/c/d')) },
    { name: 'a file, then a file below in other case', says: below, bytes: archiveOf(file('A'), file('a/b')) },
    { name: 'a file, then a folder below', says: below, bytes: archiveOf(file('a'), folder('a/b/')) },
    {
      name: 'a file, then a file below a known folder',
      says: below,
      bytes: archiveOf(file('a/b/x'), file('a/c'), file('a/c/d')),
    },
    { name: 'folders that differ in letter case', says: '', bytes: archiveOf(file('Skills/x'), file('skills/y')) },
    { name: 'folders of their own that differ in letter case', says: '', bytes: archiveOf(folder('A/'), folder('a/')) },
  ])

  function twoManifests(): Buffer {
    return archiveOf(file('package.agent.json', '{}'), file('package.agent.json', '{"name":"other"}'))
  }

  function splitFile(prefix: string, name: string): Buffer {
    return member({ prefix, name, data: 'other' })
  }

  test('every pair of letters that Unicode takes for one letter in two cases is one name', () => {
    const missed: string[] = []
    for (let code = 0x41; code <= 0x1ffff; code++) {
      const letter = String.fromCodePoint(code)
      if (!/\p{Changes_When_Casemapped}/u.test(letter) || letter.normalize('NFC') !== letter) continue
      for (const other of [letter.toLowerCase(), letter.toUpperCase(), letter.toLowerCase().toUpperCase()]) {
        if (other === letter || other.normalize('NFC') !== other) continue
        const { code: result } = failureOf(() => void readArchive(archiveOf(file(letter), file(other)), 'letters.aam'))
        if (result !== 'ARCHIVE_INVALID') missed.push(`${letter} ${other}`)
      }
    }
    expect(missed).toEqual([])
  })
})

// ── ends ────────────────────────────────────────────────────────────────────────────────────────────────────────────

describe('an archive that does not end where it says is refused', () => {
  const noMark = 'no end mark'
  const follows = 'something follows the end mark'
  const a = file('a')
  refuses([
    { name: 'nothing', says: noMark, bytes: gzip(Buffer.of()) },
    { name: 'no end mark', says: noMark, bytes: gzip(a) },
    { name: 'no end mark after an empty file', says: noMark, bytes: gzip(member({ name: 'a' })) },
    { name: 'less than one block of end mark', says: noMark, bytes: gzip(Buffer.concat([a, Buffer.alloc(511)])) },
    { name: 'one block of end mark', says: 'end mark is cut off', bytes: gzip(Buffer.concat([a, Buffer.alloc(512)])) },
    {
      name: 'an end mark that is a byte short',
      says: 'end mark is cut off',
      bytes: gzip(Buffer.concat([a, Buffer.alloc(1023)])),
    },
    { name: 'half a header', says: noMark, bytes: gzip(a.subarray(0, 256)) },
    { name: 'no data', says: 'cut off', bytes: gzip(a.subarray(0, BLOCK)) },
    { name: 'no padding', says: 'cut off', bytes: gzip(a.subarray(0, BLOCK + 1)) },
    { name: 'a member after the end mark', says: follows, bytes: gzip(Buffer.concat([tarOf(a), tarOf(file('b'))])) },
    { name: 'a member after one empty block', says: follows, bytes: archiveOf(a, Buffer.alloc(BLOCK), file('b')) },
    { name: 'a byte after the end mark', says: follows, bytes: gzip(Buffer.concat([tarOf(a), Buffer.of(1)])) },
    { name: 'a byte at the end of the end mark', says: follows, bytes: gzip(byteInEndMark(a)) },
    {
      name: 'a byte far after the end mark',
      says: follows,
      bytes: gzip(Buffer.concat([tarOf(a), Buffer.alloc(100_000), Buffer.of(1)])),
    },
    { name: 'padding that is not empty', says: 'padding', bytes: archiveOf(member({ name: 'a', data: 'x', fill: 1 })) },
    { name: 'a last byte of padding', says: 'padding', bytes: archiveOf(lastByteOfPadding(a)) },
  ])

  function byteInEndMark(first: Buffer): Buffer {
    const tar = tarOf(first)
    tar[tar.length - 1] = 1
    return tar
  }

  function lastByteOfPadding(first: Buffer): Buffer {
    const copy = Buffer.from(first)
    copy[copy.length - 1] = 1
    return copy
  }
})

// ── gzip ────────────────────────────────────────────────────────────────────────────────────────────────────────────

describe('gzip that is anything but one whole member is refused', () => {
  const tar = tarOf(file('package.agent.json', '{}'), file('README.md', noise(1000).toString('hex')))
  const packed = gzip(tar)
  const notGzip = 'not gzip'
  const followed = 'something follows the compressed data'
  const damagedHeader = 'gzip header is damaged'
  const with_ = (...parts: readonly Uint8Array[]): Buffer => Buffer.concat([packed, ...parts])
  const flags = (bits: number, extra: Uint8Array): Buffer => gzip(tar, { flags: bits, extra })
  refuses([
    { name: 'no bytes', says: 'cut off', bytes: Buffer.of() },
    { name: 'the tar itself', says: notGzip, bytes: tar },
    { name: 'zip', says: notGzip, bytes: Buffer.from('PK\u0003\u0004'.padEnd(100, '\0')) },
    { name: 'zlib', says: notGzip, bytes: Buffer.concat([Buffer.from([0x78, 0x9c]), deflateRawSync(tar)]) },
    { name: 'bare deflate', says: notGzip, bytes: deflateRawSync(tar) },
    { name: 'zstd', says: notGzip, bytes: Buffer.from('28b52ffd'.padEnd(100, '0'), 'hex') },
    { name: 'HTML', says: notGzip, bytes: Buffer.from('<!doctype html><title>404</title>') },
    { name: 'another method', says: notGzip, bytes: changed(packed, 2, 7) },
    { name: 'reserved flags', says: damagedHeader, bytes: changed(packed, 3, 0x20) },
    { name: 'an extra field beyond the end', says: damagedHeader, bytes: flags(4, Buffer.from([0xff, 0xff])) },
    { name: 'a name without an end', says: 'gzip', bytes: Buffer.concat([packed.subarray(0, 3), endlessName()]) },
    { name: 'a wrong checksum of the header', says: damagedHeader, bytes: flags(2, Buffer.from([0x12, 0x34])) },
    { name: 'a byte after the end', says: followed, bytes: with_(Buffer.of(0)) },
    { name: 'a newline after the end', says: followed, bytes: with_(Buffer.from('\n')) },
    { name: 'a block of NUL after the end', says: followed, bytes: with_(Buffer.alloc(BLOCK)) },
    { name: 'garbage after the end', says: followed, bytes: with_(noise(5000)) },
    { name: 'the same again', says: followed, bytes: with_(packed) },
    { name: 'an empty member after the end', says: followed, bytes: with_(gzip(Buffer.of())) },
    { name: 'another archive after the end', says: followed, bytes: with_(archiveOf(file('b'))) },
    { name: 'an empty member first', says: followed, bytes: Buffer.concat([gzip(Buffer.of()), packed]) },
    {
      name: 'an archive in two members',
      says: followed,
      bytes: Buffer.concat([gzip(tar.subarray(0, BLOCK)), gzip(tar.subarray(BLOCK))]),
    },
    { name: 'a wrong checksum', says: 'checksum is wrong', bytes: gzip(tar, { checksum: 0 }) },
    { name: 'a wrong size', says: 'size is not the recorded one', bytes: gzip(tar, { size: tar.length + 1 }) },
    { name: 'a size of zero', says: 'size is not the recorded one', bytes: gzip(tar, { size: 0 }) },
    { name: 'a size of 4 GB', says: 'size is not the recorded one', bytes: gzip(tar, { size: 2 ** 32 - 1 }) },
    { name: 'no trailer', says: 'cut off', bytes: packed.subarray(0, packed.length - 8) },
    { name: 'deflate of a type that is not', says: 'data is damaged', bytes: gzip(tar, { deflated: Buffer.of(7, 0) }) },
    {
      name: 'deflate that reaches back before its start',
      says: 'data is damaged',
      bytes: gzip(tar, { deflated: Buffer.from('630362000000', 'hex') }),
    },
  ])

  test('cut off anywhere', () => {
    const accepted: number[] = []
    for (let length = 0; length < packed.length; length++) {
      const { code } = failureOf(() => void readArchive(packed.subarray(0, length), 'cut.aam'))
      if (code !== 'ARCHIVE_INVALID') accepted.push(length)
    }
    expect(accepted).toEqual([])
  })

  test('but every optional part of its header may be there', () => {
    const extra = Buffer.from([4, 0, 1, 2, 3, 4])
    const name = Buffer.from('name.tar\0')
    for (const bytes of [flags(1, Buffer.of()), flags(4, extra), flags(8, name), flags(16, name)]) {
      expect(readArchive(bytes, 'optional.aam')).toHaveLength(2)
    }
    expect(readArchive(flags(4 + 8 + 16, Buffer.concat([extra, name, name])), 'optional.aam')).toHaveLength(2)
  })

  test('and bytes that are a part of a larger buffer are read as they are', () => {
    const larger = Buffer.concat([noise(37), packed, noise(41)])
    expect(readArchive(larger.subarray(37, 37 + packed.length), 'part.aam')).toHaveLength(2)
    expect(readArchive(new Uint8Array(larger).subarray(37, 37 + packed.length), 'part.aam')).toHaveLength(2)
  })

  function changed(bytes: Buffer, at: number, value: number): Buffer {
    const copy = Buffer.from(bytes)
    copy[at] = value
    return copy
  }

  function endlessName(): Buffer {
    return Buffer.concat([Buffer.from([8, 0, 0, 0, 0, 2, 255]), Buffer.alloc(1000, 'n')])
  }
})

/** Bytes that do not compress, the same every time. */
function noise(length: number): Buffer {
  const bytes = Buffer.alloc(length)
  for (let i = 0, state = 1; i < length; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    bytes[i] = state >>> 24
  }
  return bytes
}

// ── too much ────────────────────────────────────────────────────────────────────────────────────────────────────────

describe('an archive that is too large is refused', () => {
  const code = 'ARCHIVE_TOO_LARGE'
  const entries = (count: number, make: (index: number) => Buffer): Buffer =>
    archiveOf(...Array.from({ length: count }, (_, index) => make(index)))
  refuses([
    { name: 'packed', code, says: 'packed', bytes: Buffer.alloc(LIMITS.packed + 1), arriving: 'not gzip' },
    { name: 'a file too many', code, says: 'files', bytes: entries(LIMITS.entries + 1, i => file(`f${String(i)}`)) },
    {
      name: 'folders too many',
      code,
      says: 'folders',
      bytes: entries(2 * LIMITS.entries + 1, i => folder(`f${String(i)}/`)),
    },
    { name: 'the same folder too often', code, says: '', bytes: entries(2 * LIMITS.entries + 1, () => folder('f/')) },
    { name: '200 times its size', code, says: '200 times its size', bytes: gzipSync(Buffer.alloc(2 * 1024 * 1024)) },
  ])

  test('but as many files as allowed are read', () => {
    const bytes = entries(LIMITS.entries, i => file(`f${String(i)}`))
    expect(readArchive(bytes, 'many.aam')).toHaveLength(LIMITS.entries)
  })

  test('and a whole megabyte may be as empty as it likes', () => {
    const data = Buffer.alloc(LIMITS.freeOfRatio - 3 * BLOCK)
    expect(readArchive(archiveOf(member({ name: 'a', data })), 'empty.aam')[0]?.data.length).toBe(data.length)
  })

  test('and gzip in an archive is only data, bomb or not', () => {
    const bomb = gzipBomb(100, 0)
    const [entry] = readArchive(archiveOf(member({ name: 'bomb.gz', data: bomb })), 'nested.aam')
    expect(entry).toEqual({ path: 'bomb.gz', data: bomb, executable: false })
  })
})

describe('a bomb costs little time and memory', () => {
  const small = 64
  // Refusing it may cost what reading an honest archive of the largest size costs.
  const large = LIMITS.unpacked / 1024 / 1024 + small

  test.each(BOMBS)('%s', (_, make, size) => {
    const { result, ...cost } = readAlone(make())
    expect(result).toMatch(/^ARCHIVE_(?:INVALID|TOO_LARGE)$/)
    expect(cost.megabytes).toBeLessThan(size === 'small' ? small : large)
    expect(cost.milliseconds).toBeLessThan(5000)
  })

  function readAlone(bytes: Uint8Array): Outcome {
    const bomb = join(outside, 'bomb.aam')
    writeFileSync(bomb, bytes)
    const script = join(import.meta.dirname, 'read-alone.ts')
    const args = ['--conditions=@aam/source', '--import', 'tsx', script, bomb]
    const { status, stdout, stderr } = spawnSync(execPath, args, { cwd: home, encoding: 'utf8' })
    rmSync(bomb)
    if (status !== 0) throw new Error(`reading alone failed: ${stderr}`)
    return JSON.parse(stdout) as Outcome
  }
})
