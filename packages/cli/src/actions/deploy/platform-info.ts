/** `aam platform info`: which agents there are, which this project deploys for and why, and where each takes what. */
import { type KindPlace, type Level, placesOf, signalsOf } from '@aam/platforms'
import { findProject } from '../../disk/project.ts'
import type { Context } from '../../world.ts'
import { readSettings } from '../open-registry.ts'
import { chooseTargets, knownPlatforms, showPlace } from './choose-targets.ts'

export type PlatformInfo = {
  readonly id: string
  readonly title: string
  /** What made it a target; `null` when it is none. */
  readonly because: string | null
  /** Files and folders by which it would be found. */
  readonly signals: readonly string[]
  readonly places: readonly KindPlace[]
  /** What is off unless asked for, because nobody could check it. */
  readonly unverified: readonly { readonly id: string; readonly about: string; readonly on: boolean }[]
}

export type PlatformsInfo = { readonly level: Level; readonly platforms: readonly PlatformInfo[] }

/** @throws PLATFORM_UNKNOWN, CONFIG_INVALID */
export async function describePlatforms(context: Context, level: Level): Promise<PlatformsInfo> {
  const { world } = context
  const folder = findProject(world.cwd)?.folder ?? world.cwd
  const config = await readSettings(context, folder)
  const place = { level, project: folder, base: level === 'user' ? world.userHome() : folder }
  const unverified = new Set(config.unverifiedFeatures)
  const show = (path: string): string => showPlace(world, level, path)
  const { targets } = chooseTargets(world, place, { config, selection: { kind: 'usual' }, deployed: [] })
  return {
    level,
    platforms: knownPlatforms(config).map(platform => ({
      id: platform.id,
      title: platform.title,
      because: targets.find(target => target.platform.id === platform.id)?.because ?? null,
      signals: signalsOf(platform, level).map(show),
      places: placesOf(platform, { level, unverified }).map(({ kind, place }) => ({
        kind,
        place: place === null ? null : show(place),
      })),
      unverified: platform.unverified.map(feature => ({
        ...feature,
        on: unverified.has(feature.id),
      })),
    })),
  }
}
