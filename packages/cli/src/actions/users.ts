/** Accounts of a registry server, as its admins see them. */
import { ROLES, type Role, fail } from '@aam/core'
import type { UserFacts } from '@aam/core/wire'
import type { Context } from '../world.ts'
import { openServerAccount } from './open-server.ts'
import { choosePassword, typeTwice } from './session.ts'

type Flag = { readonly registry: string | undefined }

export type ListedUsers = { readonly registry: string; readonly users: readonly UserFacts[] }

/** @throws UNAUTHORIZED, FORBIDDEN */
export async function listUsers(context: Context, flag: Flag): Promise<ListedUsers> {
  const { account, registry } = await openServerAccount(context, flag, 'user')
  return { registry, users: await account.listUsers() }
}

export type RoleChange = { readonly registry: string; readonly user: string; readonly roles: readonly Role[] }

/** @throws UNAUTHORIZED, FORBIDDEN, USER_NOT_FOUND, LAST_ADMIN */
export async function setRoles(
  context: Context,
  { user, roles, ...flag }: Flag & { readonly user: string; readonly roles: readonly Role[] },
): Promise<RoleChange> {
  const { account, registry } = await openServerAccount(context, flag, 'user')
  await account.setRoles(user, roles)
  return { registry, user, roles }
}

/**
 * Roles as they are typed; `none` for none.
 * @throws ROLE_UNKNOWN, USAGE
 */
export function parseRoles(words: readonly string[]): Role[] {
  const named = words.flatMap(word => word.split(',')).filter(word => word !== '')
  if (named.includes('none')) {
    return named.length === 1 ? [] : fail('USAGE', { message: 'none goes with no other role', hint: 'leave one out' })
  }
  return ROLES.filter(
    role =>
      named.every(word => ROLES.some(each => each === word) || fail('ROLE_UNKNOWN', { role: word, known: ROLES })) &&
      named.includes(role),
  )
}

export type DisabledChange = { readonly registry: string; readonly user: string; readonly disabled: boolean }

/** @throws UNAUTHORIZED, FORBIDDEN, USER_NOT_FOUND, LAST_ADMIN */
export async function setDisabled(
  context: Context,
  { user, disabled, ...flag }: Flag & { readonly user: string; readonly disabled: boolean },
): Promise<DisabledChange> {
  const { account, registry } = await openServerAccount(context, flag, 'user')
  await account.setDisabled(user, disabled)
  return { registry, user, disabled }
}

export type PasswordChange = {
  readonly registry: string
  readonly user: string
  readonly own: boolean
  /** The password, where it was made up: shown this once. */
  readonly password: string | null
}

/**
 * Sets a password: one's own, for which the present one is asked, or by an admin somebody else's.
 * @param user one's own when absent
 * @throws UNAUTHORIZED, FORBIDDEN, USER_NOT_FOUND, PASSWORD_INVALID, USAGE when there is nobody to ask
 */
export async function setPassword(
  context: Context,
  { user: named, ...flag }: Flag & { readonly user: string | undefined },
): Promise<PasswordChange> {
  const { account, registry, token } = await openServerAccount(context, flag, 'user')
  if (token === undefined) return fail('UNAUTHORIZED', { why: 'missing', registry })
  const me = await account.me()
  const user = named ?? me.name
  if (user === me.name) {
    await account.setPassword(user, await askOwn(context))
    return { registry, user, own: true, password: null }
  }
  // Nobody should type a password that is not taken then.
  if (!me.roles.includes('admin')) {
    return fail('FORBIDDEN', { doing: "setting somebody else's password", needs: 'an admin', user: me.name })
  }
  const { password, madeUp } = await choosePassword(context, user, 'AAM_NEW_PASSWORD')
  await account.setPassword(user, { password })
  return { registry, user, own: false, password: madeUp ? password : null }
}

async function askOwn({ world }: Context): Promise<{ readonly current: string; readonly password: string }> {
  const [current = '', password = ''] = [world.env['AAM_PASSWORD'], world.env['AAM_NEW_PASSWORD']]
  if (!world.terminal.interactive && (current === '' || password === '')) {
    return fail('USAGE', {
      message: 'The present and the new password are needed, and there is no terminal to ask on',
      hint: 'set AAM_PASSWORD and AAM_NEW_PASSWORD',
    })
  }
  return {
    current: current === '' ? await world.ask.password('Present password') : current,
    password: password === '' ? await typeTwice(world, 'New password') : password,
  }
}
