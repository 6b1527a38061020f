/** Looking over a registry server's data, or a backup, without changing it. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { integrityOf, readArchive, sha256Hex } from '@aam/archive'
import { type PackageName, isAamError } from '@aam/core'
import { decodeManifest } from '@aam/core/manifest'
import { prepareDocument } from '../actions/prepare-document.ts'
import type { StoredBlobs } from '../blobs/disk.ts'
import { checkChain, isReadable, toEvent } from '../store/audit.ts'
import { type Db, type StoredPackage, loadPackage } from '../store/packages.ts'
import type { StoredData } from '../store/sqlite.ts'
import { readData } from './folder.ts'
import { type Replayed, type ReplayedPackage, replay } from './replay.ts'

export type DataProblem = {
  /** `warning`: takes room, and nothing else. */
  readonly severity: 'error' | 'warning'
  /** The package, version, archive or table in question. */
  readonly what: string
  readonly why: string
}

export type VerifiedData = {
  readonly problems: readonly DataProblem[]
  readonly packages: number
  /** Those that were refused included. */
  readonly versions: number
  readonly blobs: number
  readonly events: number
  /** The hash of the last event: who has written it down sees whether a log was cut off or made anew. */
  readonly head: string
}

/** What the database says, as it was at one moment. */
type Facts = Omit<VerifiedData, 'blobs'> & { readonly archives: readonly ArchiveFacts[] }

type ArchiveFacts = {
  /** `@team/review@1.0.0`. */
  readonly what: string
  readonly name: string
  readonly version: string
  readonly digest: string
  readonly integrity: string
  readonly size: number
  readonly record: Readonly<Record<string, unknown>>
}

const REQUIREMENTS = ['dependencies', 'optionalDependencies', 'peerDependencies'] as const
const DAY = 24 * 60 * 60 * 1000

/**
 * Checks the database, its log and every archive. A server may be at work meanwhile: the database is looked at as it is at
 * one moment, and archives that are only just published count as orphans.
 * @param dataFolder of a server, or a backup
 * @throws STORE_NOT_FOUND, STORE_TOO_NEW, REGISTRY_UNAVAILABLE
 */
export async function verifyData(dataFolder: string): Promise<VerifiedData> {
  return readData(dataFolder, async (stored, blobs) => {
    // The archives, which take long, are looked at afterwards: none that is named is ever removed.
    const { archives, ...facts } = await stored.db.transaction().execute(async tx => checkDatabase(tx, stored))
    const problems = [...facts.problems]
    for (const archive of archives) {
      problems.push(...(await checkArchive(blobs, archive)))
      await nextTurn()
    }
    const named = new Set(archives.map(({ digest }) => digest))
    const found = await checkOrphans(blobs, named)
    return { ...facts, problems: [...problems, ...found.problems], blobs: found.blobs }
  })
}

async function checkDatabase(tx: Db, { read }: Pick<StoredData, 'read'>): Promise<Facts> {
  const problems: DataProblem[] = []
  for (const { integrity_check: why } of read<{ integrity_check: string }>('pragma integrity_check')) {
    if (why !== 'ok') problems.push(error('the database', why))
  }
  for (const { table, parent } of read<{ table: string; parent: string }>('pragma foreign_key_check')) {
    problems.push(error('the database', `a row of ${table} names one of ${parent} that is not there`))
  }
  const chain = await checkChain(tx)
  problems.push(...chain.problems.map(why => error('the log', why)))
  const replayed = replay(await readEvents(tx))
  const packages = await tx.selectFrom('packages').select(['id', 'name', 'visibility']).orderBy('name').execute()
  for (const { name } of packages) {
    problems.push(...(await checkPackage(tx, name as PackageName, replayed.packages.get(name))))
    await nextTurn()
  }
  for (const name of replayed.packages.keys()) {
    if (!packages.some(each => each.name === name)) problems.push(error(name, 'is in the log, and nowhere else'))
  }
  problems.push(...(await checkScopes(tx, replayed)))
  const archives = await listArchives(tx)
  const { events, head } = chain
  return { problems, packages: packages.length, versions: archives.length, events, head, archives }
}

async function readEvents(tx: Db): Promise<ReturnType<typeof toEvent>[]> {
  const rows = await tx.selectFrom('audit').selectAll().orderBy('sequence').execute()
  return rows.filter(isReadable).map(toEvent)
}

async function checkPackage(tx: Db, name: PackageName, replayed: ReplayedPackage | undefined): Promise<DataProblem[]> {
  const stored = await loadPackage(tx, name)
  if (stored === undefined) return [error(name, 'cannot be read')]
  const problems = await checkDocument(tx, stored)
  const { document, access } = stored
  for (const [tag, version] of document.tags) {
    if (document.releases.has(version)) continue
    const named = (version as string) === '' ? 'a version of another package, or one that was refused' : version
    problems.push(error(name, `the tag ${tag} names ${named}, which nobody sees`))
  }
  if (![...access.members.values()].includes('owner')) problems.push(error(name, 'has no owner'))
  if (replayed === undefined) return [...problems, error(name, 'is not in the log')]
  const compare = (what: string, actual: unknown, expected: unknown): void => {
    if (isDeepStrictEqual(actual, expected)) return
    const said = `${JSON.stringify(actual)} in its table, ${JSON.stringify(expected)} in the log`
    problems.push(error(name, `${what}: ${said}`))
  }
  compare('visibility', access.visibility, replayed.visibility)
  compare('tags', sorted(document.tags), sorted(replayed.tags))
  compare('members', sorted(access.members), sorted(replayed.members))
  const rows = await tx.selectFrom('versions').selectAll().where('package_id', '=', stored.id).orderBy('id').execute()
  const versions = rows.map(({ version, state, integrity, yanked, deprecated }) => ({
    version,
    state,
    integrity,
    yanked: yanked === 1,
    deprecated,
  }))
  for (let index = 0; index < Math.max(versions.length, replayed.versions.length); index++) {
    compare(`version ${String(index + 1)}`, versions[index], replayed.versions[index])
  }
  return problems
}

/** Whether what is served is what would be prepared now. */
async function checkDocument(tx: Db, stored: StoredPackage): Promise<DataProblem[]> {
  const { name } = stored.access
  const row = await tx.selectFrom('documents').selectAll().where('package_id', '=', stored.id).executeTakeFirst()
  if (row === undefined) return [error(name, 'its document is missing')]
  const expected = prepareDocument(stored, new Date(row.updated))
  const problems = (['etag', 'summary', 'types'] as const)
    .filter(field => row[field] !== expected[field])
    .map(field => error(name, `the ${field} of its document is out of date`))
  if (!Buffer.from(expected.plain).equals(row.plain)) problems.push(error(name, 'its document is out of date'))
  if (!attempt(() => gunzipSync(row.gzip))?.equals(row.plain)) {
    problems.push(error(name, 'its compressed document says something else than the plain one'))
  }
  return problems
}

async function checkScopes(tx: Db, { scopes }: Replayed): Promise<DataProblem[]> {
  const rows = await tx
    .selectFrom('scope_owners')
    .innerJoin('users', 'users.id', 'scope_owners.user_id')
    .select(['scope', 'users.name'])
    .orderBy('users.name')
    .execute()
  const stored = new Map<string, string[]>()
  for (const { scope, name } of rows) stored.set(scope, [...(stored.get(scope) ?? []), name])
  return [...new Set([...stored.keys(), ...scopes.keys()])]
    .filter(scope => String(stored.get(scope) ?? []) !== String(scopes.get(scope) ?? []))
    .map(scope => error(scope, 'its owners are others than the log says'))
}

async function listArchives(tx: Db): Promise<ArchiveFacts[]> {
  const rows = await tx
    .selectFrom('versions')
    .innerJoin('packages', 'packages.id', 'versions.package_id')
    .select(['packages.name', 'version', 'digest', 'integrity', 'size', 'record'])
    .orderBy('versions.id')
    .execute()
  return rows.map(({ record, ...row }) => ({
    ...row,
    what: `${row.name}@${row.version}`,
    record: JSON.parse(record) as ArchiveFacts['record'],
  }))
}

async function checkArchive(blobs: StoredBlobs, facts: ArchiveFacts): Promise<DataProblem[]> {
  const { what, digest, integrity, size, record } = facts
  const bytes = await readOrWhy(blobs, digest)
  if (!Buffer.isBuffer(bytes)) return [error(what, bytes.why)]
  const problems: DataProblem[] = []
  if (record['integrity'] !== integrity || record['size'] !== size) {
    problems.push(error(what, 'its document gives another integrity or size than its row'))
  }
  if (integrity !== `sha256-${Buffer.from(digest, 'hex').toString('base64')}`) {
    problems.push(error(what, `its integrity is ${integrity}, and its archive is kept as ${digest}`))
  }
  if (bytes.length !== size) {
    problems.push(error(what, `its archive has ${String(bytes.length)} bytes instead of ${String(size)}`))
  }
  if (sha256Hex(bytes) !== digest) {
    return [...problems, error(what, `its archive is damaged: ${integrityOf(bytes)} instead of ${integrity}`)]
  }
  return [...problems, ...checkManifest(bytes, facts)]
}

async function readOrWhy(blobs: StoredBlobs, digest: string): Promise<Buffer | { readonly why: string }> {
  try {
    return (await blobs.read(digest)) ?? { why: `its archive ${digest} is missing` }
  } catch (caught) {
    if (!isAamError(caught)) throw caught
    return { why: caught.message }
  }
}

function checkManifest(bytes: Uint8Array, { what, name, version, record }: ArchiveFacts): DataProblem[] {
  try {
    const file = readArchive(bytes, 'its archive').find(({ path }) => path === 'package.agent.json')
    if (file === undefined) return [error(what, 'its archive has no manifest')]
    const { manifest } = decodeManifest(Buffer.from(file.data).toString('utf8'), 'the manifest in its archive')
    const said = `${manifest.name}@${manifest.version}`
    const problems = said === `${name}@${version}` ? [] : [error(what, `its archive is one of ${said}`)]
    const differing = REQUIREMENTS.filter(field => !isDeepStrictEqual(manifest.raw[field], record[field]))
    return [...problems, ...differing.map(field => error(what, `its archive has other ${field} than its document`))]
  } catch (caught) {
    if (!isAamError(caught)) throw caught
    return [error(what, caught.message)]
  }
}

async function checkOrphans(
  blobs: StoredBlobs,
  named: ReadonlySet<string>,
): Promise<{ readonly problems: readonly DataProblem[]; readonly blobs: number }> {
  const problems: DataProblem[] = []
  let count = 0
  for await (const { digest } of blobs.list()) {
    count++
    if (!named.has(digest)) {
      problems.push(warning(digest, 'no version names this archive; it is swept when it is a day old'))
    }
  }
  for (const name of await blobs.listUploads(new Date(Date.now() - DAY))) {
    problems.push(warning(name, 'is what was left of an upload more than a day ago'))
  }
  return { problems, blobs: count }
}

function sorted(map: ReadonlyMap<string, string>): [string, string][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1))
}

function attempt<T>(act: () => T): T | undefined {
  try {
    return act()
  } catch (caught) {
    if (caught instanceof Error) return undefined
    throw caught
  }
}

function error(what: string, why: string): DataProblem {
  return { severity: 'error', what, why }
}

function warning(what: string, why: string): DataProblem {
  return { severity: 'warning', what, why }
}
