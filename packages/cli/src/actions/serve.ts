/** Running a registry server until somebody stops it. */
import { join, resolve } from 'node:path'
import { fail, suggest } from '@aam/core'
import { SERVER_SETTINGS, type RunningServer, readServerConfig, startServer } from '@aam/server'
import { readEnvFile } from '../disk/env-file.ts'
import type { Context } from '../world.ts'

export type ServeRequest = {
  readonly port: string | undefined
  readonly host: string | undefined
  readonly data: string | undefined
}

/**
 * Starts a server with the settings of the environment and of `.env`; flags come first.
 * @throws SERVER_SETTING_INVALID, SERVER_PORT_TAKEN, STORE_TOO_NEW, FILE_SYSTEM
 */
export async function serve({ world }: Context, request: ServeRequest): Promise<RunningServer> {
  const file = readEnvFile(world.cwd)
  refuseMisspelt(Object.keys(file))
  const env = { ...file, ...withoutEmpty(world.env) }
  const flags = { PORT: request.port, HOST: request.host, DATA_DIR: request.data }
  const config = readServerConfig({ ...env, ...withoutEmpty(flags) }, dataFolderOf(world.home))
  return startServer({
    config: { ...config, dataFolder: resolve(world.cwd, config.dataFolder) },
    now: world.now,
    version: world.version,
    log: line => {
      world.stderr(`${line}\n`)
    },
  })
}

/** A rule that is misspelt must not look as if it were obeyed; other programs may have variables in the file, too. */
function refuseMisspelt(names: readonly string[]): void {
  const known = Object.keys(SERVER_SETTINGS)
  for (const name of names.filter(each => !known.includes(each))) {
    const [near] = suggest(name, known)
    if (near !== undefined) fail('SERVER_SETTING_INVALID', { name, why: `it is no setting; ${near} is (in .env)` })
  }
}

/** Where a server keeps its data when nobody says. */
export function dataFolderOf(home: string): string {
  return join(home, 'server')
}

/** The folder that `--data`, `DATA_DIR` or nobody names. */
export function chooseDataFolder({ world }: Context, named: string | undefined): string {
  const variable = world.env['DATA_DIR'] ?? readEnvFile(world.cwd)['DATA_DIR'] ?? ''
  const folder = named ?? (variable === '' ? dataFolderOf(world.home) : variable)
  if (folder.trim() === '') fail('USAGE', { message: '--data names no folder', hint: 'give a path' })
  return resolve(world.cwd, folder)
}

function withoutEmpty(
  values: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== ''))
}
