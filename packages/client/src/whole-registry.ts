/** Work on whole registries, loaded when it is done: it reads manifests, which most programs have no need of. */
import type { ImportDecision } from '@aam/core'
import type { Import, ImportOptions } from './folder/import.ts'
import type { Verified } from './folder/verify.ts'
import type { Registry } from './registry.ts'

/** @throws what `importIntoRegistry` in `http/import.ts` does */
export async function importIntoRegistry(
  target: Registry,
  what: Import,
  options: ImportOptions,
): Promise<ImportDecision> {
  return (await import('./http/import.ts')).importIntoRegistry(target, what, options)
}

/** @throws what `verifyRegistry` in `verify-registry.ts` does */
export async function verifyRegistry(
  registry: Registry,
  progress: (done: number, total: number) => void,
): Promise<Verified> {
  return (await import('./verify-registry.ts')).verifyRegistry(registry, progress)
}
