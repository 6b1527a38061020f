/** The shapes of what a registry answers (`@aam/core/wire`), as far as somebody relies on them. */
import { isIntegrity } from '@aam/core'
import type {
  AdvisoryQueryAnswer,
  ApprovalPage,
  ApprovalRecord,
  ApproveAnswer,
  AuditEvent,
  AuditPage,
  DeprecateAnswer,
  MeAnswer,
  Move,
  OwnersAnswer,
  PublishAnswer,
  RegisterAnswer,
  RegistryFacts,
  RemoveTagAnswer,
  ScopeOwners,
  SetTagAnswer,
  TokenAnswer,
  TokenFacts,
  TokenPage,
  UserFacts,
  UserPage,
  VersionAnswer,
  VersionApprovals,
  YankAnswer,
} from '@aam/core/wire'
import {
  type Shape,
  anyObject,
  flag,
  list,
  nullable,
  number,
  object,
  oneOf,
  optional,
  packageName,
  record,
  text,
  version,
} from './shape.ts'

const state = oneOf('visible', 'waiting')
const status = oneOf('pending', 'approved', 'rejected')
const scope = oneOf('read', 'publish', 'tag', 'yank', 'approve', 'admin')
const integrity: Shape<string> = (value, where) =>
  typeof value === 'string' && isIntegrity(value) ? undefined : `${where} is not an integrity`

const move: Shape<Move> = object<Move>({ tag: text, from: nullable(version), to: version })

export const publishAnswer: Shape<PublishAnswer> = object<PublishAnswer>({
  kind: oneOf('publish', 'unchanged'),
  name: packageName,
  version,
  integrity,
  size: number,
  tags: list(move),
  state,
})
export const setTagAnswer: Shape<SetTagAnswer> = object<SetTagAnswer>({
  package: packageName,
  tag: text,
  version,
  previous: nullable(version),
})
export const removeTagAnswer: Shape<RemoveTagAnswer> = object<RemoveTagAnswer>({
  package: packageName,
  tag: text,
  previous: version,
})
export const deprecateAnswer: Shape<DeprecateAnswer> = object<DeprecateAnswer>({
  kind: oneOf('deprecate', 'undo', 'unchanged'),
  package: packageName,
  versions: list(version),
  message: nullable(text),
})
export const yankAnswer: Shape<YankAnswer> = object<YankAnswer>({
  kind: oneOf('yank', 'undo', 'unchanged'),
  package: packageName,
  version,
  latest: nullable(move),
  tags: list(text),
  newest: nullable(version),
})

export const registryFacts: Shape<RegistryFacts> = object<RegistryFacts>({
  name: text,
  version: text,
  repository: text,
  capabilities: list(text),
  limits: object<RegistryFacts['limits']>({ archive: number, pageSize: number }),
  rules: object<RegistryFacts['rules']>({
    allowedTags: nullable(list(text)),
    protectedTags: list(text),
    tagsThatNeedApproval: list(text),
    requireApproval: flag,
    approvalsRequired: number,
  }),
  registration: flag,
  anonymousRead: flag,
})

const approvalRecord: Shape<ApprovalRecord> = object<ApprovalRecord>({
  user: text,
  status: oneOf('approved', 'rejected'),
  comment: nullable(text),
  at: text,
})
const approvalsFields = {
  package: packageName,
  version,
  status,
  state: oneOf('visible', 'waiting', 'refused'),
  required: number,
  approvals: list(approvalRecord),
  publisher: text,
  published: text,
  waitingTags: list(text),
} as const
export const versionApprovals: Shape<VersionApprovals> = object<VersionApprovals>(approvalsFields)
export const approveAnswer: Shape<ApproveAnswer> = object<ApproveAnswer>({
  ...approvalsFields,
  kind: oneOf('approve', 'reject', 'unchanged'),
  tags: list(move),
  removedTags: list(text),
})
export const approvalPage: Shape<ApprovalPage> = object<ApprovalPage>({ approvals: list(versionApprovals) })

export const versionAnswer: Shape<VersionAnswer> = object<VersionAnswer>({
  package: packageName,
  version,
  record: anyObject,
  manifest: anyObject,
  artifacts: list(object<VersionAnswer['artifacts'][number]>({ kind: text, name: text })),
  files: list(object<VersionAnswer['files'][number]>({ path: text, size: number, executable: flag })),
  publisher: text,
  status,
  state,
  approvals: list(approvalRecord),
  tags: list(text),
  signed: flag,
  provenance: flag,
  downloads: number,
  tarball: text,
})

export const ownersAnswer: Shape<OwnersAnswer> = object<OwnersAnswer>({
  package: packageName,
  visibility: oneOf('public', 'private'),
  members: list(object<OwnersAnswer['members'][number]>({ user: text, role: oneOf('owner', 'maintainer') })),
})
export const scopeOwners: Shape<ScopeOwners> = object<ScopeOwners>({ scope: text, owners: list(text) })

const tokenFields = {
  id: text,
  name: text,
  prefix: text,
  kind: oneOf('session', 'token'),
  scopes: list(scope),
  packages: nullable(list(text)),
  created: text,
  expires: nullable(text),
  lastUsed: nullable(text),
} as const
export const tokenAnswer: Shape<TokenAnswer> = object<TokenAnswer>({ ...tokenFields, user: text, token: text })
export const tokenPage: Shape<TokenPage> = object<TokenPage>({
  tokens: list(object<TokenFacts>({ ...tokenFields, user: text })),
})
const userFields = {
  name: text,
  email: nullable(text),
  roles: list(oneOf('admin', 'approver')),
  disabled: flag,
  created: text,
} as const
export const userFacts: Shape<UserFacts> = object<UserFacts>(userFields)
export const registerAnswer: Shape<RegisterAnswer> = object<RegisterAnswer>({
  user: userFacts,
  token: nullable(tokenAnswer),
})
export const userPage: Shape<UserPage> = object<UserPage>({ users: list(userFacts) })
export const meAnswer: Shape<MeAnswer> = object<MeAnswer>({
  ...userFields,
  token: object<TokenFacts>({ ...tokenFields, user: text }),
})

const auditEvent: Shape<AuditEvent> = object<AuditEvent>({
  version: oneOf(1),
  sequence: number,
  event: text,
  timestamp: text,
  actor: object<AuditEvent['actor']>({
    identity: text,
    auth_method: oneOf('session', 'token', 'none', 'system'),
    token: optional(text),
    ip: optional(text),
    user_agent: optional(text),
  }),
  target: record(text),
  metadata: anyObject,
  registry: text,
  previous: text,
  hash: text,
})
export const auditPage: Shape<AuditPage> = object<AuditPage>({ events: list(auditEvent) })

export const advisoryQueryAnswer: Shape<AdvisoryQueryAnswer> = object<AdvisoryQueryAnswer>({
  packages: record(
    list(object<AdvisoryQueryAnswer['packages'][string][number]>({ advisory: anyObject, versions: list(version) })),
  ),
})
