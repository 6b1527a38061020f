/**
 * A lock between processes that needs nothing but a folder, and that no crash can leave locked.
 *
 * Whoever wants the lock puts a claim, a file of its own, into the folder and then looks: it holds the lock when no other
 * living claim is there, otherwise it takes its claim back and tries again a little later. Of two that look, the one who
 * claimed later must see the other's claim, so two never hold it together. A claim's name says who made it: the claim of
 * a process that is gone counts for nothing and is removed by whoever finds it.
 */
import { createHash, randomBytes } from 'node:crypto'
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmdirSync,
  statSync,
  unlinkSync,
  utimesSync,
} from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fail } from '@aam/core'
import { isErrno } from './atomic.ts'

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
    const owner = describeOwner(before[0])
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
  const name = [HOST, process.pid, startOf(process.pid) ?? 'unknown', randomBytes(4).toString('hex')].join('.')
  for (;;) {
    mkdirSync(folder, { recursive: true })
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
  let names: string[]
  try {
    names = readdirSync(folder)
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return []
    throw error
  }
  return names.filter(name => {
    const alive = isAlive(folder, name)
    if (!alive) release(folder, join(folder, name))
    return alive
  })
}

function isAlive(folder: string, name: string): boolean {
  const [host, pidText, start] = name.split('.')
  const pid = Number(pidText)
  if (host !== HOST) return isFresh(join(folder, name))
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (isErrno(error, 'ESRCH')) return false
    // EPERM: somebody else's process, but alive.
  }
  // The number may have been given to another process since.
  const now = startOf(pid)
  return now === undefined || start === 'unknown' || now === start
}

function isFresh(claim: string): boolean {
  try {
    return Date.now() - statSync(claim).mtimeMs < DEAD_AFTER
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false
    throw error
  }
}

function describeOwner(claim: string | undefined): string {
  if (claim === undefined) return 'other processes, in turns'
  const [host, pid] = claim.split('.')
  return host === HOST ? `process ${pid ?? '?'}` : `process ${pid ?? '?'} on another machine`
}

/** This machine, and on Linux this container: process numbers mean something only inside it. */
const HOST = createHash('sha256').update(`${hostname()} ${pidNamespace()}`).digest('hex').slice(0, 12)

function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch (error) {
    if (error instanceof Error) return ''
    throw error
  }
}

/** When a process started, in the kernel's ticks since boot, together with the boot; `undefined` where nobody tells. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'latin1')
    // The second field is the program's name in parentheses and may hold anything; the start is the 22nd field.
    const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').slice(0, 8)
    return ticks === undefined ? undefined : `${boot}-${ticks}`
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined
    throw error
  }
}
