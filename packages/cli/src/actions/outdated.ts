/** `aam outdated`: what newer versions there are, by range, by tag and at all (UAAPS 13.10). Changes nothing. */
import {
  type InstanceName,
  LATEST,
  type LockEntry,
  type PackageDocument,
  type PackageName,
  type Range,
  type Tag,
  type Version,
  compareText,
  compareVersions,
  packageOf,
  permittedReleases,
  preferred,
  requireLocked,
} from '@aam/core'
import type { Config } from '../disk/config.ts'
import type { Context } from '../world.ts'
import { openRegistries } from './open-registry.ts'
import { type LockedProject, readLockedProject } from './tree.ts'

export type OutdatedRow = {
  readonly name: string
  readonly current: Version
  /** What the manifest's range, or the tag it follows, asks for now; `null` when nothing of it is to be had. */
  readonly wanted: string | null
  /** What the tag `latest` names; `null` when the registry does not have the package any more. */
  readonly latest: string | null
  /** The tag it was chosen by. */
  readonly tag: string | null
  readonly direct: boolean
  /** `yanked`, `deprecated: …`, `not in the registry`: what should be known about the installed version. */
  readonly note: string | null
}

export type OutdatedRequest = {
  /** Only these; empty for every direct dependency. */
  readonly names: readonly PackageName[]
  /** What dependencies need, too. */
  readonly all: boolean
  readonly registry: string | undefined
}

/** @throws NOT_INSTALLED for a name that is not locked, and what opening a registry throws */
export async function listOutdated(
  context: Context,
  { names, all, registry: flag }: OutdatedRequest,
): Promise<OutdatedRow[]> {
  const locked = await readLockedProject(context)
  const { project, lock } = locked
  for (const name of names) requireLocked(lock, name)
  const { dependencies, optionalDependencies } = project.decoded.manifest
  const direct = new Map<PackageName, Range>([...dependencies, ...optionalDependencies])
  // What the manifest asks for is the one with the plain name (D17).
  const isDirect = (instance: InstanceName): boolean =>
    instance === packageOf(instance) && direct.has(packageOf(instance))
  const looked = [...lock.resolved].filter(([instance]) =>
    names.length > 0 ? names.includes(packageOf(instance)) : all || isDirect(instance),
  )
  if (looked.length === 0) return []
  const { registry, config } = await openRegistries(context, { project: project.folder, flag, lock })
  const rows = await Promise.all(
    looked.map(async ([instance, entry]) => {
      const name = packageOf(instance)
      const document = await registry.fetchDocument(name)
      const range = isDirect(instance) ? direct.get(name) : undefined
      return compareWith(document, { name, entry, range, locked, config })
    }),
  )
  return rows
    .flatMap(row => (row === undefined ? [] : [row]))
    .sort((a, b) => compareText(a.name, b.name) || compareVersions(a.current, b.current))
}

type Subject = {
  readonly name: PackageName
  readonly entry: LockEntry
  /** What the manifest asks for; `undefined` for what only a dependency needs. */
  readonly range: Range | undefined
  readonly locked: LockedProject
  readonly config: Config
}

/** The row of a package; `undefined` when there is nothing to say about it. */
function compareWith(document: PackageDocument | undefined, subject: Subject): OutdatedRow | undefined {
  const { name, entry, range, locked } = subject
  const { version: current, source } = entry
  const followed = range === undefined ? undefined : locked.project.decoded.manifest.followedTags.get(name)
  const row = { name, current, tag: followed ?? source.resolvedTag ?? null, direct: range !== undefined }
  if (document === undefined) return { ...row, wanted: null, latest: null, note: 'not in the registry' }
  const latest = document.tags.get(LATEST) ?? null
  const wanted = wantedVersion(document, subject, followed)
  const note = noteOn(document, current)
  const newer = latest !== null && compareVersions(latest, current) > 0
  return wanted === current && !newer && note === null ? undefined : { ...row, wanted, latest, note }
}

/** What `aam update` would go for if nothing else had a say. */
function wantedVersion(
  document: PackageDocument,
  { entry, range, config }: Subject,
  followed: Tag | undefined,
): Version | null {
  if (followed !== undefined) return document.tags.get(followed) ?? null
  // What only a dependency needs has its ranges elsewhere: it stays where it is.
  if (range === undefined) return entry.version
  const releases = permittedReleases(config.policy, document, undefined)
  return preferred(releases.values(), [range])?.version ?? null
}

function noteOn({ releases }: PackageDocument, current: Version): string | null {
  const release = releases.get(current)
  if (release === undefined) return 'this version is not in the registry'
  if (release.yanked) return 'yanked'
  return release.deprecated === undefined ? null : `deprecated: ${release.deprecated}`
}
