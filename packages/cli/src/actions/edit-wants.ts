/** What a command line changes in the manifest, and which exact versions tags stand for. */
import {
  EMPTY_LOCK,
  LATEST,
  type Lock,
  type PackageDocument,
  type PackageName,
  type Specifier,
  type Tag,
  type TagChoice,
  type Version,
  caret,
  chainsTo,
  checkName,
  checkTag,
  checkWanted,
  contradictsTag,
  fail,
  instancesOf,
  matches,
  needsTag,
  nearestVersions,
  resolveTag,
  suggest,
} from '@aam/core'
import type { Config } from '../disk/config.ts'
import type { ManifestEdit, Project } from '../disk/project.ts'
import type { Goal } from './target.ts'
import { notFound } from './open-registry.ts'
import type { Resolver } from './resolve.ts'
import { graphOf } from './tree.ts'

/** The edits to make, and what each tag stands for now. */
export type WantsEdit = {
  readonly edits: readonly ManifestEdit[]
  readonly tags: ReadonlyMap<PackageName, TagChoice>
  /** Sentences about ranges that had to follow their tag (D14). */
  readonly notes: readonly string[]
}

export type Setting = { readonly project: Project; readonly config: Config; readonly lock: Lock }

const SECTIONS = ['dependencies', 'optionalDependencies'] as const
type Section = (typeof SECTIONS)[number]

/**
 * Turns specifiers into edits (D13, D14). A version is recorded as it is, a range as written, a tag as the caret range of
 * the version it names now, and the tag beside it unless it is `latest`. What a policy forbids is not even asked for.
 * @throws PACKAGE_NOT_FOUND, TAG_NOT_FOUND, VERSION_NOT_FOUND, PACKAGE_YANKED, and what a policy forbids
 */
export async function addSpecifiers(
  resolver: Resolver,
  { specifiers, saveExact, optional }: Extract<Goal, { kind: 'add' }>,
  setting: Setting,
): Promise<WantsEdit> {
  const { project, config } = setting
  for (const specifier of specifiers) judgeSpecifier(specifier, config)
  await Promise.all(specifiers.map(async ({ name }) => resolver.documents.fetch(name)))
  const edits: ManifestEdit[] = []
  const tags = new Map<PackageName, TagChoice>()
  for (const { name, wanted } of specifiers) {
    const document = (await resolver.documents.fetch(name)) ?? (await notFound(resolver.registry, name))
    let range: string
    let tag: Tag | undefined
    if (wanted.kind === 'range') range = wanted.range.text
    else if (wanted.kind === 'version') range = requireRelease(document, wanted.version, setting)
    else {
      tag = wanted.kind === 'tag' ? wanted.tag : config.defaultTag
      const version = resolveTag(document, tag)
      tags.set(name, { tag, version })
      range = saveExact ? version : caret(version).text
    }
    edits.push(
      { path: [optional ? 'optionalDependencies' : 'dependencies', name], value: range },
      ...dropFrom(project, optional ? 'dependencies' : 'optionalDependencies', [name]),
      ...followEdits(project, name, tag),
    )
  }
  return { edits, tags, notes: [] }
}

/** @throws what a policy forbids, and USAGE for extras */
function judgeSpecifier({ name, extras, wanted }: Specifier, { policy, defaultTag }: Config): void {
  if (extras.length > 0) {
    fail('USAGE', {
      message: `Extras cannot be selected by this version of aam: ${name}[${extras.join(',')}]`,
      hint: `install ${name} without them`,
    })
  }
  const breach = checkName(policy, name) ?? checkWanted(policy, wanted, { name, fallback: defaultTag })
  if (breach !== undefined) throw breach
}

function requireRelease({ name, releases }: PackageDocument, version: Version, { lock }: Setting): Version {
  const release = releases.get(version)
  if (release === undefined) {
    return fail('VERSION_NOT_FOUND', { name, version, nearest: nearestVersions(releases.keys(), version) })
  }
  if (release.yanked && lock.resolved.get(name)?.version !== version) fail('PACKAGE_YANKED', { name, version })
  return version
}

/**
 * The edits that take direct dependencies out, with the tags they follow. Taking out what an interrupted run has taken
 * out already finishes its work.
 * @param unfinished packages that an interrupted run was changing
 * @throws NOT_DIRECT with the way to it, NOT_INSTALLED with what was probably meant
 */
export function removeNames(
  project: Project,
  names: readonly PackageName[],
  { lock = EMPTY_LOCK, unfinished }: { readonly lock: Lock | undefined; readonly unfinished: ReadonlySet<PackageName> },
): Pick<WantsEdit, 'edits'> {
  const { manifest } = project.decoded
  const direct = new Set(SECTIONS.flatMap(section => Object.keys(manifest.raw[section] ?? {})))
  for (const name of names) {
    if (direct.has(name)) continue
    const [locked] = instancesOf(lock.resolved, name)
    const [chain] = locked === undefined ? [] : chainsTo(graphOf({ project, lock }), locked[0])
    if (chain !== undefined) fail('NOT_DIRECT', { name, chain: [manifest.name, ...chain] })
    if (locked !== undefined || unfinished.has(name)) continue
    fail('NOT_INSTALLED', { name, suggestions: suggest(name, direct) })
  }
  return { edits: [...SECTIONS.flatMap(section => dropFrom(project, section, names)), ...unfollow(project, names)] }
}

type Followed = {
  readonly name: PackageName
  readonly tag: Tag
  /** Whether the manifest follows the tag, so that its range goes where the tag goes; else only a policy asks for it. */
  readonly follows: boolean
}

/**
 * The direct dependencies whose tag has to be looked up: those that follow one and are to move, or whose lock was lost,
 * and those that a policy wants chosen by a tag and that no tag is recorded for (D14, D15).
 * @throws TAG_NOT_ALLOWED for a dependency that follows a tag which a policy forbids
 */
export function chooseFollowed({ project, config, lock }: Setting, goal: Goal): Followed[] {
  const { manifest } = project.decoded
  const { policy, defaultTag } = config
  const asked = new Set(goal.kind === 'add' ? goal.specifiers.map(({ name }) => name) : [])
  const followed: Followed[] = []
  for (const name of [...manifest.dependencies.keys(), ...manifest.optionalDependencies.keys()]) {
    if (asked.has(name)) continue
    const written = manifest.followedTags.get(name)
    const locked = lock.resolved.get(name)?.source.resolvedTag
    const recorded = written ?? locked
    const breach = recorded === undefined ? undefined : checkTag(policy, recorded, name)
    if (breach !== undefined) throw breach
    const moves =
      (goal.kind === 'update' && (goal.names === 'all' || goal.names.includes(name))) ||
      !staysLocked(project, name, lock) ||
      contradictsTag(policy, written, locked)
    if (written !== undefined) {
      if (moves) followed.push({ name, tag: written, follows: true })
    } else if (needsTag(policy) && (moves || locked === undefined)) {
      const fallback = locked ?? defaultTag
      const refused = checkTag(policy, fallback, name)
      if (refused !== undefined) throw refused
      followed.push({ name, tag: fallback, follows: false })
    }
  }
  return followed
}

/** Whether a direct dependency can stay at its locked version; a range that was edited by hand may leave it out. */
function staysLocked({ decoded: { manifest } }: Project, name: PackageName, lock: Lock): boolean {
  const version = lock.resolved.get(name)?.version
  const range =
    manifest.resolutions.get(name) ?? manifest.optionalDependencies.get(name) ?? manifest.dependencies.get(name)
  return version !== undefined && range !== undefined && matches(range, version)
}

/**
 * The versions that tags name now; ranges of dependencies that follow a tag are rewritten when they exclude it (D14).
 * @throws PACKAGE_NOT_FOUND, TAG_NOT_FOUND, PACKAGE_YANKED, POLICY_TAG_EXCLUDED
 */
export async function followTags(
  resolver: Resolver,
  project: Project,
  followed: readonly Followed[],
): Promise<WantsEdit> {
  const { manifest } = project.decoded
  const edits: ManifestEdit[] = []
  const tags = new Map<PackageName, TagChoice>()
  const notes: string[] = []
  for (const { name, tag, follows } of followed) {
    const section: Section = manifest.optionalDependencies.has(name) ? 'optionalDependencies' : 'dependencies'
    const range = manifest[section].get(name)
    if (range === undefined) continue
    const forbidden = checkName(resolver.policy, name)
    if (forbidden !== undefined && section === 'optionalDependencies') continue
    if (forbidden !== undefined) throw forbidden
    const document = (await resolver.documents.fetch(name)) ?? (await notFound(resolver.registry, name))
    const version: Version = resolveTag(document, tag)
    tags.set(name, { tag, version })
    if (matches(range, version)) continue
    if (!follows) {
      const from = resolver.policy.requireTag[0]?.from ?? 'the configuration'
      fail('POLICY_TAG_EXCLUDED', { name, range: range.text, version, tag, from })
    }
    const next = caret(version).text
    edits.push({ path: [section, name], value: next })
    notes.push(`${name}: ${range.text} → ${next}, follows ${tag}`)
  }
  return { edits, tags, notes }
}

/** Records which tag a dependency follows, or that it follows none any more. */
function followEdits(project: Project, name: PackageName, tag: Tag | undefined): ManifestEdit[] {
  return tag !== undefined && tag !== LATEST
    ? [{ path: ['x-aam', 'tags', name], value: tag }]
    : unfollow(project, [name])
}

/** Takes names out of `x-aam.tags`, and what was made for them when nothing else is in it. */
function unfollow({ decoded }: Project, names: readonly PackageName[]): ManifestEdit[] {
  const extension = decoded.manifest.raw['x-aam']
  const recorded = Object.keys(extension?.tags ?? {})
  const gone = names.filter(name => recorded.includes(name))
  if (gone.length === 0) return []
  if (gone.length < recorded.length) return gone.map(name => ({ path: ['x-aam', 'tags', name], value: undefined }))
  const onlyTags = Object.keys(extension ?? {}).length === 1
  return [{ path: onlyTags ? ['x-aam'] : ['x-aam', 'tags'], value: undefined }]
}

/** Takes names out of a section; the section goes with the last of them. */
function dropFrom({ decoded }: Project, section: Section, names: readonly PackageName[]): ManifestEdit[] {
  const present = Object.keys(decoded.manifest.raw[section] ?? {})
  const gone = names.filter(name => present.includes(name))
  if (gone.length === 0) return []
  if (gone.length === present.length) return [{ path: [section], value: undefined }]
  return gone.map(name => ({ path: [section, name], value: undefined }))
}
