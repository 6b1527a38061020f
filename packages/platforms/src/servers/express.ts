/** A server as one client can have it: every value in that client's syntax, and a warning for what gets lost. */
import type { Server, ServerInput } from '../artifacts.ts'
import type { Placement, RunContext } from '../platform.ts'
import { type Syntax, parseValue, renderValue } from './values.ts'

/** What a client takes of servers. */
export type Client = {
  /** As its makers write it. */
  readonly title: string
  readonly syntax: Syntax
  /** Fields and transports that not every client has. */
  readonly takes: ReadonlySet<'cwd' | 'envFile' | 'sse'>
  /** Where its relative paths begin, when a path has to say so; with `/` at its end. */
  readonly here?: string
}

/** A placed server, under the name that it has in its package. */
export type ServerPlacement = Placement & { readonly name: string }

/** How a platform takes servers at one level. */
export type PlaceServers = (
  servers: readonly Server[],
  inputs: readonly ServerInput[],
  context: RunContext,
) => readonly ServerPlacement[]

/** How a platform takes servers at both levels. */
export type ServerPlaces = { readonly project: PlaceServers; readonly user: PlaceServers }

/** `server` with its values in the client's syntax; `undefined` when it could not work there, which `context.warn` was told. */
export function expressServer(server: Server, client: Client, context: RunContext): Server | undefined {
  const report = startReport(server, client.title, context)
  const write = (value: string): string => renderValue(parseValue(value), client.syntax, report.lose)
  const writeAll = (values: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, write(value)]))
  let expressed: Server
  if (server.type === 'stdio') {
    if (server.cwd !== undefined && !client.takes.has('cwd')) report.cannot('it cannot start it in a folder (cwd)')
    if (server.envFile !== undefined && !client.takes.has('envFile')) {
      report.cannot('it reads no file of variables (envFile)')
    }
    expressed = {
      ...server,
      command: write(server.command),
      args: server.args.map(write),
      env: writeAll(server.env),
      envFile: server.envFile === undefined ? undefined : anchored(write(server.envFile), client.here ?? ''),
      cwd: server.cwd === undefined ? undefined : write(anchored(server.cwd, '${PACKAGE_ROOT}/')),
    }
  } else {
    if (server.type === 'sse' && !client.takes.has('sse')) report.cannot('it does not speak sse')
    expressed = { ...server, url: write(server.url), headers: writeAll(server.headers) }
  }
  return report.close() ? expressed : undefined
}

/** Collects what gets lost of a server. */
export type Report = {
  readonly lose: (loss: { readonly fatal: boolean; readonly what: string }) => void
  /** A loss that the server does not survive. */
  readonly cannot: (what: string) => void
  /** Warns, once about each loss, and says whether the server is left. */
  readonly close: () => boolean
}

export function startReport(server: Server, title: string, context: RunContext): Report {
  const losses = new Map<string, boolean>()
  const lose: Report['lose'] = ({ fatal, what }) => losses.set(what, fatal)
  return {
    lose,
    cannot: what => {
      lose({ fatal: true, what })
    },
    close: () => {
      const fatal = [...losses.values()].includes(true)
      const reasons = [...losses].filter(([, isFatal]) => isFatal === fatal).map(([what]) => what)
      if (reasons.length > 0) {
        const all = reasons.join(', and ')
        context.warn(`the server '${server.name}' ${fatal ? 'is left out of' : 'may not work in'} ${title}: ${all}`)
      }
      return !fatal
    },
  }
}

/** A relative path below `folder`; one that begins with a reference, or is absolute, stays. A `.` is the folder itself. */
function anchored(path: string, folder: string): string {
  if (folder === '' || /^(?:\$\{|[/\\~]|[A-Za-z]:[/\\])/.test(path)) return path
  const inside = path.replace(/^(?:\.\/+)+|^\.$/, '')
  return inside === '' ? folder.slice(0, -1) : `${folder}${inside}`
}

/** The object without its empty members: `undefined`, `[]` and `{}`. */
export function withoutEmpty(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).filter(
      ([, value]) =>
        value !== undefined && (typeof value !== 'object' || value === null || Object.keys(value).length > 0),
    ),
  )
}
