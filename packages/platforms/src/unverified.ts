/** What nobody could check on the platforms themselves: off until somebody asks for it. */

export type Feature = { readonly id: string; readonly about: string }

/** The features, by id. Those of one platform begin with its id. */
export const UNVERIFIED: readonly Feature[] = [
  { id: 'codex.session-end', about: 'Codex documents an event for the end of a session, but did not fire it' },
  { id: 'gemini.mcp-env', about: 'Gemini CLI documents ${VAR} in the settings of MCP servers' },
  { id: 'windsurf.hooks', about: 'Windsurf documents hooks in .windsurf/hooks.json' },
  {
    id: 'windsurf.project-mcp',
    about: 'Windsurf is said to read the MCP servers of a project from .windsurf/mcp_config.json',
  },
  { id: 'windsurf.user-workflows', about: 'workflows for all projects, in ~/.codeium/windsurf/workflows' },
]

/** Those of one platform. */
export function unverifiedOf(platform: string): readonly Feature[] {
  return UNVERIFIED.filter(({ id }) => id.startsWith(`${platform}.`))
}
