/** Who owns a package or a scope, and who may see a package (D37). */
import {
  type MemberRole,
  type PackageName,
  type Visibility,
  compareText,
  fail,
  isFailure,
  parsePackageName,
  parseScope,
  scopeOf,
} from '@aam/core'
import type { OwnersAnswer } from '@aam/core/wire'
import type { Context } from '../world.ts'
import { openServerAccount } from './open-server.ts'

/** What can be owned. */
export type Owned =
  { readonly kind: 'package'; readonly name: PackageName } | { readonly kind: 'scope'; readonly scope: string }

/** @throws NAME_INVALID */
export function parseOwned(text: string): Owned {
  return text.startsWith('@') && !text.includes('/')
    ? { kind: 'scope', scope: parseScope(text) }
    : { kind: 'package', name: parsePackageName(text) }
}

export type OwnerRequest = { readonly owned: Owned; readonly registry: string | undefined }

export type Members =
  | (OwnersAnswer & {
      readonly kind: 'package'
      readonly registry: string
      /** They own every package of the scope, too; `null`: nobody is signed in, who alone is told. */
      readonly scopeOwners: readonly string[] | null
    })
  | { readonly kind: 'scope'; readonly registry: string; readonly scope: string; readonly owners: readonly string[] }

/** @throws PACKAGE_NOT_FOUND, UNAUTHORIZED */
export async function listMembers(context: Context, { owned, registry: flag }: OwnerRequest): Promise<Members> {
  const { account, registry, token } = await open(context, owned, flag)
  if (owned.kind === 'scope') return { kind: 'scope', registry, ...(await account.listScopeOwners(owned.scope)) }
  const scope = scopeOf(owned.name)
  const members = await account.listOwners(owned.name)
  if (scope === undefined) return { kind: 'package', registry, ...members, scopeOwners: [] }
  const scopeOwners = token === undefined ? null : (await account.listScopeOwners(scope)).owners
  return { kind: 'package', registry, ...members, scopeOwners }
}

export type MemberChange = {
  readonly registry: string
  /** The package or the scope. */
  readonly of: string
  readonly user: string
  /** What the user is now; `null`: nothing. */
  readonly role: MemberRole | null
  /** The scope by which the user still owns the package. */
  readonly through: string | null
}

/** @throws UNAUTHORIZED, PACKAGE_NOT_FOUND, FORBIDDEN, USER_NOT_FOUND, LAST_OWNER */
export async function addMember(
  context: Context,
  {
    owned,
    user,
    role,
    registry: flag,
  }: OwnerRequest & { readonly user: string; readonly role: MemberRole | undefined },
): Promise<MemberChange> {
  const { account, registry } = await open(context, owned, flag)
  if (owned.kind === 'package') {
    await account.setOwner(owned.name, user, role ?? 'owner')
    return { registry, of: owned.name, user, role: role ?? 'owner', through: null }
  }
  if (role === 'maintainer') {
    fail('USAGE', { message: 'A scope has owners only', hint: 'leave out --role, or name a package' })
  }
  const { owners } = await account.listScopeOwners(owned.scope)
  await account.setScopeOwners(owned.scope, [...new Set([...owners, user])].sort(compareText))
  return { registry, of: owned.scope, user, role: 'owner', through: null }
}

/** @throws UNAUTHORIZED, PACKAGE_NOT_FOUND, FORBIDDEN, NOT_A_MEMBER, LAST_OWNER */
export async function removeMember(
  context: Context,
  { owned, user, registry: flag }: OwnerRequest & { readonly user: string },
): Promise<MemberChange> {
  const { account, registry } = await open(context, owned, flag)
  if (owned.kind === 'package') {
    const scope = scopeOf(owned.name)
    const owners = scope === undefined ? [] : (await account.listScopeOwners(scope)).owners
    const through = owners.includes(user) ? (scope ?? null) : null
    try {
      await account.removeOwner(owned.name, user)
    } catch (error) {
      if (!isFailure(error, 'NOT_A_MEMBER') || through === null) throw error
    }
    return { registry, of: owned.name, user, role: null, through }
  }
  const { owners } = await account.listScopeOwners(owned.scope)
  if (!owners.includes(user)) fail('NOT_A_MEMBER', { name: owned.scope, user, members: owners })
  const left = owners.filter(each => each !== user)
  await account.setScopeOwners(owned.scope, left)
  return { registry, of: owned.scope, user, role: null, through: null }
}

export type Access = {
  readonly registry: string
  readonly package: string
  readonly visibility: Visibility
  readonly changed: boolean
}

/**
 * Who may see a package; with `visibility`, sets it.
 * @throws UNAUTHORIZED, PACKAGE_NOT_FOUND, FORBIDDEN
 */
export async function setAccess(
  context: Context,
  {
    name,
    visibility,
    registry: flag,
  }: { readonly name: PackageName; readonly visibility: Visibility | undefined; readonly registry: string | undefined },
): Promise<Access> {
  const request = { registry: flag, scope: scopeOf(name) }
  const { account, registry } = await openServerAccount(context, request, 'access')
  const { visibility: before } = await account.listOwners(name)
  // Also when nothing would change: whoever may not do it is told so.
  if (visibility !== undefined) await account.setVisibility(name, visibility)
  const after = visibility ?? before
  return { registry, package: name, visibility: after, changed: after !== before }
}

async function open(
  context: Context,
  owned: Owned,
  registry: string | undefined,
): Promise<Awaited<ReturnType<typeof openServerAccount>>> {
  const scope = owned.kind === 'scope' ? owned.scope : scopeOf(owned.name)
  return openServerAccount(context, { registry, scope }, 'owner')
}
