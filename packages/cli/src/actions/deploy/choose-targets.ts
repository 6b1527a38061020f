/** For which agents a project is deployed: those named, else those configured, else all that show signs of themselves (D38). */
import { isAbsolute, relative, sep } from 'node:path'
import { fail, suggest } from '@aam/core'
import {
  type Level,
  PLATFORMS,
  type Platform,
  type TargetPlatform,
  definePlatform,
  detectPlatforms,
  resolveUserPath,
  signalsOf,
} from '@aam/platforms'
import type { Config } from '../../disk/config.ts'
import { isThere } from '../../disk/is-there.ts'
import type { World } from '../../world.ts'

/** Where deployments of a level are relative to, and where their state is kept. */
export type Place = {
  /** The project that is deployed. */
  readonly project: string
  readonly level: Level
  /** The project, or the user's home. */
  readonly base: string
}

export type Targets = {
  readonly targets: readonly TargetPlatform[]
  /** Every sign that was looked for, and whether it was there. */
  readonly signals: Readonly<Record<string, boolean>>
  /** Who chose: a flag or setting, or nobody, and signs were looked for. */
  readonly chosenBy: 'named' | 'settings' | 'signs'
}

/**
 * The platforms there are: ours, and those of the settings.
 * @throws CONFIG_INVALID
 */
export function knownPlatforms({ customPlatforms }: Config): readonly Platform[] {
  const platforms = new Map(PLATFORMS.map(platform => [platform.id, platform]))
  for (const [id, overrides] of Object.entries(customPlatforms?.value ?? {})) {
    const defined = definePlatform(id, overrides, [...platforms.values()])
    if (defined.platform === undefined) {
      return fail('CONFIG_INVALID', {
        file: customPlatforms?.from ?? '',
        field: `custom_platforms.${id}`,
        why: defined.problems.join('; '),
      })
    }
    platforms.set(id, defined.platform)
  }
  return [...platforms.values()]
}

/** Which platforms a command is about. */
export type Selection =
  /** Those of the settings, else those that show signs of themselves. */
  | { readonly kind: 'usual' }
  /** `--platform`: these too. What is deployed for others stays. */
  | { readonly kind: 'named'; readonly platforms: readonly string[] }
  /** Those that something is deployed for, without these. */
  | { readonly kind: 'without'; readonly platforms: readonly string[] | 'all' }

export type TargetChoice = {
  readonly config: Config
  readonly selection: Selection
  /** Platforms that something is deployed for. */
  readonly deployed: readonly string[]
}

/** @throws PLATFORM_UNKNOWN, CONFIG_INVALID */
export function chooseTargets(
  world: World,
  { level, base }: Place,
  { config, selection, deployed }: TargetChoice,
): Targets {
  const platforms = knownPlatforms(config)
  const find = (id: string, from?: string): Platform =>
    platforms.find(platform => platform.id === id) ??
    fail('PLATFORM_UNKNOWN', {
      platform: id,
      from,
      suggestions: suggest(
        id,
        platforms.map(platform => platform.id),
      ),
      known: platforms.map(platform => platform.id),
    })
  const locate = (signal: string): string => (level === 'user' ? resolveUserPath(signal, world.env) : signal)
  const signals = Object.fromEntries(
    platforms.flatMap(platform =>
      signalsOf(platform, level).map(signal => [locate(signal), isThere(base, locate(signal))] as const),
    ),
  )
  if (selection.kind !== 'usual') {
    const known = deployed.filter(id => platforms.some(platform => platform.id === id))
    const named = selection.platforms === 'all' ? known : selection.platforms.map(id => find(id).id)
    const stays = known
      .filter(id => !named.includes(id))
      .map(id => ({ platform: find(id), because: 'deployed before' }))
    const added = selection.kind === 'named' ? named.map(id => ({ platform: find(id), because: '--platform' })) : []
    return { targets: inOrder([...added, ...stays], platforms), signals, chosenBy: 'named' }
  }
  const { platforms: configured } = config
  const shown = (from: string): string => (from.startsWith(`${base}${sep}`) ? relative(base, from) : from)
  if (configured !== undefined) {
    const targets = configured.value.map(id => ({
      platform: find(id, shown(configured.from)),
      because: shown(configured.from),
    }))
    return { targets: inOrder(targets, platforms), signals, chosenBy: 'settings' }
  }
  return {
    targets: detectPlatforms(platforms, level, signal => signals[locate(signal)] === true).map(
      ({ platform, because }) => ({ platform, because: showPlace(world, level, because) }),
    ),
    signals,
    chosenBy: 'signs',
  }
}

/** A place or a sign as people can open it: at user level below `~/`, or where a variable says. */
export function showPlace({ env }: World, level: Level, path: string): string {
  if (level === 'project') return path
  const place = resolveUserPath(path, env)
  return isAbsolute(place) ? place : `~/${place}`
}

export type BundleTargets = {
  readonly targets: readonly TargetPlatform[]
  /** Ids of those that only bundles ask for. */
  readonly bundlesOnly: ReadonlySet<string>
}

/**
 * Adds the platforms that bundles are for. Where signs choose, a bundle is one more sign; where somebody has chosen, it brings
 * its platform for itself alone.
 * @param bundles name of the package, and id of the platform
 */
export function addBundleTargets(
  { targets, chosenBy }: Pick<Targets, 'targets' | 'chosenBy'>,
  bundles: readonly { readonly package: string; readonly only: string }[],
  platforms: readonly Platform[],
): BundleTargets {
  const known = new Set(targets.map(({ platform }) => platform.id))
  const added = bundles.flatMap(({ package: name, only }) => {
    const platform = known.has(only) ? undefined : platforms.find(({ id }) => id === only)
    return platform === undefined ? [] : [{ platform, because: `the bundle ${name}` }]
  })
  return {
    targets: inOrder([...targets, ...added], platforms),
    bundlesOnly: new Set(chosenBy === 'signs' ? [] : added.map(({ platform }) => platform.id)),
  }
}

/** Each once, in the order of the platforms. */
function inOrder(targets: readonly TargetPlatform[], platforms: readonly Platform[]): TargetPlatform[] {
  return platforms.flatMap(platform => targets.find(target => target.platform.id === platform.id) ?? [])
}
