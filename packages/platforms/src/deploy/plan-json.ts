/** Members and elements of ours in a JSON file that others write too: what its text is to be. */
import { compareText } from '@aam/core'
import { type JsonInsertion, type JsonPlace, insertedValue } from '../edit/json-insertion.ts'
import { valueAt } from '../edit/json-value.ts'
import { adoptJson, findJson, insertJson, removeJson, replaceJson } from '../edit/json.ts'
import { sameValue } from '../edit/same-value.ts'
import { FOUND, addNeeds, claimFile, claimParents, tidy } from './json-parents.ts'
import { type JsonTask, type JsonUnit, type Work, claim, insertionsOf } from './json-work.ts'
import type { JsonEntry, SharedFile } from './ledger.ts'
import { type Change, type Outcome, originOf, outcomeOf } from './outcome.ts'

export type JsonPlan = {
  /** `undefined`: there is to be no file. */
  readonly text: string | undefined
  readonly entries: readonly JsonEntry[]
  readonly shared: SharedFile | undefined
  readonly outcomes: readonly Outcome[]
}

/** Plans one file. What is not wanted goes first, then each unit is brought to its place. */
export function planJson(task: JsonTask): JsonPlan {
  const work: Work = {
    text: task.text,
    made: [...(task.shared?.made ?? [])],
    entries: [],
    outcomes: [],
    created: task.shared?.created ?? false,
  }
  const known = currentEntries(task)
  if (task.rebuilding) for (const { insertion } of known) claimParents(work, insertion)
  const pairs = task.units.map(unit => ({ unit, entry: takeMatch(known, unit) }))
  for (const entry of known) drop(task, work, entry)
  for (const { unit, entry } of pairs) bring(task, work, { unit, entry })
  if (work.entries.length > 0) addNeeds(task, work)
  if (task.rebuilding && work.outcomes.some(({ change }) => FOUND.has(change))) claimFile(task, work)
  tidy(task, work)
  return {
    text: work.text,
    entries: work.entries,
    shared: work.entries.length === 0 ? undefined : { created: work.created, made: work.made, block: undefined },
    outcomes: work.outcomes,
  }
}

/** Of entries for one place the one that is there: several are known when a run was interrupted. */
function currentEntries({ known, text }: JsonTask): JsonEntry[] {
  const best = new Map<string, { readonly entry: JsonEntry; readonly rank: number }>()
  for (const entry of known) {
    const rank = text === undefined ? 2 : RANK[stateIn(text, entry.insertion)]
    const place = placeKey(entry, { ...entry.insertion, value: insertedValue(entry.insertion) })
    const other = best.get(place)
    if (other === undefined || rank < other.rank) best.set(place, { entry, rank })
  }
  return [...best].sort(([a], [b]) => compareText(a, b)).map(([, { entry }]) => entry)
}

type State = 'same' | 'edited' | 'gone'
const RANK: Readonly<Record<State, number>> = { same: 0, edited: 1, gone: 2 }

/** A text that cannot be read was refused before. */
function stateIn(text: string, insertion: JsonInsertion): State {
  const state = findJson(text, insertion)
  return typeof state === 'string' ? state : 'gone'
}

/** What makes two of our things one: a member is its key, an element what it says and whose it is. */
function placeKey(
  origin: Pick<Outcome, 'package' | 'kind'>,
  { at, key, value }: JsonPlace & { value?: unknown },
): string {
  return JSON.stringify(key === null ? [at, origin.package, origin.kind, value] : [at, key])
}

/** Takes the entry of a unit out of the list. */
function takeMatch(known: JsonEntry[], unit: JsonUnit): JsonEntry | undefined {
  const wanted = placeKey(unit, unit)
  const index = known.findIndex(
    entry => placeKey(entry, { ...entry.insertion, value: insertedValue(entry.insertion) }) === wanted,
  )
  return index === -1 ? undefined : known.splice(index, 1)[0]
}

/** Takes out what is no longer wanted; what somebody changed stays and is theirs. */
function drop(task: JsonTask, work: Work, entry: JsonEntry): void {
  if (work.text === undefined) return
  const state = stateIn(work.text, entry.insertion)
  if (state === 'gone') {
    // An element that somebody edited cannot be told from one that was taken out; what is left in its list may be it.
    const elements = entry.insertion.key === null ? valueAt(work.text, entry.insertion.at) : undefined
    const isEdited = Array.isArray(elements) && elements.length > 0 && !task.interrupted && hasStrangers(task, entry)
    if (isEdited) {
      work.outcomes.push(outcomeOf(entry, { place: task.file, change: 'left', details: [label(entry.insertion)] }))
    }
    return
  }
  if (entry.accepted !== undefined && task.force !== 'overwrite') {
    work.outcomes.push(outcomeOf(entry, { place: task.file, change: 'left', details: [label(entry.insertion)] }))
    return
  }
  const force = state === 'edited' && task.force === 'overwrite'
  const removed = removeJson(work.text, force ? asItIs(work.text, entry.insertion) : entry.insertion)
  if ('problem' in removed) {
    work.outcomes.push(outcomeOf(entry, { place: task.file, change: 'left', details: [label(entry.insertion)] }))
    return
  }
  work.text = removed.text
  work.outcomes.push(outcomeOf(entry, { place: task.file, change: 'remove' }))
}

/** Whether elements of the list are not all ones that are wanted or ours. */
function hasStrangers({ text, known, units }: JsonTask, { insertion: { at } }: JsonEntry): boolean {
  const elements = text === undefined ? undefined : valueAt(text, at)
  const ours = [...known.map(({ insertion }) => insertedValue(insertion)), ...units.map(({ value }) => value)]
  return Array.isArray(elements) && elements.some(element => !ours.some(value => sameValue(value, element)))
}

type Pair = { readonly unit: JsonUnit; readonly entry: JsonEntry | undefined }

function bring(task: JsonTask, work: Work, { unit, entry }: Pair): void {
  const { text } = work
  if (text === undefined) {
    insert(task, work, unit)
    return
  }
  if (entry !== undefined && stateIn(text, entry.insertion) === 'same') {
    keepOrReplace(task, work, { unit, entry, text })
    return
  }
  const found = adoptable(text, unit, work)
  if (found !== undefined) {
    keepEntry(work, unit, { insertion: found })
    if (task.rebuilding) claimParents(work, unit)
    work.outcomes.push(outcomeOf(unit, { place: task.file, change: 'adopt' }))
    return
  }
  const foreign = inTheWay(text, { unit, entry: task.interrupted ? undefined : entry })
  if (foreign === undefined || (foreign === 'element' && task.force === 'overwrite')) insert(task, work, unit)
  else if (foreign === 'member' && task.force !== 'keep') takeMember(task, work, { unit, text })
  else {
    if (entry !== undefined) work.entries.push(entry)
    const change: Change = entry === undefined ? 'in-the-way' : 'edited'
    work.outcomes.push(outcomeOf(unit, { place: task.file, change, details: [label(unit)] }))
  }
}

function keepOrReplace(
  task: JsonTask,
  work: Work,
  { unit, entry, text }: { readonly unit: JsonUnit; readonly entry: JsonEntry; readonly text: string },
): void {
  const isWanted =
    sameValue(insertedValue(entry.insertion), unit.value) || entry.accepted === task.digest(JSON.stringify(unit.value))
  if (isWanted) {
    work.entries.push({ ...entry, ...originOf(unit), platforms: unit.platforms })
    work.outcomes.push(outcomeOf(unit, { place: task.file, change: 'same' }))
    return
  }
  replace(task, work, { unit, insertion: entry.insertion, text })
}

function replace(
  task: JsonTask,
  work: Work,
  { unit, insertion, text }: { readonly unit: JsonUnit; readonly insertion: JsonInsertion; readonly text: string },
): void {
  const replaced = replaceJson(text, insertion, unit.value)
  if ('problem' in replaced) {
    keepEntry(work, unit, { insertion })
    work.outcomes.push(outcomeOf(unit, { place: task.file, change: 'blocked', details: [replaced.problem] }))
    return
  }
  work.text = replaced.text
  keepEntry(work, unit, { insertion: replaced.insertion })
  work.outcomes.push(outcomeOf(unit, { place: task.file, change: 'update' }))
}

/** What is there already as we would write it, and does not count as another entry. */
function adoptable(text: string, unit: JsonUnit, work: Work): JsonInsertion | undefined {
  const found = adoptJson(text, unit)
  if (found === undefined || unit.key !== null) return found
  const elements = valueAt(text, unit.at)
  const there = Array.isArray(elements) ? elements.filter(element => sameValue(element, unit.value)).length : 0
  const counted = work.entries.filter(({ insertion: { at, key, ...rest } }) => {
    return key === null && sameValue(at, unit.at) && sameValue(insertedValue({ at, key, ...rest }), unit.value)
  })
  return counted.length < there ? found : undefined
}

/**
 * Whether something of somebody else's stands for this unit: another value at its key; or, of an element that was there, a list
 * that somebody has edited since. Of an element nobody can say whether it was edited or taken out.
 */
function inTheWay(text: string, { unit, entry }: Pair): 'member' | 'element' | undefined {
  if (unit.key !== null) return valueAt(text, [...unit.at, unit.key]) === undefined ? undefined : 'member'
  const elements = valueAt(text, unit.at)
  return entry !== undefined && Array.isArray(elements) && elements.length > 0 ? 'element' : undefined
}

/** The user's member becomes ours: as it is, or written over. */
function takeMember(
  task: JsonTask,
  work: Work,
  { unit, text }: { readonly unit: JsonUnit; readonly text: string },
): void {
  const insertion = asItIs(text, unit)
  if (task.force === 'overwrite') {
    replace(task, work, { unit, insertion, text })
    return
  }
  keepEntry(work, unit, { insertion, accepted: task.digest(JSON.stringify(unit.value)) })
  work.outcomes.push(outcomeOf(unit, { place: task.file, change: 'adopt' }))
}

function insert(task: JsonTask, work: Work, unit: JsonUnit): void {
  const inserted = insertJson(work.text, unit, insertionsOf(work))
  if ('problem' in inserted) {
    work.outcomes.push(outcomeOf(unit, { place: task.file, change: 'blocked', details: [inserted.problem] }))
    return
  }
  if (work.text === undefined) work.created = true
  work.text = inserted.text
  const [insertion, ...parents] = inserted.insertions.toReversed()
  claim(work, parents.toReversed())
  if (insertion !== undefined) keepEntry(work, unit, { insertion })
  work.outcomes.push(outcomeOf(unit, { place: task.file, change: 'add' }))
}

/** A record of what is at a place, as if we had put it there. */
function asItIs(text: string, { at, key }: JsonPlace): JsonInsertion {
  const path = key === null ? at : [...at, key]
  const found = adoptJson(text, { at, key, value: valueAt(text, path) })
  // With a comment in it, it is not only a value; then it is taken as it would be without.
  return found ?? { at, key, text: `${JSON.stringify(key)}: ${JSON.stringify(valueAt(text, path))}` }
}

function keepEntry(
  work: Work,
  unit: JsonUnit,
  { insertion, accepted }: { readonly insertion: JsonInsertion; readonly accepted?: string },
): void {
  work.entries.push({
    ...originOf(unit),
    form: 'json',
    platforms: unit.platforms,
    file: unit.file,
    insertion,
    ...(accepted === undefined ? {} : { accepted }),
  })
}

/** `hooks.PreToolUse`, `mcpServers.github`: where it is, for people. */
function label({ at, key }: JsonPlace): string {
  return [...at, ...(key === null ? [] : [key])].join('.')
}
