/** What a deployment does with each unit, and the steps that do it. */
import type { Origin } from '../platform.ts'

/** What becomes of one unit at one place. */
export type Outcome = Origin & {
  readonly platforms: readonly string[]
  /** The folder or file it is, or the shared file it is in. */
  readonly place: string
  readonly change: Change
  /** The files that somebody changed or that are in the way; why a shared file cannot be edited. */
  readonly details: readonly string[]
}

export type Change =
  | 'add'
  | 'update'
  | 'remove'
  | 'same'
  /** It was there as we would write it, and counts as ours from now on. */
  | 'adopt'
  /** Somebody changed what we wrote: it stays as it is. */
  | 'edited'
  /** It is no longer wanted, and somebody changed it: it stays, and is the user's from now on. */
  | 'left'
  /** Something of the user's is where it should go. */
  | 'in-the-way'
  /** The shared file cannot be edited safely. */
  | 'blocked'

/** The outcome of a unit, or of an entry that has none any more. */
export function outcomeOf(
  unit: Origin & { readonly platforms: readonly string[] },
  { place, change, details = [] }: Pick<Outcome, 'place' | 'change'> & { readonly details?: readonly string[] },
): Outcome {
  return { ...originOf(unit), platforms: unit.platforms, place, change, details }
}

/** Where something comes from, and nothing else of it. */
export function originOf({ package: name, kind, name: artifact }: Origin): Origin {
  return { package: name, kind, name: artifact }
}

/** One change on disk. Paths as in units. */
export type Step =
  | { readonly kind: 'write'; readonly path: string; readonly data: Uint8Array; readonly executable: boolean }
  | { readonly kind: 'delete'; readonly path: string }
  /** A file that others write too. */
  | { readonly kind: 'edit'; readonly path: string; readonly text: string }

/** What to do about what the user changed or has in the way. */
export type Force =
  /** Leave it. */
  | 'keep'
  /** It counts as deployed, as it is. */
  | 'adopt'
  /** Write ours over it. */
  | 'overwrite'

/** What is on disk, as far as a deployment has to know. */
export type Disk = {
  /** The bytes of a file; `undefined` when there is nothing, `blocked` when something other than a plain file is there or it must not be reached. */
  readonly read: (path: string) => DiskFile | 'blocked' | undefined
}

export type DiskFile = { readonly data: Uint8Array; readonly executable: boolean }

/** Hexadecimal digest. */
export type Digest = (bytes: Uint8Array) => string

/** What the begin line of a block says of its body: enough to tell whether somebody edited it. */
export function markOf(body: string, digest: Digest): string {
  return digest(encode(body)).slice(0, 16)
}

export function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
