/** Claude Code, Codex and Gemini CLI: `{Event: [{matcher, hooks: [{type, command, timeout}]}]}` inside a file of settings. */
import type { Hook } from '../artifacts.ts'
import type { Placement, RunContext } from '../platform.ts'
import { CLAUDE_EVENTS, CODEX_EVENTS, GEMINI_EVENTS, type HookSupport, type TakenHook, takenHooks } from './events.ts'
import { placeRoot } from './shell.ts'
import { GEMINI_TOOLS, geminiServerTool, translateMatcher, translateServers } from './tools.ts'

/** How a platform takes hooks at both levels. */
export type HookPlaces = {
  readonly project: (hooks: readonly Hook[], context: RunContext) => readonly Placement[]
  readonly user: (hooks: readonly Hook[], context: RunContext) => readonly Placement[]
}

type Nested = HookSupport & {
  /** A matcher in its names of tools. */
  readonly translate: (matcher: string) => string
  /** Holds the project's folder when a command of the project runs. */
  readonly variable: string | undefined
  /** Of its timeouts, in a second. */
  readonly ticks: number
}

const NOTHING: ReadonlySet<string> = new Set()

const CLAUDE: Nested = {
  title: 'Claude Code',
  events: CLAUDE_EVENTS,
  prompts: new Set(['pre-tool-use', 'permission-request', 'post-tool-use', 'pre-prompt', 'stop', 'sub-agent-end']),
  translate: matcher => translateMatcher(matcher, {}),
  variable: '$CLAUDE_PROJECT_DIR',
  ticks: 1,
}

const CODEX: Nested = {
  title: 'Codex',
  events: CODEX_EVENTS,
  prompts: NOTHING,
  unverified: { 'session-end': 'codex.session-end' },
  translate: matcher => translateMatcher(matcher, {}),
  variable: undefined,
  ticks: 1,
}

const GEMINI: Nested = {
  title: 'Gemini CLI',
  events: GEMINI_EVENTS,
  prompts: NOTHING,
  translate: matcher => translateServers(translateMatcher(matcher, GEMINI_TOOLS), geminiServerTool),
  // Without braces Gemini CLI itself would put in a path that it has quoted, which breaks inside quotes.
  variable: '${GEMINI_PROJECT_DIR}',
  ticks: 1000,
}

export const claudeHooks: HookPlaces = nestedHooks(CLAUDE, {
  project: '.claude/settings.json',
  user: '{CLAUDE_CONFIG_DIR|.claude}/settings.json',
})

export const codexHooks: HookPlaces = nestedHooks(CODEX, {
  project: '.codex/hooks.json',
  user: '{CODEX_HOME|.codex}/hooks.json',
})

export const geminiHooks: HookPlaces = nestedHooks(GEMINI, {
  project: '.gemini/settings.json',
  user: '.gemini/settings.json',
})

function nestedHooks(platform: Nested, files: { readonly project: string; readonly user: string }): HookPlaces {
  const placeAt =
    (file: string): HookPlaces['project'] =>
    (hooks, context) =>
      groupsOf(takenHooks(hooks, platform, context)).map(({ event, matcher, members }) => ({
        form: 'json',
        file,
        at: ['hooks', event],
        key: null,
        value: {
          ...(matcher === undefined ? {} : { matcher: platform.translate(matcher) }),
          hooks: members.map(hook => renderHandler(hook, platform, context)),
        },
        needs: [],
      }))
  return { project: placeAt(files.project), user: placeAt(files.user) }
}

type Group = { readonly event: string; readonly matcher: string | undefined; readonly members: Hook[] }

/** Neighbours of one event and matcher together, as their author wrote them. */
function groupsOf(hooks: readonly TakenHook[]): Group[] {
  const groups: Group[] = []
  for (const { hook, event } of hooks) {
    const last = groups.at(-1)
    if (last?.event === event && last.matcher === hook.matcher) last.members.push(hook)
    else groups.push({ event, matcher: hook.matcher, members: [hook] })
  }
  return groups
}

function renderHandler({ action, timeout }: Hook, platform: Nested, context: RunContext): object {
  const folder = { variable: context.level === 'project' ? platform.variable : undefined, path: context.root }
  return {
    ...(action.type === 'command'
      ? { type: 'command', command: placeRoot(action.command, folder) }
      : { type: 'prompt', prompt: action.prompt.replaceAll('${PACKAGE_ROOT}', () => context.root) }),
    // Whole: of a file with a fraction in it Codex takes no hook at all.
    ...(timeout === undefined ? {} : { timeout: Math.ceil(timeout * platform.ticks) }),
  }
}
