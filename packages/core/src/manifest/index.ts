/** Manifests in JSON: zod lives behind this door, so that what needs no manifest does not load it. */
export {
  ARTIFACT_KINDS,
  type ArtifactKind,
  type DeclaredArtifact,
  type DecodedManifest,
  MANIFEST_FILES,
  type Manifest,
  type ManifestFormat,
  decodeManifest,
  decodeManifestSource,
} from './decode.ts'
export { editJsonText, readJsonText } from './json-text.ts'
export { type Permissions } from './schema.ts'
export { type SourceText, formatPath } from './source-text.ts'
export { type ReleaseFacts, describeRelease } from './describe-release.ts'
