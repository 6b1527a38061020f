/**
 * What a registry server and its clients say to each other: addresses, and the shapes of what goes over the wire. Both
 * sides are written against this page; docs/http-api.md tells it to everybody else.
 */
import type { ReviewStatus } from './approval.ts'
import type { Role, TokenScope, Visibility } from './access.ts'
import type { PackageName } from './name.ts'
import type { PackageSummary } from './summary.ts'

/** What `Accept` may ask for; `application/json` and `*`/`*` always work. */
export const MEDIA_TYPE = 'application/vnd.uaaps.v1+json'

/** Every address also answers below this one. */
export const API_PREFIX = '/api/v1'

/** A package's name in an address; the slash of a scoped one may also be `%2f`. */
const at = (name: PackageName): string => `/packages/${name}`
const step = (text: string): string => encodeURIComponent(text)

/** Addresses below the base of a registry, each beginning with a slash. */
export const routes = {
  root: () => '/',
  packages: () => '/packages',
  package: at,
  /** A version or a tag. */
  version: (name: PackageName, version: string) => `${at(name)}/${step(version)}`,
  tarball: (name: PackageName, version: string) => `${at(name)}/${step(version)}/tarball`,
  signature: (name: PackageName, version: string) => `${at(name)}/${step(version)}/signature`,
  provenance: (name: PackageName, version: string) => `${at(name)}/${step(version)}/provenance`,
  /** Instead of a version, a range: every version it selects. */
  deprecate: (name: PackageName, range: string) => `${at(name)}/${step(range)}/deprecate`,
  yank: (name: PackageName, version: string) => `${at(name)}/${step(version)}/yank`,
  approve: (name: PackageName, version: string) => `${at(name)}/${step(version)}/approve`,
  versionApprovals: (name: PackageName, version: string) => `${at(name)}/${step(version)}/approvals`,
  tags: (name: PackageName) => `${at(name)}/tags`,
  tag: (name: PackageName, tag: string) => `${at(name)}/tags/${step(tag)}`,
  owners: (name: PackageName) => `${at(name)}/owners`,
  owner: (name: PackageName, user: string) => `${at(name)}/owners/${step(user)}`,
  packageAuditLog: (name: PackageName) => `${at(name)}/audit-log`,
  approvals: () => '/approvals',
  auditLog: () => '/audit-log',
  advisories: () => '/advisories',
  advisoryQuery: () => '/advisories/query',
  metadata: () => '/metadata',
  register: () => '/users/register',
  login: () => '/users/login',
  me: () => '/users/me',
  users: () => '/users',
  user: (user: string) => `/users/${step(user)}`,
  roles: (user: string) => `/users/${step(user)}/roles`,
  password: (user: string) => `/users/${step(user)}/password`,
  tokens: () => '/tokens',
  /** `current` is the token the request is made with. */
  token: (id: string) => `/tokens/${step(id)}`,
  /** The scope with its `@`. */
  scopeOwners: (scope: string) => `/scopes/${step(scope)}/owners`,
} as const

/** `GET /`. */
export type RegistryFacts = {
  readonly name: string
  readonly version: string
  readonly repository: string
  readonly capabilities: readonly string[]
  readonly limits: { readonly archive: number; readonly pageSize: number }
  /** What the server asks of tags and approvals; rules of a server that has none are empty. */
  readonly rules: {
    readonly allowedTags: readonly string[] | null
    readonly protectedTags: readonly string[]
    readonly tagsThatNeedApproval: readonly string[]
    readonly requireApproval: boolean
    readonly approvalsRequired: number
  }
  readonly registration: boolean
  readonly anonymousRead: boolean
}

/** The body of every answer that is not a success. */
export type WireError = {
  readonly error: {
    /** As the contract has it. */
    readonly code: string
    readonly message: string
    readonly hint?: string
    /** Where the failure is described. */
    readonly docs: string
    readonly requestId: string
    /** The row of the table of failures, so that a client says the same in its own words. */
    readonly failure?: { readonly code: string; readonly facts: unknown }
  }
}

export type Move = { readonly tag: string; readonly from: string | null; readonly to: string }

/** `GET /packages`; the next page is in `Link`, all matches are counted in `X-Total-Count`. */
export type PackagePage = { readonly packages: readonly PackageSummary[]; readonly total: number }

/** `POST /packages`: 201 when it is new, 200 when the registry had exactly this archive. */
export type PublishAnswer = {
  readonly kind: 'publish' | 'unchanged'
  readonly name: string
  readonly version: string
  readonly integrity: string
  readonly size: number
  readonly tags: readonly Move[]
  /** `waiting`: nobody sees the version, and no tag is set, until it is approved (D30). */
  readonly state: 'visible' | 'waiting'
}

/** `GET|PUT|DELETE /packages/NAME/tags[/TAG]`. */
export type TagsAnswer = { readonly package: string; readonly tags: Readonly<Record<string, string>> }
export type SetTagBody = { readonly version: string; readonly force?: boolean }
export type SetTagAnswer = {
  readonly package: string
  readonly tag: string
  readonly version: string
  readonly previous: string | null
}
export type RemoveTagAnswer = { readonly package: string; readonly tag: string; readonly previous: string }

export type DeprecateBody = { readonly message: string }
export type DeprecateAnswer = {
  readonly kind: 'deprecate' | 'undo' | 'unchanged'
  readonly package: string
  readonly versions: readonly string[]
  readonly message: string | null
}
export type YankAnswer = {
  readonly kind: 'yank' | 'undo' | 'unchanged'
  readonly package: string
  readonly version: string
  readonly latest: Move | null
  /** Tags that still name a yanked version. */
  readonly tags: readonly string[]
  readonly newest: string | null
}

/** What one approver said about a version. */
export type ApprovalRecord = {
  readonly user: string
  readonly status: 'approved' | 'rejected'
  readonly comment: string | null
  /** ISO 8601, UTC. */
  readonly at: string
}
export type ApproveBody = { readonly status: 'approved' | 'rejected'; readonly comment?: string }
export type VersionApprovals = {
  readonly package: string
  readonly version: string
  readonly status: ReviewStatus
  /** Whether everybody may see the version, or it waits for approval, or was refused and its number is free again. */
  readonly state: 'visible' | 'waiting' | 'refused'
  readonly required: number
  readonly approvals: readonly ApprovalRecord[]
  readonly publisher: string
  /** ISO 8601, UTC. */
  readonly published: string
  /** Tags that wait with the version. */
  readonly waitingTags: readonly string[]
}
/** `POST …/approve`. */
export type ApproveAnswer = VersionApprovals & {
  readonly kind: 'approve' | 'reject' | 'unchanged'
  /** Tags that were set because the version became visible. */
  readonly tags: readonly Move[]
  /** Tags that were taken from it because they need an approved version. */
  readonly removedTags: readonly string[]
}
/** `GET /approvals?status=`. */
export type ApprovalPage = { readonly approvals: readonly VersionApprovals[] }

/** `GET /packages/NAME/VERSION-or-TAG`. */
export type VersionAnswer = {
  readonly package: string
  readonly version: string
  /** The record of the document: integrity, size, published, deprecated, yanked, dependencies. */
  readonly record: Readonly<Record<string, unknown>>
  readonly manifest: Readonly<Record<string, unknown>>
  readonly artifacts: readonly { readonly kind: string; readonly name: string }[]
  readonly files: readonly { readonly path: string; readonly size: number; readonly executable: boolean }[]
  readonly publisher: string
  readonly status: ReviewStatus
  readonly state: 'visible' | 'waiting'
  readonly approvals: readonly ApprovalRecord[]
  readonly tags: readonly string[]
  readonly signed: boolean
  readonly provenance: boolean
  readonly downloads: number
  readonly tarball: string
}

export type OwnersAnswer = {
  readonly package: string
  readonly visibility: Visibility
  readonly members: readonly { readonly user: string; readonly role: 'owner' | 'maintainer' }[]
}
/** `PUT …/owners/USER`. */
export type OwnerBody = { readonly role?: 'owner' | 'maintainer' }
/** `PATCH /packages/NAME`. */
export type AccessBody = { readonly visibility: Visibility }

/** `POST /users/register` and, by an admin, for somebody else. */
export type RegisterBody = { readonly name: string; readonly password: string; readonly email?: string }
export type LoginBody = { readonly name: string; readonly password: string; readonly tokenName?: string }
/** `POST /users/register`; whoever makes their own account is signed in. */
export type RegisterAnswer = { readonly user: UserFacts; readonly token: TokenAnswer | null }
/** `POST /users/login`, `POST /tokens`: the only time that the token is shown. */
export type TokenAnswer = TokenFacts & { readonly token: string }
export type TokenBody = {
  readonly name: string
  /** All that the user may do when absent. */
  readonly scopes?: readonly TokenScope[]
  /** Patterns of names, `*` for any characters but `/`; every package when absent. */
  readonly packages?: readonly string[]
  /** Days; no end when absent. */
  readonly expiresInDays?: number
}
export type TokenFacts = {
  readonly id: string
  readonly user: string
  readonly name: string
  /** Its first characters, to tell it from others. */
  readonly prefix: string
  /** `session`: made by signing in. */
  readonly kind: 'session' | 'token'
  readonly scopes: readonly TokenScope[]
  readonly packages: readonly string[] | null
  readonly created: string
  readonly expires: string | null
  readonly lastUsed: string | null
}
export type TokenPage = { readonly tokens: readonly TokenFacts[] }
export type UserFacts = {
  readonly name: string
  readonly email: string | null
  readonly roles: readonly Role[]
  readonly disabled: boolean
  readonly created: string
}
/** `GET /users/me`. */
export type MeAnswer = UserFacts & { readonly token: TokenFacts }
export type UserPage = { readonly users: readonly UserFacts[] }
export type RolesBody = { readonly roles: readonly Role[] }
/** `PATCH /users/USER`. */
export type UserBody = { readonly disabled: boolean }
/** `PUT /users/USER/password`; an admin who sets somebody else's gives no `current`. */
export type PasswordBody = { readonly current?: string; readonly password: string }
export type ScopeOwners = { readonly scope: string; readonly owners: readonly string[] }
export type ScopeOwnersBody = { readonly owners: readonly string[] }

/** One row of the log. */
export type AuditEvent = {
  readonly version: 1
  /** Counts from 1, without gaps. */
  readonly sequence: number
  readonly event: string
  /** ISO 8601, UTC. */
  readonly timestamp: string
  readonly actor: {
    readonly identity: string
    readonly auth_method: 'session' | 'token' | 'none' | 'system'
    readonly token?: string
    readonly ip?: string
    readonly user_agent?: string
  }
  readonly target: { readonly package?: string; readonly version?: string; readonly [key: string]: string | undefined }
  readonly metadata: Readonly<Record<string, unknown>>
  readonly registry: string
  /** Hex SHA-256 of the event before this one (of nothing: 64 zeros) and of this one. */
  readonly previous: string
  readonly hash: string
}
/** Newest first; the next page is in `Link`. */
export type AuditPage = { readonly events: readonly AuditEvent[] }

/** `POST /advisories/query`. */
export type AdvisoryQueryBody = { readonly packages: Readonly<Record<string, readonly string[]>> }
/** For each package that has any: the advisories, OSV documents, and the versions among those asked that each concerns. */
export type AdvisoryQueryAnswer = {
  readonly packages: Readonly<
    Record<
      string,
      readonly { readonly advisory: Readonly<Record<string, unknown>>; readonly versions: readonly string[] }[]
    >
  >
}

/** `POST /metadata`: documents of the roots, and of what their likely versions need, in one round trip. */
export type MetadataBody = {
  readonly roots: Readonly<Record<string, string>>
  /** Documents the client has: name to ETag; they are not sent again. */
  readonly known?: Readonly<Record<string, string>>
}
export type MetadataAnswer = {
  /** A document with its ETag; `null`: the client's is still right. */
  readonly packages: Readonly<Record<string, { readonly etag: string; readonly document: unknown } | null>>
  readonly missing: readonly string[]
}
