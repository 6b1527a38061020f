import { type Problem, fail } from '../failures.ts'
import { parseIntegrity } from '../integrity.ts'
import type { Lock, LockEntry } from '../lock.ts'
import { type PackageName, explainName } from '../name.ts'
import { type Version, isVersion } from '../version.ts'
import type { Path } from './source-text.ts'
import { readYamlText } from './yaml-text.ts'

/**
 * Reads `aam-lock.yaml`, the lock of older tools (D2): what they call `checksum` is the digest of the archive, and their
 * `source` is the name of a registry, kept for people in `display`.
 * @throws FILE_INVALID, LOCK_VERSION_UNKNOWN
 */
export function decodeAamLock(text: string, file: string): Lock {
  const source = readYamlText(text, file)
  const refuse = (problems: readonly Problem[]): never => fail('FILE_INVALID', { what: 'The lock', file, problems })
  if (source.problems.length > 0) return refuse(source.problems)
  const invalid = (path: Path, message: string): never =>
    refuse([{ severity: 'error', ...source.place(path), field: path.join('.'), message, hint: REPAIR }])
  if (!isObject(source.value)) return invalid([], 'it must be keys and values')
  const { lockfile_version: lockVersion, packages } = source.value
  if (lockVersion !== 1) {
    fail('LOCK_VERSION_UNKNOWN', { file, version: lockVersion === undefined ? 'none' : JSON.stringify(lockVersion) })
  }
  const resolved = new Map<PackageName, LockEntry>()
  for (const [name, entry] of Object.entries(isObject(packages) ? packages : {})) {
    const why = explainName(name)
    if (why !== undefined) invalid(['packages', name], `'${name}' is not a package name: ${why}`)
    resolved.set(name as PackageName, decodeEntry(name as PackageName, entry, invalid))
  }
  return { resolved, skipped: new Map() }
}

const REPAIR = 'mend it, or delete it and run `aam install` to resolve again'

function decodeEntry(name: PackageName, value: unknown, invalid: (path: Path, why: string) => never): LockEntry {
  const at = ['packages', name]
  if (!isObject(value)) return invalid(at, 'it must be keys and values')
  const { version, checksum, source, dependencies } = value
  if (typeof version !== 'string' || !isVersion(version)) {
    return invalid([...at, 'version'], 'it must be an exact version')
  }
  if (typeof checksum !== 'string' || !/^sha256:[0-9a-f]{64}$/.test(checksum)) {
    return invalid([...at, 'checksum'], 'it must be sha256: and 64 hexadecimal digits')
  }
  const pinned = new Map<PackageName, Version>()
  for (const [dependency, exact] of Object.entries(isObject(dependencies) ? dependencies : {})) {
    if (explainName(dependency) !== undefined || typeof exact !== 'string' || !isVersion(exact)) {
      return invalid([...at, 'dependencies', dependency], 'it must be a package name with an exact version')
    }
    pinned.set(dependency as PackageName, exact)
  }
  return {
    version,
    integrity: parseIntegrity(checksum),
    source: {
      type: 'registry',
      registry: '',
      name,
      version,
      tarball: '',
      ...(typeof source === 'string' ? { display: source } : {}),
    },
    dependencies: pinned,
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
