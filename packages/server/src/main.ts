/** A registry server, from its settings to its end. */
import { randomBytes } from 'node:crypto'
import { type Logger, pino } from 'pino'
import { fail } from '@aam/core'
import { createFirstAdmin } from './actions/accounts.ts'
import type { Deps } from './actions/deps.ts'
import { createDownloadCounter } from './actions/downloads.ts'
import { forgetOld } from './actions/rate-limit.ts'
import { createSearchIndex } from './actions/search.ts'
import { createReader } from './actions/served.ts'
import { type App, createApp } from './app.ts'
import { type ServerConfig, TIMEOUTS, type Timeouts } from './config.ts'
import { openData } from './data/folder.ts'
import { sweep } from './data/sweep.ts'
import { deleteExpired } from './store/accounts.ts'
import { DEFAULT_REPOSITORY } from './store/packages.ts'

export type ServerOptions = {
  readonly config: ServerConfig
  readonly now: () => Date
  /** Version of this program. */
  readonly version: string
  /** Gets every line of the log. */
  readonly log: (line: string) => void
  readonly timeouts?: Partial<Timeouts>
}

export type RunningServer = {
  /** With the port that was taken, without a final slash. */
  readonly address: string
  readonly dataFolder: string
  /** The first admin, when this start made one; its password when it had to be made up. */
  readonly admin: { readonly name: string; readonly password: string | undefined } | undefined
  /** Refuses new requests, finishes those that are being answered, and closes everything. */
  readonly close: () => Promise<void>
}

/** Milliseconds. */
const FLUSH_EVERY = 1000
const SWEEP_EVERY = 60 * 60 * 1000
/** How long requests that are being answered may take when the server is to stop. */
const DRAIN = 30_000

/**
 * Starts a server.
 * @throws SERVER_PORT_TAKEN, SERVER_SETTING_INVALID, STORE_TOO_NEW, REGISTRY_UNAVAILABLE, REGISTRY_FULL
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { config, now, version, log: write } = options
  const log = createLog(config, write)
  const { store, blobs } = await openData(config.dataFolder)
  const deps: Deps = { config, store, blobs, now, random: randomBytes }
  const closeStore = async (error: unknown): Promise<never> => {
    await store.close()
    throw error
  }
  await ensureRepository(deps).catch(closeStore)
  const downloads = createDownloadCounter(deps)
  const app = createApp(
    {
      ...deps,
      reader: createReader(store),
      index: createSearchIndex(store),
      downloads,
      timeouts: { ...TIMEOUTS, ...options.timeouts },
      version,
    },
    log,
  )
  const address = await listen(app, config).catch(async (error: unknown) => {
    await app.http.close()
    return closeStore(error)
  })
  // Not before: whoever starts it on a port that is taken would never learn the password.
  const admin = await createFirstAdmin(deps).catch(async (error: unknown) => {
    await app.http.close()
    return closeStore(error)
  })
  const jobs = startJobs(deps, { log, app, flushDownloads: downloads.flush })
  log.info({ address, dataFolder: config.dataFolder }, 'listening')
  let closing: Promise<void> | undefined
  const close = async (): Promise<void> => {
    jobs.stop()
    // Whoever is too slow is cut off; what they sent counts for nothing.
    const timer = setTimeout(() => {
      app.http.server.closeAllConnections()
    }, DRAIN)
    await app.drain()
    await app.http.close()
    clearTimeout(timer)
    await jobs.flush()
    await store.close()
    log.info('stopped')
    log.flush()
  }
  return { address, dataFolder: config.dataFolder, admin, close: async () => (closing ??= close()) }
}

async function ensureRepository({ store, now }: Deps): Promise<void> {
  await store.db
    .insertInto('repositories')
    .values({ id: DEFAULT_REPOSITORY, name: 'default', visibility: 'public', created: now().toISOString() })
    .onConflict(conflict => conflict.doNothing())
    .execute()
}

function createLog(config: ServerConfig, write: (line: string) => void): Logger {
  return pino(
    {
      level: config.logLevel,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: label => ({ level: label }) },
      // Nothing of the kind is logged on purpose; this is for what a library may put into an error.
      redact: {
        paths: ['*.authorization', '*.password', '*.token', '*.headers', 'err.parameters', '*.*.authorization'],
        censor: '[removed]',
      },
    },
    {
      write: (line: string) => {
        write(line.trimEnd())
      },
    },
  )
}

async function listen({ http }: App, { host, port }: ServerConfig): Promise<string> {
  try {
    await http.listen({ host, port })
  } catch (error) {
    const { code } = Object(error) as NodeJS.ErrnoException
    if (code === 'EADDRINUSE') fail('SERVER_PORT_TAKEN', { host, port }, { cause: error })
    if (code === 'EACCES') {
      fail('SERVER_SETTING_INVALID', { name: 'PORT', why: `only root may listen on ${String(port)}` }, { cause: error })
    }
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
      fail('SERVER_SETTING_INVALID', { name: 'HOST', why: `'${host}' is no address of this machine` }, { cause: error })
    }
    throw error
  }
  const bound = http.server.address()
  const taken = typeof bound === 'object' && bound !== null ? bound.port : port
  return `http://${host.includes(':') ? `[${host}]` : host}:${String(taken)}`
}

type Jobs = { readonly stop: () => void; readonly flush: () => Promise<void> }

/** What is done again and again. Each logs what goes wrong and is tried again. */
function startJobs(
  deps: Deps,
  {
    log,
    app,
    flushDownloads,
  }: { readonly log: Logger; readonly app: App; readonly flushDownloads: () => Promise<void> },
): Jobs {
  const attempt = async (what: string, act: () => Promise<unknown>): Promise<void> => {
    try {
      await act()
    } catch (error) {
      log.warn({ err: error }, `${what} failed; it is tried again`)
    }
  }
  const flush = async (): Promise<void> => {
    await attempt('writing download counts', flushDownloads)
    await attempt('writing request counts', app.gate.flush)
  }
  const tidy = async (): Promise<void> => {
    await attempt('sweeping', async () => {
      const { uploads, blobs } = await sweep(deps)
      if (uploads + blobs > 0) log.info({ uploads, blobs }, 'swept')
    })
    await attempt('forgetting expired tokens', async () => deleteExpired(deps.store.db, deps.now().toISOString()))
    await attempt('forgetting request counts', async () => forgetOld(deps))
  }
  let running = Promise.resolve()
  const every = (milliseconds: number, act: () => Promise<void>): NodeJS.Timeout =>
    setInterval(() => {
      running = running.then(act)
    }, milliseconds).unref()
  const timers = [every(FLUSH_EVERY, flush), every(SWEEP_EVERY, tidy)]
  running = running.then(tidy)
  return {
    stop: () => {
      timers.forEach(clearInterval)
    },
    flush: async () => {
      await running
      await flush()
    },
  }
}
