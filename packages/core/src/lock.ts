/**
 * `package.agent.lock` (UAAPS 13.3, D2, D35): exactly which archives make up a project. Its bytes are a pure function of
 * the resolution: sorted keys, two spaces, a final newline, no time, nothing about the machine.
 */
import { hasConflict } from './conflict-markers.ts'
import { type Problem, fail } from './failures.ts'
import { type Integrity, isIntegrity, parseIntegrity } from './integrity.ts'
import {
  type InstanceName,
  type PackageName,
  compareText,
  explainInstanceName,
  explainName,
  instanceName,
  packageOf,
} from './name.ts'
import { type Tag, explainTag } from './tag.ts'
import { type Version, isVersion } from './version.ts'

/** Where an archive came from. A record, not an instruction: `integrity` decides which bytes are right (D2). */
export type LockSource = {
  readonly type: 'registry'
  /** Address of the registry; empty when an older lock did not say. */
  readonly registry: string
  readonly name: PackageName
  readonly version: Version
  readonly resolvedTag?: Tag | undefined
  readonly tarball: string
  /** For people only. */
  readonly display?: string | undefined
}

export type LockEntry = {
  readonly version: Version
  readonly source: LockSource
  readonly integrity: Integrity
  /** The exact versions this package's own dependencies were resolved to; `instanceFor` finds them in the lock. */
  readonly dependencies: ReadonlyMap<PackageName, Version>
}

export type Lock = {
  /** Several versions of one package stand side by side under names of their own (D17). */
  readonly resolved: ReadonlyMap<InstanceName, LockEntry>
  /** Optional dependencies that were left out, and why (D22). */
  readonly skipped: ReadonlyMap<PackageName, string>
  /** Packages that only the project was asked about: what others want of them counts as a peer (D17 `peer`). */
  readonly promoted?: ReadonlySet<PackageName>
}

export const LOCK_FILE = 'package.agent.lock'
export const EMPTY_LOCK: Lock = { resolved: new Map(), skipped: new Map() }

/**
 * Reads a lock, version 2 or 1 (where `source` is a string). Unknown keys are ignored.
 * @param file how messages call it
 * @throws LOCK_CONFLICTED, LOCK_VERSION_UNKNOWN or FILE_INVALID
 */
export function decodeLock(text: string, file: string): Lock {
  const value = parseJson(text.startsWith('\ufeff') ? text.slice(1) : text, file)
  const invalid = (field: string, message: string): never => {
    const problem: Problem = { severity: 'error', file, field, message }
    return fail('FILE_INVALID', { what: 'The lock', file, problems: [{ ...problem, hint: REPAIR }] })
  }
  if (!isObject(value)) return invalid('', 'it must be an object')
  const lockVersion = value['lockVersion']
  if (lockVersion !== 1 && lockVersion !== 2) {
    fail('LOCK_VERSION_UNKNOWN', { file, version: lockVersion === undefined ? 'none' : JSON.stringify(lockVersion) })
  }
  if (!isObject(value['resolved'])) return invalid('resolved', 'it must be an object')
  const resolved = new Map<InstanceName, LockEntry>()
  for (const [name, entry] of Object.entries(value['resolved'])) {
    const why = explainInstanceName(name)
    if (why !== undefined) invalid(`resolved.${name}`, `'${name}' is not a package name: ${why}`)
    resolved.set(name as InstanceName, decodeEntry(name as InstanceName, entry, invalid))
  }
  const skipped = new Map<PackageName, string>()
  for (const [name, reason] of Object.entries(isObject(value['skipped']) ? value['skipped'] : {})) {
    if (explainName(name) !== undefined) invalid(`skipped.${name}`, `'${name}' is not a package name`)
    if (typeof reason !== 'string') return invalid(`skipped.${name}`, 'it must be text')
    skipped.set(name as PackageName, reason)
  }
  const promoted = new Set<PackageName>()
  for (const name of Array.isArray(value['promoted']) ? (value['promoted'] as unknown[]) : []) {
    if (explainName(String(name)) !== undefined) invalid('promoted', `'${String(name)}' is not a package name`)
    promoted.add(name as PackageName)
  }
  return { resolved, skipped, ...(promoted.size > 0 ? { promoted } : {}) }
}

const REPAIR = 'restore it from version control, or delete it and run `aam install` to resolve again'

function decodeEntry(
  instance: InstanceName,
  value: unknown,
  invalid: (field: string, message: string) => never,
): LockEntry {
  const at = `resolved.${instance}`
  const name = packageOf(instance)
  if (!isObject(value)) return invalid(at, 'it must be an object')
  const { version, integrity, source, dependencies } = value
  if (typeof version !== 'string' || !isVersion(version)) return invalid(`${at}.version`, 'it must be an exact version')
  if (instance !== name && instance !== instanceName(name, version)) {
    return invalid(`${at}.version`, `it must be the one that '${instance}' says`)
  }
  if (typeof integrity !== 'string') return invalid(`${at}.integrity`, 'it is required')
  if (!isIntegrity(integrity) && !/^sha256:[0-9a-f]{64}$/.test(integrity)) {
    return invalid(`${at}.integrity`, `'${integrity}' is not a sha256 integrity`)
  }
  if (dependencies !== undefined && !isObject(dependencies)) {
    return invalid(`${at}.dependencies`, 'it must be an object')
  }
  const pinned = new Map<PackageName, Version>()
  for (const [dependency, exact] of Object.entries(isObject(dependencies) ? dependencies : {})) {
    if (explainName(dependency) !== undefined) invalid(`${at}.dependencies`, `'${dependency}' is not a package name`)
    if (typeof exact !== 'string' || !isVersion(exact)) {
      return invalid(`${at}.dependencies.${dependency}`, 'it must be an exact version')
    }
    pinned.set(dependency as PackageName, exact)
  }
  return {
    version,
    integrity: parseIntegrity(integrity),
    source: decodeSource(source, { name, version }, message => invalid(`${at}.source`, message)),
    dependencies: pinned,
  }
}

function decodeSource(
  source: unknown,
  { name, version }: { readonly name: PackageName; readonly version: Version },
  invalid: (message: string) => never,
): LockSource {
  // Version 1 said where in a word or two; only people read it from now on (UAAPS 13.3).
  if (typeof source === 'string') return { type: 'registry', registry: '', name, version, tarball: '', display: source }
  if (!isObject(source)) return invalid('it is required')
  if (source['type'] !== 'registry') {
    return invalid(`packages from '${String(source['type'])}' cannot be installed by this version of aam`)
  }
  const { registry, tarball, resolvedTag, display } = source
  if (source['name'] !== undefined && source['name'] !== name) return invalid(`its name is not ${name}`)
  if (source['version'] !== undefined && source['version'] !== version) {
    return invalid(`its version is not ${version}`)
  }
  return {
    type: 'registry',
    registry: typeof registry === 'string' ? registry : '',
    name,
    version,
    tarball: typeof tarball === 'string' ? tarball : '',
    ...(typeof resolvedTag === 'string' && explainTag(resolvedTag) === undefined
      ? { resolvedTag: resolvedTag as Tag }
      : {}),
    ...(typeof display === 'string' ? { display } : {}),
  }
}

/** Whether a lock that was read has to be written again, because it is of an older version. */
export function needsUpgrade(text: string): boolean {
  return /"lockVersion"\s*:\s*1\b/.test(text)
}

/** The bytes of a lock. */
export function encodeLock(lock: Lock): string {
  const resolved = sortedObject(lock.resolved, ({ version, source, integrity, dependencies }) => ({
    ...(dependencies.size > 0 ? { dependencies: sortedObject(dependencies, exact => exact) } : {}),
    integrity,
    source: {
      display: source.display ?? `registry:${source.name}`,
      name: source.name,
      registry: source.registry,
      ...(source.resolvedTag === undefined ? {} : { resolvedTag: source.resolvedTag }),
      tarball: source.tarball,
      type: source.type,
      version: source.version,
    },
    version,
  }))
  const skipped = lock.skipped.size > 0 ? { skipped: sortedObject(lock.skipped, reason => reason) } : {}
  const names = [...(lock.promoted ?? [])].sort(compareText)
  const promoted = names.length > 0 ? { promoted: names } : {}
  return `${JSON.stringify({ lockVersion: 2, ...promoted, resolved, ...skipped }, undefined, 2)}\n`
}

function parseJson(text: string, file: string): unknown {
  const line = hasConflict(text)
  if (line !== undefined) fail('LOCK_CONFLICTED', { file, line })
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    const problem: Problem = { severity: 'error', file, message: `it is not JSON (${error.message})`, hint: REPAIR }
    return fail('FILE_INVALID', { what: 'The lock', file, problems: [problem] }, { cause: error })
  }
}

function sortedObject<K extends string, V, R>(map: ReadonlyMap<K, V>, change: (value: V) => R): Record<string, R> {
  const entries = [...map].sort(([a], [b]) => compareText(a, b))
  return Object.fromEntries(entries.map(([key, value]) => [key, change(value)]))
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
