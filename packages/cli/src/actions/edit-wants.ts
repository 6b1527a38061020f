/** What the words of `aam install` and `aam update` change in the manifest, and which exact versions tags stand for. */
import { type Config } from '../disk/config.ts'
import type { ManifestEdit, Project } from '../disk/project.ts'
import {
  LATEST,
  type Lock,
  type PackageName,
  type Specifier,
  type Tag,
  type TagChoice,
  type Version,
  caret,
  fail,
  matches,
  nearestVersions,
  resolveTag,
} from '@aam/core'
import { notFound } from './open-registry.ts'
import { type Resolver, fetchDocument } from './resolve.ts'

/** The edits to make, and what each tag stands for now. */
export type WantsEdit = {
  readonly edits: readonly ManifestEdit[]
  readonly tags: ReadonlyMap<PackageName, TagChoice>
  /** Sentences about ranges that had to follow their tag (D14). */
  readonly notes: readonly string[]
}

export type AddOptions = {
  readonly project: Project
  readonly saveExact: boolean
  readonly optional: boolean
  readonly config: Config
  readonly lock: Lock
}

type Section = 'dependencies' | 'optionalDependencies'

/**
 * Turns specifiers into edits (D13, D14). A version is recorded as it is, a range as written, a tag as the caret range of
 * the version it names now, and the tag beside it unless it is `latest`.
 * @throws PACKAGE_NOT_FOUND, TAG_NOT_FOUND, VERSION_NOT_FOUND, PACKAGE_YANKED
 */
export async function addSpecifiers(
  resolver: Resolver,
  specifiers: readonly Specifier[],
  { project, saveExact, optional, config, lock }: AddOptions,
): Promise<WantsEdit> {
  const edits: ManifestEdit[] = []
  const tags = new Map<PackageName, TagChoice>()
  await Promise.all(specifiers.map(async ({ name }) => fetchDocument(resolver, name)))
  for (const { name, extras, wanted } of specifiers) {
    if (extras.length > 0) {
      fail('USAGE', {
        message: `Extras cannot be selected by this version of aam: ${name}[${extras.join(',')}]`,
        hint: `install ${name} without them`,
      })
    }
    const document = (await fetchDocument(resolver, name)) ?? (await notFound(resolver.registry, name))
    const section: Section = optional ? 'optionalDependencies' : 'dependencies'
    const other: Section = optional ? 'dependencies' : 'optionalDependencies'
    let range: string
    let tag: Tag | undefined
    if (wanted.kind === 'range') range = wanted.range.text
    else if (wanted.kind === 'version') {
      const release = document.releases.get(wanted.version)
      if (release === undefined) {
        return fail('VERSION_NOT_FOUND', {
          name,
          version: wanted.version,
          nearest: nearestVersions(document.releases.keys(), wanted.version),
        })
      }
      if (release.yanked && lock.resolved.get(name)?.version !== wanted.version) {
        fail('PACKAGE_YANKED', { name, version: wanted.version })
      }
      range = wanted.version
    } else {
      tag = wanted.kind === 'tag' ? wanted.tag : (config.defaultTag?.value ?? LATEST)
      const version = resolveTag(document, tag)
      tags.set(name, { tag, version })
      range = saveExact ? version : caret(version).text
    }
    edits.push({ path: [section, name], value: range })
    const elsewhere = Object.keys(project.decoded.manifest.raw[other] ?? {})
    if (elsewhere.includes(name)) {
      edits.push({ path: elsewhere.length === 1 ? [other] : [other, name], value: undefined })
    }
    edits.push(...followEdits(project, name, tag))
  }
  return { edits, tags, notes: [] }
}

/**
 * The versions that followed tags name now, for `names`; ranges that exclude them are rewritten (D14).
 * @throws PACKAGE_NOT_FOUND, TAG_NOT_FOUND, PACKAGE_YANKED
 */
export async function followTags(
  resolver: Resolver,
  project: Project,
  names: readonly PackageName[],
): Promise<WantsEdit> {
  const { manifest } = project.decoded
  const edits: ManifestEdit[] = []
  const tags = new Map<PackageName, TagChoice>()
  const notes: string[] = []
  for (const name of names) {
    const tag = manifest.followedTags.get(name)
    const range = manifest.dependencies.get(name)
    if (tag === undefined || range === undefined) continue
    const document = (await fetchDocument(resolver, name)) ?? (await notFound(resolver.registry, name))
    const version: Version = resolveTag(document, tag)
    tags.set(name, { tag, version })
    if (matches(range, version)) continue
    const next = caret(version).text
    edits.push({ path: ['dependencies', name], value: next })
    notes.push(`${name}: ${range.text} → ${next}, follows ${tag}`)
  }
  return { edits, tags, notes }
}

/** Records which tag a dependency follows, or that it follows none any more. */
function followEdits({ decoded }: Project, name: PackageName, tag: Tag | undefined): ManifestEdit[] {
  const extension = decoded.manifest.raw['x-aam']
  if (tag !== undefined && tag !== LATEST) return [{ path: ['x-aam', 'tags', name], value: tag }]
  if (extension?.tags === undefined || !Object.hasOwn(extension.tags, name)) return []
  const others = Object.keys(extension.tags).filter(other => other !== name)
  // What an install put there is taken out whole, so that no empty objects pile up.
  if (others.length > 0) return [{ path: ['x-aam', 'tags', name], value: undefined }]
  const onlyTags = Object.keys(extension).length === 1
  return [{ path: onlyTags ? ['x-aam'] : ['x-aam', 'tags'], value: undefined }]
}
