import { type Integrity } from './integrity.ts'
import { type InstanceName, compareText } from './name.ts'
import { type Version, compareVersions } from './version.ts'

/** A package that is on disk, or is to be. */
export type Installed = { readonly version: Version; readonly integrity: Integrity }

/** One line of a plan. `to` is missing for a removal, `from` for an addition. */
export type Change = {
  readonly kind: 'add' | 'upgrade' | 'downgrade' | 'replace' | 'remove'
  readonly name: InstanceName
  readonly from?: Version | undefined
  readonly to?: Version | undefined
}

/** What has to happen on disk so that exactly `chosen` is installed, by name. What stays is not in it. */
export function planInstall(
  installed: ReadonlyMap<InstanceName, Installed>,
  chosen: ReadonlyMap<InstanceName, Installed>,
): Change[] {
  const changes: Change[] = []
  for (const [name, { version, integrity }] of chosen) {
    const before = installed.get(name)
    if (before === undefined) changes.push({ kind: 'add', name, to: version })
    else if (before.integrity !== integrity || before.version !== version) {
      const order = compareVersions(before.version, version)
      const kind = order < 0 ? 'upgrade' : order > 0 ? 'downgrade' : 'replace'
      changes.push({ kind, name, from: before.version, to: version })
    }
  }
  for (const [name, { version }] of installed) {
    if (!chosen.has(name)) changes.push({ kind: 'remove', name, from: version })
  }
  return changes.sort((a, b) => compareText(a.name, b.name))
}
