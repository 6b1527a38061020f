/** The log told again: what the tables must say when everything in it has happened. */
import type { AuditEvent } from '@aam/core/wire'

/** A version as the log knows it. The number of one that was refused may be published again. */
export type ReplayedVersion = {
  readonly version: string
  readonly state: string
  readonly integrity: string
  readonly yanked: boolean
  readonly deprecated: string | null
}

export type ReplayedPackage = {
  readonly visibility: string
  /** In the order they were published. */
  readonly versions: readonly ReplayedVersion[]
  readonly tags: ReadonlyMap<string, string>
  readonly members: ReadonlyMap<string, string>
}

export type Replayed = {
  readonly packages: ReadonlyMap<string, ReplayedPackage>
  /** Owners by scope, sorted. */
  readonly scopes: ReadonlyMap<string, readonly string[]>
}

/** Tells events, oldest first, over again. */
export function replay(events: readonly Pick<AuditEvent, 'event' | 'actor' | 'target' | 'metadata'>[]): Replayed {
  const packages = new Map<string, ReplayedPackage>()
  const scopes = new Map<string, readonly string[]>()
  for (const { event, actor, target, metadata } of events) {
    if (event === 'scope.owners' && target['scope'] !== undefined) {
      const after = metadata['after'] as readonly string[]
      scopes.set(target['scope'], [...after].sort())
    }
    const { package: name } = target
    if (name === undefined) continue
    const before = packages.get(name) ?? newPackage(actor.identity, metadata)
    packages.set(name, follow(before, { event, version: target.version ?? '', metadata }))
  }
  return { packages, scopes }
}

function newPackage(owner: string, metadata: AuditEvent['metadata']): ReplayedPackage {
  const visibility = String(metadata['visibility'])
  return { visibility, versions: [], tags: new Map(), members: new Map([[owner, 'owner']]) }
}

type Step = { readonly event: string; readonly version: string; readonly metadata: AuditEvent['metadata'] }

function follow(pkg: ReplayedPackage, { event, version, metadata }: Step): ReplayedPackage {
  const change = (changes: Partial<ReplayedVersion>): ReplayedPackage => ({
    ...pkg,
    versions: pkg.versions.map(each =>
      each.version === version && each.state !== 'refused' ? { ...each, ...changes } : each,
    ),
  })
  switch (event) {
    case 'package.publish': {
      const { state, integrity } = metadata
      const fresh = { version, state: String(state), integrity: String(integrity), yanked: false, deprecated: null }
      return { ...pkg, versions: [...pkg.versions, fresh] }
    }
    case 'package.visibility':
      return { ...pkg, visibility: String(metadata['after']) }
    case 'ownership.transfer':
      return { ...pkg, members: withValue(pkg.members, String(metadata['user']), metadata['after']) }
    case 'tag.set':
    case 'tag.remove':
      return { ...pkg, tags: withValue(pkg.tags, String(metadata['tag']), metadata['to']) }
    case 'version.deprecate':
      return change({ deprecated: textOrNull(metadata['after']) })
    case 'version.yank':
    case 'version.yank.undo':
      return change({ yanked: event === 'version.yank' })
    case 'version.approve':
    case 'version.reject':
      return change({ state: String(metadata['state']) })
    default:
      return pkg
  }
}

/** @param value `null`: the key is no longer there */
function withValue(map: ReadonlyMap<string, string>, key: string, value: unknown): ReadonlyMap<string, string> {
  const after = new Map(map)
  if (typeof value === 'string') after.set(key, value)
  else after.delete(key)
  return after
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
