/** A package in a line, as lists and search show it, and the order that a search puts packages in. */
import type { PackageDocument } from './document.ts'
import { newestUsable } from './lifecycle.ts'
import { type PackageName, compareText, explainName } from './name.ts'
import { LATEST, compareTags } from './tag.ts'
import { compareVersions, isVersion } from './version.ts'

/** What an index holds about a package: plain JSON (UAAPS 12.5, D6). */
export type PackageSummary = {
  readonly name: PackageName
  /** What `latest` names, else the newest version left; `null` when there is neither. */
  readonly latest: string | null
  /** Every version, lowest first. */
  readonly versions: readonly string[]
  /** Those of them that were yanked, lowest first. */
  readonly yanked: readonly string[]
  /** In listing order. */
  readonly tags: Readonly<Record<string, string>>
  readonly description: string | null
  readonly keywords: readonly string[]
  /** The message of `latest`, when that version is deprecated. */
  readonly deprecated: string | null
}

export function summarize(document: PackageDocument): PackageSummary {
  const { name, releases } = document
  const tagged = document.tags.get(LATEST)
  const newest = newestUsable(document)
  const latest = tagged ?? newest
  // A tag in a file edited by hand may name a version that is not there.
  const shown = [latest, newest].flatMap(version => (version === undefined ? [] : (releases.get(version) ?? [])))[0]
  const { description, keywords } = shown?.record ?? {}
  const all = [...releases.values()].sort((a, b) => compareVersions(a.version, b.version))
  return {
    name,
    latest: latest ?? null,
    versions: all.map(({ version }) => version),
    yanked: all.filter(({ yanked }) => yanked).map(({ version }) => version),
    tags: Object.fromEntries([...document.tags].sort(([a], [b]) => compareTags(a, b))),
    description: typeof description === 'string' ? description : null,
    keywords: Array.isArray(keywords) ? keywords.filter(each => typeof each === 'string') : [],
    deprecated: shown?.deprecated ?? null,
  }
}

/** Reads a summary as an index holds it; `undefined` for anything that is not exactly one. */
export function decodeSummary(value: unknown): PackageSummary | undefined {
  if (!isObject(value)) return undefined
  const { name, latest, versions, yanked, tags, description, keywords, deprecated } = value
  if (typeof name !== 'string' || explainName(name) !== undefined) return undefined
  if (!isTexts(versions) || !isTexts(yanked) || ![...versions, ...yanked].every(isVersion)) return undefined
  if (!isText(latest) || (latest !== null && !isVersion(latest))) return undefined
  // Tags are shown and nothing else; whether each is one would cost more than all the rest.
  if (!isObject(tags) || !Object.values(tags).every(version => typeof version === 'string' && isVersion(version))) {
    return undefined
  }
  if (!isText(description) || !isTexts(keywords) || !isText(deprecated)) return undefined
  const known = tags as Readonly<Record<string, string>>
  return { name: name as PackageName, latest, versions, yanked, tags: known, description, keywords, deprecated }
}

/** Whether a package has a version that can be installed. */
export function isAvailable({ versions, yanked }: PackageSummary): boolean {
  return versions.length > yanked.length
}

/** The words of a search: in lower case, each once; plain text, whatever characters they have. */
export function searchWords(texts: readonly string[]): string[] {
  return [...new Set(texts.flatMap(text => text.toLowerCase().split(/\s+/)).filter(word => word !== ''))]
}

/**
 * The packages that every word matches, best first, those with nothing to install left out. A word counts by the best
 * place it is found in: the whole name, the beginning of the name (with or without its scope), the name, a keyword, the
 * description. Places of several words add up; packages equally good are sorted by name.
 */
export function rankPackages<P extends PackageSummary>(packages: Iterable<P>, words: readonly string[]): P[] {
  const wanted = searchWords(words)
  const found: { readonly each: P; readonly rank: number }[] = []
  for (const each of packages) {
    if (!isAvailable(each)) continue
    const ranks = wanted.map(word => rankOf(each, word))
    if (!ranks.includes(undefined)) {
      found.push({ each, rank: ranks.reduce<number>((sum, rank) => sum + (rank ?? 0), 0) })
    }
  }
  return found.sort((a, b) => a.rank - b.rank || compareText(a.each.name, b.each.name)).map(({ each }) => each)
}

function rankOf({ name, keywords, description }: PackageSummary, word: string): number | undefined {
  const places = [
    name === word,
    name.startsWith(word) || name.slice(name.indexOf('/') + 1).startsWith(word),
    name.includes(word),
    keywords.some(keyword => keyword.toLowerCase().includes(word)),
    description?.toLowerCase().includes(word) === true,
  ]
  const place = places.indexOf(true)
  return place === -1 ? undefined : place
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isText(value: unknown): value is string | null {
  return value === null || typeof value === 'string'
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(each => typeof each === 'string')
}
