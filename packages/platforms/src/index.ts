export { importAgent } from './import/agent.ts'
export { importCommand } from './import/command.ts'
export { type Converted, saysNothingNew, writeDocument } from './import/document.ts'
export { type FoundHook, type ImportedHooks, encodeHooks, importHooks } from './import/hooks.ts'
export { type Json, asObject, readLooseJson } from './import/json.ts'
export { MARKETPLACE, PLUGIN_MANIFEST, listPlugins, readPluginPlaces } from './import/plugin.ts'
export { importRule } from './import/rule.ts'
export { type Companion, type Rewritten, rewriteArguments, rewriteCommand } from './import/script.ts'
export { type HiddenSecret, type ImportedServers, encodeServers, importServers } from './import/servers.ts'
export { type ImportedSkill, importPluginRoot, importSkill } from './import/skill.ts'
export {
  AGENT_FOLDERS,
  type Candidate,
  type CandidateKind,
  type PluginPlaces,
  type SourceId,
  explainLeftOver,
  folderOf,
  isPlace,
  recognise,
} from './import/source.ts'
export type {
  Agent,
  Artifacts,
  Command,
  Document,
  Hook,
  NamedKind,
  Rule,
  RuleMode,
  Server,
  ServerInput,
  Skill,
  Variable,
} from './artifacts.ts'
export { type ComposedBundle, checksumOf, composeBundle } from './bundle/compose.ts'
export { type BundledArtifact, decodeBundleManifest, encodeBundleManifest } from './bundle/manifest.ts'
export { type OpenBundle, compareBundle, openBundle } from './bundle/open.ts'
export { BUNDLE_TARGETS, type BundleTarget, findBundleTarget, platformOfTarget } from './bundle/targets.ts'
export {
  type ApprovalItem,
  type Approval,
  type Approvals,
  type Difference,
  type Judgement,
  approve,
  decodeApprovals,
  encodeApprovals,
  judge,
} from './deploy/approvals.ts'
export { canonicalBytes } from './deploy/canonical.ts'
export { type Asked, type DesiredUnit, type Joined, joinUnits } from './deploy/desired.ts'
export {
  EMPTY_LEDGER,
  type Ledger,
  type LedgerEntry,
  joinLedgers,
  placeOf,
  sortLedger,
  withoutOthers,
} from './deploy/ledger.ts'
export { NAMED_KINDS, type NameOf, type Named, type Taken, assignNames, longNames } from './deploy/names.ts'
export type { Change, Digest, Disk, DiskFile, Force, Outcome, Step } from './deploy/outcome.ts'
export { type Plan, planDeployment } from './deploy/plan.ts'
export { recall } from './deploy/recall.ts'
export { type TargetPlatform, detectPlatforms, signalsOf } from './deploy/targets.ts'
export type {
  BlockPlace,
  CommandsAsSkills,
  FilePlace,
  Level,
  Origin,
  PlacedFile,
  Placement,
  Places,
  Platform,
  RenderContext,
  RunContext,
  Unit,
  UnitKind,
  Warn,
} from './platform.ts'
export { readArtifacts } from './read-artifacts.ts'
export {
  type Block,
  type BlockProblem,
  type BlockRecord,
  type BlockRefusal,
  type BlockSyntax,
  definedTables,
  isEmptyText,
  readBlock,
  removeBlock,
  setBlock,
} from './edit/block.ts'
export {
  type JsonAddition,
  type JsonInsertion,
  type JsonPlace,
  type JsonProblem,
  type JsonRefusal,
  adoptJson,
  findJson,
  insertJson,
  isEmptyJson,
  removeJson,
  removeJsonWithParents,
  replaceJson,
} from './edit/json.ts'
export { type DefinedPlatform, type PlaceOverrides, type PlatformOverrides, definePlatform } from './define-platform.ts'
export { type Environment, resolveUserPath } from './paths.ts'
export { type Placed, placePackage } from './place.ts'
export { type KindPlace, placesOf } from './places.ts'
export { PLATFORMS } from './platforms.ts'
export { isSkillName, toSkillName } from './skill-name.ts'
export { renderSkill } from './skills.ts'
export type { NamedPackage, PlaceContext, PlaceWarning } from './walk.ts'
export { gatherApprovalItems } from './executables.ts'
