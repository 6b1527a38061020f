import type { z } from 'zod'
import { type Problem, fail } from '../failures.ts'
import { type PackageName, explainName } from '../name.ts'
import { type Range, isRange, parseRange } from '../range.ts'
import type { DependencyRanges } from '../requirement.ts'
import { type Tag, explainTag } from '../tag.ts'
import { type Version, isVersion } from '../version.ts'
import type { ConflictStrategy } from '../resolve/strategies.ts'
import { readJsonText } from './json-text.ts'
import { type ManifestShape, type Permissions, manifestSchema } from './schema.ts'
import { type Path, type SourceText, formatPath } from './source-text.ts'

/** Which of the files that describe a package this is, in order of precedence (D1). */
export type ManifestFormat = 'package.agent.json' | 'package.agent.yaml' | 'aam.yaml'
export const MANIFEST_FILES: readonly ManifestFormat[] = ['package.agent.json', 'package.agent.yaml', 'aam.yaml']

export const ARTIFACT_KINDS = ['skills', 'agents', 'commands', 'rules'] as const
export type ArtifactKind = (typeof ARTIFACT_KINDS)[number]

/** An artifact as the manifest declares it. `path` is relative to the package, with `/`. */
export type DeclaredArtifact = {
  readonly name: string
  readonly path: string
  readonly description?: string | undefined
}

/** What the command line may do about a manifest that a person wrote. */
export type Manifest = DependencyRanges & {
  readonly name: PackageName
  readonly version: Version
  readonly resolutions: ReadonlyMap<PackageName, Range>
  /** What each group and each extra of this package adds to its dependencies (UAAPS 13.1). */
  readonly dependencyGroups: ReadonlyMap<string, ReadonlyMap<PackageName, Range>>
  readonly extras: ReadonlyMap<string, ReadonlyMap<PackageName, Range>>
  readonly resolverVersion: number
  /** `undefined` when artifacts are to be discovered. */
  readonly artifacts: ReadonlyMap<ArtifactKind, readonly DeclaredArtifact[]> | undefined
  readonly permissions: Permissions | undefined
  /** `x-aam.private`: never published. */
  readonly private: boolean
  /** `x-aam.tags`: the dist-tag a direct dependency follows (D14). */
  readonly followedTags: ReadonlyMap<PackageName, Tag>
  /** `x-aam.conflict`: what to do when dependencies conflict (D17). */
  readonly conflict: ConflictStrategy | undefined
  /** The document as written, every field kept, `aam.yaml` translated. */
  readonly raw: ManifestShape
}

/** A manifest, what to warn its author about, and where each field stands. */
export type DecodedManifest = {
  readonly manifest: Manifest
  readonly warnings: readonly Problem[]
  readonly place: SourceText['place']
}

/**
 * Decodes `package.agent.json`.
 * @throws FILE_INVALID with every problem, each with file, line and field
 */
export function decodeManifest(text: string, file: string): DecodedManifest {
  return decodeManifestSource(readJsonText(text, file), file)
}

/**
 * Decodes a manifest whose text has been read.
 * @throws FILE_INVALID
 */
export function decodeManifestSource(source: SourceText, file: string): DecodedManifest {
  if (source.problems.length > 0) fail('FILE_INVALID', { what: 'The manifest', file, problems: source.problems })
  const parsed = manifestSchema.safeParse(source.value)
  const problem = (path: Path, message: string, severity: Problem['severity'] = 'error'): Problem => ({
    severity,
    ...source.place(path),
    field: formatPath(path),
    message,
  })
  const issues = parsed.success ? [] : parsed.error.issues
  // zod would drop a key it does not know how to type; the document itself is what is kept.
  const raw = withoutFields(source.value, new Set(issues.map(issue => issue.path[0])))
  const problems = [
    ...issues.map(issue => problem(issue.path as Path, describeIssue(issue, source.value))),
    ...checkNames(raw, problem),
    ...checkReferences(raw, problem),
  ].sort((a, b) => (a.line ?? 0) - (b.line ?? 0))
  const errors = problems.filter(entry => entry.severity === 'error')
  if (errors.length > 0) fail('FILE_INVALID', { what: 'The manifest', file, problems: errors })
  return { manifest: build(raw as ManifestShape), warnings: problems, place: source.place }
}

/** What can still be checked of a document: its fields but those that have the wrong shape. */
function withoutFields(value: unknown, wrong: ReadonlySet<PropertyKey | undefined>): Partial<ManifestShape> {
  if (typeof value !== 'object' || value === null || wrong.has(undefined)) return {}
  return wrong.size === 0 ? value : Object.fromEntries(Object.entries(value).filter(([key]) => !wrong.has(key)))
}

type Report = (path: Path, message: string, severity?: Problem['severity']) => Problem

const DEPENDENCY_FIELDS = ['dependencies', 'optionalDependencies', 'peerDependencies', 'resolutions'] as const

function checkNames(raw: Partial<ManifestShape>, report: Report): Problem[] {
  const problems: Problem[] = []
  const why = raw.name === undefined ? undefined : explainName(raw.name)
  if (why !== undefined) problems.push(report(['name'], `'${raw.name ?? ''}' is not a package name: ${why}`))
  if (raw.version !== undefined && !isVersion(raw.version)) {
    problems.push(report(['version'], `'${raw.version}' is not a SemVer version, for example 1.0.0`))
  }
  for (const field of DEPENDENCY_FIELDS) problems.push(...checkRanges(raw[field], [field], report))
  for (const [key, group] of Object.entries(raw.dependencyGroups ?? {})) {
    problems.push(...checkRanges(group.dependencies, ['dependencyGroups', key, 'dependencies'], report))
    if (group.dependencies === undefined && group.systemDependencies === undefined) {
      problems.push(report(['dependencyGroups', key], 'a group declares dependencies or systemDependencies'))
    }
  }
  for (const [key, extra] of Object.entries(raw.extras ?? {})) {
    problems.push(...checkRanges(extra.dependencies, ['extras', key, 'dependencies'], report))
    if (
      [extra.dependencies, extra.systemDependencies, extra.artifacts, extra.permissions].every(
        part => part === undefined,
      )
    ) {
      problems.push(
        report(['extras', key], 'an extra declares dependencies, systemDependencies, artifacts or permissions'),
      )
    }
  }
  for (const [key, value] of Object.entries(raw)) {
    if (key.startsWith('x-') && (typeof value !== 'object' || value === null || Array.isArray(value))) {
      problems.push(report([key], 'a vendor extension must be an object'))
    }
  }
  return problems
}

function checkRanges(ranges: Readonly<Record<string, string>> | undefined, path: Path, report: Report): Problem[] {
  const problems: Problem[] = []
  for (const [name, range] of Object.entries(ranges ?? {})) {
    const why = explainName(name)
    if (why !== undefined) problems.push(report([...path, name], `'${name}' is not a package name: ${why}`))
    if (isRange(range)) continue
    const elsewhere = /^(?:file:|git|github:|\.)/.test(range)
    problems.push(
      report(
        [...path, name],
        elsewhere
          ? `'${range}' is not a range: this version of aam installs from a registry only`
          : `'${range}' is not a version range, for example ^1.2.0${explainTag(range) === undefined ? `; to follow the tag, run \`aam install ${name}@${range}\`` : ''}`,
      ),
    )
  }
  return problems
}

function checkReferences(raw: Partial<ManifestShape>, report: Report): Problem[] {
  const problems: Problem[] = []
  const dependencies = raw.dependencies ?? {}
  for (const field of ['dependencies', 'optionalDependencies', 'peerDependencies'] as const) {
    if (raw.name !== undefined && Object.hasOwn(raw[field] ?? {}, raw.name)) {
      problems.push(report([field, raw.name], 'a package cannot depend on itself'))
    }
  }
  for (const name of Object.keys(raw.optionalDependencies ?? {})) {
    if (Object.hasOwn(dependencies, name)) {
      problems.push(
        report(['optionalDependencies', name], 'it is also in dependencies; the optional one counts', 'warning'),
      )
    }
  }
  for (const name of Object.keys(raw.permissionGrants ?? {})) {
    if (!Object.hasOwn(dependencies, name)) {
      problems.push(report(['permissionGrants', name], 'a grant names a package that is not in dependencies'))
    }
  }
  for (const [name, tag] of Object.entries(raw['x-aam']?.tags ?? {})) {
    const why = explainTag(tag)
    if (why !== undefined) problems.push(report(['x-aam', 'tags', name], `'${tag}' is not a tag: ${why}`))
    if (!Object.hasOwn(dependencies, name) && !Object.hasOwn(raw.optionalDependencies ?? {}, name)) {
      problems.push(report(['x-aam', 'tags', name], 'it follows a tag but is not in dependencies', 'warning'))
    }
  }
  for (const [key, extra] of Object.entries(raw.extras ?? {})) {
    for (const kind of ['skills', 'agents', 'commands'] as const) {
      const declared = new Set((raw.artifacts?.[kind] ?? []).map(entry => entry.name))
      for (const name of extra.artifacts?.[kind] ?? []) {
        if (declared.has(name)) continue
        problems.push(report(['extras', key, 'artifacts', kind], `'${name}' is not declared in artifacts.${kind}`))
      }
    }
  }
  for (const kind of ARTIFACT_KINDS) {
    const seen = new Set<string>()
    for (const [index, entry] of (raw.artifacts?.[kind] ?? []).entries()) {
      const path = ['artifacts', kind, index]
      if (seen.has(entry.name)) problems.push(report([...path, 'name'], `'${entry.name}' is there twice`))
      seen.add(entry.name)
      const why = explainRelativePath(entry.path)
      if (why !== undefined) problems.push(report([...path, 'path'], `'${entry.path}' ${why}`))
    }
  }
  for (const kind of [...ARTIFACT_KINDS, 'hooks', 'mcp'] as const) {
    const override = raw[kind]
    const why = override === undefined ? undefined : explainRelativePath(override)
    if (why !== undefined) problems.push(report([kind], `'${override ?? ''}' ${why}`))
  }
  for (const [index, glob] of (raw.files ?? []).entries()) {
    const why = glob.startsWith('!') ? 'is a negation; list what goes in instead' : explainRelativePath(glob)
    if (why !== undefined) problems.push(report(['files', index], `'${glob}' ${why}`))
  }
  return problems
}

/** Why a path in a manifest cannot be used, `undefined` when it can (UAAPS 16: relative, forward slashes, inside). */
export function explainRelativePath(path: string): string | undefined {
  if (path.includes('\\')) return 'has a backslash; use /'
  if (/^\/|^[A-Za-z]:|^~/.test(path)) return 'is absolute; paths are relative to the package'
  if (path.split('/').includes('..')) return 'leaves the package'
  return undefined
}

function build(raw: ManifestShape): Manifest {
  const optional = rangeMap(raw.optionalDependencies)
  const dependencies = new Map([...rangeMap(raw.dependencies)].filter(([name]) => !optional.has(name)))
  const tags = Object.entries(raw['x-aam']?.tags ?? {}) as [PackageName, Tag][]
  return {
    name: raw.name as PackageName,
    version: raw.version as Version,
    dependencies,
    optionalDependencies: optional,
    peerDependencies: rangeMap(raw.peerDependencies),
    resolutions: rangeMap(raw.resolutions),
    dependencyGroups: rangesOfEach(raw.dependencyGroups),
    extras: rangesOfEach(raw.extras),
    resolverVersion: raw.resolverVersion ?? 1,
    artifacts:
      raw.artifacts === undefined
        ? undefined
        : new Map(ARTIFACT_KINDS.map(kind => [kind, raw.artifacts?.[kind] ?? []])),
    permissions: raw.permissions,
    private: raw['x-aam']?.private === true,
    followedTags: new Map(tags.filter(([name]) => dependencies.has(name) || optional.has(name))),
    conflict: raw['x-aam']?.conflict,
    raw,
  }
}

function rangeMap(ranges: Readonly<Record<string, string>> | undefined): Map<PackageName, Range> {
  return new Map(Object.entries(ranges ?? {}).map(([name, range]) => [name as PackageName, parseRange(range)]))
}

function rangesOfEach(
  declared:
    Readonly<Record<string, { readonly dependencies?: Readonly<Record<string, string>> | undefined }>> | undefined,
): Map<string, Map<PackageName, Range>> {
  return new Map(Object.entries(declared ?? {}).map(([name, { dependencies }]) => [name, rangeMap(dependencies)]))
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
}

function describeIssue(issue: z.core.$ZodIssue, root: unknown): string {
  const value = valueAt(root, issue.path as Path)
  switch (issue.code) {
    case 'invalid_type':
      if (value === undefined) return 'it is required'
      return `it must be ${TYPE_WORDS[issue.expected] ?? issue.expected}, not ${describeValue(value)}${
        issue.expected === 'string' && typeof value === 'number' ? ' (put it in quotes)' : ''
      }`
    case 'invalid_format':
      if (issue.path[0] === 'name') {
        return `'${String(value)}' is not a package name: ${explainName(String(value)) ?? 'it does not have the right form'}`
      }
      return issue.path[0] === 'version'
        ? `'${String(value)}' is not a SemVer version, for example 1.0.0`
        : `'${String(value)}' does not have the right form`
    case 'too_big':
      return `it is too long: at most ${String(issue.maximum)}`
    case 'too_small':
      return issue.minimum === 1 ? 'it must not be empty' : `it must be at least ${String(issue.minimum)}`
    case 'invalid_key':
      return 'such names are lower-case letters, digits and hyphens'
    default:
      return issue.message
  }
}

function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, step) =>
      typeof value === 'object' && value !== null ? (value as Record<string | number, unknown>)[step] : undefined,
    root,
  )
}

function describeValue(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' ? 'an object' : `the ${typeof value} ${JSON.stringify(value)}`
}
