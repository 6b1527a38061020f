/** SQLite behind Kysely: one connection that writes, one that reads, and a number that says whether anything changed. */
import { DatabaseSync, type DatabaseSyncInstance, type StatementSyncInstance } from '@photostructure/sqlite'
import type { CompiledQuery } from 'kysely'
import { existsSync, statSync } from 'node:fs'
import { constants } from 'node:os'
import { pathToFileURL } from 'node:url'
import {
  type DatabaseConnection,
  type Driver,
  Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import { setTimeout as sleep } from 'node:timers/promises'
import { AamError, fail } from '@aam/core'
import { SCHEMA_VERSION, type Schema, migrate, schemaVersion } from './schema.ts'

export type Store = {
  readonly db: Kysely<Schema>
  /**
   * A number that stays the same as long as nothing was changed, by this process or another: what was read while it was
   * the same may be read from memory.
   */
  readonly generation: () => number
  /** Rows of a query that is asked very often; it is prepared once. Sees only what was committed. */
  readonly read: <R>(text: string, ...values: readonly (string | number)[]) => R[]
  /** @throws REGISTRY_UNAVAILABLE, REGISTRY_FULL when nothing can be written */
  readonly checkWritable: () => Promise<void>
  /** A copy of the whole database as it is now, in a new file, while others write. */
  readonly copyTo: (file: string) => void
  readonly close: () => Promise<void>
}

/** How long a writer waits for another process before it gives up, in milliseconds. */
const LONGEST_WAIT = 5000
const TYPES = { blob: 'blob', id: 'integer primary key autoincrement', strict: ' strict' } as const

/** What may never be changed is guarded by the database, too. */
const GUARDS = [
  `create trigger if not exists content_stays before update of
     package_id, version, precedence, integrity, digest, size, record, manifest, files, artifacts, published, publisher_id on versions
   begin select raise(abort, 'the content of a published version never changes'); end`,
  `create trigger if not exists versions_stay before delete on versions
   begin select raise(abort, 'a published version is never removed'); end`,
  `create trigger if not exists log_stays before update on audit
   begin select raise(abort, 'the audit log is only appended to'); end`,
  `create trigger if not exists log_stays_whole before delete on audit
   begin select raise(abort, 'the audit log is only appended to'); end`,
]

/**
 * Opens a database file, made when it is missing, and brings its tables up to date.
 * @throws STORE_TOO_NEW, REGISTRY_UNAVAILABLE, REGISTRY_FULL
 */
export async function openSqlite(file: string): Promise<Store> {
  const writer = await patiently(() => connect(file))
  let reader: DatabaseSyncInstance | undefined
  try {
    const isInPlace = watchPlace(file)
    const turn = createTurn()
    const db = openKysely(writer, {
      begin: () => {
        if (!isInPlace()) {
          fail('REGISTRY_UNAVAILABLE', { why: 'its database was moved or removed; it has to be restarted' })
        }
        writer.exec('begin immediate')
      },
      changed: turn.forget,
    })
    await migrate(db, TYPES)
    const version = await schemaVersion(db)
    if (version > SCHEMA_VERSION) fail('STORE_TOO_NEW', { file, version, known: SCHEMA_VERSION })
    for (const guard of GUARDS) {
      await patiently(() => {
        writer.exec(guard)
      })
    }
    reader = await patiently(() => connect(file))
    return createStore(db, { file, reader, writer, turn })
  } catch (error) {
    reader?.close()
    writer.close()
    throw error
  }
}

/** A number that is asked for once in a turn of the event loop, unless something is written meanwhile. */
type Turn = { readonly once: (ask: () => number) => number; readonly forget: () => void }

function createTurn(): Turn {
  let known: number | undefined
  const forget = (): void => {
    known = undefined
  }
  return {
    forget,
    once: ask => {
      if (known === undefined) {
        known = ask()
        setImmediate(forget)
      }
      return known
    },
  }
}

function createStore(
  db: Kysely<Schema>,
  {
    file,
    reader,
    writer,
    turn,
  }: {
    readonly file: string
    readonly reader: DatabaseSyncInstance
    readonly writer: DatabaseSyncInstance
    readonly turn: Turn
  },
): Store {
  const dataVersion = reader.prepare('pragma data_version')
  return {
    db,
    // Another connection's commit changes it, and all writing is done on the other.
    generation: () => turn.once(() => translated(() => (dataVersion.get() as { data_version: number }).data_version)),
    read: createRead(reader),
    checkWritable: async () => {
      await db
        .transaction()
        .execute(async tx => {
          const value = String(Date.now())
          await tx
            .insertInto('meta')
            .values({ key: 'probe', value })
            .onConflict(conflict => conflict.column('key').doUpdateSet({ value }))
            .execute()
          throw new RolledBack()
        })
        .catch((error: unknown) => {
          if (!(error instanceof RolledBack)) throw error
        })
      lookAfresh(file)
    },
    copyTo: target => {
      copy(reader, target)
    },
    close: async () => {
      await db.destroy()
      settle(writer)
      reader.close()
      writer.close()
    },
  }
}

/** A database that is looked at, by whom nothing is changed. */
export type StoredData = Pick<Store, 'db' | 'read' | 'copyTo'>

/**
 * Opens a database only to read it, beside a server that may be writing.
 * @returns what `act` returns
 * @throws STORE_TOO_NEW, REGISTRY_UNAVAILABLE; also what `act` throws
 */
export async function readSqlite<T>(file: string, act: (stored: StoredData) => Promise<T>): Promise<T> {
  // Where nobody has it open and nobody's crash has left a journal, reading must not make one either.
  const asleep = !existsSync(`${file}-wal`)
  const result = await readOnce(asleep ? `${pathToFileURL(file).href}?immutable=1` : file, file, act)
  // A server that was started meanwhile may have written under the reader's eyes.
  return asleep && existsSync(`${file}-wal`) ? readOnce(file, file, act) : result
}

async function readOnce<T>(address: string, file: string, act: (stored: StoredData) => Promise<T>): Promise<T> {
  const database = translated(() => new DatabaseSync(address, { timeout: LONGEST_WAIT, readOnly: true }))
  try {
    const db = openKysely(database, {
      begin: () => {
        database.exec('begin')
      },
      changed: () => undefined,
    })
    const read = createRead(database)
    if (read("select 1 from sqlite_schema where name = 'meta'").length === 0) {
      fail('REGISTRY_UNAVAILABLE', { why: `${file} is no registry's database` })
    }
    const version = await schemaVersion(db)
    if (version > SCHEMA_VERSION) fail('STORE_TOO_NEW', { file, version, known: SCHEMA_VERSION })
    return await act({
      db,
      read,
      copyTo: target => {
        copy(database, target)
      },
    })
  } finally {
    database.close()
  }
}

function openKysely(database: DatabaseSyncInstance, writing: Writing): Kysely<Schema> {
  return new Kysely<Schema>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createIntrospector: kysely => new SqliteIntrospector(kysely),
      createQueryCompiler: () => new SqliteQueryCompiler(),
      createDriver: () => createDriver(database, writing),
    },
  })
}

function createRead(database: DatabaseSyncInstance): Store['read'] {
  const statements = new Map<string, StatementSyncInstance>()
  return <R>(text: string, ...values: readonly (string | number)[]) =>
    translated(() => {
      const statement = statements.get(text) ?? database.prepare(text)
      statements.set(text, statement)
      return statement.all(...values) as R[]
    })
}

function copy(database: DatabaseSyncInstance, target: string): void {
  translated(() => database.prepare('vacuum into ?').run(target))
}

/** Tells whether a file is still the one that it is now: what is written to one that was removed is lost. */
function watchPlace(file: string): () => boolean {
  const opened = statSync(file)
  return () => {
    const found = statSync(file, { throwIfNoEntry: false })
    return found?.ino === opened.ino && found.dev === opened.dev
  }
}

/**
 * Brings what is in the journal into the database, so that the one file is all there is: a connection only lets go of its
 * files when its last statement is forgotten. Where that cannot be, whoever opens it next does it.
 */
function settle(database: DatabaseSyncInstance): void {
  try {
    database.exec('pragma wal_checkpoint(truncate)')
  } catch (error) {
    if (codeOf(error) === undefined) throw error
  }
}

/** Reads with a connection of its own: the others may have in memory what is damaged on the disk. */
function lookAfresh(file: string): void {
  const database = translated(() => new DatabaseSync(file, { timeout: 50, readOnly: true }))
  try {
    createRead(database)('select hash from audit order by sequence desc limit 1')
  } finally {
    database.close()
  }
}

/** Ends a transaction that was only to show that it can be made. Never leaves this file. */
class RolledBack extends Error {}

function connect(file: string): DatabaseSyncInstance {
  return translated(() => {
    const database = new DatabaseSync(file, { timeout: 50 })
    try {
      // FULL: what was acknowledged is on the disk, whatever happens to the machine.
      database.exec(
        'pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on; pragma trusted_schema = off',
      )
      return database
    } catch (error) {
      database.close()
      throw error
    }
  })
}

type Prepared = { readonly statement: StatementSyncInstance; readonly returnsRows: boolean }

type Writing = {
  /** Takes the right to write. */
  readonly begin: () => void
  /** Is told when something may have been written. */
  readonly changed: () => void
}

function createDriver(database: DatabaseSyncInstance, { begin, changed }: Writing): Driver {
  const statements = new Map<string, Prepared>()
  const prepare = (text: string): Prepared => {
    const known = statements.get(text)
    if (known !== undefined) return known
    const returnsRows = /^\s*(?:select|with|pragma)|\breturning\b/i.test(text)
    const prepared = { statement: database.prepare(text), returnsRows }
    // Queries with lists of values have many texts; those are not worth keeping.
    if (statements.size < 500) statements.set(text, prepared)
    return prepared
  }
  const connection: DatabaseConnection = {
    executeQuery: async <R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> =>
      patiently(() => {
        const { statement, returnsRows } = prepare(sql)
        const values = parameters as readonly (string | number | null | Uint8Array)[]
        changed()
        if (returnsRows) return { rows: statement.all(...values) as R[] }
        const { changes, lastInsertRowid } = statement.run(...values)
        return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) }
      }),
    // eslint-disable-next-line require-yield -- nobody streams; the interface asks for it
    streamQuery: async function* () {
      await Promise.resolve()
      throw new Error('not used')
    },
  }
  // One connection: whoever has it, the others wait for it, in order.
  let last: Promise<void> = Promise.resolve()
  let release: () => void = () => undefined
  return {
    init: async () => Promise.resolve(),
    acquireConnection: async () => {
      const before = last
      let free: () => void = () => undefined
      last = new Promise(resolve => (free = resolve))
      await before
      release = free
      return connection
    },
    releaseConnection: async () => {
      release()
      return Promise.resolve()
    },
    // Begins by taking the right to write, so that what is read cannot be out of date when it is written.
    beginTransaction: async () => patiently(begin),
    commitTransaction: async () => {
      translated(() => {
        database.exec('commit')
      })
      changed()
      return Promise.resolve()
    },
    rollbackTransaction: async () => {
      translated(() => {
        // A full disk rolls back by itself.
        if (database.isTransaction) database.exec('rollback')
      })
      return Promise.resolve()
    },
    // What is being changed is changed before anything is closed.
    destroy: async () => last,
  }
}

/** Does it as soon as no other process is in the way; inside a transaction none is. */
async function patiently<T>(act: () => T): Promise<T> {
  const end = Date.now() + LONGEST_WAIT
  for (let wait = 2; ; wait = Math.min(50, wait * 2)) {
    try {
      return act()
    } catch (error) {
      if (!isBusy(error) || Date.now() > end) throw translate(error)
    }
    // Not SQLite's own waiting, which would let nobody else do anything meanwhile.
    await sleep(wait)
  }
}

const BUSY = 5
const WHY: ReadonlyMap<number, string> = new Map([
  [BUSY, 'the database is in use by another process'],
  [6, 'the database is in use by another process'],
  [8, 'the database cannot be written'],
  [10, 'the disk of the database cannot be read or written'],
  [11, 'the database is damaged'],
  [14, 'the database cannot be opened'],
  [26, 'the database is damaged'],
])
const FULL = 13
/** What the system says when there is no room, or no more for this user. */
const NO_ROOM: ReadonlySet<number> = new Set([constants.errno.ENOSPC, constants.errno.EDQUOT])

function codeOf(error: unknown): number | undefined {
  const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) : Number.NaN
  return Number.isNaN(code) ? undefined : code & 0xff
}

/** `connect` has said already what it was. */
function isBusy(error: unknown): boolean {
  return codeOf(error instanceof AamError ? error.cause : error) === BUSY
}

/** What is the matter with the machine is no defect of ours. */
function translate(error: unknown): unknown {
  const code = codeOf(error)
  const { systemErrno = 0 } = Object(error) as { readonly systemErrno?: number }
  if (code === FULL || (code !== undefined && NO_ROOM.has(systemErrno))) {
    return new AamError('REGISTRY_FULL', { what: 'the disk of the database is full' }, { cause: error })
  }
  const why = code === undefined ? undefined : WHY.get(code)
  return why === undefined ? error : new AamError('REGISTRY_UNAVAILABLE', { why }, { cause: error })
}

function translated<T>(act: () => T): T {
  try {
    return act()
  } catch (error) {
    throw translate(error)
  }
}
