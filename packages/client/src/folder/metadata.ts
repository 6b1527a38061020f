/** `metadata.yaml` as text: read, and changed without touching what a person wrote beside it. */
import {
  type DocumentRecord,
  type PackageDocument,
  type PackageName,
  type Tag,
  type TagRules,
  decodeDocument,
  encodeDocument,
  explainTag,
  fail,
} from '@aam/core'
import { readYamlText } from '@aam/core/authoring'
import { type Document, type YAMLMap, isMap, parseDocument, stringify } from 'yaml'
import { FORMAT_VERSION } from './layout.ts'

const HEADER = '# Kept by aam; may be edited by hand. document.json beside it is derived from it.\n'

/** @throws REGISTRY_BROKEN */
export function decodeMetadata(
  text: string,
  { file, name }: { readonly file: string; readonly name: PackageName },
): PackageDocument {
  const source = readYamlText(text, file)
  const [problem] = source.problems
  if (problem !== undefined) {
    fail('REGISTRY_BROKEN', { file, why: `line ${String(problem.line ?? 1)}: ${problem.message}` })
  }
  const document = decodeDocument(source.value)
  if ('why' in document) return fail('REGISTRY_BROKEN', { file, why: document.why })
  if (document.name !== name) {
    fail('REGISTRY_BROKEN', { file, why: `its name is ${document.name}, its folder is that of ${name}` })
  }
  return document
}

/**
 * The new text of `metadata.yaml`. Versions and tags that changed are written; comments, order and keys that aam does not
 * know stay as they are; a text that says what is wanted comes back as it is.
 * @param text the present text; `undefined` for a new package
 */
export function editMetadata(text: string | undefined, document: PackageDocument): string {
  const record = encodeDocument(document)
  if (text === undefined) return HEADER + stringify(record, { lineWidth: 0, aliasDuplicateObjects: false })
  const yaml = parseDocument(text, { version: '1.2' })
  const changes = [setChanged(yaml, 'tags', record.tags), setChanged(yaml, 'versions', record.versions)]
  return changes.includes(true) ? yaml.toString({ lineWidth: 0 }) : text
}

/** Makes the map at `key` hold `wanted`. Returns whether anything had to be changed. */
function setChanged(yaml: Document, key: keyof DocumentRecord, wanted: Fields): boolean {
  const node = yaml.get(key, true)
  if (isMap(node)) return setFields(yaml, node, wanted)
  if (Object.keys(wanted).length === 0) return false
  yaml.set(key, yaml.createNode(wanted, { aliasDuplicateObjects: false }))
  return true
}

type Fields = Readonly<Record<string, unknown>>

/** Makes a map hold exactly `wanted`, touching only what differs, so that comments beside the rest stay. */
function setFields(yaml: Document, map: YAMLMap, wanted: Fields): boolean {
  const current = map.toJS(yaml) as Fields
  const superfluous = Object.keys(current).filter(name => !Object.hasOwn(wanted, name))
  const different = Object.entries(wanted).filter(
    ([name, value]) => JSON.stringify(current[name]) !== JSON.stringify(value),
  )
  for (const name of superfluous) map.delete(name)
  for (const [name, value] of different) {
    const node = map.get(name, true)
    if (isMap(node) && typeof value === 'object' && value !== null && !Array.isArray(value)) {
      setFields(yaml, node, value as Fields)
    } else map.set(name, yaml.createNode(value, { aliasDuplicateObjects: false }))
  }
  return superfluous.length + different.length > 0
}

/** The text of a new `registry.yaml`. */
export const NEW_SETTINGS = `# An aam registry in a folder. Publish to it with \`aam publish --registry <this folder>\`.
format_version: ${String(FORMAT_VERSION)}
# Tags that may be set; every valid tag when absent. latest always may.
# allowed_tags: [stable, beta, bank-approved]
# Tags that only move with --force.
# protected_tags: [bank-approved]
`

const SETTINGS = ['format_version', 'allowed_tags', 'protected_tags']

/** @throws REGISTRY_BROKEN */
export function decodeSettings(text: string, file: string): TagRules {
  const broken = (why: string): never => fail('REGISTRY_BROKEN', { file, why })
  const source = readYamlText(text, file)
  const [problem] = source.problems
  if (problem !== undefined) return broken(`line ${String(problem.line ?? 1)}: ${problem.message}`)
  const value = source.value
  if (typeof value !== 'object' || value === null) return broken('it must say format_version: 1')
  const { format_version: version, allowed_tags: allowed, protected_tags: guarded } = value as Record<string, unknown>
  const unknown = Object.keys(value).find(key => !SETTINGS.includes(key))
  if (unknown !== undefined) {
    // A misspelt rule must not look as if it were obeyed.
    return broken(`'${unknown}' is not a setting; there are ${SETTINGS.join(', ')}`)
  }
  if (version !== FORMAT_VERSION) {
    return broken(`format_version is ${String(version)}, this aam knows ${String(FORMAT_VERSION)}`)
  }
  const tags = (list: unknown, key: string): Tag[] | undefined => {
    if (list === undefined || list === null) return undefined
    if (!Array.isArray(list)) return broken(`${key} must be a list of tags`)
    return list.map(tag => {
      const why = explainTag(String(tag))
      return why === undefined ? (String(tag) as Tag) : broken(`${key}: '${String(tag)}' is not a tag: ${why}`)
    })
  }
  return {
    allowed: tags(allowed, 'allowed_tags'),
    protected: tags(guarded, 'protected_tags') ?? [],
    by: `allowed_tags in ${file}`,
  }
}
