/** `hooks/hooks.json` (UAAPS 8). */
import { readJsonText } from '@aam/core/manifest'
import type { Hook } from '../artifacts.ts'
import { asObject, asText } from './reader.ts'

type Warn = (message: string) => void

/** The hooks of a file in the order in which they are written. What cannot be read is left out, and `warn` told. */
export function readHooks(text: string, file: string, warn: Warn): Hook[] {
  const source = readJsonText(text, file)
  const first = source.problems[0]
  if (first !== undefined) {
    warn(`${first.line === undefined ? '' : `line ${String(first.line)}: `}${first.message}; it has no effect`)
    return []
  }
  const events = asObject(asObject(source.value)?.['hooks'])
  if (events === undefined) {
    warn('hooks must be an object of events; it has no effect')
    return []
  }
  return Object.entries(events).flatMap(([event, groups]) => {
    if (Array.isArray(groups)) return groups.flatMap(group => readGroup(event, group, warn))
    warn(`${event} must be a list; it is ignored`)
    return []
  })
}

function readGroup(event: string, value: unknown, warn: Warn): Hook[] {
  const group = asObject(value)
  const entries = group?.['hooks']
  if (group === undefined || !Array.isArray(entries)) {
    warn(`a group of ${event} has no list of hooks; it is ignored`)
    return []
  }
  warnUnknown(group, ['matcher', 'hooks'], message => {
    warn(`${event}: ${message}`)
  })
  const { matcher } = group
  if (matcher !== undefined && typeof matcher !== 'string') {
    warn(`the matcher of ${event} must be text; the hooks that it belongs to are ignored`)
    return []
  }
  return entries.flatMap(entry =>
    readHook(entry, { event, matcher: matcher === '*' ? undefined : asText(matcher) }, warn),
  )
}

function readHook(value: unknown, place: Pick<Hook, 'event' | 'matcher'>, warn: Warn): Hook | readonly [] {
  const fields = asObject(value) ?? {}
  const action = readAction(fields)
  if (action === undefined) {
    warn(`a hook of ${place.event} has neither a command nor a prompt; it is ignored`)
    return []
  }
  warnUnknown(fields, ['type', 'command', 'prompt', 'timeout'], message => {
    warn(`${place.event}: ${message}`)
  })
  const { timeout } = fields
  const isTime = typeof timeout === 'number' && timeout > 0
  if (timeout !== undefined && !isTime) warn(`the timeout of ${place.event} must be seconds; it is ignored`)
  return { ...place, action, timeout: isTime ? timeout : undefined }
}

function readAction({ type, command, prompt }: Readonly<Record<string, unknown>>): Hook['action'] | undefined {
  if (type === 'command' || type === undefined) {
    return typeof command === 'string' && command.trim() !== '' ? { type: 'command', command } : undefined
  }
  return type === 'prompt' && typeof prompt === 'string' && prompt.trim() !== '' ? { type, prompt } : undefined
}

/** Says which fields have no effect, because the neutral model does not carry them. */
export function warnUnknown(fields: Readonly<Record<string, unknown>>, known: readonly string[], warn: Warn): void {
  const unknown = Object.keys(fields).filter(key => !known.includes(key))
  if (unknown.length > 0) warn(`${unknown.join(', ')} ${unknown.length === 1 ? 'is' : 'are'} not known and ignored`)
}
