/** `aam config`: reading and changing settings, each with the file or variable it comes from. */
import { dirname, relative, resolve } from 'node:path'
import { writeFileAtomic } from '@aam/client/files'
import { fail, suggest } from '@aam/core'
import { type Config, projectConfigPath, readConfig, readText, userConfigPath } from '../disk/config.ts'
import { decodeConfig, decodeValue, isKey, splitList } from '../disk/decode-config.ts'
import { findProject } from '../disk/project.ts'
import { SETTINGS, SETTING_KEYS, type SettingKey } from '../disk/settings.ts'
import type { Context, World } from '../world.ts'

/** A setting as `aam config` shows it. A policy that several layers set has a line for each. */
export type SettingLine = {
  readonly key: SettingKey
  readonly value: unknown
  /** The value as a person would write it. */
  readonly text: string
  /** The file or variable that sets it; `null` for what counts when nobody does. */
  readonly from: string | null
}

/** Every setting in the order of the table. */
export async function listSettings(context: Context): Promise<SettingLine[]> {
  const config = await readSettings(context)
  return SETTING_KEYS.flatMap(key => {
    const lines = linesOf(config, key)
    return lines.length > 0
      ? lines
      : [{ key, value: null, text: SETTINGS[key].fallback.replaceAll('`', ''), from: null }]
  })
}

/** @throws SETTING_UNKNOWN, SETTING_UNSET */
export async function getSetting(context: Context, text: string): Promise<SettingLine> {
  const key = requireKey(text)
  const lines = linesOf(await readSettings(context), key)
  const [line] = lines
  if (line === undefined) {
    if (key !== 'default_tag') return fail('SETTING_UNSET', { key })
    return { key, value: 'latest', text: 'latest', from: null }
  }
  if (lines.length === 1) return line
  return { ...line, value: lines.map(({ value }) => value), text: lines.map(each => each.text).join('\n'), from: null }
}

type Change = { readonly key: SettingKey; readonly file: string }

/**
 * Sets a value in a file, keeping everything else in it.
 * @throws SETTING_UNKNOWN, USAGE for a value that the setting does not take, CONFIG_INVALID
 */
export async function setSetting(
  context: Context,
  { key: wanted, text, project }: { readonly key: string; readonly text: string; readonly project: boolean },
): Promise<Change & { readonly value: unknown; readonly text: string; readonly note: string | null }> {
  const { world } = context
  const key = requireKey(wanted)
  const file = project ? projectConfigPath(placeOfSettings(world)) : userConfigPath(world)
  const placing = { file, cwd: world.cwd, relative: project }
  const given = placeSources(key, await readGiven(key, text), placing)
  const value: unknown = key === 'registries.default' && text.trim() !== '' ? placeFor(text, placing) : given
  decodeValue(key, value, (why, at) =>
    fail('USAGE', {
      message: `${key} cannot be '${text.slice(0, 200)}': ${at}${at === '' ? '' : ': '}${why}`,
      hint: `it takes ${SETTINGS[key].takes.replaceAll('`', '')}`,
    }),
  )
  await edit(file, { key, value })
  return { key, file, value, text: show(value), note: noteOn(await readSettings(context), key, file) }
}

/** What else is said about a setting, where that counts more, or as much. */
function noteOn(config: Config, key: SettingKey, file: string): string | null {
  const others = linesOf(config, key).filter(({ from }) => from !== file)
  const [other] = others
  if (other === undefined || SETTINGS[key].layers === 'by name') return null
  return SETTINGS[key].layers === 'last wins'
    ? `here it is ${other.text}, which ${other.from ?? ''} says`
    : `${others.map(({ text, from }) => `${from ?? ''} says ${text}`).join(', ')}; all of them hold`
}

/** @throws SETTING_UNKNOWN, CONFIG_INVALID for a file that cannot be understood */
export async function unsetSetting(
  { world }: Context,
  { key: wanted, project }: { readonly key: string; readonly project: boolean },
): Promise<Change & { readonly removed: boolean }> {
  const key = requireKey(wanted)
  const file = project ? projectConfigPath(placeOfSettings(world)) : userConfigPath(world)
  const layers = await decodeConfig(readText(file) ?? '', file, () => undefined)
  if (!layers.some(({ values }) => values[key] !== undefined)) return { key, file, removed: false }
  await edit(file, { key, value: undefined })
  return { key, file, removed: true }
}

/** Sources as they are written into a file; what is no source is left for decoding to refuse. */
function placeSources(key: SettingKey, given: unknown, placing: Parameters<typeof placeFor>[1]): unknown {
  if (key !== 'registries.sources' || !Array.isArray(given)) return given
  return given.map((source: unknown) => {
    const url = typeof source === 'object' && source !== null ? (source as { url?: unknown }).url : undefined
    return typeof url === 'string' && url.trim() !== ''
      ? { ...(source as object), url: placeFor(url, placing) }
      : source
  })
}

/** A registry as it is written into a file: an address as it is, a path relative to the file or absolute. */
export function placeFor(
  text: string,
  { file, cwd, relative: short }: { readonly file: string; readonly cwd: string; readonly relative: boolean },
): string {
  if (/^[a-z][a-z0-9+.-]+:/i.test(text) || text.startsWith('~/')) return text
  const place = resolve(cwd, text)
  return short ? relative(dirname(file), place).split('\\').join('/') : place
}

async function edit(
  file: string,
  { key, value }: { readonly key: SettingKey; readonly value: unknown },
): Promise<void> {
  const { editYamlText } = await import('@aam/core/authoring')
  const before = readText(file) ?? ''
  // A file that cannot be understood is not written over.
  const [, governed] = await decodeConfig(before, file, () => undefined)
  const path = key.split('.')
  const paths = governed?.values[key] === undefined ? [path] : [['governance', ...path]]
  if (value === undefined) paths.push(path)
  const edits = paths.map(each => ({ path: each, value }))
  writeFileAtomic(file, editYamlText(before, edits))
}

/** What was typed, as the file would have it: lists with commas, everything else as YAML reads it. */
async function readGiven(key: SettingKey, text: string): Promise<unknown> {
  if (SETTINGS[key].list === true && !text.trim().startsWith('[')) return splitList(text)
  if (SETTINGS[key].fileOnly !== true && SETTINGS[key].list !== true) {
    return text === 'true' ? true : text === 'false' ? false : text
  }
  const { readYamlText } = await import('@aam/core/authoring')
  const { value, problems } = readYamlText(text, 'the value')
  if (problems.length > 0) fail('FILE_INVALID', { what: 'The value of', file: key, problems })
  return value
}

async function readSettings({ world, report }: Context): Promise<Config> {
  return readConfig(world, placeOfSettings(world), message => {
    report({ kind: 'warning', message })
  })
}

/** The folder whose `.aam/config.yaml` counts here: the project's, or the one that may become a project. */
function placeOfSettings({ cwd }: World): string {
  return findProject(cwd)?.folder ?? cwd
}

function linesOf({ layers, sources }: Config, key: SettingKey): SettingLine[] {
  if (key === 'registries.sources') {
    return sources.map(({ value, from }) => {
      const shown = { ...value, ...(value.token === undefined ? {} : { token: mask(value.token) }) }
      const scopes = value.scopes.length > 0 ? ` (${value.scopes.join(', ')})` : ''
      return { key, value: shown, text: `${value.name}: ${value.url}${scopes}`, from }
    })
  }
  const lines = layers.flatMap(({ values, from }): SettingLine[] => {
    const value = values[key]
    return value === undefined ? [] : [{ key, value, text: show(value), from: from(key) }]
  })
  return SETTINGS[key].layers === 'last wins' ? lines.slice(-1) : lines
}

/** A token is never shown; where it is to come from is. */
function mask(token: string): string {
  return /^\$\{[^}]*\}$/.test(token) ? token : '(hidden)'
}

function show(value: unknown): string {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return JSON.stringify(value)
  if (!Array.isArray(value)) return String(value)
  if (value.length === 0) return 'none'
  return value.map(each => (typeof each === 'object' ? JSON.stringify(each) : String(each))).join(', ')
}

function requireKey(text: string): SettingKey {
  return isKey(text) ? text : fail('SETTING_UNKNOWN', { key: text, suggestions: suggest(text, SETTING_KEYS) })
}
