/** One package for one platform: what goes where, and what the platform cannot have. */
import type { NamedKind } from './artifacts.ts'
import type { BlockPlace, FilePlace, Platform, RenderContext, RunContext, Unit, UnitKind } from './platform.ts'
import { toSkillName } from './skill-name.ts'
import { renderSkill } from './skills.ts'
import {
  type NamedPackage,
  type PlaceContext,
  type PlaceWarning,
  type Walk,
  addFile,
  addFolder,
  addUnit,
  openWalk,
  sortUnits,
  usePlace,
  warnMissing,
} from './walk.ts'

export type Placed = {
  /** By kind, then name; hooks in the order in which they were written. No two of form `files` have one root. */
  readonly units: readonly Unit[]
  readonly warnings: readonly PlaceWarning[]
}

/** What a package's AGENTS.md is called as an artifact. */
const CONTEXT = 'AGENTS.md'

/**
 * Everything of `pkg` that `platform` takes at a level. A kind that it does not take is one warning. Paths at user level keep
 * their templates (`resolveUserPath`).
 */
export function placePackage(platform: Platform, pkg: NamedPackage, context: PlaceContext): Placed {
  const walk = openWalk(platform, pkg, context)
  placeSkills(walk)
  placeCommands(walk)
  placeEach(walk, { kind: 'agents', place: walk.places.agents, items: pkg.artifacts.agents })
  placeEach(walk, { kind: 'rules', place: walk.places.rules, items: pkg.artifacts.rules })
  placeContext(walk)
  placeHooks(walk)
  placeServers(walk)
  return { units: sortUnits(walk.units), warnings: walk.warnings }
}

function placeSkills(walk: Walk): void {
  const { skills: folder } = walk.places
  const { skills } = walk.pkg.artifacts
  if (folder === undefined) {
    warnMissing(walk, 'skills', namesOf(skills))
    return
  }
  for (const skill of skills) {
    const wished = walk.pkg.nameOf('skills', skill.name)
    const name = walk.nameOf('skills', skill.name)
    if (name !== wished) walk.warnOf('skills', skill.name)(`no skill can have the name ${wished}; it is called ${name}`)
    addFolder(walk, { kind: 'skills', name: skill.name, root: `${folder}/${name}`, files: renderSkill(skill, name) })
  }
}

function placeCommands(walk: Walk): void {
  const { commands: place, skills: folder } = walk.places
  const { commands } = walk.pkg.artifacts
  if (place === undefined || !('asSkill' in place) || folder === undefined) {
    const files = place !== undefined && 'asSkill' in place ? undefined : place
    placeEach(walk, { kind: 'commands', place: files, items: commands })
    return
  }
  for (const command of commands) {
    const name = toSkillName(`cmd-${walk.nameOf('commands', command.name)}`)
    const files = place.asSkill(command, { name, warn: walk.warnOf('commands', command.name), nameOf: walk.nameOf })
    addFolder(walk, { kind: 'commands', name: command.name, root: `${folder}/${name}`, files })
  }
}

type Each<A> = {
  readonly kind: NamedKind
  readonly place: FilePlace<A> | BlockPlace<A> | undefined
  readonly items: readonly A[]
}

function placeEach<A extends { readonly name: string }>(walk: Walk, { kind, place, items }: Each<A>): void {
  const usable = usePlace(walk, { kind, place, names: namesOf(items) })
  if (usable === undefined) return
  for (const item of items) {
    placeText(walk, usable, { kind, name: item.name, deployed: walk.nameOf(kind, item.name), item })
  }
}

function placeContext(walk: Walk): void {
  const { context: item } = walk.pkg.artifacts
  if (item === undefined) return
  const usable = usePlace(walk, { kind: 'context', place: walk.places.context, names: [CONTEXT] })
  if (usable === undefined) return
  placeText(walk, usable, { kind: 'context', name: CONTEXT, deployed: walk.pkg.folder, item })
}

type Text<A> = { readonly kind: UnitKind; readonly name: string; readonly deployed: string; readonly item: A }

function placeText<A>(walk: Walk, place: FilePlace<A> | BlockPlace<A>, { kind, name, deployed, item }: Text<A>): void {
  const context: RenderContext = { name: deployed, warn: walk.warnOf(kind, name), nameOf: walk.nameOf }
  if ('block' in place) {
    const text = place.block(item, context)
    if (text === undefined) return
    addUnit(walk, { kind, name, form: 'block', file: place.file, syntax: 'markdown', text, defines: [] })
  } else {
    const text = place.render(item, context)
    if (text === undefined) return
    addFile(walk, { kind, name, folder: place.folder, file: `${deployed}${place.extension}`, text })
  }
}

function placeHooks(walk: Walk): void {
  const { hooks } = walk.pkg.artifacts
  if (hooks.length === 0) return
  if (walk.places.hooks === undefined) {
    warnMissing(walk, 'hooks', [...new Set(hooks.map(({ event }) => event))])
    return
  }
  for (const placement of walk.places.hooks(hooks, runContext(walk, 'hooks'))) {
    addUnit(walk, { kind: 'hooks', name: 'hooks', ...placement })
  }
}

function placeServers(walk: Walk): void {
  const { servers, inputs } = walk.pkg.artifacts
  if (servers.length === 0) return
  if (walk.places.servers === undefined) {
    warnMissing(walk, 'servers', namesOf(servers))
    return
  }
  for (const placement of walk.places.servers(servers, inputs, runContext(walk, 'servers'))) {
    addUnit(walk, { kind: 'servers', ...placement })
  }
}

function runContext({ pkg, context, nameOf, warnOf }: Walk, kind: UnitKind): RunContext {
  const { level, root, unverified } = context
  return { level, root, unverified, packageFolder: pkg.folder, nameOf, warn: warnOf(kind, undefined) }
}

function namesOf(items: readonly { readonly name: string }[]): string[] {
  return items.map(({ name }) => name)
}
