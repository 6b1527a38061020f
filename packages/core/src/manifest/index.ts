/**
 * Everything about manifests and artifacts: zod and YAML live behind this door, so that commands which need neither do
 * not load them.
 */
export { adviseManifest } from './advise.ts'
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
export { translateAamYaml } from './aam-yaml.ts'
export { editJsonText, readJsonText } from './json-text.ts'
export { editYamlText, readYamlText } from './yaml-text.ts'
export { type Permissions } from './schema.ts'
export { type SourceText, formatPath } from './source-text.ts'
export { type Artifact, discoverIn, gatherArtifacts } from '../artifacts/discover.ts'
export { type Frontmatter, readFrontmatter } from '../artifacts/frontmatter.ts'
export { type PackageFiles, validateArtifacts } from '../artifacts/validate.ts'
export { type Packlist, type PacklistInput, choosePacklist } from '../packlist.ts'
