/** Connections: kept for more requests, through proxies where the environment asks for it, open in time or not at all. */
import http from 'node:http'
import https from 'node:https'
import type { Duplex } from 'node:stream'
import { rootCertificates } from 'node:tls'
import { readIfThere } from '../files/index.ts'
import { type Environment, hostOf, portOf, proxyAuthorization, proxyFor } from './proxy.ts'
import { CONNECT_TIMEOUT, PROXY_REFUSED } from './reason.ts'

export type LineOptions = {
  readonly env: Environment
  readonly ca: string | undefined
  /** Milliseconds until a connection is open. */
  readonly connect: number
}

/** How a request to an address is made. */
export type Route = {
  /** Whether the first host on the way is spoken to with TLS. */
  readonly encrypted: boolean
  readonly options: http.RequestOptions & { readonly servername?: string }
  /** The host of the proxy that asks for us: whatever fails is its connection. */
  readonly proxy?: string
}

export type Line = {
  /** @throws USAGE for a proxy that cannot be used */
  readonly routeTo: (url: URL) => Route
  readonly close: () => void
}

/** Connections that are kept for more requests, to one host. */
const KEPT = 32

type Connected = (error: Error | null, socket?: Duplex) => void
type Create = (target: Record<string, unknown>) => Duplex

export function openLine({ env, ca, connect }: LineOptions): Line {
  const agents = new Map<string, http.Agent>()
  const trusted = ca === undefined ? {} : { ca: [...rootCertificates, ...readMore(env), ca] }
  /** One agent for each way, made when it is first taken. */
  const agentFor = (way: 'plain' | 'encrypted' | URL): http.Agent => {
    const key = String(way)
    const agent = agents.get(key) ?? openAgent(way, { trusted, connect })
    agents.set(key, agent)
    return agent
  }
  return {
    routeTo: url => {
      const proxy = proxyFor(url, env)
      const direct = { host: hostOf(url), port: portOf(url), path: `${url.pathname}${url.search}` }
      const encrypted = url.protocol === 'https:'
      if (proxy === undefined) {
        return { encrypted, options: { ...direct, agent: agentFor(encrypted ? 'encrypted' : 'plain') } }
      }
      if (encrypted) return { encrypted, options: { ...direct, agent: agentFor(proxy) } }
      // What is not encrypted a proxy asks itself.
      const behind = proxy.protocol === 'https:'
      const options = {
        ...hopTo(proxy),
        path: url.href,
        headers: { host: url.host, ...credentials(proxy) },
        agent: agentFor(behind ? 'encrypted' : 'plain'),
      }
      return { encrypted: behind, options, proxy: proxy.host }
    },
    close: () => {
      for (const agent of agents.values()) agent.destroy()
    },
  }
}

function openAgent(
  way: 'plain' | 'encrypted' | URL,
  { trusted, connect }: { readonly trusted: object; readonly connect: number },
): http.Agent {
  const options = { keepAlive: true, maxFreeSockets: KEPT }
  const agent = way === 'plain' ? new http.Agent(options) : new https.Agent({ ...options, ...trusted })
  const create = agent.createConnection.bind(agent) as unknown as Create
  const ready = way === 'plain' ? 'connect' : 'secureConnect'
  /** Hands a socket over when it is connected, and its encryption agreed. */
  const createConnection = (target: Record<string, unknown>, connected: Connected): undefined => {
    const attempt = openAttempt(connected, connect)
    const reach = (tunnel?: Duplex): void => {
      const socket = create(tunnel === undefined ? target : { ...target, socket: tunnel })
      attempt.uses(socket)
      socket.once('error', attempt.fails)
      socket.once(ready, () => {
        attempt.succeeds(socket)
      })
    }
    if (typeof way === 'string') reach()
    else openTunnel({ proxy: way, target, trusted }, { ...attempt, succeeds: reach })
    return undefined
  }
  return Object.assign(agent, { createConnection })
}

/** One attempt to connect, that comes to its end once. */
type Attempt = {
  readonly succeeds: (socket: Duplex) => void
  readonly fails: (error: Error) => void
  /** Names what is given up when time is over. */
  readonly uses: (part: { readonly destroy: () => unknown }) => void
}

function openAttempt(connected: Connected, milliseconds: number): Attempt {
  let part: { readonly destroy: () => unknown } | undefined
  let over = false
  const end = (error: Error | null, socket?: Duplex): void => {
    clearTimeout(deadline)
    if (!over) connected(error, socket)
    over = true
  }
  const deadline = setTimeout(() => {
    end(Object.assign(new Error('no connection in time'), { code: CONNECT_TIMEOUT }))
    part?.destroy()
  }, milliseconds)
  return {
    succeeds: socket => {
      end(null, socket)
    },
    fails: error => {
      end(error)
    },
    uses: next => {
      part = next
    },
  }
}

/** Asks `proxy` for a way to a host that is spoken to with TLS. */
function openTunnel(
  {
    proxy,
    target,
    trusted,
  }: { readonly proxy: URL; readonly target: Record<string, unknown>; readonly trusted: object },
  attempt: Attempt,
): void {
  const host = String(target['host'])
  const authority = `${host.includes(':') ? `[${host}]` : host}:${String(target['port'])}`
  const request = (proxy.protocol === 'https:' ? https : http).request({
    ...hopTo(proxy),
    ...trusted,
    method: 'CONNECT',
    path: authority,
    headers: { host: authority, ...credentials(proxy) },
    agent: false,
  })
  const fails = (error: Error): void => {
    attempt.fails(Object.assign(error, { proxy: proxy.host }))
  }
  const refuse = (status: number): void => {
    fails(Object.assign(new Error(`it answered ${String(status)}`), { code: PROXY_REFUSED }))
    request.destroy()
  }
  attempt.uses(request)
  request.on('error', fails)
  request.once('connect', ({ statusCode = 0 }, socket) => {
    if (statusCode === 200) {
      attempt.succeeds(socket)
      return
    }
    refuse(statusCode)
    socket.destroy()
  })
  request.once('response', ({ statusCode = 0 }) => {
    refuse(statusCode)
  })
  request.end()
}

/** Where a proxy is. Its certificate is for its own name, whatever host the request is for. */
function hopTo(proxy: URL): { readonly host: string; readonly port: number; readonly servername?: string } {
  const host = hostOf(proxy)
  const isName = proxy.protocol === 'https:' && !/^[\d.]+$|:/.test(host)
  return { host, port: portOf(proxy), ...(isName ? { servername: host } : {}) }
}

function credentials(proxy: URL): { readonly 'proxy-authorization'?: string } {
  const words = proxyAuthorization(proxy)
  return words === undefined ? {} : { 'proxy-authorization': words }
}

/** The authorities that Node adds by itself to those it comes with: a list of our own takes the place of both. */
function readMore(env: Environment): readonly string[] {
  const file = env['NODE_EXTRA_CA_CERTS'] ?? ''
  const more = file === '' ? undefined : readIfThere(file)
  return more === undefined ? [] : [more.toString('utf8')]
}
