/** Bad input costs nobody anything: one clear error that says what, where and what to do, and nothing changes on disk. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Run, type Sandbox, createSandbox, startRegistry } from '@aam/testkit'
import {
  ARCHIVES,
  BUNDLES,
  type BadInput,
  CONFIGURATIONS,
  FIFOS,
  IMPORTS,
  LOCKS,
  MANIFESTS,
  PLACES_TAKEN,
  REGISTRIES,
  REQUESTS,
} from './support/bad-inputs.ts'
import { compareSnapshots, snapshot } from './support/crash-check.ts'
import { useMemoryDisk } from './support/memory-disk.ts'

useMemoryDisk()

const LAUNCHER = fileURLToPath(new URL('../bin/aam.cjs', import.meta.url))
const SECONDS = 5
let sandbox: Sandbox

beforeEach(async () => {
  sandbox = createSandbox()
  await startRegistry(sandbox, [
    'git-utils 1.0.0',
    'git-utils 1.0.1',
    'git-utils 2.0.0',
    'code-review 1.3.2 → git-utils ^1.0.0',
    'broken 1.0.0 → ghost *',
  ])
  sandbox.write('app/package.agent.json', { name: 'app', version: '1.0.0', dependencies: { 'git-utils': '^1.0.0' } })
  sandbox.write('app/skills/app/SKILL.md', '---\nname: app\ndescription: Helps.\n---\n\n# Help\n')
})

afterEach(() => {
  sandbox.remove()
})

const wordsOf = ({ command }: BadInput): string[] => (typeof command === 'string' ? command.split(' ') : [...command])

/** The built program as a process of its own. */
async function runProcess(words: readonly string[], cwd: string): Promise<Run> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: sandbox.path('home') }
  const options = { cwd: sandbox.path(cwd), env, timeout: SECONDS * 1000 }
  return new Promise(resolve => {
    execFile(process.execPath, [LAUNCHER, ...words], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr, output: stdout + stderr })
    })
  })
}

async function expectRefusal(
  row: BadInput,
  run: (words: readonly string[], cwd: string) => Promise<Run>,
): Promise<void> {
  await row.prepare?.(sandbox)
  const words = wordsOf(row)
  const cwd = row.cwd ?? 'app'
  const before = snapshot(sandbox.root)
  const start = performance.now()

  const { code, stdout, stderr } = await run(words, cwd)
  const errors = stderr.match(/^(?:Error|ERROR): .*/gm) ?? []
  expect({ code, stdout, errors: errors.length }, stderr.slice(0, 2000)).toEqual({
    code: row.exit,
    stdout: '',
    errors: 1,
  })
  for (const text of row.says) expect(stderr).toContain(text)
  expect(stderr).toMatch(/^hint: \S/m)
  if (row.hint !== undefined) expect(stderr.slice(stderr.indexOf('\nhint: '))).toContain(row.hint)
  expect(stderr).not.toMatch(/\n\s+at |defect|undefined|\[object/)
  expect(stderr.length).toBeLessThan(10_000)
  expect(compareSnapshots(before, snapshot(sandbox.root))).toEqual([])

  const json = await run(['--json', ...words], cwd)
  expect(JSON.parse(json.stdout)).toEqual({
    error: expect.objectContaining({
      code: expect.stringMatching(/^[A-Z_]+$/) as string,
      message: expect.stringMatching(/./) as string,
      hint: expect.stringMatching(/./) as string,
    }) as object,
  })
  expect(json.code).toBe(row.exit)
  expect(compareSnapshots(before, snapshot(sandbox.root))).toEqual([])
  expect(performance.now() - start).toBeLessThan(SECONDS * 1000)
}

describe.each([
  ['manifests', MANIFESTS],
  ['configurations', CONFIGURATIONS],
  ['requests', REQUESTS],
  ['imports', IMPORTS],
  ['registries', REGISTRIES],
  ['archives', ARCHIVES],
  ['bundles', BUNDLES],
  ['locks', LOCKS],
  ['places that are taken', PLACES_TAKEN],
])('%s', (_, rows) => {
  test.each(rows)('$what', async row => {
    await expectRefusal(row, async (words, cwd) => sandbox.aam(words, { cwd }))
  })
})

describe.skipIf(process.platform === 'win32')('pipes, which hang whoever opens them', () => {
  test.each(FIFOS)('$what', async row => {
    await expectRefusal(row, runProcess)
  })
})
