import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type ImportDecision, fail, rankPackages } from '@aam/core'
import { makeFolder, readIfThere, writeFileAtomic } from '../files/index.ts'
import type { Registry, SearchResult } from '../registry.ts'
import { isUaapsLayout } from '../uaaps/layout.ts'
import { openUaapsRegistry } from '../uaaps/registry.ts'
import type { Import, ImportOptions } from './import.ts'
import { SETTINGS_FILE, packagesFolder } from './layout.ts'
import { readIndex } from './package-index.ts'
import { listNames, readArchiveFile, readDocument } from './read.ts'
import type { Reindexed } from './reindex.ts'
import type { Verified } from './verify.ts'
import type { Writer } from './write.ts'

/**
 * The registry in the folder `root` (D6). Reading loads no YAML unless a file was edited by hand; writing does. Without a
 * `registry.yaml` it may be one of the UAAPS layout, which is read only.
 * @throws REGISTRY_NOT_FOUND when it is neither
 */
export function openFolderRegistry(writer: Writer): Registry {
  const { root } = writer
  if (isUaapsOnly(root)) return openUaapsRegistry(root)
  requireSettings(root)
  const checked = checkFormat(root)
  return {
    address: pathToFileURL(root).href,
    fetchDocument: async name => {
      await checked()
      return readDocument(root, name)
    },
    fetchVersionFacts: () => Promise.resolve(undefined),
    fetchArchive: async (name, version) => {
      await checked()
      return readArchiveFile(root, name, version)
    },
    publish: async (archive, options) => (await import('./write.ts')).publishArchive(writer, archive, options),
    setTag: async (name, change) => (await import('./write.ts')).setTag(writer, name, change),
    removeTag: async (name, change) => (await import('./write.ts')).removeTag(writer, name, change),
    deprecate: async (name, request) => (await import('./write.ts')).deprecate(writer, name, request),
    yank: async (name, request) => (await import('./write.ts')).yank(writer, name, request),
    search: async words => {
      await checked()
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
  if (isUaapsOnly(root)) return (await import('../uaaps/survey.ts')).listUaaps(root, new Map())
  requireSettings(root)
  const { entries, broken } = await readIndex(root)
  return { packages: entries.map(({ summary }) => summary), broken }
}

/**
 * Makes anew what is derived, and takes in archives that were put there by hand (`reindex`).
 * @throws REGISTRY_NOT_FOUND, REGISTRY_READ_ONLY, REGISTRY_BROKEN, BUSY
 */
export async function reindexFolderRegistry(writer: Writer): Promise<Reindexed> {
  if (isUaapsOnly(writer.root)) fail('REGISTRY_READ_ONLY', { registry: writer.root, why: 'layout' })
  requireSettings(writer.root)
  return (await import('./reindex.ts')).reindex(writer)
}

/**
 * Checks every file of the registry in the folder `root`; changes nothing.
 * @throws REGISTRY_NOT_FOUND
 */
export async function verifyFolderRegistry(root: string): Promise<Verified> {
  if (isUaapsOnly(root)) return (await import('../uaaps/survey.ts')).verifyUaaps(root)
  requireSettings(root)
  return (await import('./verify.ts')).verify(root)
}

/**
 * Makes `root` a registry. Doing it again changes nothing.
 * @returns whether it was one before
 * @throws as `checkFolder`
 */
export async function initFolderRegistry(root: string): Promise<{ readonly existed: boolean }> {
  const { existed } = checkFolder(root)
  if (existed) return { existed }
  makeFolder(packagesFolder(root))
  const { NEW_SETTINGS } = await import('./metadata.ts')
  writeFileAtomic(join(root, SETTINGS_FILE), NEW_SETTINGS)
  return { existed }
}

/**
 * Whether `root` is a registry that can be written to; otherwise it can be made one.
 * @throws USAGE when the folder holds something else, REGISTRY_READ_ONLY when that is a registry of the UAAPS layout
 */
export function checkFolder(root: string): { readonly existed: boolean } {
  if (existsSync(join(root, SETTINGS_FILE))) return { existed: true }
  if (!existsSync(root)) return { existed: false }
  if (isUaapsLayout(root)) fail('REGISTRY_READ_ONLY', { registry: root, why: 'layout' })
  if (readdirSync(root).length > 0) {
    fail('USAGE', {
      message: `${root} is not empty and not a registry`,
      hint: 'choose a folder of its own, for example ./registry',
    })
  }
  return { existed: false }
}

const USUAL_FORMAT = /^format_version:[ \t]*1[ \t]*(?:#.*)?\r?$/m

/**
 * Makes sure that a registry has the format this version knows. What says so in the usual words needs no YAML.
 * @returns what throws REGISTRY_BROKEN when it has not
 */
function checkFormat(root: string): () => Promise<void> {
  const file = join(root, SETTINGS_FILE)
  const text = readIfThere(file)?.toString('utf8') ?? ''
  return async () => {
    if (USUAL_FORMAT.test(text)) return
    const { decodeSettings } = await import('./metadata.ts')
    decodeSettings(text, file)
  }
}

/** Whether `root` is a registry of the UAAPS layout and not one of ours. */
function isUaapsOnly(root: string): boolean {
  return !existsSync(join(root, SETTINGS_FILE)) && isUaapsLayout(root)
}

function requireSettings(root: string): void {
  if (!existsSync(join(root, SETTINGS_FILE))) fail('REGISTRY_NOT_FOUND', { registry: root })
}

/**
 * Imports a package from another registry; on a dry run the folder need not be a registry yet.
 * @throws what `importPackage` does, USAGE, REGISTRY_READ_ONLY for the UAAPS layout
 */
export async function importIntoFolder(writer: Writer, what: Import, options: ImportOptions): Promise<ImportDecision> {
  checkFolder(writer.root)
  return (await import('./import.ts')).importPackage(writer, what, options)
}

/** A promise of what `read` returns: reading a folder is synchronous, the port is not. */
async function promise<T>(read: () => T): Promise<T> {
  return Promise.resolve().then(read)
}
