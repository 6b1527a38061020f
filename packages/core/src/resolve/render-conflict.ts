import { count } from '../failures.ts'
import type { Wants } from '../wants.ts'
import { origin } from './describe-proof.ts'
import type { Explanation } from './explain.ts'

const MOST_LINES = 40

/**
 * The conflict block (D17): the facts as the user guide has them, each with its chain, the suggestions, the derivation.
 * @param works suggestions that were tried and hold
 */
export function renderConflict(
  { facts, target, steps, missing }: Explanation,
  root: Wants['root'],
  works: readonly string[],
): string {
  const names = [...new Set(facts.flatMap(({ premise }) => premise.from?.name ?? []))]
  const all = facts.length === 2 ? 'both constraints' : facts.length === 1 ? 'this constraint' : 'all constraints'
  const suggestions = [
    names.length > 0
      ? `Check if newer versions of ${names.join(' or ')} relax the constraint`
      : `Check whether the ranges in the manifest can be relaxed`,
    names.length > 0
      ? `Use ${names.map(name => `\`aam info ${name}\``).join(' and ')} to see latest versions`
      : `Use \`aam info ${target}\` to see its versions`,
    'Install packages in separate projects if truly incompatible',
    ...works,
  ]
  return [
    'Dependency conflict',
    '',
    ...facts.flatMap(({ premise, chain }) => {
      const last = chain.at(-1)
      const who = last === undefined ? `${root.name}@${root.version}` : `${last.name}@${last.version}`
      return [
        `  Package ${who} requires ${target} ${premise.range.text}${origin(premise)}`,
        `      ${[root.name, ...chain.map(({ name, version }) => `${name}@${version}`)].join(' → ')}`,
      ]
    }),
    '',
    missing ? `There is no package ${target}.` : `No version of ${target} satisfies ${all}.`,
    '',
    'Suggestions:',
    ...suggestions.map((suggestion, index) => `  ${String(index + 1)}. ${suggestion}`),
    '',
    'How this follows:',
    ...abridge(steps.flatMap(step => step.split('\n'))).map(line => `  ${line}`),
  ].join('\n')
}

/** A long derivation is for those who ask for it: its beginning, and what it comes to. */
function abridge(lines: readonly string[]): readonly string[] {
  const left = lines.length - MOST_LINES
  if (left <= 1) return lines
  return [
    ...lines.slice(0, MOST_LINES - 1),
    `    … ${count(left, 'more line')}; --json has them all`,
    ...lines.slice(-1),
  ]
}
