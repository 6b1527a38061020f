/** Files on disk as every edge of aam needs them: written whole, locked safely. */
export { isErrno, isTemporary, makeFolder, readIfThere, writeFileAtomic } from './atomic.ts'
export { type LockOptions, withLock } from './file-lock.ts'
