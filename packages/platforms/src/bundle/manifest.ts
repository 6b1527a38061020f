/** `bundle.json`: what an archive says of the bundle that it is (UAAPS 12.4, `bundle.schema.json`). */
import { type PackageName, type Version, explainName, isVersion } from '@aam/core'
import { BUNDLE_TARGETS, type BundleTarget } from './targets.ts'

export const BUNDLE_FILE = 'bundle.json'

const FORMAT = 'uaaps-bundle'
const FORMAT_VERSION = '1.0'
const TYPES = ['skill', 'agent', 'command', 'rule', 'hook', 'mcp'] as const
/** In the order in which they are written. */
const FIELDS = [
  'format',
  'version',
  'package',
  'package_version',
  'target',
  'built_at',
  'checksum',
  'artifacts',
] as const

export type BundledArtifact = {
  readonly type: (typeof TYPES)[number]
  readonly name: string
  /** The file or folder in the archive that it is, or the file that holds it. */
  readonly path: string
}

export type BundleManifest = {
  readonly package: PackageName
  readonly packageVersion: Version
  readonly target: BundleTarget
  /** RFC 3339, in UTC. */
  readonly builtAt: string
  /** `sha256:` and 64 hexadecimal digits, as `checksumOf` makes them. */
  readonly checksum: string
  readonly artifacts: readonly BundledArtifact[]
}

export function encodeBundleManifest(manifest: BundleManifest): string {
  const value: Readonly<Record<(typeof FIELDS)[number], unknown>> = {
    format: FORMAT,
    version: FORMAT_VERSION,
    package: manifest.package,
    package_version: manifest.packageVersion,
    target: manifest.target,
    built_at: manifest.builtAt,
    checksum: manifest.checksum,
    artifacts: manifest.artifacts,
  }
  return `${JSON.stringify(value, undefined, 2)}\n`
}

/**
 * Reads `bundle.json`, as strictly as its schema says.
 * @returns why it is none that this version of aam can install, when it is none
 */
export function decodeBundleManifest(text: string): BundleManifest | { readonly why: string } {
  const value = parse(text)
  if (!isObject(value)) return { why: `${BUNDLE_FILE} is not a JSON object` }
  const { format, version, target, built_at: builtAt, checksum, artifacts } = value
  if (format !== FORMAT) return { why: `${BUNDLE_FILE} has the format ${quote(format)}, not ${quote(FORMAT)}` }
  if (version !== FORMAT_VERSION) {
    return { why: `it has version ${quote(version)} of the format, and this aam reads ${quote(FORMAT_VERSION)}` }
  }
  const stranger = Object.keys(value).find(key => !FIELDS.some(field => field === key))
  if (stranger !== undefined) return { why: `${BUNDLE_FILE} has a field ${quote(stranger)}, which is not known` }
  const { package: name, package_version: packageVersion } = value
  if (typeof name !== 'string' || explainName(name) !== undefined) return wrong('package', name)
  if (typeof packageVersion !== 'string' || !isVersion(packageVersion)) return wrong('package_version', packageVersion)
  const known = BUNDLE_TARGETS.find(each => each === target)
  if (known === undefined) {
    return { why: `it is for the platform ${quote(target)}; there are ${BUNDLE_TARGETS.join(', ')}` }
  }
  if (typeof builtAt !== 'string' || !TIME.test(builtAt)) return wrong('built_at', builtAt)
  if (typeof checksum !== 'string' || !/^sha256:[0-9a-f]{64}$/.test(checksum)) return wrong('checksum', checksum)
  if (!Array.isArray(artifacts) || artifacts.length === 0) return { why: `${BUNDLE_FILE} lists no artifacts` }
  const bad: unknown = artifacts.find(artifact => !isArtifact(artifact))
  if (bad !== undefined) return wrong('artifacts', bad)
  return { package: name as PackageName, packageVersion, target: known, builtAt, checksum, artifacts }
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/

function isArtifact(value: unknown): value is BundledArtifact {
  if (!isObject(value)) return false
  const { type, name, path } = value
  return (
    Object.keys(value).length === 3 &&
    TYPES.some(each => each === type) &&
    typeof name === 'string' &&
    typeof path === 'string'
  )
}

function wrong(field: string, value: unknown): { readonly why: string } {
  return { why: `${BUNDLE_FILE}: ${field} cannot be ${quote(value)}` }
}

/** A value as it stands in JSON, cut to what fits a message. */
function quote(value: unknown): string {
  const text = value === undefined ? 'missing' : JSON.stringify(value)
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
