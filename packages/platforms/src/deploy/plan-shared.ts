/** A file that others write too: our parts of it brought to what they are to be. */
import {
  type Block,
  type BlockProblem,
  type BlockRecord,
  definedTables,
  hasMarkers,
  isEmptyText,
  readBlock,
  removeBlock,
  setBlock,
} from '../edit/block.ts'
import { readJson } from '../edit/json-text.ts'
import { sameValue } from '../edit/same-value.ts'
import type { DesiredUnit } from './desired.ts'
import { type BlockEntry, type JsonEntry, type LedgerEntry, type SharedFile, joinShared } from './ledger.ts'
import {
  type Change,
  type Digest,
  type Disk,
  type Force,
  type Outcome,
  type Step,
  encode,
  markOf,
  originOf,
  outcomeOf,
} from './outcome.ts'
import type { JsonUnit } from './json-work.ts'
import { planJson } from './plan-json.ts'

export type SharedTask = {
  readonly file: string
  readonly units: readonly DesiredUnit[]
  readonly known: readonly LedgerEntry[]
  /** What we did to the file; several when a run was interrupted. */
  readonly shared: readonly SharedFile[]
  /** What others did to it. */
  readonly others: readonly SharedFile[]
  readonly disk: Disk
  readonly digest: Digest
  readonly force: Force
  readonly rebuilding: boolean
  readonly interrupted: boolean
}

export type SharedPlan = {
  readonly file: string
  readonly steps: readonly Step[]
  readonly entries: readonly LedgerEntry[]
  /** `undefined` when nothing of ours is in it any more. */
  readonly shared: SharedFile | undefined
  readonly outcomes: readonly Outcome[]
}

type BlockUnit = Extract<DesiredUnit, { readonly form: 'block' }>

/** Plans one shared file. It is replaced in one step, so that no reader meets half of a change. */
export function planShared(task: SharedTask): SharedPlan {
  const { file, disk } = task
  const there = disk.read(file)
  if (there === 'blocked') return blocked(task, 'a link or a folder is in its place')
  const text = there === undefined ? undefined : decodeText(there.data)
  if (text === null) return blocked(task, 'it is not UTF-8 text')
  const isBlock = [...task.units, ...task.known].some(({ form }) => form === 'block')
  return isBlock ? planBlock(task, text) : planJsonFile(task, text)
}

function planJsonFile(task: SharedTask, text: string | undefined): SharedPlan {
  const { file, digest, force, rebuilding, interrupted } = task
  const document = text === undefined || text.trim() === '' ? undefined : readJson(text)
  if (document !== undefined && 'problem' in document) {
    const line = document.line === undefined ? '' : `, in line ${String(document.line)}`
    return blocked(task, `${document.problem === 'syntax' ? 'it is not JSON' : 'a key is there twice'}${line}`)
  }
  const { text: planned, ...plan } = planJson({
    file,
    text,
    units: task.units.filter((unit): unit is JsonUnit => unit.form === 'json'),
    known: task.known.filter((entry): entry is JsonEntry => entry.form === 'json'),
    shared: sharedOf(task),
    force,
    rebuilding,
    interrupted,
    digest: value => digest(encode(value)),
  })
  return { file, ...plan, steps: stepsFor(file, text, planned) }
}

/** The block that all parts of a file make up together: it is ours as a whole, or as a whole somebody's. */
function planBlock(task: SharedTask, text: string | undefined): SharedPlan {
  const { file } = task
  const known = task.known.filter((entry): entry is BlockEntry => entry.form === 'block')
  const asked = task.units.filter((unit): unit is BlockUnit => unit.form === 'block')
  const syntax = asked[0]?.syntax ?? sharedOf(task)?.block?.syntax ?? (file.endsWith('.toml') ? 'toml' : 'markdown')
  const found = readBlock(text ?? '', syntax)
  if (typeof found === 'object' && 'problem' in found) {
    const what = found.problem === 'twice' ? 'is there twice' : 'has no end'
    return blocked(task, `its block ${what}, in line ${String(found.line ?? 1)}`)
  }
  const theirs = syntax === 'toml' ? definedTables(text ?? '') : []
  if ('problem' in theirs) return blocked(task, BLOCK_PROBLEMS[theirs.problem])
  const clashes = (unit: BlockUnit): boolean => unit.defines.some(path => theirs.some(other => sameValue(path, other)))
  const fits = (unit: BlockUnit): boolean => !hasMarkers(unit.text, syntax)
  const units = asked.filter(unit => !clashes(unit) && fits(unit))
  const inTheWay = asked.flatMap(unit => {
    const details = unit.defines.map(path => path.join('.'))
    if (clashes(unit)) return [outcomeOf(unit, { place: file, change: 'in-the-way', details })]
    return fits(unit) ? [] : [outcomeOf(unit, { place: file, change: 'blocked', details: [BLOCK_PROBLEMS.body] })]
  })
  const wanted = units.map(unit => unit.text).join('\n\n')
  if (found !== 'none' && found.body !== wanted && isOthers(task, found)) {
    if (asked.length > 0) return blocked({ ...task, known: [] }, 'another project has its part in it')
    return { file, steps: [], entries: [], shared: undefined, outcomes: [] }
  }
  const record = found === 'none' ? undefined : recordOf(task, syntax, found)
  const created =
    task.shared.some(shared => shared.created) || text === undefined || (task.rebuilding && isAlone(found))
  const work = { text, known, units, record, created, inTheWay, syntax, wanted }
  if (found !== 'none' && units.length > 0 && found.body !== wanted && isAccepted(task, work, found)) {
    return keepAccepted(task, work, found)
  }
  if (found !== 'none' && record === undefined && found.body !== wanted && task.force !== 'overwrite') {
    return keepEdited(task, work)
  }
  return units.length === 0 ? removeOurs(task, work) : writeOurs(task, work)
}

type BlockWork = {
  readonly text: string | undefined
  readonly known: readonly BlockEntry[]
  readonly units: readonly BlockUnit[]
  /** Of the block that is there, when it is as we wrote it. */
  readonly record: BlockRecord | undefined
  readonly created: boolean
  readonly inTheWay: readonly Outcome[]
  readonly syntax: BlockRecord['syntax']
  readonly wanted: string
}

/** A block that somebody edited is not ours. Its begin line tells that also where the ledger does not know it. */
function recordOf(
  task: SharedTask,
  syntax: BlockRecord['syntax'],
  { body, mark, lead }: Block,
): BlockRecord | undefined {
  const known = task.shared.find(({ block }) => block?.body === body)?.block
  if (known !== undefined) return known
  return mark !== '' && mark === markOf(body, task.digest) ? { syntax, body, lead } : undefined
}

/** A block is one's as a whole: that of another project is nothing to add to, and nothing to take away. */
function isOthers({ others }: SharedTask, { body }: Block): boolean {
  return others.some(({ block }) => block?.body === body)
}

function isAlone(block: Block | 'none'): boolean {
  return block !== 'none' && isEmptyText(block.before) && isEmptyText(block.after)
}

/** Whether the user's block counts as deployed: it was accepted for exactly this, or is now. */
function isAccepted({ shared, force, digest }: SharedTask, { record, wanted }: BlockWork, { body }: Block): boolean {
  if (record === undefined) return force === 'adopt'
  return shared.some(({ block, accepted }) => block?.body === body && accepted === digest(encode(wanted)))
}

function keepAccepted(task: SharedTask, work: BlockWork, { body, lead }: Block): SharedPlan {
  const { file, digest } = task
  const { units, created, inTheWay, syntax, wanted, record } = work
  const change = record === undefined ? 'adopt' : 'same'
  return {
    file,
    steps: [],
    entries: units.map(unit => entryOf(task, unit)),
    shared: { created, made: [], block: { syntax, body, lead }, accepted: digest(encode(wanted)) },
    outcomes: [...units.map(unit => outcomeOf(unit, { place: file, change })), ...inTheWay],
  }
}

function entryOf({ file, digest }: SharedTask, unit: BlockUnit): BlockEntry {
  return { ...originOf(unit), form: 'block', platforms: unit.platforms, file, digest: digest(encode(unit.text)) }
}

function keepEdited(task: SharedTask, { known, units, created, inTheWay }: BlockWork): SharedPlan {
  const { file } = task
  const details = ['what is between the marker lines']
  if (units.length === 0) {
    const left = known.map(entry => outcomeOf(entry, { place: file, change: 'left', details }))
    return { file, steps: [], entries: [], shared: undefined, outcomes: [...left, ...inTheWay] }
  }
  const edited = units.map(unit => outcomeOf(unit, { place: file, change: 'edited', details }))
  const block = sharedOf(task)?.block
  return { file, steps: [], entries: known, shared: { created, made: [], block }, outcomes: [...edited, ...inTheWay] }
}

function writeOurs(task: SharedTask, work: BlockWork): SharedPlan {
  const { file, digest } = task
  const { text, units, known, record, created, syntax, wanted } = work
  const mark = markOf(wanted, digest)
  const set = setBlock(text, { syntax, body: wanted, mark, ...(record === undefined ? {} : { record }) })
  if ('problem' in set) return blocked(task, BLOCK_PROBLEMS[set.problem])
  const entries = units.map(unit => entryOf(task, unit))
  // What was deployed goes before what was found out again.
  const before = new Map(known.toReversed().map(entry => [keyOf(entry), entry.digest]))
  const changeOf = (entry: BlockEntry, part: string): Change => {
    // Of what was found out again nobody knows what it said.
    const old = before.get(keyOf(entry)) === '' ? undefined : before.get(keyOf(entry))
    if (text === set.text) return old === undefined ? 'adopt' : 'same'
    if (old === undefined) return 'add'
    // The whole block may have been missing, or be one of another time.
    return old === entry.digest && record?.body.includes(part) === true ? 'same' : 'update'
  }
  // Entries that were found out again say only that the block is ours, not what was in it.
  const gone =
    text === set.text
      ? []
      : known.filter(entry => entry.digest !== '' && !entries.some(other => keyOf(other) === keyOf(entry)))
  return {
    file,
    steps: stepsFor(file, text, set.text),
    entries,
    shared: { created, made: [], block: set.record },
    outcomes: [
      ...entries.map((entry, index) =>
        outcomeOf(entry, { place: file, change: changeOf(entry, units[index]?.text ?? '') }),
      ),
      ...gone.map(entry => outcomeOf(entry, { place: file, change: 'remove' })),
      ...work.inTheWay,
    ],
  }
}

function removeOurs(task: SharedTask, { text, known, record, created, inTheWay }: BlockWork): SharedPlan {
  const { file } = task
  if (text === undefined || record === undefined) {
    return { file, steps: [], entries: [], shared: undefined, outcomes: inTheWay }
  }
  // What the user let stand for ours is the user's work all the same.
  if (task.shared.some(({ accepted }) => accepted !== undefined) && task.force !== 'overwrite') {
    const details = ['what is between the marker lines']
    const left = known.map(entry => outcomeOf(entry, { place: file, change: 'left', details }))
    return { file, steps: [], entries: [], shared: undefined, outcomes: [...left, ...inTheWay] }
  }
  const removed = removeBlock(text, record)
  if ('problem' in removed) return blocked(task, BLOCK_PROBLEMS[removed.problem])
  const left = created && isEmptyText(removed.text) ? undefined : removed.text
  const outcomes = known
    .filter(({ digest }, index) => digest !== '' || index === 0)
    .map(entry => outcomeOf(entry, { place: file, change: 'remove' }))
  return {
    file,
    steps: stepsFor(file, text, left),
    entries: [],
    shared: undefined,
    outcomes: [...outcomes, ...inTheWay],
  }
}

const BLOCK_PROBLEMS: Readonly<Record<BlockProblem, string>> = {
  unclosed: 'its block has no end',
  twice: 'its block is there twice',
  body: 'what would go into it has lines that look like the end of it',
  gone: 'its block is gone',
  edited: 'its block was edited',
  syntax: 'it is not TOML',
  conflict: 'it defines the same as the package',
}

function sharedOf({ shared: [first, ...others] }: SharedTask): SharedFile | undefined {
  return first === undefined ? undefined : joinShared([first, ...others])
}

/** The file is left alone, and what is ours in it stays ours. */
function blocked(task: SharedTask, why: string): SharedPlan {
  const { file, known } = task
  const units = task.units.length > 0 ? task.units : known
  return {
    file,
    steps: [],
    entries: known,
    shared: known.length === 0 ? undefined : sharedOf(task),
    outcomes: units.map(unit => outcomeOf(unit, { place: file, change: 'blocked', details: [why] })),
  }
}

function stepsFor(file: string, before: string | undefined, after: string | undefined): Step[] {
  if (before === after) return []
  return [after === undefined ? { kind: 'delete', path: file } : { kind: 'edit', path: file, text: after }]
}

/** `null` for what is not UTF-8. */
function decodeText(data: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(data)
  } catch (error) {
    if (error instanceof TypeError) return null
    throw error
  }
}

function keyOf({ package: name, kind, name: artifact }: BlockEntry): string {
  return [name, kind, artifact].join('\n')
}
