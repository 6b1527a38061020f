/** Which events each platform has, by UAAPS's names (UAAPS 8). What is missing a platform does not have. */
import type { Hook } from '../artifacts.ts'
import type { RunContext } from '../platform.ts'

export type EventNames = Readonly<Record<string, string>>

export const CLAUDE_EVENTS: EventNames = {
  'pre-tool-use': 'PreToolUse',
  'permission-request': 'PermissionRequest',
  'post-tool-use': 'PostToolUse',
  'pre-prompt': 'UserPromptSubmit',
  'session-start': 'SessionStart',
  'session-end': 'SessionEnd',
  stop: 'Stop',
  'sub-agent-end': 'SubagentStop',
  'pre-compact': 'PreCompact',
  notification: 'Notification',
}

export const CODEX_EVENTS: EventNames = {
  'pre-tool-use': 'PreToolUse',
  'permission-request': 'PermissionRequest',
  'post-tool-use': 'PostToolUse',
  'pre-prompt': 'UserPromptSubmit',
  'session-start': 'SessionStart',
  'session-end': 'SessionEnd',
  stop: 'Stop',
  'sub-agent-end': 'SubagentStop',
  'pre-compact': 'PreCompact',
}

export const CURSOR_EVENTS: EventNames = {
  'pre-tool-use': 'preToolUse',
  'post-tool-use': 'postToolUse',
  'pre-prompt': 'beforeSubmitPrompt',
  'session-start': 'sessionStart',
  'session-end': 'sessionEnd',
  stop: 'stop',
  'sub-agent-end': 'subagentStop',
  'pre-compact': 'preCompact',
}

export const COPILOT_EVENTS: EventNames = {
  'pre-tool-use': 'preToolUse',
  'permission-request': 'permissionRequest',
  'post-tool-use': 'postToolUse',
  'pre-prompt': 'userPromptSubmitted',
  'session-start': 'sessionStart',
  'session-end': 'sessionEnd',
  stop: 'agentStop',
  'sub-agent-end': 'subagentStop',
  'pre-compact': 'preCompact',
  notification: 'notification',
}

export const GEMINI_EVENTS: EventNames = {
  'pre-tool-use': 'BeforeTool',
  'post-tool-use': 'AfterTool',
  'pre-prompt': 'BeforeAgent',
  'session-start': 'SessionStart',
  'session-end': 'SessionEnd',
  stop: 'AfterAgent',
  'pre-compact': 'PreCompress',
  notification: 'Notification',
}

/** What a platform takes of hooks. */
export type HookSupport = {
  /** As its makers write it. */
  readonly title: string
  readonly events: EventNames
  /** Events for which it can ask its model instead of running a command. */
  readonly prompts: ReadonlySet<string>
  /** Events that only work when somebody asks for them: the feature that does. */
  readonly unverified?: Readonly<Record<string, string>>
}

/** A hook that a platform takes, and what it calls the event. */
export type TakenHook = { readonly hook: Hook; readonly event: string }

/** The hooks that a platform takes, in order. `context.warn` is told once about each event and kind that it does not. */
export function takenHooks(hooks: readonly Hook[], support: HookSupport, context: RunContext): TakenHook[] {
  const said = new Set<string>()
  const leaveOut = (why: string): readonly [] => {
    if (!said.has(why)) context.warn(why)
    said.add(why)
    return []
  }
  return hooks.flatMap((hook): TakenHook | readonly [] => {
    const event = Object.hasOwn(support.events, hook.event) ? support.events[hook.event] : undefined
    if (event === undefined) return leaveOut(`${support.title} has no event '${hook.event}', so its hooks are left out`)
    const feature = support.unverified?.[hook.event]
    if (feature !== undefined && !context.unverified.has(feature)) {
      return leaveOut(`'${hook.event}' is not verified on ${support.title} and left out; \`${feature}\` turns it on`)
    }
    if (hook.action.type === 'prompt' && !support.prompts.has(hook.event)) {
      return leaveOut(`${support.title} cannot ask its model on '${hook.event}', so that hook is left out`)
    }
    return { hook, event }
  })
}
