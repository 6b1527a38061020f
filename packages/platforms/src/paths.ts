/** Paths where things are deployed: as configuration writes them, as platforms keep them, as this machine has them. */

/** The environment, as far as paths need it. */
export type Environment = Readonly<Record<string, string | undefined>>

const TEMPLATE = /^\{([A-Z][A-Z0-9_]*)\|([^{}|]*)\}(.*)$/s
const ABSOLUTE = /^(?:\/|[A-Za-z]:[\\/]|\\\\)/

/**
 * Where a user-level path is on this machine: `{CODEX_HOME|.codex}/agents` is below the folder that the variable names, or
 * below `.codex`; `{CLAUDE_CONFIG_DIR|}.claude.json` is in the folder, or in the home folder itself. The result is relative to the home folder or absolute, with `/`. A variable that is empty or is no absolute
 * path counts as not set, because what it would be relative to is anybody's guess.
 */
export function resolveUserPath(template: string, environment: Environment): string {
  const match = TEMPLATE.exec(template)
  if (match === null) return template
  const [, variable = '', fallback = '', rest = ''] = match
  const value = environment[variable]
  if (value === undefined || !ABSOLUTE.test(value)) return `${fallback}${rest}`
  const folder = /^(?:[A-Za-z]:|\\)/.test(value) ? value.replaceAll('\\', '/') : value
  return `${folder.replace(/\/+$/, '')}/${rest.replace(/^\//, '')}`
}

/** What Git and aam keep in a project, and where its own artifacts are. */
const RESERVED: ReadonlySet<string> = new Set([
  ...['.git', '.aam', '.agent-packages', 'node_modules'],
  ...['skills', 'commands', 'agents', 'rules', 'hooks', 'mcp'],
])

/** Why `path` cannot be a place for artifacts; `undefined` when it can. Ends may have a `/`. */
export function explainPlace(path: string): string | undefined {
  const plain = (TEMPLATE.exec(path)?.slice(2).join('') ?? path).replace(/\/$/, '')
  if (plain === '') return 'it is empty'
  if (path.includes('\\')) return "it has a backslash; write '/'"
  if (ABSOLUTE.test(plain) || /^[A-Za-z]:/.test(plain)) return 'it must be relative'
  if (plain.startsWith('~')) return "it must be relative; leave out '~/'"
  if (!isInside(plain)) return "it must not have '..', '.' or empty steps"
  const [first = ''] = plain.split('/')
  if (RESERVED.has(first)) return `${first}/ is for something else`
  return undefined
}

/** Whether a relative path with `/` stays where it is put, whatever the system. */
export function isInside(path: string): boolean {
  return path.split('/').every(isStep)
}

/** Whether `name` can name a file: one step of a path, and nothing but. */
export function isStep(name: string): boolean {
  // eslint-disable-next-line no-control-regex
  return name !== '' && name !== '.' && name !== '..' && !/[/\\:\u0000-\u001f\u007f]/.test(name)
}
