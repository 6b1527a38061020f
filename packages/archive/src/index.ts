/** `.aam` bytes: the reproducible writer, the strict reader of bytes in memory and on their way, the one unpacker, digests, limits. */
export { type Digests, integrityOf, sha256Hex } from './digest.ts'
export { type InspectOptions, type Inspection, inspectStream } from './inspect-stream.ts'
export { LIMITS } from './limits.ts'
export { type PackFile, packArchive } from './pack.ts'
export { explainPath } from './path-rules.ts'
export { type ArchiveEntry, readArchive } from './read.ts'
export type { TarFile } from './tar.ts'
export { unpackEntries } from './unpack.ts'
