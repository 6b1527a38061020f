import type { Hook } from '@aam/platforms'
import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { copilotHooks, cursorHooks } from '../src/hooks/flat.ts'
import { type HookPlaces, claudeHooks, codexHooks, geminiHooks } from '../src/hooks/nested.ts'
import { windsurfHooks } from '../src/hooks/windsurf.ts'
import { placeRoot } from '../src/hooks/shell.ts'
import { ALL, contextOf, filesFrom } from './run-context.ts'

const PLATFORMS = {
  claude: claudeHooks,
  codex: codexHooks,
  cursor: cursorHooks,
  copilot: copilotHooks,
  gemini: geminiHooks,
  windsurf: windsurfHooks,
} satisfies Record<string, HookPlaces>
type PlatformId = keyof typeof PLATFORMS
const IDS = Object.keys(PLATFORMS) as PlatformId[]

const FILES: Readonly<Record<PlatformId, readonly [string, string]>> = {
  claude: ['.claude/settings.json', '{CLAUDE_CONFIG_DIR|.claude}/settings.json'],
  codex: ['.codex/hooks.json', '{CODEX_HOME|.codex}/hooks.json'],
  cursor: ['.cursor/hooks.json', '.cursor/hooks.json'],
  copilot: ['.github/hooks/team--review.json', '{COPILOT_HOME|.copilot}/hooks/team--review.json'],
  gemini: ['.gemini/settings.json', '.gemini/settings.json'],
  windsurf: ['.windsurf/hooks.json', '.codeium/windsurf/hooks.json'],
}

const hook = (event: string, given: Partial<Hook> = {}): Hook => ({
  event,
  matcher: undefined,
  action: { type: 'command', command: 'check' },
  timeout: undefined,
  ...given,
})

/** The events that a hook becomes, and what was warned of. */
function placed(
  id: PlatformId,
  hooks: readonly Hook[],
  context = contextOf(),
): { events: string[]; warnings: string[] } {
  const files = filesFrom(PLATFORMS[id].project(hooks, context)) as Record<string, { hooks: object }>
  return { events: Object.values(files).flatMap(file => Object.keys(file.hooks)), warnings: context.warnings }
}
const one = (
  id: PlatformId,
  given: Partial<Hook>,
  { event = 'pre-tool-use', context = contextOf() }: { event?: string; context?: ReturnType<typeof contextOf> } = {},
): unknown => {
  const files = filesFrom(PLATFORMS[id][context.level]([hook(event, given)], context)) as Record<
    string,
    { hooks: Record<string, unknown[]> }
  >
  return Object.values(files)[0]?.hooks && Object.values(Object.values(files)[0]!.hooks)[0]?.[0]
}

describe('events', () => {
  const table: Readonly<Record<string, Readonly<Record<PlatformId, string>>>> = {
    'pre-tool-use': {
      claude: 'PreToolUse',
      codex: 'PreToolUse',
      cursor: 'preToolUse',
      copilot: 'preToolUse',
      gemini: 'BeforeTool',
      windsurf: 'pre_read_code pre_write_code pre_run_command pre_mcp_tool_use',
    },
    'post-tool-use': {
      claude: 'PostToolUse',
      codex: 'PostToolUse',
      cursor: 'postToolUse',
      copilot: 'postToolUse',
      gemini: 'AfterTool',
      windsurf: 'post_read_code post_write_code post_run_command post_mcp_tool_use',
    },
    'pre-prompt': {
      claude: 'UserPromptSubmit',
      codex: 'UserPromptSubmit',
      cursor: 'beforeSubmitPrompt',
      copilot: 'userPromptSubmitted',
      gemini: 'BeforeAgent',
      windsurf: 'pre_user_prompt',
    },
    'session-start': {
      claude: 'SessionStart',
      codex: 'SessionStart',
      cursor: 'sessionStart',
      copilot: 'sessionStart',
      gemini: 'SessionStart',
      windsurf: '-',
    },
    'session-end': {
      claude: 'SessionEnd',
      codex: 'SessionEnd',
      cursor: 'sessionEnd',
      copilot: 'sessionEnd',
      gemini: 'SessionEnd',
      windsurf: '-',
    },
    stop: {
      claude: 'Stop',
      codex: 'Stop',
      cursor: 'stop',
      copilot: 'agentStop',
      gemini: 'AfterAgent',
      windsurf: 'post_cascade_response',
    },
    'sub-agent-end': {
      claude: 'SubagentStop',
      codex: 'SubagentStop',
      cursor: 'subagentStop',
      copilot: 'subagentStop',
      gemini: '-',
      windsurf: '-',
    },
    'permission-request': {
      claude: 'PermissionRequest',
      codex: 'PermissionRequest',
      cursor: '-',
      copilot: 'permissionRequest',
      gemini: '-',
      windsurf: '-',
    },
    'pre-compact': {
      claude: 'PreCompact',
      codex: 'PreCompact',
      cursor: 'preCompact',
      copilot: 'preCompact',
      gemini: 'PreCompress',
      windsurf: '-',
    },
    notification: {
      claude: 'Notification',
      codex: '-',
      cursor: '-',
      copilot: 'notification',
      gemini: 'Notification',
      windsurf: '-',
    },
    'tool-exploded': { claude: '-', codex: '-', cursor: '-', copilot: '-', gemini: '-', windsurf: '-' },
    constructor: { claude: '-', codex: '-', cursor: '-', copilot: '-', gemini: '-', windsurf: '-' },
  }
  const rows = Object.entries(table).flatMap(([event, names]) => IDS.map(id => ({ event, id, name: names[id] })))
  test.each(rows)('$event is $name on $id', ({ event, id, name }) => {
    const { events, warnings } = placed(id, [hook(event), hook(event)], contextOf({ unverified: ALL }))
    expect(events).toEqual(name === '-' ? [] : name.split(' '))
    expect(warnings).toHaveLength(name === '-' ? 1 : 0)
    if (name === '-') expect(warnings[0]).toContain(`'${event}'`)
  })
  it.each(IDS)('goes to the files of %s', id => {
    const [project, user] = FILES[id]
    expect(Object.keys(filesFrom(PLATFORMS[id].project([hook('stop')], contextOf({ unverified: ALL }))))).toEqual([
      project,
    ])
    expect(
      Object.keys(filesFrom(PLATFORMS[id].user([hook('stop')], contextOf({ level: 'user', unverified: ALL })))),
    ).toEqual([user])
  })
  it.each(IDS)('%s places nothing for nothing, without a word', id => {
    const context = contextOf()
    expect(PLATFORMS[id].project([], context)).toEqual([])
    expect(context.warnings).toEqual([])
  })
})

describe('what is not verified', () => {
  it('is off, and named', () => {
    expect(placed('codex', [hook('session-end')])).toEqual({
      events: [],
      warnings: ["'session-end' is not verified on Codex and left out; `codex.session-end` turns it on"],
    })
    expect(placed('windsurf', [hook('stop'), hook('x')])).toEqual({
      events: [],
      warnings: ['hooks are not verified on Windsurf and left out; `windsurf.hooks` turns them on'],
    })
  })
})

describe('shapes', () => {
  const hooks = [
    hook('pre-tool-use', { matcher: 'Bash', timeout: 5 }),
    hook('pre-tool-use', { matcher: 'Bash', action: { type: 'command', command: 'second' } }),
    hook('pre-tool-use', { matcher: 'Write' }),
  ]
  const check = { type: 'command', command: 'check' }
  it('Claude Code and Codex: groups as they were written', () => {
    const groups = [
      {
        matcher: 'Bash',
        hooks: [
          { ...check, timeout: 5 },
          { type: 'command', command: 'second' },
        ],
      },
      { matcher: 'Write', hooks: [check] },
    ]
    expect(filesFrom(claudeHooks.project(hooks, contextOf()))).toEqual({
      '.claude/settings.json': { hooks: { PreToolUse: groups } },
    })
    expect(filesFrom(codexHooks.project(hooks, contextOf()))).toEqual({
      '.codex/hooks.json': { hooks: { PreToolUse: groups } },
    })
    expect(claudeHooks.project(hooks, contextOf())).toHaveLength(2)
  })
  it('Gemini CLI: milliseconds', () => {
    expect(one('gemini', { timeout: 5 })).toEqual({ hooks: [{ ...check, timeout: 5000 }] })
  })
  it.each([
    ['codex', 1.2, 2],
    ['claude', 1.2, 2],
    ['gemini', 1.2, 1200],
    ['gemini', 0.0001, 1],
  ] as const)('%s has whole timeouts: %d is %d', (id, timeout, expected) => {
    expect(one(id, { timeout })).toEqual({ hooks: [{ ...check, timeout: expected }] })
  })
  it('Cursor: flat, in a file with a version', () => {
    expect(filesFrom(cursorHooks.project(hooks, contextOf()))).toEqual({
      '.cursor/hooks.json': {
        version: 1,
        hooks: {
          preToolUse: [
            { command: 'check', matcher: 'Shell', timeout: 5 },
            { command: 'second', matcher: 'Shell' },
            { command: 'check', matcher: 'Write' },
          ],
        },
      },
    })
  })
  it('Copilot: one file of its own', () => {
    expect(copilotHooks.project(hooks, contextOf())).toHaveLength(1)
    expect(filesFrom(copilotHooks.project(hooks, contextOf()))).toEqual({
      '.github/hooks/team--review.json': {
        version: 1,
        hooks: {
          preToolUse: [
            { type: 'command', matcher: 'bash|powershell', bash: 'check', timeoutSec: 5 },
            { type: 'command', matcher: 'bash|powershell', bash: 'second' },
            { type: 'command', matcher: 'create', bash: 'check' },
          ],
        },
      },
    })
  })
  it('Windsurf: an event for each kind of tool', () => {
    const context = contextOf({ unverified: ALL })
    expect(filesFrom(windsurfHooks.project(hooks, context))).toEqual({
      '.windsurf/hooks.json': {
        hooks: {
          pre_run_command: [{ command: 'check' }, { command: 'second' }],
          pre_write_code: [{ command: 'check' }],
        },
      },
    })
  })
})

describe('matchers', () => {
  test.each<readonly [PlatformId, string, string]>([
    ['claude', 'Bash|Edit', 'Bash|Edit'],
    ['codex', 'Bash|Edit', 'Bash|Edit'],
    ['cursor', 'Bash|Read|Edit|Write', 'Shell|Read|Write'],
    ['copilot', 'Read|Grep', 'view|grep|rg'],
    ['gemini', 'Bash|Read|Write|Edit', 'run_shell_command|read_file|write_file|replace'],
    ['gemini', 'Bash | mcp__x', 'run_shell_command|mcp_x'],
    ['gemini', 'mcp__notes__.*|Write', 'mcp_notes_.*|Write'],
    ['gemini', '^(mcp__.*__write_.*|mcp__db__read__all)$', '^(mcp_.*_write_.*|mcp_db_read__all)$'],
    ['gemini', 'Bash|mcp__my-notes__search', 'run_shell_command|mcp_my-notes_search'],
    ['gemini', '^mcp__.*$', '^mcp_.*$'],
    ['copilot', 'mcp__notes__.*|Read', 'notes-.*|Read'],
    ['copilot', 'Read|mcp__my-notes__search', 'view|my-notes-search'],
    ['copilot', '^mcp__.*$', '^.*-.*$'],
    ['claude', 'Bash | mcp__notes__search', 'Bash|mcp__notes__search'],
    ['codex', 'Bash | mcp__notes__search', 'Bash|mcp__notes__search'],
    ['gemini', 'constructor', 'constructor'],
    ['gemini', 'Bash.*', 'Bash.*'],
    ['cursor', '^(Bash|Read)$', '^(Bash|Read)$'],
  ])('%s: %s is %s', (id, matcher, expected) => {
    expect(one(id, { matcher })).toMatchObject({ matcher: expected })
  })
  test.each<readonly [string, readonly string[], number]>([
    ['Write|Edit', ['pre_write_code'], 0],
    ['MultiEdit', ['pre_write_code'], 0],
    ['Bash|Grep', ['pre_run_command'], 1],
    ['Grep', [], 1],
    ['mcp__.*', [], 1],
    ['.*', ['pre_read_code', 'pre_write_code', 'pre_run_command', 'pre_mcp_tool_use'], 0],
  ])('Windsurf: %s', (matcher, events, warnings) => {
    const found = placed('windsurf', [hook('pre-tool-use', { matcher })], contextOf({ unverified: ALL }))
    expect([found.events, found.warnings.length]).toEqual([events, warnings])
  })
})

it('two tools that are one kind to Windsurf are one hook', () => {
  const both = hook('pre-tool-use', { matcher: 'Write|Edit' })
  expect(windsurfHooks.project([both], contextOf({ unverified: ALL }))).toHaveLength(1)
})

describe('prompts', () => {
  const action = { type: 'prompt', prompt: 'Is all of ${PACKAGE_ROOT} done? $ARGUMENTS' } as const
  it('are there for Claude Code and Cursor', () => {
    const prompt = 'Is all of .agent-packages/team--review done? $ARGUMENTS'
    expect(one('claude', { action, timeout: 3 }, { event: 'stop' })).toEqual({
      hooks: [{ type: 'prompt', prompt, timeout: 3 }],
    })
    expect(one('cursor', { action }, { event: 'stop' })).toEqual({ type: 'prompt', prompt })
  })
  test.each<readonly [PlatformId, string]>([
    ['codex', 'stop'],
    ['copilot', 'stop'],
    ['gemini', 'stop'],
    ['windsurf', 'stop'],
    ['claude', 'session-start'],
  ])('are left out of %s on %s, with a warning', (id, event) => {
    const { events, warnings } = placed(
      id,
      [hook(event, { action }), hook(event, { action })],
      contextOf({ unverified: ALL }),
    )
    expect(events).toEqual([])
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toMatch(/cannot ask its model/)
  })
})

describe('the folder of the package', () => {
  const action = { type: 'command', command: 'bash ${PACKAGE_ROOT}/hooks/a.sh' } as const
  const project = '.agent-packages/team--review/hooks/a.sh'
  const user = "bash '/home/Jane Doe/.aam/team--review'/hooks/a.sh"
  it('is below the project', () => {
    expect(one('claude', { action })).toMatchObject({ hooks: [{ command: `bash "$CLAUDE_PROJECT_DIR"/${project}` }] })
    expect(one('gemini', { action })).toMatchObject({
      hooks: [{ command: `bash "\${GEMINI_PROJECT_DIR}"/${project}` }],
    })
    expect(one('codex', { action })).toMatchObject({ hooks: [{ command: `bash ${project}` }] })
    expect(one('cursor', { action })).toMatchObject({ command: `bash ${project}` })
    expect(one('copilot', { action })).toMatchObject({ bash: `bash ${project}` })
  })
  it('is absolute for a user, and quoted', () => {
    const context = (): ReturnType<typeof contextOf> => contextOf({ level: 'user' })
    for (const id of ['claude', 'gemini', 'codex'] as const) {
      expect(one(id, { action }, { event: 'stop', context: context() })).toEqual({
        hooks: [{ type: 'command', command: user }],
      })
    }
    expect(one('cursor', { action }, { event: 'stop', context: context() })).toEqual({ command: user })
    expect(one('copilot', { action }, { event: 'stop', context: context() })).toEqual({ type: 'command', bash: user })
  })
  // A shell is the judge: whatever a folder is called, `printf` is given it as one word.
  it('is one word for a shell, wherever it stands', () => {
    const folders = fc.array(fc.constantFrom('a', ' ', "'", '"', '$', '`', '\\', '(', ')', '*', 'ä', '.'), {
      minLength: 1,
      maxLength: 6,
    })
    const frames = fc.constantFrom(
      'printf %s ${PACKAGE_ROOT}/x',
      'printf %s "${PACKAGE_ROOT}/x"',
      "printf %s '${PACKAGE_ROOT}/x'",
      'printf %s "$(printf %s ${PACKAGE_ROOT}/x)"',
      'printf %s "$(printf %s "${PACKAGE_ROOT}/x")"',
      '(printf %s "it\'s" >/dev/null; printf %s ${PACKAGE_ROOT}/x)',
      'printf %s \\"${PACKAGE_ROOT}/x | cut -c2-',
    )
    fc.assert(
      fc.property(folders, frames, fc.boolean(), (characters, frame, hasVariable) => {
        const path = `/${characters.join('')}`
        const folder = hasVariable ? { variable: '$HERE', path: path.slice(1) } : { variable: undefined, path }
        const command = placeRoot(frame, folder)
        const output = execFileSync('/bin/sh', ['-c', command], {
          env: { PATH: process.env['PATH'], HERE: '/h e"r$e' },
          encoding: 'utf8',
        })
        const isHere = hasVariable && path === '/.'
        const base = hasVariable ? '/h e"r$e' : ''
        expect(output.replace(/\n$/, '')).toBe(`${base}${isHere ? '' : path}/x`)
      }),
      { numRuns: 60 },
    )
  })
  it('is left alone where it is escaped', () => {
    expect(placeRoot('echo \\${PACKAGE_ROOT}', { variable: undefined, path: 'p' })).toBe('echo \\${PACKAGE_ROOT}')
  })
})
