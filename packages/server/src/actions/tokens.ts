/** Tokens: made, listed, taken back; and who somebody is that shows one. */
import { type TokenScope, TOKEN_SCOPES, explainPattern, fail, requireSignedIn } from '@aam/core'
import type { TokenAnswer, TokenFacts } from '@aam/core/wire'
import { type TokenRow, deleteToken, insertToken, listTokens as loadTokens, loadToken } from '../store/accounts.ts'
import type { Db } from '../store/packages.ts'
import { type Caller, type Deps, record } from './deps.ts'
import { hashToken, makeToken, tokenPrefix } from './secrets.ts'

export type NewToken = {
  readonly name: string
  readonly kind: 'session' | 'token'
  readonly scopes: readonly TokenScope[]
  readonly packages: readonly string[] | undefined
  /** How long it is good for; `undefined`: until it is taken back. */
  readonly days: number | undefined
}

const DAY = 24 * 60 * 60 * 1000
const LONGEST_NAME = 100
const MOST_DAYS = 3650

/**
 * Makes a token that is good for no more than the one it is asked for with.
 * @throws UNAUTHORIZED, FORBIDDEN, TOKEN_INVALID
 */
export async function createToken(deps: Deps, caller: Caller, token: Omit<NewToken, 'kind'>): Promise<TokenAnswer> {
  const { actor } = caller
  requireSignedIn(actor)
  checkToken(token)
  const beyond = token.scopes.find(scope => !actor.token.scopes.includes(scope))
  if (beyond !== undefined) {
    fail('FORBIDDEN', { token: `it has the scopes ${actor.token.scopes.join(', ')}, not ${beyond}` })
  }
  if (actor.token.packages !== undefined) fail('FORBIDDEN', { token: 'one that is for some packages makes no others' })
  return deps.store.db.transaction().execute(async tx => {
    const { kind, expires } = await requireStillSignedIn(tx, caller)
    const end = token.days === undefined ? Infinity : deps.now().getTime() + token.days * DAY
    // A session may: whoever has one has the password.
    if (kind === 'token' && expires !== null && end > Date.parse(expires)) {
      fail('FORBIDDEN', { token: `it ends at ${expires}, and makes none that is good for longer` })
    }
    return issueToken(deps, caller, { tx, token: { ...token, kind: 'token' } })
  })
}

/**
 * Makes sure, in the transaction of a change, that the token it is asked for with has not been taken back since the request
 * began, which for an upload may be minutes ago.
 * @throws UNAUTHORIZED
 */
export async function requireStillSignedIn(tx: Db, { token }: Caller): Promise<TokenRow> {
  return (await loadToken(tx, token?.id ?? '')) ?? fail('UNAUTHORIZED', { why: 'invalid' })
}

function checkToken({ name, scopes, packages, days }: Omit<NewToken, 'kind'>): void {
  if (name.trim() === '' || name.length > LONGEST_NAME) {
    fail('TOKEN_INVALID', { why: `its name has to have 1 to ${String(LONGEST_NAME)} characters` })
  }
  if (scopes.length === 0) fail('TOKEN_INVALID', { why: `it needs a scope: ${TOKEN_SCOPES.join(', ')}` })
  for (const pattern of packages ?? []) {
    const why = explainPattern(pattern)
    if (why !== undefined) fail('TOKEN_INVALID', { why: `'${pattern.slice(0, 80)}': ${why}` })
  }
  if (packages?.length === 0) fail('TOKEN_INVALID', { why: 'a list of packages that is empty allows nothing' })
  if (days !== undefined && !(days > 0 && days <= MOST_DAYS)) {
    fail('TOKEN_INVALID', { why: `it has to be good for 1 to ${String(MOST_DAYS)} days` })
  }
}

/** Makes a token for the caller; the only time that it is in clear. */
export async function issueToken(
  deps: Deps,
  caller: Caller,
  { tx, token: { name, kind, scopes, packages, days } }: { readonly tx: Db; readonly token: NewToken },
): Promise<TokenAnswer> {
  requireSignedIn(caller.actor)
  const token = makeToken(deps.random)
  const created = deps.now()
  const row: TokenRow = {
    id: deps.random(9).toString('base64url').replaceAll(/[-_]/g, '0'),
    user_id: caller.userId ?? fail('UNAUTHORIZED', { why: 'missing' }),
    name,
    kind,
    hash: hashToken(token),
    prefix: tokenPrefix(token),
    scopes: JSON.stringify(TOKEN_SCOPES.filter(scope => scopes.includes(scope))),
    packages: packages === undefined ? null : JSON.stringify(packages),
    created: created.toISOString(),
    expires: days === undefined ? null : new Date(created.getTime() + days * DAY).toISOString(),
    last_used: null,
  }
  await insertToken(tx, row)
  const { id, expires } = row
  await record(deps, caller, {
    tx,
    event: 'token.create',
    target: { token: id },
    metadata: { name, kind, scopes, packages: packages ?? null, expires },
  })
  return { ...toTokenFacts(row, caller.actor.name), token }
}

/** @throws UNAUTHORIZED */
export async function listTokens(deps: Deps, { actor, userId }: Caller): Promise<TokenFacts[]> {
  requireSignedIn(actor)
  return (await loadTokens(deps.store.db, userId ?? 0)).map(row => toTokenFacts(row, actor.name))
}

/**
 * Takes a token back; every process refuses it from then on.
 * @param id `current`: the one the request is made with
 * @throws UNAUTHORIZED, TOKEN_NOT_FOUND
 */
export async function revokeToken(deps: Deps, caller: Caller, id: string): Promise<void> {
  const { actor, userId, token } = caller
  requireSignedIn(actor)
  const which = id === 'current' ? (token?.id ?? '') : id
  // A token that was made for less must not end the others.
  if (which !== token?.id && !actor.token.scopes.includes('admin')) {
    fail('FORBIDDEN', { token: `it has the scopes ${actor.token.scopes.join(', ')}, not admin` })
  }
  await deps.store.db.transaction().execute(async tx => {
    const row = (await deleteToken(tx, userId ?? 0, which)) ?? fail('TOKEN_NOT_FOUND', { id: which.slice(0, 80) })
    const { name, kind } = row
    await record(deps, caller, { tx, event: 'token.revoke', target: { token: which }, metadata: { name, kind } })
  })
}

function toTokenFacts(row: TokenRow, user: string): TokenFacts {
  const { id, name, prefix, kind, created, expires, last_used: lastUsed } = row
  const scopes = JSON.parse(row.scopes) as TokenScope[]
  const packages = row.packages === null ? null : (JSON.parse(row.packages) as string[])
  return { id, user, name, prefix, kind, scopes, packages, created, expires, lastUsed }
}
