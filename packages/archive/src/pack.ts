/** Writes `.aam` archives: the same bytes for the same files, on every machine with the same zlib (UAAPS 12.1). */
import { compareText, fail } from '@aam/core'
import { unpackedLimit } from './gzip-rules.ts'
import { compress } from './gzip.ts'
import { LIMITS } from './limits.ts'
import { createCollisionWatch, explainPath } from './path-rules.ts'

/** A file to be packed. */
export type PackFile = { readonly path: string; readonly data: Uint8Array; readonly executable: boolean }

const BLOCK = 512

/**
 * Packs files, sorted by path, owner 0, no names, every time the same.
 * @param seconds the time of every entry and of the gzip header, in seconds since 1970; 0 unless `SOURCE_DATE_EPOCH` is set
 * @param archive how messages call it
 * @throws PATH_NOT_PORTABLE for a path that not every system can hold, ARCHIVE_TOO_LARGE
 */
export function packArchive(
  files: readonly PackFile[],
  { seconds, archive }: { readonly seconds: number; readonly archive: string },
): Buffer {
  if (!Number.isInteger(seconds) || seconds < 0 || seconds > 0xffffffff) {
    throw new RangeError('seconds must be a 32-bit number')
  }
  const watch = createCollisionWatch()
  const blocks: Uint8Array[] = []
  const sorted = [...files].sort((a, b) => compareText(a.path, b.path))
  if (sorted.length > LIMITS.entries) {
    fail('ARCHIVE_TOO_LARGE', { archive, why: `more than ${String(LIMITS.entries)} files` })
  }
  let total = 0
  for (const file of sorted) {
    const why = explainPath(file.path) ?? watch.explain(file.path)
    if (why !== undefined) fail('PATH_NOT_PORTABLE', { path: file.path, why })
    if (watch.tooManyFolders()) {
      fail('ARCHIVE_TOO_LARGE', { archive, why: `more than ${String(LIMITS.entries)} folders` })
    }
    total += file.data.length
    if (total > LIMITS.unpacked) {
      fail('ARCHIVE_TOO_LARGE', { archive, why: `more than ${String(LIMITS.unpacked / 1024 / 1024)} MB unpacked` })
    }
    blocks.push(...header(file, seconds), file.data, Buffer.alloc(padding(file.data.length)))
  }
  blocks.push(Buffer.alloc(2 * BLOCK))
  const tar = Buffer.concat(blocks)
  const packed = compress(tar, seconds)
  const tooLarge = (why: string): never => fail('ARCHIVE_TOO_LARGE', { archive, why })
  if (packed.length > LIMITS.packed) tooLarge(`more than ${String(LIMITS.packed / 1024 / 1024)} MB packed`)
  // What the reader would refuse is not written.
  if (tar.length > LIMITS.unpacked) tooLarge(`more than ${String(LIMITS.unpacked / 1024 / 1024)} MB unpacked`)
  if (tar.length > unpackedLimit(packed.length)) {
    tooLarge(`it unpacks to more than ${String(LIMITS.ratio)} times its size; is a file full of zeros?`)
  }
  return packed
}

function header({ path, data, executable }: PackFile, seconds: number): Buffer[] {
  const mode = executable ? 0o755 : 0o644
  const split = splitPath(path)
  if (split !== undefined) return [ustar({ ...split, mode, size: data.length, seconds, type: '0' })]
  const record = paxRecord('path', path)
  return [
    ustar({ name: 'pax', prefix: '', mode: 0o644, size: record.length, seconds, type: 'x' }),
    record,
    Buffer.alloc(padding(record.length)),
    ustar({ name: 'long', prefix: '', mode, size: data.length, seconds, type: '0' }),
  ]
}

/** A path as ustar's two fields; `undefined` when it does not fit or is not plain ASCII, which pax says better. */
function splitPath(path: string): { readonly name: string; readonly prefix: string } | undefined {
  if (!/^[ -~]+$/.test(path)) return undefined
  if (path.length <= 100) return { name: path, prefix: '' }
  const slash = path.indexOf('/', path.length - 101)
  return slash === -1 || slash > 155 ? undefined : { name: path.slice(slash + 1), prefix: path.slice(0, slash) }
}

type Header = {
  readonly name: string
  readonly prefix: string
  readonly mode: number
  readonly size: number
  readonly seconds: number
  readonly type: '0' | 'x'
}

function ustar({ name, prefix, mode, size, seconds, type }: Header): Buffer {
  const block = Buffer.alloc(BLOCK)
  block.write(name, 0, 100, 'latin1')
  block.write(octal(mode, 7), 100, 'latin1')
  block.write(octal(0, 7), 108, 'latin1')
  block.write(octal(0, 7), 116, 'latin1')
  block.write(octal(size, 11), 124, 'latin1')
  block.write(octal(seconds, 11), 136, 'latin1')
  block.write('        ', 148, 'latin1')
  block.write(type, 156, 'latin1')
  block.write('ustar\u000000', 257, 'latin1')
  block.write(octal(0, 7), 329, 'latin1')
  block.write(octal(0, 7), 337, 'latin1')
  block.write(prefix, 345, 155, 'latin1')
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${octal(sum, 6)}\u0000 `, 148, 'latin1')
  return block
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0')
}

/** `<length> key=value\n`, where the length counts its own digits too. */
function paxRecord(key: string, value: string): Buffer {
  const rest = Buffer.byteLength(` ${key}=${value}\n`)
  let length = rest + String(rest).length
  if (rest + String(length).length !== length) length = rest + String(length).length
  return Buffer.from(`${String(length)} ${key}=${value}\n`)
}

function padding(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK
}
