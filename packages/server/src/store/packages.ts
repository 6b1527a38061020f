/** Packages, their versions and tags, as rows. What is allowed is decided elsewhere. */
import type { Kysely, Selectable } from 'kysely'
import {
  type MemberRole,
  type PackageAccess,
  type PackageDocument,
  type PackageName,
  type Release,
  type ReleaseRecord,
  type Tag,
  type Version,
  compareTags,
  compareVersions,
  decodeRelease,
  scopeOf,
} from '@aam/core'
import type { Schema } from './schema.ts'

export type Db = Kysely<Schema>

/** A package as it is stored; its document shows what everybody with access may see. */
export type StoredPackage = {
  readonly id: number
  readonly access: PackageAccess
  readonly document: PackageDocument
  /** Every version whose number is taken, those that wait included. */
  readonly rows: ReadonlyMap<Version, VersionRow>
  readonly created: string
}

export type VersionRow = Omit<Selectable<Schema['versions']>, keyof VersionTexts> & {
  readonly version: Version
  readonly publisher: string
}

/** What is large, and read for one version at a time. */
export type VersionTexts = Pick<Schema['versions'], 'manifest' | 'files' | 'signature' | 'provenance'>

const COLUMNS = [
  'versions.id',
  'versions.package_id',
  'versions.version',
  'versions.precedence',
  'versions.state',
  'versions.integrity',
  'versions.digest',
  'versions.size',
  'versions.record',
  'versions.artifacts',
  'versions.published',
  'versions.publisher_id',
  'versions.deprecated',
  'versions.yanked',
  'versions.waiting_tags',
] as const

export type NewVersion = Omit<
  Schema['versions'],
  'id' | 'package_id' | 'deprecated' | 'yanked' | 'waiting_tags' | 'provenance'
> & { readonly waitingTags: readonly string[] }

/** The repository at the root of the server; more of them come beside it. */
export const DEFAULT_REPOSITORY = 1

/** @returns `undefined` when nobody has published it */
export async function loadPackage(tx: Db, name: PackageName): Promise<StoredPackage | undefined> {
  const row = await tx
    .selectFrom('packages')
    .selectAll()
    .where('repository_id', '=', DEFAULT_REPOSITORY)
    .where('name', '=', name)
    .executeTakeFirst()
  if (row === undefined) return undefined
  const versions = await tx
    .selectFrom('versions')
    .innerJoin('users', 'users.id', 'versions.publisher_id')
    .select(COLUMNS)
    .select('users.name as publisher')
    .where('package_id', '=', row.id)
    .where('state', '<>', 'refused')
    .execute()
  const rows = (versions as VersionRow[]).sort((a, b) => compareVersions(a.version, b.version))
  const byId = new Map(rows.map(each => [each.id, each.version]))
  const tags = await tx.selectFrom('tags').select(['tag', 'version_id']).where('package_id', '=', row.id).execute()
  const access = await loadAccess(tx, { id: row.id, name, visibility: row.visibility })
  const releases = rows.filter(({ state }) => state === 'visible').map(toRelease)
  return {
    id: row.id,
    access,
    document: {
      name,
      tags: new Map(
        tags
          .map(({ tag, version_id: id }) => [tag as Tag, byId.get(id) ?? ('' as Version)] as const)
          .sort(([a], [b]) => compareTags(a, b)),
      ),
      owners: [...access.members].filter(([, role]) => role === 'owner').map(([user]) => user),
      releases: new Map(releases.map(release => [release.version, release])),
    },
    rows: new Map(rows.map(each => [each.version, each])),
    created: row.created,
  }
}

export async function loadVersionTexts(tx: Db, id: number): Promise<VersionTexts> {
  return tx
    .selectFrom('versions')
    .select(['manifest', 'files', 'signature', 'provenance'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
}

/**
 * Records that were decoded, by their text: a publish reads every version of its package, and the content of a version never
 * changes. What was decoded longest ago goes first.
 */
const decoded = new Map<string, Release>()
const MOST_DECODED = 4096

export function toRelease({ version, record, deprecated, yanked }: VersionRow): Release {
  if (deprecated === null && yanked === 0) {
    const known = decoded.get(record)
    if (known?.version === version) return known
    const release = decodeRelease(version, JSON.parse(record))
    for (const oldest of decoded.keys()) {
      if (decoded.size < MOST_DECODED) break
      decoded.delete(oldest)
    }
    decoded.set(record, release)
    return release
  }
  return decodeRelease(version, {
    ...(JSON.parse(record) as ReleaseRecord),
    ...(deprecated === null ? {} : { deprecated }),
    ...(yanked === 1 ? { yanked: true } : {}),
  })
}

async function loadAccess(
  tx: Db,
  {
    id,
    name,
    visibility,
  }: { readonly id: number; readonly name: PackageName; readonly visibility: 'public' | 'private' },
): Promise<PackageAccess> {
  const members = await tx
    .selectFrom('members')
    .innerJoin('users', 'users.id', 'members.user_id')
    .select(['users.name', 'members.role'])
    .where('package_id', '=', id)
    .orderBy('users.name')
    .execute()
  return {
    name,
    visibility,
    members: new Map(members.map(each => [each.name, each.role])),
    scopeOwners: await loadScopeOwners(tx, scopeOf(name)),
  }
}

export async function loadScopeOwners(tx: Db, scope: string | undefined): Promise<string[]> {
  if (scope === undefined) return []
  const rows = await tx
    .selectFrom('scope_owners')
    .innerJoin('users', 'users.id', 'scope_owners.user_id')
    .select('users.name')
    .where('scope', '=', scope)
    .orderBy('users.name')
    .execute()
  return rows.map(({ name }) => name)
}

export async function writeScopeOwners(tx: Db, scope: string, users: readonly number[]): Promise<void> {
  await tx.deleteFrom('scope_owners').where('scope', '=', scope).execute()
  for (const user of users) await tx.insertInto('scope_owners').values({ scope, user_id: user }).execute()
}

export async function insertPackage(
  tx: Db,
  pkg: { readonly name: PackageName; readonly visibility: 'public' | 'private'; readonly created: string },
): Promise<number> {
  const { id } = await tx
    .insertInto('packages')
    .values({ repository_id: DEFAULT_REPOSITORY, format: 'aam', revision: 0, ...pkg })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

export async function insertVersion(tx: Db, packageId: number, version: NewVersion): Promise<number> {
  const { waitingTags, ...row } = version
  const { id } = await tx
    .insertInto('versions')
    .values({
      ...row,
      package_id: packageId,
      deprecated: null,
      yanked: 0,
      waiting_tags: JSON.stringify(waitingTags),
      provenance: null,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

/** Writes what differs between two documents of a package: tags, and what is said about its versions. */
export async function writeChanges(tx: Db, before: StoredPackage, after: PackageDocument): Promise<void> {
  const idOf = (version: Version): number => {
    const row = before.rows.get(version)
    if (row === undefined) throw new Error(`${after.name}@${version} is not stored`)
    return row.id
  }
  for (const tag of before.document.tags.keys()) {
    if (after.tags.has(tag)) continue
    await tx.deleteFrom('tags').where('package_id', '=', before.id).where('tag', '=', tag).execute()
  }
  for (const [tag, version] of after.tags) {
    if (before.document.tags.get(tag) !== version) await writeTag(tx, before.id, { tag, id: idOf(version) })
  }
  for (const [version, release] of after.releases) {
    const old = before.document.releases.get(version)
    if (old === undefined || (old.yanked === release.yanked && old.deprecated === release.deprecated)) continue
    await tx
      .updateTable('versions')
      .set({ yanked: release.yanked ? 1 : 0, deprecated: release.deprecated ?? null })
      .where('id', '=', idOf(version))
      .execute()
  }
}

export async function writeTag(
  tx: Db,
  packageId: number,
  { tag, id }: { readonly tag: string; readonly id: number },
): Promise<void> {
  await tx
    .insertInto('tags')
    .values({ package_id: packageId, tag, version_id: id })
    .onConflict(conflict => conflict.columns(['package_id', 'tag']).doUpdateSet({ version_id: id }))
    .execute()
}

export async function writeState(
  tx: Db,
  id: number,
  change: { readonly state: 'visible' | 'refused'; readonly waiting_tags?: string },
): Promise<void> {
  await tx.updateTable('versions').set(change).where('id', '=', id).execute()
}

export async function writeWaitingTags(tx: Db, id: number, tags: readonly string[]): Promise<void> {
  await tx
    .updateTable('versions')
    .set({ waiting_tags: JSON.stringify(tags) })
    .where('id', '=', id)
    .execute()
}

export async function writeVisibility(tx: Db, id: number, visibility: 'public' | 'private'): Promise<void> {
  await tx.updateTable('packages').set({ visibility }).where('id', '=', id).execute()
}

export async function writeMember(
  tx: Db,
  packageId: number,
  { userId, role }: { readonly userId: number; readonly role: MemberRole | undefined },
): Promise<void> {
  await tx.deleteFrom('members').where('package_id', '=', packageId).where('user_id', '=', userId).execute()
  if (role !== undefined) {
    await tx.insertInto('members').values({ package_id: packageId, user_id: userId, role }).execute()
  }
}

export type StoredDocument = Pick<Schema['documents'], 'etag' | 'plain' | 'gzip' | 'summary' | 'types' | 'updated'>

/** Puts what is served in its place, and gives the package the next number of change. */
export async function writeDocument(tx: Db, packageId: number, document: StoredDocument): Promise<void> {
  await tx
    .insertInto('documents')
    .values({ package_id: packageId, ...document })
    .onConflict(conflict => conflict.column('package_id').doUpdateSet(document))
    .execute()
  await touch(tx, packageId)
}

/** Tells every process that something about a package has changed. */
export async function touch(tx: Db, packageId: number): Promise<void> {
  const row = await tx
    .selectFrom('packages')
    .select(({ fn }) => fn.max('revision').as('last'))
    .executeTakeFirst()
  await tx
    .updateTable('packages')
    .set({ revision: (row?.last ?? 0) + 1 })
    .where('id', '=', packageId)
    .execute()
}

/** Ids of the packages in a scope. */
export async function listScope(tx: Db, scope: string): Promise<number[]> {
  const rows = await tx.selectFrom('packages').select('id').where('name', 'like', `${scope}/%`).execute()
  return rows.map(({ id }) => id)
}
