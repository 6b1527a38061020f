import { fileURLToPath } from 'node:url'
import { fail } from '@aam/core'
import { findProject } from '../disk/project.ts'
import type { Context } from '../world.ts'
import { openRegistry } from './open-registry.ts'

/**
 * The folder of a registry: of the one that is named, else of the one that is configured.
 * @throws REGISTRY_NOT_CONFIGURED, REGISTRY_NOT_FOUND, REGISTRY_UNSUPPORTED when it is none in a folder
 */
export async function findRegistryFolder(context: Context, named: string | undefined): Promise<string> {
  const project = findProject(context.world.cwd)?.folder
  const { registry } = await openRegistry(context, { project, flag: named })
  const { address } = registry
  return address.startsWith('file:') ? fileURLToPath(address) : fail('REGISTRY_UNSUPPORTED', { registry: address })
}
