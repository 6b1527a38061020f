/** `.aam` bytes: the reproducible writer, the one strict reader, the one unpacker, digests and limits. */
export { integrityOf, sha256Hex } from './digest.ts'
export { LIMITS } from './limits.ts'
export { type PackFile, packArchive } from './pack.ts'
export { explainPath } from './path-rules.ts'
export { type ArchiveEntry, readArchive } from './read.ts'
export { unpackEntries } from './unpack.ts'
