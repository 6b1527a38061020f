/** What `placePackage` collects on its way through a package: units, and warnings about what is left out. */
import { type PackageFile, compareText } from '@aam/core'
import type { Artifacts } from './artifacts.ts'
import { isInside, isStep } from './paths.ts'
import type {
  BlockPlace,
  FilePlace,
  Level,
  Placement,
  Places,
  Platform,
  RenderContext,
  Unit,
  UnitKind,
  Warn,
} from './platform.ts'
import { toSkillName } from './skill-name.ts'

/** A package, and what its artifacts are called where they are deployed (D47). */
export type NamedPackage = {
  readonly package: string
  /** `team--review`. */
  readonly folder: string
  readonly artifacts: Artifacts
  readonly nameOf: RenderContext['nameOf']
}

export type PlaceContext = {
  readonly level: Level
  /** The folder that stands for `${PACKAGE_ROOT}` in what this package runs, as in `RunContext`. */
  readonly root: string
  /** Ids of unverified features that are asked for all the same. */
  readonly unverified: ReadonlySet<string>
}

/** What a platform cannot express. */
export type PlaceWarning = {
  readonly platform: string
  readonly package: string
  readonly kind: UnitKind
  /** The artifact's own; `undefined` when it is about all of the kind. */
  readonly name: string | undefined
  /** One sentence without a full stop. With a name it speaks of the artifact as "it". */
  readonly message: string
}

export type Walk = {
  readonly platform: Platform
  readonly pkg: NamedPackage
  readonly context: PlaceContext
  /** The platform's at this level. */
  readonly places: Places
  /** As the package's, with names of skills made fit for skills. */
  readonly nameOf: RenderContext['nameOf']
  readonly warnOf: (kind: UnitKind, name: string | undefined) => Warn
  readonly units: Unit[]
  readonly warnings: PlaceWarning[]
}

export function openWalk(platform: Platform, pkg: NamedPackage, context: PlaceContext): Walk {
  const warnings: PlaceWarning[] = []
  return {
    platform,
    pkg,
    context,
    places: platform[context.level],
    nameOf: (kind, name) => (kind === 'skills' ? toSkillName(pkg.nameOf(kind, name)) : pkg.nameOf(kind, name)),
    warnOf: (kind, name) => message => {
      warnings.push({ platform: platform.id, package: pkg.package, kind, name, message })
    },
    units: [],
    warnings,
  }
}

type Wanted<A> = {
  readonly kind: Exclude<UnitKind, 'run'>
  readonly place: FilePlace<A> | BlockPlace<A> | undefined
  readonly names: readonly string[]
}

/** The place when it is there and on; else warns of what is left out for it. */
export function usePlace<A>(walk: Walk, { kind, place, names }: Wanted<A>): FilePlace<A> | BlockPlace<A> | undefined {
  if (place === undefined) {
    warnMissing(walk, kind, names)
    return undefined
  }
  const feature = 'feature' in place ? place.feature : undefined
  if (feature === undefined || walk.context.unverified.has(feature)) return place
  if (names.length > 0) {
    const what = `${walk.platform.title}'s ${WORDS[kind]}${LEVELS[walk.context.level]}`
    walk.warnOf(kind, undefined)(`${what} are not verified, ask for ${feature} to have them: ${leftOut(names)}`)
  }
  return undefined
}

/** One warning for a kind that the platform does not have, at this level or at all. */
export function warnMissing(walk: Walk, kind: Exclude<UnitKind, 'run'>, names: readonly string[]): void {
  if (names.length === 0) return
  const { platform, context, warnOf } = walk
  const elsewhere = platform[context.level === 'user' ? 'project' : 'user'][kind] !== undefined
  const where = elsewhere ? LEVELS[context.level] : ''
  warnOf(kind, undefined)(`${platform.title} has no ${WORDS[kind]}${where}: ${leftOut(names)}`)
}

const WORDS: Readonly<Record<UnitKind, string>> = {
  skills: 'skills',
  commands: 'commands',
  agents: 'sub-agents',
  rules: 'rules',
  context: 'instructions',
  hooks: 'hooks',
  servers: 'MCP servers',
  run: 'scripts',
}

const LEVELS: Readonly<Record<Level, string>> = { project: ' for one project', user: ' for all projects' }

function leftOut(names: readonly string[]): string {
  return `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} left out`
}

type Own<P = Placement> = { readonly kind: UnitKind; readonly name: string } & P

type OwnFolder = Own<{
  readonly root: string
  /** Paths are relative to `root`. */
  readonly files: readonly PackageFile[]
}>

export function addFolder(walk: Walk, { kind, name, root, files }: OwnFolder): void {
  const outside = files.find(({ path }) => !isInside(path))
  if (outside !== undefined) {
    walk.warnOf(kind, name)(`no file can have the path ${JSON.stringify(outside.path)}; it is left out`)
    return
  }
  const placed = [...files]
    .sort((a, b) => compareText(a.path, b.path))
    .map(({ path, data, executable }) => ({ path: `${root}/${path}`, data, executable }))
  addFiles(walk, { kind, name, form: 'files', root, files: placed })
}

type OwnFile = Own<{ readonly folder: string; readonly file: string; readonly text: string }>

export function addFile(walk: Walk, { kind, name, folder, file, text }: OwnFile): void {
  if (!isStep(file)) {
    walk.warnOf(kind, name)(`no file can have the name ${JSON.stringify(file)}; it is left out`)
    return
  }
  const root = `${folder}/${file}`
  const data = new TextEncoder().encode(text)
  addFiles(walk, { kind, name, form: 'files', root, files: [{ path: root, data, executable: false }] })
}

/** Adds files unless another artifact of the package is there already: on many disks `A` and `a` are one. */
function addFiles(walk: Walk, unit: Own<Extract<Placement, { readonly form: 'files' }>>): void {
  const root = unit.root.toLowerCase()
  const twin = walk.units.find(other => other.form === 'files' && other.root.toLowerCase() === root)
  if (twin === undefined) {
    addUnit(walk, unit)
    return
  }
  const what = `${WORDS[twin.kind]}: ${twin.name}`
  walk.warnOf(unit.kind, unit.name)(`${unit.root} is taken already (${what}); it is left out`)
}

export function addUnit(walk: Walk, unit: Own): void {
  walk.units.push({ package: walk.pkg.package, ...unit })
}

const KINDS: readonly UnitKind[] = ['skills', 'commands', 'agents', 'rules', 'context', 'hooks', 'servers', 'run']

/** By kind, then name. The sort is stable, so that parts of one name keep their order. */
export function sortUnits(units: readonly Unit[]): Unit[] {
  return [...units].sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) || compareText(a.name, b.name))
}
