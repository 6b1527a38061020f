/** Where other tools keep what a package is made of, and whose way of writing it is in. */

/**
 * Whose form something is in. `plugin` is a Claude plugin with its folders at the top, `skills` bare folders with a SKILL.md.
 */
export type SourceId = 'plugin' | 'claude' | 'cursor' | 'github' | 'agents' | 'windsurf' | 'skills'

/** What may be found. `servers` are MCP servers. */
export type CandidateKind = 'skills' | 'commands' | 'agents' | 'rules' | 'hooks' | 'servers'

/** Something that may become a part of a package. */
export type Candidate = {
  readonly kind: CandidateKind
  readonly source: SourceId
  /** What its place says it is called; empty for a skill that is the whole folder, and for files of hooks and servers. */
  readonly name: string
  /** The file to read, relative to the project: `SKILL.md` of a skill. */
  readonly path: string
}

/** A form, the folder or file it is found at, and for files in a folder what their names end in, longest first. */
type Place = readonly [source: SourceId, kind: CandidateKind, at: string, endings?: readonly string[]]

/** In order of precedence: what is found at an earlier place wins over what has its name at a later one. */
const PLACES: readonly Place[] = [
  ['claude', 'skills', '.claude/skills/'],
  ['claude', 'commands', '.claude/commands/', ['.md']],
  ['claude', 'agents', '.claude/agents/', ['.md']],
  ['claude', 'rules', '.claude/rules/', ['.md']],
  ['claude', 'hooks', '.claude/settings.json'],
  ['claude', 'servers', '.mcp.json'],
  ['cursor', 'skills', '.cursor/skills/'],
  ['cursor', 'commands', '.cursor/commands/', ['.md']],
  ['cursor', 'agents', '.cursor/agents/', ['.md']],
  ['cursor', 'rules', '.cursor/rules/', ['/RULE.md', '.mdc']],
  ['cursor', 'hooks', '.cursor/hooks.json'],
  ['cursor', 'servers', '.cursor/mcp.json'],
  ['github', 'skills', '.github/skills/'],
  ['github', 'commands', '.github/prompts/', ['.prompt.md']],
  ['github', 'agents', '.github/agents/', ['.agent.md', '.md']],
  ['github', 'rules', '.github/instructions/', ['.instructions.md']],
  ['github', 'hooks', '.github/hooks/', ['.json']],
  ['github', 'servers', '.vscode/mcp.json'],
  ['agents', 'skills', '.agents/skills/'],
  ['agents', 'rules', '.agents/rules/', ['.md']],
  ['windsurf', 'skills', '.windsurf/skills/'],
  ['windsurf', 'commands', '.windsurf/workflows/', ['.md']],
  ['windsurf', 'rules', '.windsurf/rules/', ['.md']],
]

/** Folders of a project that belong to agents. A path that goes through one says where its project is. */
export const AGENT_FOLDERS: readonly string[] = ['.claude', '.cursor', '.github', '.vscode', '.agents', '.windsurf']

/** Folders at the top whose subfolders look like skills and are not meant to be published. */
const NOT_SKILLS = new Set(['test', 'tests', 'fixtures', 'template', 'templates', 'spec', 'docs', 'examples'])

/** What a Claude plugin has, beyond the usual folders: paths relative to it, without `./`. Folders and files. */
export type PluginPlaces = Readonly<Record<CandidateKind, readonly string[]>>

/**
 * Everything that may be taken, in order of precedence; each file once for each kind.
 * @param paths files relative to the project, with `/`
 * @param plugin what its manifest adds when the project is a Claude plugin
 */
export function recognise(paths: readonly string[], plugin: PluginPlaces | undefined): Candidate[] {
  const seen = new Set<string>()
  const places = [...(plugin === undefined ? [] : pluginPlaces(plugin)), ...PLACES]
  const found = [...places.flatMap(place => at(place, paths)), ...bareSkills(paths)]
  return found.filter(({ kind, path }) => {
    const key = `${kind} ${path}`
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}

const PLUGIN_ENDINGS: Readonly<Record<CandidateKind, readonly string[]>> = {
  skills: [],
  commands: ['.md'],
  agents: ['.md'],
  rules: ['.md', '.mdc'],
  hooks: ['.json'],
  servers: ['.json'],
}

function pluginPlaces(plugin: PluginPlaces): Place[] {
  return (Object.entries(plugin) as [CandidateKind, readonly string[]][]).flatMap(([kind, places]) =>
    places.map((place): Place => {
      if (/\.(?:md|json)$/.test(place)) return ['plugin', kind, place]
      return ['plugin', kind, place === '' ? '' : `${place}/`, PLUGIN_ENDINGS[kind]]
    }),
  )
}

function at([source, kind, place, endings]: Place, paths: readonly string[]): Candidate[] {
  if (kind === 'skills') return skillsIn(source, place, paths)
  if (endings === undefined) {
    const file = paths.find(path => path === place)
    const name = /([^/]+)\.md$/.exec(place)?.[1] ?? ''
    return file === undefined ? [] : [{ kind, source, name, path: file }]
  }
  return paths.flatMap((path): Candidate[] => {
    const below = path.startsWith(place) ? path.slice(place.length) : undefined
    const ending = endings.find(each => below?.endsWith(each) === true)
    if (below === undefined || ending === undefined || /(?:^|\/)readme\.md$/i.test(below)) return []
    // Other tools have folders of commands and rules; in a package they are one folder deep.
    const name = below.slice(0, -ending.length).replaceAll('/', '-')
    return [{ kind, source, name: kind === 'hooks' || kind === 'servers' ? '' : name, path }]
  })
}

const MAIN = 'SKILL.md'

/** Skills at any depth below a folder; a SKILL.md in the folder of another skill is that skill's business. */
function skillsIn(source: SourceId, place: string, paths: readonly string[]): Candidate[] {
  const mains = paths.filter(
    path => path.startsWith(place) && (path === `${place}${MAIN}` || path.endsWith(`/${MAIN}`)),
  )
  const folders = mains.map(folderOf)
  return mains.flatMap((path): Candidate[] => {
    const folder = folderOf(path)
    if (folders.some(other => other !== folder && folder.startsWith(`${other}/`))) return []
    return [{ kind: 'skills', source, name: folder.slice(folder.lastIndexOf('/') + 1), path }]
  })
}

/** A repository that is one skill has its SKILL.md at the top; one of many has folders, at the top or below `skills/`. */
function bareSkills(paths: readonly string[]): Candidate[] {
  if (paths.includes(MAIN)) return [{ kind: 'skills', source: 'skills', name: '', path: MAIN }]
  const atTop = paths.filter(path => {
    const [folder = '', file, ...rest] = path.split('/')
    return file === MAIN && rest.length === 0 && !folder.startsWith('.') && !NOT_SKILLS.has(folder)
  })
  return [...skillsIn('skills', 'skills/', paths), ...skillsIn('skills', '', atTop)]
}

/** The folder a file is in; empty at the top. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}

/**
 * Whether a folder at the top of a project has to be looked into.
 * @param hasSkill whether there is a SKILL.md in it
 */
export function isPlace(folder: string, hasSkill: boolean): boolean {
  return AGENT_FOLDERS.includes(folder) || folder === 'skills' || (hasSkill && !folder.startsWith('.'))
}

/** Files of a project that say something to agents and cannot be a part of a package, each with why. */
export function explainLeftOver(path: string): string | undefined {
  if (/^(?:\.claude\/)?(?:CLAUDE|AGENTS|GEMINI)\.md$|^\.cursorrules$|^\.github\/copilot-instructions\.md$/.test(path)) {
    return 'it is about this project; what is meant for others can be written into AGENTS.md of the package'
  }
  if (/^\.claude\/settings\.local\.json$|^CLAUDE\.local\.md$/.test(path)) return 'it belongs to one person'
  if (/^\.github\/(?:prompts|instructions|agents|hooks|chatmodes)\//.test(path)) {
    return 'it is not in a form that is read'
  }
  if (/^\.(?:claude|cursor|windsurf|agents)\//.test(path)) return 'a package has no place for it'
  return undefined
}
