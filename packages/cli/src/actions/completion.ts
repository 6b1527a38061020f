import { isErrno } from '@aam/client/files'
import { type InstanceName, compareText, isAamError, packageOf } from '@aam/core'
import { findProject, readLockText } from '../disk/project.ts'

/**
 * The names in the lock of the project around `cwd`, for a shell to offer. Fast, and never a failure: in the middle of a
 * command line nobody wants to read one, and any command that is then run says what is wrong.
 */
export function listLockedNames(cwd: string): string[] {
  try {
    const project = findProject(cwd)
    const text = project === undefined ? undefined : readLockText(project.folder)
    const lock = JSON.parse(text ?? 'null') as { readonly resolved?: unknown } | null
    const resolved = typeof lock === 'object' ? lock?.resolved : undefined
    if (typeof resolved !== 'object' || resolved === null) return []
    return [...new Set(Object.keys(resolved).map(key => packageOf(key as InstanceName)))].sort(compareText)
  } catch (error) {
    if (error instanceof SyntaxError || isAamError(error) || isErrno(error, 'EACCES', 'EISDIR', 'ENOTDIR')) return []
    throw error
  }
}
