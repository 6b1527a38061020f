import type { Several, VersionFacts } from '@aam/client'
import {
  LATEST,
  type PackageDocument,
  type PackageName,
  type Release,
  type Version,
  type Wanted,
  compareTags,
  fail,
  isPrerelease,
  isAamError,
  matches,
  nearestVersions,
  parseSpecifier,
  resolveTag,
  versionsOf,
} from '@aam/core'
import { findProject } from '../disk/project.ts'
import type { Context } from '../world.ts'
import { openRegistry, requireDocument } from './open-registry.ts'

export type PackageInfo = {
  readonly name: string
  readonly version: string
  readonly registry: string
  readonly tags: Readonly<Record<string, string>>
  /** Highest first. */
  readonly versions: readonly {
    readonly version: string
    readonly published: string | null
    readonly deprecated: string | null
    readonly yanked: boolean
  }[]
  readonly owners: readonly string[]
  /** What the registry has of the version that is shown. */
  readonly release: Release['record']
  /** What a server knows beside that; `null` for a folder, and where the server did not say. */
  readonly server: VersionFacts | null
}

/** @throws PACKAGE_NOT_FOUND, VERSION_NOT_FOUND, VERSION_NOT_MATCHED, TAG_NOT_FOUND */
export async function lookUp(
  context: Context,
  { text, registry: flag }: { readonly text: string; readonly registry: string | undefined },
): Promise<PackageInfo> {
  const { name, wanted } = parseSpecifier(text)
  const { registry } = await openRegistry(context, { project: findProject(context.world.cwd)?.folder, flag })
  const document = await requireDocument(registry, name)
  const release = chooseRelease(document, wanted)
  return {
    name,
    version: release.version,
    registry: registry.addressOf(name),
    tags: Object.fromEntries([...document.tags].sort(([a], [b]) => compareTags(a, b))),
    versions: [...document.releases.values()].reverse().map(({ version, record, deprecated, yanked }) => ({
      version,
      published: record.published ?? null,
      deprecated: deprecated ?? null,
      yanked,
    })),
    owners: document.owners,
    release: release.record,
    server: await askServer(context, registry, { name, version: release.version }),
  }
}

/** What is missing is said, and the rest of the page is as good without it. */
async function askServer(
  { report }: Context,
  registry: Several,
  { name, version }: { readonly name: PackageName; readonly version: Version },
): Promise<VersionFacts | null> {
  try {
    return (await registry.fetchVersionFacts(name, version)) ?? null
  } catch (error) {
    if (!isAamError(error)) throw error
    const hint = error.hint
    report({ kind: 'warning', message: `approvals and downloads are not shown: ${error.message}`, hint })
    return null
  }
}

/**
 * The release that is meant; `latest` when nothing is said.
 * @throws VERSION_NOT_FOUND, VERSION_NOT_MATCHED, TAG_NOT_FOUND, PACKAGE_YANKED
 */
export function chooseRelease(document: PackageDocument, wanted: Wanted): Release {
  const { name, releases } = document
  const versions = versionsOf(document)
  if (wanted.kind === 'range') {
    const fitting = versions.filter(version => matches(wanted.range, version) && releases.get(version)?.yanked !== true)
    const best = fitting.filter(version => !isPrerelease(version)).at(-1) ?? fitting.at(-1)
    const release = best === undefined ? undefined : releases.get(best)
    return release ?? fail('VERSION_NOT_MATCHED', { name, range: wanted.range.text, nearest: versions.slice(-5) })
  }
  const latest = document.tags.get(LATEST) ?? versions.at(-1)
  const version =
    wanted.kind === 'version' ? wanted.version : wanted.kind === 'tag' ? resolveTag(document, wanted.tag) : latest
  const release = version === undefined ? undefined : releases.get(version)
  if (release !== undefined) return release
  if (version === undefined) return fail('VERSION_NOT_MATCHED', { name, range: '*', nearest: [] })
  return fail('VERSION_NOT_FOUND', { name, version, nearest: nearestVersions(versions, version) })
}
