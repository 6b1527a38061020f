/** Windsurf: `{hooks: {event: [{command}]}}`, with an event for each kind of tool instead of matchers. */
import type { Hook } from '../artifacts.ts'
import type { Placement, RunContext, Warn } from '../platform.ts'
import { takenHooks } from './events.ts'
import type { HookPlaces } from './nested.ts'
import { placeRoot } from './shell.ts'
import { plainNames } from './tools.ts'

const FEATURE = 'windsurf.hooks'

/** The kinds of tools that have events of their own, by tool. */
const KINDS: Readonly<Record<string, string>> = {
  Bash: 'run_command',
  Read: 'read_code',
  Write: 'write_code',
  Edit: 'write_code',
  MultiEdit: 'write_code',
}
const EVERY_KIND = ['read_code', 'write_code', 'run_command', 'mcp_tool_use']

const SUPPORT = {
  title: 'Windsurf',
  events: {
    'pre-tool-use': 'pre',
    'post-tool-use': 'post',
    'pre-prompt': 'pre_user_prompt',
    stop: 'post_cascade_response',
  },
  prompts: new Set<string>(),
}

export const windsurfHooks: HookPlaces = {
  project: (hooks, context) => placeAt('.windsurf/hooks.json', hooks, context),
  user: (hooks, context) => placeAt('.codeium/windsurf/hooks.json', hooks, context),
}

function placeAt(file: string, hooks: readonly Hook[], context: RunContext): Placement[] {
  if (hooks.length === 0) return []
  if (!context.unverified.has(FEATURE)) {
    context.warn(`hooks are not verified on Windsurf and left out; \`${FEATURE}\` turns them on`)
    return []
  }
  return takenHooks(hooks, SUPPORT, context).flatMap(({ hook, event }) => {
    const { action } = hook
    if (action.type !== 'command') return []
    const command = placeRoot(action.command, { variable: undefined, path: context.root })
    return eventsFor(hook, event, context.warn).map((name): Placement => ({
      form: 'json',
      file,
      at: ['hooks', name],
      key: null,
      value: { command },
      needs: [],
    }))
  })
}

/** The events that a hook becomes: one for each kind of tool that its matcher names. */
function eventsFor({ matcher }: Hook, event: string, warn: Warn): string[] {
  if (event !== 'pre' && event !== 'post') return [event]
  if (matcher === undefined || matcher === '*' || matcher === '.*') return EVERY_KIND.map(kind => `${event}_${kind}`)
  const kinds = plainNames(matcher)?.map(name => (Object.hasOwn(KINDS, name) ? KINDS[name] : undefined))
  const known = kinds?.filter(kind => kind !== undefined) ?? []
  if (known.length < (kinds?.length ?? 1)) {
    warn(`Windsurf has no event for each tool of the matcher '${matcher}', so its hook does not run for all of them`)
  }
  return [...new Set(known)].map(kind => `${event}_${kind}`)
}
