import type { Registry } from '@aam/client'
import {
  type PackageName,
  compareText,
  explainName,
  explainPattern,
  fail,
  matchesName,
  parsePackageName,
} from '@aam/core'

export type ChosenNames = {
  /** Sorted, each once. */
  readonly names: readonly PackageName[]
  /** Those that were given as they are, so that it is an error when the registry lacks them. */
  readonly exact: ReadonlySet<PackageName>
  /** Patterns that no name fits. */
  readonly unmatched: readonly string[]
  /** Names that the registry lists and no package can have, when all of them were asked for. */
  readonly impossible: readonly string[]
}

/**
 * The names of a registry's packages that words stand for: names, or patterns with `*`; no words stand for all of them.
 * @throws NAME_INVALID; USAGE for what is not a pattern
 */
export async function chooseNames(registry: Registry, words: readonly string[]): Promise<ChosenNames> {
  const patterns = words.filter(word => word.includes('*'))
  for (const pattern of patterns) {
    const why = explainPattern(pattern)
    if (why !== undefined) fail('USAGE', { message: `Cannot read '${pattern}' as a pattern`, hint: why })
  }
  const exact = new Set(words.filter(word => !word.includes('*')).map(parsePackageName))
  const listed = words.length === 0 || patterns.length > 0 ? await registry.listNames() : []
  const there = listed.filter(name => explainName(name) === undefined).map(parsePackageName)
  const fitting = words.length === 0 ? there : there.filter(name => patterns.some(each => matchesName(each, name)))
  return {
    names: [...new Set([...exact, ...fitting])].sort(compareText),
    exact,
    unmatched: patterns.filter(pattern => !there.some(name => matchesName(pattern, name))),
    impossible: words.length > 0 ? [] : listed.filter(name => explainName(name) !== undefined).sort(compareText),
  }
}
