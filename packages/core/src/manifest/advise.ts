import type { Problem } from '../failures.ts'
import { advisePermissions } from '../permission.ts'
import { parseRange, portabilityProblem } from '../range.ts'
import type { DecodedManifest } from './decode.ts'

/** Vendor ids that UAAPS platforms use; others draw a warning, never an error. */
const VENDORS = new Set(['aam', 'claude', 'cursor', 'copilot', 'codex', 'gemini', 'opencode', 'windsurf'])
const MOST_EXTENSIONS = 5

/** What to tell the author of a manifest beyond its errors (UAAPS 16, D8). */
export function adviseManifest(decoded: DecodedManifest): Problem[] {
  const { manifest, place } = decoded
  const warnings: Problem[] = [...decoded.warnings]
  const warn = (path: readonly string[], message: string): void => {
    warnings.push({ severity: 'warning', ...place(path), field: path.join('.'), message })
  }
  for (const field of ['dependencies', 'optionalDependencies', 'peerDependencies', 'resolutions'] as const) {
    for (const [name, range] of manifest[field]) {
      const problem = portabilityProblem(range)
      if (problem !== undefined) warn([field, name], problem)
    }
  }
  for (const [field, sets] of [
    ['dependencyGroups', manifest.raw.dependencyGroups],
    ['extras', manifest.raw.extras],
  ] as const) {
    for (const [key, { dependencies }] of Object.entries(sets ?? {})) {
      for (const [name, range] of Object.entries(dependencies ?? {})) {
        const problem = portabilityProblem(parseRange(range))
        if (problem !== undefined) warn([field, key, 'dependencies', name], problem)
      }
    }
  }
  for (const advice of advisePermissions(manifest.permissions)) {
    warnings.push({ ...advice, ...place((advice.field ?? '').split('.')), field: advice.field })
  }
  for (const [name, grant] of Object.entries(manifest.raw.permissionGrants ?? {})) {
    if (grant.shell?.allow === true && (grant.shell.binaries ?? []).length === 0) {
      warn(['permissionGrants', name], 'it grants unrestricted shell access; list the binaries')
    }
  }
  const extensions = Object.keys(manifest.raw).filter(key => key.startsWith('x-'))
  for (const key of extensions) {
    if (!VENDORS.has(key.slice(2))) warn([key], `'${key.slice(2)}' is not a registered vendor`)
  }
  if (extensions.length > MOST_EXTENSIONS) {
    warn([], `more than ${String(MOST_EXTENSIONS)} vendor extensions; is each one needed?`)
  }
  if (manifest.raw.description === undefined) warn(['description'], 'missing; people choose packages by it')
  return warnings
}
