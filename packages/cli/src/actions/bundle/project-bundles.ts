/** The bundles of a project, read and held to what every package is held to. */
import { join } from 'node:path'
import { readArchive, sha256Hex } from '@aam/archive'
import { type PackageName, checkName, checkWanted, fail } from '@aam/core'
import { openBundle, platformOfTarget } from '@aam/platforms'
import { bundlePath, listBundles, readArchiveFile } from '../../disk/bundles.ts'
import type { Config } from '../../disk/config.ts'
import { type Source, sourceOf } from '../deploy/read-sources.ts'
import { readPackedManifest } from '../fetch-packages.ts'
import type { Bundle } from './bundle.ts'
import type { BundleChange } from './bundle-change.ts'

/**
 * Takes bytes for a bundle.
 * @param shown how messages call it
 * @throws ARCHIVE_INVALID, ARCHIVE_TOO_LARGE, BUNDLE_INVALID
 */
export function readBundle(bytes: Uint8Array, shown: string): Bundle {
  const entries = readArchive(bytes, shown)
  const opened = openBundle(entries, sha256Hex)
  if ('why' in opened) return fail('BUNDLE_INVALID', { bundle: shown, why: opened.why })
  const { manifest, files } = opened
  const { package: name, packageVersion: version, target, builtAt } = manifest
  const text = files.find(({ path }) => path === 'package.agent.json')
  const { dependencies } = readPackedManifest(Buffer.from(text?.data ?? []).toString('utf8'), { name, version })
  return { name, version, target, builtAt, dependencies, files, entries, bytes }
}

/** What of a project decides about its bundles. */
export type BundleSetting = {
  readonly folder: string
  readonly config: Config
  /** The project's own name. */
  readonly name: string
  readonly locked: Iterable<PackageName>
}

/**
 * The bundles of a project as they are to be. One that is dropped is not even opened, so that a damaged one can be.
 * @throws BUNDLE_INVALID, ARCHIVE_INVALID, BUNDLE_TAKEN, and what a policy forbids
 */
export function readBundles({ folder, config, name, locked }: BundleSetting, { add, drop }: BundleChange): Bundle[] {
  const gone = new Set([...drop, ...(add === undefined ? [] : [add.name])].map(bundlePath))
  const kept = listBundles(folder)
    .filter(path => !gone.has(path))
    .map(path => {
      const bundle = readBundle(readArchiveFile(join(folder, path), path), path)
      if (bundlePath(bundle.name) === path) return bundle
      return fail('BUNDLE_INVALID', { bundle: path, why: `it is of the package ${bundle.name}` })
    })
  const bundles = [...kept, ...(add === undefined ? [] : [add])]
  const taken = new Set(locked)
  for (const bundle of bundles) {
    requirePermitted(bundle, config)
    if (bundle.name === name) fail('BUNDLE_TAKEN', { name, by: 'project' })
    if (taken.has(bundle.name)) fail('BUNDLE_TAKEN', { name: bundle.name, by: 'lock' })
  }
  return bundles
}

/** A bundle is an exact version that no tag was asked for (D13, D15). */
function requirePermitted({ name, version }: Bundle, { policy, defaultTag }: Config): void {
  const breach =
    checkName(policy, name) ?? checkWanted(policy, { kind: 'version', version }, { name, fallback: defaultTag })
  if (breach !== undefined) throw breach
}

/** A bundle as it is deployed. */
export function sourceOfBundle({ name, files, target }: Bundle): Source & { readonly only: string } {
  return { ...sourceOf(name, files), only: platformOfTarget(target) }
}
