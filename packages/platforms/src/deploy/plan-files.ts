/** Files that are wholly ours: what to write and delete so that each unit is there whole or untouched. */
import { compareText } from '@aam/core'
import type { PlacedFile } from '../platform.ts'
import type { DesiredUnit } from './desired.ts'
import type { FilesEntry } from './ledger.ts'
import {
  type Change,
  type Digest,
  type Disk,
  type Force,
  type Outcome,
  type Step,
  originOf,
  outcomeOf,
} from './outcome.ts'

export type FilesUnit = Extract<DesiredUnit, { readonly form: 'files' }>

export type FilesPlan = {
  readonly steps: readonly Step[]
  readonly entries: readonly FilesEntry[]
  readonly outcomes: readonly Outcome[]
}

export type FilesTask = {
  readonly desired: readonly FilesUnit[]
  /** What is ours. Several entries may have one root when an earlier run did not come to its end: each may be there. */
  readonly known: readonly FilesEntry[]
  readonly disk: Disk
  readonly digest: Digest
  readonly force: Force
}

/** What we know of one root: the entries, and every digest that a file of ours there may have. */
type Known = { readonly entries: readonly FilesEntry[]; readonly digests: ReadonlyMap<string, ReadonlySet<string>> }

/**
 * Plans one unit after the other. A unit of which the user changed a file stays whole as it is, because half of one version
 * and half of another would be neither (D36). Files that users put beside ours are none of our business.
 */
export function planFiles(task: FilesTask): FilesPlan {
  const known = groupByRoot(task.known)
  const wanted = new Map(task.desired.map(unit => [unit.root, unit]))
  const plans = [...new Set([...known.keys(), ...wanted.keys()])].sort(compareText).map(root => {
    const mine = known.get(root)
    const unit = wanted.get(root)
    const forced = forceFor(task, unit ?? mine?.entries[0])
    return unit === undefined ? planRemoval(forced, mine) : planUnit(forced, unit, mine)
  })
  return {
    steps: plans.flatMap(({ steps }) => steps),
    entries: plans.flatMap(({ entries }) => entries),
    outcomes: plans.flatMap(({ outcomes }) => outcomes),
  }
}

/** Copies of what was approved to run are nobody's to edit: they are what was approved, or not there. */
function forceFor(task: FilesTask, origin: { readonly kind: string } | undefined): FilesTask {
  return origin?.kind === 'run' ? { ...task, force: 'overwrite' } : task
}

function groupByRoot(entries: readonly FilesEntry[]): Map<string, Known> {
  const groups = new Map<string, { entries: FilesEntry[]; digests: Map<string, Set<string>> }>()
  for (const entry of entries) {
    const group = groups.get(entry.root) ?? { entries: [], digests: new Map<string, Set<string>>() }
    group.entries.push(entry)
    for (const [path, digest] of Object.entries(entry.files)) {
      group.digests.set(path, (group.digests.get(path) ?? new Set()).add(digest))
    }
    groups.set(entry.root, group)
  }
  return groups
}

/** What is at a path, compared with what we know and want. */
type State = 'absent' | 'wanted' | 'ours' | 'theirs' | 'blocked'

function stateOf({ disk, digest }: FilesTask, path: string, { want, known }: Sides): State {
  const file = disk.read(path)
  if (file === undefined) return 'absent'
  if (file === 'blocked') return 'blocked'
  const found = digest(file.data)
  if (want !== undefined && digest(want.data) === found) {
    return file.executable === want.executable ? 'wanted' : 'ours'
  }
  return known?.digests.get(path)?.has(found) === true ? 'ours' : 'theirs'
}

type Sides = { readonly want?: PlacedFile | undefined; readonly known?: Known | undefined }

function planUnit(task: FilesTask, unit: FilesUnit, known: Known | undefined): FilesPlan {
  if (isAccepted(task, unit, known)) {
    return { ...keep(known), outcomes: [outcomeOf(unit, { place: unit.root, change: 'same' })] }
  }
  const wants = new Map(unit.files.map(file => [file.path, file]))
  const paths = [...new Set([...wants.keys(), ...(known?.digests.keys() ?? [])])].sort(compareText)
  const states = new Map(paths.map(path => [path, stateOf(task, path, { want: wants.get(path), known })]))
  const having = (...wanted: State[]): string[] => paths.filter(path => wanted.includes(states.get(path) ?? 'absent'))
  if (having('blocked').length > 0) {
    const details = ['a link, a folder or a way out of the project is there']
    return { ...keep(known), outcomes: [outcomeOf(unit, { place: unit.root, change: 'blocked', details })] }
  }
  const foreign = having('theirs')
  if (foreign.length > 0 && task.force === 'keep') {
    const change = foreign.some(path => known?.digests.has(path) === true) ? 'edited' : 'in-the-way'
    return { ...keep(known), outcomes: [outcomeOf(unit, { place: unit.root, change, details: foreign })] }
  }
  if (foreign.length > 0 && task.force === 'adopt') return adoptAsIs(task, unit, paths)
  const writes = unit.files.filter(({ path }) => states.get(path) !== 'wanted')
  const deletes = paths.filter(path => !wants.has(path) && states.get(path) !== 'absent')
  const steps: Step[] = [
    ...writes.map((file): Step => ({ kind: 'write', ...file })),
    ...deletes.map((path): Step => ({ kind: 'delete', path })),
  ]
  return {
    steps,
    entries: [entryOf(task, unit)],
    outcomes: [outcomeOf(unit, { place: unit.root, change: changeOf(steps, { known, states }) })],
  }
}

function changeOf(
  steps: readonly Step[],
  { known, states }: { readonly known: Known | undefined; readonly states: ReadonlyMap<string, State> },
): Change {
  if (steps.length === 0) return known === undefined ? 'adopt' : 'same'
  return [...states.values()].every(state => state === 'absent') ? 'add' : 'update'
}

/** Whether the user's own files were accepted for exactly this unit, and are as they were then. */
function isAccepted(task: FilesTask, unit: FilesUnit, known: Known | undefined): boolean {
  const accepted = known?.entries.find(entry => entry.accepted === digestUnit(task, unit))
  if (known === undefined || accepted === undefined) return false
  return Object.keys(accepted.files).every(path => stateOf(task, path, { known }) === 'ours')
}

/** Of everything that the unit is. */
function digestUnit({ digest }: FilesTask, { files }: FilesUnit): string {
  const lines = files.map(({ path, data, executable }) => `${path} ${digest(data)} ${executable ? 'x' : ''}`)
  return digest(new TextEncoder().encode(lines.join('\n')))
}

/** The user's files count as deployed: they are what the unit is until the package changes. */
function adoptAsIs(task: FilesTask, unit: FilesUnit, paths: readonly string[]): FilesPlan {
  const files: Record<string, string> = {}
  const steps: Step[] = []
  for (const path of paths) {
    const there = task.disk.read(path)
    if (there !== undefined && there !== 'blocked') files[path] = task.digest(there.data)
    else {
      const want = unit.files.find(file => file.path === path)
      if (want !== undefined) steps.push({ kind: 'write', ...want })
      if (want !== undefined) files[path] = task.digest(want.data)
    }
  }
  const entry: FilesEntry = {
    ...originOf(unit),
    form: 'files',
    platforms: unit.platforms,
    root: unit.root,
    files,
    accepted: digestUnit(task, unit),
  }
  return { steps, entries: [entry], outcomes: [outcomeOf(unit, { place: unit.root, change: 'adopt' })] }
}

function planRemoval(task: FilesTask, known: Known | undefined): FilesPlan {
  const [first] = known?.entries ?? []
  if (known === undefined || first === undefined) return { steps: [], entries: [], outcomes: [] }
  const paths = [...known.digests.keys()].sort(compareText)
  const states = new Map(paths.map(path => [path, stateOf(task, path, { known })]))
  const foreign = paths.filter(path => ['theirs', 'blocked'].includes(states.get(path) ?? ''))
  // What the user let stand for ours is the user's work all the same.
  const isAdopted = known.entries.some(({ accepted }) => accepted !== undefined)
  if ((foreign.length > 0 || isAdopted) && task.force !== 'overwrite') {
    return {
      steps: [],
      entries: [],
      outcomes: [outcomeOf(first, { place: first.root, change: 'left', details: foreign })],
    }
  }
  const steps = paths.flatMap((path): Step[] =>
    ['absent', 'blocked'].includes(states.get(path) ?? 'absent') ? [] : [{ kind: 'delete', path }],
  )
  return { steps, entries: [], outcomes: [outcomeOf(first, { place: first.root, change: 'remove' })] }
}

function keep(known: Known | undefined): Pick<FilesPlan, 'steps' | 'entries'> {
  return { steps: [], entries: known?.entries ?? [] }
}

function entryOf({ digest }: FilesTask, unit: FilesUnit): FilesEntry {
  return {
    ...originOf(unit),
    form: 'files',
    platforms: unit.platforms,
    root: unit.root,
    files: Object.fromEntries(unit.files.map(({ path, data }) => [path, digest(data)])),
  }
}
