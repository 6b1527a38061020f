/** What an action works with, and who asks for it. */
import { type AccessRules, type Actor, type TagRules, type Version } from '@aam/core'
import type { AuditEvent } from '@aam/core/wire'
import type { Blobs } from '../blobs/disk.ts'
import type { ServerConfig } from '../config.ts'
import { appendAudit } from '../store/audit.ts'
import type { Db } from '../store/packages.ts'
import type { Store } from '../store/sqlite.ts'

export type Deps = {
  readonly config: ServerConfig
  readonly store: Store
  readonly blobs: Blobs
  readonly now: () => Date
  readonly random: (bytes: number) => Buffer
}

/** Who asks: what they may do, and what the log says about them. */
export type Caller = {
  readonly actor: Actor
  /** `undefined` for nobody. */
  readonly userId: number | undefined
  readonly token: { readonly id: string; readonly kind: 'session' | 'token' } | undefined
  readonly ip: string | undefined
  readonly userAgent: string | undefined
}

/** The server itself, for what it does on its own. */
export const SYSTEM: Caller = {
  actor: { kind: 'anonymous' },
  userId: undefined,
  token: undefined,
  ip: undefined,
  userAgent: undefined,
}

/** The one repository there is; more of them come beside it. */
export const REPOSITORY = 'default'

/** How messages call this registry. */
export function nameOf({ config }: Deps): string {
  return config.publicUrl ?? 'this registry'
}

export function accessRules({ config }: Deps): AccessRules {
  return { anonymousRead: config.allowAnonymousRead, scopeClaim: config.allowScopeClaim }
}

/** @param approved versions of the package in question that are approved */
export function tagRules({ config }: Deps, approved: ReadonlySet<Version>): TagRules {
  return {
    allowed: config.allowedTags,
    protected: config.protectedTags,
    by: 'ALLOWED_TAGS of the server',
    gate: { tags: config.tagsThatNeedApproval, approved },
  }
}

export type NewsOf = {
  readonly event: string
  readonly target?: AuditEvent['target']
  readonly metadata?: Readonly<Record<string, unknown>>
}

/** Adds to the log, in the transaction of what it tells. */
export async function record(deps: Deps, caller: Caller, news: NewsOf & { readonly tx: Db }): Promise<void> {
  const { actor, token, ip, userAgent } = caller
  const identity = actor.kind === 'user' ? actor.name : caller === SYSTEM ? 'system' : 'anonymous'
  await appendAudit(news.tx, {
    version: 1,
    event: news.event,
    timestamp: deps.now().toISOString(),
    actor: {
      identity,
      auth_method: token?.kind ?? (caller === SYSTEM ? 'system' : 'none'),
      ...(token === undefined ? {} : { token: token.id }),
      ...(ip === undefined ? {} : { ip }),
      ...(userAgent === undefined ? {} : { user_agent: userAgent.slice(0, 200) }),
    },
    target: news.target ?? {},
    metadata: news.metadata ?? {},
    registry: REPOSITORY,
  })
}
