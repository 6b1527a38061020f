/** For which platforms bundles are built, and what the published schema calls them (UAAPS 12.4). */

/** The names of the schema, and the id of the platform that each stands for. */
const PLATFORM_OF = {
  'claude-code': 'claude',
  cursor: 'cursor',
  copilot: 'copilot',
  codex: 'codex',
  universal: 'universal',
} as const

export type BundleTarget = keyof typeof PLATFORM_OF

export const BUNDLE_TARGETS = Object.keys(PLATFORM_OF) as readonly BundleTarget[]

/** The target that a person names, by the schema's name or by ours; `undefined` when there is none. */
export function findBundleTarget(text: string): BundleTarget | undefined {
  return BUNDLE_TARGETS.find(target => target === text || PLATFORM_OF[target] === text)
}

/** The id of the platform. */
export function platformOfTarget(target: BundleTarget): string {
  return PLATFORM_OF[target]
}
