import type { PackageName, Range, Version } from '@aam/core'
import { findProject } from '../disk/project.ts'
import type { Context } from '../world.ts'
import { type OpenRegistry, openRegistry, requireDocument } from './open-registry.ts'

export type DeprecateResult = {
  readonly package: string
  readonly kind: 'deprecate' | 'undo' | 'unchanged'
  readonly versions: readonly string[]
  readonly message: string | null
}

/** @throws PACKAGE_NOT_FOUND, VERSION_NOT_MATCHED, DEPRECATION_INVALID */
export async function deprecateVersions(
  context: Context,
  {
    name,
    range,
    message,
    registry: flag,
  }: {
    readonly name: PackageName
    readonly range: Range
    /** `undefined` takes the deprecation back. */
    readonly message: string | undefined
    readonly registry: string | undefined
  },
): Promise<DeprecateResult> {
  const registry = await open(context, name, flag)
  const result = await registry.deprecate(name, { range, message })
  return { package: name, kind: result.kind, versions: result.versions, message: result.message ?? null }
}

export type YankResult = {
  readonly package: string
  readonly version: string
  readonly kind: 'yank' | 'undo' | 'unchanged'
  readonly undo: boolean
  /** Where `latest` moved; `null` when it stayed. */
  readonly latest: { readonly from: string; readonly to: string } | null
  /** Tags that still point to the yanked version. */
  readonly tags: readonly string[]
  /** The newest version that can be installed. */
  readonly newest: string | null
}

/** @throws PACKAGE_NOT_FOUND, VERSION_NOT_FOUND */
export async function yankVersion(
  context: Context,
  {
    name,
    version,
    undo,
    registry: flag,
  }: {
    readonly name: PackageName
    readonly version: Version
    readonly undo: boolean
    readonly registry: string | undefined
  },
): Promise<YankResult> {
  const registry = await open(context, name, flag)
  const { kind, latest, tags, newest } = await registry.yank(name, { version, undo })
  const moved = latest === undefined ? null : { from: version, to: latest.to }
  return { package: name, version, kind, undo, latest: moved, tags, newest: newest ?? null }
}

/** The registries, of which one has the name. */
async function open(context: Context, name: PackageName, flag: string | undefined): Promise<OpenRegistry['registry']> {
  const { registry } = await openRegistry(context, { project: findProject(context.world.cwd)?.folder, flag })
  await requireDocument(registry, name)
  return registry
}
