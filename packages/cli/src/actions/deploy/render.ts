/** Every package's artifacts as units for every target. */
import { join } from 'node:path'
import {
  type Asked,
  type NameOf,
  type Named,
  type NamedKind,
  type PlaceWarning,
  type Taken,
  type TargetPlatform,
  type Unit,
  NAMED_KINDS,
  assignNames,
  longNames,
  placePackage,
  resolveUserPath,
} from '@aam/platforms'
import { sha256Hex } from '@aam/archive'
import type { World } from '../../world.ts'
import type { Place } from './choose-targets.ts'
import type { Source } from './read-sources.ts'

/** Where copies of what packages run are kept: only what was approved is ever there. */
export const RUN_FOLDER = '.aam/run'

export type RenderTask = {
  readonly world: World
  readonly place: Place
  readonly targets: readonly TargetPlatform[]
  /** Ids of the targets that only bundles made for them ask for. */
  readonly bundlesOnly: ReadonlySet<string>
  /** Where the project's own artifacts lie: what is in its place already is not copied onto itself. */
  readonly own: readonly string[]
  readonly unverified: ReadonlySet<string>
}

export type Rendered = { readonly asked: readonly Asked[]; readonly warnings: readonly PlaceWarning[] }

/** The units that the targets ask for. Packages come in any order; the result says nothing of it. */
export function renderUnits(task: RenderTask, sources: readonly Source[], nameOf: NameOf): Rendered {
  const asked: Asked[] = []
  const warnings: PlaceWarning[] = []
  for (const { platform } of task.targets) {
    for (const source of sources.filter(source => isFor(task, source, platform.id))) {
      const placed = placePackage(
        platform,
        { ...source, nameOf: (kind: NamedKind, name: string) => nameOf(source.package, kind, name) },
        { level: task.place.level, root: runRoot(task, source), unverified: task.unverified },
      )
      const units = placed.units.filter(unit => !isInPlace(task, source, unit)).map(unit => locate(task, unit))
      const runs = units.some(({ kind }) => kind === 'hooks' || kind === 'servers')
      const withRun = runs ? [...units, ...runUnits(task, source)] : units
      asked.push(...withRun.map(unit => ({ platform: platform.id, unit })))
      warnings.push(...placed.warnings)
    }
  }
  return { asked, warnings }
}

/** Whether a source is deployed for a target: what is for one platform goes nowhere else. */
export function isFor({ bundlesOnly }: Pick<RenderTask, 'bundlesOnly'>, { only }: Source, platform: string): boolean {
  return only === undefined ? !bundlesOnly.has(platform) : only === platform
}

/** The names under which the artifacts of `sources` are deployed (D47). */
export function nameSources(sources: readonly Source[], taken: ReadonlyMap<NamedKind, ReadonlySet<string>>): NameOf {
  return assignNames(sources.map(namesIn), byKind(kind => taken.get(kind) ?? new Set()) satisfies Taken, sha256Hex)
}

/** The names under which they would be deployed if somebody else had theirs. */
export function nameSourcesLong(sources: readonly Source[]): NameOf {
  return longNames(sources.map(namesIn), sha256Hex)
}

function namesIn({ package: name, folder, root, artifacts }: Source): Named {
  return { package: name, folder, root, names: byKind(kind => artifacts[kind].map(artifact => artifact.name)) }
}

function byKind<T>(make: (kind: NamedKind) => T): Readonly<Record<NamedKind, T>> {
  return Object.fromEntries(NAMED_KINDS.map(kind => [kind, make(kind)])) as Record<NamedKind, T>
}

/** The folder that stands for `${PACKAGE_ROOT}`: the project's own things run where they are. */
export function runRoot({ place, world }: Pick<RenderTask, 'place' | 'world'>, { root, folder }: Source): string {
  if (place.level === 'user') return root ? place.project : join(world.home, 'run', folder)
  return root ? '.' : `${RUN_FOLDER}/${folder}`
}

function runUnits(task: RenderTask, source: Source): Unit[] {
  const { artifacts, root: own, package: name } = source
  if (own || artifacts.runFiles.length === 0) return []
  const root = runRoot(task, source)
  const files = artifacts.runFiles.map(({ path, data, executable }) => ({ path: `${root}/${path}`, data, executable }))
  return [{ form: 'files', package: name, kind: 'run', name: 'run', root, files }]
}

/** The project may keep its artifacts where an agent looks for them: then they are there. */
function isInPlace({ own, place }: RenderTask, { root }: Source, unit: Unit): boolean {
  return root && place.level === 'project' && unit.form === 'files' && own.includes(unit.root)
}

/** The unit with the user's own places for those that an environment variable may move. */
function locate({ place, world }: RenderTask, unit: Unit): Unit {
  if (place.level === 'project') return unit
  const resolved = (path: string): string => resolveUserPath(path, world.env)
  if (unit.form !== 'files') return { ...unit, file: resolved(unit.file) }
  return { ...unit, root: resolved(unit.root), files: unit.files.map(file => ({ ...file, path: resolved(file.path) })) }
}
