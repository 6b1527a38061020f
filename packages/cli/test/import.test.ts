/** `aam import`: what a project keeps for its agents becomes a package, and the project stays as it is. */
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Run, type Sandbox, createSandbox } from '@aam/testkit'
import { compareSnapshots, findLeftOvers, snapshot } from './support/crash-check.ts'

let sandbox: Sandbox

beforeEach(() => {
  sandbox = createSandbox()
})

afterEach(() => {
  sandbox.remove()
})

type Result = {
  readonly name: string
  readonly version: string
  readonly folder: string
  readonly taken: readonly { kind: string; name: string; from: string; to: string }[]
  readonly leftOut: readonly { file: string; why: string }[]
  readonly problems: readonly { severity: string; file?: string; message: string }[]
}

const write = (files: Readonly<Record<string, string | object>>): void => {
  for (const [path, contents] of Object.entries(files)) sandbox.write(`acme/${path}`, contents)
}
const skill = (name: string, body = `# ${name}\n`): string =>
  `---\nname: ${name}\ndescription: Does ${name}. Use when asked.\n---\n\n${body}`

/** Runs an import from the folder `acme` to `out`, which must leave everything else as it is. */
async function importInto(words = ''): Promise<Result> {
  const before = snapshot(sandbox.path('acme'))
  const run = await sandbox.aam(`import ${words} --out ../out --json`, { cwd: 'acme' })
  expect(run.code, run.output).toBe(0)
  expect(compareSnapshots(before, snapshot(sandbox.path('acme')))).toEqual([])
  expect(findLeftOvers(sandbox.root)).toEqual([])
  const validation = await validated()
  expect(validation.errors).toEqual([])
  return JSON.parse(run.stdout) as Result
}

async function validated(): Promise<{ errors: unknown[]; artifacts: { kind: string; name: string }[] }> {
  const run = await sandbox.aam('validate --json', { cwd: 'out' })
  return JSON.parse(run.stdout) as { errors: unknown[]; artifacts: { kind: string; name: string }[] }
}

const left = ({ leftOut }: Result): string => leftOut.map(({ file, why }) => `${file}: ${why}`).join('\n')
const warned = ({ problems }: Result): string =>
  problems.map(({ file, message }) => `${file ?? ''}: ${message}`).join('\n')

describe('a project of Claude Code', () => {
  beforeEach(() => {
    write({
      'package.json': { name: 'acme-web', version: '2.3.0', description: 'The shop', license: 'MIT' },
      'src/index.ts': 'export {}\n',
      'CLAUDE.md': '# Our project\n',
      '.claude/skills/review/SKILL.md': skill('review', 'See [the list](references/list.md).\n'),
      '.claude/skills/review/references/list.md': '# List\n',
      '.claude/skills/review/scripts/check.sh': '#!/bin/sh\n',
      '.claude/commands/git/commit.md': '---\nargument-hint: [message]\n---\nCommit with $ARGUMENTS\n',
      '.claude/agents/tester.md':
        '---\nname: tester\ndescription: Use it: after changes\ntools: Read, Bash\n---\nYou test.\n',
      '.claude/rules/web/react.md': '---\npaths:\n  - "src/**/*.tsx"\n---\n# Components\n',
      '.claude/settings.json': {
        permissions: { allow: ['Bash(npm test)'] },
        hooks: {
          PostToolUse: [
            {
              matcher: 'Edit|Write',
              hooks: [{ type: 'command', command: '"$CLAUDE_PROJECT_DIR"/.claude/hooks/format.sh', timeout: 30 }],
            },
          ],
          Stop: [{ hooks: [{ type: 'command', command: '.claude/hooks/gone.sh' }] }],
        },
      },
      '.claude/settings.local.json': { permissions: {} },
      '.claude/hooks/format.sh': '#!/bin/sh\n. "$(dirname "$0")/lib/common.sh"\n',
      '.claude/hooks/lib/common.sh': 'true\n',
      '.mcp.json': {
        mcpServers: {
          github: {
            command: 'npx',
            args: ['-y', 'gh-mcp'],
            env: { GITHUB_TOKEN: 'ghp_0123456789abcdefghijABCDEFGHIJ' },
          },
          docs: {
            type: 'http',
            url: 'https://docs.example.com/mcp',
            headers: { Authorization: 'Bearer ${DOCS_TOKEN}' },
          },
        },
      },
    })
    chmodSync(sandbox.path('acme/.claude/hooks/format.sh'), 0o755)
  })

  test('becomes a package that is valid', async () => {
    const result = await importInto()
    expect(result).toMatchObject({ name: 'acme-web', version: '2.3.0', folder: sandbox.path('out') })
    expect(sandbox.json('out/package.agent.json')).toMatchObject({
      name: 'acme-web',
      version: '2.3.0',
      description: 'The shop',
      license: 'MIT',
      env: { GITHUB_TOKEN: { required: true } },
    })
    expect(sandbox.exists('out/.aam/schema/package.agent.json')).toBe(true)
    expect((await validated()).artifacts.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'skills review',
      'agents tester',
      'commands git-commit',
      'rules web-react',
      'hooks hooks',
      'mcp mcp',
    ])
    expect(sandbox.read('out/skills/review/SKILL.md')).toBe(sandbox.read('acme/.claude/skills/review/SKILL.md'))
    expect(sandbox.exists('out/skills/review/scripts/check.sh')).toBe(true)
    expect(sandbox.read('out/commands/git-commit.md')).toContain('Commit with {{arguments}}')
    expect(sandbox.read('out/rules/web-react/RULE.md')).toContain('mode: files\n  globs:\n    - src/**/*.tsx')
  })

  test('hooks come with their scripts, and one whose script is missing is left out', async () => {
    const result = await importInto()
    expect(sandbox.json('out/hooks/hooks.json')).toEqual({
      version: 1,
      hooks: {
        'post-tool-use': [
          {
            matcher: 'Edit|Write',
            hooks: [{ type: 'command', command: '"${PACKAGE_ROOT}/hooks/scripts/format.sh"', timeout: 30 }],
          },
        ],
      },
    })
    expect(sandbox.exists('out/hooks/scripts/lib/common.sh')).toBe(true)
    expect(snapshot(sandbox.path('out')).get('hooks/scripts/format.sh')).toContain(String(0o100755))
    expect(left(result)).toContain(
      '.claude/settings.json: a hook of stop is left out: there is no .claude/hooks/gone.sh',
    )
  })

  test('a secret is not copied, and said', async () => {
    const result = await importInto()
    expect(sandbox.read('out/mcp/servers.json')).not.toContain('ghp_')
    expect(sandbox.json('out/mcp/servers.json')).toMatchObject({
      servers: {
        github: { env: { GITHUB_TOKEN: '${GITHUB_TOKEN}' } },
        docs: { headers: { Authorization: 'Bearer ${DOCS_TOKEN}' } },
      },
    })
    expect(left(result)).toContain('.mcp.json: the secret in env.GITHUB_TOKEN of the server github')
    expect(JSON.stringify(result)).not.toContain('ghp_')
  })

  test('what is the project’s own is named', async () => {
    expect(
      left(await importInto())
        .split('\n')
        .sort(),
    ).toEqual([
      expect.stringContaining('.claude/settings.json: a hook of stop'),
      expect.stringContaining('.claude/settings.json: permissions: '),
      '.claude/settings.local.json: it belongs to one person',
      expect.stringContaining('.mcp.json: the secret'),
      expect.stringContaining('CLAUDE.md: it is about this project'),
    ])
  })

  test.each([
    ['.claude', 'skills,commands,agents,rules,hooks,servers'],
    ['.claude/', 'skills,commands,agents,rules,hooks,servers'],
    ['.claude/skills', 'skills'],
    ['.claude/skills/review', 'skills'],
    ['.claude/agents/tester.md', 'agents'],
    ['.mcp.json', 'servers'],
  ])('%s alone has %s', async (source, kinds) => {
    const { taken } = await importInto(source)
    const found = taken.map(({ kind }) => kind).filter(kind => kind !== 'scripts')
    expect([...new Set(found)].join()).toBe(kinds)
  })

  test('in a few lines, with what to do next', async () => {
    const run = await sandbox.aam('import --name @team/shop', { cwd: 'acme' })
    expect(run.stdout).toContain('  skills: review (.claude/skills/review/SKILL.md)\n')
    expect(run.stdout).toContain('  with 2 files that hooks and servers run\n')
    expect(run.stdout).toContain('left out: .claude/settings.local.json: it belongs to one person\n')
    expect(run.stdout).toContain('✓ Imported @team/shop@2.3.0 into shop\n')
    expect(run.stdout.trimEnd().split('\n').at(-1)).toBe('Next: `cd shop && aam validate && aam publish`')
  })

  test('a dry run says the same and writes nothing', async () => {
    const before = snapshot(sandbox.root)
    const run = await sandbox.aam('import --dry-run', { cwd: 'acme' })
    expect(run.stdout).toContain('Would import acme-web@2.3.0 into acme-web\n')
    expect(compareSnapshots(before, snapshot(sandbox.root))).toEqual([])
  })
})

test('a project of Cursor', async () => {
  write({
    '.cursor/commands/pr.md': '# Open a pull request\n\nLook at the diff first.\n',
    '.cursor/agents/planner.md': '---\nname: planner\ndescription: Plans\nreadonly: true\n---\nPlan.\n',
    '.cursor/rules/api.mdc':
      '---\ndescription: API rules\nglobs: src/api/**/*.ts\nalwaysApply: false\n---\n- Validate input\n',
    '.cursor/rules/style.mdc': '---\ndescription:\nglobs:\nalwaysApply: true\n---\n- Be brief\n',
    '.cursor/hooks.json': {
      version: 1,
      hooks: { afterFileEdit: [{ command: './.cursor/hooks/fmt.sh' }], stop: [{ command: 'echo done', timeout: 5 }] },
    },
    '.cursor/hooks/fmt.sh': 'true\n',
    '.cursor/mcp.json': { mcpServers: { db: { command: 'uvx', args: ['db-mcp'], env: { DB_URL: '${env:DB_URL}' } } } },
    '.cursor/environment.json': {},
  })
  const result = await importInto('--name acme')
  expect(result.taken.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
    'commands pr',
    'agents planner',
    'rules api',
    'rules style',
    'scripts fmt.sh',
    'hooks hooks',
    'servers db',
  ])
  expect(sandbox.read('out/commands/pr.md')).toContain('description: Open a pull request')
  expect(sandbox.read('out/rules/style/RULE.md')).toContain('mode: always')
  expect(sandbox.json('out/hooks/hooks.json')).toMatchObject({
    hooks: { 'post-tool-use': [{ matcher: 'Edit|Write' }], stop: [{ hooks: [{ timeout: 5 }] }] },
  })
  expect(sandbox.json('out/mcp/servers.json')).toMatchObject({ servers: { db: { env: { DB_URL: '${DB_URL}' } } } })
  expect(left(result)).toBe('.cursor/environment.json: a package has no place for it')
  expect(warned(result)).toContain('.cursor/hooks.json: afterFileEdit became post-tool-use for Edit|Write')
})

test('a project of Copilot', async () => {
  write({
    '.github/prompts/tests.prompt.md':
      '---\nagent: agent\ntools: [search]\n---\nWrite ${input:kind:which kind} tests\n',
    '.github/agents/Reviewer.agent.md': '---\nname: Code Reviewer\ndescription: Reviews\n---\nReview.\n',
    '.github/instructions/python.instructions.md': "---\napplyTo: '**/*.py'\n---\nUse types.\n",
    '.github/hooks/guard.json': {
      version: 1,
      hooks: { preToolUse: [{ type: 'command', bash: './guard.sh', cwd: 'scripts', timeoutSec: 10 }] },
    },
    'scripts/guard.sh': 'true\n',
    '.github/workflows/ci.yml': 'on: push\n',
    '.github/copilot-instructions.md': '# Us\n',
    '.vscode/mcp.json':
      '{\n  // what we use\n  "inputs": [{ "type": "promptString", "id": "key", "description": "Key", "password": true }],\n  "servers": { "maps": { "type": "http", "url": "https://maps.example.com", "headers": { "X-Key": "${input:key}" } } },\n}\n',
  })
  const result = await importInto()
  expect(sandbox.read('out/commands/tests.md')).toContain('Write {{kind}} tests')
  expect(sandbox.read('out/agents/reviewer.md')).toContain('name: reviewer')
  expect(sandbox.read('out/rules/python/RULE.md')).toContain('- "**/*.py"')
  expect(sandbox.json('out/hooks/hooks.json')).toMatchObject({
    hooks: { 'pre-tool-use': [{ hooks: [{ command: '"${PACKAGE_ROOT}/hooks/scripts/guard.sh"', timeout: 10 }] }] },
  })
  expect(sandbox.json('out/mcp/servers.json')).toEqual({
    servers: { maps: { type: 'http', url: 'https://maps.example.com', headers: { 'X-Key': '${input:key}' } } },
    inputs: [{ type: 'promptString', id: 'key', description: 'Key', password: true }],
  })
  expect(left(result)).toContain('.github/copilot-instructions.md: it is about this project')
  expect(left(result)).not.toContain('workflows')
})

test('a Claude plugin, with its files where they were', async () => {
  write({
    '.claude-plugin/plugin.json': {
      name: 'power-tools',
      version: '6.2.0',
      description: 'Tools with power',
      license: 'Apache-2.0',
      keywords: ['tdd'],
      commands: ['./extra/ship.md'],
      mcpServers: { local: { command: 'node', args: ['${CLAUDE_PLUGIN_ROOT}/servers/main.js'] } },
    },
    LICENSE: 'Apache License\n',
    'README.md': '# Power tools\n',
    'skills/tdd/SKILL.md': skill('tdd', 'Run `${CLAUDE_PLUGIN_ROOT}/skills/tdd/scripts/watch.sh`.\n'),
    'skills/tdd/scripts/watch.sh': 'true\n',
    'commands/plan.md': '---\ndescription: Plan\n---\nRead ${CLAUDE_PLUGIN_ROOT}/lib/plan.txt for $1\n',
    'lib/plan.txt': 'plan\n',
    'extra/ship.md': 'Ship it\n',
    'agents/boss.md': '---\nname: boss\ndescription: Decides\n---\nDecide.\n',
    'hooks/hooks.json': {
      description: 'Starts',
      hooks: {
        SessionStart: [
          {
            matcher: 'startup|clear',
            hooks: [{ type: 'command', command: '${CLAUDE_PLUGIN_ROOT}/hooks/run.sh start' }],
          },
        ],
      },
    },
    'hooks/run.sh': '. "$(dirname "$0")/common.sh"\n',
    'hooks/common.sh': 'true\n',
    'servers/main.js': 'import "./tools.js"\n',
    'servers/tools.js': '\n',
    'tests/skills/x/SKILL.md': skill('x'),
  })
  const result = await importInto()
  expect(result).toMatchObject({ name: 'power-tools', version: '6.2.0' })
  expect(sandbox.json('out/package.agent.json')).toMatchObject({ license: 'Apache-2.0', keywords: ['tdd'] })
  expect([...snapshot(sandbox.path('out'))].flatMap(([path, what]) => (what === 'folder' ? [] : [path]))).toEqual([
    '.aam/schema/package.agent.json',
    'LICENSE',
    'agents/boss.md',
    'commands/plan.md',
    'commands/ship.md',
    'hooks/common.sh',
    'hooks/hooks.json',
    'hooks/run.sh',
    'lib/plan.txt',
    'mcp/servers.json',
    'package.agent.json',
    'servers/main.js',
    'servers/tools.js',
    'skills/tdd/SKILL.md',
    'skills/tdd/scripts/watch.sh',
  ])
  expect(sandbox.read('out/skills/tdd/SKILL.md')).toContain('Run `scripts/watch.sh`.')
  expect(sandbox.read('out/commands/plan.md')).toContain('${PACKAGE_ROOT}/lib/plan.txt for {{arg1}}')
  expect(sandbox.read('out/hooks/hooks.json')).toContain(String.raw`"\"${'${PACKAGE_ROOT}'}/hooks/run.sh\" start"`)
  expect(sandbox.json('out/mcp/servers.json')).toMatchObject({
    servers: { local: { args: ['${PACKAGE_ROOT}/servers/main.js'] } },
  })
  expect(result.leftOut).toEqual([])
})

test('a Claude plugin without a manifest, as marketplaces have them', async () => {
  write({
    'skills/tdd/SKILL.md': skill('tdd'),
    'commands/plan.md': '---\ndescription: Plan\n---\nPlan $ARGUMENTS\n',
    'agents/boss.md': '---\nname: boss\ndescription: Decides\n---\nDecide.\n',
  })
  const { taken } = await importInto()
  expect(taken.map(({ kind, name }) => `${kind} ${name}`)).toEqual(['skills tdd', 'commands plan', 'agents boss'])
})

test.each<[what: string, files: Record<string, string>, skills: readonly string[]]>([
  [
    'one skill at the top',
    { 'SKILL.md': skill('pdf'), 'scripts/x.py': '', 'README.md': '#\n', '.github/x.yml': '' },
    ['pdf'],
  ],
  [
    'folders of them',
    { 'pdf/SKILL.md': skill('pdf'), 'docx/SKILL.md': skill('docx'), 'docs/x.md': '' },
    ['docx', 'pdf'],
  ],
  [
    'folders in skills/',
    { 'skills/office/pdf/SKILL.md': skill('pdf'), 'skills/xlsx/SKILL.md': skill('xlsx') },
    ['pdf', 'xlsx'],
  ],
])('a repository of %s', async (_, files, skills) => {
  write(files)
  const { taken } = await importInto()
  expect(taken.map(({ name }) => name).sort()).toEqual(skills)
  if ('SKILL.md' in files) {
    expect(sandbox.json('out/package.agent.json')['description']).toBe('Does pdf. Use when asked.')
    expect(sandbox.exists('out/skills/pdf/scripts/x.py')).toBe(true)
    expect(sandbox.exists('out/skills/pdf/.github')).toBe(false)
  }
})

describe('the same for two platforms', () => {
  test('is taken once when it says the same', async () => {
    write({
      '.claude/skills/pdf/SKILL.md': skill('pdf'),
      '.agents/skills/pdf/SKILL.md': skill('pdf'),
      '.claude/commands/pr.md': '# Open it\n',
      '.cursor/commands/pr.md': '# Open it\r\n',
      '.claude/rules/ts.md': '---\npaths: ["**/*.ts"]\n---\n# Types\n',
      '.cursor/rules/ts.mdc': '---\ndescription:\nglobs: **/*.ts\nalwaysApply: false\n---\n# Types\n',
      '.mcp.json': { mcpServers: { a: { command: 'x', env: { A: '${A}' } } } },
      '.vscode/mcp.json': { servers: { a: { type: 'stdio', command: 'x', env: { A: '${env:A}' } } } },
      '.claude/settings.json': { hooks: { Stop: [{ hooks: [{ type: 'command', command: 'echo' }] }] } },
      '.cursor/hooks.json': { version: 1, hooks: { stop: [{ command: 'echo' }] } },
    })
    const result = await importInto()
    expect(result.taken.map(({ from }) => from)).toEqual([
      '.claude/skills/pdf/SKILL.md',
      '.claude/commands/pr.md',
      '.claude/rules/ts.md',
      '.claude/settings.json',
      '.mcp.json',
    ])
    expect(result.leftOut).toEqual([])
  })

  test('the first wins when it differs, and the other is named', async () => {
    write({
      '.claude/skills/pdf/SKILL.md': skill('pdf'),
      '.agents/skills/pdf/SKILL.md': skill('pdf', 'Other\n'),
      '.cursor/commands/pr.md': '# Open it\n',
      '.github/prompts/pr.prompt.md': '# Open it well\n',
      '.cursor/mcp.json': { mcpServers: { a: { command: 'x' } } },
      '.vscode/mcp.json': { servers: { a: { command: 'y' } } },
      '.claude/settings.json': { hooks: { Stop: [{ hooks: [{ type: 'command', command: '.claude/hooks/f.sh' }] }] } },
      '.claude/hooks/f.sh': 'one\n',
      '.cursor/hooks.json': { version: 1, hooks: { stop: [{ command: '.cursor/hooks/f.sh' }] } },
      '.cursor/hooks/f.sh': 'two\n',
    })
    const result = await importInto()
    expect(left(result).split('\n')).toEqual([
      '.cursor/hooks.json: a hook of stop is left out: hooks/scripts/f.sh came from .claude/hooks/f.sh, and is something else there',
      '.github/prompts/pr.prompt.md: the command pr came from .cursor/commands/pr.md, and this one differs',
      '.vscode/mcp.json: the server a came from .cursor/mcp.json, and this one differs',
      '.agents/skills/pdf/SKILL.md: the skill pdf came from .claude/skills/pdf/SKILL.md, and this one differs',
      '.cursor/hooks/: a package has no place for it',
    ])
    expect(sandbox.read('out/hooks/scripts/f.sh')).toBe('one\n')
  })
})

describe.skipIf(process.platform === 'win32')('links', () => {
  const link = (target: string, path: string): void => {
    mkdirSync(dirname(sandbox.path(`acme/${path}`)), { recursive: true })
    symlinkSync(target, sandbox.path(`acme/${path}`))
  }

  test('to a skill in the project are followed, and it is taken once', async () => {
    write({ '.agents/skills/pdf/SKILL.md': skill('pdf'), '.agents/skills/pdf/x.md': 'x\n' })
    link('../../.agents/skills/pdf', '.claude/skills/pdf')
    const result = await importInto()
    expect(result.taken).toMatchObject([{ kind: 'skills', name: 'pdf', from: '.claude/skills/pdf/SKILL.md' }])
    expect(sandbox.exists('out/skills/pdf/x.md')).toBe(true)
    expect(result.leftOut).toEqual([])
  })

  test('that leave the project, lead nowhere or in a circle are refused and named', async () => {
    sandbox.write('elsewhere/SKILL.md', skill('secret'))
    write({ '.claude/skills/pdf/SKILL.md': skill('pdf') })
    link(sandbox.path('elsewhere'), '.claude/skills/secret')
    link('../../../../elsewhere/SKILL.md', '.claude/skills/pdf/other.md')
    link('nowhere', '.claude/skills/gone')
    link('..', '.claude/skills/up')
    link('loop', '.claude/skills/loop')
    const result = await importInto()
    expect(left(result).split('\n').sort()).toEqual([
      '.claude/skills/gone: it is a link that leads nowhere',
      '.claude/skills/loop: it is a link in a circle',
      '.claude/skills/pdf/other.md: it is a link that leaves the folder',
      '.claude/skills/secret: it is a link that leaves the folder',
      '.claude/skills/up: it is a link in a circle',
    ])
    expect(JSON.stringify([...snapshot(sandbox.path('out'))])).not.toContain('secret')
  })
})

test('what cannot be taken does not stop the rest', async () => {
  write({
    '.claude/skills/pdf/SKILL.md': skill('pdf'),
    '.claude/skills/pdf/a:b.txt': 'x',
    '.claude/commands/x.md': '',
    '.mcp.json': '{ "mcpServers": {',
    '.cursor/hooks.json': '[]',
  })
  writeFileSync(sandbox.path('acme/.claude/commands/x.md'), Buffer.from([0xff, 0xfe, 0x41, 0x00]))
  const result = await importInto()
  expect(left(result).split('\n')).toEqual([
    expect.stringContaining('.claude/skills/pdf/a:b.txt: its path in the package has a character'),
    '.claude/commands/x.md: it is not UTF-8 text',
    expect.stringContaining('.mcp.json: it is not JSON: '),
  ])
  expect(result.taken).toHaveLength(1)
})

test('what `aam validate` says of the package is said at once', async () => {
  write({ '.claude/skills/pdf/SKILL.md': skill('pdf', 'See [the list](references/list.md).\n') })
  const said = warned(await importInto()).split('\n')
  expect(said).toContain("skills/pdf/SKILL.md: the link 'references/list.md' points to nothing")
})

test('an empty folder may be the target, and is filled', async () => {
  write({ 'SKILL.md': skill('pdf') })
  mkdirSync(sandbox.path('out'))
  await importInto()
  expect(sandbox.exists('out/skills/pdf/SKILL.md')).toBe(true)
})

test('what comes out can be packed', async () => {
  write({ '.claude/skills/pdf/SKILL.md': skill('pdf') })
  await importInto()
  const run: Run = await sandbox.aam('pack --dry-run', { cwd: 'out' })
  expect(run.code, run.output).toBe(0)
})
