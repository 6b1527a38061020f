/** The names that platforms have for the tools an agent may use. Packages use Claude's, or plain words like `file_read`. */

/** One tool: what it is called where, and in packages (lower case, without `_` and `-`). */
type Tool = {
  readonly claude: string
  readonly copilot: string
  readonly opencode: string
  readonly words: readonly string[]
}

const TOOLS: readonly Tool[] = [
  { claude: 'Read', copilot: 'read', opencode: 'read', words: ['read', 'fileread', 'readfile'] },
  { claude: 'Write', copilot: 'edit', opencode: 'write', words: ['write', 'filewrite', 'writefile'] },
  { claude: 'Edit', copilot: 'edit', opencode: 'edit', words: ['edit', 'multiedit', 'fileedit', 'editfile'] },
  { claude: 'NotebookEdit', copilot: 'edit', opencode: 'edit', words: ['notebookedit'] },
  { claude: 'Bash', copilot: 'execute', opencode: 'bash', words: ['bash', 'shell', 'execute', 'terminal'] },
  { claude: 'Grep', copilot: 'search', opencode: 'grep', words: ['grep', 'search', 'filesearch', 'searchfiles'] },
  { claude: 'Glob', copilot: 'search', opencode: 'glob', words: ['glob', 'findfiles'] },
  { claude: 'LS', copilot: 'search', opencode: 'list', words: ['ls', 'list', 'listfiles', 'listdirectory'] },
  { claude: 'WebFetch', copilot: 'web', opencode: 'webfetch', words: ['webfetch', 'fetch'] },
  { claude: 'WebSearch', copilot: 'web', opencode: 'websearch', words: ['websearch'] },
  { claude: 'Task', copilot: 'agent', opencode: 'task', words: ['task', 'agent'] },
  { claude: 'TodoWrite', copilot: 'todo', opencode: 'todowrite', words: ['todowrite', 'todo'] },
  { claude: 'TodoRead', copilot: 'todo', opencode: 'todoread', words: ['todoread'] },
]

const BY_WORD = new Map(TOOLS.flatMap(tool => tool.words.map(word => [word, tool] as const)))

/** `Bash(git log:*)`: a tool, and what of it; `limit` has the parentheses. */
function splitLimit(written: string): { readonly word: string; readonly limit: string } {
  const open = written.indexOf('(')
  return open === -1
    ? { word: written.trim(), limit: '' }
    : { word: written.slice(0, open).trim(), limit: written.slice(open) }
}

function findTool(word: string): Tool | undefined {
  return BY_WORD.get(word.toLowerCase().replace(/[_-]/g, ''))
}

/** `Read, Bash(git log:*)`, for Claude Code. Unknown ones stay: they may be an MCP server's. */
export function claudeTools(tools: readonly string[]): string[] {
  return unique(
    tools.map(written => {
      const { word, limit } = splitLimit(written)
      return `${findTool(word)?.claude ?? word}${limit}`
    }),
  )
}

/** Copilot's groups of tools, `read` and `execute`. Unknown ones stay; an MCP server's get its spelling, `github/search`. */
export function copilotTools(tools: readonly string[]): string[] {
  return unique(
    tools.map(written => {
      const { word } = splitLimit(written)
      return findTool(word)?.copilot ?? word.replace(/^mcp__(.+?)__(.+)$/, '$1/$2')
    }),
  )
}

/** The tools that OpenCode has for one that a package names; `undefined` when it has none. */
export function openCodeTools(written: string): readonly string[] | undefined {
  const name = findTool(splitLimit(written).word)?.opencode
  if (name === undefined) return undefined
  // It has one permission for all that changes files, and the last of several answers would count.
  return CHANGING.includes(name) ? CHANGING : [name]
}

const CHANGING: readonly string[] = ['edit', 'patch', 'write']

/** Every tool that OpenCode's agents can be refused. */
export const OPENCODE_TOOLS: readonly string[] = unique([...CHANGING, ...TOOLS.map(({ opencode }) => opencode)]).sort()

/** Those that name a part of a tool, where a platform has only the whole. */
export function limitedTools(tools: readonly string[]): string[] {
  return tools.filter(written => splitLimit(written).limit !== '')
}

/** Whether an agent with these tools can change nothing. */
export function onlyReads(tools: readonly string[]): boolean {
  return tools.length > 0 && tools.every(written => READING.has(findTool(splitLimit(written).word)?.claude ?? ''))
}

const READING: ReadonlySet<string> = new Set(['Read', 'Grep', 'Glob', 'LS', 'WebFetch', 'WebSearch', 'TodoRead'])

function unique(names: readonly string[]): string[] {
  return [...new Set(names)]
}
