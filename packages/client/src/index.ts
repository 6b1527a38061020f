/** A registry seen from outside. */
export type { Import, ImportOptions } from './folder/import.ts'
export {
  checkFolder,
  importIntoFolder,
  initFolderRegistry,
  listFolderRegistry,
  openFolderRegistry,
  reindexFolderRegistry,
  verifyFolderRegistry,
} from './folder/registry.ts'
export type { Reindexed } from './folder/reindex.ts'
export type { Verified } from './folder/verify.ts'
export {
  type BrokenPackage,
  type PublishOptions,
  type Published,
  type Registry,
  type SearchResult,
  tarballAddress,
} from './registry.ts'
export { type Member, type Several, openSeveral } from './several.ts'
