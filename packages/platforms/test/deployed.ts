/** The package in rich/ deployed where a user has files already, by the planner itself and onto a disk of values. */
import {
  type DesiredUnit,
  type Disk,
  type DiskFile,
  type Ledger,
  type Level,
  type Plan,
  type Platform,
  type Step,
  joinUnits,
  placePackage,
  planDeployment,
  resolveUserPath,
} from '@aam/platforms'
import { digest, rich, richContext } from './rich.ts'
import { utf8 } from './sample.ts'
import { USER_FILES } from './user-files.ts'

export function placedFor(
  platform: Platform,
  level: Level,
  artifacts = rich.artifacts,
): ReturnType<typeof placePackage> {
  const unverified = platform.unverified.map(feature => feature.id)
  return placePackage(platform, { ...rich, artifacts }, richContext(level, unverified))
}

/** What is wanted, with paths as they are in a home where no variable moves them. */
export function unitsFor(platform: Platform, level: Level, artifacts = rich.artifacts): readonly DesiredUnit[] {
  const at = (path: string): string => resolveUserPath(path, {})
  const { units } = placedFor(platform, level, artifacts)
  const located = units.map(unit =>
    unit.form === 'files'
      ? { ...unit, root: at(unit.root), files: unit.files.map(file => ({ ...file, path: at(file.path) })) }
      : { ...unit, file: at(unit.file) },
  )
  return joinUnits(located.map(unit => ({ platform: platform.id, unit }))).units
}

/** What is on a disk, by path. */
export type Files = ReadonlyMap<string, DiskFile>

export function userDisk(level: Level): Files {
  const files = Object.entries(USER_FILES[level])
  return new Map(files.map(([path, text]) => [path, { data: utf8(text), executable: false }]))
}

export function planFor(
  files: Files,
  { units, known }: { readonly units: readonly DesiredUnit[]; readonly known: Ledger },
): Plan {
  const disk: Disk = { read: path => files.get(path) }
  return planDeployment({
    wanted: { units, clashes: [] },
    others: [],
    known: [known],
    disk,
    digest,
    force: 'keep',
    rebuilding: false,
    interrupted: false,
  })
}

export function applied(files: Files, steps: readonly Step[]): Files {
  const next = new Map(files)
  for (const step of steps) {
    if (step.kind === 'delete') next.delete(step.path)
    else if (step.kind === 'edit') next.set(step.path, { data: utf8(step.text), executable: false })
    else next.set(step.path, { data: step.data, executable: step.executable })
  }
  return next
}
