/** Who made a file: a name for this process that others, now or after a crash, can look up. */
import { createHash, randomBytes } from 'node:crypto'
import { readFileSync, readlinkSync, statSync } from 'node:fs'
import { hostname } from 'node:os'
import { isErrno } from './errno.ts'

/** `<machine>.<process>.<start>.<chance>`, for use in a file name; another one at every call. */
export function ownerName(): string {
  return `${OWN}.${randomBytes(4).toString('hex')}`
}

/**
 * Whether the process that made a file is gone.
 * @param deadAfter milliseconds without a change after which a file from another machine, whose processes cannot be
 *   looked up, counts as abandoned
 */
export function isAbandoned(
  owner: string,
  { path, deadAfter }: { readonly path: string; readonly deadAfter: number },
): boolean {
  const [host, pidText, start] = owner.split('.')
  const pid = Number(pidText)
  if (host !== HOST) return !isFresh(path, deadAfter)
  if (!Number.isInteger(pid) || pid <= 0) return true
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (isErrno(error, 'ESRCH')) return true
    // EPERM: somebody else's process, but alive.
  }
  // The number may have been given to another process since.
  const now = startOf(pid)
  return now !== undefined && start !== 'unknown' && now !== start
}

/** An owner for messages. */
export function describeOwner(owner: string): string {
  const [host, pid] = owner.split('.')
  return host === HOST ? `process ${pid ?? '?'}` : `process ${pid ?? '?'} on another machine`
}

function isFresh(path: string, deadAfter: number): boolean {
  try {
    return Date.now() - statSync(path).mtimeMs < deadAfter
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false
    throw error
  }
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

const OWN = [HOST, process.pid, startOf(process.pid) ?? 'unknown'].join('.')
