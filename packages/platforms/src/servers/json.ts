/** Clients that keep servers as members of an object in a JSON file. */
import type { Server } from '../artifacts.ts'
import type { RunContext } from '../platform.ts'
import {
  type Client,
  type PlaceServers,
  type ServerPlacement,
  type ServerPlaces,
  expressServer,
  withoutEmpty,
} from './express.ts'
import { parseValue } from './values.ts'

type JsonClient = {
  readonly file: string
  /** The member that holds the servers. */
  readonly member: string
  readonly client: (context: RunContext) => Client
  readonly shape: (server: Server) => Record<string, unknown>
  /** Whether a server may be placed at all; says why not. */
  readonly admits?: (server: Server, context: RunContext) => boolean
}

/** The servers as members of one object. */
export function placeInJson({ file, member, client, shape, admits }: JsonClient): PlaceServers {
  return (servers, _, context) =>
    servers.flatMap((server): ServerPlacement | readonly [] => {
      if (admits?.(server, context) === false) return []
      const expressed = expressServer(server, client(context), context)
      if (expressed === undefined) return []
      const key = context.nameOf('servers', server.name)
      const value = withoutEmpty(shape(expressed))
      return { name: server.name, form: 'json', file, at: [member], key, value, needs: [] }
    })
}

const claude: Omit<JsonClient, 'file'> = {
  member: 'mcpServers',
  client: ({ root }) => ({
    title: 'Claude Code',
    syntax: { env: name => `\${${name}}`, envOr: (name, fallback) => `\${${name}:-${fallback}}`, root },
    takes: new Set(['sse']),
  }),
  shape: typed('stdio'),
}

export const claudeServers: ServerPlaces = {
  project: placeInJson({ ...claude, file: '.mcp.json' }),
  user: placeInJson({ ...claude, file: '{CLAUDE_CONFIG_DIR|}.claude.json' }),
}

const cursor: Omit<JsonClient, 'file'> = {
  member: 'mcpServers',
  client: context => ({
    title: 'Cursor',
    syntax: { env: name => `\${env:${name}}`, root: rootInWorkspace(context) },
    takes: new Set(['envFile', 'sse']),
    ...inWorkspace(context),
  }),
  // It finds out by itself how to speak to a url.
  shape: server =>
    server.type === 'stdio'
      ? { ...typed('stdio')(server), envFile: server.envFile }
      : { url: server.url, headers: server.headers },
}

export const cursorServers: ServerPlaces = {
  project: placeInJson({ ...cursor, file: '.cursor/mcp.json' }),
  user: placeInJson({ ...cursor, file: '.cursor/mcp.json' }),
}

/** Of `~/.copilot/mcp-config.json`; for projects Copilot has VS Code's form, with inputs. */
export const copilotUserServers: PlaceServers = placeInJson({
  file: '{COPILOT_HOME|.copilot}/mcp-config.json',
  member: 'mcpServers',
  client: ({ root }) => ({
    title: 'Copilot CLI',
    syntax: { env: name => `\${${name}}`, envOr: (name, fallback) => `\${${name}:-${fallback}}`, root },
    takes: new Set(['cwd', 'sse']),
  }),
  shape: server => ({
    ...typed('local')(server),
    ...(server.type === 'stdio' ? { cwd: server.cwd } : {}),
    tools: ['*'],
  }),
})

const gemini: Omit<JsonClient, 'file'> = {
  member: 'mcpServers',
  client: ({ root }) => ({
    title: 'Gemini CLI',
    syntax: { env: name => `\${${name}}`, envOr: (name, fallback) => `\${${name}:-${fallback}}`, root },
    takes: new Set(['cwd', 'sse']),
  }),
  shape: server =>
    server.type === 'stdio'
      ? { command: server.command, args: server.args, env: server.env, cwd: server.cwd }
      : { [server.type === 'sse' ? 'url' : 'httpUrl']: server.url, headers: server.headers },
  admits: (server, context) => {
    if (context.unverified.has('gemini.mcp-env') || !valuesOf(server).some(refersToEnv)) return true
    const why = `variables in servers are not verified on Gemini CLI; \`gemini.mcp-env\` turns them on`
    context.warn(`the server '${server.name}' is left out of Gemini CLI: ${why}`)
    return false
  },
}

export const geminiServers: ServerPlaces = {
  project: placeInJson({ ...gemini, file: '.gemini/settings.json' }),
  user: placeInJson({ ...gemini, file: '.gemini/settings.json' }),
}

const opencode: Omit<JsonClient, 'file'> = {
  member: 'mcp',
  client: ({ root }) => ({
    title: 'OpenCode',
    syntax: { env: name => `{env:${name}}`, root },
    takes: new Set(['sse']),
  }),
  shape: server =>
    server.type === 'stdio'
      ? { type: 'local', command: [server.command, ...server.args], environment: server.env, enabled: true }
      : { type: 'remote', url: server.url, headers: server.headers, enabled: true },
}

export const opencodeServers: ServerPlaces = {
  project: placeInJson({ ...opencode, file: 'opencode.json' }),
  user: placeInJson({ ...opencode, file: '{XDG_CONFIG_HOME|.config}/opencode/opencode.json' }),
}

const windsurf: Omit<JsonClient, 'file'> = {
  member: 'mcpServers',
  client: ({ root }) => ({
    title: 'Windsurf',
    syntax: { env: name => `\${env:${name}}`, root },
    takes: new Set(['sse']),
  }),
  shape: server =>
    server.type === 'stdio'
      ? { command: server.command, args: server.args, env: server.env }
      : { serverUrl: server.url, headers: server.headers },
}

export const windsurfServers: ServerPlaces = {
  project: (servers, inputs, context) => {
    if (context.unverified.has('windsurf.project-mcp')) {
      return placeInJson({ ...windsurf, file: '.windsurf/mcp_config.json' })(servers, inputs, context)
    }
    if (servers.length > 0) {
      context.warn(
        'servers of a project are not verified on Windsurf and left out; `windsurf.project-mcp` turns them on',
      )
    }
    return []
  },
  user: placeInJson({ ...windsurf, file: '.codeium/windsurf/mcp_config.json' }),
}

/** The form of most clients, with the type written out. */
export function typed(stdio: 'stdio' | 'local'): (server: Server) => Record<string, unknown> {
  return server =>
    server.type === 'stdio'
      ? { type: stdio, command: server.command, args: server.args, env: server.env }
      : { type: server.type, url: server.url, headers: server.headers }
}

/** How editors that may start anywhere are told where a project's package is. */
export function rootInWorkspace({ level, root }: RunContext): string {
  return level === 'project' ? `\${workspaceFolder}/${root}` : root
}

/** Where a project's relative paths begin for such an editor. */
export function inWorkspace({ level }: RunContext): Pick<Client, 'here'> {
  return level === 'project' ? { here: '${workspaceFolder}/' } : {}
}

function valuesOf(server: Server): string[] {
  if (server.type !== 'stdio') return [server.url, ...Object.values(server.headers)]
  return [server.command, ...server.args, ...Object.values(server.env), server.cwd ?? '']
}

function refersToEnv(value: string): boolean {
  return parseValue(value).some(({ kind }) => kind === 'env')
}
