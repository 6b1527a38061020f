/**
 * Every setting there is, in one table: where it may be set, what values it takes, what it means. Reading configuration,
 * `aam config` and docs/configuration.md derive from it.
 */
import type { PlatformOverrides } from '@aam/platforms'
import {
  CONFLICT_STRATEGIES,
  type ConflictStrategy,
  type InstallPolicy,
  type Rule,
  type Tag,
  explainName,
  explainPattern,
  explainTag,
} from '@aam/core'

/** A registry beside the default one (D32). */
export type SourceSetting = {
  readonly name: string
  readonly url: string
  /** Scopes with their `@` whose names are asked for here and nowhere else. */
  readonly scopes: readonly string[]
  /** As it stands in the file: `${VAR}` is not replaced before it is used. */
  readonly token: string | undefined
}

/** What one layer (a file, the environment) sets. */
export type SettingValues = {
  readonly 'registries.default': string
  readonly 'registries.ca_file': string
  readonly 'registries.sources': readonly SourceSetting[]
  readonly default_tag: Tag
  readonly 'install_policy.tag': Tag
  readonly 'install_policy.require_tag': boolean | Tag
  readonly 'install_policy.allowed_tags': readonly Tag[]
  readonly 'install_policy.allowed_scopes': readonly string[]
  readonly 'install_policy.blocked_packages': readonly string[]
  readonly 'install_policy.applies_to': 'direct' | 'all'
  readonly 'resolution.on_conflict': ConflictStrategy
  readonly platforms: readonly string[]
  readonly custom_platforms: CustomPlatforms
  readonly unverified_features: readonly string[]
}

/** Platforms that somebody adds or changes, by id. */
export type CustomPlatforms = Readonly<Record<string, PlatformOverrides>>

export type SettingKey = keyof SettingValues

type Definition<T> = {
  /** Values as a person reads them: `a tag`. */
  readonly takes: string
  readonly help: string
  /** How values of several layers come together. */
  readonly layers: 'last wins' | 'add up' | 'by name'
  /** What counts when nobody sets it, in words. */
  readonly fallback: string
  /** A variable besides `AAM_<KEY>`. */
  readonly variable?: string
  readonly flag?: string
  /** Lists may be written with commas where only text can stand: in the environment and on the command line. */
  readonly list?: true
  /** Its value has more structure than a variable or a command line can hold. */
  readonly fileOnly?: true
  /** The value; throws `Misfit` with the reason when it is not one. */
  readonly decode: (value: unknown) => T
}

/** A value is not one that the setting takes. Never leaves `disk/`. */
export class Misfit extends Error {
  /** Where in the value, for example `[0].url`. */
  readonly at: string

  constructor(message: string, at = '') {
    super(message)
    this.at = at
  }
}

const misfit = (why: string, at?: string): never => {
  throw new Misfit(why, at)
}

function text(value: unknown): string {
  if (typeof value !== 'string' || value.trim() === '') return misfit('it must be text')
  return value
}

function tag(value: unknown): Tag {
  const why = explainTag(String(value))
  return typeof value === 'string' && why === undefined
    ? (value as Tag)
    : misfit(`'${String(value)}' is not a tag${why === undefined ? '' : `: ${why}`}`)
}

function listOf<T>(item: (value: unknown) => T): (value: unknown) => readonly T[] {
  return value => {
    if (!Array.isArray(value)) return misfit('it must be a list')
    return value.map((each, index) => {
      try {
        return item(each)
      } catch (error) {
        if (error instanceof Misfit) throw new Misfit(error.message, `[${String(index)}]${error.at}`)
        throw error
      }
    })
  }
}

function scope(value: unknown): string {
  // The scope of any name in it, so that the rules for names decide.
  if (typeof value === 'string' && value.startsWith('@') && explainName(`${value}/x`) === undefined) return value
  return misfit(`'${String(value)}' is not a scope; scopes look like @team`)
}

function pattern(value: unknown): string {
  const why = typeof value === 'string' ? explainPattern(value) : 'it must be text'
  return why === undefined ? (value as string) : misfit(`'${String(value)}': ${why}`)
}

function boolean(value: unknown): boolean {
  if (value === true || value === 'true') return true
  return value === false || value === 'false' ? false : misfit('it must be true or false')
}

const SOURCE_KEYS = ['name', 'url', 'auth', 'token', 'scopes']

function source(value: unknown): SourceSetting {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return misfit('it must have a name and a url')
  }
  const { name, url, auth, token, scopes } = value as Readonly<Record<string, unknown>>
  const unknown = Object.keys(value).find(key => !SOURCE_KEYS.includes(key))
  if (unknown !== undefined) misfit(`'${unknown}' is not one of ${SOURCE_KEYS.join(', ')}`)
  if (typeof name !== 'string' || explainName(name) !== undefined || name.startsWith('@') || name === 'default') {
    return misfit('it must be a short name in lower case, and not default', '.name')
  }
  if (typeof url !== 'string' || url.trim() === '') return misfit('it must be a path or an address', '.url')
  if (auth !== undefined && auth !== 'token') misfit("it can only be 'token'", '.auth')
  if (token !== undefined && typeof token !== 'string') return misfit('it must be text', '.token')
  try {
    return { name, url, token, scopes: scopes === undefined ? [] : listOf(scope)(scopes) }
  } catch (error) {
    if (error instanceof Misfit) throw new Misfit(error.message, `.scopes${error.at}`)
    throw error
  }
}

function platformId(value: unknown): string {
  if (typeof value === 'string' && /^[a-z0-9][a-z0-9-]{0,31}$/.test(value)) return value
  return misfit(`'${String(value)}' is not a platform, for example claude`)
}

function featureId(value: unknown): string {
  if (typeof value === 'string' && /^[a-z0-9-]+\.[a-z0-9-]+$/.test(value)) return value
  return misfit(`'${String(value)}' is not a feature, for example windsurf.hooks`)
}

const PLATFORM_KEYS = ['extends', 'title', 'signals', 'userSignals', 'project', 'user']
const PLACE_KEYS = ['skills', 'commands', 'agents', 'rules', 'context']

function customPlatforms(value: unknown): CustomPlatforms {
  if (!isObject(value)) return misfit('it must be an object of platforms')
  return Object.fromEntries(
    Object.entries(value).map(([id, platform]) => {
      if (!isObject(platform)) return misfit('it must be an object', `.${platformId(id)}`)
      onlyKeys(platform, PLATFORM_KEYS, `.${platformId(id)}`)
      for (const key of ['extends', 'title'] as const) {
        if (platform[key] !== undefined && typeof platform[key] !== 'string') misfit('it must be text', `.${id}.${key}`)
      }
      for (const key of ['signals', 'userSignals'] as const) {
        const list = platform[key] ?? []
        if (Array.isArray(list) && list.every(each => typeof each === 'string')) continue
        misfit('it must be a list of files and folders', `.${id}.${key}`)
      }
      for (const key of ['project', 'user'] as const) {
        const places = platform[key] ?? {}
        if (!isObject(places)) return misfit('it must be an object', `.${id}.${key}`)
        onlyKeys(places, PLACE_KEYS, `.${id}.${key}`)
        const wrong = Object.keys(places).find(place => typeof places[place] !== 'string')
        if (wrong !== undefined) misfit('it must be a folder', `.${id}.${key}.${wrong}`)
      }
      return [id, platform]
    }),
  )
}

function onlyKeys(value: Readonly<Record<string, unknown>>, known: readonly string[], at: string): void {
  const unknown = Object.keys(value).find(key => !known.includes(key))
  if (unknown !== undefined) misfit(`'${unknown}' is not one of ${known.join(', ')}`, at)
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

type Table = { readonly [K in SettingKey]: Definition<SettingValues[K]> }

/** The settings, in the order they are listed. */
export const SETTINGS: Table = {
  'registries.default': {
    takes: 'a path, or the address of a server',
    help: 'the registry that is asked',
    layers: 'last wins',
    fallback: 'none',
    variable: 'AAM_REGISTRY',
    flag: '--registry',
    decode: text,
  },
  'registries.ca_file': {
    takes: 'a path',
    help: 'certificates (PEM) of authorities that are trusted beside the usual ones, for registry servers of your own',
    layers: 'last wins',
    fallback: 'none',
    decode: text,
  },
  'registries.sources': {
    fileOnly: true,
    takes: 'a list of `{name, url, scopes, token}`',
    help: 'more registries; one whose scopes have a name is asked alone for it, the others after the default',
    layers: 'by name',
    fallback: 'none',
    decode: value => {
      const sources = listOf(source)(value)
      const twice = sources.find(({ name }, index) => sources.findIndex(other => other.name === name) !== index)
      return twice === undefined ? sources : misfit(`two sources are named ${twice.name}`)
    },
  },
  default_tag: {
    takes: 'a tag',
    help: 'what a bare name means in `aam install`',
    layers: 'last wins',
    fallback: '`latest`',
    decode: tag,
  },
  'install_policy.tag': {
    takes: 'a tag',
    help: 'what a bare name means, whatever `default_tag` says',
    layers: 'add up',
    fallback: 'none',
    decode: tag,
  },
  'install_policy.require_tag': {
    takes: '`true`, or the tag it must be',
    help: 'direct dependencies have to be chosen by a tag',
    layers: 'add up',
    fallback: '`false`',
    decode: value =>
      value === true || value === false || value === 'true' || value === 'false' ? boolean(value) : tag(value),
  },
  'install_policy.allowed_tags': {
    takes: 'a list of tags',
    help: 'the tags that may be named',
    layers: 'add up',
    fallback: 'every tag',
    list: true,
    decode: listOf(tag),
  },
  'install_policy.allowed_scopes': {
    takes: 'a list of scopes',
    help: 'every package in the tree has to be in one of these scopes',
    layers: 'add up',
    fallback: 'every scope, and names without one',
    list: true,
    decode: listOf(scope),
  },
  'install_policy.blocked_packages': {
    takes: 'a list of names, `*` for any characters but `/`',
    help: 'packages that may not be anywhere in the tree',
    layers: 'add up',
    fallback: 'none',
    list: true,
    decode: listOf(pattern),
  },
  'install_policy.applies_to': {
    takes: '`direct` or `all`',
    help: 'whether tag rules bind the direct dependencies or every package',
    layers: 'add up',
    fallback: '`direct`',
    decode: value => (value === 'direct' || value === 'all' ? value : misfit('it must be direct or all')),
  },
  'resolution.on_conflict': {
    takes: CONFLICT_STRATEGIES.map(strategy => `\`${strategy}\``).join(', '),
    help: 'what to do when requirements contradict each other: docs/dependencies.md',
    layers: 'last wins',
    fallback: '`fail`',
    flag: '--on-conflict',
    decode: value =>
      CONFLICT_STRATEGIES.find(strategy => strategy === value) ??
      misfit(`'${String(value)}' is not one of ${CONFLICT_STRATEGIES.join(', ')}`),
  },
  platforms: {
    takes: 'a list of platforms; an empty one deploys nowhere',
    help: 'the agents that packages are deployed for',
    layers: 'last wins',
    fallback: 'those that the project shows signs of',
    flag: '--platform',
    list: true,
    decode: listOf(platformId),
  },
  custom_platforms: {
    takes: 'an object: id to `{extends, title, signals, project, user}`',
    help: 'platforms to add, or to change: docs/platforms.md',
    layers: 'last wins',
    fallback: 'none',
    fileOnly: true,
    decode: customPlatforms,
  },
  unverified_features: {
    takes: 'a list of features, like `windsurf.hooks`',
    help: 'what is deployed although nobody could check that the agent reads it so: docs/platforms.md',
    layers: 'last wins',
    fallback: 'none',
    list: true,
    decode: listOf(featureId),
  },
}

export const SETTING_KEYS = Object.keys(SETTINGS) as readonly SettingKey[]

/** The variable that sets a key: `install_policy.tag` → `AAM_INSTALL_POLICY__TAG`. */
export function variableOf(key: SettingKey): string {
  return `AAM_${key.toUpperCase().replaceAll('.', '__')}`
}

/** A value with the place it was set in, so that messages and relative paths can refer to it. */
export type Setting<T> = { readonly value: T; readonly from: string; readonly folder: string }

/** What one layer sets, decoded. */
export type Layer = {
  readonly values: Readonly<Partial<SettingValues>>
  /** A file or a variable, for messages. */
  readonly from: (key: SettingKey) => string
  /** What relative paths in it are relative to. */
  readonly folder: string
}

/** The policy of one layer. */
export function policyOf({ values, from }: Layer): InstallPolicy {
  const rules = <K extends SettingKey>(key: K): readonly Rule<SettingValues[K]>[] => {
    const value: SettingValues[K] | undefined = values[key]
    return value === undefined ? [] : [{ value, from: from(key) }]
  }
  return {
    tag: rules('install_policy.tag')[0],
    requireTag: rules('install_policy.require_tag').flatMap(rule =>
      rule.value === false ? [] : [{ from: rule.from, value: rule.value === true ? 'any' : rule.value }],
    ),
    allowedTags: rules('install_policy.allowed_tags'),
    allowedScopes: rules('install_policy.allowed_scopes'),
    blockedPackages: rules('install_policy.blocked_packages'),
    appliesToAll: rules('install_policy.applies_to').flatMap(rule =>
      rule.value === 'all' ? [{ from: rule.from, value: true as const }] : [],
    )[0],
  }
}
