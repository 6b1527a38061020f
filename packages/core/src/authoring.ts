/** What writing a package takes, and everything in YAML: behind a door of its own, because installing needs none of it. */
export { decodeAamLock } from './manifest/aam-lock-yaml.ts'
export { translateAamYaml } from './manifest/aam-yaml.ts'
export { adviseManifest } from './manifest/advise.ts'
export { editYamlText, readYamlText } from './manifest/yaml-text.ts'
export { type Artifact, discoverIn, gatherArtifacts } from './artifacts/discover.ts'
export { type Frontmatter, readFrontmatter } from './artifacts/frontmatter.ts'
export { type PackageFiles, resolveInside, validateArtifacts } from './artifacts/validate.ts'
export { type Packlist, type PacklistInput, choosePacklist } from './packlist.ts'
