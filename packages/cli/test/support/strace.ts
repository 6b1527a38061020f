/** Stops the built program at one exact call to the system, or makes that call fail: what no mock can show. */
import { execFileSync, spawn } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Sandbox } from '@aam/testkit'

const LAUNCHER = fileURLToPath(new URL('../../bin/aam.cjs', import.meta.url))

/**
 * One call to the system, on something below the sandbox: the `index`-th `call` of the main thread, from 1, and of those
 * that change something there the `ordinal`-th, from 0.
 */
export type Point = { readonly call: string; readonly index: number; readonly ordinal: number; readonly text: string }

export type Ended = {
  readonly code: number | null
  readonly signal: string | null
  readonly stderr: string
  /** A run may make a call or two more that change nothing (threads are woken, files looked up): another had the number. */
  readonly missed?: boolean
}

export type Command = { readonly sandbox: Sandbox; readonly words: readonly string[]; readonly cwd: string }

/** Whether `strace` is here and may trace. */
export function canTrace(): boolean {
  try {
    execFileSync('strace', ['-o', '/dev/null', '-e', 'trace=rename', 'true'], { stdio: 'ignore' })
    return true
  } catch (error) {
    if (error instanceof Error) return false
    throw error
  }
}

/** Calls that change something on disk, as the machine names them; the syntax is what JavaScript and strace share. */
export const CHANGING = /^(rename(at2?)?|write|pwrite64|fsync|unlink(at)?|rmdir|mkdir(at)?|openat)$/

/** The points of a command, in order: it runs once, undisturbed, and is watched. */
export async function recordPoints(command: Command): Promise<Point[]> {
  const log = join(command.sandbox.root, 'home', 'trace')
  const ended = await trace(command, ['-y', '-s', '8', '-o', log, '-e', `trace=/${CHANGING.source}`])
  if (ended.code !== 0) throw new Error(`the undisturbed run failed: ${ended.stderr}`)
  const counts = new Map<string, number>()
  const changes = new Map<string, number>()
  return readFileSync(log, 'latin1')
    .split('\n')
    .flatMap(line => {
      const call = /^(\w+)\(/.exec(line)?.[1]
      if (call === undefined) return []
      const index = (counts.get(call) ?? 0) + 1
      counts.set(call, index)
      if (!isChange(line, command)) return []
      const ordinal = changes.get(call) ?? 0
      changes.set(call, ordinal + 1)
      return [{ call, index, ordinal, text: line.replaceAll(command.sandbox.root, '') }]
    })
}

/** Whether a line of a log is a call that changes something in the sandbox. */
function isChange(line: string, { sandbox }: Command): boolean {
  return line.includes(`${sandbox.root}/`) && (!line.startsWith('openat(') || line.includes('O_CREAT'))
}

/** Kills the command on entering the call: everything before it happened, the call did not. */
export async function killAt(command: Command, { call, index }: Point): Promise<Ended> {
  return inject(command, `${call}:signal=KILL:when=${String(index)}`)
}

/**
 * Makes the call fail. The same call fails from then on, too; not so `write` and `openat`, without which no program can
 * say anything.
 */
export async function failAt(command: Command, { call, index }: Point, error: 'ENOSPC' | 'EIO'): Promise<Ended> {
  const once = /write|openat/.test(call)
  return inject(command, `${call}:error=${error}:when=${String(index)}${once ? '' : '+'}`)
}

/** Kills the command after so many milliseconds, wherever it is then. */
export async function killAfter(command: Command, milliseconds: number): Promise<Ended> {
  return start([process.execPath, LAUNCHER, ...command.words], command, milliseconds)
}

async function inject(command: Command, injection: string): Promise<Ended> {
  const call = injection.slice(0, injection.indexOf(':'))
  const log = `${command.sandbox.root}.trace`
  const ended = await trace(command, ['-y', '-o', log, '-e', `trace=${call}`, '-e', `inject=${injection}`])
  const lines = readFileSync(log, 'latin1').split('\n')
  rmSync(log)
  // A killed call has no result; one that was made to fail says so.
  const first = lines.find(line => line.includes('(INJECTED)') || line.endsWith('= ?')) ?? ''
  return { ...ended, missed: !isChange(first, command) }
}

/** Without `-f` only the main thread is watched, which is the one that writes. */
async function trace(command: Command, options: readonly string[]): Promise<Ended> {
  return start(['strace', ...options, process.execPath, LAUNCHER, ...command.words], command)
}

async function start(line: readonly string[], { sandbox, cwd }: Command, killAfter?: number): Promise<Ended> {
  const [program = '', ...args] = line
  const env = { PATH: process.env['PATH'] ?? '', HOME: sandbox.path('home') }
  const child = spawn(program, args, { cwd: sandbox.path(cwd), env, stdio: ['ignore', 'ignore', 'pipe'] })
  const timer = killAfter === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfter)
  let stderr = ''
  child.stderr.on('data', chunk => (stderr += String(chunk)))
  return new Promise(resolve =>
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      resolve({ code, signal, stderr })
    }),
  )
}
