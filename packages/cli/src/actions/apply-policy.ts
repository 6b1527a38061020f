import {
  type InstallPolicy,
  type InstanceName,
  LOCK_FILE,
  type Lock,
  type PackageName,
  type Solution,
  type Tag,
  type TagChoice,
  type Wants,
  chainsTo,
  checkName,
  checkTag,
  contradictsTag,
  fail,
  needsTag,
  packageOf,
} from '@aam/core'
import { type LockedProject, graphOf } from './tree.ts'

/**
 * Holds a policy against a lock that would otherwise be installed as it is (D15). Where tags point today does not matter.
 * @returns why the lock has to be resolved again: forbidden packages, direct dependencies that no tag is recorded for
 * @throws TAG_NOT_ALLOWED; when frozen also POLICY_BLOCKED, POLICY_SCOPE, POLICY_TAG_UNRECORDED
 */
export function judgeLock(policy: InstallPolicy, locked: LockedProject, frozen: boolean): string[] {
  const { project, lock } = locked
  const graph = graphOf(locked)
  const reasons: string[] = []
  for (const name of lock.resolved.keys()) {
    const breach = checkName(policy, packageOf(name))
    if (breach === undefined) continue
    if (!frozen) {
      // Resolving again may find a way without it, and says who needs it when there is none.
      reasons.push(`${name} is forbidden by a policy`)
      continue
    }
    const [chain = []] = chainsTo(graph, name)
    const way = chain.map(link => `${packageOf(link)}@${lock.resolved.get(link)?.version ?? ''}`)
    throw checkName(policy, packageOf(name), [project.decoded.manifest.name, ...way]) ?? breach
  }
  for (const name of graph.root.keys()) {
    const written = project.decoded.manifest.followedTags.get(name)
    const lockedTag = lock.resolved.get(name)?.source.resolvedTag
    if (contradictsTag(policy, written, lockedTag)) {
      reasons.push(
        `${name} follows '${written ?? ''}', and the lock has it by ${lockedTag === undefined ? 'no tag' : `'${lockedTag}'`}`,
      )
    }
    const tag = recordedTag(locked, name)
    const breach = tag === undefined ? undefined : checkTag(policy, tag, name)
    if (breach !== undefined) throw breach
    const [rule] = policy.requireTag
    if (tag !== undefined || !needsTag(policy) || rule === undefined) continue
    if (frozen) fail('POLICY_TAG_UNRECORDED', { name, file: LOCK_FILE, from: rule.from })
    reasons.push(`${name} was locked without a tag, and ${rule.from} asks for one`)
  }
  return reasons
}

/**
 * Holds a policy that requires tags against what was chosen: each direct dependency is the version its tag names, or the
 * one it was locked to. `resolutions` replace ranges, not policies.
 * @throws POLICY_TAG_EXCLUDED, POLICY_TAG_REQUIRED
 */
export function judgeSolution(
  policy: InstallPolicy,
  solution: Solution,
  {
    tags,
    before,
    wants,
  }: { readonly tags: ReadonlyMap<PackageName, TagChoice>; readonly before: Lock; readonly wants: Wants },
): void {
  const [rule] = policy.requireTag
  if (rule === undefined) return
  for (const [name, version] of solution.root) {
    const choice = tags.get(name)
    if (version === (choice?.version ?? before.resolved.get(name)?.version)) continue
    if (choice === undefined) fail('POLICY_TAG_REQUIRED', { name, tags: [], from: rule.from })
    const range = wants.resolutions.get(name)?.text ?? version
    fail('POLICY_TAG_EXCLUDED', { name, range, version: choice.version, tag: choice.tag, from: rule.from })
  }
}

/** The tag a package was chosen by: as the manifest says, which speaks of the one with the plain name, else as the lock does. */
export function recordedTag({ project, lock }: LockedProject, name: InstanceName): Tag | undefined {
  const followed: ReadonlyMap<InstanceName, Tag> = project.decoded.manifest.followedTags
  return followed.get(name) ?? lock.resolved.get(name)?.source.resolvedTag
}
