/** The text of a configuration file, decoded: what it sets, or what is wrong with it and where. */
import { dirname } from 'node:path'
import { fail, suggest } from '@aam/core'
import { type Layer, Misfit, SETTINGS, SETTING_KEYS, type SettingKey, type SettingValues } from './settings.ts'

export type Warn = (message: string) => void

/**
 * Decodes the text of a configuration file: a layer, and a second one for what stands under `governance`.
 * @throws CONFIG_INVALID, FILE_INVALID
 */
export async function decodeConfig(text: string, file: string, warn: Warn): Promise<Layer[]> {
  const { readYamlText } = await import('@aam/core/authoring')
  const source = readYamlText(text, file)
  if (source.problems.length > 0) fail('FILE_INVALID', { what: 'The configuration', file, problems: source.problems })
  if (source.value === null || source.value === undefined) return []
  const invalid: Invalid = (path, why) =>
    fail('CONFIG_INVALID', {
      file,
      field: path.length === 0 ? '(top)' : path.join('.'),
      why,
      line: source.place(path).line,
    })
  const top = objectAt(source.value, [], invalid)
  const { governance, ...rest } = top
  const layer = (values: Layer['values']): Layer => ({ values, from: () => file, folder: dirname(file) })
  const layers = [
    layer(
      decodeLayer(rest, [], {
        invalid,
        warn: what => {
          warn(`${file}: ${what}`)
        },
      }),
    ),
  ]
  if (governance !== undefined && governance !== null) {
    // The same policy under another name (D15): whatever else stands there is a policy that nobody would enforce.
    const inner = objectAt(governance, ['governance'], invalid)
    for (const key of Object.keys(inner)) {
      if (key !== 'install_policy') invalid(['governance', key], UNENFORCED)
    }
    layers.push(layer(decodeLayer(inner, ['governance'], { invalid, warn })))
  }
  return layers
}

type Invalid = (path: readonly string[], why: string) => never
type Complaints = { readonly invalid: Invalid; readonly warn: Warn }

export const UNENFORCED = 'this version of aam does not know that rule, and will not install as if it were not there'

/** Reads keys and groups of keys. @param above the path of `value` in the file */
function decodeLayer(
  value: Readonly<Record<string, unknown>>,
  above: readonly string[],
  { invalid, warn }: Complaints,
): Layer['values'] {
  const decoded: Record<string, unknown> = {}
  const groups = new Set(SETTING_KEYS.filter(key => key.includes('.')).map(key => key.slice(0, key.indexOf('.'))))
  const decode = (key: string, given: unknown): void => {
    const path = [...above, ...key.split('.')]
    if (!isKey(key)) {
      if (key.startsWith('install_policy.')) invalid(path, UNENFORCED)
      const near = suggest(key, [...SETTING_KEYS, ...groups])
      // What is nearly the name of a policy was meant as one.
      const meant = meantPolicy(key)
      if (meant !== undefined) invalid(path, `it is not a setting; ${meant} is`)
      warn(
        `the setting '${key}' is not known${near.length > 0 ? `; did you mean ${near.join(' or ')}?` : ' to this version of aam'}`,
      )
    } else if (given !== null && given !== undefined) {
      decoded[key] = decodeValue(key, given, (why, at) => invalid(path, `${at === '' ? '' : `${at}: `}${why}`))
    }
  }
  for (const [key, given] of Object.entries(value)) {
    const [first = '', second] = key.split(/[./]/)
    if (second !== undefined && (isKey(key) || meantPolicy(first) !== undefined)) {
      invalid(
        [...above, key],
        `dots do not nest in YAML: write ${meantPolicy(first) ?? first}: and, indented below it, the rest`,
      )
    }
    if (!groups.has(key)) decode(key, given)
    else if (given !== null) {
      for (const [inner, each] of Object.entries(objectAt(given, [...above, key], invalid))) {
        decode(`${key}.${inner}`, each)
      }
    }
  }
  return decoded
}

/** The name of a policy that `text` is or nearly is; `undefined` when it is none. */
export function meantPolicy(text: string): string | undefined {
  return suggest(text.toLowerCase().replaceAll('-', '_'), ['install_policy', 'governance'])[0]
}

/** A value of a setting. @throws what `misfit` throws, given the reason and the place in the value */
export function decodeValue<K extends SettingKey>(
  key: K,
  value: unknown,
  misfit: (why: string, at: string) => never,
): SettingValues[K] {
  try {
    return SETTINGS[key].decode(value)
  } catch (error) {
    if (error instanceof Misfit) return misfit(error.message, error.at)
    throw error
  }
}

export function isKey(text: string): text is SettingKey {
  return Object.hasOwn(SETTINGS, text)
}

/** `stable, bank-approved` as a list. */
export function splitList(text: string): string[] {
  return text
    .split(',')
    .map(each => each.trim())
    .filter(each => each !== '')
}

function objectAt(value: unknown, path: readonly string[], invalid: Invalid): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  return invalid(path, 'it must be keys and values')
}
