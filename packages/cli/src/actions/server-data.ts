/** What a registry server keeps: backed up, brought back, looked over. */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { BackedUp, Restored, VerifiedData } from '@aam/server'
import type { Context } from '../world.ts'
import { chooseDataFolder } from './serve.ts'

/** @throws what `backupData` does */
export async function backUp(
  context: Context,
  request: { readonly target: string; readonly data: string | undefined },
): Promise<BackedUp & { readonly data: string }> {
  const data = chooseDataFolder(context, request.data)
  const { backupData } = await import('@aam/server')
  return { data, ...(await backupData({ dataFolder: data, target: resolve(context.world.cwd, request.target) })) }
}

/** @throws what `restoreData` does */
export async function restore(
  context: Context,
  request: { readonly backup: string; readonly data: string | undefined },
): Promise<Restored & { readonly backup: string }> {
  const backup = resolve(context.world.cwd, request.backup)
  const { restoreData } = await import('@aam/server')
  return { backup, ...(await restoreData({ backup, dataFolder: chooseDataFolder(context, request.data) })) }
}

/** Whether a folder is what a registry server keeps, or a backup of it. */
export function isServerData({ world }: Context, folder: string): boolean {
  return existsSync(join(resolve(world.cwd, folder), 'registry.sqlite'))
}

/** @throws STORE_NOT_FOUND, STORE_TOO_NEW, REGISTRY_UNAVAILABLE */
export async function verifyServerData(
  context: Context,
  named: string | undefined,
): Promise<VerifiedData & { readonly data: string }> {
  const data = chooseDataFolder(context, named)
  const { verifyData } = await import('@aam/server')
  return { data, ...(await verifyData(data)) }
}
