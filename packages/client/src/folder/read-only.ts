/** A registry that may be read and not written: a read-only file system, or no permission. */
import { basename, sep } from 'node:path'
import { AamError, fail, isFailure } from '@aam/core'
import { isErrno, isTemporary } from '../files/index.ts'
import { lockFolder } from './layout.ts'

const REFUSALS = ['EROFS', 'EACCES', 'EPERM'] as const
type Refusal = (typeof REFUSALS)[number]
const WRITING_CALLS = new Set(['mkdir', 'rename', 'unlink', 'rmdir', 'rm', 'utime'])

/**
 * Runs what writes into the registry `root`.
 * @throws REGISTRY_READ_ONLY when the system does not let it; that something cannot be read stays what it is
 */
export async function whileWriting<T>(root: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write()
  } catch (error) {
    const refused = refusalOf(error, root)
    if (refused !== undefined) fail('REGISTRY_READ_ONLY', { registry: root, ...refused }, { cause: error })
    throw error
  }
}

function refusalOf(error: unknown, root: string): { readonly why: Refusal; readonly path?: string } | undefined {
  if (isFailure(error, 'FILE_SYSTEM')) {
    const why = REFUSALS.find(code => code === error.facts.code)
    return why === undefined || error.facts.doing !== 'write' ? undefined : { why, path: error.facts.path }
  }
  if (error instanceof AamError || !isErrno(error, ...REFUSALS)) return undefined
  const why = error.code as Refusal
  const path = error.path
  if (path === undefined) return { why }
  // Only what is about to be written has such a name, or lies in the lock's folder.
  const opensNew = error.syscall === 'open' && (isTemporary(basename(path)) || path.startsWith(lockFolder(root) + sep))
  const writes = why === 'EROFS' || opensNew || WRITING_CALLS.has(error.syscall ?? '')
  return writes ? { why, path: (error as { readonly dest?: string }).dest ?? path } : undefined
}
