/** Puts what is installed where each agent looks for it, and takes away what no longer belongs there (D36, D38, D47). */
import { join } from 'node:path'
import {
  type Environment,
  type Ledger,
  type Level,
  type Platform,
  NAMED_KINDS,
  joinLedgers,
  placeOf,
  placesOf,
  resolveUserPath,
  sortLedger,
} from '@aam/platforms'
import { readApprovals, writeApprovals } from '../../disk/approvals.ts'
import { bundlePath, digestBundles } from '../../disk/bundles.ts'
import {
  APPROVALS_FILE,
  type DeployedFrom,
  digestApprovals,
  digestOwn,
  groupByFolder,
} from '../../disk/deployed-from.ts'
import {
  type DeployBase,
  applySteps,
  missingFolders,
  openDisk,
  removeEmptyFolders,
  sweepFolders,
} from '../../disk/deployment.ts'
import { isThere } from '../../disk/is-there.ts'
import { listOtherLedgers } from '../../disk/user-state.ts'
import type { Context } from '../../world.ts'
import { addBundle, changesBundles } from '../bundle/bundle-change.ts'
import { sourceOfBundle } from '../bundle/project-bundles.ts'
import { approveExecutables } from './approve.ts'
import { askForTargets } from './ask-for-targets.ts'
import { type Place, type Selection, addBundleTargets, chooseTargets, knownPlatforms } from './choose-targets.ts'
import type { DeployRequest, DeploySubject, Deployment } from './deployment.ts'
import { foldersToEmpty, pathsOf } from './emptied-folders.ts'
import { readOtherVersions } from './other-versions.ts'
import { planDeployment } from './plan-deployment.ts'
import { type Source, readOwnSource, readSource } from './read-sources.ts'
import { RUN_FOLDER } from './render.ts'
import { isWhole, problemsOf, summarise } from './result.ts'

/**
 * Decides a deployment, asking about executable things on the way. Changes nothing on disk.
 * @throws PLATFORM_UNKNOWN, CONFIG_INVALID, FILE_INVALID for approvals that cannot be read
 */
export async function prepareDeployment(
  context: Context,
  subject: DeploySubject,
  { selection, force, approveAll, asks, look }: DeployRequest & { readonly look: boolean },
): Promise<Deployment> {
  const { world } = context
  const { project, place, config } = subject
  const base = { folder: place.base, contained: place.level === 'project' }
  const own = readOwnSource(project)
  const bundles = subject.bundles.map(sourceOfBundle).filter(({ only }) => keepsBundle(selection, only))
  const platforms = knownPlatforms(config)
  const found = chooseTargets(world, place, { config, selection, deployed: deployedFor(subject) })
  const chosen = await askForTargets(context, subject, {
    chosen: found,
    asks: asks && !look && bundles.length === 0 && hasAnything(subject, own.source),
  })
  const { targets, bundlesOnly } = addBundleTargets(chosen, bundles, platforms)
  const disk = openDisk(base)
  const isAlone = targets.every(({ platform }) => bundlesOnly.has(platform.id))
  const read = [...(isAlone ? [] : [own.source, ...readPackages(subject.packages)]), ...bundles]
  const approvalsFile = approvalsPath(place, world.home)
  const approvals = readApprovals(approvalsFile)
  const approved = await approveExecutables(context, {
    place,
    targets,
    bundlesOnly,
    sources: read,
    approvals,
    approveAll,
    look,
    disk,
  })
  const plan = planDeployment({
    world,
    place,
    targets,
    bundlesOnly,
    everyPlatform: platforms.map(platform => ({ platform, because: '' })),
    own: own.paths,
    unverified: new Set(config.unverifiedFeatures),
    sources: approved.sources,
    ledger: subject.ledger,
    pending: subject.pending,
    others: place.level === 'user' ? listOtherLedgers(world.home, project.folder) : [],
    disk,
    force,
    mayRecall: () => holdsAnything(base, { platforms, level: place.level, env: world.env }),
    otherVersions: names => readOtherVersions(world.home, project.folder, names === 'all' ? subject.names : names),
  })
  const folders = [...plan.ledger.folders, ...missingFolders(base, plan.steps)]
  const ledger = sortLedger({ ...plan.ledger, folders })
  const result = summarise({
    level: place.level,
    chosen: { ...chosen, targets },
    plan,
    leftOut: approved.leftOut,
    has: hasAnything(subject, own.source),
    sources: approved.sources,
  })
  const { bundleChange } = subject
  // Copies of what was approved are looked at as closely as the project's own artifacts.
  const watched = [...own.paths, RUN_FOLDER]
  const describe = (after: Ledger): DeployedFrom => ({
    signals: chosen.signals,
    folders: groupByFolder(after.entries.map(placeOf)),
    own: { paths: watched, digest: digestOwn(project.folder, watched) },
    approvals: digestApprovals(approvalsFile),
    bundles: digestBundles(project.folder, bundleChange.drop.map(bundlePath)),
  })
  // A run that was about certain platforms says nothing about what the usual one would do.
  const isUsual = selection.kind === 'usual'
  const isNeeded =
    plan.steps.length > 0 || approved.changed || chosen.remember !== undefined || changesBundles(bundleChange)
  return {
    result,
    deploying: isNeeded ? joinLedgers(joinLedgers(subject.pending, plan.recalled), ledger) : undefined,
    outcomes: plan.outcomes,
    warnings: plan.warnings,
    problems: approved.sources.flatMap(problemsOf),
    carryOut: async () => {
      if (subject.pending !== undefined) sweepFolders(base, [subject.pending, ledger].flatMap(pathsOf))
      await chosen.remember?.()
      if (approved.changed) writeApprovals(approvalsFile, approved.approvals)
      // It is there before anything is made of it, so that a run that stopped is finished by the next one.
      addBundle(project.folder, bundleChange)
      applySteps(base, plan.steps)
      const ledgers = [ledger, subject.ledger, subject.pending]
      const gone = removeEmptyFolders(base, foldersToEmpty(plan.steps, ledgers, subject.pending !== undefined))
      const after = { ...ledger, folders: ledger.folders.filter(folder => !gone.has(folder)) }
      return { ledger: after, from: isUsual && isWhole(result) ? describe(after) : undefined }
    },
  }
}

/** The platforms that packages are deployed for; one that only bundles are deployed for is none that others go to. */
function deployedFor({ ledger, bundles, bundleChange }: DeploySubject): string[] {
  const bundled = new Set<string>([...bundles.map(({ name }) => name), ...bundleChange.drop])
  const entries = (ledger?.entries ?? []).filter(entry => !bundled.has(entry.package))
  return [...new Set(entries.flatMap(({ platforms }) => platforms))]
}

/** Whether a bundle for a platform is deployed by a command that is about others, or about taking away. */
function keepsBundle(selection: Selection, platform: string): boolean {
  if (selection.kind !== 'without') return true
  return selection.platforms !== 'all' && !selection.platforms.includes(platform)
}

function readPackages(packages: DeploySubject['packages']): Source[] {
  return [...packages].map(([name, folder]) => readSource(name, folder))
}

function hasAnything({ packages, bundles }: DeploySubject, { artifacts }: Source): boolean {
  return (
    packages.size + bundles.length > 0 ||
    NAMED_KINDS.some(kind => artifacts[kind].length > 0) ||
    artifacts.hooks.length > 0
  )
}

/** Where approvals of a level are kept. */
function approvalsPath({ level, base }: Place, home: string): string {
  return level === 'project' ? join(base, APPROVALS_FILE) : join(home, 'approvals.json')
}

/** Whether a place is there that some platform reads: else nothing was ever deployed here. */
function holdsAnything(
  { folder }: DeployBase,
  {
    platforms,
    level,
    env,
  }: { readonly platforms: readonly Platform[]; readonly level: Level; readonly env: Environment },
): boolean {
  const places = platforms.flatMap(platform => {
    // What is off now may have been on.
    const unverified = new Set(platform.unverified.map(({ id }) => id))
    return placesOf(platform, { level, unverified }).flatMap(({ place }) => place ?? [])
  })
  return [...new Set(places)].some(place => isThere(folder, level === 'user' ? resolveUserPath(place, env) : place))
}
