import { type Known, type Wants } from '@aam/core'
import { knownFrom, parseSpec, wantsFrom } from '@aam/testkit'

/** A small good generator (mulberry32): the same seed gives the same universe everywhere. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

export type RandomCase = { readonly lines: readonly string[]; readonly known: Known; readonly wants: Wants }

/** 3 to 7 packages of 1 to 4 versions with 0 to 3 requirements each; one requirement in ten is of a package nobody has. */
export function randomCase(seed: number): RandomCase {
  const random = createRandom(seed)
  const upTo = (limit: number): number => Math.floor(random() * limit)
  const names = 'abcdefg'.slice(0, 3 + upTo(5)).split('')
  const range = (): string => {
    const major = 1 + upTo(4)
    switch (upTo(6)) {
      case 0:
        return '*'
      case 1:
        return `${String(major)}.0.0`
      case 2:
        return `<=${String(major)}.0.0`
      case 3:
        return `>=${String(major)}.0.0`
      case 4:
        return `1.0.0 || ${String(major)}.0.0`
      default:
        return `^${String(major)}.0.0`
    }
  }
  const requirement = (name: string): string => `${random() < 0.1 ? 'ghost' : name} ${range()}`
  const lines = names.flatMap((name, index) =>
    Array.from({ length: 1 + upTo(4) }, (_, major) => {
      // Requirements of later names only, but for one in ten: mostly without cycles.
      const others = names.filter((other, at) => other !== name && (at > index || random() < 0.1))
      const chosen = others.filter(() => random() < 0.45).slice(0, 3)
      const requirements = [...new Set(chosen)].map(requirement)
      return `${name} ${String(major + 1)}.0.0${requirements.length > 0 ? ` → ${requirements.join(', ')}` : ''}`
    }),
  )
  const roots = names.filter(() => random() < 0.5).slice(0, 4)
  const wants = wantsFrom(Object.fromEntries((roots.length > 0 ? roots : ['a']).map(name => [name, range()])))
  return { lines, wants, known: knownFrom(lines.map(parseSpec), { missing: ['ghost'] }) }
}

export function toObject(versions: ReadonlyMap<string, string> | undefined): Record<string, string> | undefined {
  return versions === undefined ? undefined : Object.fromEntries([...versions].sort(([a], [b]) => (a < b ? -1 : 1)))
}
