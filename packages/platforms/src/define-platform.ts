/** Platforms that users add or change in their configuration. */
import { explainPlace } from './paths.ts'
import type { Level, Places, Platform } from './platform.ts'
import { contextIn, rulesIn } from './rules.ts'

/** Folders and files as a user writes them. */
export type PlaceOverrides = {
  readonly skills?: string
  readonly commands?: string
  readonly agents?: string
  /** A folder; or a file that takes all of them, when it ends in `.md`. */
  readonly rules?: string
  /** The same for a package's AGENTS.md. */
  readonly context?: string
}

export type PlatformOverrides = {
  /** What a new platform has where nothing else is said, and the formats of its files; `universal` when it is not there. */
  readonly extends?: string
  readonly title?: string
  readonly signals?: readonly string[]
  readonly userSignals?: readonly string[]
  readonly project?: PlaceOverrides
  readonly user?: PlaceOverrides
}

/** A platform, or why it is none: sentences without a full stop that begin with the key, `project.skills: it is empty`. */
export type DefinedPlatform =
  | { readonly platform: Platform; readonly problems: readonly [] }
  | { readonly platform: undefined; readonly problems: readonly string[] }

/**
 * A new platform, or one of `platforms` changed in what is named.
 *
 * @param platforms those that it can extend or change
 */
export function definePlatform(
  id: string,
  overrides: PlatformOverrides,
  platforms: readonly Platform[],
): DefinedPlatform {
  const there = platforms.find(platform => platform.id === id)
  const wanted = overrides.extends ?? 'universal'
  const base = there ?? platforms.find(platform => platform.id === wanted)
  if (base === undefined) {
    const known = platforms.map(platform => platform.id).join(', ')
    return { platform: undefined, problems: [`extends: there is no platform '${wanted}'; there are ${known}`] }
  }
  const own = there ?? { title: id, signals: [], userSignals: [] }
  const project = movePlaces(base, 'project', overrides.project ?? {})
  const user = movePlaces(base, 'user', overrides.user ?? {})
  const problems = [
    ...(ID.test(id) ? [] : [`'${id}' is not the id of a platform: lower-case letters, digits and hyphens`]),
    ...(there !== undefined && overrides.extends !== undefined
      ? [`extends: '${id}' is there already and is changed, so it cannot extend another`]
      : []),
    ...explainSignals('signals', overrides.signals ?? []),
    ...explainSignals('userSignals', overrides.userSignals ?? []),
    ...project.problems,
    ...user.problems,
  ]
  if (problems.length > 0) return { platform: undefined, problems }
  const platform = {
    ...base,
    id,
    title: overrides.title ?? own.title,
    signals: overrides.signals ?? own.signals,
    userSignals: overrides.userSignals ?? own.userSignals,
    project: project.places,
    user: user.places,
  }
  return { platform, problems: [] }
}

const ID = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/

function explainSignals(key: 'signals' | 'userSignals', signals: readonly string[]): string[] {
  return signals.flatMap(signal => {
    const isShared = signal.replace(/\/$/, '') === '.agents'
    const why = isShared ? 'many platforms read it, so it shows none of them' : explainPlace(signal)
    return why === undefined ? [] : [`${key}: '${signal}': ${why}`]
  })
}

type Moved = { readonly places: Places; readonly problems: readonly string[] }

type PlaceKey = keyof PlaceOverrides

/** The places of a level, with those that are named moved; a format that the platform has at one level serves the other too. */
function movePlaces(base: Platform, level: Level, wanted: PlaceOverrides): Moved {
  const formats = { ...base[level === 'project' ? 'user' : 'project'], ...base[level] }
  const keys = (['skills', 'commands', 'agents', 'rules', 'context'] as const).filter(key => wanted[key] !== undefined)
  const moved = keys.map(key => ({ key, ...movePlace({ key, formats, base }, wanted[key] ?? '') }))
  return {
    places: { ...base[level], ...Object.fromEntries(moved.map(({ key, place }) => [key, place])) },
    problems: moved.flatMap(({ key, why }) => (why === undefined ? [] : [`${level}.${key}: ${why}`])),
  }
}

type Move = { readonly key: PlaceKey; readonly formats: Places; readonly base: Platform }

/** The place at `path`, in the type that `Places` has for the key; or why there is none. */
function movePlace({ key, formats, base }: Move, path: string): { readonly place?: unknown; readonly why?: string } {
  const why = explainPlace(path)
  if (why !== undefined) return { why }
  const folder = path.replace(/\/$/, '')
  if (key === 'skills') return { place: folder }
  if (key === 'rules' && path.endsWith('.md')) return { place: rulesIn(path) }
  if (key === 'context' && path.endsWith('.md')) return { place: contextIn(path) }
  const format = formats[key]
  if (format === undefined || !('render' in format)) {
    return { why: `${base.id} has no files for ${key} whose format could be used; extend a platform that has` }
  }
  // Its `feature` stays behind: whoever names the folder has verified it.
  return { place: { folder, extension: format.extension, render: format.render } }
}
