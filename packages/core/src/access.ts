/** Who may do what with a package on a registry server (D37). */
import { fail } from './failures.ts'
import { matchesName } from './name-pattern.ts'
import { type PackageName, scopeOf } from './name.ts'

/** What a user is to the whole server. */
export type Role = 'admin' | 'approver'
export const ROLES: readonly Role[] = ['admin', 'approver']

/** What a token is good for, at most. */
export type TokenScope = 'read' | 'publish' | 'tag' | 'yank' | 'approve' | 'admin'
export const TOKEN_SCOPES: readonly TokenScope[] = ['read', 'publish', 'tag', 'yank', 'approve', 'admin']

export type Visibility = 'public' | 'private'
export type MemberRole = 'owner' | 'maintainer'

/** Who asks, and with what. */
export type Actor =
  | { readonly kind: 'anonymous' }
  | {
      readonly kind: 'user'
      readonly name: string
      readonly roles: readonly Role[]
      readonly token: {
        readonly scopes: readonly TokenScope[]
        /** Patterns of names; `undefined`: every package. */
        readonly packages: readonly string[] | undefined
      }
    }

/** What access to a package depends on. */
export type PackageAccess = {
  readonly name: PackageName
  readonly visibility: Visibility
  readonly members: ReadonlyMap<string, MemberRole>
  /** They own every package of the scope, too. */
  readonly scopeOwners: readonly string[]
}

/** What the server allows everybody. */
export type AccessRules = {
  readonly anonymousRead: boolean
  /** Whether the first who publishes in a scope that nobody owns gets it. */
  readonly scopeClaim: boolean
}

/**
 * What somebody wants to do with a package. `gate-tag`: set a tag that needs approved versions or is protected; `force-tag`:
 * move a protected one; `lifecycle`: deprecate and yank; `own`: owners, visibility, its log.
 */
export type Right = 'read' | 'publish' | 'tag' | 'gate-tag' | 'force-tag' | 'lifecycle' | 'approve' | 'own'

const NEEDED_SCOPE: Readonly<Record<Right, TokenScope>> = {
  read: 'read',
  publish: 'publish',
  tag: 'tag',
  'gate-tag': 'tag',
  'force-tag': 'tag',
  lifecycle: 'yank',
  approve: 'approve',
  own: 'admin',
}

const DOING: Readonly<Record<Right, string>> = {
  read: 'reading',
  publish: 'publishing',
  tag: 'tagging',
  'gate-tag': 'tagging',
  'force-tag': 'moving a protected tag of',
  lifecycle: 'deprecating and yanking',
  approve: 'approving',
  own: 'administering',
}

const NEEDED_ROLE: Readonly<Record<Right, string>> = {
  read: 'a member of the package',
  publish: 'an owner or maintainer of the package',
  tag: 'an owner or maintainer of the package',
  'gate-tag': 'an owner or maintainer of the package, or an approver',
  'force-tag': 'an approver or an admin',
  lifecycle: 'an owner of the package',
  approve: 'an approver',
  own: 'an owner of the package',
}

/** Whether somebody may see that a package is there. */
export function mayRead(actor: Actor, pkg: PackageAccess, rules: AccessRules): boolean {
  if (rules.anonymousRead && pkg.visibility === 'public') return true
  if (actor.kind === 'anonymous' || !tokenReaches(actor, 'read', pkg.name)) return false
  return pkg.visibility === 'public' || roleIn(actor, pkg) !== undefined || actor.roles.length > 0
}

/**
 * Whether somebody may see the versions of a package that wait for approval: who publishes it, and who approves. A token
 * has to be good for one of these, or for reading.
 */
export function maySeeWaiting(actor: Actor, pkg: PackageAccess): boolean {
  if (actor.kind === 'anonymous' || (roleIn(actor, pkg) === undefined && actor.roles.length === 0)) return false
  return (['read', 'publish', 'approve'] as const).some(scope => tokenReaches(actor, scope, pkg.name))
}

/**
 * Makes sure that somebody may do something with a package that is there. Who may not read it is told that it is not
 * there; the answer for a name that nobody has published is the same.
 * @throws UNAUTHORIZED, PACKAGE_NOT_FOUND, FORBIDDEN
 */
export function requireAccess(
  actor: Actor,
  right: Right,
  { pkg, rules, registry }: { readonly pkg: PackageAccess; readonly rules: AccessRules; readonly registry: string },
): void {
  const { name } = pkg
  if (right !== 'read') requireSignedIn(actor)
  if (!mayRead(actor, pkg, rules)) {
    // A token that was made for other things than reading belongs to somebody who knows the package.
    if (right === 'read' || actor.kind === 'anonymous' || !mayRead(withoutLimits(actor), pkg, rules)) {
      fail('PACKAGE_NOT_FOUND', { name, registry })
    }
  }
  if (right === 'read' || actor.kind === 'anonymous') return
  requireScope(actor, NEEDED_SCOPE[right], name)
  if (!hasRight(actor, right, pkg)) {
    fail('FORBIDDEN', {
      doing: `${DOING[right]} ${name}`,
      needs: NEEDED_ROLE[right],
      user: actor.name,
      ...(right === 'approve' || right === 'force-tag' ? {} : { owners: ownersOf(pkg) }),
    })
  }
}

/**
 * Makes sure that somebody may ask at all, before anybody looks whether there is what they ask for: where anonymous
 * reading is off, the answer must not depend on that.
 * @param name `undefined` for lists: of what a token is not for they show nothing
 * @throws UNAUTHORIZED, FORBIDDEN
 */
export function requireReader(actor: Actor, name: PackageName | undefined, rules: AccessRules): void {
  if (rules.anonymousRead) return
  requireSignedIn(actor)
  if (name !== undefined) requireScope(actor, 'read', name)
  else requireTokenScope(actor, 'read')
}

/**
 * Makes sure that somebody may publish the first version of a package, and says whether that gives them its scope.
 * @param scopeOwners of the name's scope; none when nobody owns it
 * @throws UNAUTHORIZED, FORBIDDEN
 */
export function requireNewName(
  actor: Actor,
  name: PackageName,
  { scopeOwners, rules }: { readonly scopeOwners: readonly string[]; readonly rules: AccessRules },
): { readonly claims: string | undefined } {
  requireSignedIn(actor)
  requireScope(actor, 'publish', name)
  const scope = scopeOf(name)
  if (scope === undefined || scopeOwners.includes(actor.name)) return { claims: undefined }
  if (scopeOwners.length === 0 && (rules.scopeClaim || actor.roles.includes('admin'))) return { claims: scope }
  return fail('FORBIDDEN', {
    doing: `publishing a new package in ${scope}`,
    needs: scopeOwners.length > 0 ? `an owner of ${scope}` : `somebody whom an admin gave ${scope}`,
    user: actor.name,
    ...(scopeOwners.length > 0 ? { owners: scopeOwners } : {}),
  })
}

/** @throws UNAUTHORIZED */
export function requireSignedIn(actor: Actor): asserts actor is Extract<Actor, { kind: 'user' }> {
  if (actor.kind === 'anonymous') fail('UNAUTHORIZED', { why: 'missing' })
}

/**
 * Makes sure that somebody has one of the server's own rights: with `approve` for reading the queue, with `admin` for
 * accounts and the whole log.
 * @throws UNAUTHORIZED, FORBIDDEN
 */
export function requireRole(
  actor: Actor,
  role: Role,
  doing: string,
): asserts actor is Extract<Actor, { kind: 'user' }> {
  requireSignedIn(actor)
  requireScope(actor, role === 'admin' ? 'admin' : 'approve', undefined)
  if (actor.roles.includes(role) || actor.roles.includes('admin')) return
  fail('FORBIDDEN', { doing, needs: role === 'admin' ? 'an admin' : 'an approver', user: actor.name })
}

/**
 * Makes sure that a token is good for something.
 * @param name the package it is wanted for; `undefined` when it is not about one
 * @throws FORBIDDEN
 */
export function requireScope(
  actor: Extract<Actor, { kind: 'user' }>,
  scope: TokenScope,
  name: PackageName | undefined,
): void {
  requireTokenScope(actor, scope)
  const { packages } = actor.token
  if (packages === undefined || (name !== undefined && packages.some(pattern => matchesName(pattern, name)))) return
  fail('FORBIDDEN', { token: `it is for ${packages.join(', ')} only` })
}

function requireTokenScope({ token: { scopes } }: Extract<Actor, { kind: 'user' }>, scope: TokenScope): void {
  if (!scopes.includes(scope)) fail('FORBIDDEN', { token: `it has the scopes ${scopes.join(', ')}, not ${scope}` })
}

/** What somebody is to a package; an owner of its scope is an owner. */
export function roleIn(actor: Actor, { members, scopeOwners }: PackageAccess): MemberRole | undefined {
  if (actor.kind === 'anonymous') return undefined
  return scopeOwners.includes(actor.name) ? 'owner' : members.get(actor.name)
}

function hasRight(actor: Extract<Actor, { kind: 'user' }>, right: Right, pkg: PackageAccess): boolean {
  const role = roleIn(actor, pkg)
  const admin = actor.roles.includes('admin')
  const approver = admin || actor.roles.includes('approver')
  switch (right) {
    case 'read':
      return true
    case 'publish':
      return role !== undefined
    case 'tag':
      return role !== undefined || admin
    case 'gate-tag':
      return role !== undefined || approver
    case 'approve':
    case 'force-tag':
      return approver
    case 'lifecycle':
    case 'own':
      return role === 'owner' || admin
  }
}

function tokenReaches(actor: Extract<Actor, { kind: 'user' }>, scope: TokenScope, name: PackageName): boolean {
  const { scopes, packages } = actor.token
  return scopes.includes(scope) && (packages === undefined || packages.some(pattern => matchesName(pattern, name)))
}

function withoutLimits(actor: Extract<Actor, { kind: 'user' }>): Actor {
  return { ...actor, token: { scopes: TOKEN_SCOPES, packages: undefined } }
}

function ownersOf({ members, scopeOwners }: PackageAccess): string[] {
  const owners = [...members].filter(([, role]) => role === 'owner').map(([user]) => user)
  return [...new Set([...owners, ...scopeOwners])].sort()
}
