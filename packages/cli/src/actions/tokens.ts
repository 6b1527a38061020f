/** Tokens for programs: made, listed, taken back. */
import { TOKEN_SCOPES, type TokenScope, compareText, explainPattern, fail, isFailure, suggest } from '@aam/core'
import type { TokenAnswer, TokenFacts } from '@aam/core/wire'
import type { Context } from '../world.ts'
import { openServerAccount } from './open-server.ts'

export type NewToken = {
  readonly registry: string | undefined
  readonly name: string
  /** All that the token this is asked with is good for, when absent. */
  readonly scopes: readonly TokenScope[] | undefined
  /** Patterns of names; every package when absent. */
  readonly packages: readonly string[] | undefined
  /** No end when absent. */
  readonly days: number | undefined
}

export type MadeToken = TokenAnswer & { readonly registry: string }

/** @throws UNAUTHORIZED, FORBIDDEN, TOKEN_INVALID */
export async function makeToken(context: Context, request: NewToken): Promise<MadeToken> {
  const { name, scopes, packages, days, registry: flag } = request
  const { account, registry } = await openServerAccount(context, { registry: flag }, 'token')
  const made = await account.createToken({
    name,
    ...(scopes === undefined ? {} : { scopes }),
    ...(packages === undefined ? {} : { packages }),
    ...(days === undefined ? {} : { expiresInDays: days }),
  })
  return { registry, ...made }
}

export type ListedTokens = {
  readonly registry: string
  readonly tokens: readonly (TokenFacts & { readonly expired: boolean; readonly current: boolean })[]
}

/** @throws UNAUTHORIZED */
export async function listTokens(context: Context, flag: string | undefined): Promise<ListedTokens> {
  const { account, registry } = await openServerAccount(context, { registry: flag }, 'token')
  const [tokens, { token }] = await Promise.all([account.listTokens(), account.me()])
  const now = context.world.now().toISOString()
  return {
    registry,
    tokens: [...tokens].sort(byAge).map(each => ({
      ...each,
      expired: each.expires !== null && each.expires <= now,
      current: each.id === token.id,
    })),
  }
}

/** Oldest first. */
function byAge(a: TokenFacts, b: TokenFacts): number {
  return compareText(a.created, b.created) || compareText(a.name, b.name) || compareText(a.id, b.id)
}

export type RevokedToken = { readonly registry: string; readonly revoked: string }

/** @throws UNAUTHORIZED, FORBIDDEN, TOKEN_NOT_FOUND */
export async function revokeToken(
  context: Context,
  { id, registry: flag }: { readonly id: string; readonly registry: string | undefined },
): Promise<RevokedToken> {
  const { account, registry } = await openServerAccount(context, { registry: flag }, 'token')
  try {
    await account.revokeToken(id)
  } catch (error) {
    if (!isFailure(error, 'TOKEN_NOT_FOUND')) throw error
    // People remember the name that they gave it.
    const named = (await account.listTokens()).filter(({ name }) => name === id).map(token => token.id)
    if (named.length === 0) throw error
    fail('USAGE', {
      message: `'${id}' is the name of a token`,
      hint: `run \`aam token revoke ${named.join('` or `')}\``,
    })
  }
  return { registry, revoked: id }
}

/** @throws USAGE */
export function parseScopes(text: string): TokenScope[] {
  const words = splitWords(text, '--scope')
  return words.map(word => {
    const scope = TOKEN_SCOPES.find(each => each === word)
    if (scope !== undefined) return scope
    const [near] = suggest(word, TOKEN_SCOPES)
    return fail('USAGE', {
      message: `A token has no scope '${word}'`,
      hint: near === undefined ? `there are ${TOKEN_SCOPES.join(', ')}` : `did you mean ${near}?`,
    })
  })
}

/** @throws USAGE */
export function parsePatterns(text: string): string[] {
  const words = splitWords(text, '--package')
  for (const word of words) {
    const why = explainPattern(word)
    if (why !== undefined) {
      fail('USAGE', { message: `'${word}' is not a pattern of names: ${why}`, hint: "for example '@team/*'" })
    }
  }
  return words
}

/**
 * Days of `90d` or `90`.
 * @throws USAGE
 */
export function parseDays(text: string): number {
  const days = /^(\d{1,4})d?$/.exec(text.trim())?.[1]
  if (days !== undefined && Number(days) > 0) return Number(days)
  return fail('USAGE', { message: `'${text}' is not a number of days`, hint: 'write --expires 90d' })
}

function splitWords(text: string, option: string): string[] {
  const words = [...new Set(text.split(',').map(word => word.trim()))].filter(word => word !== '').sort(compareText)
  return words.length > 0 ? words : fail('USAGE', { message: `${option} names nothing`, hint: 'leave it out' })
}
