/** Checks of the machine: the programs, the home, the settings, the registries, the cache. */
import { join } from 'node:path'
import { openAccount, openFolderRegistry } from '@aam/client'
import { readClaims } from '@aam/client/files'
import { type Version, compareVersions, count, isAamError, isVersion } from '@aam/core'
import { cacheFolder, listCache } from '../../disk/cache.ts'
import { projectConfigPath, readText, registryPlace, userConfigPath } from '../../disk/config.ts'
import { readCredentials } from '../../disk/credentials.ts'
import { findGit } from '../../disk/git.ts'
import { type FolderState, NODE_VERSION, inspectFolder } from '../../disk/inspect.ts'
import type { Setting } from '../../disk/settings.ts'
import type { Context } from '../../world.ts'
import { connect, findToken } from '../open-server.ts'
import { type Check, type Finding, type Site, attempt, findingOf } from './site.ts'

const OLDEST_NODE = '20.19.0' as Version

export const checkPrograms: Check = async ({ world }) => {
  const fits = isVersion(NODE_VERSION) && compareVersions(NODE_VERSION, OLDEST_NODE) >= 0
  const git = await findGit(world.cwd, world.env)
  return [
    { level: 'ok', message: `aam ${world.version}` },
    fits
      ? { level: 'ok', message: `Node.js ${NODE_VERSION}` }
      : {
          level: 'error',
          message: `Node.js ${NODE_VERSION} is too old`,
          hint: `install Node.js ${OLDEST_NODE} or newer`,
        },
    git === undefined
      ? { level: 'warning', message: 'git is not on the PATH', hint: '`aam version` commits and tags with it' }
      : { level: 'ok', message: `git ${git}` },
  ]
}

const UNUSABLE: Readonly<Record<Exclude<FolderState, 'missing' | 'writable'>, string>> = {
  'read-only': 'cannot be written',
  'no folder': 'is not a folder',
}

export const checkHome: Check = ({ world: { home } }) => {
  const state = inspectFolder(home)
  if (state === 'writable') return [{ level: 'ok', message: `home ${home}` }]
  if (state === 'missing') return [{ level: 'ok', message: `home ${home}, which is made when it is needed` }]
  const hint = 'check who owns it and its mode, or set AAM_HOME'
  return [{ level: 'error', message: `the home ${home} ${UNUSABLE[state]}`, hint }]
}

export const checkSettings: Check = ({ world, place, config, configWarnings }) => {
  const warnings = configWarnings.map((message): Finding => ({ level: 'warning', message }))
  if (isAamError(config)) return [...warnings, findingOf(config)]
  const folder = place === undefined || isAamError(place) ? undefined : place.folder
  const files = [userConfigPath(world), ...(folder === undefined ? [] : [projectConfigPath(folder)])]
  const there = files.filter(file => readText(file) !== undefined)
  const message = there.length === 0 ? 'settings: no configuration file' : `settings in ${there.join(' and ')}`
  return [...warnings, { level: 'ok', message }]
}

export const checkRegistries: Check = async site => {
  const { config } = site
  // Said by `checkSettings` already.
  if (isAamError(config)) return []
  const all: readonly (readonly [label: string, setting: Setting<string>])[] = [
    ...(config.registry === undefined ? [] : [['default', config.registry] as const]),
    ...config.sources.map(source => [source.value.name, { ...source, value: source.value.url }] as const),
  ]
  if (all.length === 0) {
    const hint = 'run `aam registry init ./registry --default`, or set registries.default or AAM_REGISTRY'
    return [{ level: 'warning', message: 'no registry is configured', hint }]
  }
  return (await Promise.all(all.map(async ([label, setting]) => checkRegistry(site, label, setting)))).flat()
}

async function checkRegistry(site: Site, label: string, setting: Setting<string>): Promise<Finding[]> {
  const { world } = site
  const found = await attempt(async () => {
    const place = registryPlace(setting)
    if (place.kind === 'server') return { server: place.base, ...(await askServer(site, label, setting)) }
    const { root } = place
    const registry = openFolderRegistry({ root, now: world.now })
    const names = await registry.listNames()
    // One document shows that they can be read.
    const [name] = names
    if (name !== undefined) await registry.fetchDocument(name as Parameters<typeof registry.fetchDocument>[0])
    return { root, packages: names.length }
  })
  if (isAamError(found)) {
    const { message, hint } = findingOf(found)
    return [{ level: 'error', message: `registry ${label} (set by ${setting.from}): ${message}`, hint }]
  }
  if ('server' in found) {
    const who = found.user === undefined ? 'nobody is signed in' : `signed in as ${found.user}`
    return [{ level: 'ok', message: `registry ${label}: ${found.server} (aam ${found.version}), ${who}` }]
  }
  const gone = readClaims(join(found.root, '.lock')).filter(({ alive }) => !alive)
  const left: Finding = {
    level: 'warning',
    message: `registry ${label} has the claim of a writer that is gone`,
    hint: 'nothing is blocked by it: the next write removes it',
  }
  return [
    { level: 'ok', message: `registry ${label}: ${found.root}, ${count(found.packages, 'package')}` },
    ...(gone.length > 0 ? [left] : []),
  ]
}

/** What a server says of itself, and who it takes us for. */
async function askServer(
  { world, config }: Site,
  label: string,
  setting: Setting<string>,
): Promise<{ readonly version: string; readonly user: string | undefined }> {
  const quiet: Context = {
    world,
    settings: { json: false, quiet: true, verbose: false, yes: false },
    report: () => undefined,
  }
  const configured = isAamError(config) ? undefined : config
  const source = configured?.sources.find(({ value }) => value.name === label)
  const place = registryPlace(setting)
  const base = place.kind === 'server' ? place.base : ''
  const credentials = await readCredentials(world.home, () => undefined)
  const means = { caFile: configured?.caFile, offline: false }
  const token = findToken(world, { base, label, source }, credentials)?.token
  const account = openAccount(connect(quiet, { base, token }, means))
  const { version } = await account.facts()
  return { version, user: token === undefined ? undefined : (await account.me()).name }
}

export const checkCache: Check = ({ world }) => {
  const folder = cacheFolder(world.home)
  const state = inspectFolder(folder)
  if (state === 'missing') return [{ level: 'ok', message: 'cache: empty' }]
  if (state !== 'writable') {
    const hint = 'downloads are not kept, which costs nothing but time; check who owns it and its mode'
    return [{ level: 'warning', message: `the cache ${folder} ${UNUSABLE[state]}`, hint }]
  }
  const { entries, leftovers } = listCache(world.home)
  const bytes = entries.reduce((total, { size }) => total + size, 0)
  const left: Finding = {
    level: 'warning',
    message: `the cache has ${count(leftovers.length, 'file')} that killed runs left behind`,
    hint: 'run `aam cache verify`',
  }
  return [
    { level: 'ok', message: `cache: ${count(entries.length, 'archive')}, ${(bytes / 1000).toFixed(1)} kB` },
    ...(leftovers.length > 0 ? [left] : []),
  ]
}
