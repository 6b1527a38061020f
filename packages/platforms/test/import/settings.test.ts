/** Hooks, the scripts they run, and MCP servers of other tools in the form of a package. */
import { describe, expect, test } from 'vitest'
import {
  type SourceId,
  encodeHooks,
  encodeServers,
  importHooks,
  importServers,
  readLooseJson,
  recognise,
  rewriteArguments,
  rewriteCommand,
} from '@aam/platforms'

const command = (source: SourceId, event: string, fields: object) =>
  importHooks(source, { hooks: { [event]: [fields] } })

describe('hooks', () => {
  test.each<[source: SourceId, native: string, event: string, matcher?: string]>([
    ['claude', 'PreToolUse', 'pre-tool-use'],
    ['claude', 'UserPromptSubmit', 'pre-prompt'],
    ['claude', 'SubagentStop', 'sub-agent-end'],
    ['claude', 'Notification', 'notification'],
    ['claude', 'WorktreeCreate', 'WorktreeCreate'],
    ['cursor', 'preToolUse', 'pre-tool-use'],
    ['cursor', 'beforeSubmitPrompt', 'pre-prompt'],
    ['cursor', 'beforeShellExecution', 'pre-tool-use', 'Bash'],
    ['cursor', 'afterFileEdit', 'post-tool-use', 'Edit|Write'],
    ['cursor', 'subagentStop', 'sub-agent-end'],
    ['github', 'userPromptSubmitted', 'pre-prompt'],
    ['github', 'agentStop', 'stop'],
    ['github', 'sessionStart', 'session-start'],
    ['github', 'PreCompact', 'pre-compact'],
  ])('%s %s is %s', (...[source, native, event, matcher]) => {
    const { hooks } = command(source, native, { command: 'x' })
    expect(hooks.map(({ hook }) => hook)).toEqual([
      { event, matcher, action: { type: 'command', command: 'x' }, timeout: undefined },
    ])
  })

  test('matchers, prompts and timeouts', () => {
    const value = {
      hooks: {
        PreToolUse: [
          { matcher: 'Bash', hooks: [{ type: 'command', command: 'a', timeout: 5 }] },
          { matcher: '*', hooks: [{ type: 'prompt', prompt: 'Is it done?' }] },
        ],
      },
    }
    expect(JSON.parse(encodeHooks(importHooks('claude', value).hooks.map(({ hook }) => hook)))).toEqual({
      version: 1,
      hooks: {
        'pre-tool-use': [
          { matcher: 'Bash', hooks: [{ type: 'command', command: 'a', timeout: 5 }] },
          { hooks: [{ type: 'prompt', prompt: 'Is it done?' }] },
        ],
      },
    })
  })

  test('Copilot has bash, seconds and a folder', () => {
    const { hooks, notes } = command('github', 'preToolUse', {
      type: 'command',
      bash: './check.sh',
      powershell: './check.ps1',
      cwd: './scripts/',
      timeoutSec: 15,
      env: { A: 'b' },
    })
    expect(hooks).toMatchObject([{ cwd: 'scripts', hook: { action: { command: './check.sh' }, timeout: 15 } }])
    expect(notes).toEqual(['powershell, env of a hook of preToolUse are left out'])
  })

  test('Shell is called Bash in a package', () => {
    expect(command('cursor', 'preToolUse', { matcher: 'Shell|Write', command: 'x' }).hooks).toMatchObject([
      { hook: { matcher: 'Bash|Write' } },
    ])
  })

  test.each<[fields: unknown, why: string]>([
    [{ type: 'http', url: 'https://x' }, 'a package has no hooks of type http'],
    [{ powershell: 'x' }, 'it has a command for PowerShell only'],
    [{ command: 'curl -H "Authorization: Bearer ghp_abcdefghijklmnopqrstuvwxyz0123456789"' }, 'looks like a secret'],
    ['x', 'it is not an object'],
  ])('%j is left out', (fields, why) => {
    const { hooks, notes } = importHooks('claude', { hooks: { Stop: [fields] } })
    expect(hooks).toEqual([])
    expect(notes.join()).toContain(why)
  })
})

describe('command lines', () => {
  const FILES = new Set([
    '.claude/hooks/a.sh',
    '.cursor/hooks/b.py',
    'scripts/c.js',
    'hooks/run.cmd',
    'package.json',
    'server.js',
  ])
  const rewrite = (text: string, cwd = '') =>
    rewriteCommand(text, { isFile: path => FILES.has(path), cwd, target: 'hooks/scripts' })

  test.each([
    ['"$CLAUDE_PROJECT_DIR"/.claude/hooks/a.sh', '"${PACKAGE_ROOT}/hooks/scripts/a.sh"'],
    ['"$CLAUDE_PROJECT_DIR/.claude/hooks/a.sh" --x', '"${PACKAGE_ROOT}/hooks/scripts/a.sh" --x'],
    ['${CLAUDE_PROJECT_DIR:-.}/.claude/hooks/a.sh', '"${PACKAGE_ROOT}/hooks/scripts/a.sh"'],
    [
      'bash -c "cd x && $CLAUDE_PROJECT_DIR/.claude/hooks/a.sh"',
      'bash -c "cd x && ${PACKAGE_ROOT}/hooks/scripts/a.sh"',
    ],
    ['"$(git rev-parse --show-toplevel)/scripts/c.js"', '"${PACKAGE_ROOT}/hooks/scripts/c.js"'],
    ['.claude/hooks/a.sh', '"${PACKAGE_ROOT}/hooks/scripts/a.sh"'],
    ['./.cursor/hooks/b.py | tee log', '"${PACKAGE_ROOT}/hooks/scripts/b.py" | tee log'],
    ['python3 -u .cursor/hooks/b.py; echo', 'python3 -u "${PACKAGE_ROOT}/hooks/scripts/b.py"; echo'],
    ['A=1 node scripts/c.js', 'A=1 node "${PACKAGE_ROOT}/hooks/scripts/c.js"'],
    ['"${CLAUDE_PLUGIN_ROOT}/hooks/run.cmd" start', '"${PACKAGE_ROOT}/hooks/run.cmd" start'],
    ['npx prettier --write package.json', 'npx prettier --write package.json'],
    ['echo "done"', 'echo "done"'],
  ])('%s', (text, expected) => {
    expect(rewrite(text)).toMatchObject({ text: expected, missing: [] })
  })

  test('is seen from the folder it runs in', () => {
    expect(rewrite('./c.js', 'scripts').files).toEqual([{ from: 'scripts/c.js', to: 'hooks/scripts/c.js' }])
  })

  test.each([
    ['"$CLAUDE_PROJECT_DIR"/.claude/hooks/gone.sh', '.claude/hooks/gone.sh'],
    ['${CLAUDE_PLUGIN_ROOT}/dist/x.js', 'dist/x.js'],
    ['bash .cursor/hooks/gone.sh', '.cursor/hooks/gone.sh'],
  ])('%s names what is not there', (text, path) => {
    expect(rewrite(text).missing).toEqual([path])
  })

  test.each([
    ['eslint --config scripts/c.js', 'scripts/c.js of the project, which is not copied'],
    ['/Users/ann/bin/check', '/Users/ann/bin/check, which is a path of one machine'],
    ['cat "$CLAUDE_PROJECT_DIR"/package.json', '$CLAUDE_PROJECT_DIR, which not every agent knows'],
  ])('%s is worth a note', (text, note) => {
    expect(rewrite(text)).toMatchObject({ text, files: [] })
    expect(rewrite(text).notes.join()).toContain(note)
  })

  test('arguments are no shell words', () => {
    const project = { isFile: (path: string) => FILES.has(path), cwd: '', target: 'mcp/scripts' }
    expect(rewriteArguments(['node', '${CLAUDE_PLUGIN_ROOT}/server.js', '--root', '.'], project)).toMatchObject({
      words: ['node', '${PACKAGE_ROOT}/server.js', '--root', '.'],
      files: [{ from: 'server.js', to: 'server.js' }],
    })
    expect(rewriteArguments(['node', '${workspaceFolder}/scripts/c.js'], project).words).toEqual([
      'node',
      '${PACKAGE_ROOT}/mcp/scripts/c.js',
    ])
  })
})

describe('servers', () => {
  const GITHUB = 'ghp_abcdefghijklmnopqrstuvwxyz0123456789'
  const only = (fields: object) => {
    const { servers, ...rest } = importServers({ mcpServers: { 'my-srv': fields } })
    return { server: servers[0] as unknown as Record<string, unknown>, ...rest }
  }

  test.each([
    ['mcpServers', { mcpServers: { a: { command: 'x' } } }],
    ['servers', { servers: { a: { command: 'x' } } }],
    ['OpenCode', { mcp: { a: { type: 'local', command: ['x'] } } }],
    ['the servers themselves', { a: { command: 'x' } }],
  ])('are read from %s', (_, value) => {
    expect(JSON.parse(encodeServers(importServers(value).servers, []))).toEqual({
      servers: { a: { type: 'stdio', command: 'x' } },
    })
  })

  test.each<[fields: object, server: object]>([
    [{ command: 'x', env: { A: '${env:A}', B: '{env:B}', C: '$C' } }, { env: { A: '${A}', B: '${B}', C: '${C}' } }],
    [
      { type: 'remote', url: 'https://x/mcp' },
      { type: 'http', url: 'https://x/mcp' },
    ],
    [{ type: 'sse', url: 'https://x/sse' }, { type: 'sse' }],
    [{ httpUrl: 'https://x' }, { type: 'http', url: 'https://x' }],
    [{ serverUrl: 'https://x' }, { type: 'http', url: 'https://x' }],
    [
      { url: 'https://x', headers: { Authorization: 'Bearer ${env:T}' } },
      { headers: { Authorization: 'Bearer ${T}' } },
    ],
    [{ command: 'x', env: { KEY: '${input:key}' } }, { env: { KEY: '${input:key}' } }],
  ])('%j', (fields, server) => {
    expect(only(fields)).toMatchObject({ server, secrets: [] })
  })

  test.each<[fields: object, server: object, variable: string]>([
    [{ command: 'x', env: { GITHUB_TOKEN: 'abc' } }, { env: { GITHUB_TOKEN: '${GITHUB_TOKEN}' } }, 'GITHUB_TOKEN'],
    [{ command: 'x', env: { apiKey: 'abc' } }, { env: { apiKey: '${API_KEY}' } }, 'API_KEY'],
    [{ command: 'x', env: { THING: GITHUB } }, { env: { THING: '${THING}' } }, 'THING'],
    [{ command: 'x', env: { API_KEY: '<your-key>' } }, { env: { API_KEY: '${API_KEY}' } }, 'API_KEY'],
    [
      { url: 'https://x', headers: { Authorization: 'Bearer abc' } },
      { headers: { Authorization: 'Bearer ${MY_SRV_AUTHORIZATION}' } },
      'MY_SRV_AUTHORIZATION',
    ],
    [{ command: 'x', args: ['--api-key', 'abc'] }, { args: ['--api-key', '${MY_SRV_API_KEY}'] }, 'MY_SRV_API_KEY'],
    [{ command: 'x', args: ['--token=abc'] }, { args: ['--token=${MY_SRV_TOKEN}'] }, 'MY_SRV_TOKEN'],
    [
      { command: 'docker', args: ['run', '-e', 'API_KEY=abc', 'x'] },
      { args: ['run', '-e', 'API_KEY=${MY_SRV_API_KEY}', 'x'] },
      'MY_SRV_API_KEY',
    ],
    [{ command: 'x', args: ['--env=API_KEY=abc'] }, { args: ['--env=API_KEY=${MY_SRV_API_KEY}'] }, 'MY_SRV_API_KEY'],
    [{ url: `https://x/${GITHUB}/mcp` }, { url: 'https://x/${MY_SRV_TOKEN}/mcp' }, 'MY_SRV_TOKEN'],
    [{ command: 'x', args: [GITHUB] }, { args: ['${MY_SRV_TOKEN}'] }, 'MY_SRV_TOKEN'],
    [
      { command: 'x', args: ['--header', 'Authorization: Bearer abc'] },
      { args: ['--header', 'Authorization: Bearer ${MY_SRV_AUTHORIZATION}'] },
      'MY_SRV_AUTHORIZATION',
    ],
    [
      { command: 'x', args: ['postgres://me:pw@db/x'] },
      { args: ['postgres://me:${MY_SRV_PASSWORD}@db/x'] },
      'MY_SRV_PASSWORD',
    ],
    [{ url: 'https://x/?api_key=abc&a=1' }, { url: 'https://x/?api_key=${MY_SRV_API_KEY}&a=1' }, 'MY_SRV_API_KEY'],
  ])('a secret in %j is not copied', (fields, server, variable) => {
    const read = only(fields)
    expect(read).toMatchObject({ server, secrets: [{ server: 'my-srv', variable }] })
    expect(JSON.stringify(read)).not.toMatch(/abc|ghp_|:pw@|your-key/)
  })

  test.each([
    { command: 'x', env: { LOG_LEVEL: 'debug', MAX_TOKENS: '5', KEYBOARD: 'de', KEY_FILE: '/etc/x' } },
    { command: 'x', args: ['--keyboard', 'de', 'https://x/y'] },
    { command: 'x', args: ['-e', 'API_KEY', '--env=LOG_LEVEL=debug', 'MAX_TOKENS=5', '--token=${TOKEN}'] },
    { url: 'https://x', headers: { Accept: 'text/html' } },
  ])('%j has none', fields => {
    expect(only(fields)).toMatchObject({ server: fields, secrets: [] })
  })

  test('inputs come along', () => {
    const value = { inputs: [{ id: 'k', type: 'promptString', password: true }], servers: { a: { command: 'x' } } }
    expect(importServers(value).inputs).toEqual([{ id: 'k', description: 'k', password: true }])
  })

  test('what is lost is said', () => {
    const { notes } = importServers({ servers: { a: { command: 'x', gallery: true }, b: {}, c: 1 } })
    expect(notes).toEqual([
      'gallery of the server a is left out',
      'the server b is left out: it has neither a command nor a url',
      'the server c is left out: it is not an object',
    ])
  })
})

test.each([
  ['{ "a": 1, // one\n }', { value: { a: 1 } }],
  ['{\n "a" 1 }', { why: 'it is not JSON: ColonExpected in line 2' }],
  ['['.repeat(5000), { why: 'it is nested more than 100 levels deep' }],
])('loose JSON', (text, expected) => {
  expect(readLooseJson(text)).toEqual(expected)
})

test('what is found, in order of precedence, each file once', () => {
  const paths = [
    '.agents/skills/a/SKILL.md',
    '.claude/commands/git/commit.md',
    '.claude/skills/a/SKILL.md',
    '.claude/skills/a/nested/SKILL.md',
    '.cursor/rules/web/react.mdc',
    '.cursor/rules/new/RULE.md',
    '.github/prompts/readme.md',
    '.github/prompts/x.prompt.md',
    'b/SKILL.md',
    'docs/SKILL.md',
    'skills/deep/c/SKILL.md',
  ]
  expect(recognise(paths, undefined).map(({ source, kind, name }) => `${source} ${kind} ${name}`)).toEqual([
    'claude skills a',
    'claude commands git-commit',
    'cursor rules web-react',
    'cursor rules new',
    'github commands x',
    'agents skills a',
    'skills skills c',
    'skills skills b',
  ])
})
