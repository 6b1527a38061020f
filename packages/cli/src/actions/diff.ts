/** `aam diff`: what differs between two versions, first what somebody who reviews them has to know. Changes nothing. */
import {
  type FileChanges,
  type LineChanges,
  type Lock,
  type LockEntry,
  type PackageFile,
  type PackageName,
  type Review,
  type Specifier,
  compareFiles,
  compareRequirements,
  compareText,
  requireLocked,
  reviewVersion,
} from '@aam/core'
import { findProject } from '../disk/project.ts'
import type { Context } from '../world.ts'
import { type FetchedPackage, fetchPackage } from './fetch-packages.ts'
import { chooseRelease } from './info.ts'
import { type OpenRegistry, openRegistries, openRegistry, requireDocument } from './open-registry.ts'
import { type Patch, loadPatchMaker } from './patches.ts'
import { readLockedProject } from './tree.ts'

export type DiffRequest = {
  /** The installed version when absent, of several the one with the plain name. */
  readonly from: Specifier | undefined
  /** Without a version: what `aam install name` would take now. */
  readonly to: Specifier
  readonly registry: string | undefined
  /** Leave the patches out. */
  readonly filesOnly: boolean
}

export type DiffResult = Review & {
  readonly from: { readonly name: string; readonly version: string }
  readonly to: { readonly name: string; readonly version: string }
  readonly requirements: LineChanges
  readonly files: FileChanges
  readonly patches: readonly Patch[]
}

/**
 * Compares what was published.
 * @throws NOT_INSTALLED, LOCK_MISSING, PACKAGE_NOT_FOUND, VERSION_NOT_FOUND, VERSION_NOT_MATCHED, TAG_NOT_FOUND
 */
export async function diffPackages(context: Context, request: DiffRequest): Promise<DiffResult> {
  const { from, to, registry: flag } = request
  const project = findProject(context.world.cwd)?.folder
  const lock = from === undefined ? (await readLockedProject(context)).lock : undefined
  const installed = lock === undefined ? undefined : lockedVersion(lock, to.name)
  const opened =
    lock === undefined
      ? await openRegistry(context, { project, flag })
      : await openRegistries(context, { project, flag, lock })
  const older = installed ?? (await choose(opened, from ?? to))
  const newer = await choose(opened, to)
  const before = await fetchSide(context, opened, older)
  const after = await fetchSide(context, opened, newer)
  const files = compareFiles(before.files, after.files)
  return {
    from: { name: before.name, version: before.version },
    to: { name: after.name, version: after.version },
    requirements: compareRequirements(before.manifest, after.manifest),
    ...reviewVersion(
      { permissions: before.manifest['permissions'], files: before.files },
      { permissions: after.manifest['permissions'], files: after.files },
    ),
    files,
    patches: request.filesOnly ? [] : await makePatches(files, before, after),
  }
}

/** A version of a package. */
type Exact = Pick<LockEntry, 'version' | 'integrity'> & { readonly name: PackageName }

type Side = Exact & Pick<FetchedPackage, 'manifest'> & { readonly files: readonly PackageFile[] }

function lockedVersion(lock: Lock, name: PackageName): Exact {
  const [[, { version, integrity }]] = requireLocked(lock, name)
  return { name, version, integrity }
}

async function choose({ registry, config }: OpenRegistry, { name, wanted }: Specifier): Promise<Exact> {
  const document = await requireDocument(registry, name)
  const { version, integrity } = chooseRelease(
    document,
    wanted.kind === 'anything' ? { kind: 'tag', tag: config.defaultTag } : wanted,
  )
  return { name, version, integrity }
}

async function fetchSide(context: Context, { registry }: OpenRegistry, exact: Exact): Promise<Side> {
  const { entries, manifest } = await fetchPackage(exact.name, exact, {
    context,
    registry: () => Promise.resolve(registry),
    cache: 'use',
    offline: false,
  })
  return { ...exact, manifest, files: entries }
}

async function makePatches({ added, removed, changed }: FileChanges, before: Side, after: Side): Promise<Patch[]> {
  const makePatch = await loadPatchMaker()
  const contents = ({ files }: Side): Map<string, Uint8Array> => new Map(files.map(({ path, data }) => [path, data]))
  const [old, now] = [contents(before), contents(after)]
  return [...added, ...removed, ...changed]
    .map(({ path }) => path)
    .sort(compareText)
    .flatMap(path => makePatch(path, old.get(path), now.get(path)) ?? [])
}
