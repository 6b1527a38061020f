/** What is to be where: the units of every package for every platform, put together. */
import { compareText } from '@aam/core'
import type { Unit } from '../platform.ts'

/** A unit, and the platforms that read it there. */
export type DesiredUnit = Unit & { readonly platforms: readonly string[] }

/** A unit as one platform asks for it. */
export type Asked = { readonly platform: string; readonly unit: Unit }

/** What is wanted, and what cannot be had because something else is wanted at its place. */
export type Joined = {
  readonly units: readonly DesiredUnit[]
  /** Units that come too late, each with the one that has its place. */
  readonly clashes: readonly { readonly unit: DesiredUnit; readonly taken: Unit }[]
}

/**
 * Puts together what platforms ask for: what several of them read at one place is one unit. Two different things at one place,
 * like a skill `cmd-x` and a command `x` that becomes one, clash: the first by package and kind has it. Sorted, so that the
 * result does not depend on the order of packages or platforms. Elements that a package adds to one list keep their order.
 */
export function joinUnits(asked: readonly Asked[]): Joined {
  const byUnit = new Map<string, { readonly unit: Unit; readonly platforms: Set<string> }>()
  for (const { platform, unit } of asked) {
    const key = [placeOf(unit), originOf(unit), isElement(unit) ? JSON.stringify(unit.value) : ''].join('\n')
    const there = byUnit.get(key)
    if (there === undefined) byUnit.set(key, { unit, platforms: new Set([platform]) })
    else there.platforms.add(platform)
  }
  const sorted = [...byUnit.values()]
    .sort((a, b) => compareText(placeOf(a.unit), placeOf(b.unit)) || compareText(originOf(a.unit), originOf(b.unit)))
    .map(({ unit, platforms }): DesiredUnit => ({ ...unit, platforms: [...platforms].sort(compareText) }))
  const first = new Map<string, DesiredUnit>()
  for (const unit of sorted) if (!first.has(placeOf(unit))) first.set(placeOf(unit), unit)
  const isFirst = (unit: DesiredUnit): boolean => isElement(unit) || first.get(placeOf(unit)) === unit
  return {
    units: sorted.filter(isFirst),
    clashes: sorted.filter(unit => !isFirst(unit)).map(unit => ({ unit, taken: first.get(placeOf(unit)) ?? unit })),
  }
}

function isElement(unit: Unit): unit is Extract<Unit, { readonly form: 'json' }> {
  return unit.form === 'json' && unit.key === null
}

function originOf(unit: Unit): string {
  return [unit.package, unit.kind, unit.name].join('\n')
}

/** What makes two units one, but for elements of a list, of which an origin may have several. */
function placeOf(unit: Unit): string {
  const origin = [unit.package, unit.kind, unit.name]
  switch (unit.form) {
    case 'files':
      return unit.root
    case 'json':
      return [unit.file, ...unit.at, ...(unit.key === null ? origin : [unit.key])].join('\n')
    case 'block':
      return [unit.file, ...origin].join('\n')
  }
}
