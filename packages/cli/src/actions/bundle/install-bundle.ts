/** `aam install FILE.bundle.aam`: deploys what is in a bundle. Nothing is resolved, and no registry is asked (UAAPS 12.4). */
import { resolve } from 'node:path'
import { type PackageName, type Version, fail, packageOf } from '@aam/core'
import { type BundleTarget, compareBundle, platformOfTarget } from '@aam/platforms'
import { bundlePath, hasBundle, readArchiveFile } from '../../disk/bundles.ts'
import { withProjectLock } from '../../disk/project-lock.ts'
import { writeManifest } from '../../disk/project.ts'
import type { Context } from '../../world.ts'
import type { DeployRequest, DeploySubject } from '../deploy/deployment.ts'
import { prepareDeployment } from '../deploy/deploy-project.ts'
import { carryOut, subjectOf } from '../deploy/installed.ts'
import type { DeployResult } from '../deploy/result.ts'
import type { ProjectSource } from '../install.ts'
import { addBundle } from './bundle-change.ts'
import type { Bundle } from './bundle.ts'
import { readBundle } from './project-bundles.ts'
import { renderBundle } from './render-bundle.ts'

export type BundleInstallRequest = {
  /** The bundle, relative to the folder the command runs in. */
  readonly file: string
  readonly dryRun: boolean
  readonly deploy: DeployRequest | 'no'
}

export type InstalledBundle = {
  readonly bundle: {
    readonly name: PackageName
    readonly version: Version
    readonly target: BundleTarget
    readonly platform: string
    /** Where the project keeps it. */
    readonly kept: string
    /** There was a bundle of this package before. */
    readonly replaced: boolean
  }
  /** The manifest that was written, in a folder that had none; else `null`. */
  readonly manifest: string | null
  readonly dryRun: boolean
  readonly deployment: DeployResult | null
}

/**
 * Installs a bundle into a project, instead of the one of the same package that is there.
 * @throws ARCHIVE_INVALID, ARCHIVE_TOO_LARGE, BUNDLE_INVALID, BUNDLE_TAKEN, NOT_UNPACKED, and what a policy forbids
 */
export async function installBundle(
  context: Context,
  { folder, read }: ProjectSource,
  request: BundleInstallRequest,
): Promise<InstalledBundle> {
  const bundle = takeBundle(context, request.file)
  const readSubject = async (): Promise<DeploySubject> =>
    subjectOf(context, await read(), { level: 'project', change: { add: bundle, drop: [] } })
  const describe = (subject: DeploySubject, deployment: DeployResult | null): InstalledBundle => ({
    bundle: {
      name: bundle.name,
      version: bundle.version,
      target: bundle.target,
      platform: platformOfTarget(bundle.target),
      kept: bundlePath(bundle.name),
      replaced: hasBundle(folder, bundle.name),
    },
    manifest: subject.project.manifestIs === 'new' ? subject.project.format : null,
    dryRun: request.dryRun,
    deployment,
  })
  if (request.dryRun) {
    const subject = await readSubject()
    if (request.deploy === 'no') return describe(subject, null)
    return describe(subject, (await prepareDeployment(context, subject, { ...request.deploy, look: true })).result)
  }
  const onWait = (owner: string): void => {
    context.report({ kind: 'notice', message: `Waiting for ${owner}, which is working in this project` })
  }
  return withProjectLock(folder, onWait, async () => {
    const subject = await readSubject()
    warnAboutDependencies(context, bundle, subject)
    const { project, bundleChange } = subject
    if (request.deploy === 'no') {
      const result = describe(subject, null)
      addBundle(folder, bundleChange)
      if (project.manifestIs === 'new') writeManifest(folder, project)
      return result
    }
    const deployment = await prepareDeployment(context, subject, { ...request.deploy, look: false })
    const result = describe(subject, deployment.result)
    await carryOut(context, folder, { level: 'project', deployment })
    if (project.manifestIs === 'new') writeManifest(folder, project)
    return result
  })
}

/** Reads a bundle, and holds what is compiled in it against the package in it. */
function takeBundle({ world }: Context, file: string): Bundle {
  const bundle = readBundle(readArchiveFile(resolve(world.cwd, file), file), file)
  const different = compareBundle(bundle.entries, renderBundle(world, bundle).entries)
  if (different !== undefined) fail('BUNDLE_INVALID', { bundle: file, why: different.why })
  return bundle
}

/** A bundle brings no other packages. */
function warnAboutDependencies({ report }: Context, { name, dependencies }: Bundle, subject: DeploySubject): void {
  const there = new Set<string>([
    ...[...subject.packages.keys()].map(packageOf),
    ...subject.bundles.map(bundle => bundle.name),
  ])
  const missing = [...dependencies.keys()].filter(each => !there.has(each))
  if (missing.length === 0) return
  report({ kind: 'warning', message: `${name} depends on ${missing.join(', ')}, which a bundle does not bring` })
}
