/** Settings of a registry server: from the environment, each with what it is for. */
import { type Tag, LATEST, explainTag, fail } from '@aam/core'

export type ServerConfig = {
  readonly port: number
  readonly host: string
  /** Base address as clients see it, without a final slash; `undefined`: as each request says. */
  readonly publicUrl: string | undefined
  readonly dataFolder: string
  readonly allowedTags: readonly Tag[] | undefined
  readonly protectedTags: readonly Tag[]
  readonly tagsThatNeedApproval: readonly Tag[]
  readonly requireApproval: boolean
  readonly approvalsRequired: number
  readonly allowSelfApproval: boolean
  readonly allowRegistration: boolean
  readonly allowAnonymousRead: boolean
  readonly allowScopeClaim: boolean
  /** Requests a minute: of one address that signs in, of one user that changes something, of one address that reads. */
  readonly rateLimits: { readonly login: number; readonly write: number; readonly read: number }
  /** Bytes. */
  readonly maxArchiveSize: number
  readonly sessionDays: number
  readonly trustProxy: boolean
  readonly logLevel: 'silent' | 'error' | 'warn' | 'info' | 'debug'
  readonly admin: { readonly name: string | undefined; readonly password: string | undefined }
}

/** How long clients may take, in milliseconds. Nobody sets them; tests that wait for them take shorter ones. */
export type Timeouts = {
  /** For the headers of a request; for all of it. */
  readonly headers: number
  readonly request: number
  /** How often the two above are looked at. */
  readonly check: number
  /** Nothing of an upload for so long, and it ends. */
  readonly silence: number
  /** When this much of an upload's time is over, it ends if fewer bytes than `slowest` a second have arrived. */
  readonly patience: number
  readonly slowest: number
}

export const TIMEOUTS: Timeouts = {
  headers: 10_000,
  request: 300_000,
  check: 2000,
  silence: 30_000,
  patience: 60_000,
  slowest: 1024,
}

export type Environment = Readonly<Record<string, string | undefined>>

type Definition<T> = {
  readonly takes: string
  readonly help: string
  /** As it would be written. */
  readonly fallback: string
  readonly parse: (text: string) => T
}

const MEGABYTE = 1024 * 1024

const text = (value: string): string | undefined => (value === '' ? undefined : value)

const boolean = (value: string): boolean => {
  if (value === 'true' || value === '1') return true
  if (value === 'false' || value === '0') return false
  return misfit(`'${value}' is neither true nor false`)
}

const whole =
  (least: number, most: number) =>
  (value: string): number => {
    const number = /^\d{1,12}$/.test(value) ? Number(value) : Number.NaN
    if (number >= least && number <= most) return number
    return misfit(`'${value}' is not a whole number from ${String(least)} to ${String(most)}`)
  }

const size = (value: string): number => {
  const found = /^(\d{1,12})\s*(KB|MB|GB)?$/i.exec(value)
  if (found === null) return misfit(`'${value}' is not a size like 50MB`)
  const units: Readonly<Record<string, number>> = { KB: 1024, MB: MEGABYTE, GB: 1024 * MEGABYTE }
  const bytes = Number(found[1]) * (units[(found[2] ?? '').toUpperCase()] ?? 1)
  return bytes >= 1 ? bytes : misfit('it must be more than nothing')
}

const tags = (value: string): Tag[] =>
  value
    .split(',')
    .map(each => each.trim())
    .filter(each => each !== '')
    .map(each => {
      const why = explainTag(each)
      return why === undefined ? (each as Tag) : misfit(`'${each}' is not a tag: ${why}`)
    })

const address = (value: string): string | undefined => {
  if (value === '') return undefined
  const url = URL.canParse(value) ? new URL(value) : misfit(`'${value}' is not an address like https://pkg.example.com`)
  if (!/^https?:$/.test(url.protocol)) misfit(`'${value}' begins with neither https: nor http:`)
  if (url.username !== '' || url.search !== '' || url.hash !== '') misfit('it must be an address and nothing else')
  return url.href.replace(/\/+$/, '')
}

const level = (value: string): ServerConfig['logLevel'] => {
  const levels = ['silent', 'error', 'warn', 'info', 'debug'] as const
  return levels.find(each => each === value) ?? misfit(`'${value}' is not one of ${levels.join(', ')}`)
}

/** Thrown with a reason by the parsers above; `readServerConfig` says which setting it was. */
class Misfit extends Error {}
function misfit(why: string): never {
  throw new Misfit(why)
}

const one = <T>(definition: Definition<T>): Definition<T> => definition

/** The variables, in the order they are listed. */
export const SERVER_SETTINGS = {
  PORT: one({
    takes: 'a port',
    help: 'where it listens; 0 takes a free one',
    fallback: '4873',
    parse: whole(0, 65535),
  }),
  HOST: one({
    takes: 'an address of this machine',
    help: 'who can reach it: 127.0.0.1 only this machine, 0.0.0.0 everybody',
    fallback: '127.0.0.1',
    parse: value => value,
  }),
  PUBLIC_URL: one({
    takes: 'an address',
    help: 'how clients reach it, when that is not how requests arrive (a reverse proxy)',
    fallback: '',
    parse: address,
  }),
  DATA_DIR: one({
    takes: 'a folder',
    help: 'the database and the archives; made when it is missing',
    fallback: '',
    parse: text,
  }),
  ALLOWED_TAGS: one({
    takes: 'tags, with commas',
    help: 'the only tags there may be, besides latest',
    fallback: '',
    parse: value => (value.trim() === '' ? undefined : tags(value)),
  }),
  PROTECTED_TAGS: one({
    takes: 'tags, with commas',
    help: 'move and are removed only with --force, by an approver or admin',
    fallback: '',
    parse: tags,
  }),
  REQUIRE_APPROVAL_FOR_TAGS: one({
    takes: 'tags, with commas',
    help: 'name only versions that were approved',
    fallback: '',
    parse: value => {
      const list = tags(value)
      return list.includes(LATEST)
        ? misfit('latest moves with every publish; let versions wait with REQUIRE_APPROVAL=true instead')
        : list
    },
  }),
  REQUIRE_APPROVAL: one({
    takes: 'true or false',
    help: 'nobody sees a version before it is approved',
    fallback: 'false',
    parse: boolean,
  }),
  APPROVALS_REQUIRED: one({
    takes: 'a number',
    help: 'how many approvers have to agree',
    fallback: '1',
    parse: whole(1, 100),
  }),
  ALLOW_SELF_APPROVAL: one({
    takes: 'true or false',
    help: 'whether who published a version may approve it',
    fallback: 'false',
    parse: boolean,
  }),
  ALLOW_REGISTRATION: one({
    takes: 'true or false',
    help: 'whether anybody may make an account; otherwise admins do',
    fallback: 'false',
    parse: boolean,
  }),
  ALLOW_ANONYMOUS_READ: one({
    takes: 'true or false',
    help: 'whether public packages can be read without signing in',
    fallback: 'true',
    parse: boolean,
  }),
  ALLOW_SCOPE_CLAIM: one({
    takes: 'true or false',
    help: 'whether a scope that nobody owns belongs to the first who publishes in it',
    fallback: 'true',
    parse: boolean,
  }),
  RATE_LIMIT_LOGIN: one({
    takes: 'a number',
    help: 'failed attempts to sign in, per account and address, in five minutes; 0: no limit',
    fallback: '10',
    parse: whole(0, 1_000_000),
  }),
  RATE_LIMIT_WRITE: one({
    takes: 'a number',
    help: 'changes a minute, per user; 0: no limit',
    fallback: '600',
    parse: whole(0, 1_000_000),
  }),
  RATE_LIMIT_READ: one({
    takes: 'a number',
    help: 'requests a minute that read, per address; 0: no limit',
    fallback: '0',
    parse: whole(0, 10_000_000),
  }),
  MAX_ARCHIVE_SIZE: one({
    takes: 'a size',
    help: 'the largest archive that is taken, at most 50MB',
    fallback: '50MB',
    parse: value => {
      const bytes = size(value)
      return bytes <= 50 * MEGABYTE ? bytes : misfit('50MB is the most a client unpacks')
    },
  }),
  SESSION_DAYS: one({ takes: 'days', help: 'how long signing in lasts', fallback: '30', parse: whole(1, 3650) }),
  TRUST_PROXY: one({
    takes: 'true or false',
    help: 'whether X-Forwarded-For and X-Forwarded-Proto are believed: only behind a proxy that sets them',
    fallback: 'false',
    parse: boolean,
  }),
  LOG_LEVEL: one({
    takes: 'silent, error, warn, info or debug',
    help: 'info logs changes and errors, debug every request',
    fallback: 'info',
    parse: level,
  }),
  ADMIN_USER: one({ takes: 'a name', help: 'the first admin, made at the first start', fallback: '', parse: text }),
  ADMIN_PASSWORD: one({
    takes: 'a password',
    help: "the first admin's; made up and printed once when it is not given",
    fallback: '',
    parse: text,
  }),
} as const

export type ServerSetting = keyof typeof SERVER_SETTINGS

/** What is not understood by this version, and would look as if it were obeyed. */
const UNSUPPORTED: Readonly<Record<string, string>> = {
  REQUIRE_SIGNATURES: 'signatures are stored and not verified yet, so that they cannot be required',
  DATABASE_URL: 'the database is a file in DATA_DIR; others are not supported yet',
  STORAGE: 'archives are kept in DATA_DIR; other storage is not supported yet',
}

/**
 * Reads the settings.
 * @param fallbackFolder where the data is when `DATA_DIR` does not say
 * @throws SERVER_SETTING_INVALID
 */
export function readServerConfig(env: Environment, fallbackFolder: string): ServerConfig {
  for (const [name, why] of Object.entries(UNSUPPORTED)) {
    const value = env[name]
    if (value !== undefined && !['', 'false', 'disk'].includes(value)) fail('SERVER_SETTING_INVALID', { name, why })
  }
  const get = <K extends ServerSetting>(name: K): ReturnType<(typeof SERVER_SETTINGS)[K]['parse']> => {
    const { parse, fallback } = SERVER_SETTINGS[name]
    try {
      return parse(env[name] ?? fallback) as ReturnType<(typeof SERVER_SETTINGS)[K]['parse']>
    } catch (error) {
      if (!(error instanceof Misfit)) throw error
      return fail('SERVER_SETTING_INVALID', { name, why: error.message })
    }
  }
  const allowed = get('ALLOWED_TAGS')
  for (const name of ['PROTECTED_TAGS', 'REQUIRE_APPROVAL_FOR_TAGS'] as const) {
    const tag = get(name).find(each => each !== LATEST && allowed?.includes(each) === false)
    if (tag !== undefined) fail('SERVER_SETTING_INVALID', { name, why: `'${tag}' is not among ALLOWED_TAGS` })
  }
  return {
    port: get('PORT'),
    host: get('HOST'),
    publicUrl: get('PUBLIC_URL'),
    dataFolder: get('DATA_DIR') ?? fallbackFolder,
    allowedTags: allowed,
    protectedTags: get('PROTECTED_TAGS'),
    tagsThatNeedApproval: get('REQUIRE_APPROVAL_FOR_TAGS'),
    requireApproval: get('REQUIRE_APPROVAL'),
    approvalsRequired: get('APPROVALS_REQUIRED'),
    allowSelfApproval: get('ALLOW_SELF_APPROVAL'),
    allowRegistration: get('ALLOW_REGISTRATION'),
    allowAnonymousRead: get('ALLOW_ANONYMOUS_READ'),
    allowScopeClaim: get('ALLOW_SCOPE_CLAIM'),
    rateLimits: { login: get('RATE_LIMIT_LOGIN'), write: get('RATE_LIMIT_WRITE'), read: get('RATE_LIMIT_READ') },
    maxArchiveSize: get('MAX_ARCHIVE_SIZE'),
    sessionDays: get('SESSION_DAYS'),
    trustProxy: get('TRUST_PROXY'),
    logLevel: get('LOG_LEVEL'),
    admin: { name: get('ADMIN_USER'), password: get('ADMIN_PASSWORD') },
  }
}
