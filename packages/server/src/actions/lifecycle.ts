/** Deprecating and yanking (D45). */
import {
  type DeprecateRequest,
  type Deprecation,
  type PackageName,
  type Yank,
  type YankRequest,
  decideDeprecate,
  decideYank,
} from '@aam/core'
import { changePackage } from './change-package.ts'
import type { Caller, Deps } from './deps.ts'
import { tagNews } from './tags.ts'

/** @throws UNAUTHORIZED, PACKAGE_NOT_FOUND, FORBIDDEN, VERSION_NOT_MATCHED, DEPRECATION_INVALID */
export async function deprecate(
  deps: Deps,
  caller: Caller,
  { name, ...request }: DeprecateRequest & { readonly name: PackageName },
): Promise<Deprecation> {
  return changePackage(deps, caller, {
    name,
    right: 'lifecycle',
    decide: pkg => {
      const { document, result } = decideDeprecate(pkg.document, request)
      const changed = result.versions.filter(
        version => pkg.document.releases.get(version)?.deprecated !== result.message,
      )
      const news = changed.map(version => ({
        event: 'version.deprecate',
        target: { version },
        metadata: { before: pkg.document.releases.get(version)?.deprecated ?? null, after: result.message ?? null },
      }))
      return { document, news, result }
    },
  })
}

/** @throws UNAUTHORIZED, PACKAGE_NOT_FOUND, FORBIDDEN, VERSION_NOT_FOUND */
export async function yank(
  deps: Deps,
  caller: Caller,
  { name, ...request }: YankRequest & { readonly name: PackageName },
): Promise<Yank> {
  return changePackage(deps, caller, {
    name,
    right: 'lifecycle',
    decide: pkg => {
      const { document, result } = decideYank(pkg.document, request)
      const event = request.undo ? 'version.yank.undo' : 'version.yank'
      const yanked = result.kind === 'unchanged' ? [] : [{ event, target: { version: request.version } }]
      const moved = result.latest === undefined ? [] : [tagNews(result.latest, 'yank')]
      return { document, news: [...yanked, ...moved], result }
    },
  })
}
