/** Signing in and out, and who one is at a registry server. */
import { fail, isAamError, isFailure } from '@aam/core'
import type { MeAnswer, TokenFacts, UserFacts } from '@aam/core/wire'
import {
  type Credential,
  credentialsPath,
  makePassword,
  readCredentials,
  writeCredentials,
} from '../disk/credentials.ts'
import type { Context } from '../world.ts'
import { type FoundToken, type OpenAccount, openServerAccount } from './open-server.ts'

/** Who one is, and with what. */
export type Identity = {
  readonly registry: string
  readonly user: Omit<UserFacts, 'disabled'>
  readonly token: Omit<TokenFacts, 'user'>
  /** Who said the token. */
  readonly from: FoundToken['from']
}

export type LoginRequest = {
  readonly registry: string | undefined
  readonly name: string | undefined
  /** Whether a token is given instead of a name and a password. */
  readonly byToken: boolean
}

/**
 * Signs in, and keeps the token once the server has said whose it is.
 * @throws UNAUTHORIZED, RATE_LIMITED, USAGE when there is nobody to ask
 */
export async function signIn(context: Context, request: LoginRequest): Promise<Identity> {
  const opened = await openServerAccount(context, request, 'login')
  const token = request.byToken ? await askToken(context) : await login(context, opened, request.name)
  return keep(context, opened, { token, me: await opened.as(token).me() })
}

async function askToken({ world }: Context): Promise<string> {
  const text = world.terminal.interactive ? await world.ask.password('Token') : await world.piped()
  const token = text?.trim() ?? ''
  if (token !== '' && !/\s/.test(token)) return token
  return fail('USAGE', {
    message: token === '' ? 'No token was given' : 'This is not one token',
    hint: 'pipe it in: `echo "$TOKEN" | aam login --token`',
  })
}

async function login({ world }: Context, { as }: OpenAccount, named: string | undefined): Promise<string> {
  const { ask, terminal } = world
  const name = named ?? (terminal.interactive ? await ask.text('Name', '', required) : undefined)
  if (name === undefined) {
    return fail('USAGE', {
      message: 'Who signs in? There is no terminal to ask on',
      hint: 'give --name and AAM_PASSWORD, or a token: `echo "$TOKEN" | aam login --token`',
    })
  }
  const password = await askPassword({ world }, 'Password', 'or a token: `echo "$TOKEN" | aam login --token`')
  return (await as(undefined).login({ name, password, tokenName: 'aam login' })).token
}

/** Of AAM_PASSWORD, else of whoever sits at the terminal. */
async function askPassword({ world }: Pick<Context, 'world'>, question: string, otherwise: string): Promise<string> {
  const given = world.env['AAM_PASSWORD'] ?? ''
  if (given !== '') return given
  if (world.terminal.interactive) return world.ask.password(question)
  return fail('USAGE', {
    message: 'A password is needed, and there is no terminal to ask on',
    hint: `set AAM_PASSWORD, ${otherwise}`,
  })
}

function required(answer: string): string | undefined {
  return answer.trim() === '' ? 'a name is needed' : undefined
}

async function keep(
  { world, report }: Context,
  { registry, credentials, token: before }: OpenAccount,
  { token, me }: { readonly token: string; readonly me: MeAnswer },
): Promise<Identity> {
  // Somebody may have signed in elsewhere while a question was open.
  const now = await readCredentials(world.home, () => undefined)
  writeCredentials(world.home, new Map([...credentials, ...now, [registry, { token, user: me.name }]]))
  if (before !== undefined && before.from.kind !== 'credentials') {
    const message = `${before.from.name} has a token for ${registry} too, and that one is used`
    const hint = before.from.kind === 'environment' ? `unset ${before.from.name} to be ${me.name}` : undefined
    report({ kind: 'warning', message, hint })
  }
  return identify(registry, me, { kind: 'credentials', name: credentialsPath(world.home) })
}

function identify(registry: string, me: MeAnswer, from: FoundToken['from']): Identity {
  const { name, email, roles, created, token } = me
  const { id, name: label, prefix, kind, scopes, packages, created: made, expires, lastUsed } = token
  return {
    registry,
    user: { name, email, roles, created },
    token: { id, name: label, prefix, kind, scopes, packages, created: made, expires, lastUsed },
    from,
  }
}

/** @throws UNAUTHORIZED */
export async function whoAmI(context: Context, registry: string | undefined): Promise<Identity> {
  const opened = await openServerAccount(context, { registry }, 'whoami')
  const { token } = opened
  if (token === undefined) return fail('UNAUTHORIZED', { why: 'missing', registry: opened.registry })
  return identify(opened.registry, await opened.account.me(), token.from)
}

export type SignedOut = {
  readonly registry: string
  /** Whose token was kept; `null`: none was. */
  readonly user: string | null
  /** `ended`: nobody can use the token any more; `unknown`: the server could not be told. */
  readonly token: 'none' | 'ended' | 'unknown'
  /** Why the server could not be told. */
  readonly why: string | null
}

/**
 * Forgets the token that is kept, and takes it back at the server.
 * @throws USAGE when the token comes from elsewhere
 */
export async function signOut(context: Context, flag: string | undefined): Promise<SignedOut> {
  const { world } = context
  const { registry, token, credentials, as } = await openServerAccount(context, { registry: flag }, 'logout')
  const kept = credentials.get(registry)
  if (kept === undefined) {
    if (token === undefined) return { registry, user: null, token: 'none', why: null }
    return fail('USAGE', {
      message: `The token for ${registry} comes from ${token.from.name}, which logging out does not change`,
      hint: `take it away there; \`aam token revoke current\` ends the token itself`,
    })
  }
  const why = await endToken(as(kept.token))
  forget(world.home, credentials, registry)
  return { registry, user: kept.user, token: why === undefined ? 'ended' : 'unknown', why: why ?? null }
}

function forget(home: string, credentials: ReadonlyMap<string, Credential>, registry: string): void {
  writeCredentials(home, new Map([...credentials].filter(([address]) => address !== registry)))
}

/** Why the token may still be good; `undefined`: it is not. */
async function endToken(account: OpenAccount['account']): Promise<string | undefined> {
  try {
    await account.logout()
    return undefined
  } catch (error) {
    if (!isAamError(error)) throw error
    return isFailure(error, 'UNAUTHORIZED') && error.facts.why !== 'disabled' ? undefined : error.message
  }
}

export type RegisterRequest = {
  readonly registry: string | undefined
  readonly name: string | undefined
  readonly email: string | undefined
}

export type Registered = {
  readonly registry: string
  readonly user: UserFacts
  /** The password, where it was made up: shown this once. */
  readonly password: string | null
  /** Whoever makes their own account is signed in. */
  readonly signedIn: boolean
  readonly expires: string | null
}

/**
 * Makes an account: one's own, or by an admin somebody else's.
 * @throws REGISTRATION_CLOSED, USER_INVALID, USER_EXISTS, PASSWORD_INVALID, USAGE when there is nobody to ask
 */
export async function registerUser(context: Context, request: RegisterRequest): Promise<Registered> {
  const { world } = context
  const { interactive } = world.terminal
  const opened = await openServerAccount(context, request, 'register')
  const me = opened.token === undefined ? undefined : await opened.account.me()
  const byAdmin = me?.roles.includes('admin') === true
  const name = request.name ?? (interactive ? await world.ask.text('Name', '', required) : undefined)
  if (name === undefined) return fail('USAGE', { message: 'Which name?', hint: 'run `aam register <name>`' })
  const email = request.email === undefined ? {} : { email: request.email }
  const { password, madeUp } = byAdmin
    ? await choosePassword(context, name, 'AAM_PASSWORD')
    : { password: await askTwice(context), madeUp: false }
  const asking = byAdmin ? opened.account : opened.as(undefined)
  const { user, token } = await asking.register({ name, password, ...email })
  if (token !== null) await keep(context, opened, { token: token.token, me: { ...user, token } })
  return {
    registry: opened.registry,
    user,
    password: madeUp ? password : null,
    signedIn: token !== null,
    expires: token?.expires ?? null,
  }
}

/** A password for somebody else: given, typed, or made up. */
export async function choosePassword(
  { world }: Pick<Context, 'world'>,
  name: string,
  variable: 'AAM_PASSWORD' | 'AAM_NEW_PASSWORD',
): Promise<{ readonly password: string; readonly madeUp: boolean }> {
  const given = world.env[variable] ?? ''
  if (given !== '') return { password: given, madeUp: false }
  const question = `Password for ${name} (empty: one is made up)`
  const typed = world.terminal.interactive ? await world.ask.password(question) : ''
  return typed === '' ? { password: makePassword(), madeUp: true } : { password: typed, madeUp: false }
}

async function askTwice(context: Context): Promise<string> {
  const { world } = context
  if ((world.env['AAM_PASSWORD'] ?? '') !== '' || !world.terminal.interactive) {
    return askPassword(context, 'Password', 'or ask an admin to run `aam register <name>`')
  }
  return typeTwice(world, 'Password')
}

/** @throws USAGE for two that differ */
export async function typeTwice({ ask }: Context['world'], question: string): Promise<string> {
  const password = await ask.password(question)
  if ((await ask.password('The same again')) === password) return password
  return fail('USAGE', { message: 'These were two different passwords', hint: 'run the command again' })
}
