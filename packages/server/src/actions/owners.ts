/** Who owns what, and who may see it (D37). */
import {
  type MemberRole,
  type PackageName,
  type Visibility,
  fail,
  requireRole,
  requireScope,
  requireSignedIn,
} from '@aam/core'
import type { OwnersAnswer, ScopeOwners } from '@aam/core/wire'
import {
  type Db,
  type StoredPackage,
  listScope,
  loadScopeOwners,
  touch,
  writeMember,
  writeScopeOwners,
  writeVisibility,
} from '../store/packages.ts'
import { requireUser } from './accounts.ts'
import { changePackage, requirePackage } from './change-package.ts'
import { type Caller, type Deps, record } from './deps.ts'

/** @throws PACKAGE_NOT_FOUND, UNAUTHORIZED */
export async function listOwners(deps: Deps, caller: Caller, name: PackageName): Promise<OwnersAnswer> {
  const { access } = await requirePackage(deps, caller, { tx: deps.store.db, name, right: 'read' })
  return describe(name, access.visibility, access.members)
}

/**
 * Makes somebody owner or maintainer, or takes that from them. Maintainers may leave on their own.
 * @param role `undefined`: neither any more
 * @throws UNAUTHORIZED, PACKAGE_NOT_FOUND, FORBIDDEN, USER_NOT_FOUND, NOT_A_MEMBER, LAST_OWNER
 */
export async function setMember(
  deps: Deps,
  caller: Caller,
  { name, user, role }: { readonly name: PackageName; readonly user: string; readonly role: MemberRole | undefined },
): Promise<OwnersAnswer> {
  const { actor } = caller
  const leaves = actor.kind === 'user' && actor.name === user && role === undefined
  return changePackage(deps, caller, {
    name,
    right: leaves ? 'read' : 'own',
    decide: async (pkg, tx) => {
      const { members, visibility } = pkg.access
      const before = members.get(user)
      if (leaves) requireScope(actor, 'admin', name)
      if (role === undefined && before === undefined) fail('NOT_A_MEMBER', { name, user, members: [...members.keys()] })
      const after = new Map([...members].filter(([each]) => each !== user))
      if (role !== undefined) after.set(user, role)
      const result = describe(name, visibility, after)
      if (before === role) return { document: pkg.document, news: [], result }
      if (before === 'owner' && ![...after.values()].includes('owner')) fail('LAST_OWNER', { name, user })
      const { id } = await requireUser(tx, user)
      await writeMember(tx, pkg.id, { userId: id, role })
      const metadata = { user, before: before ?? null, after: role ?? null }
      return { document: pkg.document, news: [{ event: 'ownership.transfer', metadata }], result }
    },
  })
}

/** @throws UNAUTHORIZED, PACKAGE_NOT_FOUND, FORBIDDEN */
export async function setVisibility(
  deps: Deps,
  caller: Caller,
  { name, visibility }: { readonly name: PackageName; readonly visibility: Visibility },
): Promise<OwnersAnswer> {
  return changePackage(deps, caller, {
    name,
    right: 'own',
    decide: async (pkg: StoredPackage, tx: Db) => {
      const { members, visibility: before } = pkg.access
      const result = describe(name, visibility, members)
      if (before === visibility) return { document: pkg.document, news: [], result }
      await writeVisibility(tx, pkg.id, visibility)
      const metadata = { before, after: visibility }
      return { document: pkg.document, news: [{ event: 'package.visibility', metadata }], result }
    },
  })
}

function describe(name: string, visibility: Visibility, members: ReadonlyMap<string, MemberRole>): OwnersAnswer {
  const list = [...members].sort(([a], [b]) => (a < b ? -1 : 1))
  return { package: name, visibility, members: list.map(([user, role]) => ({ user, role })) }
}

/** @throws UNAUTHORIZED */
export async function scopeOwners(deps: Deps, { actor }: Caller, scope: string): Promise<ScopeOwners> {
  requireSignedIn(actor)
  return { scope, owners: await loadScopeOwners(deps.store.db, scope) }
}

/**
 * Gives a scope to somebody; by an admin, or by one of its owners, who cannot be left without any.
 * @throws UNAUTHORIZED, FORBIDDEN, USER_NOT_FOUND, LAST_OWNER
 */
export async function setScopeOwners(
  deps: Deps,
  caller: Caller,
  { scope, owners }: { readonly scope: string; readonly owners: readonly string[] },
): Promise<ScopeOwners> {
  const { actor } = caller
  requireSignedIn(actor)
  return deps.store.db.transaction().execute(async tx => {
    const before = await loadScopeOwners(tx, scope)
    if (before.includes(actor.name)) requireScope(actor, 'admin', undefined)
    else requireRole(actor, 'admin', `giving ${scope} to somebody`)
    const after = [...new Set(owners)].sort()
    if (after.length === 0 && !actor.roles.includes('admin')) fail('LAST_OWNER', { name: scope, user: actor.name })
    if (String(after) === String(before)) return { scope, owners: before }
    const ids: number[] = []
    for (const owner of after) ids.push((await requireUser(tx, owner)).id)
    await writeScopeOwners(tx, scope, ids)
    for (const id of await listScope(tx, scope)) await touch(tx, id)
    await record(deps, caller, { tx, event: 'scope.owners', target: { scope }, metadata: { before, after } })
    return { scope, owners: after }
  })
}
