/**
 * The one reader of tar: POSIX ustar with the pax records `path` and `size`, and nothing else. Whatever two tar programs
 * could understand differently is refused, so that what is inspected is what is unpacked.
 */
import { fail } from '@aam/core'
import { LIMITS } from './limits.ts'
import { createCollisionWatch, explainPath } from './path-rules.ts'

/** A file, as its header and its pax header describe it. */
export type TarFile = {
  /** Relative, with `/`, checked: safe to join to a folder on any system. */
  readonly path: string
  readonly size: number
  readonly executable: boolean
}

/** Takes the next bytes of a file's contents. Not called for an empty file. */
export type TakeContents = (bytes: Buffer) => void

/** A tar on its way. Both throw ARCHIVE_INVALID or ARCHIVE_TOO_LARGE at the first thing that is wrong. */
export type TarReader = {
  /** Takes the next bytes, cut anywhere. Contents are handed on as parts of `bytes`, never as copies. */
  readonly take: (bytes: Buffer) => void
  /** Says that there are no more. */
  readonly end: () => void
}

const BLOCK = 512
const ZERO = 0x30
const TYPE = { file: 0x30, oldFile: 0, folder: 0x35, pax: 0x78 } as const

/**
 * Reads a tar, and refuses it as a whole when anything about it is wrong. Of several things it is the first one, so that
 * a tar in one piece and the same in many are refused for the same reason.
 * @param archive how messages call it
 * @param onFile called for each file, in their order, before its contents; what it returns takes them
 */
export function createTarReader(archive: string, onFile: (file: TarFile) => TakeContents | undefined): TarReader {
  const invalid = (why: string): never => fail('ARCHIVE_INVALID', { archive, why })
  const headers = createHeaderReader(archive)
  let expected: 'header' | 'contents' | 'padding' | 'nothing' = 'header'
  /** A header of which only `filled` bytes have come. */
  let partial: Buffer | undefined
  let filled = 0
  /** What is left of the contents, and the padding after them. */
  let contents = 0
  let padding = 0
  let takeContents: TakeContents | undefined
  let paxPieces: Buffer[] | undefined
  /** The empty blocks of the end mark, and what follows them. */
  let zeros = 0

  const takeHeader = (bytes: Buffer, at: number): number => {
    if (filled === 0 && at + BLOCK <= bytes.length) {
      begin(bytes, at)
      return BLOCK
    }
    partial ??= Buffer.alloc(BLOCK)
    const copied = bytes.copy(partial, filled, at)
    filled += copied
    if (filled === BLOCK) {
      filled = 0
      begin(partial, 0)
    }
    return copied
  }

  const begin = (block: Buffer, at: number): void => {
    if (isZero(block, at, at + BLOCK)) {
      headers.end()
      expected = 'nothing'
      zeros = BLOCK
      return
    }
    const header = headers.read(block, at)
    contents = header.size
    padding = (BLOCK - (header.size % BLOCK)) % BLOCK
    paxPieces = header.kind === 'pax' ? [] : undefined
    takeContents = header.kind === 'file' ? onFile(header) : undefined
    expected = 'contents'
    if (contents === 0) endContents()
  }

  const endContents = (): void => {
    if (paxPieces !== undefined) headers.readPax(Buffer.concat(paxPieces))
    expected = padding === 0 ? 'header' : 'padding'
  }

  const take = (bytes: Buffer): void => {
    for (let at = 0; at < bytes.length;) {
      if (expected === 'header') {
        at += takeHeader(bytes, at)
      } else if (expected === 'contents') {
        const end = Math.min(bytes.length, at + contents)
        const piece = bytes.subarray(at, end)
        paxPieces?.push(piece)
        takeContents?.(piece)
        contents -= end - at
        at = end
        if (contents === 0) endContents()
      } else if (expected === 'padding') {
        const end = Math.min(bytes.length, at + padding)
        if (!isZero(bytes, at, end)) invalid('the padding of an entry is not empty')
        padding -= end - at
        at = end
        if (padding === 0) expected = 'header'
      } else {
        if (!isZero(bytes, at, bytes.length)) invalid('something follows the end mark')
        zeros += bytes.length - at
        at = bytes.length
      }
    }
  }

  const end = (): void => {
    if (expected === 'header') invalid('it has no end mark')
    if (expected !== 'nothing') invalid('an entry is cut off')
    if (zeros < 2 * BLOCK) invalid('its end mark is cut off')
  }

  return { take, end }
}

type Header = TarFile & { readonly kind: 'file' | 'folder' | 'pax' }

/** Reads headers one after the other, because what one may say depends on those before it. */
type HeaderReader = {
  readonly read: (tar: Buffer, at: number) => Header
  /** Takes the contents of the pax header that was read last. They are about the next header. */
  readonly readPax: (bytes: Buffer) => void
  /** Says that no header follows. */
  readonly end: () => void
}

function createHeaderReader(archive: string): HeaderReader {
  const invalid = (why: string): never => fail('ARCHIVE_INVALID', { archive, why })
  const tooLarge = (why: string): never => fail('ARCHIVE_TOO_LARGE', { archive, why })
  const watch = createCollisionWatch()
  let pax: Pax | undefined
  let members = 0
  let files = 0

  const read = (tar: Buffer, at: number): Header => {
    if (++members > LIMITS.entries * 2) tooLarge(`more than ${String(LIMITS.entries)} files`)
    checkHeader(tar, at, invalid)
    const type = tar[at + 156]
    const size = readOctal(tar, at + 124, 12)
    if (size === undefined) return invalid('an entry has no readable size')
    // A header says how much follows it; a pax record that says otherwise would be read differently by others.
    if (pax?.size !== undefined && pax.size !== size) invalid('a pax header gives another size than the entry')
    const isFolder = type === TYPE.folder
    // Checked even where a pax record gives another: a reader that knows no pax would use it.
    const own = withoutSlash(readName(tar, at, invalid), isFolder)
    const ownProblem = explainPath(own)
    if (ownProblem !== undefined) invalid(`'${own}' ${ownProblem}`)
    const mode = readOctal(tar, at + 100, 8)
    if (mode === undefined) return invalid(`'${own}' has no readable mode`)
    if (type === TYPE.pax) {
      if (pax !== undefined) invalid('a pax header follows another')
      if (size > LIMITS.pax) invalid(`a pax header is longer than ${String(LIMITS.pax)} bytes`)
      return { kind: 'pax', path: own, size, executable: false }
    }
    const path = pax?.path === undefined ? own : withoutSlash(pax.path, isFolder)
    pax = undefined
    if (!isFolder && type !== TYPE.file && type !== TYPE.oldFile) invalid(`'${path}' ${describeType(type)}`)
    if (isFolder && size !== 0) invalid(`the folder '${path}' has contents of its own`)
    const why = explainPath(path) ?? watch.explain(path, isFolder)
    if (why !== undefined) invalid(`'${path}' ${why}`)
    if (watch.tooManyFolders()) tooLarge(`more than ${String(LIMITS.entries)} folders`)
    if ((mode & 0o7000) !== 0) invalid(`'${path}' has a setuid, setgid or sticky bit`)
    if (files >= LIMITS.entries) tooLarge(`more than ${String(LIMITS.entries)} files`)
    if (!isFolder) files++
    return { kind: isFolder ? 'folder' : 'file', path, size, executable: (mode & 0o100) !== 0 }
  }

  return {
    read,
    readPax: bytes => {
      pax = readPax(bytes, invalid)
    },
    end: () => {
      if (pax !== undefined) invalid('a pax header has no entry')
    },
  }
}

type Invalid = (why: string) => never
type Pax = { readonly path?: string; readonly size?: number }

function checkHeader(tar: Buffer, at: number, invalid: Invalid): void {
  // The checksum counts its own eight bytes as blanks.
  let sum = 8 * 0x20
  for (let i = at; i < at + 148; i++) sum += tar[i] ?? 0
  for (let i = at + 156; i < at + BLOCK; i++) sum += tar[i] ?? 0
  if (readOctal(tar, at + 148, 8) !== sum) invalid('a header has a wrong checksum')
  if (tar.toString('latin1', at + 257, at + 265) !== 'ustar\u000000') invalid('a header is not POSIX ustar')
  for (const [offset, length] of UNUSED_NUMBERS) {
    const blank = isZero(tar, at + offset, at + offset + length)
    if (!blank && readOctal(tar, at + offset, length) === undefined) invalid('a header has a number that is none')
  }
  const type = tar[at + 156]
  const isLink = type === 0x31 || type === 0x32
  if (!isLink && !isZero(tar, at + 157, at + 257)) invalid('an entry that is no link has a link target')
}

/** Fields that are not used must be sound all the same: other readers stumble over them and then see other files. */
const UNUSED_NUMBERS = [
  [108, 8],
  [116, 8],
  [136, 12],
  [329, 8],
  [337, 8],
] as const

/** Folders are written with a slash at the end. */
function withoutSlash(path: string, isFolder: boolean): string {
  return isFolder && path.endsWith('/') ? path.slice(0, -1) : path
}

function readName(tar: Buffer, at: number, invalid: Invalid): string {
  const name = readText(tar.subarray(at, at + 100), invalid)
  const prefix = readText(tar.subarray(at + 345, at + 500), invalid)
  return prefix === '' ? name : `${prefix}/${name}`
}

/** A text field: everything up to the first NUL, after which only NULs may follow. */
function readText(field: Buffer, invalid: Invalid): string {
  const zero = field.indexOf(0)
  const end = zero === -1 ? field.length : zero
  if (!isZero(field, end, field.length)) invalid('a name has something after its end')
  return decodeUtf8(field.subarray(0, end), invalid)
}

/** An octal number field, at most as large as a safe integer; `undefined` for anything else (base-256 included). */
function readOctal(tar: Buffer, at: number, length: number): number | undefined {
  let value = 0
  let digits = 0
  let i = at
  while (i < at + length && tar[i] === 0x20) i++
  for (; i < at + length; i++, digits++) {
    const digit = (tar[i] ?? 0) - ZERO
    if (digit < 0 || digit > 7) break
    value = value * 8 + digit
  }
  for (; i < at + length; i++) if (tar[i] !== 0 && tar[i] !== 0x20) return undefined
  return digits === 0 || digits > 11 ? undefined : value
}

/** pax records are `<length> <key>=<value>\n`, the length counting itself. Only `path` and `size` are understood. */
function readPax(bytes: Buffer, invalid: Invalid): Pax {
  const pax: { path?: string; size?: number } = {}
  let at = 0
  while (at < bytes.length) {
    const blank = bytes.indexOf(0x20, at)
    const digits = blank === -1 ? '' : bytes.toString('latin1', at, blank)
    const length = /^[1-9][0-9]{0,5}$/.test(digits) ? Number(digits) : 0
    const equals = bytes.indexOf(0x3d, blank)
    const end = at + length
    if (length === 0 || end > bytes.length || equals === -1 || equals >= end || bytes[end - 1] !== 0x0a) {
      return invalid('a pax header is damaged')
    }
    const key = bytes.toString('latin1', blank + 1, equals)
    const value = decodeUtf8(bytes.subarray(equals + 1, end - 1), invalid)
    if (key !== 'path' && key !== 'size') return invalid(`a pax header has '${key.slice(0, 40)}', which is not read`)
    if (pax[key] !== undefined) return invalid(`a pax header has '${key}' twice`)
    if (key === 'path') pax.path = value
    else if (/^(?:0|[1-9][0-9]{0,11})$/.test(value)) pax.size = Number(value)
    else return invalid('a pax header has a size that is not a number')
    at = end
  }
  return pax
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function decodeUtf8(bytes: Uint8Array, invalid: Invalid): string {
  try {
    const text = utf8.decode(bytes)
    return text.includes('\0') ? invalid('a name has a NUL in it') : text
  } catch (error) {
    if (error instanceof TypeError) return invalid('a name is not UTF-8')
    throw error
  }
}

const ZEROS = Buffer.alloc(64 * 1024)

/** Below this many bytes, looking at each is faster than calling the native comparison. */
const FEW = 128

function isZero(bytes: Buffer, start: number, end: number): boolean {
  if (end - start < FEW) {
    for (let at = start; at < end; at++) if (bytes[at] !== 0) return false
    return true
  }
  for (let at = start; at < end; at += ZEROS.length) {
    const stop = Math.min(end, at + ZEROS.length)
    if (bytes.compare(ZEROS, 0, stop - at, at, stop) !== 0) return false
  }
  return true
}

function describeType(type: number | undefined): string {
  const words: Readonly<Record<string, string>> = {
    '1': 'is a hard link',
    '2': 'is a symbolic link',
    '3': 'is a device',
    '4': 'is a device',
    '6': 'is a pipe',
    L: 'has a GNU long name, which is not read',
    K: 'has a GNU long link, which is not read',
    g: 'is a global pax header, which is not read',
    S: 'is a sparse file, which is not read',
  }
  const letter = String.fromCharCode(type ?? 0)
  return words[letter] ?? `is of the unknown type ${JSON.stringify(letter)}`
}
