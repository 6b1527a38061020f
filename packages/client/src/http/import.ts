/** Taking a package over into a registry that decides for itself, through its port alone. */
import {
  type ImportDecision,
  type KeptTag,
  type TagMove,
  type TagRules,
  decideImport,
  exactly,
  isAamError,
} from '@aam/core'
import { type Import, type ImportOptions, fetchVerified } from '../folder/import.ts'
import type { Registry } from '../registry.ts'

/** The target has rules of its own, and says so. */
const NO_RULES: TagRules = { allowed: undefined, protected: [], by: 'the registry' }

/** Why the target may leave a tag where it is. */
const REFUSED: Readonly<Record<string, KeptTag['why']>> = {
  TAG_NOT_ALLOWED: 'not-allowed',
  APPROVAL_REQUIRED: 'unapproved',
  VERSION_WAITING: 'unapproved',
  TAG_PROTECTED: 'elsewhere',
}

/**
 * Imports all versions of a package, lowest first, its tags, and what is deprecated and yanked, as somebody would who
 * publishes them one after the other. Each archive is verified before it is sent. A crash in between is continued by doing
 * it again. Owners are not taken over: who imports is the owner.
 * @throws VERSION_CONFLICT before anything is sent, INTEGRITY_MISMATCH, and what the target refuses
 */
export async function importIntoRegistry(
  target: Registry,
  { source, incoming }: Import,
  { force, dryRun }: ImportOptions,
): Promise<ImportDecision> {
  const { name } = incoming
  const decision = decideImport(await target.fetchDocument(name), incoming, { rules: NO_RULES, force })
  /** Versions that nobody can tag or yank before they are approved; their own tags wait with them. */
  const waiting = new Set<string>()
  for (const version of decision.added) {
    const { archive } = await fetchVerified(source, incoming, version)
    const { state } = await target.publish(archive, { keepLatest: true, dryRun })
    if (state === 'waiting') waiting.add(version)
  }
  if (dryRun) return decision
  const tags: TagMove[] = []
  const keptTags: KeptTag[] = [...decision.keptTags]
  for (const move of decision.tags) {
    const why = waiting.has(move.to) ? 'unapproved' : await trySetTag(target, { name, move, force })
    if (why === undefined) tags.push(move)
    else keptTags.push({ tag: move.tag, offered: move.to, current: move.from, why })
  }
  for (const { version, deprecated, yanked } of statesOf(decision)) {
    if (waiting.has(version)) continue
    await target.deprecate(name, { range: exactly(version), message: deprecated })
    await target.yank(name, { version, undo: !yanked })
  }
  return { ...decision, tags, keptTags }
}

/** What is to be said about versions: of new ones, what the source says; of others, what changes. */
function statesOf({ added, document, states }: ImportDecision): ImportDecision['states'] {
  const fresh = added.flatMap(version => {
    const release = document.releases.get(version)
    const { deprecated, yanked = false } = release ?? {}
    return deprecated === undefined && !yanked ? [] : [{ version, deprecated, yanked }]
  })
  return [...fresh, ...states]
}

/** Why the tag stays where it is; `undefined` when it was set. */
async function trySetTag(
  target: Registry,
  {
    name,
    move,
    force,
  }: { readonly name: Parameters<Registry['setTag']>[0]; readonly move: TagMove; readonly force: boolean },
): Promise<KeptTag['why'] | undefined> {
  try {
    await target.setTag(name, { tag: move.tag, version: move.to, force })
    return undefined
  } catch (error) {
    const why = isAamError(error) ? REFUSED[error.code] : undefined
    if (why === undefined) throw error
    return why
  }
}
