/** For which platforms to deploy: those named, else those configured, else those that the project shows signs of. */
import type { Level, Platform } from '../platform.ts'

/** A platform, and what made it one to deploy for. */
export type TargetPlatform = {
  readonly platform: Platform
  /** `.claude/`, `--platform`, a file of settings: for people. */
  readonly because: string
}

/** The signals of a level. */
export function signalsOf(platform: Platform, level: Level): readonly string[] {
  return level === 'project' ? platform.signals : platform.userSignals
}

/** The platforms of which the best signal is there, all of them: several are no conflict (D38). */
export function detectPlatforms(
  platforms: readonly Platform[],
  level: Level,
  isThere: (signal: string) => boolean,
): TargetPlatform[] {
  return platforms.flatMap(platform => {
    const signal = signalsOf(platform, level).find(isThere)
    return signal === undefined ? [] : [{ platform, because: signal }]
  })
}
