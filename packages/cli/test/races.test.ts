/** Many real programs at once, on one registry and in one project: nothing is lost and nothing is seen half. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Run, type Sandbox, createSandbox, startRegistry } from '@aam/testkit'
import { checkRegistry, compareSnapshots, findLeftOvers, snapshot } from './support/crash-check.ts'
import { useMemoryDisk } from './support/memory-disk.ts'

useMemoryDisk()

const LAUNCHER = fileURLToPath(new URL('../bin/aam.cjs', import.meta.url))
const MANY = 20
const PATIENT = { timeout: 180_000 }
let sandbox: Sandbox

beforeEach(async () => {
  sandbox = createSandbox()
  await startRegistry(sandbox, [
    'shared 1.0.0',
    'a 1.0.0 → b ^1.0.0',
    'b 1.0.0',
    'c 1.0.0 → b *',
    ...Array.from({ length: MANY }, (_, index) => `shared 1.1.${String(index)}`),
  ])
})

afterEach(() => {
  sandbox.remove()
})

async function run(line: string, cwd: string): Promise<Run> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: sandbox.path('home') }
  return new Promise(resolve => {
    execFile(
      process.execPath,
      [LAUNCHER, ...line.split(' ')],
      { cwd: sandbox.path(cwd), env },
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr, output: stdout + stderr })
      },
    )
  })
}

const each = async (act: (index: number) => Promise<Run>): Promise<void> => {
  const ended = await Promise.all(Array.from({ length: MANY }, (_, index) => act(index)))
  for (const { code, output } of ended) expect(code, output).toBe(0)
}

const author = (index: number, name: string, version: string): string => {
  const folder = `writer-${String(index)}`
  sandbox.write(`${folder}/package.agent.json`, { name, version })
  sandbox.write(`${folder}/skills/s/SKILL.md`, `---\nname: s\ndescription: By writer ${String(index)}.\n---\n\n# S\n`)
  return folder
}

const nothingWrong = async (): Promise<void> => {
  expect(await checkRegistry(sandbox)).toEqual([])
  expect(findLeftOvers(sandbox.root)).toEqual([])
}

test('twenty publish versions of one package, each with a tag of its own: all are there', PATIENT, async () => {
  await each(async index =>
    run(`publish --tag by-${String(index)}`, author(index, '@team/one', `1.0.${String(index)}`)),
  )
  const { stdout } = await run('dist-tag ls @team/one --json', '.')
  for (let index = 0; index < MANY; index++) expect(stdout).toContain(`"by-${String(index)}"`)
  const { versions } = JSON.parse((await run('info @team/one --json', '.')).stdout) as { versions: unknown[] }
  expect(versions).toHaveLength(MANY)
  await nothingWrong()
})

test('twenty publish a package each, at once with twenty that tag another', PATIENT, async () => {
  const tags = each(async index => run(`dist-tag add shared@1.1.${String(index)} t-${String(index)}`, '.'))
  await each(async index => run('publish', author(index, `pkg-${String(index)}`, '1.0.0')))
  await tags
  const { stdout } = await run('dist-tag ls shared', '.')
  for (let index = 0; index < MANY; index++) expect(stdout).toContain(`  t-${String(index)}: 1.1.${String(index)}\n`)
  expect(readdirSync(sandbox.path('registry/packages'))).toHaveLength(MANY + 4)
  await nothingWrong()
})

test(
  'of twenty that publish one version with different bytes, one succeeds and the others are told',
  PATIENT,
  async () => {
    const ended = await Promise.all(
      Array.from({ length: MANY }, async (_, index) => run('publish', author(index, 'fought', '1.0.0'))),
    )
    expect(ended.filter(({ code }) => code === 0)).toHaveLength(1)
    for (const { code, stderr } of ended.filter(({ code }) => code !== 0)) {
      expect([code, stderr]).toEqual([
        1,
        expect.stringContaining('fought@1.0.0 is already published with other contents'),
      ])
    }
    await nothingWrong()
  },
)

test(
  'twenty publish and half of them are killed: the others finish, and so do the killed when they try again',
  PATIENT,
  async () => {
    const folders = Array.from({ length: MANY }, (_, index) => author(index, '@team/one', `1.0.${String(index)}`))
    const env = { PATH: process.env['PATH'] ?? '', HOME: sandbox.path('home') }
    const killed = folders
      .filter((_, index) => index % 2 === 1)
      .map(async (folder, index) => {
        const child = spawn(process.execPath, [LAUNCHER, 'publish'], {
          cwd: sandbox.path(folder),
          env,
          stdio: 'ignore',
        })
        setTimeout(() => child.kill('SIGKILL'), 100 + 40 * index)
        await once(child, 'close')
      })
    const spared = folders.filter((_, index) => index % 2 === 0).map(async folder => run('publish', folder))
    await Promise.all(killed)
    for (const { code, output } of await Promise.all(spared)) expect(code, output).toBe(0)
    expect(await checkRegistry(sandbox)).toEqual([])
    for (const folder of folders) expect((await run('publish', folder)).code).toBe(0)
    const { versions } = JSON.parse((await run('info @team/one --json', '.')).stdout) as { versions: unknown[] }
    expect(versions).toHaveLength(MANY)
    await nothingWrong()
  },
)

test('who reads while others write never sees half of anything', PATIENT, async () => {
  let writing = true
  let seen = 0
  const reader = async (): Promise<void> => {
    while (writing) {
      expect(await checkRegistry(sandbox)).toEqual([])
      const looked = await run('info shared --json', '.')
      expect(looked.code, looked.output).toBe(0)
      expect(JSON.parse(looked.stdout)).toMatchObject({ name: 'shared' })
      seen++
    }
  }
  const readers = Promise.all([reader(), reader()])
  await each(async index =>
    run(
      index % 2 === 0 ? `dist-tag add shared@1.1.${String(index)} moving` : 'publish',
      author(index, 'shared', `2.0.${String(index)}`),
    ),
  )
  writing = false
  await readers
  expect(seen).toBeGreaterThan(3)
  await nothingWrong()
})

test('two installs at once in one project both succeed, and the project is that of both', PATIENT, async () => {
  for (let round = 0; round < 3; round++) {
    rmSync(sandbox.path('app'), { recursive: true, force: true })
    rmSync(sandbox.path('home/.aam/cache'), { recursive: true, force: true })
    sandbox.write('app/package.agent.json', { name: 'app', version: '1.0.0' })
    const ended = await Promise.all(
      ['install a', 'install c', 'install shared', 'install'].map(async line => run(line, 'app')),
    )
    for (const { code, output } of ended) expect(code, output).toBe(0)
    expect(sandbox.json('app/package.agent.json')['dependencies']).toEqual({
      a: '^1.0.0',
      c: '^1.0.0',
      shared: '^1.1.19',
    })
    expect((await run('check', 'app')).stdout).toContain('4 packages: manifest, lock and disk agree')
    const before = snapshot(sandbox.path('app'))
    expect((await run('install', 'app')).stdout).toContain('Already up to date')
    expect(compareSnapshots(before, snapshot(sandbox.path('app')))).toEqual([])
    expect(findLeftOvers(sandbox.root)).toEqual([])
  }
})

test('two that start one project at once do not lose each other', PATIENT, async () => {
  sandbox.write('fresh/.keep', '')
  const ended = await Promise.all(['install a', 'install c'].map(async line => run(line, 'fresh')))
  for (const { code, output } of ended) expect(code, output).toBe(0)
  expect(sandbox.json('fresh/package.agent.json')['dependencies']).toEqual({ a: '^1.0.0', c: '^1.0.0' })
  expect((await run('check', 'fresh')).code).toBe(0)
})

test('twenty installs that fill one cache at once', PATIENT, async () => {
  await each(async index => {
    sandbox.write(`app-${String(index)}/package.agent.json`, {
      name: 'app',
      version: '1.0.0',
      dependencies: { a: '*', c: '*' },
    })
    return run('install', `app-${String(index)}`)
  })
  const first = snapshot(sandbox.path('app-0'))
  for (let index = 1; index < MANY; index++) {
    expect(compareSnapshots(first, snapshot(sandbox.path(`app-${String(index)}`)))).toEqual([])
  }
  expect(readdirSync(sandbox.path('home/.aam/cache')).filter(name => name.endsWith('.aam'))).toHaveLength(3)
})
