import { type ReleaseType, SemVer } from 'semver'
import { fail } from './failures.ts'

declare const checked: unique symbol

/** A SemVer 2.0 version in its canonical spelling, build metadata kept: `1.2.0`, `2.0.0-beta.1`, `1.0.0+linux`. */
export type Version = string & { readonly [checked]: 'Version' }

const LONGEST = 256
/** Versions are compared many times each; `SemVer` objects are made once. */
const parsed = new Map<string, SemVer>()

/**
 * Reads an exact version. Stricter than npm: no `v`, no `=`, no spaces.
 * @throws VERSION_INVALID
 */
export function parseVersion(text: string): Version {
  if (text.length > LONGEST) {
    fail('VERSION_INVALID', { text: `${text.slice(0, 40)}…`, why: `it has more than ${String(LONGEST)} characters` })
  }
  if (!isVersion(text)) fail('VERSION_INVALID', { text, ...explain(text) })
  return text
}

/** Whether `text` is a version in its canonical spelling. */
export function isVersion(text: string): text is Version {
  if (parsed.has(text)) return true
  if (text.length > LONGEST || !/^\d/.test(text)) return false
  const version = read(text)
  if (version?.raw !== text || spell(version) !== text) return false
  // Numbers beyond what JavaScript counts exactly would compare wrongly.
  if (version.prerelease.some(part => /^\d{16,}$/.test(String(part)))) return false
  parsed.set(text, version)
  return true
}

/** The `SemVer` object of a version, for this package's own use. */
export function semverOf(version: Version): SemVer {
  let object = parsed.get(version)
  if (object === undefined) {
    object = new SemVer(version)
    parsed.set(version, object)
  }
  return object
}

/** SemVer 2.0 precedence; versions that differ only in build metadata are ordered by their text. */
export function compareVersions(a: Version, b: Version): number {
  return semverOf(a).compare(semverOf(b)) || (a < b ? -1 : a > b ? 1 : 0)
}

/** The steps a version can take, as npm has them. */
export const VERSION_STEPS = ['patch', 'minor', 'major', 'prepatch', 'preminor', 'premajor', 'prerelease'] as const
export type VersionStep = (typeof VERSION_STEPS)[number] & ReleaseType

export function isVersionStep(text: string): text is VersionStep {
  return (VERSION_STEPS as readonly string[]).includes(text)
}

/**
 * The version one step further, exactly as npm counts: `patch` of a pre-release is the release, build metadata goes.
 * @param preid what a pre-release is called: `beta` for `1.3.0-beta.0`
 * @throws VERSION_INVALID when there is no such version, because of `preid` or because the numbers end
 */
export function nextVersion(version: Version, step: VersionStep, preid: string | undefined): Version {
  const next = new SemVer(version)
  try {
    next.inc(step, preid)
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const why = `'${preid ?? ''}' cannot be the name of a pre-release`
    fail('VERSION_INVALID', { text: `${version} → ${step}`, why }, { cause: error })
  }
  return parseVersion(next.version)
}

/** Whether two versions are the same but for build metadata, so that no registry may hold both. */
export function samePrecedence(a: Version, b: Version): boolean {
  return semverOf(a).compare(semverOf(b)) === 0
}

/** Whether a version has a pre-release part. */
export function isPrerelease(version: Version): boolean {
  return semverOf(version).prerelease.length > 0
}

/** The versions of `candidates` closest to `wanted` in order of precedence, at most `limit`, lowest first. */
export function nearestVersions(candidates: Iterable<Version>, wanted: Version, limit = 5): Version[] {
  const sorted = [...candidates].sort(compareVersions)
  const at = sorted.findIndex(version => compareVersions(version, wanted) >= 0)
  const middle = at === -1 ? sorted.length : at
  const start = Math.max(0, Math.min(middle - Math.floor(limit / 2), sorted.length - limit))
  return sorted.slice(start, start + limit)
}

function read(text: string): SemVer | undefined {
  try {
    return new SemVer(text)
  } catch (error) {
    if (error instanceof TypeError) return undefined
    throw error
  }
}

function spell(version: SemVer): string {
  return version.build.length === 0 ? version.version : `${version.version}+${version.build.join('.')}`
}

function explain(text: string): { why?: string } {
  if (/^[vV=]/.test(text)) return { why: `leave out the '${text.slice(0, 1)}'` }
  if (/^\d+(\.\d+)?$/.test(text)) return { why: 'it needs three numbers' }
  return {}
}
