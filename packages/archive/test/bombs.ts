/** Archives that cost much to read for those who do not look out. */
import { END, archiveOf, gzip, gzipBomb, member, pax } from './tar-builder.ts'

const GB = 1024

/** What a bomb may cost: it is small to begin with, or as large as an honest archive may be. */
export type Bomb = readonly [name: string, make: () => Buffer, size: 'small' | 'large']

export const BOMBS: readonly Bomb[] = [
  ['50 KB that become 50 MB', () => gzipBomb(50, 50 * 2 ** 20), 'small'],
  ['300 KB that become 300 MB', () => gzipBomb(300, 300 * 2 ** 20), 'small'],
  ['300 KB that become 300 MB and claim to be 4 GB', () => gzipBomb(300, 2 ** 32 - 1), 'small'],
  ['300 KB that become 300 MB and claim to be empty', () => gzipBomb(300, 0), 'small'],
  ['10 MB that become 10 GB', () => gzipBomb(10 * GB, 10 * 2 ** 30), 'large'],
  ['700 KB that become 700 MB and claim to be empty', () => gzipBomb(700, 0), 'large'],
  ['600,000 empty files', () => endlessEmptyFiles(), 'large'],
  ['20,001 empty files', () => archiveOf(...numbered(20_001)), 'small'],
  ['1,000 files in 500,000 folders', () => deepFolders(), 'small'],
  ['a single header of 100 MB', () => archiveOf(member({ name: 'a', size: 100 * 2 ** 20 })), 'small'],
  ['gzip in gzip', () => gzip(gzipBomb(1000, 1000 * 2 ** 20)), 'small'],
]

function numbered(count: number): Buffer[] {
  return Array.from({ length: count }, (_, index) => member({ name: `e${String(index)}` }))
}

function endlessEmptyFiles(): Buffer {
  const thousand = Buffer.concat(numbered(1000))
  return gzip(Buffer.concat([...Array.from({ length: 600 }, () => thousand), END]))
}

/** Each path has 510 steps, as many as its 1,024 bytes hold. */
function deepFolders(): Buffer {
  const deep = (index: number): string => `${String(index).padStart(5, '0')}${'/a'.repeat(509)}`
  return archiveOf(
    ...Array.from({ length: 1000 }, (_, index) => [
      pax(['path', deep(index)]),
      member({ name: 'innocent', data: 'x' }),
    ]).flat(),
  )
}
