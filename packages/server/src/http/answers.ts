/** What the server answers when it works: for its description, and for tests, which hold every answer against it. */
import { z } from 'zod'
import { type PackageName, ROLES, TOKEN_SCOPES } from '@aam/core'
import type {
  AdvisoryQueryAnswer,
  ApprovalPage,
  ApproveAnswer,
  AuditPage,
  DeprecateAnswer,
  MeAnswer,
  MetadataAnswer,
  Move,
  OwnersAnswer,
  PackagePage,
  PublishAnswer,
  RegisterAnswer,
  RegistryFacts,
  RemoveTagAnswer,
  ScopeOwners,
  SetTagAnswer,
  TagsAnswer,
  TokenAnswer,
  TokenFacts,
  TokenPage,
  UserFacts,
  UserPage,
  VersionAnswer,
  VersionApprovals,
  YankAnswer,
} from '@aam/core/wire'

const text = z.string()
const texts = z.array(text)
const whole = z.int().min(0)
const time = z.iso.datetime()
const name = text as unknown as z.ZodType<PackageName>
const anything = z.record(text, z.unknown())
const status = z.enum(['pending', 'approved', 'rejected'])
const visibility = z.enum(['public', 'private'])
const move = z.strictObject({ tag: text, from: text.nullable(), to: text }) satisfies z.ZodType<Move>

export const registryFacts: z.ZodType<RegistryFacts> = z.strictObject({
  name: text,
  version: text,
  repository: text,
  capabilities: texts,
  limits: z.strictObject({ archive: whole, pageSize: whole }),
  rules: z.strictObject({
    allowedTags: texts.nullable(),
    protectedTags: texts,
    tagsThatNeedApproval: texts,
    requireApproval: z.boolean(),
    approvalsRequired: whole,
  }),
  registration: z.boolean(),
  anonymousRead: z.boolean(),
})

export const packagePage: z.ZodType<PackagePage> = z.strictObject({
  packages: z.array(
    z.strictObject({
      name,
      latest: text.nullable(),
      versions: texts,
      yanked: texts,
      tags: z.record(text, text),
      description: text.nullable(),
      keywords: texts,
      deprecated: text.nullable(),
    }),
  ),
  total: whole,
})

/** A package's document (UAAPS 12.4); records of versions may have more than is said here. */
export const packageDocument = z.strictObject({
  name: text,
  tags: z.record(text, text),
  owners: texts,
  versions: z.record(text, z.looseObject({ integrity: text, size: whole, published: time })),
  visibility,
})

export const publishAnswer: z.ZodType<PublishAnswer> = z.strictObject({
  kind: z.enum(['publish', 'unchanged']),
  name: text,
  version: text,
  integrity: text,
  size: whole,
  tags: z.array(move),
  state: z.enum(['visible', 'waiting']),
})

export const tagsAnswer: z.ZodType<TagsAnswer> = z.strictObject({ package: text, tags: z.record(text, text) })
export const setTagAnswer: z.ZodType<SetTagAnswer> = z.strictObject({
  package: text,
  tag: text,
  version: text,
  previous: text.nullable(),
})
export const removeTagAnswer: z.ZodType<RemoveTagAnswer> = z.strictObject({ package: text, tag: text, previous: text })

export const deprecateAnswer: z.ZodType<DeprecateAnswer> = z.strictObject({
  kind: z.enum(['deprecate', 'undo', 'unchanged']),
  package: text,
  versions: texts,
  message: text.nullable(),
})
export const yankAnswer: z.ZodType<YankAnswer> = z.strictObject({
  kind: z.enum(['yank', 'undo', 'unchanged']),
  package: text,
  version: text,
  latest: move.nullable(),
  tags: texts,
  newest: text.nullable(),
})

const approvalRecord = z.strictObject({
  user: text,
  status: z.enum(['approved', 'rejected']),
  comment: text.nullable(),
  at: time,
})
const approvals = z.strictObject({
  package: text,
  version: text,
  status,
  state: z.enum(['visible', 'waiting', 'refused']),
  required: whole,
  approvals: z.array(approvalRecord),
  publisher: text,
  published: time,
  waitingTags: texts,
})
export const versionApprovalsAnswer: z.ZodType<VersionApprovals> = approvals
export const approveAnswer: z.ZodType<ApproveAnswer> = approvals.extend({
  kind: z.enum(['approve', 'reject', 'unchanged']),
  tags: z.array(move),
  removedTags: texts,
})
export const approvalPage: z.ZodType<ApprovalPage> = z.strictObject({ approvals: z.array(approvals) })

export const versionAnswer: z.ZodType<VersionAnswer> = z.strictObject({
  package: text,
  version: text,
  record: anything,
  manifest: anything,
  artifacts: z.array(z.strictObject({ kind: text, name: text })),
  files: z.array(z.strictObject({ path: text, size: whole, executable: z.boolean() })),
  publisher: text,
  status,
  state: z.enum(['visible', 'waiting']),
  approvals: z.array(approvalRecord),
  tags: texts,
  signed: z.boolean(),
  provenance: z.boolean(),
  downloads: whole,
  tarball: text,
})

export const ownersAnswer: z.ZodType<OwnersAnswer> = z.strictObject({
  package: text,
  visibility,
  members: z.array(z.strictObject({ user: text, role: z.enum(['owner', 'maintainer']) })),
})
export const scopeOwnersAnswer: z.ZodType<ScopeOwners> = z.strictObject({ scope: text, owners: texts })

const user = z.strictObject({
  name: text,
  email: text.nullable(),
  roles: z.array(z.enum(ROLES)),
  disabled: z.boolean(),
  created: time,
})
const token = z.strictObject({
  id: text,
  user: text,
  name: text,
  prefix: text,
  kind: z.enum(['session', 'token']),
  scopes: z.array(z.enum(TOKEN_SCOPES)),
  packages: texts.nullable(),
  created: time,
  expires: time.nullable(),
  lastUsed: time.nullable(),
}) satisfies z.ZodType<TokenFacts>
const newToken = token.extend({ token: text })
export const userFacts: z.ZodType<UserFacts> = user
export const userPage: z.ZodType<UserPage> = z.strictObject({ users: z.array(user) })
export const meAnswer: z.ZodType<MeAnswer> = user.extend({ token })
export const tokenAnswer: z.ZodType<TokenAnswer> = newToken
export const tokenPage: z.ZodType<TokenPage> = z.strictObject({ tokens: z.array(token) })
export const registerAnswer: z.ZodType<RegisterAnswer> = z.strictObject({ user, token: newToken.nullable() })
export const passwordAnswer = z.strictObject({ user: text })
export const revokeAnswer = z.strictObject({ revoked: text })

const hash = text.regex(/^[0-9a-f]{64}$/)
export const auditPage: z.ZodType<AuditPage> = z.strictObject({
  events: z.array(
    z.strictObject({
      version: z.literal(1),
      sequence: whole,
      event: text,
      timestamp: time,
      actor: z.strictObject({
        identity: text,
        auth_method: z.enum(['session', 'token', 'none', 'system']),
        token: z.exactOptional(text),
        ip: z.exactOptional(text),
        user_agent: z.exactOptional(text),
      }),
      target: z.record(text, text),
      metadata: anything,
      registry: text,
      previous: hash,
      hash,
    }),
  ),
})

export const advisoryAnswer = z.strictObject({ id: text })
export const advisoryQueryAnswer: z.ZodType<AdvisoryQueryAnswer> = z.strictObject({
  packages: z.record(text, z.array(z.strictObject({ advisory: anything, versions: texts }))),
})
export const metadataAnswer: z.ZodType<MetadataAnswer> = z.strictObject({
  packages: z.record(text, z.strictObject({ etag: text, document: packageDocument }).nullable()),
  missing: texts,
})
export const statusAnswer = z.strictObject({ status: text })
/** The description of the API itself. */
export const description = z.looseObject({ openapi: text, paths: anything })
