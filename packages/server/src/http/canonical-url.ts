/** One spelling for every address, so that each has one route: what is before the first `?` is looked at, nothing else. */
import { API_PREFIX } from '@aam/core/wire'

const SCOPED = /^\/packages\/(?:@|%40)([^/]+)\/([^/]+)/
/** Words after a package's name that mean the same as others. */
const SAME: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  [/^(\/packages\/[^/]+)\/dist-tags(?=\/|$)/, '$1/tags'],
  [/^(\/packages\/[^/]+\/[^/]+)\/download$/, '$1/tarball'],
]

/** `/api/v1/packages/@a/b/dist-tags?x` → `/packages/@a%2Fb/tags?x`. Nothing is decoded: that happens once, in the router. */
export function canonicalUrl(url: string): string {
  // The usual case: a package without a scope, or one spelt as we do.
  const end = url.indexOf('?')
  let path = end === -1 ? url : url.slice(0, end)
  if (path === API_PREFIX || path.startsWith(`${API_PREFIX}/`)) path = path.slice(API_PREFIX.length)
  if (path.startsWith('/packages/')) {
    path = path.replace(SCOPED, (whole, scope: string, name: string) =>
      // `/packages/@a%2Fb/tags`: the name is whole already.
      /%2f/i.test(scope) ? whole : `/packages/@${scope}%2F${name}`,
    )
    for (const [pattern, replacement] of SAME) path = path.replace(pattern, replacement)
  }
  if (path.length > 1 && path.endsWith('/')) path = path.slice(0, -1)
  return `${path === '' ? '/' : path}${end === -1 ? '' : url.slice(end)}`
}
