/** A registry server: with which token, through what, and where its documents are kept. */
import { readFileSync } from 'node:fs'
import { type Account, type Registry, type Transport, openAccount, openHttpRegistry, openTransport } from '@aam/client'
import { fail } from '@aam/core'
import { documentCacheFolder } from '../disk/cache.ts'
import { type Config, readConfig, registryPlace } from '../disk/config.ts'
import { type Credentials, readCredentials } from '../disk/credentials.ts'
import { findProject } from '../disk/project.ts'
import type { Setting, SourceSetting } from '../disk/settings.ts'
import type { Context, World } from '../world.ts'

/** A server, and who asks it. */
export type ServerPlace = {
  readonly base: string
  /** `default`, or the name of the source. */
  readonly label: string
  readonly source: Setting<SourceSetting> | undefined
}

export type ServerMeans = {
  readonly credentials: Credentials
  /** A file with certificates that are trusted, too. */
  readonly caFile: Setting<string> | undefined
  /** Answer from what is kept, and ask nobody. */
  readonly offline: boolean
}

/** @throws USAGE, CONFIG_INVALID */
export function connect(context: Context, place: ServerPlace, means: ServerMeans): Transport {
  const { world, report } = context
  return openTransport({
    base: place.base,
    token: tokenFor(world, place, means.credentials),
    now: world.now,
    env: world.env,
    ca: means.caFile === undefined ? undefined : readCertificates(means.caFile),
    cacheFolder: documentCacheFolder(world.home),
    userAgent: `aam/${world.version}`,
    offline: means.offline,
    onRetry: ({ what, why, wait }) => {
      report({ kind: 'notice', message: `${what}: ${why}; trying again in ${(wait / 1000).toFixed(1)} s` })
    },
    onProgress: ({ done, total }) => {
      report({ kind: 'progress', phase: 'Downloading (MB)', done: megabytes(done), total: megabytes(total) })
    },
  })
}

export function openServer(context: Context, place: ServerPlace, means: ServerMeans): Registry {
  return openHttpRegistry(connect(context, place, means))
}

/**
 * The token for a server: of the environment, of the configuration, or what signing in left (D32). `AAM_TOKEN` is for the
 * default only, so that no other registry sees it.
 * @throws CONFIG_INVALID for a variable in the configuration that is not set
 */
export function tokenFor(
  { env }: Pick<World, 'env'>,
  { base, label, source }: ServerPlace,
  credentials: Credentials,
): string | undefined {
  const variable = label === 'default' ? 'AAM_TOKEN' : `AAM_TOKEN_${label.toUpperCase().replaceAll('-', '_')}`
  const given = env[variable] ?? ''
  if (given !== '') return given
  const configured = source?.value.token
  if (configured === undefined || source === undefined) return credentials.get(base)?.token
  const [, name] = /^\$\{([A-Z0-9_]+)\}$/i.exec(configured) ?? []
  if (name === undefined) return configured
  const value = env[name] ?? ''
  // Signing in may take its place; a request that needs it says so.
  return value === '' ? credentials.get(base)?.token : value
}

/** @throws CONFIG_INVALID */
function readCertificates({ value, from }: Setting<string>): string {
  try {
    return readFileSync(value, 'utf8')
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    return fail(
      'CONFIG_INVALID',
      { file: from, field: 'registries.ca_file', why: `${value} cannot be read (${why})` },
      { cause: error },
    )
  }
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 100_000) / 10
}

/** What accounts are about: one server, and what only a server can be asked. */
export type OpenAccount = {
  readonly account: Account
  readonly transport: Transport
  readonly place: ServerPlace
  readonly credentials: Credentials
  /** The same server, asked by somebody else, or by nobody. */
  readonly as: (token: string | undefined) => Account
}

/**
 * Opens the server that commands about accounts are for: the one that `--registry` names, else the default one.
 * @param doing what needs a server, and what does it in a folder, for the message
 * @throws REGISTRY_NOT_CONFIGURED, REGISTRY_NO_SERVER, CONFIG_INVALID
 */
export async function openServerAccount(
  context: Context,
  flag: string | undefined,
  doing: { readonly doing: string; readonly instead: string },
): Promise<OpenAccount> {
  const { world, report } = context
  const warn = (message: string): void => {
    report({ kind: 'warning', message })
  }
  const config = await readConfig(world, findProject(world.cwd)?.folder ?? world.cwd, warn)
  const setting = flag === undefined ? config.registry : { value: flag, from: '--registry', folder: world.cwd }
  if (setting === undefined) return fail('REGISTRY_NOT_CONFIGURED', {})
  const place = registryPlace(setting)
  if (place.kind === 'folder') return fail('REGISTRY_NO_SERVER', { ...doing, registry: place.root })
  const credentials = await readCredentials(world.home, warn)
  const server = { base: place.base, label: 'default', source: sourceAt(config, place.base, flag !== undefined) }
  const means = { credentials, caFile: config.caFile, offline: false }
  const transport = connect(context, server, means)
  return {
    account: openAccount(transport),
    transport,
    place: server,
    credentials,
    as: token => {
      const others = new Map(token === undefined ? [] : [[place.base, { token, user: '' }]])
      const quiet = { ...context, world: { ...world, env: { ...world.env, AAM_TOKEN: '' } } }
      return openAccount(connect(quiet, { ...server, source: undefined }, { ...means, credentials: others }))
    },
  }
}

/** The source whose address `--registry` repeats: its token is meant. */
function sourceAt(config: Config, base: string, named: boolean): Setting<SourceSetting> | undefined {
  if (!named) return undefined
  return config.sources.find(({ value, folder, from }) => {
    const place = registryPlace({ value: value.url, folder, from })
    return place.kind === 'server' && place.base === base
  })
}
