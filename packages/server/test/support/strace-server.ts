/** Stops a running server at one exact call to the system, or makes that call fail. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ServerProcess, otherThreads } from './server-process.ts'

/**
 * Who makes a call: the thread that runs JavaScript and writes to the database, or the one that writes other files. Each
 * counts its own.
 */
export type Role = 'database' | 'files'

/** The `index`-th call of a name in a request, from 1. */
export type Point = { readonly role: Role; readonly call: string; readonly index: number }

/** Calls that change something on disk, by who makes them. */
const CALLS: Readonly<Record<Role, readonly string[]>> = {
  database: ['pwrite64', 'fsync', 'fdatasync', 'ftruncate', 'unlink'],
  files: ['openat', 'write', 'fsync', 'mkdir', 'rename', 'unlink'],
}

export type Tracing = {
  /** Lets the server go, if it is still there; returns the calls that were seen, a line each. */
  readonly stop: () => Promise<string[]>
}

let logs = 0

/**
 * The points of what a server does in a request, watched and not disturbed.
 * @param prepare makes the request possible, and returns it
 */
export async function recordPoints(
  server: ServerProcess,
  prepare: () => Promise<() => Promise<unknown>>,
): Promise<Point[]> {
  const points: Point[] = []
  for (const role of ['database', 'files'] as const) {
    const act = await prepare()
    const tracing = await attach(server, role, [])
    await act()
    const counts = new Map<string, number>()
    for (const line of await tracing.stop()) {
      const call = /^\d*\s*(\w+)\(/.exec(line)?.[1]
      if (call === undefined) continue
      const index = (counts.get(call) ?? 0) + 1
      counts.set(call, index)
      points.push({ role, call, index })
    }
  }
  return points
}

/** Kills the server when it comes to a point: everything before it happened, the call did not. */
export async function killAt(server: ServerProcess, { role, call, index }: Point): Promise<Tracing> {
  return attach(server, role, ['-e', `inject=${call}:signal=KILL:when=${String(index)}`])
}

/** Makes a call fail, and those after it, too; not so where threads also wake each other with it. */
export async function failAt(
  server: ServerProcess,
  { role, call, index }: Point,
  error: 'ENOSPC' | 'EIO',
): Promise<Tracing> {
  const once = role === 'files' && call === 'write'
  return attach(server, role, ['-e', `inject=${call}:error=${error}:when=${String(index)}${once ? '' : '+'}`])
}

async function attach(server: ServerProcess, role: Role, injection: readonly string[]): Promise<Tracing> {
  const threads = role === 'database' ? [server.pid] : otherThreads(server.pid)
  const log = join(tmpdir(), `aam-server.${String(process.pid)}.${String(logs++)}.trace`)
  const aims = threads.flatMap(thread => ['-p', String(thread)])
  const calls = ['-e', `trace=${CALLS[role].map(call => `?${call}`).join(',')}`]
  const strace = spawn('strace', ['-y', '-s', '0', '-o', log, ...calls, ...injection, ...aims], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const ended = once(strace, 'exit')
  await attached(strace, threads.length)
  return {
    stop: async () => {
      if (strace.exitCode === null && strace.signalCode === null) strace.kill('SIGINT')
      await ended
      const lines = readFileSync(log, 'latin1').split('\n')
      rmSync(log)
      return lines
    },
  }
}

async function attached(strace: ChildProcess, threads: number): Promise<void> {
  let text = ''
  await new Promise<void>((resolve, reject) => {
    strace.stderr!.on('data', chunk => {
      text += String(chunk)
      if (text.split(' attached').length > threads) resolve()
    })
    strace.on('exit', () => {
      reject(new Error(`strace: ${text}`))
    })
  })
}
