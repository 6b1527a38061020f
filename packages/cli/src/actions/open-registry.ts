import { type Registry, openFolderRegistry } from '@aam/client'
import { type PackageDocument, type PackageName, compareText, fail, suggest } from '@aam/core'
import { type Config, readConfig, registryFolder } from '../disk/config.ts'
import { recordedPath } from '../disk/project.ts'
import type { Context } from '../world.ts'

/** A registry, and how the locks of this project call it (D2). */
export type OpenRegistry = { readonly registry: Registry; readonly recorded: string; readonly config: Config }

/**
 * Opens the registry that counts: the flag, else the environment, the project's configuration, the user's.
 * @param project the folder of the project, if there is one
 * @throws REGISTRY_NOT_CONFIGURED, REGISTRY_NOT_FOUND, REGISTRY_UNSUPPORTED, CONFIG_INVALID
 */
export async function openRegistry(
  { world, report }: Context,
  { project, flag }: { readonly project: string | undefined; readonly flag: string | undefined },
): Promise<OpenRegistry> {
  const config = await readConfig(world, project, message => {
    report({ kind: 'warning', message })
  })
  const setting = flag === undefined ? config.registry : { value: flag, from: '--registry', folder: world.cwd }
  if (setting === undefined) fail('REGISTRY_NOT_CONFIGURED', {})
  if (setting.value.trim() === '') fail('USAGE', { message: `${setting.from} names no registry`, hint: 'give a path' })
  const root = registryFolder(setting)
  report({ kind: 'detail', message: `registry ${root} (from ${setting.from})` })
  const onWait = (owner: string): void => {
    report({ kind: 'notice', message: `Waiting for ${owner}, which is writing to the registry` })
  }
  const registry = openFolderRegistry({ root, now: world.now, onWait })
  const inside = project === undefined ? undefined : recordedPath(project, root)
  return { registry, config, recorded: inside === undefined ? registry.address : `file:${inside}` }
}

/** @throws PACKAGE_NOT_FOUND with the names that were probably meant */
export async function requireDocument(registry: Registry, name: PackageName): Promise<PackageDocument> {
  return (await registry.fetchDocument(name)) ?? notFound(registry, name)
}

/** @throws PACKAGE_NOT_FOUND, always */
export async function notFound(registry: Registry, name: PackageName, chain?: readonly string[]): Promise<never> {
  const names = (await registry.listNames()).sort(compareText)
  // A name in another scope, or without one, is a likelier slip than several wrong letters.
  const base = name.slice(name.indexOf('/') + 1)
  const sameBase = names.filter(other => other !== name && other.slice(other.indexOf('/') + 1) === base)
  const suggestions = [...new Set([...sameBase, ...suggest(name, names)])].slice(0, 3)
  return fail('PACKAGE_NOT_FOUND', {
    name,
    registry: registry.address,
    suggestions,
    ...(chain === undefined ? {} : { chain }),
  })
}
