/** `aam resolve skill`: every skill of a name that agents may see here, the nearest scope first (UAAPS 13.9, D47). */
import { compareText, fail, suggest } from '@aam/core'
import { readFrontmatter } from '@aam/core/authoring'
import { type Disk, type Ledger, type Level, type Platform, resolveUserPath } from '@aam/platforms'
import { openDisk } from '../../disk/deployment.ts'
import { readState } from '../../disk/state.ts'
import { listUserLedgers } from '../../disk/user-state.ts'
import type { Context, World } from '../../world.ts'
import { sourceOfBundle } from '../bundle/project-bundles.ts'
import { knownPlatforms } from './choose-targets.ts'
import { readSubject } from './installed.ts'
import { readOwnSource, readSource } from './read-sources.ts'

/** A skill of the name. */
export type FoundSkill = {
  /** `project`: of the project itself, or written into it by hand. `personal`: of its user. `plugin`: of an installed package. */
  readonly scope: 'project' | 'personal' | 'plugin'
  /** Without doubt which one is meant: `code-review:lint`; a path for what belongs to no package. */
  readonly id: string
  readonly package: string | null
  /** Where agents see it: paths in the project, or in the home folder with `~/`. Empty when it is not deployed. */
  readonly places: readonly string[]
}

export type ResolvedSkill = { readonly name: string; readonly found: readonly FoundSkill[] }

const ORDER: readonly FoundSkill['scope'][] = ['project', 'personal', 'plugin']

/**
 * @param text a name, or `package:name`
 * @throws SKILL_NOT_FOUND, MANIFEST_MISSING, NOT_UNPACKED
 */
export async function resolveSkill(context: Context, text: string): Promise<ResolvedSkill> {
  const { world } = context
  const subject = await readSubject(context, 'project')
  const { project } = subject
  const ledger = readState(project.folder).deployed
  const platforms = knownPlatforms(subject.config)
  const userLedgers = listUserLedgers(world.home)
  const own = readOwnSource(project).source
  const packages = [
    ...[...subject.packages].map(([name, folder]) => readSource(name, folder)),
    ...subject.bundles.map(sourceOfBundle),
  ]
  const skills = [
    ...[own, ...packages].flatMap(source =>
      source.artifacts.skills.map(({ name }): Candidate => {
        const atHome = userLedgers.flatMap(each => deployedOf(each, source.package, name)).map(shownAtHome)
        const entries = [...new Set([...deployedOf(ledger, source.package, name), ...atHome])]
        const scope = source.root ? 'project' : 'plugin'
        const names = [name, `${source.package}:${name}`, ...entries.map(baseName)]
        return { names, skill: { scope, id: `${source.package}:${name}`, package: source.package, places: entries } }
      }),
    ),
    ...handWritten({ level: 'project', base: project.folder, platforms, ledgers: [ledger], world }),
    ...handWritten({ level: 'user', base: world.userHome(), platforms, ledgers: userLedgers, world }),
  ]
  const found = skills.filter(({ names }) => names.includes(text)).map(({ skill }) => skill)
  if (found.length === 0) {
    fail('SKILL_NOT_FOUND', {
      name: text,
      suggestions: suggest(text, [...new Set(skills.flatMap(({ names }) => names))]),
    })
  }
  return {
    name: text,
    found: found.sort((a, b) => ORDER.indexOf(a.scope) - ORDER.indexOf(b.scope) || compareText(a.id, b.id)),
  }
}

/** A skill and everything it may be called. */
type Candidate = { readonly names: readonly string[]; readonly skill: FoundSkill }

function deployedOf(ledger: Ledger | undefined, from: string, name: string): string[] {
  return (ledger?.entries ?? []).flatMap(entry =>
    entry.form === 'files' && entry.package === from && entry.kind === 'skills' && entry.name === name
      ? [entry.root]
      : [],
  )
}

type Homes = {
  readonly level: Level
  readonly base: string
  readonly platforms: readonly Platform[]
  readonly ledgers: readonly (Ledger | undefined)[]
  readonly world: World
}

/** Skills in the folders that agents read which nobody deployed. */
function handWritten({ level, base, platforms, ledgers, world }: Homes): Candidate[] {
  const disk = openDisk({ folder: base, contained: false })
  const ours = new Set(
    ledgers.flatMap(ledger => ledger?.entries ?? []).flatMap(entry => (entry.form === 'files' ? [entry.root] : [])),
  )
  const folders = platforms.flatMap(platform => [platform[level].skills ?? [], ...platform.alsoReads[level]].flat())
  const places = [...new Set(folders.map(folder => (level === 'user' ? resolveUserPath(folder, world.env) : folder)))]
  return places.flatMap(folder =>
    [...disk.list(folder)].sort(compareText).flatMap((name): Candidate[] => {
      const place = `${folder}/${name}`
      const title = ours.has(place) ? undefined : skillName(disk, place)
      if (title === undefined) return []
      const shown = level === 'user' ? shownAtHome(place) : place
      const scope = level === 'user' ? 'personal' : 'project'
      return [{ names: [name, title], skill: { scope, id: shown, package: null, places: [shown] } }]
    }),
  )
}

/** What a skill calls itself; `undefined` for a folder that is none. */
function skillName(disk: Disk, folder: string): string | undefined {
  const file = disk.read(`${folder}/SKILL.md`)
  if (file === undefined || file === 'blocked') return undefined
  const name = readFrontmatter(Buffer.from(file.data).toString('utf8'), 'SKILL.md')?.fields['name']
  return typeof name === 'string' ? name : baseName(folder)
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

function shownAtHome(place: string): string {
  return place.startsWith('/') ? place : `~/${place}`
}
