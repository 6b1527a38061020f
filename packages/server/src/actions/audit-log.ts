/** Reading the log: all of it for admins, a package's for its owners. */
import { type PackageName, requireRole } from '@aam/core'
import type { AuditEvent } from '@aam/core/wire'
import { type AuditFilter, listAudit } from '../store/audit.ts'
import { requirePackage } from './change-package.ts'
import type { Caller, Deps } from './deps.ts'

/** @throws UNAUTHORIZED, FORBIDDEN */
export async function readAuditLog(deps: Deps, caller: Caller, filter: AuditFilter): Promise<AuditEvent[]> {
  requireRole(caller.actor, 'admin', 'reading the audit log')
  return listAudit(deps.store.db, filter)
}

/** @throws UNAUTHORIZED, PACKAGE_NOT_FOUND, FORBIDDEN */
export async function readPackageAuditLog(
  deps: Deps,
  caller: Caller,
  { name, ...filter }: Omit<AuditFilter, 'package'> & { readonly name: PackageName },
): Promise<AuditEvent[]> {
  const tx = deps.store.db
  await requirePackage(deps, caller, { tx, name, right: 'own' })
  return listAudit(tx, { ...filter, package: name })
}
