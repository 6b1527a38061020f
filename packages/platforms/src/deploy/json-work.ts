/** A JSON file of which some parts are ours: what is asked, and how far it has been changed. */
import type { JsonInsertion, JsonPlace } from '../edit/json-insertion.ts'
import { sameValue } from '../edit/same-value.ts'
import type { DesiredUnit } from './desired.ts'
import type { JsonEntry, SharedFile } from './ledger.ts'
import type { Force, Outcome } from './outcome.ts'

export type JsonUnit = Extract<DesiredUnit, { readonly form: 'json' }>

export type JsonTask = {
  readonly file: string
  /** `undefined` when there is no file. */
  readonly text: string | undefined
  readonly units: readonly JsonUnit[]
  /** What is ours in it. After a run that did not come to its end, what it was to write as well. */
  readonly known: readonly JsonEntry[]
  readonly shared: SharedFile | undefined
  readonly force: Force
  /** Nobody knows any more what we wrote: parents that hold nothing but ours count as made by us. */
  readonly rebuilding: boolean
  /** A run did not come to its end: what is known may never have been there. */
  readonly interrupted: boolean
  readonly digest: (text: string) => string
}

/** The text as it is being changed, and what is known of it. */
export type Work = {
  text: string | undefined
  readonly made: JsonInsertion[]
  readonly entries: JsonEntry[]
  readonly outcomes: Outcome[]
  created: boolean
}

/** All of ours that is in the file as it is now. */
export function insertionsOf({ made, entries }: Work): JsonInsertion[] {
  return [...made, ...entries.map(({ insertion }) => insertion)]
}

/** Counts members as made for us; each once. */
export function claim(work: Work, insertions: readonly JsonInsertion[]): void {
  work.made.push(...insertions.filter(insertion => !work.made.some(made => isSamePlace(made, insertion))))
}

export function isSamePlace(a: JsonPlace, b: JsonPlace): boolean {
  return a.key === b.key && sameValue(a.at, b.at)
}
