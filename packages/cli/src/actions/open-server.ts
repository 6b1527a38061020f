/** A registry server: with which token, through what, and where its documents are kept. */
import { readFileSync } from 'node:fs'
import { type Account, type Registry, type Transport, openAccount, openHttpRegistry, openTransport } from '@aam/client'
import { fail } from '@aam/core'
import { documentCacheFolder } from '../disk/cache.ts'
import { type Config, readConfig, registryPlace } from '../disk/config.ts'
import { type Credentials, credentialsPath, readCredentials } from '../disk/credentials.ts'
import { findProject } from '../disk/project.ts'
import type { Setting, SourceSetting } from '../disk/settings.ts'
import type { Context, World } from '../world.ts'
import { type NeedsServer, insteadOf } from './needs-server.ts'

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

/** A token, and who said it. */
export type FoundToken = {
  readonly token: string
  readonly from: {
    readonly kind: 'environment' | 'configuration' | 'credentials'
    /** The variable or the file. */
    readonly name: string
  }
}

/** @throws USAGE, CONFIG_INVALID */
export function connect(
  { world, report }: Context,
  { base, token }: { readonly base: string; readonly token: string | undefined },
  means: Omit<ServerMeans, 'credentials'>,
): Transport {
  return openTransport({
    base,
    token,
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
  const token = findToken(context.world, place, means.credentials)?.token
  return openHttpRegistry(connect(context, { base: place.base, token }, means))
}

/**
 * The token for a server: of the environment, of the configuration, or what signing in left (D32). `AAM_TOKEN` is for the
 * default, or what `--registry` names instead, so that no other registry sees it.
 */
export function findToken(
  { env, home }: Pick<World, 'env' | 'home'>,
  { base, label, source }: ServerPlace,
  credentials: Credentials,
): FoundToken | undefined {
  const named = source?.value.name ?? label
  const variables = [
    ...(named === 'default' ? [] : [variableFor(named)]),
    ...(label === 'default' ? ['AAM_TOKEN'] : []),
  ]
  for (const name of variables) {
    const token = (env[name] ?? '').trim()
    if (token !== '') return { token, from: { kind: 'environment', name } }
  }
  const configured = source?.value.token
  if (configured !== undefined && source !== undefined) {
    const [, name] = /^\$\{([A-Z0-9_]+)\}$/i.exec(configured) ?? []
    const token = name === undefined ? configured : (env[name] ?? '')
    // Signing in may take the place of a variable that is not set; a request that needs it says so.
    if (token !== '') {
      return {
        token,
        from: name === undefined ? { kind: 'configuration', name: source.from } : { kind: 'environment', name },
      }
    }
  }
  const kept = credentials.get(base)?.token
  return kept === undefined ? undefined : { token: kept, from: { kind: 'credentials', name: credentialsPath(home) } }
}

function variableFor(source: string): string {
  return `AAM_TOKEN_${source.toUpperCase().replaceAll('-', '_')}`
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

/** One server, and what only a server can be asked. */
export type OpenAccount = {
  readonly account: Account
  /** Base address of the server, without a final slash. */
  readonly registry: string
  /** What requests are made with; `undefined`: nobody is signed in. */
  readonly token: FoundToken | undefined
  readonly credentials: Credentials
  /** The same server, asked by somebody else, or by nobody. */
  readonly as: (token: string | undefined) => Account
}

export type AccountRequest = {
  /** What `--registry` says. */
  readonly registry: string | undefined
  /** The scope of what the command is about: a source that has it is the one to ask. */
  readonly scope?: string | undefined
}

/**
 * Opens the server that a command is for: the one that `--registry` names, else the source with the scope, else the default.
 * @param command what needs a server, for the message
 * @throws REGISTRY_NOT_CONFIGURED, REGISTRY_NO_SERVER, CONFIG_INVALID
 */
export async function openServerAccount(
  context: Context,
  request: AccountRequest,
  command: NeedsServer,
): Promise<OpenAccount> {
  const { world, report } = context
  const warn = (message: string): void => {
    report({ kind: 'warning', message })
  }
  const config = await readConfig(world, findProject(world.cwd)?.folder ?? world.cwd, warn)
  const { setting, label, source } = chooseServer(world, config, request)
  if (setting === undefined) return fail('REGISTRY_NOT_CONFIGURED', {})
  const place = registryPlace(setting)
  if (place.kind === 'folder') return fail('REGISTRY_NO_SERVER', { ...insteadOf(command), registry: place.root })
  const { base } = place
  const credentials = await readCredentials(world.home, warn)
  const token = findToken(world, { base, label, source: source ?? sourceAt(config, request, base) }, credentials)
  const means = { caFile: config.caFile, offline: false }
  const as = (shown: string | undefined): Account => openAccount(connect(context, { base, token: shown }, means))
  return { account: as(token?.token), registry: base, token, credentials, as }
}

function chooseServer(
  { cwd }: World,
  { registry, sources }: Config,
  { registry: flag, scope }: AccountRequest,
): { readonly setting: Setting<string> | undefined } & Pick<ServerPlace, 'label' | 'source'> {
  if (flag !== undefined) {
    return { setting: { value: flag, from: '--registry', folder: cwd }, label: 'default', source: undefined }
  }
  const source = sources.find(({ value }) => scope !== undefined && value.scopes.includes(scope))
  if (source === undefined) return { setting: registry, label: 'default', source }
  return { setting: { ...source, value: source.value.url }, label: source.value.name, source }
}

/** The source whose address `--registry` repeats: its token is meant, too. */
export function sourceAt(
  { sources }: Pick<Config, 'sources'>,
  { registry: flag }: Pick<AccountRequest, 'registry'>,
  base: string,
): Setting<SourceSetting> | undefined {
  if (flag === undefined) return undefined
  return sources.find(({ value, folder, from }) => {
    const place = registryPlace({ value: value.url, folder, from })
    return place.kind === 'server' && place.base === base
  })
}
