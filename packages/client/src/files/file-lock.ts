/**
 * A lock between processes that needs nothing but a folder, and that no crash can leave locked.
 *
 * Whoever wants the lock puts a claim, a file of its own, into the folder and then looks: it holds the lock when no other
 * living claim is there, otherwise it takes its claim back and tries again a little later. Of two that look, the one who
 * claimed later must see the other's claim, so two never hold it together. A claim's name says who made it: the claim of
 * a process that is gone counts for nothing and is removed by whoever finds it.
 */
import { closeSync, openSync, readdirSync, rmdirSync, unlinkSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fail } from '@aam/core'
import { createFolder } from './atomic.ts'
import { isErrno } from './errno.ts'
import { describeOwner, isAbandoned, ownerName } from './owner.ts'

export type LockOptions = {
  /** Folder of the claims; made when missing, removed when nobody holds or wants the lock. */
  readonly folder: string
  /** What is locked, for messages: `the project /home/me/app`. */
  readonly what: string
  /** Called once when somebody else has held the lock for a second. */
  readonly onWait?: (owner: string) => void
  /** Milliseconds to wait before giving up. */
  readonly patience?: number
}

const PATIENCE = 60_000
const SAY_AFTER = 1_000
const HEARTBEAT = 5_000
/** A claim from another machine, whose processes cannot be looked up, is dead when it missed this many milliseconds. */
const DEAD_AFTER = 45_000

/**
 * Runs `action` while holding the lock.
 * @throws BUSY, naming the owner, when somebody else keeps it for longer than `patience`
 */
export async function withLock<T>(options: LockOptions, action: () => Promise<T> | T): Promise<T> {
  const claim = await acquire(options)
  const heartbeat = setInterval(() => {
    touch(claim)
  }, HEARTBEAT).unref()
  try {
    return await action()
  } finally {
    clearInterval(heartbeat)
    release(options.folder, claim)
  }
}

/** A claim on a lock, as somebody who only looks sees it. */
export type Claim = { readonly owner: string; readonly alive: boolean }

/** Who holds or wants the lock of a folder; with `alive: false` those who are gone. Changes nothing. */
export function readClaims(folder: string): Claim[] {
  return listClaims(folder).map(name => ({
    owner: describeOwner(name),
    alive: !isAbandoned(name, { path: join(folder, name), deadAfter: DEAD_AFTER }),
  }))
}

async function acquire({ folder, what, onWait, patience = PATIENCE }: LockOptions): Promise<string> {
  const start = Date.now()
  let said = false
  for (let attempt = 0; ; attempt++) {
    const before = livingClaims(folder)
    if (before.length === 0) {
      const name = makeClaim(folder)
      if (livingClaims(folder).every(other => other === name)) return join(folder, name)
      release(folder, join(folder, name))
    }
    const waited = Date.now() - start
    const owner = before[0] === undefined ? 'other processes, in turns' : describeOwner(before[0])
    if (waited >= patience) fail('BUSY', { what, owner, seconds: Math.round(patience / 1000) })
    if (!said && waited >= SAY_AFTER && before.length > 0) {
      said = true
      onWait?.(owner)
    }
    // Random pauses, growing with the attempts, so that many who wait do not keep colliding.
    await sleep(2 + Math.random() * Math.min(50, 4 * (attempt + 1)))
  }
}

function makeClaim(folder: string): string {
  const name = ownerName()
  for (;;) {
    createFolder(folder)
    try {
      closeSync(openSync(join(folder, name), 'wx'))
      return name
    } catch (error) {
      // Whoever released the lock just now also removed the folder.
      if (!isErrno(error, 'ENOENT')) throw error
    }
  }
}

function release(folder: string, claim: string): void {
  try {
    unlinkSync(claim)
    rmdirSync(folder)
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'ENOTEMPTY', 'EEXIST')) throw error
  }
}

function touch(claim: string): void {
  try {
    utimesSync(claim, new Date(), new Date())
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error
  }
}

/** The claims of processes that are alive; those of dead ones are removed on the way. */
function livingClaims(folder: string): string[] {
  return listClaims(folder).filter(name => {
    const path = join(folder, name)
    const abandoned = isAbandoned(name, { path, deadAfter: DEAD_AFTER })
    if (abandoned) release(folder, path)
    return !abandoned
  })
}

function listClaims(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return []
    throw error
  }
}
