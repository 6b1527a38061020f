/**
 * The files of a bundle (UAAPS 12.4): `bundle.json`, `package.agent.json`, the platform's own files below `files/`, parts of
 * files that others write too as data below `parts/`, and below `source/` the package they were made from.
 */
import { type PackageFile, type PackageName, type Version, compareText } from '@aam/core'
import type { Digest } from '../deploy/outcome.ts'
import type { Unit, UnitKind } from '../platform.ts'
import { BUNDLE_FILE, type BundledArtifact, encodeBundleManifest } from './manifest.ts'
import type { BundleTarget } from './targets.ts'

export const MANIFEST_FILE = 'package.agent.json'
export const SOURCE_FOLDER = 'source/'
const FILES_FOLDER = 'files/'

export type BundleTask = {
  readonly name: PackageName
  readonly version: Version
  readonly target: BundleTarget
  readonly builtAt: string
  /** The package, `package.agent.json` included. */
  readonly files: readonly PackageFile[]
  /** The package alone as it is deployed for the target, as `placePackage` has it. */
  readonly units: readonly Unit[]
  /** SHA-256 in hexadecimal. */
  readonly digest: Digest
}

export type ComposedBundle = {
  /** Every file of the archive, sorted by path. */
  readonly entries: readonly PackageFile[]
  /** Empty when the platform takes nothing of the package: then there is no bundle of it. */
  readonly artifacts: readonly BundledArtifact[]
}

/** Puts a bundle together. The same question has the same answer, on every machine. */
export function composeBundle({ units, files, digest, ...task }: BundleTask): ComposedBundle {
  const artifacts = unique(units.flatMap(artifactOf))
  const others = [...files.map(sourceEntry), ...fileEntries(units), ...partEntries(units)]
  const checksum = checksumOf(others, digest)
  const { name, version, target, builtAt } = task
  const text = encodeBundleManifest({ package: name, packageVersion: version, target, builtAt, checksum, artifacts })
  return { entries: [textEntry(BUNDLE_FILE, text), ...others].sort((a, b) => compareText(a.path, b.path)), artifacts }
}

/**
 * What `bundle.json` says of everything beside it: the SHA-256 of a line `<sha256>  <path>` for each other file, sorted by
 * path; that is what `sha256sum` prints. A digest cannot cover the file that it stands in.
 */
export function checksumOf(entries: readonly PackageFile[], digest: Digest): string {
  const lines = entries
    .filter(({ path }) => path !== BUNDLE_FILE)
    .sort((a, b) => compareText(a.path, b.path))
    .map(({ path, data }) => `${digest(data)}  ${path}\n`)
  return `sha256:${digest(new TextEncoder().encode(lines.join('')))}`
}

/** The manifest stands where every archive has it, and once. */
function sourceEntry(file: PackageFile): PackageFile {
  return file.path === MANIFEST_FILE ? { ...file, executable: false } : { ...file, path: SOURCE_FOLDER + file.path }
}

function fileEntries(units: readonly Unit[]): PackageFile[] {
  return units.flatMap(unit =>
    unit.form !== 'files' ? [] : unit.files.map(({ path, ...file }) => ({ path: FILES_FOLDER + path, ...file })),
  )
}

/** `parts/mcp.json` and its like: `{"parts": [...]}`, each with the file it belongs in and what it is there. */
function partEntries(units: readonly Unit[]): PackageFile[] {
  const byPath = new Map<string, unknown[]>()
  for (const unit of units) {
    if (unit.form === 'files') continue
    const path = partsPath(unit.kind)
    byPath.set(path, [...(byPath.get(path) ?? []), describePart(unit)])
  }
  return [...byPath].map(([path, parts]) => textEntry(path, `${JSON.stringify({ parts }, undefined, 2)}\n`))
}

/** Members in one order, whatever made the unit. */
function describePart(unit: Exclude<Unit, { readonly form: 'files' }>): unknown {
  if (unit.form === 'json') {
    const { name, form, file, at, key, value, needs } = unit
    return { name, form, file, at, key, value, needs }
  }
  const { name, form, file, syntax, text, defines } = unit
  return { name, form, file, syntax, text, defines }
}

function textEntry(path: string, text: string): PackageFile {
  return { path, data: new TextEncoder().encode(text), executable: false }
}

/** What the schema calls each kind. It has no word for a package's AGENTS.md, which is a rule that always holds. */
const TYPES: Readonly<Record<Exclude<UnitKind, 'run'>, BundledArtifact['type']>> = {
  skills: 'skill',
  commands: 'command',
  agents: 'agent',
  rules: 'rule',
  context: 'rule',
  hooks: 'hook',
  servers: 'mcp',
}

/** Scripts that hooks and servers run belong to those and are none of their own. */
function artifactOf(unit: Unit): BundledArtifact[] {
  if (unit.kind === 'run') return []
  const path = unit.form === 'files' ? FILES_FOLDER + unit.root : partsPath(unit.kind)
  return [{ type: TYPES[unit.kind], name: unit.name, path }]
}

function partsPath(kind: UnitKind): string {
  return `parts/${kind === 'servers' ? 'mcp' : kind}.json`
}

function unique(artifacts: readonly BundledArtifact[]): BundledArtifact[] {
  return [...new Map(artifacts.map(artifact => [JSON.stringify(artifact), artifact])).values()]
}
