/** Settings: `~/.aam/config.yaml`, then `.aam/config.yaml` of the project, then the environment, then flags. */
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sha256Hex } from '@aam/archive'
import { parseServerAddress } from '@aam/client'
import { isErrno, readIfThere, readUtf8 } from '@aam/client/files'
import {
  type ConflictStrategy,
  type InstallPolicy,
  NO_POLICY,
  type Tag,
  defaultTagOf,
  fail,
  joinPolicies,
  suggest,
} from '@aam/core'
import type { World } from '../world.ts'
import { UNENFORCED, type Warn, decodeConfig, decodeValue, meantPolicy, splitList } from './decode-config.ts'
import { STATE_FOLDER } from './project.ts'
import {
  type CustomPlatforms,
  type Layer,
  SETTINGS,
  SETTING_KEYS,
  type Setting,
  type SettingKey,
  type SettingValues,
  type SourceSetting,
  policyOf,
  variableOf,
} from './settings.ts'

export type Config = {
  readonly registry: Setting<string> | undefined
  /** A file with certificates that are trusted, too, as an absolute path. */
  readonly caFile: Setting<string> | undefined
  /** In the order they are asked. */
  readonly sources: readonly Setting<SourceSetting>[]
  readonly policy: InstallPolicy
  /** What a bare name means (D13). */
  readonly defaultTag: Tag
  /** The platforms to deploy for; `undefined` when nobody says, and those that are found count. */
  readonly platforms: Setting<readonly string[]> | undefined
  readonly customPlatforms: Setting<CustomPlatforms> | undefined
  readonly unverifiedFeatures: readonly string[]
  /** What to do about conflicts; `undefined` when nobody says (D17). */
  readonly onConflict: ConflictStrategy | undefined
  /** What each file and the environment set, later ones last. */
  readonly layers: readonly Layer[]
}

/** Variables of ours that are no settings. */
const OTHER_VARIABLES = /^AAM_(?:HOME|TOKEN(?:_[A-Z0-9_]+)?|PASSWORD|NEW_PASSWORD|INSTALL_DIR|LONG)$/

export function userConfigPath(world: World): string {
  return join(world.home, 'config.yaml')
}

export function projectConfigPath(project: string): string {
  return join(project, STATE_FOLDER, 'config.yaml')
}

/**
 * Reads the settings that count in a folder, a project's or one that may become one; later ones win, policies add up
 * (D15).
 * @throws CONFIG_INVALID, FILE_INVALID
 */
export async function readConfig(world: World, project: string, warn: Warn): Promise<Config> {
  const layers: Layer[] = await readConfigFile(userConfigPath(world), warn)
  const file = projectConfigPath(project)
  // In the folder above `~/.aam` both are one file.
  if (file !== userConfigPath(world)) {
    const own = await readConfigFile(file, warn)
    layers.push(...own)
    warnAboutTokens(file, own, warn)
  }
  layers.push(readEnvironment(world, warn))
  const policy = layers.reduce((before, layer) => joinTags(before, policyOf(layer)), NO_POLICY)
  return {
    registry: lastOf(layers, 'registries.default'),
    caFile: placed(lastOf(layers, 'registries.ca_file')),
    sources: joinSources(layers),
    policy,
    defaultTag: defaultTagOf(policy, lastOf(layers, 'default_tag')?.value),
    platforms: lastOf(layers, 'platforms'),
    customPlatforms: lastOf(layers, 'custom_platforms'),
    unverifiedFeatures: lastOf(layers, 'unverified_features')?.value ?? [],
    onConflict: lastOf(layers, 'resolution.on_conflict')?.value,
    layers,
  }
}

function placed(setting: Setting<string> | undefined): Setting<string> | undefined {
  return setting === undefined ? undefined : { ...setting, value: resolve(setting.folder, setting.value) }
}

/** The last layer's word on a setting of which the last wins. */
function lastOf<K extends SettingKey>(layers: readonly Layer[], key: K): Setting<SettingValues[K]> | undefined {
  for (const { values, from, folder } of [...layers].reverse()) {
    const value: SettingValues[K] | undefined = values[key]
    if (value !== undefined) return { value, from: from(key), folder }
  }
  return undefined
}

/** What settings were made of, so that a finished install can tell whether they have changed. Parses nothing. */
export function digestConfig(world: World, project: string): string {
  const files = [userConfigPath(world), projectConfigPath(project)].map(file => readText(file) ?? '')
  // Also those that are no settings: one that was meant as a policy must be looked at.
  const names = Object.keys(world.env).filter(name => name.startsWith('AAM_') && !OTHER_VARIABLES.test(name))
  const variables = names.sort().map(name => [name, world.env[name] ?? ''])
  return sha256Hex(JSON.stringify([files, variables]))
}

/**
 * Whether some layer may set a policy: cheap, so that what needs no settings need not parse them. Never `false` when one does.
 */
export function mayHavePolicy(world: World, project: string): boolean {
  const files = [userConfigPath(world), projectConfigPath(project)].map(file => readText(file) ?? '')
  // A key can be spelt with escapes; whoever writes those is read properly.
  if (files.some(text => /install_policy|governance|\\/.test(text))) return true
  return Object.keys(world.env).some(
    name => name.startsWith('AAM_') && isPolicyVariable(name) && (world.env[name] ?? '') !== '',
  )
}

/** Whether some layer may say anything about platforms; never `false` when one does. */
export function mayConfigurePlatforms(world: World, project: string): boolean {
  const files = [userConfigPath(world), projectConfigPath(project)].map(file => readText(file) ?? '')
  if (files.some(text => /platforms|unverified_features|\\/.test(text))) return true
  return Object.keys(world.env).some(name => /^AAM_(?:PLATFORMS|UNVERIFIED_FEATURES)$/.test(name))
}

/** Where a registry is: in a folder, or behind the address of a server (without a final slash). */
export type RegistryPlace =
  { readonly kind: 'folder'; readonly root: string } | { readonly kind: 'server'; readonly base: string }

/**
 * A registry as a user names it (a path or an address), seen from where it was named.
 * @throws USAGE for an address that is none of a server, REGISTRY_UNSUPPORTED for one that is neither
 */
export function registryPlace(setting: Setting<string>): RegistryPlace {
  if (setting.value.trim() === '') {
    fail('USAGE', { message: `${setting.from} names no registry`, hint: 'give a path or an address' })
  }
  return /^https?:/i.test(setting.value)
    ? { kind: 'server', base: parseServerAddress(setting.value) }
    : { kind: 'folder', root: registryFolder(setting) }
}

/**
 * The same for what can only be a folder.
 * @throws REGISTRY_UNSUPPORTED
 */
export function registryFolder({ value, folder }: Pick<Setting<string>, 'value' | 'folder'>): string {
  if (value.startsWith('file:')) {
    // `file:../registry` is relative, as locks write it; `file:///opt/registry` is an address.
    return value.startsWith('file:///') ? fileURLToPath(value) : resolve(folder, value.slice('file:'.length))
  }
  if (/^[a-z][a-z0-9+.-]+:/i.test(value)) fail('REGISTRY_UNSUPPORTED', { registry: value })
  return value.startsWith('~/') ? join(homedir(), value.slice(2)) : resolve(folder, value)
}

async function readConfigFile(file: string, warn: Warn): Promise<Layer[]> {
  const other = file.replace(/yaml$/, 'yml')
  if (readText(other) !== undefined) warn(`${other} is not read: its name has to end in .yaml`)
  const text = readText(file)
  return text === undefined ? [] : decodeConfig(text, file, warn)
}

/** Names of the variables that set a key, the stronger one first. */
function variablesOf(key: SettingKey): readonly string[] {
  const { variable } = SETTINGS[key]
  return variable === undefined ? [variableOf(key)] : [variable, variableOf(key)]
}

/** Whether a variable is or was meant to be a policy. */
function isPolicyVariable(name: string): boolean {
  const [, first = ''] = /^AAM_+(.*?)(?:__|$)/.exec(name) ?? []
  return meantPolicy(first) !== undefined || /^AAM_(?:INSTALL_POLICY|GOVERNANCE)/.test(name)
}

function readEnvironment({ env, cwd }: World, warn: Warn): Layer {
  const known = SETTING_KEYS.flatMap(variablesOf)
  for (const name of Object.keys(env)
    .filter(each => each.startsWith('AAM_') && !known.includes(each))
    .sort()) {
    if (OTHER_VARIABLES.test(name) || (env[name] ?? '') === '') continue
    if (isPolicyVariable(name)) fail('CONFIG_INVALID', { file: 'the environment', field: name, why: UNENFORCED })
    const near = suggest(name, known)
    warn(`the variable ${name} sets nothing${near.length > 0 ? `; did you mean ${near.join(' or ')}?` : ''}`)
  }
  const decoded: Record<string, unknown> = {}
  const origins = new Map<string, string>()
  for (const key of SETTING_KEYS) {
    const name = variablesOf(key).find(each => (env[each] ?? '') !== '')
    if (name === undefined) continue
    const text = env[name] ?? ''
    if (SETTINGS[key].fileOnly === true) {
      fail('CONFIG_INVALID', { file: name, field: key, why: 'it can only stand in a file' })
    }
    const given = SETTINGS[key].list === true ? splitList(text) : text
    decoded[key] = decodeValue(key, given, why => fail('CONFIG_INVALID', { file: name, field: key, why }))
    origins.set(key, name)
  }
  return { values: decoded, from: key => origins.get(key) ?? 'the environment', folder: cwd }
}

/** Two policies with different default tags cannot both be obeyed, and neither may weaken the other. */
function joinTags(before: InstallPolicy, after: InstallPolicy): InstallPolicy {
  if (before.tag !== undefined && after.tag !== undefined && before.tag.value !== after.tag.value) {
    const why = `it is ${after.tag.value} here and ${before.tag.value} in ${before.tag.from}; policies add up, so they have to agree`
    fail('CONFIG_INVALID', { file: after.tag.from, field: 'install_policy.tag', why })
  }
  return joinPolicies(before, after)
}

/** Sources of later layers come first; one that an earlier layer names too takes its place. */
function joinSources(layers: readonly Layer[]): Setting<SourceSetting>[] {
  const sources = new Map<string, Setting<SourceSetting>>()
  for (const { values, from, folder } of [...layers].reverse()) {
    for (const value of values['registries.sources'] ?? []) {
      if (!sources.has(value.name)) sources.set(value.name, { value, from: from('registries.sources'), folder })
    }
  }
  return [...sources.values()]
}

function warnAboutTokens(file: string, layers: readonly Layer[], warn: Warn): void {
  for (const { values } of layers) {
    for (const { name, token } of values['registries.sources'] ?? []) {
      if (token === undefined || /^\$\{[A-Z0-9_]+\}$/i.test(token)) continue
      warn(`${file}: the token of ${name} stands in a file that is committed; write "\${SOME_VARIABLE}" instead`)
    }
  }
}

/** The text of a configuration file; `undefined` when there is none. */
export function readText(file: string): string | undefined {
  try {
    const bytes = readIfThere(file)
    if (bytes === undefined) return undefined
    return readUtf8(bytes) ?? fail('CONFIG_INVALID', { file, field: '(all of it)', why: 'it is not UTF-8 text' })
  } catch (error) {
    // A file where the folder should be means there is no configuration in it.
    if (isErrno(error, 'ENOTDIR')) return undefined
    throw error
  }
}
