/** `aam version`: sets the version in the manifest, and commits and tags it where there is a Git repository. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Version,
  type VersionStep,
  AamError,
  fail,
  isFailure,
  isVersionStep,
  nextVersion,
  parseVersion,
} from '@aam/core'
import {
  type NoRepository,
  type Repository,
  commitAndTag,
  findRepository,
  hasTag,
  listChanges,
  pathInside,
} from '../disk/git.ts'
import { withProjectLock } from '../disk/project-lock.ts'
import { type Project, editManifest, readProject, requireProject, writeManifest } from '../disk/project.ts'
import type { Context } from '../world.ts'

/** Where a version is to go. */
export type VersionGoal = { readonly step: VersionStep; readonly preid: string | undefined } | { readonly to: Version }

export type VersionRequest = {
  readonly goal: VersionGoal
  /** `false`: neither commit nor tag. */
  readonly git: boolean
  /** Commit message, `%s` stands for the version; the tag's name when absent. */
  readonly message: string | undefined
  /** Also with uncommitted changes in other files. */
  readonly force: boolean
  readonly dryRun: boolean
}

export type VersionResult = {
  readonly name: string
  readonly from: string
  readonly version: string
  /** The file that has it. */
  readonly manifest: string
  /** The tag of the commit; `null` when there was none made. */
  readonly tag: string | null
  /** Why nothing was committed. */
  readonly untagged: NoRepository | '--no-git-tag' | null
  readonly dryRun: boolean
}

/** Most files that a message lists. */
const MOST_FILES = 10

/** @throws USAGE, VERSION_INVALID */
export function parseVersionGoal(text: string, preid: string | undefined): VersionGoal {
  if (isVersionStep(text)) {
    if (preid !== undefined && !text.startsWith('pre')) {
      fail('USAGE', {
        message: `--preid names a pre-release, and ${text} makes none`,
        hint: `use prerelease or pre${text}`,
      })
    }
    return { step: text, preid }
  }
  if (preid !== undefined) {
    fail('USAGE', { message: '--preid goes with a step, not with a version', hint: 'use prerelease, prepatch, …' })
  }
  return { to: parseVersion(text) }
}

/** What the package around `cwd` is called. */
export async function showVersion({ world }: Context): Promise<{ readonly name: string; readonly version: string }> {
  const { name, version } = (await readProject(requireProject(world.cwd))).decoded.manifest
  return { name, version }
}

/**
 * Sets the version. When Git refuses, the manifest is as it was.
 * @throws VERSION_UNCHANGED, VERSION_INVALID, GIT_DIRTY, GIT_TAG_EXISTS, GIT_FAILED
 */
export async function setVersion(context: Context, request: VersionRequest): Promise<VersionResult> {
  const { world, report } = context
  const { folder } = requireProject(world.cwd)
  const onWait = (owner: string): void => {
    report({ kind: 'notice', message: `Waiting for ${owner}, which is working in this project` })
  }
  const act = async (): Promise<VersionResult> => setLocked(context, request)
  return request.dryRun ? act() : withProjectLock(folder, onWait, act)
}

async function setLocked({ world, report }: Context, request: VersionRequest): Promise<VersionResult> {
  const project = await readProject(requireProject(world.cwd))
  const { name, version: from } = project.decoded.manifest
  const { goal, dryRun } = request
  const version = 'to' in goal ? goal.to : nextVersion(from, goal.step, goal.preid)
  if (version === from) fail('VERSION_UNCHANGED', { name, version, file: project.format })
  const edited = await editManifest(project, [{ path: ['version'], value: version }])
  const repository = request.git ? await findRepository(project.folder, world.env) : '--no-git-tag'
  const task: Task = { project, edited, name, version, request }
  const outcome = typeof repository === 'string' ? writeOnly(task, repository) : await writeAndTag(task, repository)
  if (edited.format !== project.format && !dryRun) {
    report({ kind: 'notice', message: `${project.format} was converted to ${edited.format} and is no longer read` })
  }
  return { name, from, version, manifest: edited.format, ...outcome, dryRun }
}

type Task = {
  readonly project: Project
  readonly edited: Awaited<ReturnType<typeof editManifest>>
  readonly name: string
  readonly version: Version
  readonly request: VersionRequest
}

type Outcome = Pick<VersionResult, 'tag' | 'untagged'>

function writeOnly({ project, edited, request }: Task, untagged: Outcome['untagged']): Outcome {
  if (!request.dryRun) writeManifest(project.folder, edited)
  return { tag: null, untagged }
}

async function writeAndTag(
  { project, edited, name, version, request }: Task,
  repository: Repository,
): Promise<Outcome> {
  const tag = project.folder === repository.root ? `v${version}` : `${name}@${version}`
  const path = pathInside(repository, join(project.folder, edited.format))
  if (await hasTag(repository, tag)) fail('GIT_TAG_EXISTS', { tag })
  if (!request.force) await refuseChanges(repository, path)
  if (request.dryRun) return { tag, untagged: null }
  writeManifest(project.folder, edited)
  try {
    const message = request.message?.replaceAll('%s', () => version) ?? tag
    await commitAndTag(repository, { path, tag, message })
  } catch (error) {
    putBack(project, edited.format)
    if (!isFailure(error, 'GIT_FAILED')) throw error
    throw new AamError('GIT_FAILED', { ...error.facts, restored: edited.format }, { cause: error })
  }
  return { tag, untagged: null }
}

async function refuseChanges(repository: Repository, manifest: string): Promise<void> {
  const files = (await listChanges(repository)).filter(file => file !== manifest)
  if (files.length === 0) return
  fail('GIT_DIRTY', { files: files.slice(0, MOST_FILES), more: Math.max(0, files.length - MOST_FILES), manifest })
}

function putBack(project: Project, written: Project['format']): void {
  if (written === project.format) writeManifest(project.folder, project)
  else rmSync(join(project.folder, written), { force: true })
}
