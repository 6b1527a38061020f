/** Copilot: VS Code's file in a project, where values can be asked for, and the CLI's own for a user. */
import type { Server, ServerInput } from '../artifacts.ts'
import type { RunContext } from '../platform.ts'
import type { PlaceServers, ServerPlacement, ServerPlaces } from './express.ts'
import { copilotUserServers, inWorkspace, placeInJson, rootInWorkspace, typed } from './json.ts'
import { inputsIn } from './values.ts'

const FILE = '.vscode/mcp.json'

const placeServers: PlaceServers = placeInJson({
  file: FILE,
  member: 'servers',
  client: context => ({
    title: 'VS Code',
    syntax: {
      env: name => `\${env:${name}}`,
      input: id => `\${input:${deployedId(id, context)}}`,
      root: rootInWorkspace(context),
    },
    takes: new Set(['cwd', 'envFile', 'sse']),
    ...inWorkspace(context),
  }),
  shape: server => ({
    ...typed('stdio')(server),
    ...(server.type === 'stdio' ? { envFile: server.envFile, cwd: server.cwd } : {}),
  }),
})

export const copilotServers: ServerPlaces = { project: placeWithInputs, user: copilotUserServers }

/** Servers, then the inputs that they use, each once and with the name of the first server that does. */
function placeWithInputs(
  servers: readonly Server[],
  inputs: readonly ServerInput[],
  context: RunContext,
): ServerPlacement[] {
  const declared = new Map(inputs.map(input => [input.id, input]))
  const usable = servers.filter(server => {
    const missing = idsOf(server).find(id => !declared.has(id))
    if (missing === undefined) return true
    context.warn(`the server '${server.name}' is left out of VS Code: nothing says what to ask for as '${missing}'`)
    return false
  })
  const placed = placeServers(usable, inputs, context)
  const names = new Set(placed.map(({ name }) => name))
  const users = new Map<string, string>()
  for (const server of usable.filter(({ name }) => names.has(name))) {
    for (const id of idsOf(server)) if (!users.has(id)) users.set(id, server.name)
  }
  return [
    ...placed,
    ...[...users].flatMap(([id, name]): ServerPlacement | readonly [] => {
      const input = declared.get(id)
      if (input === undefined) return []
      const value = {
        type: 'promptString',
        id: deployedId(id, context),
        description: input.description,
        ...(input.password ? { password: true } : {}),
      }
      return { name, form: 'json', file: FILE, at: ['inputs'], key: null, value, needs: [] }
    }),
  ]
}

/** VS Code keeps what was typed by id: with an id of another package's, a server would get that package's secret. */
function deployedId(id: string, { packageFolder }: RunContext): string {
  return `${packageFolder}-${id}`
}

function idsOf(server: Server): string[] {
  const values =
    server.type === 'stdio'
      ? [server.command, ...server.args, ...Object.values(server.env), server.envFile ?? '', server.cwd ?? '']
      : [server.url, ...Object.values(server.headers)]
  return values.flatMap(inputsIn)
}
