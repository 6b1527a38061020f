/** Which deployed artifacts a path has to do with, by what the ledger says. */
import { resolve } from 'node:path'
import type { Ledger, LedgerEntry } from '@aam/platforms'
import { locate, pathBelow } from '../../disk/installed-files.ts'
import { openDisk } from '../../disk/deployment.ts'
import { readState } from '../../disk/state.ts'
import { readUserLedger } from '../../disk/user-state.ts'
import type { World } from '../../world.ts'
import { digest } from './digest.ts'

/** An artifact that is deployed at a path, or a part of the file there. */
export type DeployedFile = {
  readonly package: string
  readonly kind: LedgerEntry['kind']
  readonly name: string
  readonly platforms: readonly string[]
  /** The folder or file that is the artifact, or the shared file that it is a part of; as the ledger has it. */
  readonly place: string
  /** `part`: the file has other things in it too. */
  readonly state: 'as deployed' | 'changed' | 'part'
}

/** What is deployed at or above `path`, an absolute one, for the project or for its user. */
export function findDeployed(world: World, project: string, path: string): DeployedFile[] {
  const user = (): string => world.userHome()
  return [
    ...findIn({ base: project, contained: true }, readState(project).deployed, path),
    ...(pathBelow(project, path) === undefined
      ? findIn({ base: user(), contained: false }, readUserLedger(world.home, project).deployed, path)
      : []),
  ]
}

function findIn(
  { base, contained }: { readonly base: string; readonly contained: boolean },
  ledger: Ledger | undefined,
  path: string,
): DeployedFile[] {
  const disk = openDisk({ folder: base, contained })
  const real = locate(base) ?? base
  const at = (place: string): string => resolve(real, place)
  return (ledger?.entries ?? []).flatMap((entry): DeployedFile[] => {
    const place = entry.form === 'files' ? entry.root : entry.file
    const isHere = at(place) === path || (entry.form === 'files' && path.startsWith(`${at(place)}/`))
    if (!isHere) return []
    const origin = { package: entry.package, kind: entry.kind, name: entry.name, platforms: entry.platforms, place }
    if (entry.form !== 'files') return [{ ...origin, state: 'part' }]
    const files = Object.entries(entry.files).filter(([file]) => at(file) === path || at(place) === path)
    // A file that somebody put beside ours.
    if (files.length === 0) return []
    const same = files.every(([file, deployed]) => {
      const there = disk.read(file)
      return there !== undefined && there !== 'blocked' && digest(there.data) === deployed
    })
    return [{ ...origin, state: same ? 'as deployed' : 'changed' }]
  })
}
