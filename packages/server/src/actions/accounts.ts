/** Users: making them, signing in, what they may do on the whole server (D37). */
import { ROLES, type Role, TOKEN_SCOPES, fail, requireRole, requireScope, requireSignedIn } from '@aam/core'
import type { MeAnswer, RegisterAnswer, TokenAnswer, UserFacts } from '@aam/core/wire'
import {
  type UserRow,
  countUsers,
  deleteTokens,
  insertUser,
  listUsers as loadUsers,
  loadUser,
  updateUser,
} from '../store/accounts.ts'
import type { Db } from '../store/packages.ts'
import { type Caller, type Deps, SYSTEM, record } from './deps.ts'
import { type RateLimit, countOnce, forget, refuseReached } from './rate-limit.ts'
import { checkPassword, hashPassword, verifyPassword } from './secrets.ts'
import { issueToken, listTokens } from './tokens.ts'

const USER = /^[a-z0-9][a-z0-9_-]{0,63}$/
const LOGIN_WINDOW = 300
const RESERVED = new Set(['me', 'register', 'login', 'system', 'anonymous', 'current'])

/** @throws USER_INVALID */
export function parseUserName(text: string): string {
  if (!USER.test(text)) fail('USER_INVALID', { text: text.slice(0, 80) })
  if (RESERVED.has(text)) fail('USER_INVALID', { text, why: 'that word is reserved' })
  return text
}

export type NewUser = { readonly name: string; readonly password: string; readonly email: string | undefined }

/**
 * Makes an account: anybody's own where registration is open, else somebody's by an admin. Whoever makes their own is
 * signed in.
 * @throws REGISTRATION_CLOSED, USER_INVALID, PASSWORD_INVALID, USER_EXISTS, RATE_LIMITED
 */
export async function register(deps: Deps, caller: Caller, user: NewUser): Promise<RegisterAnswer> {
  const { actor } = caller
  const byAdmin = actor.kind === 'user' && actor.roles.includes('admin')
  if (byAdmin) requireRole(actor, 'admin', 'making accounts')
  else {
    if (!deps.config.allowRegistration) fail('REGISTRATION_CLOSED', {})
    const key = `register:${caller.ip ?? ''}`
    await countOnce(deps, { key, what: 'new accounts', most: deps.config.rateLimits.login, seconds: LOGIN_WINDOW })
  }
  const name = parseUserName(user.name)
  checkPassword(user.password, name)
  const password = await hashPassword(user.password)
  return deps.store.db.transaction().execute(async tx => {
    const row = await addUser(deps, byAdmin ? caller : { ...caller, ...asUser(name) }, {
      tx,
      user: { name, password, email: user.email, roles: [] },
    })
    if (byAdmin) return { user: toFacts(row), token: null }
    const token = await issueToken(
      deps,
      { ...caller, ...asUser(name), userId: row.id },
      {
        tx,
        token: {
          name: 'first session',
          kind: 'session',
          scopes: TOKEN_SCOPES,
          packages: undefined,
          days: deps.config.sessionDays,
        },
      },
    )
    return { user: toFacts(row), token }
  })
}

/** What the log calls somebody who is about to have an account. */
function asUser(name: string): Pick<Caller, 'actor'> {
  return { actor: { kind: 'user', name, roles: [], token: { scopes: TOKEN_SCOPES, packages: undefined } } }
}

async function addUser(
  deps: Deps,
  caller: Caller,
  {
    tx,
    user,
  }: {
    readonly tx: Db
    readonly user: {
      readonly name: string
      /** Hashed. */
      readonly password: string
      readonly email: string | undefined
      readonly roles: readonly Role[]
    }
  },
): Promise<UserRow> {
  if ((await loadUser(tx, user.name)) !== undefined) fail('USER_EXISTS', { user: user.name })
  const created = deps.now().toISOString()
  const { name, password, email = null, roles } = user
  const id = await insertUser(tx, { name, password, email, roles: JSON.stringify(roles), created })
  await record(deps, caller, { tx, event: 'user.create', target: { user: name }, metadata: { roles } })
  return { id, name, password, email, roles, created, disabled: 0 }
}

/**
 * Makes the first admin of a server that has no users yet; returns the password when it had to be made up.
 * @throws USER_INVALID, PASSWORD_INVALID
 */
export async function createFirstAdmin(
  deps: Deps,
): Promise<{ readonly name: string; readonly password: string | undefined } | undefined> {
  if ((await countUsers(deps.store.db)) > 0) return undefined
  const { admin } = deps.config
  const name = parseUserName(admin.name ?? 'admin')
  const password = admin.password ?? deps.random(15).toString('base64url')
  checkPassword(password, name)
  const hashed = await hashPassword(password)
  return deps.store.db.transaction().execute(async tx => {
    // Another process may have been faster.
    if ((await countUsers(tx)) > 0) return undefined
    const user = { name, password: hashed, email: undefined, roles: ROLES }
    await addUser(deps, SYSTEM, { tx, user })
    return { name, password: admin.password === undefined ? password : undefined }
  })
}

/**
 * Signs in: a token for a name and a password. A name that is not there takes as long and says the same.
 * @throws UNAUTHORIZED, RATE_LIMITED
 */
export async function login(
  deps: Deps,
  caller: Caller,
  {
    name,
    password,
    tokenName,
  }: { readonly name: string; readonly password: string; readonly tokenName: string | undefined },
): Promise<TokenAnswer> {
  const user = await requirePassword(deps, caller, { name, password })
  if (user.disabled === 1) fail('UNAUTHORIZED', { why: 'disabled' })
  await forget(deps, attemptsOf(deps, caller, name).key)
  return deps.store.db.transaction().execute(async tx =>
    issueToken(
      deps,
      { ...caller, ...asUser(name), userId: user.id },
      {
        tx,
        token: {
          name: tokenName ?? 'session',
          kind: 'session',
          scopes: TOKEN_SCOPES,
          packages: undefined,
          days: deps.config.sessionDays,
        },
      },
    ),
  )
}

/** Failed attempts to give the password of a user, from one address. */
function attemptsOf({ config }: Deps, { ip }: Caller, name: string): RateLimit {
  const key = `login:${name.slice(0, 64)}:${ip ?? ''}`
  return { key, what: 'failed attempts to sign in', most: config.rateLimits.login, seconds: LOGIN_WINDOW }
}

/**
 * The user of a name, when the password is theirs. A name that is not there takes as long and says the same.
 * @throws UNAUTHORIZED, RATE_LIMITED
 */
async function requirePassword(
  deps: Deps,
  caller: Caller,
  { name, password }: { readonly name: string; readonly password: string },
): Promise<UserRow> {
  const limit = attemptsOf(deps, caller, name)
  refuseReached(deps, limit)
  const user = await loadUser(deps.store.db, name)
  const right = await verifyPassword(password, user?.password)
  // Who tries many at once must not learn more than who tries them one by one.
  refuseReached(deps, limit)
  if (right && user !== undefined) return user
  await countOnce(deps, limit)
  return fail('UNAUTHORIZED', { why: 'password' })
}

/** @throws UNAUTHORIZED, FORBIDDEN */
export async function listUsers(deps: Deps, { actor }: Caller): Promise<UserFacts[]> {
  requireRole(actor, 'admin', 'listing accounts')
  return (await loadUsers(deps.store.db)).map(toFacts)
}

/** @throws UNAUTHORIZED */
export async function describeMe(deps: Deps, caller: Caller): Promise<MeAnswer> {
  requireSignedIn(caller.actor)
  const user = toFacts(await requireUser(deps.store.db, caller.actor.name))
  const tokens = await listTokens(deps, caller)
  const own = tokens.find(({ id }) => id === caller.token?.id) ?? fail('UNAUTHORIZED', { why: 'invalid' })
  return { ...user, token: own }
}

/** @throws UNAUTHORIZED, FORBIDDEN, USER_NOT_FOUND, LAST_ADMIN */
export async function setRoles(
  deps: Deps,
  caller: Caller,
  { name, roles }: { readonly name: string; readonly roles: readonly Role[] },
): Promise<UserFacts> {
  const after = ROLES.filter(role => roles.includes(role))
  return changeUser(deps, caller, {
    name,
    doing: 'setting roles',
    change: { roles: after },
    news: user => ({ event: 'user.roles', metadata: { before: user.roles, after } }),
  })
}

/**
 * Disables an account, or takes that back. Whoever is disabled is signed out everywhere at once.
 * @throws UNAUTHORIZED, FORBIDDEN, USER_NOT_FOUND, LAST_ADMIN
 */
export async function setDisabled(
  deps: Deps,
  caller: Caller,
  { name, disabled }: { readonly name: string; readonly disabled: boolean },
): Promise<UserFacts> {
  return changeUser(deps, caller, {
    name,
    doing: 'disabling accounts',
    change: { disabled },
    news: () => ({ event: disabled ? 'user.disable' : 'user.enable', metadata: {} }),
  })
}

type UserChange = {
  readonly name: string
  readonly doing: string
  readonly change: { readonly roles?: readonly Role[]; readonly disabled?: boolean }
  readonly news: (user: UserRow) => { readonly event: string; readonly metadata: Readonly<Record<string, unknown>> }
}

async function changeUser(deps: Deps, caller: Caller, { name, doing, change, news }: UserChange): Promise<UserFacts> {
  requireRole(caller.actor, 'admin', doing)
  return deps.store.db.transaction().execute(async tx => {
    const user = await requireUser(tx, name)
    const after = {
      ...user,
      roles: change.roles ?? user.roles,
      disabled: change.disabled === undefined ? user.disabled : Number(change.disabled),
    }
    if (after.disabled === user.disabled && String(after.roles) === String(user.roles)) return toFacts(user)
    const others = (await loadUsers(tx)).filter(each => each.name !== name)
    const isAdmin = (each: UserRow): boolean => each.roles.includes('admin') && each.disabled === 0
    if (isAdmin(user) && !isAdmin(after) && !others.some(isAdmin)) fail('LAST_ADMIN', { user: name })
    await updateUser(tx, user.id, change)
    if (change.disabled === true) await deleteTokens(tx, user.id, { kind: 'session' })
    await record(deps, caller, { tx, ...news(user), target: { user: name } })
    return toFacts(after)
  })
}

/**
 * Sets a password: one's own, which needs the present one, or, by an admin, somebody else's. It ends every session but the
 * one that asks.
 * @throws UNAUTHORIZED, FORBIDDEN, USER_NOT_FOUND, PASSWORD_INVALID, RATE_LIMITED
 */
export async function setPassword(
  deps: Deps,
  caller: Caller,
  {
    name,
    current,
    password,
  }: { readonly name: string; readonly current: string | undefined; readonly password: string },
): Promise<void> {
  const { actor } = caller
  requireSignedIn(actor)
  const own = actor.name === name
  if (own) requireScope(actor, 'admin', undefined)
  else requireRole(actor, 'admin', "setting somebody else's password")
  const user = own
    ? await requirePassword(deps, caller, { name, password: current ?? '' })
    : await requireUser(deps.store.db, name)
  checkPassword(password, name)
  const hashed = await hashPassword(password)
  await deps.store.db.transaction().execute(async tx => {
    await updateUser(tx, user.id, { password: hashed })
    await deleteTokens(tx, user.id, {
      kind: 'session',
      ...(own && caller.token !== undefined ? { except: caller.token.id } : {}),
    })
    await record(deps, caller, { tx, event: 'user.password', target: { user: name } })
  })
}

/** @throws USER_NOT_FOUND */
export async function requireUser(tx: Db, name: string): Promise<UserRow> {
  return (await loadUser(tx, name)) ?? fail('USER_NOT_FOUND', { user: name.slice(0, 80) })
}

function toFacts({ name, email, roles, disabled, created }: UserRow): UserFacts {
  return { name, email, roles, disabled: disabled === 1, created }
}
