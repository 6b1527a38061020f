/** A registry that the system does not let anybody write to is read as ever, and says so to who would change it. */
import { execFileSync } from 'node:child_process'
import type * as Files from 'node:fs'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Registry, importIntoFolder, initFolderRegistry, openFolderRegistry } from '@aam/client'
import type { Tag, Version } from '@aam/core'
import { NOW, named, packSpec, parseSpec } from '@aam/testkit'
import { codeOf } from './contract.ts'

const refusal = vi.hoisted(() => ({ code: '', below: 'nothing is below this', calls: [] as string[] }))
vi.mock('node:fs', async original => {
  const fs = await original<typeof Files>()
  const refuse = (syscall: string, path: string): void => {
    if (refusal.code === '' || !path.startsWith(refusal.below) || !refusal.calls.includes(syscall)) return
    throw Object.assign(new Error(`${refusal.code}: refused`), { code: refusal.code, syscall, path })
  }
  return {
    ...fs,
    mkdirSync: (path: string, options: Files.MakeDirectoryOptions & { recursive: true }) => {
      // As systems do it: a folder that is there is no reason to refuse.
      if (!fs.existsSync(path)) refuse('mkdir', path)
      fs.mkdirSync(path, options)
    },
    openSync: (path: string, flags: string | number, mode?: number) => {
      refuse(String(flags).startsWith('w') ? 'open' : 'read', path)
      return fs.openSync(path, flags, mode)
    },
    renameSync: (from: string, to: string) => {
      refuse('rename', to)
      fs.renameSync(from, to)
    },
  }
})

const ROOT = process.getuid?.() === 0
const name = named('review')
let base: string
let root: string

beforeEach(async () => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'aam-read-only-')))
  root = join(base, 'registry')
  await fill(root)
})

afterEach(() => {
  refusal.code = ''
  rmSync(base, { recursive: true, force: true })
})

const open = (folder = root): Registry => openFolderRegistry({ root: folder, now: () => NOW })

async function fill(folder: string): Promise<void> {
  await initFolderRegistry(folder)
  await open(folder).publish(packSpec(parseSpec('review 1.0.0')), {})
}

const WRITERS: readonly (readonly [string, (registry: Registry) => Promise<unknown>])[] = [
  ['publishing', registry => registry.publish(packSpec(parseSpec('review 1.1.0')), {})],
  ['publishing what is there', registry => registry.publish(packSpec(parseSpec('review 1.0.0')), {})],
  [
    'setting a tag',
    registry => registry.setTag(name, { tag: 'stable' as Tag, version: '1.0.0' as Version, force: false }),
  ],
]

async function expectReadable(registry: Registry): Promise<void> {
  const document = await registry.fetchDocument(name)
  expect([...document!.releases.keys()]).toEqual(['1.0.0'])
  expect(Object.fromEntries(document!.tags)).toEqual({ latest: '1.0.0' })
  expect((await registry.fetchArchive(name, '1.0.0' as Version)).length).toBeGreaterThan(0)
  expect(await registry.listNames()).toEqual(['review'])
  expect((await registry.publish(packSpec(parseSpec('review 1.1.0')), { dryRun: true })).kind).toBe('publish')
}

const CODES = [
  ['EROFS', 'the file system is read-only'],
  ['EACCES', 'permission denied'],
  ['EPERM', 'permission denied'],
] as const

describe.each(CODES)('the system says %s', (code, words) => {
  test.each(WRITERS)('%s fails before anything is written', async (_, write) => {
    Object.assign(refusal, { code, below: root, calls: ['mkdir', 'open', 'rename'] })
    await expect(write(open())).rejects.toThrow(`The registry ${root} is read-only: ${words}`)
    await expect(write(open())).rejects.toMatchObject({
      hint: expect.stringContaining('aam registry import') as string,
    })
    await expectReadable(open())
    expect(readdirSync(root).sort()).toEqual(['index.json', 'packages', 'registry.yaml'])
    expect(readdirSync(join(root, 'packages', 'review', 'versions'))).toEqual(['1.0.0.aam', '1.0.0.aam.sha256'])
  })

  test('importing fails the same way, and leaves no archive behind', async () => {
    const source = join(base, 'source')
    await initFolderRegistry(source)
    await open(source).publish(packSpec(parseSpec('review 1.1.0')), {})
    const incoming = (await open(source).fetchDocument(name))!
    Object.assign(refusal, { code, below: join(root, 'packages'), calls: ['rename'] })
    const writer = { root, now: () => NOW }
    const options = { force: false, dryRun: false }
    expect(await codeOf(importIntoFolder(writer, { source: open(source), incoming }, options))).toBe(
      'REGISTRY_READ_ONLY',
    )
    await expectReadable(open())
    expect(readdirSync(join(root, 'packages', 'review', 'versions'))).toEqual(['1.0.0.aam', '1.0.0.aam.sha256'])
  })

  test('only metadata.yaml refused: the registry reads as before and the lock is given back', async () => {
    Object.assign(refusal, { code, below: join(root, 'packages', 'review', 'metadata.yaml'), calls: ['rename'] })
    expect(await codeOf(open().publish(packSpec(parseSpec('review 1.1.0')), {}))).toBe('REGISTRY_READ_ONLY')
    await expectReadable(open())
    expect(existsSync(join(root, '.lock'))).toBe(false)
  })
})

test('that metadata.yaml cannot be read is not the registry being read-only', async () => {
  Object.assign(refusal, { code: 'EACCES', below: join(root, 'packages', 'review', 'metadata.yaml'), calls: ['read'] })
  await expect(open().publish(packSpec(parseSpec('review 1.1.0')), {})).rejects.toMatchObject({ code: 'EACCES' })
  expect(existsSync(join(root, '.lock'))).toBe(false)
})

test('a real file system that is mounted read-only', async context => {
  const mounted = join(base, 'mounted')
  mkdirSync(mounted)
  if (!mount(['-t', 'tmpfs', 'tmpfs', mounted])) {
    // Without root, the test below does the same with permissions.
    if (ROOT && process.env['CI'] === 'true') throw new Error('needs the right to mount')
    context.skip('skipped: needs the right to mount')
    return
  }
  try {
    const folder = join(mounted, 'registry')
    await fill(folder)
    if (!mount(['-o', 'remount,ro', mounted])) throw new Error('a tmpfs that was mounted can be remounted')
    await expectReadable(open(folder))
    for (const [, write] of WRITERS) expect(await codeOf(write(open(folder)))).toBe('REGISTRY_READ_ONLY')
    expect(readdirSync(folder).sort()).toEqual(['index.json', 'packages', 'registry.yaml'])
  } finally {
    execFileSync('umount', [mounted], { stdio: 'ignore' })
  }
})

test('a real folder without permission to write', async context => {
  if (ROOT) {
    // Nothing is forbidden to root; the errors themselves are tested above.
    context.skip('skipped: needs a user other than root')
    return
  }
  chmodSync(root, 0o555)
  try {
    await expectReadable(open())
    for (const [, write] of WRITERS) expect(await codeOf(write(open()))).toBe('REGISTRY_READ_ONLY')
  } finally {
    chmodSync(root, 0o755)
  }
})

function mount(args: readonly string[]): boolean {
  try {
    execFileSync('mount', args, { stdio: 'ignore' })
    return true
  } catch (error) {
    if (error instanceof Error) return false
    throw error
  }
}
