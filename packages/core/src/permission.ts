import type { Problem } from './failures.ts'
import type { Permissions } from './manifest/schema.ts'

/**
 * What a reviewer should know about the permissions a package asks for (UAAPS 16 "Permissions Security Audit").
 * Warnings only: they never stop an install or a publish.
 */
export function advisePermissions(permissions: Permissions | undefined): Problem[] {
  const warnings: Problem[] = []
  const warn = (field: string, message: string): void => {
    warnings.push({ severity: 'warning', field, message })
  }
  if (permissions === undefined) {
    warn('permissions', 'none declared, so platform defaults apply; declare what the package needs')
    return warnings
  }
  const { fs, network, shell } = permissions
  if (shell?.allow === true && (shell.binaries ?? []).length === 0) {
    warn('permissions.shell', 'any command may run; list the binaries the package needs')
  }
  if ((fs?.write ?? []).some(glob => /^(?:\.\/)?(?:\*\*|\.)(?:\/|$)/.test(glob))) {
    warn('permissions.fs.write', 'it covers nearly everything; narrow it to what the package writes')
  }
  if ((network?.hosts ?? []).includes('*')) {
    warn('permissions.network.hosts', "'*' allows every host; name them, or use one wildcard label like *.example.com")
  }
  if ((network?.schemes ?? []).includes('http')) {
    warn('permissions.network.schemes', 'plain http is allowed; use https unless the host has none')
  }
  return warnings
}
