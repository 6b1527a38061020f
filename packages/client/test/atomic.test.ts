/** Files are written whole or not at all. */
import { execFileSync, spawnSync } from 'node:child_process'
import type * as Files from 'node:fs'
import {
  chmodSync,
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
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import {
  isTemporary,
  readIfThere,
  withLock,
  writeFileAtomic,
  writeFileDerived,
  writeFolderAtomic,
} from '@aam/client/files'

const hooks = vi.hoisted(() => ({
  beforeRename: undefined as (() => void) | undefined,
  afterClaim: undefined as ((claim: string) => void) | undefined,
}))
vi.mock('node:fs', async original => {
  const fs = await original<typeof Files>()
  return {
    ...fs,
    renameSync: (from: string, to: string): void => {
      hooks.beforeRename?.()
      fs.renameSync(from, to)
    },
    openSync: (path: string, flags: string, mode?: number): number => {
      const file = fs.openSync(path, flags, mode)
      hooks.afterClaim?.(path)
      return file
    },
  }
})

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aam-files-'))
})
afterEach(() => {
  hooks.beforeRename = undefined
  hooks.afterClaim = undefined
  rmSync(folder, { recursive: true, force: true })
})

test.each([
  ['writeFileAtomic', writeFileAtomic],
  ['writeFileDerived', writeFileDerived],
])('%s: until the new bytes are whole and in place, the old ones are there', (_, write) => {
  const file = join(folder, 'file')
  writeFileSync(file, 'old')
  const seen: string[] = []
  hooks.beforeRename = () => seen.push(readFileSync(file, 'utf8'))
  write(file, 'new')
  expect([...seen, readFileSync(file, 'utf8')]).toEqual(['old', 'new'])
})

test('a failure leaves the old bytes and nothing beside them', () => {
  const file = join(folder, 'file')
  writeFileSync(file, 'old')
  hooks.beforeRename = () => {
    throw new Error('crash')
  }
  expect(() => {
    writeFileAtomic(file, 'new')
  }).toThrow('crash')
  expect(readdirSync(folder)).toEqual(['file'])
  expect(readFileSync(file, 'utf8')).toBe('old')
})

test('a link is followed, and the mode of a file is kept', () => {
  writeFileSync(join(folder, 'real'), 'old')
  chmodSync(join(folder, 'real'), 0o600)
  symlinkSync('real', join(folder, 'link'))
  writeFileAtomic(join(folder, 'link'), 'new')
  expect(lstatSync(join(folder, 'link')).isSymbolicLink()).toBe(true)
  expect(readFileSync(join(folder, 'real'), 'utf8')).toBe('new')
  expect(statSync(join(folder, 'real')).mode & 0o777).toBe(0o600)
})

test('what a writer that was killed left is removed by the next one, what a living one is writing is not', () => {
  const file = join(folder, 'file')
  let mine = ''
  hooks.beforeRename = () => {
    mine = readdirSync(folder).find(name => name.endsWith('.tmp')) ?? ''
  }
  writeFileAtomic(file, 'one')
  hooks.beforeRename = undefined
  const dead = mine.replace(`.${String(process.pid)}.`, `.${String(spawnSync(process.execPath, ['--version']).pid)}.`)
  const elsewhere = mine.replace(/[0-9a-f]{12}\./, 'ffffffffffff.')
  for (const name of [mine, dead, elsewhere, '.file.tmp']) writeFileSync(join(folder, name), 'half')
  writeFileAtomic(file, 'two')
  expect(readdirSync(folder).sort()).toEqual([mine, elsewhere, '.file.tmp', 'file'].sort())
  expect([mine, dead].map(isTemporary)).toEqual([true, true])
})

test('a name of the greatest length a file may have can be written', () => {
  const file = join(folder, 'x'.repeat(255))
  writeFileAtomic(file, 'whole')
  expect(readFileSync(file, 'utf8')).toBe('whole')
})

test('a link that leads nowhere is neither read as nothing nor replaced', () => {
  const link = join(folder, 'link')
  symlinkSync('nowhere', link)
  const refuse = /^A link leads nowhere: .*link/
  expect(() => readIfThere(link)).toThrow(refuse)
  expect(() => {
    writeFileAtomic(link, 'new')
  }).toThrow(refuse)
  expect(lstatSync(link).isSymbolicLink()).toBe(true)
})

test.skipIf(process.platform === 'win32')('a pipe is refused, not waited for', () => {
  const pipe = join(folder, 'pipe')
  execFileSync('mkfifo', [pipe])
  expect(() => readIfThere(pipe)).toThrow(/^Not a file, but a pipe/)
})

test('of two that claim at the same moment neither takes the lock while it sees the other', async () => {
  const lock = join(folder, 'lock')
  mkdirSync(lock)
  hooks.afterClaim = claim => {
    // Somebody else's claim appears after we looked and before we look again: ours under another token.
    writeFileSync(claim.replace(/[^.]+$/, 'ffffffff'), '')
  }
  await expect(withLock({ folder: lock, what: 'it', patience: 50 }, () => 'entered')).rejects.toThrow(/it/)
})

test('a folder that cannot be written whole is not written at all', () => {
  const file = (path: string): { path: string; data: Uint8Array; executable: boolean } => ({
    path,
    data: Buffer.from(path),
    executable: false,
  })
  // One file stands where another needs a folder.
  expect(() => {
    writeFolderAtomic(join(folder, 'made'), [file('a'), file('a/b')])
  }).toThrow()
  expect(readdirSync(folder)).toEqual([])
  writeFolderAtomic(join(folder, 'made'), [file('a'), file('b/c')])
  expect(readdirSync(folder)).toEqual(['made'])
})
