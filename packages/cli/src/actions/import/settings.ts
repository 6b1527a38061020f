/** Takes hooks and MCP servers over, with the scripts they run and without the secrets they hold. */
import {
  type Candidate,
  type FoundHook,
  type Server,
  asObject,
  importHooks,
  importServers,
  readLooseJson,
  rewriteArguments,
  rewriteCommand,
} from '@aam/platforms'
import { type Basket, leaveOut, readText, takenAlready, warnAbout } from './basket.ts'
import { takeCompanions } from './scripts.ts'

const HOOKS = 'hooks/hooks.json'
const SERVERS = 'mcp/servers.json'
/** What of a settings file is a package's, or means nothing. */
const OURS = new Set(['hooks', '$schema'])

function readJson(basket: Basket, path: string): unknown {
  const text = readText(basket, path)
  if (text === undefined) return undefined
  const read = readLooseJson(text)
  if ('value' in read) return read.value
  leaveOut(basket, path, read.why)
  return undefined
}

/** The hooks of a file. */
export function takeHooks(basket: Basket, candidate: Candidate): void {
  const { path, source } = candidate
  const value = readJson(basket, path)
  if (value === undefined) return
  const { hooks, notes } = importHooks(source, value)
  for (const note of notes) sayLost(basket, path, note)
  if (path.endsWith('/settings.json')) {
    const others = Object.keys(asObject(value) ?? {}).filter(key => !OURS.has(key))
    if (others.length > 0) {
      leaveOut(basket, path, `${others.join(', ')}: these are settings of a project, not of a package`)
    }
  }
  const taken = hooks.filter(hook => takeHook(basket, path, hook))
  if (taken.length > 0) basket.taken.push({ kind: 'hooks', name: 'hooks', from: path, to: HOOKS })
}

/** What was left out is not in the package; what was changed is only worth knowing. */
function sayLost(basket: Basket, path: string, note: string): void {
  if (/\bleft out\b/.test(note)) leaveOut(basket, path, note)
  else warnAbout(basket, path, [note])
}

/** @returns whether it was taken */
function takeHook(basket: Basket, path: string, { hook, cwd }: FoundHook): boolean {
  const isNew = (candidate: FoundHook['hook']): boolean => {
    const text = JSON.stringify(candidate)
    return !basket.hooks.some(each => JSON.stringify(each.hook) === text)
  }
  if (hook.action.type === 'prompt') {
    if (isNew(hook)) basket.hooks.push({ hook, from: path })
    return true
  }
  const { isFile } = basket.tree
  const found = rewriteCommand(hook.action.command, { isFile, cwd, target: 'hooks/scripts' })
  const why = found.missing.length > 0 ? `there is no ${found.missing.join(', ')}` : takeCompanions(basket, found.files)
  if (why !== undefined) {
    leaveOut(basket, path, `a hook of ${hook.event} is left out: ${why}`)
    return false
  }
  const converted = { ...hook, action: { type: 'command', command: found.text } as const }
  warnAbout(
    basket,
    path,
    [...found.notes, ...(cwd === '' ? [] : [`it runs in ${cwd}, and a package does not say where hooks run`])].map(
      note => `a hook of ${hook.event}: ${note}`,
    ),
  )
  if (!isNew(converted)) return false
  basket.hooks.push({ hook: converted, from: path })
  return true
}

/** The MCP servers of a file. */
export function takeServers(basket: Basket, { path }: Candidate): void {
  const value = readJson(basket, path)
  if (value === undefined) return
  const { servers, inputs, secrets, notes } = importServers(value)
  for (const note of notes) sayLost(basket, path, note)
  for (const each of servers) {
    const server = takeRun(basket, path, each)
    if (server === undefined) continue
    const there = basket.servers.get(server.name)
    if (there !== undefined) {
      if (JSON.stringify(there.server) === JSON.stringify(server)) continue
      leaveOut(basket, path, takenAlready(basket, { kind: 'servers', name: server.name, to: '' }))
      continue
    }
    basket.servers.set(server.name, { server, from: path })
    basket.taken.push({ kind: 'servers', name: server.name, from: path, to: SERVERS })
    const text = JSON.stringify(server)
    for (const input of inputs) if (text.includes(`\${input:${input.id}}`)) basket.inputs.set(input.id, input)
    for (const { server: name, at, variable } of secrets.filter(secret => secret.server === server.name)) {
      basket.secrets.set(variable, `Secret of the MCP server ${name} (${at})`)
      leaveOut(basket, path, `the secret in ${at} of the server ${name}; it is read from \${${variable}} now`)
    }
  }
}

/** A server whose scripts came along; `undefined` when it names files that are not there. */
function takeRun(basket: Basket, path: string, server: Server): Server | undefined {
  const project = { isFile: basket.tree.isFile, cwd: '', target: 'mcp/scripts' }
  if (server.type !== 'stdio') return server
  const run = rewriteArguments([server.command, ...server.args], project)
  const env = Object.entries(server.env).map(([key, value]) => ({ key, ...rewriteArguments(['', value], project) }))
  const missing = [run, ...env].flatMap(each => each.missing)
  const why =
    missing.length > 0
      ? `there is no ${missing.join(', ')}`
      : takeCompanions(
          basket,
          [run, ...env].flatMap(each => each.files),
        )
  if (why !== undefined) {
    leaveOut(basket, path, `the server ${server.name} is left out: ${why}`)
    return undefined
  }
  const cwd = server.cwd === undefined ? undefined : rewriteArguments(['', server.cwd], project).words[1]
  const isElsewhere = cwd !== undefined && !cwd.startsWith('${PACKAGE_ROOT}')
  const notes = [...run.notes, ...env.flatMap(each => each.notes), ...(isElsewhere ? [`it runs in ${cwd}`] : [])]
  warnAbout(
    basket,
    path,
    notes.map(note => `the server ${server.name}: ${note}`),
  )
  const [command = server.command, ...args] = run.words
  return { ...server, command, args, cwd, env: Object.fromEntries(env.map(({ key, words }) => [key, words[1] ?? ''])) }
}
