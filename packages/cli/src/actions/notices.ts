/** What a person should know about an install, some of it only once. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { LOCK_FILE } from '@aam/core'
import { OLD_LOCK_FILE, PACKAGES_FOLDER, type Project, repositoryRoot } from '../disk/project.ts'
import type { Context } from '../world.ts'
import type { DeployResult } from './deploy/result.ts'
import type { LockBefore } from './lock-before.ts'
import type { Target } from './target.ts'

/** Says what a person should know once, and returns everything that has been said. */
export function giveNotices(
  { report }: Context,
  project: Project,
  {
    target,
    before,
    given,
    deployed,
  }: {
    readonly target: Target
    readonly before: LockBefore
    readonly given: readonly string[]
    readonly deployed: DeployResult | undefined
  },
): string[] {
  if (before.merge !== undefined) report({ kind: 'notice', message: `Merged the two sides of ${LOCK_FILE}` })
  if (before.file === OLD_LOCK_FILE) {
    report({ kind: 'notice', message: `${OLD_LOCK_FILE} was taken over into ${LOCK_FILE} and is no longer read` })
  }
  if (project.manifestIs === 'new') {
    report({ kind: 'notice', message: `Created ${project.format} (private, named ${project.decoded.manifest.name})` })
  }
  if (target.project.format !== project.format) {
    report({
      kind: 'notice',
      message: `${project.format} was converted to ${target.project.format} and is no longer read`,
    })
  }
  const notices = new Set(given)
  if (
    !notices.has('no-agent') &&
    deployed?.targets.length === 0 &&
    deployed.chosenBy === 'signs' &&
    !deployed.isEmpty
  ) {
    notices.add('no-agent')
    report({
      kind: 'notice',
      message: 'No agent shows in this project, so nothing was deployed; name one: `aam deploy --platform claude`',
    })
  }
  if (notices.has('gitignore') || repositoryRoot(project.folder) === undefined || target.lock.resolved.size === 0) {
    return [...notices]
  }
  notices.add('gitignore')
  if (!ignoresPackages(project.folder)) {
    report({ kind: 'notice', message: `Commit ${LOCK_FILE}, and add ${PACKAGES_FOLDER}/ to .gitignore` })
  }
  return [...notices]
}

function ignoresPackages(folder: string): boolean {
  const files = [folder, repositoryRoot(folder) ?? folder]
    .map(place => join(place, '.gitignore'))
    .filter(file => existsSync(file))
  return files.some(file => readFileSync(file, 'utf8').includes(PACKAGES_FOLDER))
}
