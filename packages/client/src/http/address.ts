/** The address of a registry server, and the addresses below it. */
import { fail } from '@aam/core'

/**
 * Reads the address of a registry server: `http:` or `https:`, perhaps with a path, as in `https://host/r/team`.
 * @returns the address without a final slash
 * @throws USAGE for anything else, and for an address with a password, which is never repeated
 */
export function parseServerAddress(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    return fail('USAGE', {
      message: `'${url === undefined ? text : withoutSecrets(url)}' is not the address of a registry server`,
      hint: 'it looks like https://registry.example.com or https://registry.example.com/r/team',
    })
  }
  if (url.username !== '' || url.password !== '') {
    fail('USAGE', {
      message: `The address ${withoutSecrets(url)} must not have a user or a password in it`,
      hint: 'leave them out and sign in with `aam login`, or set AAM_TOKEN',
    })
  }
  if (url.search !== '' || url.hash !== '') {
    fail('USAGE', {
      message: `The address ${withoutSecrets(url)} must end before '${url.search === '' ? '#' : '?'}'`,
      hint: `use ${withoutSecrets(url)}`,
    })
  }
  return withoutSecrets(url)
}

export type Query = Readonly<Record<string, string | number | undefined>>

/**
 * The address `path` (one of `routes`) below `base`.
 * @throws USAGE for a path that would lead somewhere else: `..` as the name of a user
 */
export function addressBelow(base: string, path: string, query: Query = {}): URL {
  if (/(?:^|\/)(?:\.|%2e){1,2}(?=[/?#]|$)/i.test(path)) {
    fail('USAGE', { message: `A registry cannot be asked for '${path}'`, hint: 'check the name' })
  }
  const url = new URL(`${base}${path}`)
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(key, String(value))
  }
  return url
}

/** Whether `url` belongs to the registry at `base`: only then it is told who is asking. */
export function isBelow(base: string, url: URL): boolean {
  const { origin, pathname } = new URL(base)
  return url.origin === origin && (url.pathname === pathname || url.pathname.startsWith(`${trimSlashes(pathname)}/`))
}

/** An address for messages. */
export function withoutSecrets({ protocol, host, pathname }: URL): string {
  return `${protocol}//${host}${trimSlashes(pathname)}`
}

function trimSlashes(path: string): string {
  return path.replace(/\/+$/, '')
}
