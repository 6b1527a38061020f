/**
 * What is read most: documents, archives, and who asks. Kept in memory as long as the database says that nothing has
 * changed, so that what one process changes every other serves.
 */
import {
  type Actor,
  type PackageAccess,
  type PackageName,
  type Role,
  type TokenScope,
  compareTags,
  scopeOf,
} from '@aam/core'
import type { Store } from '../store/sqlite.ts'
import { hashToken, isToken } from './secrets.ts'

/** A document as it is sent. */
export type Served = {
  readonly packageId: number
  readonly access: PackageAccess
  readonly revision: number
  /** Without quotes; the compressed form has another. */
  readonly etag: string
  readonly plain: Buffer
  readonly gzip: Buffer
  /** Whether there is a version to see. */
  readonly empty: boolean
}

/** Who a token belongs to. */
export type TokenOwner = {
  readonly actor: Extract<Actor, { kind: 'user' }>
  readonly userId: number
  readonly token: { readonly id: string; readonly kind: 'session' | 'token' }
  /** Milliseconds since 1970; never when absent. */
  readonly expires: number | undefined
  readonly disabled: boolean
  readonly lastUsed: number
}

/** What an archive's address leads to. */
export type ServedArchive = {
  readonly digest: string
  readonly size: number
  readonly integrity: string
  readonly version: string
}

export type Reader = {
  /** @returns `undefined` when nobody has published it */
  readonly document: (name: PackageName) => Served | undefined
  /** A version that everybody may see, by its number. */
  readonly archive: (pkg: Served, version: string) => ServedArchive | undefined
  /** Who may sign in with a token; `undefined` when nobody. */
  readonly owner: (token: string) => TokenOwner | undefined
}

type Kept<T> = { generation: number; readonly value: T }

/** Bytes of documents that are kept. */
const ROOM = 64 * 1024 * 1024
const MOST_TOKENS = 10_000

export function createReader(store: Store): Reader {
  const documents = new Map<PackageName, Kept<Served> & { readonly archives: Map<string, ServedArchive> }>()
  let held = 0
  let owners = new Map<string, TokenOwner | undefined>()
  let ownersOf = -1

  const drop = (name: PackageName): void => {
    const kept = documents.get(name)
    if (kept === undefined) return
    held -= sizeOf(kept.value)
    documents.delete(name)
  }
  const keep = (value: Served, generation: number): void => {
    drop(value.access.name)
    documents.set(value.access.name, { generation, value, archives: new Map() })
    held += sizeOf(value)
    // A Map is in order of insertion: what was kept longest goes first.
    for (const name of documents.keys()) {
      if (held <= ROOM) break
      drop(name)
    }
  }
  const document = (name: PackageName): Served | undefined => {
    const generation = store.generation()
    const kept = documents.get(name)
    if (kept?.generation === generation) return kept.value
    const revision = readRevision(store, name)
    if (kept !== undefined && revision === kept.value.revision) {
      kept.generation = generation
      return kept.value
    }
    drop(name)
    const value = revision === undefined ? undefined : readServed(store, name)
    if (value !== undefined) keep(value, generation)
    return value
  }
  const archive = (pkg: Served, version: string): ServedArchive | undefined => {
    const archives = documents.get(pkg.access.name)?.archives
    const known = archives?.get(version)
    if (known !== undefined) return known
    const [found] = store.read<ServedArchive>(
      "select digest, size, integrity, version from versions where package_id = ? and version = ? and state = 'visible'",
      pkg.packageId,
      version,
    )
    if (found === undefined) return undefined
    // A row of the database is slow to copy.
    const archive = { ...found }
    archives?.set(version, archive)
    return archive
  }
  const owner = (token: string): TokenOwner | undefined => {
    if (!isToken(token)) return undefined
    const generation = store.generation()
    if (ownersOf !== generation || owners.size > MOST_TOKENS) {
      owners = new Map()
      ownersOf = generation
    }
    const hash = hashToken(token)
    if (owners.has(hash)) return owners.get(hash)
    const found = readOwner(store, hash)
    owners.set(hash, found)
    return found
  }
  return { document, archive, owner }
}

function sizeOf({ plain, gzip }: Served): number {
  return plain.length + gzip.length + 1024
}

function readRevision(store: Store, name: PackageName): number | undefined {
  return store.read<{ revision: number }>('select revision from packages where repository_id = 1 and name = ?', name)[0]
    ?.revision
}

type DocumentRow = {
  readonly id: number
  readonly visibility: 'public' | 'private'
  readonly revision: number
  readonly etag: string
  readonly plain: Uint8Array
  readonly gzip: Uint8Array
  readonly versions: number
}

function readServed(store: Store, name: PackageName): Served | undefined {
  const [row] = store.read<DocumentRow>(
    `select p.id, p.visibility, p.revision, d.etag, d.plain, d.gzip,
       (select count(*) from versions v where v.package_id = p.id and v.state = 'visible') as versions
     from packages p join documents d on d.package_id = p.id where p.repository_id = 1 and p.name = ?`,
    name,
  )
  if (row === undefined) return undefined
  return {
    packageId: row.id,
    access: readAccess(store, { id: row.id, name, visibility: row.visibility }),
    revision: row.revision,
    etag: row.etag,
    plain: bufferOf(row.plain),
    gzip: bufferOf(row.gzip),
    empty: row.versions === 0,
  }
}

export function readAccess(
  store: Store,
  {
    id,
    name,
    visibility,
  }: { readonly id: number; readonly name: PackageName; readonly visibility: 'public' | 'private' },
): PackageAccess {
  const members = store.read<{ name: string; role: 'owner' | 'maintainer' }>(
    'select u.name, m.role from members m join users u on u.id = m.user_id where m.package_id = ?',
    id,
  )
  const scope = scopeOf(name)
  const owners =
    scope === undefined
      ? []
      : store.read<{ name: string }>(
          'select u.name from scope_owners s join users u on u.id = s.user_id where s.scope = ?',
          scope,
        )
  return {
    name,
    visibility,
    members: new Map(members.map(each => [each.name, each.role])),
    scopeOwners: owners.map(each => each.name),
  }
}

type OwnerRow = {
  readonly id: string
  readonly kind: 'session' | 'token'
  readonly scopes: string
  readonly packages: string | null
  readonly expires: string | null
  readonly last_used: string | null
  readonly user_id: number
  readonly name: string
  readonly roles: string
  readonly disabled: number
}

function readOwner(store: Store, hash: string): TokenOwner | undefined {
  const [row] = store.read<OwnerRow>(
    `select t.id, t.kind, t.scopes, t.packages, t.expires, t.last_used, t.user_id, u.name, u.roles, u.disabled
     from tokens t join users u on u.id = t.user_id where t.hash = ?`,
    hash,
  )
  if (row === undefined) return undefined
  return {
    actor: {
      kind: 'user',
      name: row.name,
      roles: JSON.parse(row.roles) as Role[],
      token: {
        scopes: JSON.parse(row.scopes) as TokenScope[],
        packages: row.packages === null ? undefined : (JSON.parse(row.packages) as string[]),
      },
    },
    userId: row.user_id,
    token: { id: row.id, kind: row.kind },
    expires: row.expires === null ? undefined : Date.parse(row.expires),
    disabled: row.disabled === 1,
    lastUsed: row.last_used === null ? 0 : Date.parse(row.last_used),
  }
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Tags of a served document in listing order. */
export function tagsOf({ plain }: Served): Record<string, string> {
  const { tags } = JSON.parse(plain.toString('utf8')) as { readonly tags: Readonly<Record<string, string>> }
  return Object.fromEntries(Object.entries(tags).sort(([a], [b]) => compareTags(a, b)))
}
