/** `lowest` is `--minimal`; `latest` ignores every range but those of `resolutions` (D21). */
export type Strategy = 'highest' | 'lowest' | 'latest'

/** What to do where no solution has one version of each package (D17). `override` only changes what is suggested. */
export const CONFLICT_STRATEGIES = ['fail', 'duplicate', 'override', 'peer'] as const
export type ConflictStrategy = (typeof CONFLICT_STRATEGIES)[number]
