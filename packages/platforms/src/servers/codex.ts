/** Codex: tables in `config.toml`, where only whole variables and whole headers can come from the environment. */
import { stringify } from 'smol-toml'
import type { Server } from '../artifacts.ts'
import type { RunContext } from '../platform.ts'
import {
  type Client,
  type PlaceServers,
  type Report,
  type ServerPlacement,
  type ServerPlaces,
  expressServer,
  startReport,
  withoutEmpty,
} from './express.ts'
import { type Part, parseValue, renderValue } from './values.ts'

const TITLE = 'Codex'

export const codexServers: ServerPlaces = {
  project: placeIn('.codex/config.toml'),
  user: placeIn('{CODEX_HOME|.codex}/config.toml'),
}

function placeIn(file: string): PlaceServers {
  return (servers, _, context) =>
    servers.flatMap((server): ServerPlacement | readonly [] => {
      const table = tableOf(server, context)
      if (table === undefined) return []
      const key = context.nameOf('servers', server.name)
      if (!/^[\w-]+$/.test(key)) {
        context.warn(
          `the server '${server.name}' is left out of ${TITLE}: it takes letters, digits, - and _ in names only`,
        )
        return []
      }
      const text = stringify({ mcp_servers: { [key]: table } }).trimEnd()
      return { name: server.name, form: 'block', file, syntax: 'toml', text, defines: [['mcp_servers', key]] }
    })
}

function tableOf(server: Server, context: RunContext): Record<string, unknown> | undefined {
  const report = startReport(server, TITLE, context)
  const places =
    server.type === 'stdio' ? placeEnv(server.env, context, report) : placeHeaders(server.headers, context, report)
  const isWhole = report.close()
  // What is left can have no references, because this client is told of no syntax for them.
  const rest: Server = server.type === 'stdio' ? { ...server, env: {} } : { ...server, headers: {} }
  const expressed = expressServer(rest, clientAt(context), context)
  if (expressed === undefined || !isWhole) return undefined
  return withoutEmpty(
    expressed.type === 'stdio'
      ? { command: expressed.command, args: expressed.args, cwd: expressed.cwd, ...places }
      : { url: expressed.url, ...places },
  )
}

function clientAt({ root }: RunContext): Client {
  return { title: TITLE, syntax: { root }, takes: new Set(['cwd']) }
}

type Values = Readonly<Record<string, string>>

/** Variables: those of the same name are handed on, the others are literals. */
function placeEnv(env: Values, { root }: RunContext, report: Report): Record<string, unknown> {
  const handedOn: string[] = []
  const literals: Record<string, string> = {}
  for (const [name, value] of Object.entries(env)) {
    const parts = parseValue(value)
    const variable = wholeVariable(parts, report)
    if (variable === name) handedOn.push(name)
    else if (variable !== undefined) report.cannot(`it cannot hand on \${${variable}} as ${name}`)
    else literals[name] = renderValue(parts, { root }, report.lose)
  }
  return { env_vars: handedOn, env: literals }
}

/** Headers: a whole one from a variable, a bearer token from a variable, or a literal. */
function placeHeaders(headers: Values, { root }: RunContext, report: Report): Record<string, unknown> {
  const fromEnv: Record<string, string> = {}
  const literals: Record<string, string> = {}
  let bearer: string | undefined
  for (const [name, value] of Object.entries(headers)) {
    const parts = parseValue(value)
    const token = name.toLowerCase() === 'authorization' ? bearerToken(parts) : undefined
    const variable = wholeVariable(token ?? parts, report)
    if (token !== undefined && variable !== undefined) bearer = variable
    else if (variable !== undefined) fromEnv[name] = variable
    else literals[name] = renderValue(parts, { root }, report.lose)
  }
  return { bearer_token_env_var: bearer, env_http_headers: fromEnv, http_headers: literals }
}

/** The variable that is all of a value. */
function wholeVariable(parts: readonly Part[], report: Report): string | undefined {
  const [only, ...others] = parts
  if (only?.kind !== 'env' || others.length > 0) return undefined
  if (only.fallback !== undefined) {
    report.lose({ fatal: false, what: `it knows no default for \${${only.name}}, which has to be set` })
  }
  return only.name
}

/** What follows `Bearer `; `undefined` when the value does not begin with it. */
function bearerToken([first, ...rest]: readonly Part[]): Part[] | undefined {
  return first?.kind === 'text' && /^bearer +$/i.test(first.text) ? rest : undefined
}
