/** Settings: `~/.aam/config.yaml`, then `.aam/config.yaml` of the project, then the environment, then flags. */
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isErrno, readIfThere } from '@aam/client/files'
import { type Tag, fail, parseTag } from '@aam/core'
import type { World } from '../world.ts'
import { STATE_FOLDER } from './project.ts'

/** A value with the place it was set in, so that messages and relative paths can refer to it. */
export type Setting<T> = { readonly value: T; readonly from: string; readonly folder: string }

export type Config = {
  readonly registry: Setting<string> | undefined
  readonly defaultTag: Setting<Tag> | undefined
}

/** Settings that change what may be installed. Ignoring one that this version does not enforce would be dangerous. */
const POLICIES = new Set(['install_policy', 'governance'])
const KNOWN = new Set(['registries', 'default_tag'])

export function userConfigPath(world: World): string {
  return join(world.home, 'config.yaml')
}

export function projectConfigPath(project: string): string {
  return join(project, STATE_FOLDER, 'config.yaml')
}

/**
 * Reads the settings that count for a project (or for none); later ones win.
 * @throws CONFIG_INVALID
 */
export async function readConfig(
  world: World,
  project: string | undefined,
  warn: (message: string) => void,
): Promise<Config> {
  const files = [userConfigPath(world), ...(project === undefined ? [] : [projectConfigPath(project)])]
  const layers: Config[] = []
  for (const file of files) layers.push(await readConfigFile(file, warn))
  layers.push(fromEnvironment(world))
  return layers.reduce((before, after) => ({
    registry: after.registry ?? before.registry,
    defaultTag: after.defaultTag ?? before.defaultTag,
  }))
}

/** A registry as a user names it (a path or an address), seen from where it was named, as the path of a folder. */
export function registryFolder({ value, folder }: Setting<string>): string {
  if (value.startsWith('file:')) {
    // `file:../registry` is relative, as locks write it; `file:///opt/registry` is an address.
    return value.startsWith('file:///') ? fileURLToPath(value) : resolve(folder, value.slice('file:'.length))
  }
  if (/^[a-z][a-z0-9+.-]+:/i.test(value)) fail('REGISTRY_UNSUPPORTED', { registry: value })
  return value.startsWith('~/') ? join(homedir(), value.slice(2)) : resolve(folder, value)
}

async function readConfigFile(file: string, warn: (message: string) => void): Promise<Config> {
  const nothing: Config = { registry: undefined, defaultTag: undefined }
  const text = readText(file)
  if (text === undefined) return nothing
  const { readYamlText } = await import('@aam/core/authoring')
  const source = readYamlText(text, file)
  if (source.problems.length > 0) fail('FILE_INVALID', { what: 'The configuration', file, problems: source.problems })
  if (source.value === null) return nothing
  const invalid = (field: string, why: string): never => fail('CONFIG_INVALID', { file, field, why })
  if (typeof source.value !== 'object' || Array.isArray(source.value)) {
    return invalid('(top)', 'it must be keys and values')
  }
  const value = source.value as Readonly<Record<string, unknown>>
  for (const key of Object.keys(value)) {
    if (POLICIES.has(key)) {
      invalid(key, 'this version of aam does not enforce policies, and will not install as if there were none')
    }
    if (!KNOWN.has(key)) warn(`${file}: the setting '${key}' is not known to this version of aam`)
  }
  const from = { from: file, folder: dirname(file) }
  return {
    registry: readRegistries(value['registries'], invalid, from),
    defaultTag:
      value['default_tag'] === undefined
        ? undefined
        : {
            ...from,
            value: parseTag(
              typeof value['default_tag'] === 'string' ? value['default_tag'] : JSON.stringify(value['default_tag']),
            ),
          },
  }
}

function readRegistries(
  registries: unknown,
  invalid: (field: string, why: string) => never,
  from: { readonly from: string; readonly folder: string },
): Setting<string> | undefined {
  if (registries === undefined || registries === null) return undefined
  if (typeof registries !== 'object' || Array.isArray(registries)) {
    return invalid('registries', 'it must be keys and values')
  }
  const { default: address, sources } = registries as Readonly<Record<string, unknown>>
  if (sources !== undefined) invalid('registries.sources', 'this version of aam uses one registry: registries.default')
  if (address === undefined) return undefined
  return typeof address === 'string' && address !== ''
    ? { ...from, value: address }
    : invalid('registries.default', 'it must be a path or an address')
}

function fromEnvironment({ env, cwd }: World): Config {
  const registry = env['AAM_REGISTRY']
  const tag = env['AAM_DEFAULT_TAG']
  return {
    registry:
      registry === undefined || registry === '' ? undefined : { value: registry, from: 'AAM_REGISTRY', folder: cwd },
    defaultTag:
      tag === undefined || tag === '' ? undefined : { value: parseTag(tag), from: 'AAM_DEFAULT_TAG', folder: cwd },
  }
}

function readText(file: string): string | undefined {
  try {
    return readIfThere(file)?.toString('utf8')
  } catch (error) {
    // A file where the folder should be means there is no configuration in it.
    if (isErrno(error, 'ENOTDIR')) return undefined
    throw error
  }
}
