/** Real server processes: started, killed, stopped. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { type Account, type Registry, openAccount, openHttpRegistry, openTransport } from '@aam/client'
import type { Role } from '@aam/core'

export type Settings = Readonly<Record<string, string>>

export type ServerProcess = {
  readonly address: string
  readonly pid: number
  /** What it has logged so far. */
  readonly log: () => string
  readonly kill: () => Promise<void>
  /** Asks it to stop; resolves with its exit code. */
  readonly terminate: () => Promise<number | null>
  readonly ended: Promise<unknown>
}

const SETTINGS: Settings = {
  PORT: '0',
  ADMIN_USER: 'root',
  ADMIN_PASSWORD: 'correct horse battery',
  RATE_LIMIT_LOGIN: '0',
  RATE_LIMIT_WRITE: '0',
  LOG_LEVEL: 'error',
  // Files are written by one thread, in one order: a call to the system can be told by its number.
  UV_THREADPOOL_SIZE: '1',
  NODE_NO_WARNINGS: '1',
}

/** Bundles the program once; returns its file, and what removes it. */
export async function buildServer(): Promise<{ readonly program: string; readonly remove: () => void }> {
  const here = fileURLToPath(new URL('.', import.meta.url))
  // Beside the sources, so that the libraries that stay outside are found.
  const program = join(here, `../../dist/run-server.${String(process.pid)}.${String(Date.now())}.mjs`)
  await build({
    entryPoints: [join(here, 'run-server.ts')],
    outfile: program,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    conditions: ['@aam/source'],
    mainFields: ['module', 'main'],
    external: ['@photostructure/sqlite', 'fastify', 'pino', 'prom-client', '@fastify/busboy'],
    logLevel: 'error',
  })
  return {
    program,
    remove: () => {
      rmSync(program)
    },
  }
}

/** Starts the program on a folder of data, and waits until it listens. */
export async function startProcess(
  program: string,
  dataFolder: string,
  settings: Settings = {},
): Promise<ServerProcess> {
  const env = { PATH: process.env['PATH'] ?? '', ...SETTINGS, DATA_DIR: dataFolder, ...settings }
  const child = spawn(process.execPath, [program], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let log = ''
  child.stderr.on('data', chunk => (log += String(chunk)))
  const ended = once(child, 'exit')
  const address = await Promise.race([
    once(child.stdout, 'data').then(([chunk]) => String(chunk).trim()),
    ended.then(() => undefined),
  ])
  if (address === undefined) throw new Error(`the server did not start: ${log}`)
  return {
    address,
    pid: child.pid!,
    log: () => log,
    ended,
    kill: async () => end(child, 'SIGKILL', ended),
    terminate: async () => {
      await end(child, 'SIGTERM', ended)
      return child.exitCode
    },
  }
}

async function end(child: ChildProcess, signal: 'SIGKILL' | 'SIGTERM', ended: Promise<unknown>): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) child.kill(signal)
  await ended
}

export type Connection = { readonly registry: Registry; readonly account: Account }

/** @param tries how often a request is sent before it counts as failed */
export function connect(address: string, token?: string, tries = 1): Connection {
  const transport = openTransport({
    base: address,
    token,
    now: () => new Date(),
    env: {},
    ca: undefined,
    cacheFolder: undefined,
    userAgent: 'aam/test',
    tries,
  })
  return { registry: openHttpRegistry(transport), account: openAccount(transport) }
}

/** A new folder of data. */
export function newDataFolder(): string {
  return realpathSync(mkdtempSync(join(tmpdir(), 'aam-process-')))
}

/** Makes an account and signs it in; returns its token. */
export async function addUser(address: string, name: string, roles: readonly Role[] = []): Promise<string> {
  const password = `${name} has a long password`
  const { token } = await connect(address).account.login({ name: 'root', password: SETTINGS['ADMIN_PASSWORD']! })
  const { account } = connect(address, token)
  await account.register({ name, password })
  if (roles.length > 0) await account.setRoles(name, roles)
  return (await connect(address).account.login({ name, password })).token
}

/** Threads of a process besides its first, which is the one that runs JavaScript and writes to the database. */
export function otherThreads(pid: number): number[] {
  return readdirSync(`/proc/${String(pid)}/task`)
    .map(Number)
    .filter(thread => thread !== pid)
}
