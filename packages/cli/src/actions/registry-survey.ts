/** A whole registry, wherever it is: listed, and looked over. */
import { fileURLToPath } from 'node:url'
import { type SearchResult, type Verified, listFolderRegistry, verifyFolderRegistry, verifyRegistry } from '@aam/client'
import { findProject } from '../disk/project.ts'
import type { Context } from '../world.ts'
import { openRegistry } from './open-registry.ts'

/** The registry that is named, else the one that is configured: a path, or an address. */
type Surveyed = { readonly registry: string }

/** Every package, sorted by name. */
export async function listRegistry(context: Context, named: string | undefined): Promise<SearchResult & Surveyed> {
  const { registry } = await open(context, named)
  if (registry.address.startsWith('file:')) {
    const root = fileURLToPath(registry.address)
    return { registry: root, ...(await listFolderRegistry(root)) }
  }
  return { registry: registry.address, ...(await registry.search([])) }
}

/** Every file of a folder; of a server, every archive that can be downloaded. */
export async function surveyRegistry(context: Context, named: string | undefined): Promise<Verified & Surveyed> {
  const { registry } = await open(context, named)
  if (registry.address.startsWith('file:')) {
    const root = fileURLToPath(registry.address)
    return { registry: root, ...(await verifyFolderRegistry(root)) }
  }
  const progress = (done: number, total: number): void => {
    context.report({ kind: 'progress', phase: 'Verifying packages', done, total })
  }
  return { registry: registry.address, ...(await verifyRegistry(registry, progress)) }
}

async function open(context: Context, named: string | undefined): ReturnType<typeof openRegistry> {
  return openRegistry(context, { project: findProject(context.world.cwd)?.folder, flag: named })
}
