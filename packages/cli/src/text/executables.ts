import { printable } from '@aam/core'
import type { ExecutableReview } from '../world.ts'
import { patchLines } from './diff.ts'
import type { View } from './view.ts'

/** What a package wants to run, or what of it differs from what was approved before. */
export function executableLines(
  { package: name, items, differences, patches }: ExecutableReview,
  view: View,
): string[] {
  if (differences.length === 0) {
    return [
      `${view.bold(name)} wants to run:`,
      ...items.map(({ id, text }) => `  ${view.good('+')} ${printable(id)}: ${printable(text)}`),
    ]
  }
  return [
    `${view.bold(name)} was approved before, and runs something else now:`,
    ...differences.flatMap(({ id, before, after }) => [
      ...(before === undefined ? [] : [`  ${view.bad('-')} ${printable(id)}: ${printable(before)}`]),
      ...(after === undefined ? [] : [`  ${view.good('+')} ${printable(id)}: ${printable(after)}`]),
    ]),
    ...patches.flatMap(patch => patchLines(patch, view)),
  ]
}
