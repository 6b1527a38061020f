/**
 * What we wrote: every file with its digest, every part of a file that others write too, whose it is and for which
 * platforms (D36). What is not in it, or not as it says, is the user's.
 */
import { compareText } from '@aam/core'
import type { BlockRecord } from '../edit/block.ts'
import type { JsonInsertion } from '../edit/json.ts'
import type { Need, Origin } from '../platform.ts'

/** Files that are wholly ours. */
export type FilesEntry = Origin & {
  readonly form: 'files'
  /** Of the platforms that read it there, sorted. */
  readonly platforms: readonly string[]
  readonly root: string
  /** Path, as in `root`, to digest. */
  readonly files: Readonly<Record<string, string>>
  readonly accepted?: Accepted
}

/** A member or an element in a JSON file. */
export type JsonEntry = Origin & {
  readonly form: 'json'
  readonly platforms: readonly string[]
  readonly file: string
  readonly insertion: JsonInsertion
  /** What the platform needs beside it, of entries that were found out again. */
  readonly needs?: readonly Need[]
  readonly accepted?: Accepted
}

/** The user said that what is there is to count as deployed: digest of what it stands for, until that changes. */
export type Accepted = string

/** A part of the block at the end of a file. */
export type BlockEntry = Origin & {
  readonly form: 'block'
  readonly platforms: readonly string[]
  readonly file: string
  /** Of its text; empty for one that was found out again: nobody knows then what it said. */
  readonly digest: string
}

export type LedgerEntry = FilesEntry | JsonEntry | BlockEntry

/** What we did to a file that others write too, beside the entries. */
export type SharedFile = {
  /** We made the file. */
  readonly created: boolean
  /** Members that had to be there first: parents, outermost first, and what the platform needs. */
  readonly made: readonly JsonInsertion[]
  readonly block: BlockRecord | undefined
  /** The block is the user's and counts as deployed: digest of the text that it stands for. */
  readonly accepted?: Accepted
}

export type Ledger = {
  /** By form, place and package. */
  readonly entries: readonly LedgerEntry[]
  readonly shared: Readonly<Record<string, SharedFile>>
  /** Folders that we made, sorted: they go when they are empty. */
  readonly folders: readonly string[]
  /** Some of it was found out again after a ledger was lost. */
  readonly rebuilt?: true
}

export const EMPTY_LEDGER: Ledger = { entries: [], shared: {}, folders: [] }

/** Where an entry is: a path that people can open. */
export function placeOf(entry: LedgerEntry): string {
  return entry.form === 'files' ? entry.root : entry.file
}

/** What either of two ledgers knows; of what an interrupted run was to write nothing may be forgotten. */
export function joinLedgers(a: Ledger | undefined, b: Ledger): Ledger {
  if (a === undefined) return b
  const shared = new Map(Object.entries(a.shared))
  for (const [file, other] of Object.entries(b.shared)) {
    const mine = shared.get(file)
    shared.set(file, mine === undefined ? other : joinShared([mine, other]))
  }
  return sortLedger({
    entries: [...a.entries, ...b.entries],
    shared: Object.fromEntries(shared),
    folders: [...a.folders, ...b.folders],
    ...(a.rebuilt === true || b.rebuilt === true ? { rebuilt: true } : {}),
  })
}

/**
 * A ledger without what other ledgers of the same places have too: it must not be changed or taken away for this one alone.
 * What is there as it is wanted is found again when it is looked for.
 */
export function withoutOthers(ledger: Ledger, others: readonly Ledger[]): Ledger {
  const theirs = new Set(others.flatMap(({ entries }) => entries.flatMap(entry => ownPlace(entry) ?? [])))
  const isOurs = (entry: LedgerEntry): boolean => !theirs.has(ownPlace(entry) ?? '')
  return theirs.size === 0 ? ledger : { ...ledger, entries: ledger.entries.filter(isOurs) }
}

/** What only one can have; nothing for a part of a block, which is one's as a whole. */
function ownPlace(entry: LedgerEntry): string | undefined {
  if (entry.form === 'files') return entry.root
  if (entry.form === 'block') return undefined
  const { at, key, text } = entry.insertion
  return JSON.stringify([entry.file, at, key ?? { text }])
}

/** What several ledgers say of one file: a member is made once, whoever remembers it. */
export function joinShared(shared: readonly [SharedFile, ...SharedFile[]]): SharedFile {
  const made = new Map(
    shared.flatMap(each =>
      each.made.map(insertion => [JSON.stringify([insertion.at, insertion.key]), insertion] as const),
    ),
  )
  const last = shared.findLast(({ block }) => block !== undefined)
  return {
    created: shared.some(({ created }) => created),
    made: [...made.values()],
    block: last?.block,
    ...(last?.accepted === undefined ? {} : { accepted: last.accepted }),
  }
}

/** The ledger in one order, so that what was written in any order reads the same. */
export function sortLedger({ entries, shared, folders, rebuilt }: Ledger): Ledger {
  const sortKey = (entry: LedgerEntry): string =>
    [placeOf(entry), entry.package, entry.kind, entry.name, entry.form === 'json' ? entry.insertion.text : ''].join(
      '\n',
    )
  return {
    entries: unique(entries).sort((a, b) => compareText(sortKey(a), sortKey(b))),
    shared: Object.fromEntries(Object.entries(shared).sort(([a], [b]) => compareText(a, b))),
    folders: [...new Set(folders)].sort(compareText),
    ...(rebuilt === true ? { rebuilt } : {}),
  }
}

function unique(entries: readonly LedgerEntry[]): LedgerEntry[] {
  return [...new Map(entries.map(entry => [JSON.stringify(entry), entry])).values()]
}
