/** MCP servers of other tools as servers of a package, without the secrets that were in them (UAAPS 9). */
import type { Server, ServerInput } from '../artifacts.ts'
import { type Json, asObject, asText, asTextMap, asTexts } from './json.ts'
import { hasToken, isLiteral, isPlaceholder, isSecretKey } from './secret.ts'

/** A secret that was in a file and is not in the package: what it was, and the variable that stands for it. */
export type HiddenSecret = { readonly server: string; readonly at: string; readonly variable: string }

export type ImportedServers = {
  readonly servers: readonly Server[]
  readonly inputs: readonly ServerInput[]
  readonly secrets: readonly HiddenSecret[]
  /** What is left out, in sentences without a full stop that name it. */
  readonly notes: readonly string[]
}

/** Every shape there is: `mcpServers`, `servers`, OpenCode's `mcp`, or the servers themselves at the top. */
export function importServers(value: unknown): ImportedServers {
  const top = asObject(value) ?? {}
  const named = asObject(top['mcpServers']) ?? asObject(top['servers']) ?? asObject(top['mcp']) ?? bare(top)
  const secrets: HiddenSecret[] = []
  const notes: string[] = []
  const servers = Object.entries(named).flatMap(([name, raw]): Server[] => {
    const fields = asObject(raw)
    if (fields === undefined) {
      notes.push(`the server ${name} is left out: it is not an object`)
      return []
    }
    const server = readServer(name, fields, notes)
    if (server === undefined) return []
    notes.push(...lostFields(name, fields))
    return [hideSecrets(server, secrets)]
  })
  return { servers, inputs: readInputs(top['inputs']), secrets, notes }
}

/** Without a key of its own, every member has to look like a server. */
function bare(top: Json): Json {
  const isServer = (value: unknown): boolean =>
    asObject(value) !== undefined && ['command', 'url', 'httpUrl', 'serverUrl'].some(key => key in Object(value))
  return Object.values(top).every(isServer) ? top : {}
}

function readServer(name: string, fields: Json, notes: string[]): Server | undefined {
  const [first, ...rest] = asTexts(fields['command'])
  const command = asText(fields['command']) ?? first
  const httpUrl = asText(fields['httpUrl'])
  const url = httpUrl ?? asText(fields['url']) ?? asText(fields['serverUrl'])
  if (fields['disabled'] === true || fields['enabled'] === false) {
    notes.push(`the server ${name} was turned off; it is taken`)
  }
  if (command !== undefined) {
    return {
      name,
      type: 'stdio',
      command: reference(command),
      args: [...rest, ...asTexts(fields['args'])].map(reference),
      env: mapValues({ ...asTextMap(fields['environment']), ...asTextMap(fields['env']) }, shellReference),
      envFile: undefined,
      cwd: asText(fields['cwd']),
    }
  }
  if (url === undefined) {
    notes.push(`the server ${name} is left out: it has neither a command nor a url`)
    return undefined
  }
  const type = fields['type'] === 'sse' && httpUrl === undefined ? 'sse' : 'http'
  return { name, type, url: reference(url), headers: mapValues(asTextMap(fields['headers']), shellReference) }
}

const CARRIED = new Set(
  'type command args env environment url httpUrl serverUrl headers cwd disabled enabled name description'.split(' '),
)

function lostFields(name: string, fields: Json): string[] {
  const lost = Object.keys(fields).filter(key => !CARRIED.has(key))
  return lost.length === 0
    ? []
    : [`${lost.join(', ')} of the server ${name} ${lost.length === 1 ? 'is' : 'are'} left out`]
}

function readInputs(value: unknown): ServerInput[] {
  return (Array.isArray(value) ? value : []).flatMap((raw): ServerInput[] => {
    const { id, description, password } = asObject(raw) ?? {}
    if (typeof id !== 'string' || id === '') return []
    return [{ id, description: asText(description) ?? id, password: password === true }]
  })
}

/** `${env:VAR}`, `{env:VAR}` and `${userHome}` in the one spelling of packages. */
export function reference(text: string): string {
  return text
    .replaceAll(/\$\{env:([A-Za-z_]\w*)\}/g, (_, name: string) => `\${${name}}`)
    .replaceAll(/(?<!\$)\{env:([A-Za-z_]\w*)\}/g, (_, name: string) => `\${${name}}`)
    .replaceAll('${userHome}', () => '${HOME}')
}

/** The same where no shell reads it, so that `$VAR` is a reference too. */
function shellReference(text: string): string {
  return reference(text).replace(
    /^((?:Bearer|Basic|token)\s+)?\$([A-Z_][A-Z0-9_]*)$/i,
    (_, scheme: string | undefined, name: string) => `${scheme ?? ''}\${${name}}`,
  )
}

/** Puts a variable in the place of every secret, and says which. */
function hideSecrets(server: Server, secrets: HiddenSecret[]): Server {
  const hide = (at: string, variable: string): string => {
    secrets.push({ server: server.name, at, variable })
    return `\${${variable}}`
  }
  const own = (key: string): string => variableName(`${server.name}_${key}`)
  if (server.type !== 'stdio') {
    const headers = mapValues(server.headers, (value, key) => {
      if (!isSecret(key, value)) return value
      const scheme = /^(?:bearer|basic|token)\s+/i.exec(value)?.[0] ?? ''
      return `${scheme}${hide(`headers.${key}`, own(key))}`
    })
    return { ...server, headers, url: hideInUrl(server.url, key => hide('url', own(key))) }
  }
  const env = mapValues(server.env, (value, key) => {
    if (isSecret(key, value)) return hide(`env.${key}`, variableName(key))
    return hideInUrl(value, part => hide(`env.${key}`, own(`${key}_${part}`)))
  })
  return { ...server, env, args: hideInArguments(server.args, key => hide('args', own(key))) }
}

function isSecret(key: string, value: string): boolean {
  if (!isLiteral(value) || value.startsWith('${input:')) return false
  return hasToken(value) || (isSecretKey(key) && !isPath(value)) || (isSecretKey(key) && isPlaceholder(value))
}

/** What is called a key may be the file it is in. */
function isPath(value: string): boolean {
  return /^(?:\.{0,2}\/|~\/)[\w./-]+\.\w{1,5}$/.test(value)
}

/** `--api-key x`, `--api-key=x`, `-e API_KEY=x`, `--env=API_KEY=x`, and whatever looks like a token. */
function hideInArguments(args: readonly string[], hide: (key: string) => string): string[] {
  return args.map((arg, index) => {
    const [, flag, value] = /^(?:--?[\w-]+=)?-{0,2}(\w[\w-]*)=(.+)$/s.exec(arg) ?? []
    if (flag !== undefined && value !== undefined && isSecret(flag, value)) {
      return `${arg.slice(0, -value.length)}${hide(flag)}`
    }
    const before = /^--?([\w-]+)$/.exec(args[index - 1] ?? '')?.[1]
    if (before !== undefined && !arg.startsWith('-') && isSecret(before, arg)) return hide(before)
    const [, header, content] = /^([\w-]+):\s*(.+)$/s.exec(arg) ?? []
    if (header !== undefined && content !== undefined && !arg.includes('://') && isSecret(header, content)) {
      const scheme = /^(?:bearer|basic|token)\s+/i.exec(content)?.[0] ?? ''
      return `${header}: ${scheme}${hide(header)}`
    }
    return hasToken(arg) && isLiteral(arg) ? hide('token') : hideInUrl(arg, hide)
  })
}

/** `postgres://me:secret@host`, `?api_key=secret`, and tokens in the path. */
function hideInUrl(text: string, hide: (key: string) => string): string {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return text
  const password = /(?<=:\/\/[^/@\s:]*:)[^/@\s]+(?=@)/
  return text
    .replace(password, literal => (isLiteral(literal) ? hide('password') : literal))
    .replaceAll(/(?<=[?&])([\w.-]+)=([^&#\s]+)/g, (all, ...[key, value]: string[]) =>
      isSecret(key ?? '', value ?? '') ? `${key ?? ''}=${hide(key ?? '')}` : all,
    )
    .replaceAll(/(?<=\/)[^/?#\s]+/g, step => (hasToken(step) ? hide('token') : step))
}

function variableName(text: string): string {
  const name = text
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll(/[^A-Za-z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '')
    .toUpperCase()
  return /^[A-Z]/.test(name) ? name : `VALUE_${name}`
}

function mapValues(
  values: Readonly<Record<string, string>>,
  change: (value: string, key: string) => string,
): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, change(value, key)]))
}

/** `mcp/servers.json`. */
export function encodeServers(servers: readonly Server[], inputs: readonly ServerInput[]): string {
  const entries = servers.map(({ name, ...server }) => [name, withoutEmpty(server)] as const)
  const asked = inputs.map(input => ({ type: 'promptString', ...input }))
  const value = { servers: Object.fromEntries(entries), ...(asked.length === 0 ? {} : { inputs: asked }) }
  return `${JSON.stringify(value, undefined, 2)}\n`
}

function withoutEmpty(fields: object): Json {
  const isEmpty = (value: unknown): boolean =>
    value === undefined || (typeof value === 'object' && value !== null && Object.keys(value).length === 0)
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => !isEmpty(value)))
}
