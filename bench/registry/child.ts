/** Programs of the benchmark in processes of their own, which are asked over the channel that Node gives to a child. */
import { type ChildProcess, fork } from 'node:child_process'
import { readFileSync } from 'node:fs'

export type Child = {
  readonly pid: number
  /** Sends a message and waits for the next one that comes back. */
  readonly ask: <T>(message: unknown) => Promise<T>
  readonly stop: () => Promise<void>
}

export type Started<T> = Child & { readonly hello: T }

/** Starts a program and waits for its first message. What it prints is thrown away, as a log on a disk would be by others. */
export async function startChild<T>(
  program: string,
  env: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): Promise<Started<T>> {
  const child = fork(program, args, {
    env: { ...process.env, ...env },
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const kill = (): void => {
    child.kill('SIGKILL')
  }
  // However the benchmark ends.
  process.once('exit', kill)
  const hello = await answerOf<T>(child)
  return {
    hello,
    pid: child.pid!,
    ask: async <A>(message: unknown) => {
      const answer = answerOf<A>(child)
      child.send(message as object)
      return answer
    },
    stop: async () => {
      const ended = new Promise(resolve => child.once('exit', resolve))
      process.off('exit', kill)
      child.kill('SIGTERM')
      await ended
    },
  }
}

async function answerOf<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null): void => {
      reject(new Error(`${child.spawnargs.join(' ')} ended with ${String(code)}`))
    }
    child.once('exit', ended)
    child.once('message', answer => {
      child.off('exit', ended)
      resolve(answer as T)
    })
  })
}

/** Seconds of processor that a process has used; not a number where the kernel does not say. */
export function processorOf(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
      .split(') ')[1]!
      .split(' ')
    return (Number(fields[11]) + Number(fields[12])) / 100
  } catch {
    return Number.NaN
  }
}

/** Megabytes that a process holds now, and the most it ever held. */
export function memoryOf(pid: number): { readonly now: number; readonly peak: number } {
  try {
    const text = readFileSync(`/proc/${String(pid)}/status`, 'utf8')
    const read = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(text)?.[1]) / 1024
    return { now: read('VmRSS'), peak: read('VmHWM') }
  } catch {
    return { now: Number.NaN, peak: Number.NaN }
  }
}
