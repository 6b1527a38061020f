/** Security advisories: OSV documents, kept and asked for by package and version. */
import {
  type PackageName,
  type Version,
  compareVersions,
  explainName,
  fail,
  isVersion,
  mayRead,
  requireReader,
  requireRole,
} from '@aam/core'
import type { AdvisoryQueryAnswer } from '@aam/core/wire'
import { type Caller, type Deps, accessRules, record } from './deps.ts'
import type { Reader } from './served.ts'

type Json = Readonly<Record<string, unknown>>

const ID = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$/
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/
/** Events of a range, and what each may say instead of a version: before all of them, after all of them. */
const EVENTS: Readonly<Record<string, string | undefined>> = {
  introduced: '0',
  fixed: undefined,
  last_affected: undefined,
  limit: '*',
}
/** What OSV calls our packages. */
const ECOSYSTEM = 'aam'

/**
 * Takes an advisory, or a newer state of one.
 * @throws UNAUTHORIZED, FORBIDDEN, ADVISORY_INVALID
 */
export async function publishAdvisory(
  deps: Deps,
  caller: Caller,
  value: unknown,
): Promise<{ readonly id: string; readonly kind: 'publish' | 'unchanged' }> {
  requireRole(caller.actor, 'admin', 'publishing advisories')
  const { id, modified, packages, document } = decodeAdvisory(value)
  return deps.store.db.transaction().execute(async tx => {
    const before = await tx
      .selectFrom('advisories')
      .select(['modified', 'document'])
      .where('id', '=', id)
      .executeTakeFirst()
    const row = { modified, document: JSON.stringify(document) }
    if (before?.document === row.document) return { id, kind: 'unchanged' }
    await tx
      .insertInto('advisories')
      .values({ id, ...row })
      .onConflict(conflict => conflict.column('id').doUpdateSet(row))
      .execute()
    await tx.deleteFrom('advisory_packages').where('advisory_id', '=', id).execute()
    for (const name of packages) {
      await tx.insertInto('advisory_packages').values({ advisory_id: id, package: name }).execute()
    }
    const metadata = { packages, before: before?.modified ?? null, after: modified }
    await record(deps, caller, { tx, event: 'advisory.publish', target: { advisory: id }, metadata })
    return { id, kind: 'publish' }
  })
}

/**
 * The advisories that concern any of these versions. About packages that the caller may not see it says nothing.
 * @throws UNAUTHORIZED, FORBIDDEN
 */
export async function queryAdvisories(
  deps: Deps & { readonly reader: Reader },
  { actor }: Caller,
  wanted: ReadonlyMap<PackageName, readonly Version[]>,
): Promise<AdvisoryQueryAnswer> {
  const rules = accessRules(deps)
  requireReader(actor, undefined, rules)
  const packages: Record<string, AdvisoryQueryAnswer['packages'][string]> = {}
  for (const [name, versions] of wanted) {
    const served = deps.reader.document(name)
    if (served !== undefined && !mayRead(actor, served.access, rules)) continue
    const rows = await deps.store.db
      .selectFrom('advisories')
      .innerJoin('advisory_packages', 'advisory_packages.advisory_id', 'advisories.id')
      .select('document')
      .where('package', '=', name)
      .orderBy('advisories.id')
      .execute()
    const found = rows
      .map(({ document }) => JSON.parse(document) as Json)
      .filter(advisory => advisory['withdrawn'] === undefined)
      .map(advisory => ({ advisory, versions: versions.filter(version => concerns(advisory, name, version)) }))
      .filter(each => each.versions.length > 0)
    if (found.length > 0) packages[name] = found
  }
  return { packages }
}

type Decoded = {
  readonly id: string
  readonly modified: string
  readonly packages: readonly string[]
  readonly document: Json
}

/** @throws ADVISORY_INVALID */
function decodeAdvisory(value: unknown): Decoded {
  const bad = (why: string): never => fail('ADVISORY_INVALID', { why })
  const document = isObject(value) ? value : bad('it is not an object')
  const { id, modified } = document
  if (typeof id !== 'string' || !ID.test(id)) return bad('id has to be a name like AAM-2026-0001')
  if (typeof modified !== 'string' || !TIME.test(modified) || Number.isNaN(Date.parse(modified))) {
    return bad('modified has to be a time like 2026-01-31T12:00:00Z')
  }
  const affected = affectedOf(document)
  const names = affected.map(({ name }) => name)
  if (names.length === 0) return bad(`affected names no package of the ecosystem "${ECOSYSTEM}"`)
  const wrong = names.find(name => explainName(name) !== undefined)
  if (wrong !== undefined) return bad(`'${wrong.slice(0, 80)}' is no package's name`)
  for (const { entry } of affected) {
    const { versions, ranges } = entry as { readonly versions?: unknown; readonly ranges?: unknown }
    if (!Array.isArray(versions) && !Array.isArray(ranges)) return bad('affected needs versions or ranges')
    const named: readonly unknown[] = Array.isArray(versions) ? versions : []
    const none = named.find(version => typeof version !== 'string' || !isVersion(version))
    if (none !== undefined) return bad(`${JSON.stringify(none).slice(0, 80)} is no version`)
    for (const event of eventsOf(entry)) {
      const [[kind, version] = [], ...more] = Object.entries(event)
      const known = kind !== undefined && Object.hasOwn(EVENTS, kind) && more.length === 0
      if (known && typeof version === 'string' && (version === EVENTS[kind] || isVersion(version))) continue
      return bad(`the event ${JSON.stringify(event).slice(0, 80)} is none of SemVer`)
    }
  }
  return { id, modified, packages: [...new Set(names)], document }
}

type Affected = { readonly name: string; readonly entry: Json }

function affectedOf({ affected }: Json): Affected[] {
  const entries = Array.isArray(affected) ? affected.filter(isObject) : []
  return entries.flatMap(entry => {
    const { ecosystem, name } = isObject(entry['package']) ? entry['package'] : {}
    return ecosystem === ECOSYSTEM && typeof name === 'string' ? [{ name, entry }] : []
  })
}

function eventsOf({ ranges }: Json): Json[] {
  return (Array.isArray(ranges) ? ranges.filter(isObject) : []).flatMap(({ events }) =>
    Array.isArray(events) ? events.filter(isObject) : [],
  )
}

/** Whether a version is one of those that an advisory names, or between its events (the algorithm of the OSV format). */
function concerns(advisory: Json, name: PackageName, version: Version): boolean {
  return affectedOf(advisory)
    .filter(each => each.name === name)
    .some(({ entry }) => {
      if (Array.isArray(entry['versions']) && entry['versions'].includes(version)) return true
      const ranges = Array.isArray(entry['ranges']) ? entry['ranges'].filter(isObject) : []
      return ranges.some(range =>
        isBetween(Array.isArray(range['events']) ? range['events'].filter(isObject) : [], version),
      )
    })
}

function isBetween(events: readonly Json[], version: Version): boolean {
  const at = (text: unknown): Version => (text === '0' ? '0.0.0-0' : String(text)) as Version
  const sorted = [...events].sort((a, b) => compareVersions(at(Object.values(a)[0]), at(Object.values(b)[0])))
  let inside = false
  for (const event of sorted) {
    const { introduced, fixed, last_affected: last, limit } = event
    if (introduced !== undefined && compareVersions(version, at(introduced)) >= 0) inside = true
    if (fixed !== undefined && compareVersions(version, at(fixed)) >= 0) inside = false
    if (limit !== undefined && limit !== '*' && compareVersions(version, at(limit)) >= 0) inside = false
    if (last !== undefined && compareVersions(version, at(last)) > 0) inside = false
  }
  return inside
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
