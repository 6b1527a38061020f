/**
 * The one reader of `.aam` archives: POSIX ustar with the pax records `path` and `size`, and nothing else. Whatever two
 * tar programs could understand differently is refused, so that what is inspected is what is unpacked.
 */
import { fail } from '@aam/core'
import { decompress } from './gzip.ts'
import { LIMITS } from './limits.ts'
import { createCollisionWatch, explainPath } from './path-rules.ts'

/** A file in an archive. */
export type ArchiveEntry = {
  /** Relative, with `/`, checked: safe to join to a folder on any system. */
  readonly path: string
  readonly data: Uint8Array
  readonly executable: boolean
}

const BLOCK = 512
const ZERO = 0x30
const TYPE = { file: 0x30, oldFile: 0, folder: 0x35, pax: 0x78 } as const

/**
 * Reads an archive completely, and refuses it as a whole when anything about it is wrong.
 * @param archive how messages call it
 * @returns its files, in their order in the archive; folders have no entry of their own
 * @throws ARCHIVE_INVALID, ARCHIVE_TOO_LARGE
 */
export function readArchive(packed: Uint8Array, archive: string): ArchiveEntry[] {
  const tar = decompress(packed, archive)
  const invalid = (why: string): never => fail('ARCHIVE_INVALID', { archive, why })
  const entries: ArchiveEntry[] = []
  const watch = createCollisionWatch()
  let pax: Pax | undefined
  let members = 0
  let at = 0
  for (;;) {
    if (at + BLOCK > tar.length) return invalid('it has no end mark')
    if (isZero(tar, at, at + BLOCK)) break
    if (++members > LIMITS.entries * 2) {
      fail('ARCHIVE_TOO_LARGE', { archive, why: `more than ${String(LIMITS.entries)} files` })
    }
    checkHeader(tar, at, invalid)
    const type = tar[at + 156]
    const size = readOctal(tar, at + 124, 12)
    if (size === undefined) return invalid('an entry has no readable size')
    // A header says how much follows it; a pax record that says otherwise would be read differently by others.
    if (pax?.size !== undefined && pax.size !== size) return invalid('a pax header gives another size than the entry')
    const isFolder = type === TYPE.folder
    // Checked even where a pax record gives another: a reader that knows no pax would use it.
    const own = withoutSlash(readName(tar, at, invalid), isFolder)
    const ownProblem = explainPath(own)
    if (ownProblem !== undefined) return invalid(`'${own}' ${ownProblem}`)
    const mode = readOctal(tar, at + 100, 8)
    if (mode === undefined) return invalid(`'${own}' has no readable mode`)
    const data = at + BLOCK
    const next = data + Math.ceil(size / BLOCK) * BLOCK
    if (next > tar.length) return invalid('an entry is cut off')
    if (!isZero(tar, data + size, next)) return invalid('the padding of an entry is not empty')
    if (type === TYPE.pax) {
      if (pax !== undefined) return invalid('a pax header follows another')
      pax = readPax(tar.subarray(data, data + size), invalid)
    } else {
      const path = pax?.path === undefined ? own : withoutSlash(pax.path, isFolder)
      pax = undefined
      if (!isFolder && type !== TYPE.file && type !== TYPE.oldFile) return invalid(`'${path}' ${describeType(type)}`)
      if (isFolder && size !== 0) return invalid(`the folder '${path}' has contents of its own`)
      const why = explainPath(path) ?? watch.explain(path, isFolder)
      if (why !== undefined) return invalid(`'${path}' ${why}`)
      if (watch.tooManyFolders()) {
        fail('ARCHIVE_TOO_LARGE', { archive, why: `more than ${String(LIMITS.entries)} folders` })
      }
      if ((mode & 0o7000) !== 0) return invalid(`'${path}' has a setuid, setgid or sticky bit`)
      if (entries.length >= LIMITS.entries) {
        fail('ARCHIVE_TOO_LARGE', { archive, why: `more than ${String(LIMITS.entries)} files` })
      }
      if (!isFolder) entries.push({ path, data: tar.subarray(data, data + size), executable: (mode & 0o100) !== 0 })
    }
    at = next
  }
  if (pax !== undefined) return invalid('a pax header has no entry')
  if (!isZero(tar, at, tar.length)) return invalid('something follows the end mark')
  if (tar.length - at < 2 * BLOCK) return invalid('its end mark is cut off')
  return entries
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
