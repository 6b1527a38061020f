/** Which proxy leads to an address, as curl and most programs read the environment. */
import { unescape } from 'node:querystring'
import { fail } from '@aam/core'

export type Environment = Readonly<Record<string, string | undefined>>

/**
 * The proxy for `url`; `undefined` when it is asked directly. A variable in lower case counts before one in capitals.
 * @throws USAGE for a proxy of another kind than `http:` and `https:`
 */
export function proxyFor(url: URL, env: Environment): URL | undefined {
  const name = url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY'
  const text = variable(env, name)
  if (text === undefined || isDirect(url, variable(env, 'NO_PROXY') ?? '')) return undefined
  // `proxy:3128` is how many write it.
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`
  const proxy = URL.canParse(address) ? new URL(address) : undefined
  if (proxy !== undefined && /^https?:$/.test(proxy.protocol)) return proxy
  return fail('USAGE', {
    message: `${name} is not the address of an HTTP proxy`,
    hint: 'it looks like http://proxy.example.com:3128; NO_PROXY lists what is asked directly',
  })
}

/** What a proxy is told about who is asking; `undefined` when its address names nobody. */
export function proxyAuthorization({ username, password }: URL): string | undefined {
  if (username === '' && password === '') return undefined
  const words = `${unescape(username)}:${unescape(password)}`
  return `Basic ${Buffer.from(words).toString('base64')}`
}

/** `[::1]` as sockets want it: `::1`. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1')
}

export function portOf({ port, protocol }: URL): number {
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port)
}

/** Whether one of the hosts in `list` is the host of `url` or a domain it is in; `*` is every host. */
function isDirect(url: URL, list: string): boolean {
  const host = hostOf(url)
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(entry => entry !== '')
    .some(entry => {
      // An IPv6 address without brackets has no port.
      const [, name = entry, port] = /^[^[]*:[^[]*:/.test(entry) ? [] : (/^\[?(.*?)\]?(?::(\d+))?$/.exec(entry) ?? [])
      if (port !== undefined && Number(port) !== portOf(url)) return false
      const domain = name.replace(/^\*?\./, '')
      return domain === '*' || host === domain || host.endsWith(`.${domain}`)
    })
}

function variable(env: Environment, name: string): string | undefined {
  const text = env[name.toLowerCase()] ?? env[name]
  return text === undefined || text.trim() === '' ? undefined : text.trim()
}
