/** Who asks: from the token a request carries, or nobody. */
import { fail } from '@aam/core'
import type { FastifyRequest } from 'fastify'
import type { Caller, Deps } from '../actions/deps.ts'
import type { Reader, TokenOwner } from '../actions/served.ts'
import { markUsed } from '../store/accounts.ts'

export type Authenticate = (request: FastifyRequest) => Caller

/** That a token was used is written once in so many milliseconds. */
const USED_EVERY = 10 * 60 * 1000

/**
 * Makes what tells who asks.
 * @param failed is told when the time of use could not be written; the request goes on
 */
export function createAuthenticate(
  deps: Deps & { readonly reader: Reader },
  failed: (error: unknown) => void,
): Authenticate {
  const used = new Map<string, number>()
  const noteUse = ({ token: { id }, lastUsed }: TokenOwner): void => {
    const now = deps.now().getTime()
    if (now - Math.max(lastUsed, used.get(id) ?? 0) < USED_EVERY) return
    if (used.size > 10_000) used.clear()
    used.set(id, now)
    void markUsed(deps.store.db, id, new Date(now).toISOString()).catch(failed)
  }
  return request => {
    const header = request.headers.authorization
    const userAgent = request.headers['user-agent']
    const nobody = { userId: undefined, token: undefined, ip: request.ip, userAgent }
    if (header === undefined) return { ...nobody, actor: { kind: 'anonymous' } }
    const token = readBearer(header, request.raw.rawHeaders)
    const owner = deps.reader.owner(token) ?? fail('UNAUTHORIZED', { why: 'invalid' })
    if (owner.expires !== undefined && owner.expires <= deps.now().getTime()) fail('UNAUTHORIZED', { why: 'expired' })
    if (owner.disabled) fail('UNAUTHORIZED', { why: 'disabled' })
    noteUse(owner)
    return { actor: owner.actor, userId: owner.userId, token: owner.token, ip: request.ip, userAgent }
  }
}

/** @throws UNAUTHORIZED */
function readBearer(header: string, rawHeaders: readonly string[]): string {
  // Two of them: somebody in between may have looked at the other one.
  const times = rawHeaders.filter((each, index) => index % 2 === 0 && each.toLowerCase() === 'authorization').length
  const found = /^bearer +([!-~]{1,200})$/i.exec(header.trim())
  if (times > 1 || found === null) return fail('UNAUTHORIZED', { why: 'malformed' })
  return found[1] ?? ''
}
