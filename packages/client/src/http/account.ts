/** What only a registry server can be asked: accounts, owners, approvals, its log, advisories. */
import type { PackageName, Role, ReviewStatus, Visibility } from '@aam/core'
import {
  type AdvisoryQueryAnswer,
  type ApproveAnswer,
  type ApproveBody,
  type AuditEvent,
  type LoginBody,
  type MeAnswer,
  type OwnersAnswer,
  type PasswordBody,
  type RegisterAnswer,
  type RegisterBody,
  type RegistryFacts,
  type ScopeOwners,
  type TokenAnswer,
  type TokenBody,
  type TokenFacts,
  type UserFacts,
  type VersionAnswer,
  type VersionApprovals,
  routes,
} from '@aam/core/wire'
import { nextPage, readPages } from './pages.ts'
import { type Shape, decode } from './shape.ts'
import { type Request, jsonBody } from './request.ts'
import type { Transport } from './transport.ts'
import * as shapes from './wire-shapes.ts'

/** What of a log is wanted. */
export type AuditQuery = {
  /** The log of this package; without it that of the whole registry, which only an admin may read. */
  readonly package?: PackageName | undefined
  readonly event?: string | undefined
  readonly actor?: string | undefined
  /** ISO 8601. */
  readonly since?: string | undefined
}

/** Each throws what `Transport.send` does, and REGISTRY_ANSWER_INVALID. */
export type Account = {
  readonly facts: () => Promise<RegistryFacts>

  /** Makes an account; whoever makes their own gets a token. Sent once: nobody else may get the answer. */
  readonly register: (body: RegisterBody) => Promise<RegisterAnswer>
  /** Sent once. */
  readonly login: (body: LoginBody) => Promise<TokenAnswer>
  readonly me: () => Promise<MeAnswer>
  /** Revokes the token that the requests are made with. */
  readonly logout: () => Promise<void>
  /** Sent once. */
  readonly createToken: (body: TokenBody) => Promise<TokenAnswer>
  readonly listTokens: () => Promise<readonly TokenFacts[]>
  readonly revokeToken: (id: string) => Promise<void>

  readonly listUsers: () => Promise<readonly UserFacts[]>
  readonly setRoles: (user: string, roles: readonly Role[]) => Promise<void>
  readonly setDisabled: (user: string, disabled: boolean) => Promise<void>
  readonly setPassword: (user: string, body: PasswordBody) => Promise<void>

  readonly listOwners: (name: PackageName) => Promise<OwnersAnswer>
  readonly setOwner: (name: PackageName, user: string, role: 'owner' | 'maintainer') => Promise<void>
  readonly removeOwner: (name: PackageName, user: string) => Promise<void>
  readonly setVisibility: (name: PackageName, visibility: Visibility) => Promise<void>
  /** @param scope with its `@` */
  readonly listScopeOwners: (scope: string) => Promise<ScopeOwners>
  readonly setScopeOwners: (scope: string, owners: readonly string[]) => Promise<void>

  /** A version, or the one that a tag names. */
  readonly fetchVersion: (name: PackageName, version: string) => Promise<VersionAnswer>
  readonly approve: (name: PackageName, version: string, body: ApproveBody) => Promise<ApproveAnswer>
  readonly fetchApprovals: (name: PackageName, version: string) => Promise<VersionApprovals>
  /** Versions that approvers look at, of one status: `pending` when absent; `waiting`: those that nobody sees yet. */
  readonly listApprovals: (status?: ReviewStatus | 'waiting') => Promise<readonly VersionApprovals[]>

  /** One page of the log, newest first; `next` is what the page after it is asked for with. */
  readonly fetchAuditPage: (
    query: AuditQuery,
    next?: string,
  ) => Promise<{ readonly events: readonly AuditEvent[]; readonly next: string | undefined }>
  /** The log, newest first, asked for page by page as it is read. */
  readonly readAuditLog: (query: AuditQuery) => AsyncGenerator<AuditEvent, void, undefined>

  /** @param advisory a document in the OSV format */
  readonly publishAdvisory: (advisory: Readonly<Record<string, unknown>>) => Promise<void>
  readonly queryAdvisories: (
    packages: Readonly<Record<string, readonly string[]>>,
  ) => Promise<AdvisoryQueryAnswer['packages']>
}

export function openAccount(transport: Transport): Account {
  const ask = async <T>(shape: Shape<T>, request: Request): Promise<T> => decode(await transport.send(request), shape)
  const get = async <T>(shape: Shape<T>, path: string, query: Request['query'] = {}): Promise<T> =>
    ask(shape, { method: 'GET', path, query })
  /** Asks for a change; that it is a success is all there is to know. */
  const change = async (method: 'PUT' | 'PATCH', path: string, body: object): Promise<void> => {
    // Each of them says what is to be, not what is to change.
    await transport.send({ method, path, body: jsonBody(body), idempotent: true })
  }
  const remove = async (path: string): Promise<void> => {
    await transport.send({ method: 'DELETE', path })
  }
  const once = async <T>(shape: Shape<T>, path: string, body: object): Promise<T> =>
    ask(shape, { method: 'POST', path, body: jsonBody(body), idempotent: false })
  const again = async <T>(shape: Shape<T>, path: string, body: object): Promise<T> =>
    ask(shape, { method: 'POST', path, body: jsonBody(body), idempotent: true })
  return {
    facts: async () => get(shapes.registryFacts, routes.root()),

    register: async body => once(shapes.registerAnswer, routes.register(), body),
    login: async body => once(shapes.tokenAnswer, routes.login(), body),
    me: async () => get(shapes.meAnswer, routes.me()),
    logout: async () => remove(routes.token('current')),
    createToken: async body => once(shapes.tokenAnswer, routes.tokens(), body),
    listTokens: async () => (await get(shapes.tokenPage, routes.tokens())).tokens,
    revokeToken: async id => remove(routes.token(id)),

    listUsers: async () => (await get(shapes.userPage, routes.users())).users,
    setRoles: async (user, roles) => change('PUT', routes.roles(user), { roles }),
    setDisabled: async (user, disabled) => change('PATCH', routes.user(user), { disabled }),
    setPassword: async (user, body) => change('PUT', routes.password(user), body),

    listOwners: async name => get(shapes.ownersAnswer, routes.owners(name)),
    setOwner: async (name, user, role) => change('PUT', routes.owner(name, user), { role }),
    removeOwner: async (name, user) => remove(routes.owner(name, user)),
    setVisibility: async (name, visibility) => change('PATCH', routes.package(name), { visibility }),
    listScopeOwners: async scope => get(shapes.scopeOwners, routes.scopeOwners(scope)),
    setScopeOwners: async (scope, owners) => change('PUT', routes.scopeOwners(scope), { owners }),

    fetchVersion: async (name, version) => get(shapes.versionAnswer, routes.version(name, version)),
    approve: async (name, version, body) => again(shapes.approveAnswer, routes.approve(name, version), body),
    fetchApprovals: async (name, version) => get(shapes.versionApprovals, routes.versionApprovals(name, version)),
    listApprovals: async status => (await get(shapes.approvalPage, routes.approvals(), { status })).approvals,

    fetchAuditPage: async (query, next) => {
      const answer = await transport.send(next === undefined ? auditRequest(query) : { method: 'GET', path: next })
      return { events: decode(answer, shapes.auditPage).events, next: nextPage(transport.address, answer) }
    },
    readAuditLog: async function* (query) {
      for await (const answer of readPages(transport, auditRequest(query))) {
        yield* decode(answer, shapes.auditPage).events
      }
    },

    publishAdvisory: async advisory => {
      await transport.send({ method: 'POST', path: routes.advisories(), body: jsonBody(advisory), idempotent: true })
    },
    queryAdvisories: async packages =>
      (await again(shapes.advisoryQueryAnswer, routes.advisoryQuery(), { packages })).packages,
  }
}

function auditRequest({ package: name, ...query }: AuditQuery): Request {
  return { method: 'GET', path: name === undefined ? routes.auditLog() : routes.packageAuditLog(name), query }
}
