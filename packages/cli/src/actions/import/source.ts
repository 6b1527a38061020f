/** What an import starts from: which project is meant, which part of it, and which of its files may be looked at. */
import { statSync } from 'node:fs'
import { basename, dirname, join, sep } from 'node:path'
import { compareText, fail } from '@aam/core'
import {
  AGENT_FOLDERS,
  MARKETPLACE,
  PLUGIN_MANIFEST,
  type PluginPlaces,
  asObject,
  isPlace,
  listPlugins,
  readLooseJson,
  readPluginPlaces,
} from '@aam/platforms'
import { type SourceTree, openSourceTree } from '../../disk/source-tree.ts'
import { type Basket, leaveOut } from './basket.ts'

export type Source = { readonly tree: SourceTree; readonly focus: string | undefined }

/** What an agent's own folder is made of: a path that goes there means that part of the project around it. */
const PARTS =
  /^(?:skills|commands|agents|rules|prompts|instructions|hooks|workflows|(?:settings|hooks|mcp)\.json)?(?:\/|$)/

/** Where a project begins, and which part of it is meant. */
export function openSource(path: string): Source {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) fail('FILE_SYSTEM', { code: 'ENOENT', path, doing: 'import it' })
  const steps = path.split(sep)
  const at = steps.findLastIndex(step => AGENT_FOLDERS.includes(step))
  const rest = steps.slice(at + 1).join('/')
  const isOwn = stat.isDirectory() && [PLUGIN_MANIFEST, 'SKILL.md'].some(file => isThere(join(path, file)))
  if (at > 0 && PARTS.test(rest) && !isOwn) {
    return { tree: openSourceTree(steps.slice(0, at).join(sep) || sep), focus: steps.slice(at).join('/') }
  }
  if (!stat.isFile()) return { tree: openSourceTree(path), focus: undefined }
  if (!['.mcp.json', 'SKILL.md'].includes(basename(path))) {
    fail('FILE_SYSTEM', { code: 'ENOTDIR', path, doing: 'import it' })
  }
  return { tree: openSourceTree(dirname(path)), focus: basename(path) === 'SKILL.md' ? undefined : basename(path) }
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined
}

/** Everything that may be looked at, and no more: the folder may be somebody's home. */
export function listPaths(tree: SourceTree, focus: string | undefined, plugin: PluginPlaces | undefined): string[] {
  if (focus !== undefined) return [...tree.list(focus), ...(focus === '.claude' ? tree.list('.mcp.json') : [])]
  const isSkill = tree.isFile('SKILL.md')
  const names = tree.names().filter(name => {
    if (tree.isFile(name)) return isSkill || !name.startsWith('.') || name === '.mcp.json' || name === '.cursorrules'
    return isPlace(name, tree.isFile(`${name}/SKILL.md`)) || (isSkill && !name.startsWith('.'))
  })
  const places = Object.values(plugin ?? {}).flat()
  return [...new Set([...names, ...places].flatMap(place => [...tree.list(place)]))].sort(compareText)
}

/** What the folder has as a Claude plugin; `undefined` when it is none. A plugin in the usual order needs no manifest. */
export function readPlugin(basket: Basket): PluginPlaces | undefined {
  const { tree } = basket
  if (!tree.isFile(PLUGIN_MANIFEST)) {
    const hasSkills = tree.list('skills').some(path => path.endsWith('/SKILL.md'))
    return hasSkills || tree.isFile('hooks/hooks.json') ? readPluginPlaces({}) : undefined
  }
  const read = readLooseJson(Buffer.from(tree.read(PLUGIN_MANIFEST).data).toString('utf8'))
  if ('why' in read) leaveOut(basket, PLUGIN_MANIFEST, read.why)
  return readPluginPlaces(('value' in read ? asObject(read.value) : undefined) ?? {})
}

export function marketplacePlugins(tree: SourceTree): string[] {
  if (!tree.isFile(MARKETPLACE)) return []
  const read = readLooseJson(Buffer.from(tree.read(MARKETPLACE).data).toString('utf8'))
  return 'value' in read ? listPlugins(read.value) : []
}
