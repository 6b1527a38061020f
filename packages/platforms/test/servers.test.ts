import type { Server, ServerInput } from '@aam/platforms'
import fc from 'fast-check'
import { parse } from 'smol-toml'
import { describe, expect, it, test } from 'vitest'
import { codexServers } from '../src/servers/codex.ts'
import { copilotServers } from '../src/servers/copilot.ts'
import type { PlaceServers, ServerPlaces } from '../src/servers/express.ts'
import { claudeServers, cursorServers, geminiServers, opencodeServers, windsurfServers } from '../src/servers/json.ts'
import { ALL, contextOf, filesFrom } from './run-context.ts'

const PLATFORMS = {
  claude: claudeServers,
  cursor: cursorServers,
  copilot: copilotServers,
  codex: codexServers,
  gemini: geminiServers,
  opencode: opencodeServers,
  windsurf: windsurfServers,
} satisfies Record<string, ServerPlaces>
type PlatformId = keyof typeof PLATFORMS
const IDS = Object.keys(PLATFORMS) as PlatformId[]
const ROOT = '.agent-packages/team--review'
const HOME = '/home/Jane Doe/.aam/team--review'

const local = (given: Partial<Extract<Server, { type: 'stdio' }>> = {}): Server => ({
  name: 'db',
  type: 'stdio',
  command: 'npx',
  args: ['-y', 'db'],
  env: {},
  envFile: undefined,
  cwd: undefined,
  ...given,
})
const remote = (headers: Readonly<Record<string, string>> = {}, type: 'http' | 'sse' = 'http'): Server => ({
  name: 'web',
  type,
  url: 'https://example.com/mcp',
  headers,
})
const INPUTS: readonly ServerInput[] = [
  { id: 'token', description: 'A token', password: true },
  { id: 'unused', description: 'Nobody asks', password: false },
]

/** The one server that a place makes, its file, and what was warned of. */
function placed(
  place: PlaceServers,
  server: Server,
  context = contextOf({ unverified: ALL }),
): {
  file: string | undefined
  member: string | undefined
  value: unknown
  warnings: string[]
} {
  const placements = place([server], INPUTS, context)
  expect(placements.every(({ name }) => name === server.name)).toBe(true)
  const [file, content] = Object.entries(filesFrom(placements))[0] ?? []
  const document = (typeof content === 'string' ? parse(content) : (content ?? {})) as Record<
    string,
    Record<string, unknown>
  >
  const [member, members] = Object.entries(document).find(([key]) => key !== 'inputs') ?? []
  return { file, member, value: members?.[server.name], warnings: context.warnings }
}

describe('where servers go', () => {
  test.each<readonly [PlatformId, string, string, string, string]>([
    ['claude', '.mcp.json', '{CLAUDE_CONFIG_DIR|}.claude.json', 'mcpServers', 'mcpServers'],
    ['cursor', '.cursor/mcp.json', '.cursor/mcp.json', 'mcpServers', 'mcpServers'],
    ['copilot', '.vscode/mcp.json', '{COPILOT_HOME|.copilot}/mcp-config.json', 'servers', 'mcpServers'],
    ['codex', '.codex/config.toml', '{CODEX_HOME|.codex}/config.toml', 'mcp_servers', 'mcp_servers'],
    ['gemini', '.gemini/settings.json', '.gemini/settings.json', 'mcpServers', 'mcpServers'],
    ['opencode', 'opencode.json', '{XDG_CONFIG_HOME|.config}/opencode/opencode.json', 'mcp', 'mcp'],
    ['windsurf', '.windsurf/mcp_config.json', '.codeium/windsurf/mcp_config.json', 'mcpServers', 'mcpServers'],
  ])('%s', (...row) => {
    const [id, project, user, projectMember, userMember] = row
    expect(placed(PLATFORMS[id].project, local())).toMatchObject({ file: project, member: projectMember })
    const context = contextOf({ level: 'user' })
    expect(placed(PLATFORMS[id].user, local(), context)).toMatchObject({ file: user, member: userMember, warnings: [] })
  })
  it.each(IDS)('%s names a server as it is deployed, and keeps its own name beside it', id => {
    const context = contextOf({ unverified: ALL, nameOf: (kind, name) => `${kind}-${name}` })
    const [placement] = PLATFORMS[id].project([local()], [], context)
    expect(placement?.name).toBe('db')
    if (placement?.form === 'json') expect(placement.key).toBe('servers-db')
    else expect(placement).toMatchObject({ defines: [['mcp_servers', 'servers-db']], syntax: 'toml' })
  })
  it.each(IDS)('%s places nothing for nothing, without a word', id => {
    const context = contextOf()
    expect(PLATFORMS[id].project([], INPUTS, context)).toEqual([])
    expect(context.warnings).toEqual([])
  })
})

describe('shapes', () => {
  const server = local({ env: { KEY: '${KEY}', MODE: 'fast' }, args: ['${PACKAGE_ROOT}/a b.js', '-v'] })
  const web = remote({ Authorization: 'Bearer ${TOKEN}', 'X-Kind': 'plain' })
  const headers = (token: string): object => ({ Authorization: `Bearer ${token}`, 'X-Kind': 'plain' })
  test.each<readonly [PlatformId, unknown, unknown]>([
    [
      'claude',
      { type: 'stdio', command: 'npx', args: [`${ROOT}/a b.js`, '-v'], env: { KEY: '${KEY}', MODE: 'fast' } },
      { type: 'http', url: 'https://example.com/mcp', headers: headers('${TOKEN}') },
    ],
    [
      'cursor',
      {
        type: 'stdio',
        command: 'npx',
        args: [`\${workspaceFolder}/${ROOT}/a b.js`, '-v'],
        env: { KEY: '${env:KEY}', MODE: 'fast' },
      },
      { url: 'https://example.com/mcp', headers: headers('${env:TOKEN}') },
    ],
    [
      'copilot',
      {
        type: 'stdio',
        command: 'npx',
        args: [`\${workspaceFolder}/${ROOT}/a b.js`, '-v'],
        env: { KEY: '${env:KEY}', MODE: 'fast' },
      },
      { type: 'http', url: 'https://example.com/mcp', headers: headers('${env:TOKEN}') },
    ],
    [
      'codex',
      { command: 'npx', args: [`${ROOT}/a b.js`, '-v'], env_vars: ['KEY'], env: { MODE: 'fast' } },
      { url: 'https://example.com/mcp', bearer_token_env_var: 'TOKEN', http_headers: { 'X-Kind': 'plain' } },
    ],
    [
      'gemini',
      { command: 'npx', args: [`${ROOT}/a b.js`, '-v'], env: { KEY: '${KEY}', MODE: 'fast' } },
      { httpUrl: 'https://example.com/mcp', headers: headers('${TOKEN}') },
    ],
    [
      'opencode',
      {
        type: 'local',
        command: ['npx', `${ROOT}/a b.js`, '-v'],
        environment: { KEY: '{env:KEY}', MODE: 'fast' },
        enabled: true,
      },
      { type: 'remote', url: 'https://example.com/mcp', headers: headers('{env:TOKEN}'), enabled: true },
    ],
    [
      'windsurf',
      { command: 'npx', args: [`${ROOT}/a b.js`, '-v'], env: { KEY: '${env:KEY}', MODE: 'fast' } },
      { serverUrl: 'https://example.com/mcp', headers: headers('${env:TOKEN}') },
    ],
  ])('%s', (id, stdio, http) => {
    expect(placed(PLATFORMS[id].project, server)).toMatchObject({ value: stdio, warnings: [] })
    expect(placed(PLATFORMS[id].project, server).value).toEqual(stdio)
    expect(placed(PLATFORMS[id].project, web).value).toEqual(http)
  })
  it('Copilot CLI', () => {
    const context = contextOf({ level: 'user' })
    expect(placed(copilotServers.user, { ...server, cwd: 'sub' } as Server, context).value).toEqual({
      type: 'local',
      command: 'npx',
      args: [`${HOME}/a b.js`, '-v'],
      env: { KEY: '${KEY}', MODE: 'fast' },
      cwd: `${HOME}/sub`,
      tools: ['*'],
    })
    expect(placed(copilotServers.user, remote({}, 'sse'), context).value).toEqual({
      type: 'sse',
      url: 'https://example.com/mcp',
      tools: ['*'],
    })
  })
  it('a user has no workspace', () => {
    const context = (): ReturnType<typeof contextOf> => contextOf({ level: 'user', unverified: ALL })
    for (const id of IDS) {
      expect(JSON.stringify(placed(PLATFORMS[id].user, server, context()).value)).toContain(`${HOME}/a b.js`)
    }
  })
  it.each(['claude', 'gemini', 'copilot', 'opencode', 'cursor', 'windsurf'] as const)('%s has sse', id => {
    const { value, warnings } = placed(PLATFORMS[id].project, remote({}, 'sse'))
    expect(warnings).toEqual([])
    if (id === 'gemini') expect(value).toEqual({ url: 'https://example.com/mcp' })
    if (id === 'claude' || id === 'copilot') expect(value).toMatchObject({ type: 'sse' })
  })
})

describe('inputs', () => {
  it('are asked for by VS Code, each once, under an id of the package', () => {
    const servers = [local({ env: { A: '${input:token}', B: 'x${input:token}' } }), remote({ T: '${input:token}' })]
    expect(filesFrom(copilotServers.project(servers, INPUTS, contextOf()))).toEqual({
      '.vscode/mcp.json': {
        servers: {
          db: {
            type: 'stdio',
            command: 'npx',
            args: ['-y', 'db'],
            env: { A: '${input:team--review-token}', B: 'x${input:team--review-token}' },
          },
          web: { type: 'http', url: 'https://example.com/mcp', headers: { T: '${input:team--review-token}' } },
        },
        inputs: [{ type: 'promptString', id: 'team--review-token', description: 'A token', password: true }],
      },
    })
  })
  it('belong to the first server that uses them', () => {
    const servers = [local({ env: { A: '${input:token}' } }), remote({ T: '${input:token}' })]
    const names = copilotServers.project(servers, INPUTS, contextOf()).map(({ name }) => name)
    expect(names).toEqual(['db', 'web', 'db'])
  })
  it('that nobody declares leave the server out', () => {
    const { value, warnings } = placed(copilotServers.project, local({ env: { A: '${input:other}' } }))
    expect(value).toBeUndefined()
    expect(warnings).toEqual(["the server 'db' is left out of VS Code: nothing says what to ask for as 'other'"])
  })
  it.each(IDS.filter(id => id !== 'copilot'))('leave the server out of %s', id => {
    const { value, warnings } = placed(PLATFORMS[id].project, local({ env: { A: '${input:token}' } }))
    expect(value).toBeUndefined()
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toContain("cannot ask for 'token'")
  })
})

describe('what a client cannot express', () => {
  test.each<readonly [string, PlatformId, Server, 'placed' | 'left out', RegExp | undefined]>([
    ['a default', 'claude', local({ env: { A: '${A:-1}' } }), 'placed', undefined],
    ['a default', 'cursor', local({ env: { A: '${A:-1}' } }), 'placed', /no default for \$\{A\}/],
    ['a default', 'copilot', local({ env: { A: '${A:-1}' } }), 'placed', /no default/],
    ['a default', 'gemini', local({ env: { A: '${A:-1}' } }), 'placed', undefined],
    ['a default', 'opencode', local({ env: { A: '${A:-1}' } }), 'placed', /no default/],
    ['a default', 'windsurf', local({ env: { A: '${A:-1}' } }), 'placed', /no default/],
    ['a default', 'codex', local({ env: { A: '${A:-1}' } }), 'placed', /no default/],
    ['another name', 'codex', local({ env: { A: '${B}' } }), 'left out', /cannot hand on \$\{B\} as A/],
    ['a part of a value', 'codex', local({ env: { A: 'x-${A}' } }), 'left out', /does not put \$\{A\}/],
    ['a variable in an argument', 'codex', local({ args: ['${A}'] }), 'left out', /does not put \$\{A\}/],
    ['a part of a header', 'codex', remote({ X: 'x-${A}' }), 'left out', /does not put \$\{A\}/],
    ['more than a bearer token', 'codex', remote({ Authorization: 'Basic ${A}' }), 'left out', /does not put \$\{A\}/],
    ['sse', 'codex', remote({}, 'sse'), 'left out', /sse/],
    ['cwd', 'claude', local({ cwd: '.' }), 'left out', /cwd/],
    ['cwd', 'cursor', local({ cwd: '.' }), 'left out', /cwd/],
    ['cwd', 'opencode', local({ cwd: '.' }), 'left out', /cwd/],
    ['cwd', 'windsurf', local({ cwd: '.' }), 'left out', /cwd/],
    ['cwd', 'codex', local({ cwd: './srv' }), 'placed', undefined],
    ['cwd', 'gemini', local({ cwd: './srv' }), 'placed', undefined],
    ['envFile', 'claude', local({ envFile: '.env' }), 'left out', /envFile/],
    ['envFile', 'codex', local({ envFile: '.env' }), 'left out', /envFile/],
    ['envFile', 'gemini', local({ envFile: '.env' }), 'left out', /envFile/],
    ['envFile', 'cursor', local({ envFile: '.env' }), 'placed', undefined],
  ])('%s: %s', (...[, id, server, outcome, warning]) => {
    const { value, warnings } = placed(PLATFORMS[id].project, server)
    expect(value === undefined ? 'left out' : 'placed').toBe(outcome)
    expect(warnings).toHaveLength(warning === undefined ? 0 : 1)
    if (warning !== undefined) expect(warnings[0]).toMatch(warning)
  })
  it('variables on Gemini CLI and projects on Windsurf are off', () => {
    const gemini = placed(geminiServers.project, local({ env: { A: '${A}' } }), contextOf())
    expect(gemini.value).toBeUndefined()
    expect(gemini.warnings[0]).toContain('`gemini.mcp-env`')
    expect(placed(geminiServers.project, local({ args: ['${PACKAGE_ROOT}'] }), contextOf())).toMatchObject({
      warnings: [],
      value: { args: [ROOT] },
    })
    const windsurf = placed(windsurfServers.project, local(), contextOf())
    expect(windsurf.value).toBeUndefined()
    expect(windsurf.warnings[0]).toContain('`windsurf.project-mcp`')
  })
  it('a name that Codex refuses', () => {
    const context = contextOf({ nameOf: () => 'a.b' })
    expect(codexServers.project([local()], [], context)).toEqual([])
    expect(context.warnings).toHaveLength(1)
  })
})

describe('folders and files', () => {
  test.each<readonly [string, string]>([
    ['.', ROOT],
    ['./srv', `${ROOT}/srv`],
    ['srv/x', `${ROOT}/srv/x`],
    ['${PACKAGE_ROOT}/srv', `${ROOT}/srv`],
    ['/abs', '/abs'],
    ['~/x', '~/x'],
  ])('cwd %s is %s', (cwd, expected) => {
    expect(placed(codexServers.project, local({ cwd })).value).toMatchObject({ cwd: expected })
  })
  it('a file of variables is in the project', () => {
    const server = local({ envFile: './.env', cwd: 'srv' })
    expect(placed(copilotServers.project, server).value).toMatchObject({
      envFile: '${workspaceFolder}/.env',
      cwd: `\${workspaceFolder}/${ROOT}/srv`,
    })
    expect(placed(cursorServers.project, local({ envFile: '${HOME}/.env' })).value).toMatchObject({
      envFile: '${env:HOME}/.env',
    })
  })
})

describe('Codex', () => {
  const text = fc.string({ unit: 'binary' }).map(value => value.replaceAll('${', ''))
  it('writes TOML that says what was meant, whatever the values hold', () => {
    fc.assert(
      fc.property(
        text.filter(value => value !== ''),
        fc.array(text),
        fc.dictionary(text, text),
        (command, args, env) => {
          const { value } = placed(codexServers.project, local({ command, args, env }))
          expect(value).toEqual({
            command,
            ...(args.length > 0 ? { args } : {}),
            ...(Object.keys(env).length > 0 ? { env: { ...env } } : {}),
          })
        },
      ),
    )
  })
  it('ends a block without a newline', () => {
    const [placement] = codexServers.project([local()], [], contextOf())
    expect(placement).toMatchObject({ form: 'block', text: '[mcp_servers.db]\ncommand = "npx"\nargs = [ "-y", "db" ]' })
  })
  it('takes headers from variables', () => {
    const headers = { authorization: 'bearer ${T}', 'X-A': '${A}', 'X-B': 'b' }
    expect(placed(codexServers.project, remote(headers)).value).toEqual({
      url: 'https://example.com/mcp',
      bearer_token_env_var: 'T',
      env_http_headers: { 'X-A': 'A' },
      http_headers: { 'X-B': 'b' },
    })
  })
})
