import { printable } from '@aam/core'
import type { TokenFacts } from '@aam/core/wire'
import type { Access, MemberChange, Members } from '../actions/members.ts'
import type { Identity, Registered, SignedOut } from '../actions/session.ts'
import type { ListedTokens, MadeToken } from '../actions/tokens.ts'
import type { ListedUsers, PasswordChange } from '../actions/users.ts'
import { type View, table } from './view.ts'

/** What `aam login` did. */
export function signedInLines({ registry, user, token, from }: Identity, view: View): string[] {
  return [
    `${view.good('✓')} Signed in to ${registry} as ${view.bold(printable(user.name))}, ${until(token.expires)}`,
    `  the token is in ${from.name}`,
  ]
}

/** What `aam logout` did, and what it could not. */
export function signedOutLines({ registry, user, token, why }: SignedOut, view: View): string[] {
  if (token === 'none') return [`Nobody is signed in to ${registry}`]
  const who = user === null || user === '' ? '' : `; it was ${printable(user)}`
  const done = `${view.good('✓')} Signed out of ${registry}${who}`
  return token === 'ended'
    ? [done]
    : [
        done,
        `${view.warn('!')} the server could not be told, so that the token works until it expires: ${printable(why ?? '')}`,
        '  where somebody else may have it: sign in again, then `aam token ls` and `aam token revoke <id>`',
      ]
}

/** Who one is. */
export function identityLines({ registry, user, token, from }: Identity, view: View): string[] {
  const kind = token.kind === 'session' ? 'of signing in' : `'${printable(token.name)}'`
  return [
    `${view.bold(printable(user.name))} at ${registry}`,
    ...table([
      ['  roles', user.roles.length === 0 ? 'none' : user.roles.join(', ')],
      ['  token', `${token.prefix}… (${token.id}), ${kind}, ${until(token.expires)}`],
      ['  good for', goodFor(token)],
      ['  from', from.name],
    ]),
  ]
}

/** The account that was made. */
export function registeredLines({ registry, user, password, signedIn, expires }: Registered, view: View): string[] {
  return [
    `${view.good('✓')} Made the account ${view.bold(printable(user.name))} at ${registry}`,
    ...(signedIn ? [`  you are signed in, ${until(expires)}`] : []),
    ...(password === null ? [] : [`  password ${view.bold(password)} (shown only now)`]),
  ]
}

/** What a new token is, without the token. */
export function tokenFactsLine(token: MadeToken): string {
  const { id, name, expires } = token
  return `Token '${printable(name)}' (${id}) for ${goodFor(token)}, ${until(expires)}. This is the only time it is shown:`
}

/** One's tokens. */
export function tokenLines({ tokens, registry }: ListedTokens, view: View): string[] {
  if (tokens.length === 0) return [`You have no tokens at ${registry}`]
  return table([
    ['Id', 'Name', 'Token', 'For', 'Until', 'Last used'],
    ...tokens.map(token => [
      token.id,
      printable(token.name),
      `${token.prefix}…`,
      goodFor(token),
      token.expired ? view.bad('expired') : (token.expires?.slice(0, 10) ?? 'no end'),
      `${token.lastUsed?.slice(0, 10) ?? 'never'}${token.current ? ' (this one)' : ''}`,
    ]),
  ])
}

/** Who owns what. */
export function memberLines(members: Members): string[] {
  if (members.kind === 'scope') {
    const { scope, owners } = members
    return owners.length === 0
      ? [`Nobody owns ${scope}`]
      : [`Owners of ${scope}, and of every package in it:`, ...owners.map(owner => `  ${printable(owner)}`)]
  }
  const { package: name, visibility, members: people, scopeOwners } = members
  const roles = new Map<string, string[]>(people.map(({ user, role }) => [user, [role]]))
  for (const user of scopeOwners ?? []) {
    roles.set(user, [...(roles.get(user) ?? []), `owner of ${name.slice(0, name.indexOf('/'))}`])
  }
  const rows = [...roles].map(([user, those]) => [`  ${printable(user)}`, those.join(', ')])
  return [`Owners of ${name} (${visibility}):`, ...table(rows)]
}

export function memberChangeLines({ of, user, role, through }: MemberChange, view: View): string[] {
  const who = printable(user)
  if (through !== null) {
    return [
      `${view.good('✓')} ${who} is no owner of ${of} itself any more`,
      `  but still by owning ${through}: \`aam owner rm ${through} ${who}\``,
    ]
  }
  return [
    role === null
      ? `${view.good('✓')} ${who} has no part in ${of} any more`
      : `${view.good('✓')} ${who} is ${role === 'owner' ? 'an owner' : 'a maintainer'} of ${of}`,
  ]
}

export function accessLines({ package: name, visibility, changed }: Access, view: View): string[] {
  return [changed ? `${view.good('✓')} ${name} is ${visibility} now` : `${name} is ${visibility}`]
}

/** The accounts of a server. */
export function userLines({ users }: ListedUsers, view: View): string[] {
  return table([
    ['Name', 'Roles', 'Since', 'Email'],
    ...users.map(({ name, email, roles, disabled, created }) => [
      printable(name),
      [...roles, ...(disabled ? [view.bad('locked out')] : [])].join(', '),
      created.slice(0, 10),
      printable(email ?? ''),
    ]),
  ]).map(line => line.trimEnd())
}

export function passwordLines({ user, own, password }: PasswordChange, view: View): string[] {
  const whose = own ? 'Your password' : `The password of ${printable(user)}`
  return [
    `${view.good('✓')} ${whose} is set; ${own ? 'your other sessions have' : 'every session has'} ended`,
    ...(password === null ? [] : [`  password ${view.bold(password)} (shown only now)`]),
  ]
}

function goodFor({ scopes, packages }: Pick<TokenFacts, 'scopes' | 'packages'>): string {
  const what = scopes.join(', ')
  return packages === null ? what : `${what} on ${packages.map(printable).join(', ')}`
}

function until(expires: string | null): string {
  return expires === null ? 'until it is revoked' : `until ${expires.slice(0, 10)}`
}
