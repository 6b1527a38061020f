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
export { type Account, type AuditQuery, openAccount } from './http/account.ts'
export { parseServerAddress } from './http/address.ts'
export { openHttpRegistry } from './http/registry.ts'
export type { Progress, Retry, Timeouts, TransportOptions } from './http/request.ts'
export { type Transport, openTransport } from './http/transport.ts'
export {
  type BrokenPackage,
  type PublishOptions,
  type Published,
  type Registry,
  type SearchResult,
  type VersionFacts,
  tarballAddress,
} from './registry.ts'
export { importIntoRegistry, verifyRegistry } from './whole-registry.ts'
export { type Member, type Several, openSeveral } from './several.ts'
