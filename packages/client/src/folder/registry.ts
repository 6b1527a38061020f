import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { fail, rankPackages } from '@aam/core'
import { makeFolder, writeFileAtomic } from '../files/index.ts'
import type { Registry, SearchResult } from '../registry.ts'
import { SETTINGS_FILE, packagesFolder } from './layout.ts'
import { readIndex } from './package-index.ts'
import { listNames, readArchiveFile, readDocument } from './read.ts'
import type { Reindexed } from './reindex.ts'
import type { Verified } from './verify.ts'
import type { Writer } from './write.ts'

/**
 * The registry in the folder `root` (D6). Reading loads no YAML unless a file was edited by hand; writing does.
 * @throws REGISTRY_NOT_FOUND when there is no `registry.yaml` in it
 */
export function openFolderRegistry(writer: Writer): Registry {
  const { root } = writer
  requireSettings(root)
  return {
    address: pathToFileURL(root).href,
    fetchDocument: name => readDocument(root, name),
    fetchArchive: (name, version) => promise(() => readArchiveFile(root, name, version)),
    publish: async (archive, options) => (await import('./write.ts')).publishArchive(writer, archive, options),
    setTag: async (name, change) => (await import('./write.ts')).setTag(writer, name, change),
    removeTag: async (name, change) => (await import('./write.ts')).removeTag(writer, name, change),
    deprecate: async (name, request) => (await import('./write.ts')).deprecate(writer, name, request),
    yank: async (name, request) => (await import('./write.ts')).yank(writer, name, request),
    search: async words => {
      const { entries, broken } = await readIndex(root)
      return {
        packages: rankPackages(
          entries.map(({ summary }) => summary),
          words,
        ),
        broken,
      }
    },
    listNames: () => promise(() => listNames(root)),
  }
}

/**
 * Every package of the registry in the folder `root`, sorted by name.
 * @throws REGISTRY_NOT_FOUND
 */
export async function listFolderRegistry(root: string): Promise<SearchResult> {
  requireSettings(root)
  const { entries, broken } = await readIndex(root)
  return { packages: entries.map(({ summary }) => summary), broken }
}

/**
 * Makes anew what is derived, and takes in archives that were put there by hand (`reindex`).
 * @throws REGISTRY_NOT_FOUND, REGISTRY_BROKEN, BUSY
 */
export async function reindexFolderRegistry(writer: Writer): Promise<Reindexed> {
  requireSettings(writer.root)
  return (await import('./reindex.ts')).reindex(writer)
}

/**
 * Checks every file of the registry in the folder `root`; changes nothing.
 * @throws REGISTRY_NOT_FOUND
 */
export async function verifyFolderRegistry(root: string): Promise<Verified> {
  requireSettings(root)
  return (await import('./verify.ts')).verify(root)
}

/**
 * Makes `root` a registry. Doing it again changes nothing.
 * @returns whether it was one before
 * @throws USAGE when the folder holds something else
 */
export async function initFolderRegistry(root: string): Promise<{ readonly existed: boolean }> {
  const settings = join(root, SETTINGS_FILE)
  if (existsSync(settings)) return { existed: true }
  makeFolder(root)
  if (readdirSync(root).length > 0) {
    fail('USAGE', {
      message: `${root} is not empty and not a registry`,
      hint: 'choose a folder of its own, for example ./registry',
    })
  }
  makeFolder(packagesFolder(root))
  const { NEW_SETTINGS } = await import('./metadata.ts')
  writeFileAtomic(settings, NEW_SETTINGS)
  return { existed: false }
}

function requireSettings(root: string): void {
  if (!existsSync(join(root, SETTINGS_FILE))) fail('REGISTRY_NOT_FOUND', { registry: root })
}

/** A promise of what `read` returns: reading a folder is synchronous, the port is not. */
async function promise<T>(read: () => T): Promise<T> {
  return Promise.resolve().then(read)
}
