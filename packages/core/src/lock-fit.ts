/** Whether a lock fits what a project wants, and what of it is still wanted. */
import { fail } from './failures.ts'
import { instanceFor, instancesOf } from './instances.ts'
import type { Lock, LockEntry } from './lock.ts'
import { type InstanceName, type PackageName, packageOf, suggest } from './name.ts'
import { type Range, matches } from './range.ts'
import { type Wants, requirementsOf } from './wants.ts'

/**
 * Why a lock does not fit what the root wants, in sentences; empty when it does. Each package's own ranges are not in
 * the lock: `checkEdges` compares them where the manifests are at hand.
 */
export function checkLock(lock: Lock, wants: Wants): string[] {
  const reasons: string[] = []
  const reached = new Set<InstanceName>()
  const queue: InstanceName[] = []
  const reach = (name: InstanceName): void => {
    if (!reached.has(name)) queue.push(name)
    reached.add(name)
  }
  for (const { name, range } of requirementsOf(wants)) {
    const entry = lock.resolved.get(name)
    const wanted = wants.resolutions.get(name) ?? range
    if (entry === undefined) reasons.push(`${name} ${range.text} is wanted, and the lock does not have it`)
    else if (!matches(wanted, entry.version)) {
      reasons.push(`${name} ${wanted.text} is wanted, and the lock has ${entry.version}`)
    }
    reach(name)
  }
  for (const [name, range] of wants.optional) {
    const entry = lock.resolved.get(name)
    if (entry === undefined) {
      if (!lock.skipped.has(name)) {
        reasons.push(`the optional ${name} ${range.text} is wanted, and the lock does not have it`)
      }
    } else {
      if (matches(wants.resolutions.get(name) ?? range, entry.version)) reach(name)
      else if (!lock.skipped.has(name)) {
        reasons.push(`the optional ${name} ${range.text} is wanted, and the lock has ${entry.version}`)
      }
    }
  }
  for (const [name, range] of wants.resolutions) {
    const said = requirementsOf(wants).some(wanted => wanted.name === name) || wants.optional.has(name)
    for (const [instance, { version }] of instancesOf(lock.resolved, name)) {
      if ((said && instance === name) || matches(range, version)) continue
      reasons.push(`resolutions ask for ${name} ${range.text}, and the lock has ${version}`)
    }
  }
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    for (const [dependency, version] of lock.resolved.get(name)?.dependencies ?? []) {
      const instance = instanceFor(lock.resolved, dependency, version)
      const entry = lock.resolved.get(instance)
      if (entry?.version !== version) {
        reasons.push(`${name} was resolved with ${dependency}@${version}, and the lock has ${entry?.version ?? 'none'}`)
      }
      reach(instance)
    }
  }
  for (const name of lock.promoted ?? []) {
    if (requirementsOf(wants).some(wanted => wanted.name === name)) continue
    reasons.push(`the project is to decide about ${name}, and does not declare it`)
  }
  for (const name of lock.resolved.keys()) {
    if (!reached.has(name)) reasons.push(`nothing needs ${name} any more`)
  }
  return reasons
}

/**
 * Why the lock does not fit what one of its packages itself asks for; empty when it does. `resolutions` replace ranges,
 * so an edge they touch was judged by `checkLock` already.
 */
export function checkEdges(
  lock: Lock,
  { name, dependencies }: { readonly name: InstanceName; readonly dependencies: ReadonlyMap<PackageName, Range> },
  resolutions: Wants['resolutions'],
): string[] {
  const reasons: string[] = []
  const pinned = lock.resolved.get(name)?.dependencies
  for (const [dependency, range] of dependencies) {
    const version = pinned?.get(dependency)
    const instance = version === undefined ? dependency : instanceFor(lock.resolved, dependency, version)
    const entry = lock.resolved.get(instance)
    if (
      resolutions.has(dependency) ||
      lock.promoted?.has(dependency) === true ||
      (entry !== undefined && matches(range, entry.version))
    ) {
      continue
    }
    reasons.push(`${name} needs ${dependency} ${range.text}, and the lock has ${entry?.version ?? 'none'}`)
  }
  return reasons
}

type LockedInstance = readonly [InstanceName, LockEntry]

/**
 * What the lock has of a package, as `instancesOf` sorts it.
 * @throws NOT_INSTALLED with the names that were probably meant
 */
export function requireLocked({ resolved }: Lock, name: PackageName): readonly [LockedInstance, ...LockedInstance[]] {
  const [first, ...others] = instancesOf(resolved, name)
  if (first !== undefined) return [first, ...others]
  const names = new Set([...resolved.keys()].map(packageOf))
  return fail('NOT_INSTALLED', { name, suggestions: suggest(name, names) })
}

/** Every package that `wants` reach through the lock. */
function reachable(lock: Lock, wants: Wants): Set<InstanceName> {
  const reached = new Set<InstanceName>()
  const queue: InstanceName[] = [...requirementsOf(wants).map(({ name }) => name), ...wants.optional.keys()]
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    const entry = lock.resolved.get(name)
    if (entry === undefined || reached.has(name)) continue
    reached.add(name)
    for (const [dependency, version] of entry.dependencies) {
      queue.push(instanceFor(lock.resolved, dependency, version))
    }
  }
  return reached
}

/** The lock without what nothing needs any more; everything else stays as it is, and under the name that it has. */
export function pruneLock(lock: Lock, wants: Wants): Lock {
  const reached = reachable(lock, wants)
  const resolved = new Map([...lock.resolved].filter(([name]) => reached.has(name)))
  // Whose optional dependency a skipped one is the lock does not say; without packages there is nobody left to want it.
  const skipped = new Map([...lock.skipped].filter(([name]) => resolved.size > 0 || wants.optional.has(name)))
  return { ...lock, resolved, skipped }
}
