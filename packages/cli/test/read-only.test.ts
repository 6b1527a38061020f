/** Folders in which nothing may be written: looking works, writing says what is in the way, and nothing is half done. */
import type * as Files from 'node:fs'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Sandbox, createSandbox, startRegistry } from '@aam/testkit'
import { compareSnapshots, snapshot } from './support/crash-check.ts'

// Whoever runs the tests may be root, whom no mode keeps from anything.
const forbidden = vi.hoisted(() => ({ below: undefined as string | undefined, code: 'EROFS' }))
vi.mock('node:fs', async original => {
  const fs = await original<typeof Files>()
  const check = (call: string, path: unknown): void => {
    const { below, code } = forbidden
    if (below === undefined || typeof path !== 'string' || !`${path}/`.startsWith(`${below}/`)) return
    throw Object.assign(new Error(`${code}: ${call} '${path}'`), { code, path, syscall: call })
  }
  const mkdirSync = (path: string, options?: Files.MakeDirectoryOptions): string | undefined => {
    if (!fs.existsSync(path)) check('mkdir', path)
    return fs.mkdirSync(path, options)
  }
  const openSync = (path: string, flags: string | number, mode?: number): number => {
    if (typeof flags === 'string' && flags !== 'r') check('open', path)
    return fs.openSync(path, flags, mode)
  }
  const guarded = (['renameSync', 'unlinkSync', 'rmdirSync', 'utimesSync'] as const).map(call => {
    const real = fs[call] as (...args: unknown[]) => unknown
    const guard = (...args: unknown[]): unknown => {
      check(call.replace('Sync', ''), args[0])
      return real(...args)
    }
    return [call, guard] as const
  })
  const rmSync = (path: string, options?: Files.RmOptions): void => {
    if (fs.existsSync(path)) check('rm', path)
    fs.rmSync(path, options)
  }
  return { ...fs, ...Object.fromEntries(guarded), mkdirSync, openSync, rmSync }
})

let sandbox: Sandbox

beforeEach(async () => {
  sandbox = createSandbox()
  await startRegistry(sandbox, ['git-utils 1.0.0', 'code-review 1.0.0 → git-utils ^1.0.0'])
  sandbox.write('app/package.agent.json', { name: 'app', version: '1.0.0', dependencies: { 'git-utils': '^1.0.0' } })
  sandbox.write('app/skills/app/SKILL.md', '---\nname: app\ndescription: Helps.\n---\n\n# Help\n')
})

afterEach(() => {
  forbidden.below = undefined
  sandbox.remove()
})

const KINDS = [
  ['EROFS', 'The file system is read-only'],
  ['EACCES', 'Permission denied'],
  ['EPERM', 'Permission denied'],
] as const

type Refusal = { readonly says: (folder: string) => string; readonly error: string }

/** Runs a command that has to be refused because of `folder`, and must not leave a trace. */
async function expectRefusal(command: string, folder: string, { says, error }: Refusal): Promise<void> {
  const before = snapshot(sandbox.root)
  const run = await sandbox.aam(command, { cwd: 'app' })
  expect(run.code, run.output).toBe(1)
  expect(run.stderr).toMatch(new RegExp(`^Error: ${says(sandbox.path(folder))}.*\\nhint: \\S.*\\n$`, 'm'))
  expect(run.stderr).not.toMatch(/defect|\n\s+at /)
  const json = await sandbox.aam(`${command} --json`, { cwd: 'app' })
  expect([json.code, JSON.parse(json.stdout)]).toMatchObject([1, { error: { code: error } }])
  expect(compareSnapshots(before, snapshot(sandbox.root))).toEqual([])
}

describe.each(KINDS)('%s', (code, words) => {
  const refused: Refusal = { says: folder => `${words}: ${folder}`, error: 'FILE_SYSTEM' }
  const refusedThere: Refusal = {
    says: folder => `The registry ${folder} is read-only: ${words.toLowerCase()} \\(${folder}`,
    error: 'REGISTRY_READ_ONLY',
  }
  beforeEach(() => {
    forbidden.code = code
  })

  test('a registry: installing works, publishing and tagging are refused', async () => {
    forbidden.below = sandbox.path('registry')
    expect((await sandbox.aam('install code-review', { cwd: 'app' })).code).toBe(0)
    expect((await sandbox.aam('info code-review', { cwd: 'app' })).code).toBe(0)
    for (const command of ['publish', 'dist-tag add git-utils@1.0.0 stable', 'dist-tag rm git-utils stable']) {
      await expectRefusal(command, 'registry', refusedThere)
    }
  })

  test('a project: looking works, installing is refused', async () => {
    await sandbox.aam('install', { cwd: 'app' })
    forbidden.below = sandbox.path('app')
    for (const command of ['tree', 'list', 'why git-utils', 'check', 'info git-utils', 'install', 'update --dry-run']) {
      expect((await sandbox.aam(command, { cwd: 'app' })).code, command).toBe(0)
    }
    for (const command of ['install code-review', 'install --force', 'update']) {
      await expectRefusal(command, 'app', refused)
    }
  })

  test('a new project: nothing is started', async () => {
    forbidden.below = sandbox.path('app')
    await expectRefusal('install', 'app', refused)
  })

  test('a home: everything works, without a cache', async () => {
    forbidden.below = sandbox.path('home')
    expect((await sandbox.aam('install code-review', { cwd: 'app' })).code).toBe(0)
    expect((await sandbox.aam('check', { cwd: 'app' })).stdout).toContain('agree')
    expect((await sandbox.aam('publish', { cwd: 'app' })).code).toBe(0)
    expect(sandbox.exists('home/.aam/cache')).toBe(false)
  })
})
