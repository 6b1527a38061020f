/** The tables, and how a database comes to have them. One list of steps for every kind of database. */
import { type Generated, type Kysely, sql } from 'kysely'

/** Times are ISO 8601 in UTC, truths are 0 and 1, JSON is text: the same on every database. */
export type Schema = {
  meta: { key: string; value: string }
  users: {
    id: Generated<number>
    name: string
    email: string | null
    /** `scrypt$…`. */
    password: string
    /** JSON: a list of roles. */
    roles: string
    disabled: number
    created: string
  }
  tokens: {
    id: string
    user_id: number
    name: string
    kind: 'session' | 'token'
    /** Hex SHA-256 of the token. */
    hash: string
    prefix: string
    /** JSON: a list of scopes. */
    scopes: string
    /** JSON: a list of patterns; `null`: every package. */
    packages: string | null
    created: string
    expires: string | null
    last_used: string | null
  }
  scope_owners: { scope: string; user_id: number }
  repositories: { id: Generated<number>; name: string; visibility: 'public' | 'private'; created: string }
  packages: {
    id: Generated<number>
    repository_id: number
    format: 'aam'
    name: string
    visibility: 'public' | 'private'
    created: string
    /** The number of the last change to anything about it; counts over all packages. */
    revision: number
  }
  members: { package_id: number; user_id: number; role: 'owner' | 'maintainer' }
  versions: {
    id: Generated<number>
    package_id: number
    version: string
    /** The version without its build metadata: two that differ in nothing else are one to a registry. */
    precedence: string
    state: 'visible' | 'waiting' | 'refused'
    integrity: string
    /** Hex SHA-256 of the archive: where its bytes are. */
    digest: string
    size: number
    /** JSON: what the document repeats of the manifest. */
    record: string
    /** JSON: the manifest as the author wrote it. */
    manifest: string
    /** JSON: the files in the archive. */
    files: string
    /** JSON: what agents get from it, kind and name. */
    artifacts: string
    published: string
    publisher_id: number
    deprecated: string | null
    yanked: number
    /** JSON: tags that are set when the version becomes visible. */
    waiting_tags: string
    signature: string | null
    provenance: string | null
  }
  tags: { package_id: number; tag: string; version_id: number }
  approvals: {
    id: Generated<number>
    version_id: number
    user_id: number
    status: 'approved' | 'rejected'
    comment: string | null
    at: string
  }
  documents: {
    package_id: number
    etag: string
    plain: Uint8Array
    gzip: Uint8Array
    /** JSON: the package in a line. */
    summary: string
    /** JSON: what kinds of artifacts the package has. */
    types: string
    updated: string
  }
  audit: {
    sequence: Generated<number>
    /** JSON: the event without its hashes. */
    event: string
    name: string
    package: string | null
    actor: string
    timestamp: string
    previous: string
    hash: string
  }
  downloads: { package_id: number; version: string; day: string; count: number }
  advisories: { id: string; modified: string; document: string }
  advisory_packages: { advisory_id: string; package: string }
  rate_windows: { key: string; started: number; count: number }
}

/** What a kind of database calls things. */
export type Types = { readonly blob: 'blob' | 'bytea'; readonly id: string; readonly strict: string }

type Step = (db: Kysely<Schema>, types: Types) => Promise<void>

async function run(db: Kysely<Schema>, statements: readonly string[]): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}

const first: Step = async (db, { blob, id, strict }) =>
  run(db, [
    `create table users (
      id ${id}, name text not null unique, email text, password text not null, roles text not null,
      disabled integer not null default 0, created text not null)${strict}`,
    `create table tokens (
      id text primary key, user_id integer not null references users(id), name text not null, kind text not null,
      hash text not null unique, prefix text not null, scopes text not null, packages text, created text not null,
      expires text, last_used text)${strict}`,
    'create index tokens_of_user on tokens (user_id)',
    `create table scope_owners (
      scope text not null, user_id integer not null references users(id), primary key (scope, user_id))${strict}`,
    `create table repositories (
      id ${id}, name text not null unique, visibility text not null, created text not null)${strict}`,
    `create table packages (
      id ${id}, repository_id integer not null references repositories(id), format text not null, name text not null,
      visibility text not null, created text not null, revision integer not null,
      unique (repository_id, name))${strict}`,
    'create index packages_by_revision on packages (revision)',
    `create table members (
      package_id integer not null references packages(id), user_id integer not null references users(id),
      role text not null, primary key (package_id, user_id))${strict}`,
    'create index members_of_user on members (user_id)',
    `create table versions (
      id ${id}, package_id integer not null references packages(id), version text not null, precedence text not null,
      state text not null, integrity text not null, digest text not null, size integer not null, record text not null,
      manifest text not null, files text not null, artifacts text not null, published text not null,
      publisher_id integer not null references users(id), deprecated text, yanked integer not null default 0,
      waiting_tags text not null default '[]', signature text, provenance text)${strict}`,
    // A rejected version never was anybody's: its number may be published again.
    "create unique index versions_once on versions (package_id, precedence) where state <> 'refused'",
    'create index versions_by_digest on versions (digest)',
    'create index versions_by_state on versions (state)',
    `create table tags (
      package_id integer not null references packages(id), tag text not null,
      version_id integer not null references versions(id), primary key (package_id, tag))${strict}`,
    'create index tags_of_version on tags (version_id)',
    `create table approvals (
      id ${id}, version_id integer not null references versions(id), user_id integer not null references users(id),
      status text not null, comment text, at text not null)${strict}`,
    'create index approvals_of_version on approvals (version_id)',
    `create table documents (
      package_id integer primary key references packages(id), etag text not null, plain ${blob} not null,
      gzip ${blob} not null, summary text not null, types text not null, updated text not null)${strict}`,
    `create table audit (
      sequence ${id}, event text not null, name text not null, package text, actor text not null,
      timestamp text not null, previous text not null, hash text not null)${strict}`,
    'create index audit_of_package on audit (package)',
    `create table downloads (
      package_id integer not null references packages(id), version text not null, day text not null,
      count integer not null, primary key (package_id, version, day))${strict}`,
    `create table advisories (id text primary key, modified text not null, document text not null)${strict}`,
    `create table advisory_packages (
      advisory_id text not null references advisories(id), package text not null,
      primary key (package, advisory_id))${strict}`,
    `create table rate_windows (key text primary key, started integer not null, count integer not null)${strict}`,
  ])

/** In order; what a released step does is never edited, what it should have done is another step. */
const STEPS: readonly Step[] = [first]

export const SCHEMA_VERSION = STEPS.length

/** How many steps a database has taken. */
export async function schemaVersion(db: Kysely<Schema>): Promise<number> {
  const row = await db.selectFrom('meta').select('value').where('key', '=', 'schema').executeTakeFirst()
  return Number(row?.value ?? 0)
}

/** Takes the steps that a database has not taken, one transaction each: a crash in between is continued. */
export async function migrate(db: Kysely<Schema>, types: Types): Promise<void> {
  await sql
    .raw(`create table if not exists meta (key text primary key, value text not null)${types.strict}`)
    .execute(db)
  for (const [index, step] of STEPS.entries()) {
    await db.transaction().execute(async tx => {
      if ((await schemaVersion(tx)) > index) return
      await step(tx, types)
      const value = String(index + 1)
      await tx
        .insertInto('meta')
        .values({ key: 'schema', value })
        .onConflict(conflict => conflict.column('key').doUpdateSet({ value }))
        .execute()
    })
  }
}
