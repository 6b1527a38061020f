/** `meta.json` of the UAAPS layout (UAAPS 12.5), decoded. It comes from outside: nothing in it is taken on trust. */
import { explainPath } from '@aam/archive'
import {
  type Integrity,
  type PackageName,
  type Tag,
  type Version,
  explainTag,
  fail,
  isAamError,
  parseIntegrity,
  parseTag,
  parseVersion,
} from '@aam/core'
import { readJsonText } from '@aam/core/manifest'

export type MetaVersion = {
  readonly version: Version
  /** `undefined`: the file beside the archive says it. */
  readonly integrity: Integrity | undefined
  /** Where the archive is, below the package's folder; it does not lead out of it. */
  readonly tarball: string
  readonly published: string | undefined
  readonly deprecated: string | undefined
  readonly yanked: boolean
}

export type Meta = {
  /** `undefined` when it says nothing about tags: then `dist-tags.json` counts. */
  readonly tags: ReadonlyMap<Tag, Version> | undefined
  readonly versions: ReadonlyMap<Version, MetaVersion>
}

type Json = Readonly<Record<string, unknown>>

/** @throws REGISTRY_BROKEN, naming `file` */
export function decodeMeta(text: string, { file, name }: { readonly file: string; readonly name: PackageName }): Meta {
  const meta = readObject(text, file)
  if (meta['name'] !== name) {
    fail('REGISTRY_BROKEN', { file, why: `its name is ${String(meta['name'])}, its folder is that of ${name}` })
  }
  const versions = Object.entries(objectAt(meta['versions'] ?? {}, { file, where: 'versions' })).map(
    ([version, entry]) => decodeVersion(version, objectAt(entry, { file, where: `versions.${version}` }), file),
  )
  const tags = meta['dist-tags'] === undefined ? undefined : decodeTags(meta['dist-tags'], { file, where: 'dist-tags' })
  return {
    tags: tags === undefined || tags.size === 0 ? undefined : tags,
    versions: new Map(versions.map(entry => [entry.version, entry])),
  }
}

/** What the `dist-tags.json` of the registry says about a package. @throws REGISTRY_BROKEN */
export function decodeTagsFile(
  text: string,
  { file, name }: { readonly file: string; readonly name: PackageName },
): ReadonlyMap<Tag, Version> {
  const all = readObject(text, file)
  return Object.hasOwn(all, name) ? decodeTags(all[name], { file, where: name }) : new Map<Tag, Version>()
}

function decodeVersion(text: string, entry: Json, file: string): MetaVersion {
  const where = `versions.${text}`
  const version = orBroken(file, () => parseVersion(text))
  if (entry['version'] !== undefined && entry['version'] !== version) {
    fail('REGISTRY_BROKEN', { file, why: `${where}.version must be ${version}` })
  }
  const textAt = (key: string): string | undefined => {
    const value = entry[key]
    if (value === undefined || typeof value === 'string') return value
    return fail('REGISTRY_BROKEN', { file, why: `${where}.${key} must be text` })
  }
  const integrity = textAt('integrity')
  const tarball = textAt('tarball')?.replace(/^\.\//, '') ?? `versions/${version}.aam`
  const unsafe = explainPath(tarball)
  if (unsafe !== undefined) fail('REGISTRY_BROKEN', { file, why: `${where}.tarball: '${tarball}' ${unsafe}` })
  const published = textAt('publishedAt')
  const time = published === undefined ? undefined : new Date(published)
  if (time !== undefined && Number.isNaN(time.getTime())) {
    fail('REGISTRY_BROKEN', { file, why: `${where}.publishedAt: '${published ?? ''}' is not a time` })
  }
  return {
    version,
    integrity: integrity === undefined ? undefined : orBroken(file, () => parseIntegrity(integrity)),
    tarball,
    published: time?.toISOString(),
    deprecated: deprecationText(entry['deprecated']),
    yanked: entry['yanked'] === true,
  }
}

/**
 * What is said when a deprecated version is used. UAAPS 12.7 has a message and a replacement; text alone and `true` are
 * understood too. `undefined`: not deprecated.
 */
export function deprecationText(value: unknown): string | undefined {
  if (value === undefined || value === null || value === false || value === '') return undefined
  if (typeof value === 'string') return value
  const { message, replacement } = Object(value) as { readonly message?: unknown; readonly replacement?: unknown }
  const said = typeof message === 'string' && message !== '' ? message : 'deprecated'
  return typeof replacement !== 'string' || said.includes(replacement) ? said : `${said} (use ${replacement})`
}

type Spot = { readonly file: string; readonly where: string }

function decodeTags(value: unknown, { file, where }: Spot): ReadonlyMap<Tag, Version> {
  return new Map(
    Object.entries(objectAt(value, { file, where })).map(([tag, version]) => {
      const why = explainTag(tag)
      if (why !== undefined) fail('REGISTRY_BROKEN', { file, why: `${where}: '${tag}' is not a tag: ${why}` })
      return [parseTag(tag), orBroken(file, () => parseVersion(String(version)))] as const
    }),
  )
}

function readObject(text: string, file: string): Json {
  const { value, problems } = readJsonText(text, file)
  const [problem] = problems
  if (problem !== undefined) {
    fail('REGISTRY_BROKEN', { file, why: `line ${String(problem.line ?? 1)}: ${problem.message}` })
  }
  return objectAt(value, { file, where: 'it' })
}

function objectAt(value: unknown, { file, where }: Spot): Json {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json
  return fail('REGISTRY_BROKEN', { file, why: `${where} must be an object` })
}

/** What `decode` returns; that it fails is the file's fault. */
export function orBroken<T>(file: string, decode: () => T): T {
  try {
    return decode()
  } catch (error) {
    if (!isAamError(error)) throw error
    return fail('REGISTRY_BROKEN', { file, why: error.message }, { cause: error })
  }
}
