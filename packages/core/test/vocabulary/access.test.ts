import { describe, expect, test } from 'vitest'
import {
  type AccessRules,
  type Actor,
  type PackageAccess,
  type Right,
  type Role,
  TOKEN_SCOPES,
  type TokenScope,
  mayRead,
  maySeeWaiting,
  parsePackageName,
  requireAccess,
  requireNewName,
  requireReader,
  requireRole,
} from '@aam/core'
import { codeOf } from './failure-of.ts'

const OPEN: AccessRules = { anonymousRead: true, scopeClaim: true }
const CLOSED: AccessRules = { anonymousRead: false, scopeClaim: false }
const anonymous: Actor = { kind: 'anonymous' }

/** `ann` or `ann:admin`, with a token for `scopes` and `packages`. */
function user(text: string, scopes: readonly TokenScope[] = TOKEN_SCOPES, packages?: readonly string[]): Actor {
  const [name = '', ...roles] = text.split(':')
  return { kind: 'user', name, roles: roles as Role[], token: { scopes, packages } }
}

function pkg(visibility: 'public' | 'private'): PackageAccess {
  const members = new Map([
    ['olga', 'owner'],
    ['mia', 'maintainer'],
  ] as const)
  return { name: parsePackageName('@team/review'), visibility, members, scopeOwners: ['sam'] }
}

const outcome = (act: () => unknown): string => {
  try {
    act()
    return 'ok'
  } catch {
    return codeOf(act)
  }
}

describe('who sees a package', () => {
  test.each([
    ['public', OPEN, anonymous, true],
    ['public', CLOSED, anonymous, false],
    ['public', CLOSED, user('bob'), true],
    ['public', CLOSED, user('bob', ['publish']), false],
    ['public', OPEN, user('bob', ['publish']), true],
    ['public', CLOSED, user('bob', TOKEN_SCOPES, ['@other/*']), false],
    ['private', OPEN, anonymous, false],
    ['private', OPEN, user('bob'), false],
    ['private', OPEN, user('mia'), true],
    ['private', OPEN, user('olga'), true],
    ['private', OPEN, user('sam'), true],
    ['private', OPEN, user('amy:approver'), true],
    ['private', OPEN, user('root:admin'), true],
    ['private', OPEN, user('olga', ['publish', 'tag', 'yank', 'approve', 'admin']), false],
    ['private', OPEN, user('olga', ['read'], ['@team/*']), true],
    ['private', OPEN, user('olga', ['read'], ['@team/other']), false],
  ] as const)('%s, %j, %j: %s', (...[visibility, rules, actor, expected]) => {
    expect(mayRead(actor, pkg(visibility), rules)).toBe(expected)
  })

  test.each([
    [anonymous, false],
    [user('bob'), false],
    [user('mia'), true],
    [user('sam', ['read']), true],
    [user('olga', ['tag', 'yank', 'admin']), false],
    [user('amy:approver', ['approve']), true],
    [user('amy:approver', TOKEN_SCOPES, ['@other/*']), false],
  ] as const)('versions of it that wait, %j: %s', (actor, expected) => {
    expect(maySeeWaiting(actor, pkg('public'))).toBe(expected)
  })
})

describe('who may do what', () => {
  const check = (actor: Actor, right: Right, visibility: 'public' | 'private'): string =>
    outcome(() => {
      requireAccess(actor, right, { pkg: pkg(visibility), rules: OPEN, registry: 'here' })
    })
  const RIGHTS = ['read', 'publish', 'tag', 'gate-tag', 'force-tag', 'lifecycle', 'approve', 'own'] as const

  test.each([
    ['nobody', anonymous, 'read', ''],
    ['a stranger', user('bob'), 'read', ''],
    ['a maintainer', user('mia'), 'read publish tag gate-tag', 'read publish tag gate-tag'],
    ['an owner', user('olga'), 'read publish tag gate-tag lifecycle own', 'read publish tag gate-tag lifecycle own'],
    [
      'who owns its scope',
      user('sam'),
      'read publish tag gate-tag lifecycle own',
      'read publish tag gate-tag lifecycle own',
    ],
    ['an approver', user('amy:approver'), 'read gate-tag force-tag approve', 'read gate-tag force-tag approve'],
    [
      'an admin',
      user('root:admin'),
      'read tag gate-tag force-tag lifecycle approve own',
      'read tag gate-tag force-tag lifecycle approve own',
    ],
    ['a token for reading', user('olga:admin', ['read']), 'read', 'read'],
    ['a token for publishing', user('olga:admin', ['publish']), 'read publish', 'publish'],
    ['a token for other packages', user('olga:admin', TOKEN_SCOPES, ['@other/*']), 'read', ''],
  ] as const)('%s', (...[, actor, inPublic, inPrivate]) => {
    const rights = (visibility: 'public' | 'private'): string =>
      RIGHTS.filter(right => check(actor, right, visibility) === 'ok').join(' ')
    expect([rights('public'), rights('private')]).toEqual([inPublic, inPrivate])
  })

  test('who may not see it is told that it is not there; who has not signed in is told to', () => {
    for (const right of RIGHTS) expect(check(user('bob'), right, 'private')).toBe('PACKAGE_NOT_FOUND')
    for (const right of RIGHTS.slice(1)) expect(check(anonymous, right, 'private')).toBe('UNAUTHORIZED')
  })
})

describe('who may begin a package', () => {
  const claim = (actor: Actor, name: string, { owners = [] as string[], rules = OPEN } = {}): string =>
    outcome(() => {
      const { claims } = requireNewName(actor, parsePackageName(name), { scopeOwners: owners, rules })
      if (claims !== undefined) throw new Error(claims)
    })
  test.each([
    [anonymous, 'a', {}, 'UNAUTHORIZED'],
    [user('bob'), 'a', {}, 'ok'],
    [user('bob', ['read', 'tag']), 'a', {}, 'FORBIDDEN'],
    [user('bob', ['publish'], ['b*']), 'a', {}, 'FORBIDDEN'],
    [user('bob'), '@s/a', { owners: ['bob'] }, 'ok'],
    [user('bob'), '@s/a', { owners: ['ann'] }, 'FORBIDDEN'],
    [user('root:admin'), '@s/a', { owners: ['ann'] }, 'FORBIDDEN'],
    [user('bob'), '@s/a', { rules: CLOSED }, 'FORBIDDEN'],
  ] as const)('%j %s %j: %s', (...[actor, name, context, expected]) => {
    expect(claim(actor, name, context as { owners?: string[]; rules?: AccessRules })).toBe(expected)
  })

  test('in a scope that nobody owns they get it, where that is allowed, and an admin everywhere', () => {
    const name = parsePackageName('@s/a')
    expect(requireNewName(user('bob'), name, { scopeOwners: [], rules: OPEN })).toEqual({ claims: '@s' })
    expect(requireNewName(user('root:admin'), name, { scopeOwners: [], rules: CLOSED })).toEqual({ claims: '@s' })
  })
})

test('what the server itself allows', () => {
  const role = (actor: Actor, which: Role): string =>
    outcome(() => {
      requireRole(actor, which, 'x')
    })
  expect([role(anonymous, 'admin'), role(user('bob'), 'admin'), role(user('a:approver'), 'admin')]).toEqual([
    'UNAUTHORIZED',
    'FORBIDDEN',
    'FORBIDDEN',
  ])
  expect([
    role(user('r:admin'), 'admin'),
    role(user('r:admin'), 'approver'),
    role(user('a:approver'), 'approver'),
  ]).toEqual(['ok', 'ok', 'ok'])
  expect(role(user('r:admin', ['approve']), 'admin')).toBe('FORBIDDEN')
  expect(role(user('r:admin', TOKEN_SCOPES, ['a']), 'admin')).toBe('FORBIDDEN')
})

test('who may ask before anybody looks: everybody, or who has a token for reading', () => {
  const name = parsePackageName('a')
  const ask = (actor: Actor, which: typeof name | undefined, rules: AccessRules): string =>
    outcome(() => {
      requireReader(actor, which, rules)
    })
  expect(ask(anonymous, name, OPEN)).toBe('ok')
  expect([ask(anonymous, name, CLOSED), ask(anonymous, undefined, CLOSED)]).toEqual(['UNAUTHORIZED', 'UNAUTHORIZED'])
  const some = user('bob', ['read'], ['b'])
  expect([ask(some, name, CLOSED), ask(some, undefined, CLOSED)]).toEqual(['FORBIDDEN', 'ok'])
  expect(ask(user('bob', ['tag']), undefined, CLOSED)).toBe('FORBIDDEN')
})
