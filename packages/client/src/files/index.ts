/** Files on disk as every edge of aam needs them: written whole, locked safely. */
export {
  isTemporary,
  listAbandoned,
  makeFolder,
  placeFile,
  readIfThere,
  readUtf8,
  sweepTemporaries,
  writeFileAtomic,
  writeFileDerived,
} from './atomic.ts'
export { isErrno } from './errno.ts'
export { type Claim, type LockOptions, readClaims, withLock } from './file-lock.ts'
