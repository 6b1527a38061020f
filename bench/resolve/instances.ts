/** The recorded instances beside this file, and what is known about them. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { Facts, Root } from './documents.ts'

export type Instance = {
  readonly name: string
  readonly file: string
  /** Which versions are resolved, each as the only one its project wants. */
  readonly roots: 'every version' | 'the latest of every package'
  /** How many of the roots have a solution, as solvers of others say too. */
  readonly satisfiable: number
  /** How often a parser may have read the instance's text while all roots are solved. */
  readonly aim: number | undefined
}

const PUBGRUB = { file: 'pubgrub-instances.json.gz', roots: 'every version' } as const

export const LARGE_CASES: readonly Instance[] = [
  { ...PUBGRUB, name: 'large_case', satisfiable: 593, aim: 55 },
  { ...PUBGRUB, name: 'large_case_0', satisfiable: 746, aim: undefined },
  { ...PUBGRUB, name: 'large_case_1', satisfiable: 408, aim: undefined },
  { ...PUBGRUB, name: 'large_case_2', satisfiable: 495, aim: undefined },
]

export const NPM_LIKE: Instance = {
  name: 'npmish_1000_1',
  file: 'npmish-instance.json.gz',
  roots: 'the latest of every package',
  satisfiable: 240,
  aim: 90,
}

export function readInstance({ name, file }: Instance): Facts {
  const text = gunzipSync(readFileSync(new URL(file, import.meta.url))).toString()
  return (JSON.parse(text) as Readonly<Record<string, Facts>>)[name]!
}

export function rootsOf({ roots }: Instance, facts: Facts): Root[] {
  if (roots === 'every version') {
    return Object.entries(facts).flatMap(([name, published]) =>
      Object.keys(published).map(version => ({ [name]: version })),
    )
  }
  // `p0` is not a package: its one version is what the generator itself asked for.
  return Object.entries(facts)
    .filter(([name]) => name !== 'p0')
    .map(([name, published]) => ({ [name]: Object.keys(published).at(-1)! }))
}
