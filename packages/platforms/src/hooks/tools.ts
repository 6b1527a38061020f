/** What tools are called: packages use Claude Code's names, which everybody knows. */

/** From those names to a platform's own; one that is missing is called the same, or nobody knows what. */
export type ToolNames = Readonly<Record<string, readonly string[]>>

export const CURSOR_TOOLS: ToolNames = { Bash: ['Shell'], Edit: ['Write'], MultiEdit: ['Write'] }

export const COPILOT_TOOLS: ToolNames = {
  Bash: ['bash', 'powershell'],
  Read: ['view'],
  Write: ['create'],
  Edit: ['edit', 'str_replace_editor', 'apply_patch'],
  MultiEdit: ['edit', 'str_replace_editor', 'apply_patch'],
  Glob: ['glob'],
  Grep: ['grep', 'rg'],
  WebFetch: ['web_fetch'],
  WebSearch: ['web_search'],
  Task: ['task'],
}

export const GEMINI_TOOLS: ToolNames = {
  Bash: ['run_shell_command'],
  Read: ['read_file'],
  Write: ['write_file'],
  Edit: ['replace'],
  MultiEdit: ['replace'],
  Glob: ['glob'],
  WebFetch: ['web_fetch'],
  WebSearch: ['google_web_search'],
}

/** The names in a matcher that is nothing but names, `Write|Edit`; `undefined` for any other regular expression. */
export function plainNames(matcher: string): string[] | undefined {
  const names = matcher.split('|').map(name => name.trim())
  return names.every(name => /^[\w-]+$/.test(name)) ? names : undefined
}

/** What the tools of MCP servers are called; without a tool it is about all of a server, or of several. */
export type ServerToolName = (server: string, tool: string | undefined) => string

export const geminiServerTool: ServerToolName = (server, tool) => `mcp_${server}${tool === undefined ? '' : `_${tool}`}`

export const copilotServerTool: ServerToolName = (server, tool = '.*') => `${server}-${tool}`

/** A matcher in which `mcp__notes__search` or `mcp__notes__.*` are called as a platform does. */
export function translateServers(matcher: string, nameOf: ServerToolName): string {
  return matcher.replace(/mcp__([^|()$]*)/g, (_, name: string) => {
    const [server = '', ...tool] = name.split('__')
    return nameOf(server, tool.length === 0 ? undefined : tool.join('__'))
  })
}

/** A matcher in a platform's names. A regular expression that is more than names stays: nobody knows what it means. */
export function translateMatcher(matcher: string, tools: ToolNames): string {
  const names = plainNames(matcher)
  if (names === undefined) return matcher
  const own = names.flatMap(name => (Object.hasOwn(tools, name) ? (tools[name] ?? []) : [name]))
  return [...new Set(own)].join('|')
}
