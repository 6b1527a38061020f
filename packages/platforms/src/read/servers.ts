/** `mcp/servers.json` (UAAPS 9). */
import { compareText } from '@aam/core'
import { readJsonText } from '@aam/core/manifest'
import type { Server, ServerInput } from '../artifacts.ts'
import { warnUnknown } from './hooks.ts'
import { asObject, asText } from './reader.ts'

type Warn = (message: string) => void
type Fields = Readonly<Record<string, unknown>>

/** Servers sorted by name, inputs as written. What cannot be read is left out, and `warn` told. */
export function readServers(
  text: string,
  file: string,
  warn: Warn,
): { readonly servers: Server[]; readonly inputs: ServerInput[] } {
  const source = readJsonText(text, file)
  const first = source.problems[0]
  if (first !== undefined) {
    warn(`${first.line === undefined ? '' : `line ${String(first.line)}: `}${first.message}; it has no effect`)
    return { servers: [], inputs: [] }
  }
  const document = asObject(source.value)
  const entries = asObject(document?.['servers'])
  if (entries === undefined) warn('servers must be an object of servers; it has no effect')
  const servers = Object.entries(entries ?? {}).flatMap(([name, value]) => {
    const server = readServer(name, asObject(value) ?? {}, message => {
      warn(`${name}: ${message}`)
    })
    return server ?? []
  })
  servers.sort((a, b) => compareText(a.name, b.name))
  return { servers, inputs: readInputs(document?.['inputs'], warn) }
}

function readServer(name: string, fields: Fields, warn: Warn): Server | undefined {
  const { type } = fields
  const command = asText(fields['command'])
  const url = asText(fields['url'])
  if (url !== undefined && (command === undefined || (type !== undefined && type !== 'stdio'))) {
    warnUnknown(fields, ['type', 'url', 'headers'], warn)
    return { name, type: readTransport(type, warn), url, headers: readTexts(fields, 'headers', warn) }
  }
  if (command === undefined) {
    warn('it has neither a command nor a url; it is ignored')
    return undefined
  }
  warnUnknown(fields, ['type', 'command', 'args', 'env', 'envFile', 'cwd'], warn)
  if (type !== undefined && type !== 'stdio') {
    warn(`it has a command, so its type is stdio, not ${JSON.stringify(type)}`)
  }
  return {
    name,
    type: 'stdio',
    command,
    args: readArgs(fields['args'], warn),
    env: readTexts(fields, 'env', warn),
    envFile: asText(fields['envFile']),
    cwd: asText(fields['cwd']),
  }
}

function readTransport(type: unknown, warn: Warn): 'http' | 'sse' {
  if (type === 'sse') return 'sse'
  const isHttp = type === undefined || type === 'http' || type === 'streamable-http' || type === 'streamableHttp'
  if (!isHttp) warn(`${JSON.stringify(type)} is no type of a server with a url (http, sse); it is taken as http`)
  return 'http'
}

function readArgs(value: unknown, warn: Warn): string[] {
  if (value === undefined) return []
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  const args = list.flatMap(entry => scalar(entry) ?? [])
  if (!Array.isArray(value) || args.length < list.length) warn('args must be a list of texts')
  return args
}

function readTexts(fields: Fields, key: string, warn: Warn): Record<string, string> {
  const value = fields[key]
  const entries = Object.entries(asObject(value) ?? {})
  const texts = entries.flatMap(([name, entry]) => {
    const text = scalar(entry)
    return text === undefined ? [] : [[name, text] as const]
  })
  if (value !== undefined && (asObject(value) === undefined || texts.length < entries.length)) {
    warn(`${key} must be an object of texts`)
  }
  return Object.fromEntries(texts)
}

/** Text, which may be empty here, or a number or truth value as text. */
function scalar(value: unknown): string | undefined {
  return typeof value === 'string' ? value : asText(value)
}

function readInputs(value: unknown, warn: Warn): ServerInput[] {
  if (value === undefined) return []
  const inputs = new Map<string, ServerInput>()
  for (const entry of Array.isArray(value) ? (value as readonly unknown[]) : [undefined]) {
    const fields = asObject(entry)
    const id = asText(fields?.['id'])
    if (fields === undefined || id === undefined || inputs.has(id)) {
      warn('inputs must be a list of inputs, each with an id of its own')
      continue
    }
    inputs.set(id, { id, description: asText(fields['description']) ?? id, password: fields['password'] === true })
  }
  return [...inputs.values()]
}
