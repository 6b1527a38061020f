/** Searching: every package in a line, kept in memory and brought up to date by what has changed since. */
import {
  type PackageName,
  type PackageSummary,
  compareText,
  mayRead,
  rankPackages,
  requireReader,
  scopeOf,
} from '@aam/core'
import type { PackageAccess } from '@aam/core'
import type { Store } from '../store/sqlite.ts'
import { type Caller, type Deps, accessRules } from './deps.ts'
import { readAccess } from './served.ts'

export type SearchRequest = {
  readonly words: readonly string[]
  readonly type: string | undefined
  readonly scope: string | undefined
  readonly sort: 'relevance' | 'name' | 'updated' | 'downloads'
  readonly limit: number
  /** From the answer before this one. */
  readonly cursor: string | undefined
}

export type SearchAnswer = {
  readonly packages: readonly PackageSummary[]
  readonly total: number
  /** Of the next page. */
  readonly cursor: string | undefined
}

type Entry = PackageSummary & {
  readonly access: PackageAccess
  readonly id: number
  readonly types: readonly string[]
  readonly updated: string
}

export type SearchIndex = { readonly entries: () => ReadonlyMap<PackageName, Entry> }

type Row = {
  readonly id: number
  readonly name: PackageName
  readonly visibility: 'public' | 'private'
  readonly revision: number
  readonly summary: string
  readonly types: string
  readonly updated: string
}

export function createSearchIndex(store: Store): SearchIndex {
  const entries = new Map<PackageName, Entry>()
  let generation = -1
  let last = -1
  return {
    entries: () => {
      const now = store.generation()
      if (now === generation) return entries
      const rows = store.read<Row>(
        `select p.id, p.name, p.visibility, p.revision, d.summary, d.types, d.updated
         from packages p join documents d on d.package_id = p.id where p.repository_id = 1 and p.revision > ?`,
        last,
      )
      for (const row of rows) {
        entries.set(row.name, {
          ...(JSON.parse(row.summary) as PackageSummary),
          access: readAccess(store, row),
          id: row.id,
          types: JSON.parse(row.types) as string[],
          updated: row.updated,
        })
        last = Math.max(last, row.revision)
      }
      generation = now
      return entries
    },
  }
}

/**
 * The packages that all the words match and that the caller may see, a page of them.
 * @throws UNAUTHORIZED
 */
export function search(
  deps: Deps & { readonly index: SearchIndex },
  { actor }: Caller,
  request: SearchRequest,
): SearchAnswer {
  const rules = accessRules(deps)
  requireReader(actor, undefined, rules)
  const visible = [...deps.index.entries().values()].filter(
    ({ access, name, types }) =>
      mayRead(actor, access, rules) &&
      (request.scope === undefined || scopeOf(name) === request.scope) &&
      (request.type === undefined || types.includes(request.type)),
  )
  const ranked = sort(deps, rankPackages(visible, request.words), request.sort)
  const start = startOf(ranked, request.cursor)
  const page = ranked.slice(start, start + request.limit)
  const next = start + page.length
  return {
    packages: page.map(toSummary),
    total: ranked.length,
    cursor: next < ranked.length ? encodeCursor(page.at(-1)?.name ?? '', next) : undefined,
  }
}

function toSummary(entry: Entry): PackageSummary {
  const { name, latest, versions, yanked, tags, description, keywords, deprecated } = entry
  return { name, latest, versions, yanked, tags, description, keywords, deprecated }
}

function sort(deps: Deps, found: Entry[], order: SearchRequest['sort']): Entry[] {
  if (order === 'name') return found.sort((a, b) => compareText(a.name, b.name))
  if (order === 'updated') return found.sort((a, b) => compareText(b.updated, a.updated) || compareText(a.name, b.name))
  if (order === 'downloads') {
    const rows = deps.store.read<{ id: number; n: number }>(
      'select package_id as id, sum(count) as n from downloads group by package_id',
    )
    const counts = new Map(rows.map(({ id, n }) => [id, n]))
    return found.sort((a, b) => (counts.get(b.id) ?? 0) - (counts.get(a.id) ?? 0) || compareText(a.name, b.name))
  }
  return found
}

/** Where a page begins: after the last of the page before, wherever that is now; where it would be when it is gone. */
function startOf(ranked: readonly Entry[], cursor: string | undefined): number {
  const decoded = cursor === undefined ? undefined : decodeCursor(cursor)
  if (decoded === undefined) return 0
  const index = ranked.findIndex(({ name }) => name === decoded.name)
  return index === -1 ? Math.min(decoded.offset, ranked.length) : index + 1
}

function encodeCursor(name: string, offset: number): string {
  return Buffer.from(`${String(offset)} ${name}`).toString('base64url')
}

function decodeCursor(cursor: string): { readonly name: string; readonly offset: number } | undefined {
  const found = /^(\d{1,9}) (.{1,140})$/.exec(Buffer.from(cursor, 'base64url').toString('utf8'))
  return found === null ? undefined : { offset: Number(found[1]), name: found[2] ?? '' }
}
