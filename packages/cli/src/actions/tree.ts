import {
  type InstanceName,
  LOCK_FILE,
  type Graph,
  type Lock,
  type PackageName,
  type Version,
  checkLock,
  compareText,
  fail,
  gatherWants,
  instanceFor,
  packageOf,
} from '@aam/core'
import { readInstalledManifest } from '../disk/packages.ts'
import { type Project, readLock, readProject, requireProject } from '../disk/project.ts'
import type { Context } from '../world.ts'
import type { Documents } from './documents.ts'

/** A package in the tree, with its dependencies in the order their manifest declares them (D39). */
export type TreeNode = {
  readonly name: string
  readonly version: string
  /** Shown before, with its dependencies there. */
  readonly repeated?: true
  readonly tag?: string
  readonly dependencies: readonly TreeNode[]
}

/** The tree of what is locked. */
export function buildTree(project: Project, lock: Lock, documents: Documents = new Map()): TreeNode {
  const { manifest } = project.decoded
  const shown = new Set<InstanceName>()
  const visit = (instance: InstanceName): TreeNode[] => {
    const entry = lock.resolved.get(instance)
    if (entry === undefined) return []
    const { version, source } = entry
    const node = {
      name: packageOf(instance),
      version,
      ...(source.resolvedTag === undefined ? {} : { tag: source.resolvedTag }),
    }
    if (shown.has(instance)) return [{ ...node, repeated: true, dependencies: [] }]
    shown.add(instance)
    const order = declaredOrder(project.folder, { instance, version }, documents)
    const children = [...entry.dependencies].sort(([a], [b]) => place(order, a) - place(order, b) || compareText(a, b))
    return [
      { ...node, dependencies: children.flatMap(([name, exact]) => visit(instanceFor(lock.resolved, name, exact))) },
    ]
  }
  const roots = [
    ...Object.keys(manifest.raw.dependencies ?? {}),
    ...Object.keys(manifest.raw.optionalDependencies ?? {}),
  ]
  return {
    name: manifest.name,
    version: manifest.version,
    dependencies: [...new Set(roots)].flatMap(name => visit(name as PackageName)),
  }
}

/** What is installed here. */
export type LockedProject = { readonly project: Project; readonly lock: Lock }

/**
 * Reads the project and its lock, for commands that look at them.
 * @throws MANIFEST_MISSING, LOCK_MISSING
 */
export async function readLockedProject({ world, report }: Context): Promise<LockedProject> {
  const project = await readProject(requireProject(world.cwd))
  const locked = await readLock(project.folder)
  const wants = gatherWants(project.decoded.manifest)
  if (locked === undefined) {
    if (wants.required.size === 0 && wants.optional.size === 0) {
      return { project, lock: { resolved: new Map(), skipped: new Map() } }
    }
    return fail('LOCK_MISSING', { file: LOCK_FILE })
  }
  const reasons = checkLock(locked.lock, wants)
  if (reasons.length > 0) {
    report({
      kind: 'warning',
      message: `package.agent.lock does not fit the manifest: ${reasons[0] ?? ''}`,
      hint: 'run `aam install`',
    })
  }
  return { project, lock: locked.lock }
}

/** The lock as a graph. */
export function graphOf({ project, lock }: LockedProject): Graph {
  const { manifest } = project.decoded
  const root = new Map<PackageName, Version>()
  for (const name of [...manifest.dependencies.keys(), ...manifest.optionalDependencies.keys()]) {
    const entry = lock.resolved.get(name)
    if (entry !== undefined) root.set(name, entry.version)
  }
  return { root, packages: lock.resolved }
}

/** The names in the order a package's own manifest declares them, as far as anything at hand tells. */
function declaredOrder(
  folder: string,
  { instance, version }: { readonly instance: InstanceName; readonly version: Version },
  documents: Documents,
): string[] {
  const release = documents.get(packageOf(instance))?.releases.get(version)
  const record = release?.record ?? readInstalledManifest(folder, instance) ?? {}
  return [...keys(record['dependencies']), ...keys(record['optionalDependencies'])]
}

function keys(value: unknown): string[] {
  return typeof value === 'object' && value !== null ? Object.keys(value) : []
}

function place(order: readonly string[], name: string): number {
  const at = order.indexOf(name)
  return at === -1 ? order.length : at
}
