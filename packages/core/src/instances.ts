/** Several versions of one package side by side in a project (D17): found by name, and by what depends on them. */
import { type InstanceName, type PackageName, instanceName, packageOf } from './name.ts'
import { type Version, compareVersions } from './version.ts'

/**
 * The instance that a dependency on exactly this version means: the one called `name@version` where there is one, else the
 * one with the plain name, which may be another version or none in a lock that does not fit.
 */
export function instanceFor(
  packages: ReadonlyMap<InstanceName, unknown>,
  name: PackageName,
  version: Version,
): InstanceName {
  const exact = instanceName(name, version)
  return packages.has(exact) ? exact : name
}

/** The instances of a package: the one with the plain name, then the others by version. */
export function instancesOf<P extends { readonly version: Version }>(
  packages: ReadonlyMap<InstanceName, P>,
  name: PackageName,
): (readonly [InstanceName, P])[] {
  return [...packages]
    .filter(([instance]) => packageOf(instance) === name)
    .sort(
      ([a, { version }], [b, other]) =>
        Number(b === name) - Number(a === name) || compareVersions(version, other.version),
    )
}

/** Whether some package is there under another name than its plain one. */
export function hasInstances(packages: ReadonlyMap<InstanceName, unknown>): boolean {
  return [...packages.keys()].some(instance => packageOf(instance) !== instance)
}
