/** Backing up, restoring and verifying what a server keeps. */
import { DatabaseSync } from '@photostructure/sqlite'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { sha256Hex } from '@aam/archive'
import { parseTag, parseVersion } from '@aam/core'
import { backupData, restoreData, verifyData } from '@aam/server'
import { type TestServer, named, packSpec, parseSpec, startTestServer } from '@aam/testkit'
import { openData } from '../src/data/folder.ts'
import { sweep } from '../src/data/sweep.ts'
import { useMemoryDisk } from '../../cli/test/support/memory-disk.ts'

useMemoryDisk()

let server: TestServer
let ann: string
let root: string
let next = 0

const REVIEW = named('@team/review')
const STABLE = parseTag('stable')

beforeAll(async () => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'aam-data-')))
  server = await startTestServer()
  ann = await server.addUser('ann')
  const registry = server.registry(ann)
  await registry.publish(packSpec(parseSpec('@team/review 1.0.0 → git-utils ^1.0.0')), {})
  await registry.publish(packSpec(parseSpec('@team/review 1.1.0')), { tag: STABLE })
  await registry.publish(packSpec(parseSpec('git-utils 1.0.0')), {})
  await registry.deprecate(named('git-utils'), { range: parseRangeOf('1.0.0'), message: 'old' })
})

afterAll(async () => {
  await server.remove()
  rmSync(root, { recursive: true, force: true })
})

function parseRangeOf(text: string) {
  return parseSpec(`x 1.0.0 → y ${text}`).dependencies.get(named('y'))!
}

function place(): string {
  return join(root, String(next++))
}

function errorsOf({ problems }: Awaited<ReturnType<typeof verifyData>>): string[] {
  return problems.filter(({ severity }) => severity === 'error').map(({ what, why }) => `${what}: ${why}`)
}

function sizeOf(folder: string, name: string): number {
  return statSync(join(folder, name)).size
}

/** Every file below a folder with its digest. */
function filesIn(folder: string): Map<string, string> {
  const names = readdirSync(folder, { recursive: true }).map(String).sort()
  // What readers and writers of a database tell each other is no content, nor is a journal with nothing in it.
  const isEmpty = (name: string): boolean =>
    name.endsWith('-shm') || (name.endsWith('-wal') && sizeOf(folder, name) === 0)
  const files = names.filter(name => statSync(join(folder, name)).isFile() && !isEmpty(name))
  return new Map(files.map(name => [name, sha256Hex(readFileSync(join(folder, name)))]))
}

async function restored(): Promise<string> {
  const [backup, folder] = [place(), place()]
  await backupData({ dataFolder: server.dataFolder, target: backup })
  await restoreData({ backup, dataFolder: folder })
  return folder
}

/** Changes a database as nobody should. */
function tamper(folder: string, ...statements: readonly string[]): void {
  const database = new DatabaseSync(join(folder, 'registry.sqlite'))
  for (const name of ['content_stays', 'versions_stay', 'log_stays', 'log_stays_whole']) {
    database.exec(`drop trigger if exists ${name}`)
  }
  database.exec('pragma foreign_keys = off')
  for (const statement of statements) database.exec(statement)
  database.close()
}

describe('verify', () => {
  test('finds nothing wrong with the data of a server at work, and changes nothing', async () => {
    const before = filesIn(server.dataFolder)
    const found = await verifyData(server.dataFolder)
    expect(found).toMatchObject({ problems: [], packages: 2, versions: 3, blobs: 3 })
    expect(found.head).toMatch(/^[0-9a-f]{64}$/)
    expect(filesIn(server.dataFolder)).toEqual(before)
  })

  test('leaves no file beside data that nobody has open', async () => {
    const folder = await restored()
    const opened = await openData(folder)
    await opened.store.close()
    const before = filesIn(folder)
    expect((await verifyData(folder)).problems).toEqual([])
    expect(filesIn(folder)).toEqual(before)
  })

  test('after a server was stopped, its database is one file', async () => {
    const folder = await restored()
    const again = await startTestServer({ DATA_DIR: folder })
    await again.registry(ann).publish(packSpec(parseSpec('settled 1.0.0')), {})
    await again.remove()
    expect([...filesIn(folder).keys()].filter(name => !name.startsWith('blobs/'))).toEqual(['registry.sqlite'])
  })

  test('says when there is nothing', async () => {
    await expect(verifyData(place())).rejects.toMatchObject({ code: 'STORE_NOT_FOUND' })
    const other = place()
    mkdirSync(other)
    new DatabaseSync(join(other, 'registry.sqlite')).close()
    await expect(verifyData(other)).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE' })
  })

  test('refuses data of a newer program', async () => {
    const folder = await restored()
    tamper(folder, "update meta set value = '99' where key = 'schema'")
    await expect(verifyData(folder)).rejects.toMatchObject({ code: 'STORE_TOO_NEW' })
  })

  const TAMPERED: readonly (readonly [what: string, statement: string, why: RegExp])[] = [
    [
      'an event that was edited',
      "update audit set event = replace(event, 'ann', 'eve') where sequence = 5",
      /event 5 is not what was written/,
    ],
    ['an event that is no JSON', "update audit set event = '{' where sequence = 5", /event 5 cannot be read/],
    ['an event that was removed', 'delete from audit where sequence = 5', /event 5 is missing/],
    ['a column of an event', "update audit set actor = 'eve' where sequence = 5", /columns of event 5/],
    [
      'a tag that was moved',
      "update tags set version_id = (select min(id) from versions) where tag = 'stable'",
      /tags: /,
    ],
    ['a tag that was removed', "delete from tags where tag = 'stable'", /tags: /],
    [
      'a tag that names a version of another package',
      "update tags set version_id = (select max(id) from versions) where tag = 'stable'",
      /the tag stable names a version of another package/,
    ],
    ['a yank', 'update versions set yanked = 1 where id = 1', /version 1: /],
    ['a deprecation taken back', 'update versions set deprecated = null', /git-utils: version 1: /],
    ['a version hidden', "update versions set state = 'waiting' where id = 1", /version 1: /],
    ['a package shown to nobody', "update packages set visibility = 'private'", /visibility: /],
    ['a new owner', "insert into members select id, 1, 'owner' from packages", /members: /],
    ['no owner', 'delete from members', /has no owner/],
    ['a member that is nobody', 'update members set user_id = 999', /names one of users that is not there/],
    ['the owner of a scope', 'update scope_owners set user_id = 1', /@team: its owners are others/],
    ['a document that is old', "update documents set plain = x'7b7d'", /its document is out of date/],
    ['a document that is compressed wrong', "update documents set gzip = x'1f8b'", /compressed document/],
    ['a document with another etag', "update documents set etag = 'x'", /the etag of its document/],
    ['a summary that is old', "update documents set summary = '{}'", /the summary of its document/],
    ['a document that is gone', 'delete from documents', /its document is missing/],
    ['another integrity', "update versions set integrity = 'sha256-x' where id = 1", /its integrity is sha256-x/],
    ['a size', 'update versions set size = 1 where id = 1', /bytes instead of 1$/],
    [
      'a record',
      "update versions set record = replace(record, 'git-utils', 'evil') where id = 1",
      /other dependencies/,
    ],
    [
      'another version',
      "update versions set version = '9.9.9', precedence = '9.9.9' where id = 1",
      /archive is one of @team\/review@1\.0\.0/,
    ],
    [
      'another archive',
      'update versions set digest = (select digest from versions where id = 3) where id = 1',
      /its integrity is/,
    ],
  ]

  test.each(TAMPERED)('finds %s', async (_, statement, why) => {
    const folder = await restored()
    tamper(folder, statement)
    const errors = errorsOf(await verifyData(folder))
    expect(errors.filter(each => why.test(each))).not.toEqual([])
  })

  test('finds archives that are missing, damaged or nobody’s, and uploads that were left', async () => {
    const folder = await restored()
    const blobs = [...filesIn(join(folder, 'blobs')).keys()]
    rmSync(join(folder, 'blobs', blobs[0]!))
    writeFileSync(join(folder, 'blobs', blobs[1]!), 'damaged')
    const orphan = 'ab'.repeat(32)
    mkdirSync(join(folder, 'blobs/ab'), { recursive: true })
    writeFileSync(join(folder, 'blobs/ab', orphan.slice(2)), 'x')
    const old = new Date(Date.now() - 2 * 24 * 3600 * 1000)
    for (const name of ['old', 'young']) writeFileSync(join(folder, 'blobs/uploads', name), 'x')
    utimesSync(join(folder, 'blobs/uploads/old'), old, old)
    const { problems, blobs: count } = await verifyData(folder)
    expect(count).toBe(3)
    expect(problems.filter(({ severity }) => severity === 'warning').map(({ what }) => what)).toEqual([orphan, 'old'])
    const errors = problems.filter(({ severity }) => severity === 'error').map(({ why }) => why)
    expect(errors.filter(why => why.includes('is missing'))).toHaveLength(1)
    expect(errors.filter(why => why.includes('is damaged'))).toHaveLength(1)
  })
})

describe('backup and restore', () => {
  test('a restored server is the one that was backed up', async () => {
    const folder = await restored()
    const [here, there] = [await verifyData(server.dataFolder), await verifyData(folder)]
    expect(there).toEqual(here)
    const again = await startTestServer({ DATA_DIR: folder })
    // The accounts are those of the backup, their tokens included.
    const document = await again.registry(ann).fetchDocument(REVIEW)
    expect(document).toEqual(await server.registry(ann).fetchDocument(REVIEW))
    await again.registry(ann).publish(packSpec(parseSpec('@team/review 2.0.0')), {})
    expect((await again.registry().fetchArchive(REVIEW, parseVersion('2.0.0'))).length).toBeGreaterThan(0)
    await again.remove()
  })

  test('nobody else may read the accounts in it', async () => {
    const target = place()
    await backupData({ dataFolder: server.dataFolder, target })
    expect(statSync(join(target, 'registry.sqlite')).mode & 0o077).toBe(0)
  })

  test('backing up again adds what is missing', async () => {
    const target = place()
    const first = await backupData({ dataFolder: server.dataFolder, target })
    expect(first).toMatchObject({ blobs: first.versions, added: first.blobs })
    await server.registry(ann).publish(packSpec(parseSpec('later 1.0.0')), {})
    const second = await backupData({ dataFolder: server.dataFolder, target })
    expect(second).toMatchObject({ blobs: first.blobs + 1, added: 1 })
    expect(errorsOf(await verifyData(target))).toEqual([])
    expect((await verifyData(target)).head).toBe(second.head)
    expect(await backupData({ dataFolder: server.dataFolder, target })).toMatchObject({ added: 0 })
  })

  test('is whole at every moment while many publish', async () => {
    let publishing = true
    const registry = server.registry(ann)
    const publisher = async (lane: number): Promise<void> => {
      for (let number = 0; publishing && number < 60; number++) {
        await registry.publish(packSpec(parseSpec(`busy-${String(lane)} 1.0.${String(number)}`)), {})
      }
    }
    const lanes = Promise.all([publisher(0), publisher(1), publisher(2)])
    const target = place()
    const heads = new Set<string>()
    for (let round = 0; round < 6; round++) {
      const { head } = await backupData({ dataFolder: server.dataFolder, target })
      heads.add(head)
      const found = await verifyData(target)
      expect(errorsOf(found)).toEqual([])
      expect(found.head).toBe(head)
    }
    publishing = false
    await lanes
    expect(heads.size).toBeGreaterThan(1)
    const folder = place()
    await restoreData({ backup: target, dataFolder: folder })
    expect(errorsOf(await verifyData(folder))).toEqual([])
  })

  test('never touches what is no backup of this registry', async () => {
    const target = place()
    mkdirSync(target)
    writeFileSync(join(target, 'thesis.txt'), 'years of work')
    const live = await restored()
    await (await openData(live)).store.close()
    const other = await startTestServer()
    const foreign = place()
    await backupData({ dataFolder: other.dataFolder, target: foreign })
    await other.remove()
    for (const folder of [target, live, foreign, server.dataFolder]) {
      const before = filesIn(folder)
      await expect(backupData({ dataFolder: server.dataFolder, target: folder })).rejects.toMatchObject({
        code: 'STORE_NOT_EMPTY',
      })
      if (folder !== server.dataFolder) expect(filesIn(folder)).toEqual(before)
    }
  })

  test('does not replace a backup by one with damaged data', async () => {
    const folder = await restored()
    const target = place()
    await backupData({ dataFolder: folder, target })
    const before = filesIn(target)
    const opened = await openData(folder)
    await opened.store.close()
    const [name] = [...filesIn(join(folder, 'blobs')).keys()]
    // The archive in the backup may be the same file, under another name.
    rmSync(join(folder, 'blobs', name!))
    rmSync(join(target, 'blobs', name!))
    await expect(backupData({ dataFolder: folder, target })).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE' })
    before.delete(`blobs/${name!}`)
    expect(filesIn(target)).toEqual(before)
  })

  const BROKEN: readonly (readonly [what: string, breaks: (backup: string) => void])[] = [
    [
      'without its database',
      backup => {
        rmSync(join(backup, 'registry.sqlite'))
      },
    ],
    [
      'with half a database',
      backup => {
        writeFileSync(
          join(backup, 'registry.sqlite'),
          readFileSync(join(backup, 'registry.sqlite')).subarray(0, 20_000),
        )
      },
    ],
    [
      'with something else as its database',
      backup => {
        writeFileSync(join(backup, 'registry.sqlite'), 'x'.repeat(9000))
      },
    ],
    [
      'with a log that was edited',
      backup => {
        tamper(backup, "update audit set actor = 'eve' where sequence = 3")
      },
    ],
    [
      'without an archive',
      backup => {
        rmSync(join(backup, 'blobs', [...filesIn(join(backup, 'blobs')).keys()][0]!))
      },
    ],
    [
      'with a damaged archive',
      backup => {
        writeFileSync(join(backup, 'blobs', [...filesIn(join(backup, 'blobs')).keys()][0]!), 'x')
      },
    ],
  ]

  test.each(BROKEN)('a backup %s is refused, and nothing is left', async (_, breaks) => {
    const [made, backup, folder, empty] = [place(), place(), place(), place()]
    await backupData({ dataFolder: server.dataFolder, target: made })
    cpSync(made, backup, { recursive: true })
    breaks(backup)
    mkdirSync(empty)
    await expect(restoreData({ backup, dataFolder: folder })).rejects.toMatchObject({ code: 'BACKUP_INVALID' })
    await expect(restoreData({ backup, dataFolder: empty })).rejects.toMatchObject({ code: 'BACKUP_INVALID' })
    expect(existsSync(folder)).toBe(false)
    expect(readdirSync(empty)).toEqual([])
  })

  test('restores into a missing or an empty folder only', async () => {
    const [backup, folder] = [place(), place()]
    await backupData({ dataFolder: server.dataFolder, target: backup })
    mkdirSync(folder)
    await restoreData({ backup, dataFolder: folder })
    const before = filesIn(folder)
    await expect(restoreData({ backup, dataFolder: folder })).rejects.toMatchObject({ code: 'STORE_NOT_EMPTY' })
    expect(filesIn(folder)).toEqual(before)
  })
})

describe('the sweeper', () => {
  let folder: string
  let data: Awaited<ReturnType<typeof openData>>
  beforeEach(async () => {
    folder = await restored()
    data = await openData(folder)
    return async () => data.store.close()
  })

  const keep = async (bytes: Uint8Array): Promise<string> => {
    const upload = await data.blobs.begin()
    await upload.write(bytes)
    await upload.keep(sha256Hex(bytes))
    return sha256Hex(bytes)
  }
  const age = (path: string): void => {
    const old = new Date(Date.now() - 48 * 3600 * 1000)
    utimesSync(path, old, old)
  }
  const all = async (): Promise<string[]> => {
    const found: string[] = []
    for await (const { digest } of data.blobs.list()) found.push(digest)
    return found
  }

  test('removes old archives that no version names, and old uploads; keeps young ones and those that are named', async () => {
    const named = await all()
    named.forEach(digest => {
      age(data.blobs.pathOf(digest))
    })
    const [old, young] = [await keep(Buffer.from('old')), await keep(Buffer.from('young'))]
    age(data.blobs.pathOf(old))
    for (const name of ['aa', 'bb']) writeFileSync(join(folder, 'blobs/uploads', name), '')
    age(join(folder, 'blobs/uploads/aa'))
    expect(await sweep(data)).toEqual({ uploads: 1, blobs: 1 })
    expect((await all()).sort()).toEqual([...named, young].sort())
    expect(readdirSync(join(folder, 'blobs/uploads'))).toEqual(['bb'])
    expect(await sweep(data)).toEqual({ uploads: 0, blobs: 0 })
  })

  test('an archive that is kept again is young again', async () => {
    const digest = await keep(Buffer.from('again'))
    age(data.blobs.pathOf(digest))
    await keep(Buffer.from('again'))
    expect(await sweep(data)).toEqual({ uploads: 0, blobs: 0 })
  })

  test('publishing the bytes that are being swept succeeds', async () => {
    const again = await startTestServer({ DATA_DIR: folder })
    const registry = again.registry(ann)
    const archives = Array.from({ length: 30 }, (_, index) => packSpec(parseSpec(`swept-${String(index)} 1.0.0`)))
    for (const archive of archives) age(data.blobs.pathOf(await keep(archive)))
    const state = { publishing: true }
    const sweeping = (async (): Promise<void> => {
      while (state.publishing) await sweep(data)
    })()
    await Promise.all(archives.map(async archive => registry.publish(archive, {})))
    state.publishing = false
    await sweeping
    expect(errorsOf(await verifyData(folder))).toEqual([])
    await again.stop()
  })
})
