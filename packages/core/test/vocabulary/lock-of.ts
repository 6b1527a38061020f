import {
  type Lock,
  type LockEntry,
  type PackageName,
  type Version,
  integrityFromHex,
  packageOf,
  parseInstanceName,
  parseVersion,
} from '@aam/core'

const SOURCE = { type: 'registry', registry: 'https://r.io', tarball: 'https://r.io/a.aam' } as const

/** @param name of the package, or of an instance of it */
export const entryOf = (
  name: string,
  version: string,
  dependencies: Readonly<Record<string, string>> = {},
): LockEntry => ({
  version: parseVersion(version),
  integrity: integrityFromHex('ab'.repeat(32)),
  source: { ...SOURCE, name: packageOf(parseInstanceName(name)), version: version as Version },
  dependencies: new Map(Object.entries(dependencies) as [PackageName, Version][]),
})

/** A lock of `name version` words, each followed by what it was resolved with. */
export const lockOf = (
  packages: Readonly<Record<string, readonly [string, Readonly<Record<string, string>>?]>>,
): Lock => ({
  resolved: new Map(
    Object.entries(packages).map(([name, [version, dependencies]]) => [
      parseInstanceName(name),
      entryOf(name, version, dependencies),
    ]),
  ),
  skipped: new Map(),
})
