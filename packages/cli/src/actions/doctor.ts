/** `aam doctor`: everything that may be wrong, looked at and never touched. */
import { isAamError } from '@aam/core'
import type { Context } from '../world.ts'
import { checkCache, checkHome, checkPrograms, checkRegistries, checkSettings } from './doctor/machine.ts'
import { checkGit, checkInstalled, checkLeftovers, checkLockFile, checkManifest } from './doctor/project.ts'
import { type Check, type Finding, attempt, findingOf, surveySite } from './doctor/site.ts'

export type Diagnosis = {
  readonly findings: readonly Finding[]
  readonly errors: number
  readonly warnings: number
}

/** In the order their findings are shown. */
const CHECKS: readonly Check[] = [
  checkPrograms,
  checkHome,
  checkSettings,
  checkRegistries,
  checkCache,
  checkManifest,
  checkLockFile,
  checkInstalled,
  checkGit,
  checkLeftovers,
]

export async function diagnose({ world }: Context): Promise<Diagnosis> {
  const site = await surveySite(world)
  const findings: Finding[] = []
  for (const check of CHECKS) {
    const found = await attempt(async () => check(site))
    findings.push(...(isAamError(found) ? [findingOf(found)] : found))
  }
  const counted = (level: Finding['level']): number => findings.filter(finding => finding.level === level).length
  return { findings, errors: counted('error'), warnings: counted('warning') }
}
