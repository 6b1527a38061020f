/** What has to be in a JSON file for our parts to be there: made with them, and gone with the last of them. */
import type { JsonInsertion, JsonPlace } from '../edit/json-insertion.ts'
import { valueAt } from '../edit/json-value.ts'
import { insertJson, isEmptyJson, removeJson } from '../edit/json.ts'
import { type JsonTask, type Work, claim, insertionsOf, isSamePlace } from './json-work.ts'
import type { JsonEntry } from './ledger.ts'
import { type Change, outcomeOf } from './outcome.ts'

/** What the platform needs to read the file at all. What is there, with whatever value, stays. */
export function addNeeds(task: JsonTask, work: Work): void {
  for (const need of task.units.flatMap(({ needs }) => needs)) {
    if (work.text === undefined || valueAt(work.text, [...need.at, need.key]) !== undefined) continue
    const inserted = insertJson(work.text, need, insertionsOf(work))
    if ('problem' in inserted) {
      const [first] = task.units
      const details = [`${need.key}: ${inserted.problem}`]
      if (first !== undefined) work.outcomes.push(outcomeOf(first, { place: task.file, change: 'blocked', details }))
      continue
    }
    work.text = inserted.text
    claim(work, inserted.insertions)
  }
}

/** Takes out what had to be there for our parts only, the innermost first, and a file that we made when nothing is left in it. */
export function tidy(task: JsonTask, work: Work): void {
  const isLast = work.entries.length === 0
  for (const insertion of work.made.toReversed()) {
    const isNeed = task.units.some(({ needs }) => needs.some(need => isSamePlace(need, insertion)))
    if (work.text === undefined || (!isLast && (isNeed || holdsOurs(work.entries, insertion)))) continue
    const removed = removeJson(work.text, insertion)
    if (!('problem' in removed)) work.text = removed.text
    work.made.splice(work.made.indexOf(insertion), 1)
  }
  if (isLast && work.created && work.text !== undefined && isEmptyJson(work.text)) work.text = undefined
}

/** Of a ledger that was lost: parents were made for us; those with something else in them stay when ours goes. */
export function claimParents(work: Work, { at, key }: JsonPlace): void {
  const parents = at.map((name, depth): JsonInsertion => {
    const value = key === null && depth === at.length - 1 ? '[]' : '{}'
    return { at: at.slice(0, depth), key: name, text: `${JSON.stringify(name)}: ${value}`, inner: '' }
  })
  claim(work, parents)
}

/** What becomes of something that was there before this run. */
export const FOUND: ReadonlySet<Change> = new Set(['same', 'adopt', 'update', 'remove'])

/** Of a ledger that was lost: a file that has nothing but ours in it was made by us, with all that it needs. */
export function claimFile(task: JsonTask, work: Work): void {
  const needs = [...task.units, ...task.known]
    .flatMap(each => each.needs ?? [])
    .map(({ at, key, value }): JsonInsertion => ({ at, key, text: `${JSON.stringify(key)}: ${JSON.stringify(value)}` }))
  const inside = [...work.made, ...needs, ...work.entries.map(({ insertion }) => insertion)]
  let rest = work.text ?? ''
  for (const insertion of inside.toReversed()) {
    const removed = removeJson(rest, insertion)
    if (!('problem' in removed)) rest = removed.text
  }
  if (!isEmptyJson(rest)) return
  work.created = true
  claim(work, needs)
}

function holdsOurs(entries: readonly JsonEntry[], { at, key }: JsonInsertion): boolean {
  const path = key === null ? at : [...at, key]
  return entries.some(({ insertion }) => path.every((step, index) => insertion.at[index] === step))
}
