/** Cursor and Copilot: `{version: 1, hooks: {event: [{command, matcher, …}]}}` in a file that has only hooks. */
import type { Hook } from '../artifacts.ts'
import type { Placement, RunContext } from '../platform.ts'
import { COPILOT_EVENTS, CURSOR_EVENTS, type HookSupport, takenHooks } from './events.ts'
import type { HookPlaces } from './nested.ts'
import { placeRoot } from './shell.ts'
import { COPILOT_TOOLS, CURSOR_TOOLS, copilotServerTool, translateMatcher, translateServers } from './tools.ts'

const CURSOR: HookSupport = {
  title: 'Cursor',
  events: CURSOR_EVENTS,
  prompts: new Set(Object.keys(CURSOR_EVENTS)),
}

/** Cursor: hooks of everybody in one file, which it ignores when it has no version. Commands run in the project's folder. */
export const cursorHooks: HookPlaces = { project: placeForCursor, user: placeForCursor }

function placeForCursor(hooks: readonly Hook[], context: RunContext): Placement[] {
  return takenHooks(hooks, CURSOR, context).map(({ hook: { action, matcher, timeout }, event }) => ({
    form: 'json',
    file: '.cursor/hooks.json',
    at: ['hooks', event],
    key: null,
    value: {
      ...(action.type === 'command'
        ? { command: placeHere(action.command, context) }
        : { type: 'prompt', prompt: action.prompt.replaceAll('${PACKAGE_ROOT}', () => context.root) }),
      ...(matcher === undefined ? {} : { matcher: translateMatcher(matcher, CURSOR_TOOLS) }),
      ...(timeout === undefined ? {} : { timeout }),
    },
    needs: [{ at: [], key: 'version', value: 1 }],
  }))
}

const COPILOT: HookSupport = {
  title: 'Copilot',
  events: COPILOT_EVENTS,
  // A prompt at the start of a session is text that it sends as if its user had, not a question about the event.
  prompts: new Set(),
}

/** Copilot: a file for each package, because it reads every JSON file of its folder. Commands run in the project's folder. */
export const copilotHooks: HookPlaces = {
  project: (hooks, context) => placeForCopilot('.github/hooks', hooks, context),
  user: (hooks, context) => placeForCopilot('{COPILOT_HOME|.copilot}/hooks', hooks, context),
}

function placeForCopilot(folder: string, hooks: readonly Hook[], context: RunContext): Placement[] {
  const events = new Map<string, object[]>()
  for (const { hook, event } of takenHooks(hooks, COPILOT, context)) {
    const { action, matcher, timeout } = hook
    if (action.type !== 'command') continue
    const handler = {
      type: 'command',
      ...(matcher === undefined ? {} : { matcher: translateForCopilot(matcher) }),
      // Not `command`, which PowerShell would run too: packages write for a POSIX shell.
      bash: placeHere(action.command, context),
      ...(timeout === undefined ? {} : { timeoutSec: timeout }),
    }
    events.set(event, [...(events.get(event) ?? []), handler])
  }
  if (events.size === 0) return []
  const path = `${folder}/${context.packageFolder}.json`
  const text = `${JSON.stringify({ version: 1, hooks: Object.fromEntries(events) }, undefined, 2)}\n`
  return [{ form: 'files', root: path, files: [{ path, data: new TextEncoder().encode(text), executable: false }] }]
}

function translateForCopilot(matcher: string): string {
  return translateServers(translateMatcher(matcher, COPILOT_TOOLS), copilotServerTool)
}

function placeHere(command: string, context: RunContext): string {
  return placeRoot(command, { variable: undefined, path: context.root })
}
