/** Tar and gzip made by hand, field by field, so that every trick can be played on the reader. */
import { constants, crc32, deflateRawSync } from 'node:zlib'

export const BLOCK = 512

/** The end mark: two empty blocks. */
export const END = Buffer.alloc(2 * BLOCK)

/** What stands in a header field: text or raw bytes as they are, a number as NUL-terminated octal. */
export type Field = string | Uint8Array | number

/** The fields of one header. What is left out is what an honest archive has there. */
export type Header = {
  readonly name?: Field
  readonly mode?: Field
  readonly uid?: Field
  readonly gid?: Field
  readonly size?: Field
  readonly seconds?: Field
  readonly checksum?: Field
  readonly type?: Field
  readonly link?: Field
  /** Magic and version: eight bytes. */
  readonly magic?: Field
  readonly user?: Field
  readonly group?: Field
  readonly major?: Field
  readonly minor?: Field
  readonly prefix?: Field
  /** The twelve bytes after the prefix, which ustar does not use. */
  readonly rest?: Field
}

/** A header and what follows it. */
export type Member = Header & {
  readonly data?: string | Uint8Array
  /** The byte that fills the last block of the data. */
  readonly fill?: number
}

const FIELDS: Readonly<Record<keyof Header, readonly [offset: number, length: number]>> = {
  name: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  seconds: [136, 12],
  checksum: [148, 8],
  type: [156, 1],
  link: [157, 100],
  magic: [257, 8],
  user: [265, 32],
  group: [297, 32],
  major: [329, 8],
  minor: [337, 8],
  prefix: [345, 155],
  rest: [500, 12],
}

/** One member: its header with the right checksum (unless told otherwise), its data, its padding. */
export function member({ data = '', fill = 0, ...header }: Member): Buffer {
  const bytes = Buffer.from(data)
  const padding = Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK, fill)
  return Buffer.concat([headerBlock({ size: bytes.length, ...header }), bytes, padding])
}

/** A pax header with the records `key=value`, for the member that follows it. */
export function pax(...records: readonly (readonly [key: string, value: string | Uint8Array])[]): Buffer {
  return paxOf(Buffer.concat(records.map(([key, value]) => paxRecord(key, value))))
}

/** A pax header with any bytes as its records. */
export function paxOf(data: string | Uint8Array, header: Header = {}): Buffer {
  return member({ name: 'pax', type: 'x', ...header, data })
}

/** `<length> key=value\n`, where the length counts its own digits too. */
export function paxRecord(key: string, value: string | Uint8Array): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), Buffer.from(value), Buffer.from('\n')])
  let length = rest.length
  while (length !== rest.length + String(length).length) length = rest.length + String(length).length
  return Buffer.concat([Buffer.from(String(length)), rest])
}

/** GNU's member `L` (long name) or `K` (long link), for the member that follows it. */
export function gnuLong(type: 'L' | 'K', text: string): Buffer {
  return member({ name: '././@LongLink', type, magic: 'ustar  \0', data: `${text}\0` })
}

/** A number as GNU's base 256: the first bit set, then big-endian. Negative ones in two's complement. */
export function base256(value: bigint, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  for (let i = length - 1, left = value; i >= 0; i--, left >>= 8n) bytes[i] = Number(left & 255n)
  bytes[0] = (bytes[0] ?? 0) | 0x80
  return bytes
}

/** An archive of these members, with its end mark. */
export function tarOf(...members: readonly Uint8Array[]): Buffer {
  return Buffer.concat([...members, END])
}

/** Writes the checksum that belongs to the header at `at`. */
export function fixChecksum(tar: Buffer, at: number): void {
  const [offset, length] = FIELDS.checksum
  tar.fill(' ', at + offset, at + offset + length)
  const sum = tar.subarray(at, at + BLOCK).reduce((total, byte) => total + byte, 0)
  tar.write(`${sum.toString(8).padStart(6, '0')}\0 `, at + offset, 'latin1')
}

/** What a gzip member says about itself. What is left out is the truth. */
export type GzipClaims = {
  readonly flags?: number
  /** What stands between the ten fixed bytes of the header and the compressed data. */
  readonly extra?: Uint8Array
  readonly checksum?: number
  readonly size?: number
  /** The compressed data. */
  readonly deflated?: Uint8Array
}

/** One gzip member. */
export function gzip(bytes: Uint8Array, claims: GzipClaims = {}): Buffer {
  const header = Buffer.from([0x1f, 0x8b, 8, claims.flags ?? 0, 0, 0, 0, 0, 2, 255])
  const trailer = Buffer.alloc(8)
  trailer.writeUInt32LE(claims.checksum ?? crc32(bytes), 0)
  trailer.writeUInt32LE((claims.size ?? bytes.length) % 2 ** 32, 4)
  return Buffer.concat([header, claims.extra ?? Buffer.of(), claims.deflated ?? deflateRawSync(bytes), trailer])
}

/** An archive of these members, packed: what most cases need. */
export function archiveOf(...members: readonly Uint8Array[]): Buffer {
  return gzip(tarOf(...members))
}

/** gzip that becomes `megabytes` of zeros: about a kilobyte for each. Its checksum is wrong; nobody may get that far. */
export function gzipBomb(megabytes: number, claimedSize: number): Buffer {
  const megabyte = deflateRawSync(Buffer.alloc(1024 * 1024), { level: 9, finishFlush: constants.Z_FULL_FLUSH })
  const lastBlock = Buffer.from([1, 0, 0, 0xff, 0xff])
  const deflated = Buffer.concat([...Array.from({ length: megabytes }, () => megabyte), lastBlock])
  return gzip(Buffer.of(), { deflated, size: claimedSize, checksum: 0 })
}

function headerBlock(header: Header): Buffer {
  const block = Buffer.alloc(BLOCK)
  const honest: Header = {
    mode: 0o644,
    uid: 0,
    gid: 0,
    seconds: 0,
    type: '0',
    magic: 'ustar\u000000',
    major: 0,
    minor: 0,
  }
  for (const [field, value] of Object.entries({ ...honest, ...header })) write(block, field as keyof Header, value)
  if (header.checksum === undefined) fixChecksum(block, 0)
  return block
}

function write(block: Buffer, field: keyof Header, value: Field): void {
  const [offset, length] = FIELDS[field]
  const bytes = typeof value === 'number' ? octal(value, length - 1) : Buffer.from(value)
  if (bytes.length > length) throw new RangeError(`${field} has only ${String(length)} bytes`)
  block.set(bytes, offset)
}

function octal(value: number, digits: number): Buffer {
  return Buffer.from(value.toString(8).padStart(digits, '0'))
}
