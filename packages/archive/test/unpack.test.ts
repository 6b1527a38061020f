/** `unpackEntries` makes one new folder, and leaves alone everything else. */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { platform, umask } from 'node:process'
import { type ArchiveEntry, unpackEntries } from '@aam/archive'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

let root = ''
let folder = ''

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'aam-unpack-'))
  folder = join(root, 'package')
})

afterEach(() => {
  rmSync(root, { recursive: true })
})

const entry = (path: string, data: string | Uint8Array = 'new', executable = false): ArchiveEntry => ({
  path,
  data: Buffer.from(data),
  executable,
})

const everything = (): string[] => readdirSync(root, { recursive: true, encoding: 'utf8' }).sort()

describe('into a new folder', () => {
  test('files come with their bytes, and with the folders they need', () => {
    const files = ['README.md', 'a/b/c/d.md', 'a/b/e.md', 'a/b/c/f.md', 'a/x.md', 'b/c/d.md', '日本/é.md']
    unpackEntries(
      files.map(path => entry(path, `contents of ${path}`)),
      folder,
    )
    for (const path of files) expect(readFileSync(join(folder, path), 'utf8')).toBe(`contents of ${path}`)
    expect(everything().filter(path => lstatSync(join(root, path)).isFile())).toHaveLength(files.length)
  })

  test('no entries give an empty folder', () => {
    unpackEntries([], folder)
    expect(everything()).toEqual(['package'])
  })

  test('an empty file is a file', () => {
    unpackEntries([entry('empty', '')], folder)
    expect(statSync(join(folder, 'empty')).size).toBe(0)
  })

  test('a big file is written whole', () => {
    const data = Buffer.alloc(40 * 1024 * 1024 + 1, 'big ')
    unpackEntries([entry('big', data)], folder)
    expect(readFileSync(join(folder, 'big')).equals(data)).toBe(true)
  })

  test('a part of a larger buffer is written, not the buffer', () => {
    const larger = new Uint8Array(Buffer.from('before contents after'))
    unpackEntries([{ path: 'part', data: larger.subarray(7, 15), executable: false }], folder)
    expect(readFileSync(join(folder, 'part'), 'utf8')).toBe('contents')
  })

  test('a path of 900 bytes is written', () => {
    const path = `${'step/'.repeat(179)}file`
    unpackEntries([entry(path)], folder)
    expect(readFileSync(join(folder, path), 'utf8')).toBe('new')
  })

  test.skipIf(platform === 'win32')('only what can be executed is executable, and the mask of the user holds', () => {
    const before = umask(0o027)
    try {
      unpackEntries([entry('bin/run', 'x', true), entry('bin/read')], folder)
    } finally {
      umask(before)
    }
    const mode = (path: string): string => (statSync(join(folder, path)).mode & 0o7777).toString(8)
    expect([mode('bin/run'), mode('bin/read'), mode('bin'), mode('.')]).toEqual(['750', '640', '750', '750'])
  })
})

describe('where something is, nothing is written', () => {
  const unpack = (): void => {
    unpackEntries([entry('README.md'), entry('a/b')], folder)
  }

  test('a folder with files', () => {
    mkdirSync(folder)
    writeFileSync(join(folder, 'README.md'), 'old')
    expect(unpack).toThrow('EEXIST')
    expect(readFileSync(join(folder, 'README.md'), 'utf8')).toBe('old')
    expect(everything()).toEqual(['package', join('package', 'README.md')])
  })

  test('an empty folder', () => {
    mkdirSync(folder)
    expect(unpack).toThrow('EEXIST')
    expect(everything()).toEqual(['package'])
  })

  test('a file', () => {
    writeFileSync(folder, 'old')
    expect(unpack).toThrow('EEXIST')
    expect(readFileSync(folder, 'utf8')).toBe('old')
  })

  test.skipIf(platform === 'win32')('a link to a folder, or to nothing', () => {
    const target = join(root, 'target')
    symlinkSync(target, folder)
    expect(unpack).toThrow('EEXIST')
    mkdirSync(target)
    expect(unpack).toThrow('EEXIST')
    expect(everything()).toEqual(['package', 'target'])
  })

  test('a folder whose parent is missing', () => {
    expect(() => {
      unpackEntries([entry('a')], join(root, 'missing', 'package'))
    }).toThrow('ENOENT')
    expect(everything()).toEqual([])
  })
})

describe('entries that no reader returned do no harm', () => {
  test('a file twice: the first one stays', () => {
    expect(() => {
      unpackEntries([entry('a', 'first'), entry('a', 'second')], folder)
    }).toThrow('EEXIST')
    expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('first')
  })

  test('a file that is also a folder, in both orders', () => {
    expect(() => {
      unpackEntries([entry('a'), entry('a/b')], folder)
    }).toThrow('EEXIST')
    expect(() => {
      unpackEntries([entry('a/b'), entry('a')], join(root, 'other'))
    }).toThrow(/EEXIST|EISDIR/)
  })

  test.each(['../x', 'a/../../x', '../package-2/x', '..', '.', '', '/../x', 'a/..', './../x', '/x', '//x'])(
    'nothing is written outside for %j',
    path => {
      try {
        unpackEntries([entry(path)], folder)
      } catch (error) {
        expect(String(error)).toMatch(/EEXIST|EISDIR|ENOENT/)
      }
      expect(everything().filter(found => !found.startsWith('package'))).toEqual([])
      expect(everything().filter(found => found.startsWith('package-2'))).toEqual([])
      expect(existsSync('/x')).toBe(false)
    },
  )
})
