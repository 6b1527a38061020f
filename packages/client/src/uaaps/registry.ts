import { pathToFileURL } from 'node:url'
import { fail, rankPackages } from '@aam/core'
import type { Registry } from '../registry.ts'
import { listNames } from './layout.ts'
import type { Seen } from './read.ts'

/**
 * The registry of the UAAPS layout in the folder `root` (UAAPS 12.5, D6). It is read and never written: everything that
 * would change it fails with REGISTRY_READ_ONLY.
 */
export function openUaapsRegistry(root: string): Registry {
  const seen: Seen = new Map()
  const refuse = async (): Promise<never> =>
    Promise.resolve().then(() => fail('REGISTRY_READ_ONLY', { registry: root, why: 'layout' }))
  return {
    address: pathToFileURL(root).href,
    fetchDocument: async name => (await import('./read.ts')).readDocument(root, name, seen),
    fetchArchive: async (name, version) => (await import('./read.ts')).readArchiveFile(root, name, version),
    fetchVersionFacts: () => Promise.resolve(undefined),
    publish: refuse,
    setTag: refuse,
    removeTag: refuse,
    deprecate: refuse,
    yank: refuse,
    search: async words => {
      const { packages, broken } = (await import('./survey.ts')).listUaaps(root, seen)
      return { packages: rankPackages(packages, words), broken }
    },
    listNames: async () => Promise.resolve().then(() => listNames(root)),
  }
}
