/**
 * Clients that publish, tag, approve and yank while servers are killed at random: nothing that was acknowledged is lost,
 * nothing is half there, and all of it can be done again.
 */
import { rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { integrityOf } from '@aam/archive'
import { type PackageName, type Tag, type Version, parseTag, parseVersion } from '@aam/core'
import { verifyData } from '@aam/server'
import { named, packSpec, parseSpec } from '@aam/testkit'
import { useMemoryDisk } from '../../cli/test/support/memory-disk.ts'
import { type Tokens, codeOf, makePeople } from './support/crash-scenarios.ts'
import {
  type Connection,
  type ServerProcess,
  buildServer,
  connect,
  newDataFolder,
  startProcess,
} from './support/server-process.ts'

useMemoryDisk()

const LONG = process.env['AAM_LONG'] === '1'

let build: Awaited<ReturnType<typeof buildServer>>
beforeAll(async () => {
  build = await buildServer()
})
afterAll(() => {
  build.remove()
})

/** Where the servers are now; a server that was killed comes back at its port. */
type Field = { readonly folder: string; readonly tokens: Tokens; readonly addresses: readonly string[] }

/** What one client did, and what it was told. */
type Diary = {
  /** Archives by version, in order. */
  readonly published: Map<Version, { readonly bytes: Buffer; readonly told: boolean }>
  readonly yanked: Set<Version>
  readonly approved: Set<Version>
  /** What its tag may name: what it was told last, and what it has tried since. */
  readonly tag: Set<Version | undefined>
  told: number
}

const PACKAGES = 3

function nameFor(client: number): PackageName {
  return named(`@storm/package-${String(client % PACKAGES)}`)
}

function tagFor(client: number): Tag {
  return parseTag(`of-${String(client)}`)
}

/** Works until it is told to stop. */
async function work(field: Field, client: number, until: () => boolean): Promise<Diary> {
  const name = nameFor(client)
  const tag = tagFor(client)
  const diary: Diary = {
    published: new Map(),
    yanked: new Set(),
    approved: new Set(),
    tag: new Set([undefined]),
    told: 0,
  }
  const tell = async (act: (as: { ann: Connection; bob: Connection }) => Promise<unknown>): Promise<boolean> => {
    const address = field.addresses[(client + diary.told) % field.addresses.length]!
    const as = { ann: connect(address, field.tokens.ann, 2), bob: connect(address, field.tokens.bob, 2) }
    const code = await codeOf(async () => act(as))
    if (code === undefined) diary.told++
    else if (code === 'REGISTRY_UNREACHABLE') await sleep(20)
    else if (code !== 'REGISTRY_UNAVAILABLE') throw new Error(`${name}: ${code}`)
    return code === undefined
  }
  for (let number = 0; until(); number++) {
    const version = parseVersion(`${String(client)}.${String(number)}.0`)
    const bytes = packSpec(parseSpec(`${name} ${version}`))
    diary.published.set(version, { bytes, told: false })
    let told = false
    // Whoever is not told tries again, and gives up in the end.
    for (let tries = 0; tries < 5 && !told && until(); tries++) {
      told = await tell(async ({ ann }) => ann.registry.publish(bytes, {}))
    }
    diary.published.set(version, { bytes, told })
    if (!told) continue
    diary.tag.add(version)
    if (await tell(async ({ ann }) => ann.registry.setTag(name, { tag, version, force: false }))) {
      diary.tag.clear()
      diary.tag.add(version)
    }
    const approval = { status: 'approved' } as const
    if (await tell(async ({ bob }) => bob.account.approve(name, version, approval))) diary.approved.add(version)
    if (number % 3 !== 0) continue
    if (await tell(async ({ ann }) => ann.registry.yank(name, { version, undo: false }))) diary.yanked.add(version)
  }
  return diary
}

async function storm({
  kills,
  servers: count,
  clients,
}: {
  readonly kills: number
  readonly servers: number
  readonly clients: number
}): Promise<void> {
  const folder = newDataFolder()
  const tokens = await makePeople(build.program, folder)
  const servers: ServerProcess[] = []
  for (let index = 0; index < count; index++) servers.push(await startProcess(build.program, folder))
  const addresses = servers.map(({ address }) => address)
  const field = { folder, tokens, addresses }
  let going = true
  const clientsAtWork = Promise.all(
    Array.from({ length: clients }, async (_, client) => work(field, client, () => going)),
  )
  clientsAtWork.catch(() => (going = false))
  const { registry: first } = connect(addresses[0]!, tokens.ann)
  for (let kill = 0; kill < kills; kill++) {
    await sleep(Math.random() * 500)
    const index = Math.floor(Math.random() * count)
    await servers[index]!.kill()
    servers[index] = await startProcess(build.program, folder, { PORT: new URL(addresses[index]!).port })
  }
  going = false
  const diaries = await clientsAtWork
  const problems: string[] = []
  const told = diaries.reduce((sum, diary) => sum + diary.told, 0)
  for (const [client, diary] of diaries.entries()) problems.push(...(await checkDiary(field, client, diary)))
  const { problems: found, versions, events } = await verifyData(folder)
  problems.push(...found.filter(({ severity }) => severity === 'error').map(({ what, why }) => `${what}: ${why}`))
  expect(problems).toEqual([])
  expect(told).toBeGreaterThan(kills)
  const orphans = found.filter(({ severity }) => severity === 'warning').length
  if (LONG) console.log({ kills, servers: count, clients, told, versions, events, orphans })
  // Everything again, what was told and what was not.
  for (const [client, { published }] of diaries.entries()) {
    for (const [version, { bytes }] of published) {
      const code = await codeOf(async () => first.publish(bytes, {}))
      if (code !== undefined) problems.push(`${nameFor(client)}@${version} again: ${code}`)
    }
  }
  problems.push(
    ...(await verifyData(folder)).problems.filter(({ severity }) => severity === 'error').map(({ why }) => why),
  )
  expect(problems).toEqual([])
  for (const server of servers) await server.kill()
  rmSync(folder, { recursive: true, force: true })
}

async function checkDiary({ addresses, tokens }: Field, client: number, diary: Diary): Promise<string[]> {
  const { registry } = connect(addresses.at(-1)!, tokens.ann)
  const { account } = connect(addresses[0]!, tokens.bob)
  const name = nameFor(client)
  const document = await registry.fetchDocument(name)
  const problems: string[] = []
  for (const [version, { bytes, told }] of diary.published) {
    const release = document?.releases.get(version)
    if (release === undefined) {
      if (told) problems.push(`${name}@${version} is lost`)
      continue
    }
    if (integrityOf(await registry.fetchArchive(name, version)) !== integrityOf(bytes)) {
      problems.push(`${name}@${version} has other bytes`)
    }
    if (diary.yanked.has(version) && !release.yanked) problems.push(`the yank of ${name}@${version} is lost`)
    if (!diary.approved.has(version)) continue
    const { status } = await account.fetchApprovals(name, version)
    if (status !== 'approved') problems.push(`the approval of ${name}@${version} is lost`)
  }
  const tagged = document?.tags.get(tagFor(client))
  if (!diary.tag.has(tagged)) problems.push(`${tagFor(client)} names ${String(tagged)}`)
  return problems
}

test('a server killed again and again', { timeout: LONG ? 1_200_000 : 60_000 }, async () => {
  await storm({ kills: LONG ? 200 : 5, servers: 1, clients: 6 })
})

test('two servers on one folder, killed again and again', { timeout: LONG ? 1_200_000 : 60_000 }, async () => {
  await storm({ kills: LONG ? 100 : 3, servers: 2, clients: 6 })
})
