/** Every change to a package that is there: load, make sure it may be, decide, save, put it on record; one transaction. */
import {
  type PackageDocument,
  type PackageName,
  type Right,
  type Version,
  fail,
  maySeeWaiting,
  requireAccess,
  requireReader,
  requireSignedIn,
  reviewStatus,
} from '@aam/core'
import { lastWords, loadApprovals } from '../store/approvals.ts'
import { type Db, type StoredPackage, loadPackage, writeChanges } from '../store/packages.ts'
import { type Caller, type Deps, type NewsOf, accessRules, nameOf, record } from './deps.ts'
import { refreshDocument } from './prepare-document.ts'

export type Decision<R> = {
  /** The package as it is to be. */
  readonly document: PackageDocument
  readonly news: readonly NewsOf[]
  readonly result: R
}

/**
 * Changes a package. Nothing is written, and nothing put on record, when the decision has no news.
 * @throws UNAUTHORIZED, PACKAGE_NOT_FOUND, FORBIDDEN, and what `decide` throws
 */
export async function changePackage<R>(
  deps: Deps,
  caller: Caller,
  change: {
    readonly name: PackageName
    readonly right: Right
    readonly decide: (pkg: StoredPackage, tx: Db) => Promise<Decision<R>> | Decision<R>
  },
): Promise<R> {
  requireSignedIn(caller.actor)
  return deps.store.db.transaction().execute(async tx => {
    const pkg = await requirePackage(deps, caller, { tx, name: change.name, right: change.right })
    const { document, news, result } = await change.decide(pkg, tx)
    if (news.length === 0) return result
    await writeChanges(tx, pkg, document)
    await refreshDocument(deps, tx, pkg)
    for (const each of news) {
      await record(deps, caller, { tx, ...each, target: { package: change.name, ...each.target } })
    }
    return result
  })
}

/**
 * A package, for somebody who may do that with it.
 * @throws UNAUTHORIZED, PACKAGE_NOT_FOUND, FORBIDDEN
 */
export async function requirePackage(
  deps: Deps,
  { actor }: Caller,
  { tx, name, right }: { readonly tx: Db; readonly name: PackageName; readonly right: Right },
): Promise<StoredPackage> {
  const rules = accessRules(deps)
  // Who has to sign in is told so whether there is such a package or not.
  if (right === 'read') requireReader(actor, name, rules)
  else requireSignedIn(actor)
  const pkg = await loadPackage(tx, name)
  const registry = nameOf(deps)
  // One of which every version waits is seen by those only who see these.
  if (pkg === undefined || (pkg.document.releases.size === 0 && !maySeeWaiting(actor, pkg.access))) {
    return fail('PACKAGE_NOT_FOUND', { name, registry })
  }
  requireAccess(actor, right, { pkg: pkg.access, rules, registry })
  return pkg
}

/** The versions of a package that are approved, lowest first. */
export async function approvedVersions(deps: Deps, tx: Db, pkg: StoredPackage): Promise<Set<Version>> {
  if (deps.config.tagsThatNeedApproval.length === 0) return new Set()
  const rows = [...pkg.rows.values()]
  const words = await loadApprovals(
    tx,
    rows.map(({ id }) => id),
  )
  const rules = { required: deps.config.approvalsRequired }
  const approved = rows.filter(({ id }) => reviewStatus(lastWords(words.get(id) ?? []), rules) === 'approved')
  return new Set(approved.map(({ version }) => version))
}
