/** Real server processes: many at once, several on one folder, stopped while they work, on disks that are full or gone. */
import { execFileSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { request } from 'node:http'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { integrityOf, packArchive } from '@aam/archive'
import { parseTag, parseVersion } from '@aam/core'
import { verifyData } from '@aam/server'
import { named, packSpec, parseSpec } from '@aam/testkit'
import { useMemoryDisk } from '../../cli/test/support/memory-disk.ts'
import { type Tokens, codeOf, makePeople, signIn } from './support/crash-scenarios.ts'
import {
  type ServerProcess,
  type Settings,
  buildServer,
  connect,
  newDataFolder,
  startProcess,
} from './support/server-process.ts'

useMemoryDisk()

let build: Awaited<ReturnType<typeof buildServer>>
let folder: string
let tokens: Tokens
const servers: ServerProcess[] = []

beforeAll(async () => {
  build = await buildServer()
})
afterAll(() => {
  build.remove()
})

beforeEach(async () => {
  folder = newDataFolder()
  tokens = await makePeople(build.program, folder)
  return async () => {
    for (const server of servers.splice(0)) await server.kill()
    rmSync(folder, { recursive: true, force: true })
  }
})

async function start(settings?: Settings): Promise<ServerProcess> {
  const server = await startProcess(build.program, folder, settings)
  servers.push(server)
  return server
}

async function errors(): Promise<string[]> {
  const { problems } = await verifyData(folder)
  return problems.filter(({ severity }) => severity === 'error').map(({ what, why }) => `${what}: ${why}`)
}

const pack = (line: string, extra: Readonly<Record<string, unknown>> = {}): Buffer => packSpec(parseSpec(line), extra)
/** An archive with a file of so many bytes that nothing makes smaller. */
const packLarge = (name: string, version: string, size: number): Buffer =>
  packArchive(
    [
      { path: 'package.agent.json', data: Buffer.from(JSON.stringify({ name, version, description: 'Large' })) },
      { path: 'skills/large/SKILL.md', data: Buffer.from('---\nname: large\ndescription: Is large.\n---\n') },
      { path: 'skills/large/noise.bin', data: randomBytes(size) },
    ].map(file => ({ ...file, executable: false })),
    { seconds: 0, archive: name },
  )
const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index)
const status = async (server: ServerProcess, path: string): Promise<number> =>
  (await fetch(`${server.address}${path}`)).status

describe('two servers on one folder', () => {
  test('a hundred versions published at once are all there', { timeout: 60_000 }, async () => {
    const people = [signIn((await start()).address, tokens), signIn((await start()).address, tokens)]
    const name = named('many')
    await Promise.all(range(100).map(async n => people[n % 2]!.ann.registry.publish(pack(`many 1.0.${String(n)}`), {})))
    const document = await people[1]!.ann.registry.fetchDocument(name)
    expect(document?.releases.size).toBe(100)
    expect(await people[0]!.ann.registry.fetchDocument(name)).toEqual(document)
    expect(await errors()).toEqual([])
  })

  test('of fifty who publish one version with different bytes, exactly one wins', { timeout: 60_000 }, async () => {
    const people = [signIn((await start()).address, tokens), signIn((await start()).address, tokens)]
    const archives = range(50).map(n => pack('one 1.0.0', { description: `The ${String(n)}th` }))
    const codes = await Promise.all(
      archives.map(async (archive, n) => codeOf(async () => people[n % 2]!.ann.registry.publish(archive, {}))),
    )
    expect(codes.filter(code => code === undefined)).toHaveLength(1)
    expect(codes.filter(code => code === 'VERSION_CONFLICT')).toHaveLength(49)
    const stored = await people[0]!.ann.registry.fetchArchive(named('one'), parseVersion('1.0.0'))
    expect(integrityOf(stored)).toBe(integrityOf(archives[codes.indexOf(undefined)]!))
    expect(await errors()).toEqual([])
  })

  test('publishing, tagging and yanking at once leave what the log tells', { timeout: 60_000 }, async () => {
    const people = [signIn((await start()).address, tokens), signIn((await start()).address, tokens)]
    const name = named('busy')
    await people[0]!.ann.registry.publish(pack('busy 1.0.0'), {})
    const version = (n: number): string => `1.0.${String(n)}`
    const work = range(90).map(async n => {
      const { registry } = people[n % 2]!.ann
      const at = parseVersion(version(n % 7))
      const tag = parseTag(`t${String(n % 4)}`)
      if (n % 3 === 0) return codeOf(async () => registry.publish(pack(`busy ${version(n / 3)}`), { tag }))
      if (n % 3 === 1) return codeOf(async () => registry.setTag(name, { tag, version: at, force: false }))
      return codeOf(async () => registry.yank(name, { version: at, undo: n % 2 === 0 }))
    })
    const allowed = [undefined, 'VERSION_NOT_FOUND', 'PACKAGE_YANKED', 'VERSION_CONFLICT']
    expect((await Promise.all(work)).filter(code => !allowed.includes(code))).toEqual([])
    expect(await errors()).toEqual([])
    expect((await people[0]!.ann.registry.fetchDocument(name))?.releases.size).toBe(30)
  })

  test('each sees at once what the other changes', { timeout: 60_000 }, async () => {
    const [one, two] = [await start({ RATE_LIMIT_LOGIN: '3' }), await start({ RATE_LIMIT_LOGIN: '3' })]
    const [here, there] = [signIn(one.address, tokens).ann, signIn(two.address, tokens).ann]
    const name = named('seen')
    for (const n of range(20)) {
      expect((await there.registry.fetchDocument(name))?.releases.size).toBe(n === 0 ? undefined : n)
      await here.registry.publish(pack(`seen 1.0.${String(n)}`), {})
    }
    const tag = parseTag('stable')
    await there.registry.setTag(name, { tag, version: parseVersion('1.0.3'), force: false })
    expect((await here.registry.fetchDocument(name))?.tags.get(tag)).toBe('1.0.3')
    const session = await connect(one.address).account.login({ name: 'ann', password: 'ann has a long password' })
    expect((await connect(two.address, session.token).account.me()).name).toBe('ann')
    await connect(one.address, session.token).account.logout()
    expect(await codeOf(async () => connect(two.address, session.token).account.me())).toBe('UNAUTHORIZED')
    const wrong = { name: 'ann', password: 'something else entirely' }
    const codes: (string | undefined)[] = []
    for (const n of range(4)) {
      codes.push(await codeOf(async () => connect([one, two][n % 2]!.address).account.login(wrong)))
    }
    expect(codes.at(-1)).toBe('RATE_LIMITED')
  })

  test('many start at once in a folder that is new', { timeout: 60_000 }, async () => {
    rmSync(folder, { recursive: true })
    const started = await Promise.all(range(4).map(async () => start()))
    const codes = await Promise.all(
      started.map(async ({ address }) =>
        codeOf(async () => connect(address).account.login({ name: 'root', password: 'correct horse battery' })),
      ),
    )
    expect(codes).toEqual([undefined, undefined, undefined, undefined])
    expect(await errors()).toEqual([])
  })
})

test('told to stop, a server finishes what it is doing, and says that it stops', { timeout: 30_000 }, async () => {
  const server = await start()
  const archive = pack('slow 1.0.0')
  const upload = request(`${server.address}/packages`, {
    method: 'POST',
    headers: { authorization: `Bearer ${tokens.ann}`, 'content-type': 'application/gzip' },
  })
  const answered = once(upload, 'response')
  upload.write(archive.subarray(0, 100))
  while (statSync(join(folder, 'blobs/uploads')).nlink === 0 || (await status(server, '/readyz')) !== 200);
  await new Promise(resolve => setTimeout(resolve, 100))
  const ended = server.terminate()
  while ((await status(server, '/readyz')) !== 503);
  expect(await status(server, '/healthz')).toBe(200)
  const refused = await codeOf(async () => signIn(server.address, tokens).ann.registry.publish(pack('late 1.0.0'), {}))
  expect(refused).toBe('REGISTRY_UNAVAILABLE')
  upload.end(archive.subarray(100))
  const [response] = (await answered) as [{ statusCode: number; resume: () => void }]
  response.resume()
  expect(response.statusCode).toBe(201)
  expect(await ended).toBe(0)
  expect(await verifyData(folder)).toMatchObject({ problems: [], versions: 1 })
})

test('after an upload that is refused in its middle, the connection is good for the next request', async () => {
  const { ann } = signIn((await start()).address, tokens)
  for (const size of [100_000, 1_000_000, 10_000_000]) {
    const refused = await codeOf(async () => ann.registry.publish(randomBytes(size), {}))
    expect(refused).toBe('ARCHIVE_INVALID')
    const started = Date.now()
    expect(await ann.registry.fetchDocument(named('nobody'))).toBeUndefined()
    expect(Date.now() - started).toBeLessThan(5000)
  }
})

describe('a database that is gone', () => {
  test('when its file is removed, nothing is acknowledged any more, and reading goes on', async () => {
    const server = await start()
    const { ann } = signIn(server.address, tokens)
    await ann.registry.publish(pack('here 1.0.0'), {})
    rmSync(join(folder, 'registry.sqlite'))
    expect(await codeOf(async () => ann.registry.publish(pack('here 1.1.0'), {}))).toBe('REGISTRY_UNAVAILABLE')
    expect((await ann.registry.fetchDocument(named('here')))?.releases.size).toBe(1)
    expect((await ann.registry.fetchArchive(named('here'), parseVersion('1.0.0'))).length).toBeGreaterThan(0)
    expect(await status(server, '/readyz')).toBe(503)
    expect(await status(server, '/healthz')).toBe(200)
  })

  test('when it is damaged, the answer says so, and the process goes on', async () => {
    const server = await start()
    const { ann } = signIn(server.address, tokens)
    await ann.registry.publish(pack('here 1.0.0'), {})
    for (const name of ['registry.sqlite', 'registry.sqlite-wal']) {
      const file = openSync(join(folder, name), 'r+')
      writeSync(file, randomBytes(statSync(join(folder, name)).size), 0)
    }
    const codes: (string | undefined)[] = []
    for (const n of range(5)) {
      codes.push(await codeOf(async () => ann.registry.publish(pack(`new-${String(n)} 1.0.0`), {})))
      codes.push(await codeOf(async () => ann.registry.fetchDocument(named(`new-${String(n)}`))))
    }
    expect(codes).toContain('REGISTRY_UNAVAILABLE')
    expect(codes.filter(code => code !== undefined && code !== 'REGISTRY_UNAVAILABLE')).toEqual([])
    expect(await status(server, '/readyz')).toBe(503)
    expect(await status(server, '/healthz')).toBe(200)
  })

  test('without the folder of the archives, nothing is published, and documents are read', async () => {
    const server = await start()
    const { ann } = signIn(server.address, tokens)
    const large = packLarge('here', '1.0.0', 400_000)
    await ann.registry.publish(large, {})
    rmSync(join(folder, 'blobs'), { recursive: true })
    expect(await codeOf(async () => ann.registry.publish(pack('here 1.1.0'), {}))).toBe('REGISTRY_UNAVAILABLE')
    expect((await ann.registry.fetchDocument(named('here')))?.releases.size).toBe(1)
    const fetched = codeOf(async () => ann.registry.fetchArchive(named('here'), parseVersion('1.0.0')))
    expect(await fetched).toBe('REGISTRY_UNAVAILABLE')
    expect(await status(server, '/readyz')).toBe(503)
  })
})

/** Puts a small disk in place of a folder; returns what takes it away, `undefined` where that is not allowed. */
function mountSmall(path: string, size: string): (() => void) | undefined {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path], { stdio: 'ignore' })
    return () => {
      execFileSync('umount', ['-l', path])
    }
  } catch (error) {
    if (error instanceof Error) return undefined
    throw error
  }
}

test('a disk that is full stops writing and nothing else, until there is room', { timeout: 60_000 }, async context => {
  const disk = newDataFolder()
  const unmount = mountSmall(disk, '16m')
  if (unmount === undefined) {
    rmSync(disk, { recursive: true })
    context.skip('needs to mount a disk')
    return
  }
  try {
    rmSync(folder, { recursive: true })
    folder = join(disk, 'data')
    mkdirSync(folder)
    tokens = await makePeople(build.program, folder)
    const filler = join(disk, 'filler')
    writeFileSync(filler, randomBytes(4 * 1024 * 1024))
    const server = await start()
    const { ann } = signIn(server.address, tokens)
    const publish = async (n: number): Promise<string | undefined> =>
      codeOf(async () => ann.registry.publish(packLarge('full', `1.0.${String(n)}`, 800_000), {}))
    const codes: (string | undefined)[] = []
    while (codes.at(-1) === undefined && codes.length < 40) codes.push(await publish(codes.length))
    expect(codes.at(-1)).toBe('REGISTRY_FULL')
    const published = codes.length - 1
    expect(published).toBeGreaterThan(1)
    // Not a byte more.
    const file = openSync(join(disk, 'rest'), 'w')
    for (const size of [65536, 4096, 1]) {
      try {
        for (;;) if (writeSync(file, Buffer.alloc(size)) < size) break
      } catch (error) {
        expect(error).toMatchObject({ code: 'ENOSPC' })
      }
    }
    closeSync(file)
    const name = named('full')
    const version = parseVersion('1.0.0')
    const tag = parseTag('stable')
    const tagging = async (): Promise<string | undefined> => {
      for (const n of range(30)) {
        const force = { tag: parseTag(`stable-${String(n)}`), version, force: false }
        const code = await codeOf(async () => ann.registry.setTag(name, force))
        if (code !== undefined) return code
      }
      return undefined
    }
    expect(await tagging()).toBe('REGISTRY_FULL')
    expect((await ann.registry.fetchDocument(name))?.releases.size).toBe(published)
    expect((await ann.registry.fetchArchive(name, version)).length).toBeGreaterThan(500_000)
    expect(await status(server, '/packages/full/tags')).toBe(200)
    expect(await status(server, '/healthz')).toBe(200)
    expect(await status(server, '/readyz')).toBe(507)
    rmSync(filler)
    rmSync(join(disk, 'rest'))
    expect(await publish(published)).toBeUndefined()
    await ann.registry.setTag(name, { tag, version, force: false })
    expect(await errors()).toEqual([])
    expect((await verifyData(folder)).problems).toEqual([])
  } finally {
    for (const server of servers.splice(0)) await server.kill()
    unmount()
    rmSync(disk, { recursive: true, force: true })
  }
})
