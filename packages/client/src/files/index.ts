/** Files on disk as every edge of aam needs them: written whole, locked safely. */
export {
  createFolder,
  isTemporary,
  listAbandoned,
  makeFolder,
  placeDerived,
  placeFile,
  readIfThere,
  readUtf8,
  sweepTemporaries,
  syncFolder,
  temporaryFor,
  writeFileAtomic,
  writeFileDerived,
} from './atomic.ts'
export { isErrno } from './errno.ts'
export { type NewFile, isEmptyFolder, writeFolderAtomic } from './folder.ts'
export { type Claim, type LockOptions, readClaims, withLock } from './file-lock.ts'
