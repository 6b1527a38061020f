/** A real registry server on a port of this machine, with its data in a folder of its own. */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Account, type Registry, openAccount, openHttpRegistry, openTransport } from '@aam/client'
import type { Role } from '@aam/core'
import { type ServerOptions, type ServerSetting, readServerConfig, startServer } from '@aam/server'

export type Settings = Readonly<Partial<Record<ServerSetting, string>>>

export type TestServer = {
  /** Without a final slash. */
  readonly address: string
  readonly dataFolder: string
  /** Every line that was logged so far. */
  readonly log: readonly string[]
  /** A token of the first admin. */
  readonly adminToken: string
  /** Makes an account and signs it in; returns its token. */
  readonly addUser: (name: string, roles?: readonly Role[]) => Promise<string>
  readonly registry: (token?: string) => Registry
  readonly account: (token?: string) => Account
  /** A request as it is, for what no client of ours would send. */
  readonly request: (path: string, init?: RequestInit) => Promise<Response>
  /** Stops it, and starts it again with other settings on the same data. */
  readonly restart: (settings?: Settings) => Promise<void>
  readonly stop: () => Promise<void>
  /** Stops it and removes its data. */
  readonly remove: () => Promise<void>
}

export const ADMIN_PASSWORD = 'correct horse battery'

/** The password of every account that `addUser` makes. */
export function passwordOf(name: string): string {
  return `${name} has a long password`
}

const DEFAULTS: Settings = {
  PORT: '0',
  ADMIN_USER: 'root',
  ADMIN_PASSWORD,
  RATE_LIMIT_LOGIN: '0',
  RATE_LIMIT_WRITE: '0',
  LOG_LEVEL: 'debug',
}

export async function startTestServer(
  settings: Settings = {},
  now: () => Date = () => new Date(),
  timeouts: ServerOptions['timeouts'] = {},
): Promise<TestServer> {
  const dataFolder = realpathSync(mkdtempSync(join(tmpdir(), 'aam-server-')))
  const log: string[] = []
  const start = async (others: Settings): ReturnType<typeof startServer> =>
    startServer({
      config: readServerConfig({ ...DEFAULTS, ...settings, ...others }, dataFolder),
      now,
      version: '0.0.0-test',
      log: line => log.push(line),
      timeouts,
    })
  let running = await start({})
  const transport = (token: string | undefined): ReturnType<typeof openTransport> =>
    openTransport({
      base: running.address,
      token,
      now,
      env: {},
      ca: undefined,
      cacheFolder: undefined,
      userAgent: 'aam/test',
    })
  const account = (token?: string): Account => openAccount(transport(token))
  const login = async (name: string, password: string): Promise<string> =>
    (await account().login({ name, password })).token
  const adminToken = await login('root', ADMIN_PASSWORD)
  return {
    get address() {
      return running.address
    },
    dataFolder,
    log,
    adminToken,
    account,
    registry: token => openHttpRegistry(transport(token)),
    addUser: async (name, roles = []) => {
      await account(adminToken).register({ name, password: passwordOf(name) })
      if (roles.length > 0) await account(adminToken).setRoles(name, roles)
      return login(name, passwordOf(name))
    },
    request: async (path, init) => fetch(`${running.address}${path}`, init),
    restart: async (others = {}) => {
      const { port } = new URL(running.address)
      await running.close()
      running = await start({ PORT: port, ...others })
    },
    stop: async () => running.close(),
    remove: async () => {
      await running.close()
      rmSync(dataFolder, { recursive: true, force: true })
    },
  }
}
