/** The lock an install starts from. */
import {
  LOCK_FILE,
  type Lock,
  type LockMerge,
  decodeLock,
  fail,
  hasConflict,
  isFailure,
  mergeLocks,
  splitConflict,
} from '@aam/core'
import { findRepository, pathInside, readUnmerged } from '../disk/git.ts'
import { lockPath, readLock, readLockText } from '../disk/project.ts'
import type { World } from '../world.ts'
import type { TargetRequest } from './target.ts'

/** The lock a project has, or the one that the two sides of a conflict make. */
export type LockBefore = {
  readonly lock: Lock | undefined
  /** Its bytes when they may stay as they are. */
  readonly text: string | undefined
  readonly file: string | undefined
  readonly merge: LockMerge | undefined
}

/**
 * Reads the lock; where Git left conflict markers in it, both sides together (D2).
 * @throws LOCK_CONFLICTED when they cannot be put together or something else is asked for than installing
 */
export async function readLockBefore(
  folder: string,
  { goal, frozen }: TargetRequest,
  env: World['env'],
): Promise<LockBefore> {
  const text = readLockText(folder) ?? ''
  const line = hasConflict(text)
  if (line === undefined || goal.kind !== 'install' || frozen) {
    const { lock, text: bytes, file } = (await readLock(folder)) ?? {}
    return { lock, text: bytes, file, merge: undefined }
  }
  // Git merges line by line, and lines of one side may stand among those of the other: it knows the sides themselves.
  const sides = (await readCommittedSides(folder, env)) ?? splitConflict(text)
  if (sides === undefined) return fail('LOCK_CONFLICTED', { file: LOCK_FILE, line, why: 'the markers are not whole' })
  const merge = mergeLocks(decodeSide(sides.ours, line), decodeSide(sides.theirs, line), line)
  return { lock: merge.lock, text: undefined, file: LOCK_FILE, merge }
}

/** The two sides as they were committed; `undefined` where Git does not know them any more, or there is none. */
async function readCommittedSides(folder: string, env: World['env']): ReturnType<typeof readUnmerged> {
  const repository = await findRepository(folder, env)
  return typeof repository === 'string' ? undefined : readUnmerged(repository, pathInside(repository, lockPath(folder)))
}

function decodeSide(text: string, line: number): Lock {
  try {
    return decodeLock(text, LOCK_FILE)
  } catch (error) {
    if (!isFailure(error, 'FILE_INVALID') && !isFailure(error, 'LOCK_VERSION_UNKNOWN')) throw error
    return fail(
      'LOCK_CONFLICTED',
      { file: LOCK_FILE, line, why: 'Git has mixed the lines of the two sides' },
      { cause: error },
    )
  }
}
