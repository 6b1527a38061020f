/** What clients may send, checked before anything looks at it. Names, versions and tags have parsers of their own in core. */
import { z } from 'zod'
import { ROLES, TOKEN_SCOPES } from '@aam/core'

const text = (most: number): z.ZodString => z.string().max(most)
/** In queries everything is text. */
const flag = z
  .enum(['true', 'false', '1', '0', ''])
  .transform(value => value === 'true' || value === '1' || value === '')
const whole = (least: number, most: number): z.ZodType<number> => z.coerce.number().int().min(least).max(most)

export const setTagBody = z.strictObject({ version: text(256), force: z.boolean().optional() })
export const forceQuery = z.object({ force: flag.optional() })
export const deprecateBody = z.strictObject({ message: text(2000) })
export const approveBody = z.strictObject({
  status: z.enum(['approved', 'rejected']),
  comment: text(2000).optional(),
})
export const ownerBody = z.strictObject({ role: z.enum(['owner', 'maintainer']).optional() }).optional()
export const accessBody = z.strictObject({ visibility: z.enum(['public', 'private']) })
export const registerBody = z.strictObject({
  name: text(200),
  password: text(1000),
  email: z.email().max(200).optional(),
})
export const loginBody = z.strictObject({ name: text(200), password: text(1000), tokenName: text(100).optional() })
export const passwordBody = z.strictObject({ current: text(1000).optional(), password: text(1000) })
export const tokenBody = z.strictObject({
  name: text(200),
  scopes: z.array(z.enum(TOKEN_SCOPES)).max(20).optional(),
  packages: z.array(text(140)).max(100).optional(),
  expiresInDays: z.number().optional(),
})
export const rolesBody = z.strictObject({ roles: z.array(z.enum(ROLES)).max(10) })
export const userBody = z.strictObject({ disabled: z.boolean() })
export const scopeOwnersBody = z.strictObject({ owners: z.array(text(64)).max(100) })
export const advisoryQueryBody = z.strictObject({ packages: z.record(text(140), z.array(text(256)).max(5000)) })
export const metadataBody = z.strictObject({
  roots: z.record(text(140), text(1024)),
  known: z.record(text(140), text(100)).optional(),
})

const page = { cursor: text(400).optional(), limit: whole(1, 200).optional() }
export const searchQuery = z.object({
  q: text(400).optional(),
  type: text(40).optional(),
  scope: text(70).optional(),
  sort: z.enum(['relevance', 'name', 'updated', 'downloads']).optional(),
  ...page,
})
export const auditQuery = z.object({
  event: text(60).optional(),
  actor: text(70).optional(),
  since: z.iso.datetime({ offset: true }).or(z.iso.date()).optional(),
  ...page,
})
export const approvalsQuery = z.object({ status: z.enum(['waiting', 'pending', 'approved', 'rejected']).optional() })
export const publishQuery = z.object({
  tag: text(100).optional(),
  keepLatest: flag.optional(),
  force: flag.optional(),
  dryRun: flag.optional(),
  access: z.enum(['public', 'private']).optional(),
})
/** The same, as fields of a form. */
export const publishFields = publishQuery.extend({ signature: text(64 * 1024).optional() })
