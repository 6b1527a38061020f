/** Hooks of other tools as hooks of a package: their events in UAAPS's spelling, their timeouts in seconds (UAAPS 8). */
import type { Hook } from '../artifacts.ts'
import { type Json, asObject, asText } from './json.ts'
import { hasToken } from './secret.ts'
import type { SourceId } from './source.ts'

/** A hook that was read, and the folder of the project its command runs in; empty for the project itself. */
export type FoundHook = { readonly hook: Hook; readonly cwd: string }

export type ImportedHooks = {
  readonly hooks: readonly FoundHook[]
  /** What is left out, in sentences without a full stop that name it. */
  readonly notes: readonly string[]
}

/** An event of a package, and for events that are about one tool the tools it is about. */
type Event = readonly [event: string, matcher?: string, note?: string]

/** Claude's, which others spell alike or with a small letter first. */
const SHARED: Readonly<Record<string, Event>> = {
  pretooluse: ['pre-tool-use'],
  posttooluse: ['post-tool-use'],
  userpromptsubmit: ['pre-prompt'],
  userpromptsubmitted: ['pre-prompt'],
  beforesubmitprompt: ['pre-prompt'],
  sessionstart: ['session-start'],
  sessionend: ['session-end'],
  stop: ['stop'],
  agentstop: ['stop'],
  subagentstop: ['sub-agent-end'],
  permissionrequest: ['permission-request'],
  precompact: ['pre-compact'],
  notification: ['notification'],
}

const OTHER_INPUT = 'its command is given other input there'
const CURSOR: Readonly<Record<string, Event>> = {
  beforeshellexecution: ['pre-tool-use', 'Bash', OTHER_INPUT],
  aftershellexecution: ['post-tool-use', 'Bash', OTHER_INPUT],
  beforemcpexecution: ['pre-tool-use', 'mcp__.*', OTHER_INPUT],
  aftermcpexecution: ['post-tool-use', 'mcp__.*', OTHER_INPUT],
  beforereadfile: ['pre-tool-use', 'Read', OTHER_INPUT],
  afterfileedit: ['post-tool-use', 'Edit|Write', OTHER_INPUT],
}

/** Reads `{hooks: {event: […]}}`, or the events themselves. */
export function importHooks(source: SourceId, value: unknown): ImportedHooks {
  const top = asObject(value) ?? {}
  const events = asObject(top['hooks']) ?? {}
  const notes: string[] = []
  const hooks = Object.entries(events).flatMap(([name, entries]) => {
    if (!Array.isArray(entries)) {
      notes.push(`the hooks of ${name} are left out: they are no list`)
      return []
    }
    return entries.flatMap(entry => readEntry(source, name, { entry, notes }))
  })
  return { hooks, notes }
}

type Work = { readonly entry: unknown; readonly notes: string[] }

/** An entry is a hook, or a matcher with the hooks it is for. */
function readEntry(source: SourceId, name: string, { entry, notes }: Work): FoundHook[] {
  const fields = asObject(entry)
  if (fields === undefined) {
    notes.push(`a hook of ${name} is left out: it is not an object`)
    return []
  }
  const [event, tools, note] = eventOf(source, name)
  const own = asText(fields['matcher'])
  const matcher = tools ?? (own === undefined || own === '*' ? undefined : own.replaceAll(/\bShell\b/g, 'Bash'))
  if (tools !== undefined && own !== undefined) notes.push(`the matcher '${own}' of ${name} is left out`)
  if (note !== undefined) notes.push(`${name} became ${event}${tools === undefined ? '' : ` for ${tools}`}; ${note}`)
  const handlers: readonly unknown[] = Array.isArray(fields['hooks']) ? fields['hooks'] : [fields]
  return handlers.flatMap(raw => readHandler(asObject(raw) ?? {}, { event, matcher, name, notes }))
}

function eventOf(source: SourceId, name: string): Event {
  const key = name.toLowerCase()
  return (source === 'cursor' ? CURSOR[key] : undefined) ?? SHARED[key] ?? [name]
}

type Place = {
  readonly event: string
  readonly matcher: string | undefined
  readonly name: string
  readonly notes: string[]
}

const CARRIED = new Set('type command bash prompt timeout timeoutSec cwd matcher hooks comment description'.split(' '))

function readHandler(fields: Json, { event, matcher, name, notes }: Place): FoundHook[] {
  const action = readAction(fields)
  if ('why' in action) {
    notes.push(`a hook of ${name} is left out: ${action.why}`)
    return []
  }
  const lost = Object.keys(fields).filter(key => !CARRIED.has(key))
  if (lost.length > 0) {
    notes.push(`${lost.join(', ')} of a hook of ${name} ${lost.length === 1 ? 'is' : 'are'} left out`)
  }
  const seconds = fields['timeout'] ?? fields['timeoutSec']
  const timeout = typeof seconds === 'number' && seconds > 0 ? seconds : undefined
  const cwd = (asText(fields['cwd']) ?? '')
    .split('/')
    .filter(step => step !== '' && step !== '.')
    .join('/')
  return [{ hook: { event, matcher, action, timeout }, cwd }]
}

function readAction(fields: Json): Hook['action'] | { readonly why: string } {
  const type = asText(fields['type']) ?? (fields['prompt'] === undefined ? 'command' : 'prompt')
  if (type === 'prompt') {
    const prompt = asText(fields['prompt'])
    return prompt === undefined ? { why: 'it has no prompt' } : { type, prompt }
  }
  if (type !== 'command') return { why: `a package has no hooks of type ${type}` }
  const command = asText(fields['bash']) ?? asText(fields['command'])
  if (command === undefined) {
    return { why: fields['powershell'] === undefined ? 'it has no command' : 'it has a command for PowerShell only' }
  }
  if (hasToken(command)) return { why: 'its command holds what looks like a secret' }
  return { type, command }
}

/** `hooks/hooks.json`. */
export function encodeHooks(hooks: readonly Hook[]): string {
  const events: Record<string, { matcher?: string; hooks: object[] }[]> = {}
  for (const { event, matcher, action, timeout } of hooks) {
    const groups = (events[event] ??= [])
    let group = groups.find(each => each.matcher === matcher)
    if (group === undefined) groups.push((group = { ...(matcher === undefined ? {} : { matcher }), hooks: [] }))
    group.hooks.push({ ...action, ...(timeout === undefined ? {} : { timeout }) })
  }
  return `${JSON.stringify({ version: 1, hooks: events }, undefined, 2)}\n`
}
