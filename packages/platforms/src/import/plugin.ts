/** What the manifest of a Claude plugin says about where its parts are. */
import { type Json, asObject, asTexts } from './json.ts'
import type { PluginPlaces } from './source.ts'

export const PLUGIN_MANIFEST = '.claude-plugin/plugin.json'
export const MARKETPLACE = '.claude-plugin/marketplace.json'

/** The usual places, and those that the manifest adds; hooks and servers that stand in it are found in the manifest itself. */
export function readPluginPlaces(manifest: Json): PluginPlaces {
  const { skills, commands, agents, hooks, mcpServers } = manifest
  return {
    skills: places('skills', skills),
    commands: places('commands', commands),
    agents: places('agents', agents),
    rules: [],
    hooks: places('hooks/hooks.json', hooks),
    servers: places('.mcp.json', mcpServers),
  }
}

function places(usual: string, value: unknown): string[] {
  const named = typeof value === 'string' ? [value] : asTexts(value)
  const clean = named.flatMap(path => {
    const steps = path.split('/').filter(step => step !== '' && step !== '.')
    return steps.includes('..') ? [] : [steps.join('/')]
  })
  return [...new Set([usual, ...clean, ...(asObject(value) === undefined ? [] : [PLUGIN_MANIFEST])])]
}

/** The folders of the plugins that a marketplace has beside itself. */
export function listPlugins(marketplace: unknown): string[] {
  const { plugins } = asObject(marketplace) ?? {}
  return (Array.isArray(plugins) ? plugins : []).flatMap(plugin => {
    const { source } = asObject(plugin) ?? {}
    return typeof source === 'string' && /^\.\/./.test(source) ? [source.slice(2)] : []
  })
}
