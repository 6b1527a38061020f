/** Users and their tokens, as rows. */
import type { Selectable } from 'kysely'
import type { Role } from '@aam/core'
import type { Schema } from './schema.ts'
import type { Db } from './packages.ts'

export type UserRow = Omit<Selectable<Schema['users']>, 'roles'> & { readonly roles: readonly Role[] }
export type TokenRow = Selectable<Schema['tokens']>

function toUser(row: Selectable<Schema['users']>): UserRow {
  return { ...row, roles: JSON.parse(row.roles) as Role[] }
}

export async function loadUser(tx: Db, name: string): Promise<UserRow | undefined> {
  const row = await tx.selectFrom('users').selectAll().where('name', '=', name).executeTakeFirst()
  return row === undefined ? undefined : toUser(row)
}

export async function listUsers(tx: Db): Promise<UserRow[]> {
  return (await tx.selectFrom('users').selectAll().orderBy('name').execute()).map(toUser)
}

export async function countUsers(tx: Db): Promise<number> {
  const row = await tx
    .selectFrom('users')
    .select(({ fn }) => fn.countAll<number>().as('n'))
    .executeTakeFirstOrThrow()
  return row.n
}

export async function insertUser(tx: Db, user: Omit<Schema['users'], 'id' | 'disabled'>): Promise<number> {
  const { id } = await tx
    .insertInto('users')
    .values({ ...user, disabled: 0 })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

export async function updateUser(
  tx: Db,
  id: number,
  change: { readonly password?: string; readonly roles?: readonly Role[]; readonly disabled?: boolean },
): Promise<void> {
  await tx
    .updateTable('users')
    .set({
      ...(change.password === undefined ? {} : { password: change.password }),
      ...(change.roles === undefined ? {} : { roles: JSON.stringify(change.roles) }),
      ...(change.disabled === undefined ? {} : { disabled: change.disabled ? 1 : 0 }),
    })
    .where('id', '=', id)
    .execute()
}

export async function insertToken(tx: Db, token: TokenRow): Promise<void> {
  await tx.insertInto('tokens').values(token).execute()
}

export async function listTokens(tx: Db, userId: number): Promise<TokenRow[]> {
  return tx.selectFrom('tokens').selectAll().where('user_id', '=', userId).orderBy('created').orderBy('id').execute()
}

/** A token that somebody can use; `undefined` when it was taken back or its user is disabled. */
export async function loadToken(tx: Db, id: string): Promise<TokenRow | undefined> {
  return tx
    .selectFrom('tokens')
    .innerJoin('users', 'users.id', 'tokens.user_id')
    .selectAll('tokens')
    .where('tokens.id', '=', id)
    .where('disabled', '=', 0)
    .executeTakeFirst()
}

/** @returns whether it was there */
export async function deleteToken(tx: Db, userId: number, id: string): Promise<TokenRow | undefined> {
  return tx.deleteFrom('tokens').where('user_id', '=', userId).where('id', '=', id).returningAll().executeTakeFirst()
}

/** Ends every session, or everything that a user can sign in with; returns how many those were. */
export async function deleteTokens(
  tx: Db,
  userId: number,
  which: { readonly kind?: 'session'; readonly except?: string },
): Promise<number> {
  let query = tx.deleteFrom('tokens').where('user_id', '=', userId)
  if (which.kind !== undefined) query = query.where('kind', '=', which.kind)
  if (which.except !== undefined) query = query.where('id', '<>', which.except)
  return (await query.returning('id').execute()).length
}

export async function markUsed(tx: Db, id: string, at: string): Promise<void> {
  await tx.updateTable('tokens').set({ last_used: at }).where('id', '=', id).execute()
}

/** Removes tokens whose time is over. */
export async function deleteExpired(tx: Db, now: string): Promise<number> {
  return (await tx.deleteFrom('tokens').where('expires', '<', now).returning('id').execute()).length
}
