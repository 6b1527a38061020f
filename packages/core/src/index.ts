/**
 * The vocabulary of aam, without YAML and zod: those are behind `@aam/core/manifest`, so that a command that needs
 * neither starts without them.
 */
export {
  type AccessRules,
  type Actor,
  type MemberRole,
  type PackageAccess,
  ROLES,
  type Right,
  type Role,
  TOKEN_SCOPES,
  type TokenScope,
  type Visibility,
  mayRead,
  maySeeWaiting,
  requireAccess,
  requireNewName,
  requireReader,
  requireRole,
  requireScope,
  requireSignedIn,
  roleIn,
} from './access.ts'
export {
  type Approval,
  type ApprovalDecision,
  type ApprovalRules,
  type ReviewStatus,
  type ReviewedRelease,
  decideApproval,
  reviewStatus,
} from './approval.ts'
export { type PeerProblem, type Graph, chainsTo, checkPeers, findCycle, formatPeerProblem } from './check.ts'
export { hasConflict, splitConflict } from './conflict-markers.ts'
export {
  type DocumentRecord,
  PUBLISHED_FIELDS,
  type PackageDocument,
  type Release,
  type ReleaseRecord,
  decodeDocument,
  decodeRelease,
  encodeDocument,
  readDependencies,
  readPeers,
  versionsOf,
} from './document.ts'
export {
  AamError,
  type FailureCode,
  type Facts,
  type Place,
  type Problem,
  count,
  fail,
  failures,
  formatProblem,
  isAamError,
  isFailure,
} from './failures.ts'
export { type ImportDecision, type KeptTag, type StateChange, decideImport } from './import.ts'
export { type Integrity, integrityFromHex, integrityToHex, isIntegrity, parseIntegrity } from './integrity.ts'
export {
  type DeprecateRequest,
  type Deprecation,
  type Yank,
  type YankRequest,
  decideDeprecate,
  decideYank,
  newestUsable,
  parseDeprecation,
} from './lifecycle.ts'
export {
  EMPTY_LOCK,
  LOCK_FILE,
  type Lock,
  type LockEntry,
  type LockSource,
  decodeLock,
  encodeLock,
  needsUpgrade,
} from './lock.ts'
export { checkEdges, checkLock, pruneLock, requireLocked } from './lock-fit.ts'
export { hasInstances, instanceFor, instancesOf } from './instances.ts'
export { type LockMerge, mergeLocks } from './lock-merge.ts'
export {
  type InstanceName,
  type PackageName,
  compareText,
  directoryName,
  explainInstanceName,
  explainName,
  instanceName,
  packageOf,
  parseInstanceName,
  parsePackageName,
  parseScope,
  scopeOf,
  suggest,
} from './name.ts'
export { explainPattern, matchesName } from './name-pattern.ts'
export { advisePermissions } from './permission.ts'
export { type Change, type Installed, planInstall } from './plan.ts'
export {
  type Breach,
  type InstallPolicy,
  NO_POLICY,
  type Rule,
  checkName,
  checkTag,
  checkWanted,
  contradictsTag,
  defaultTagOf,
  joinPolicies,
  needsTag,
  permittedReleases,
  tagRulesFrom,
} from './policy.ts'
export { printable } from './printable.ts'
export { type Range, caret, exactly, isRange, matches, parseRange, portabilityProblem } from './range.ts'
export {
  type PublishDecision,
  type PublishRequest,
  type TagMove,
  type TagRules,
  decidePublish,
  decideTag,
  decideUntag,
  isBackwards,
  resolveTag,
} from './release.ts'
export {
  type DependencyRanges,
  type Specifier,
  type Wanted,
  formatSpecifier,
  parseNameAndRange,
  parseNameAndVersion,
  parseSpecifier,
  parseWanted,
} from './requirement.ts'
export {
  type ChangedFile,
  type FileChanges,
  type LineChanges,
  type PackageFile,
  type Review,
  type ReviewedVersion,
  type SizedFile,
  compareFiles,
  compareLines,
  comparePermissions,
  compareRequirements,
  listExecutables,
  permissionLines,
  reviewVersion,
} from './review.ts'
export { Catalogue } from './resolve/catalogue.ts'
export { type Fact, type Link } from './resolve/clash.ts'
export { type Explanation, type HeldBack, explain, findHeldBack } from './resolve/explain.ts'
export { type Attempt, type Remedy } from './resolve/remedies.ts'
export { type Pick, type Solution } from './resolve/single.ts'
export { type Answer, type Question, Solver, solve } from './resolve/solve.ts'
export { CONFLICT_STRATEGIES, type ConflictStrategy, type Strategy } from './resolve/strategies.ts'
export { renderConflict } from './resolve/render-conflict.ts'
export { type Choice, type Known, type KnownPackage, RESOLVER_VERSION, preferred } from './resolve/universe.ts'
export { type PackageSummary, decodeSummary, isAvailable, rankPackages, searchWords, summarize } from './summary.ts'
export { LATEST, type Tag, compareTags, explainTag, parseTag } from './tag.ts'
export {
  VERSION_STEPS,
  type Version,
  type VersionStep,
  compareVersions,
  isPrerelease,
  isVersion,
  isVersionStep,
  nearestVersions,
  nextVersion,
  parseVersion,
  samePrecedence,
} from './version.ts'
export {
  NO_SELECTION,
  type Requirement,
  type Selection,
  type TagChoice,
  type Wants,
  type WantsSource,
  gatherWants,
  requirementsOf,
} from './wants.ts'
