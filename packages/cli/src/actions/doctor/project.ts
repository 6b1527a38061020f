/** Checks of the project: manifest, lock, what is installed, what Git knows of it, what killed runs left. */
import { join } from 'node:path'
import { readClaims } from '@aam/client/files'
import { LOCK_FILE, checkLock, count, directoryName, gatherWants, isAamError, packageOf } from '@aam/core'
import { isIgnored, isTracked, pathInside } from '../../disk/git.ts'
import { listLeftovers } from '../../disk/inspect.ts'
import { readPackageFolders } from '../../disk/packages.ts'
import { OLD_LOCK_FILE, PACKAGES_FOLDER, STATE_FOLDER } from '../../disk/project.ts'
import { listInstalled } from '../../disk/state.ts'
import { locate } from '../../disk/installed-files.ts'
import { type Check, type Finding, findingOf } from './site.ts'

export const checkManifest: Check = ({ place, project }) => {
  if (place === undefined) return [{ level: 'ok', message: 'no project in this folder or above it' }]
  if (isAamError(place)) return [findingOf(place)]
  if (project === undefined || isAamError(project)) return project === undefined ? [] : [findingOf(project)]
  const { name, version } = project.decoded.manifest
  return [
    { level: 'ok', message: `project ${name}@${version} in ${project.folder}` },
    ...place.shadowed.map((file): Finding => {
      return { level: 'warning', message: `${file} is not read, because ${place.format} is there`, hint: 'remove one' }
    }),
  ]
}

export const checkLockFile: Check = ({ place, project, lock }) => {
  if (place === undefined || isAamError(place)) return []
  if (isAamError(lock)) return [findingOf(lock)]
  // The manifest's own check says why it cannot be read.
  const wants = project === undefined || isAamError(project) ? undefined : gatherWants(project.decoded.manifest)
  if (lock === undefined) {
    if (wants === undefined || wants.required.size + wants.optional.size === 0) return []
    return [{ level: 'warning', message: `there is no ${LOCK_FILE}`, hint: 'run `aam install`, and commit it' }]
  }
  const [reason] = wants === undefined ? [] : checkLock(lock.lock, wants)
  const old = locate(join(place.folder, OLD_LOCK_FILE)) !== undefined
  return [
    reason === undefined
      ? { level: 'ok', message: `lock ${lock.file}: ${count(lock.lock.resolved.size, 'package')}` }
      : { level: 'error', message: `${lock.file} does not fit the manifest: ${reason}`, hint: 'run `aam install`' },
    ...oldLock(lock.file, old, lock.text === undefined),
  ]
}

function oldLock(file: string, there: boolean, upgraded: boolean): Finding[] {
  if (file === OLD_LOCK_FILE) {
    return [
      { level: 'warning', message: `${file} is of an older tool`, hint: `run \`aam install\` for a ${LOCK_FILE}` },
    ]
  }
  return [
    ...(there
      ? [{ level: 'warning', message: `${OLD_LOCK_FILE} is no longer read`, hint: 'remove it' } satisfies Finding]
      : []),
    ...(upgraded
      ? [{ level: 'warning', message: `${file} is of an older version`, hint: 'run `aam install`' } satisfies Finding]
      : []),
  ]
}

/** Folders and the versions their manifests say; comparing every byte is what `aam check` does. */
export const checkInstalled: Check = ({ place, lock }) => {
  if (place === undefined || isAamError(place) || lock === undefined || isAamError(lock)) return []
  const folders = new Set(listInstalled(place.folder))
  const versions = readPackageFolders(place.folder, folders)
  const known = new Set([...lock.lock.resolved.keys()].map(directoryName))
  const wrong = [...lock.lock.resolved].flatMap(([name, { version }]): Finding[] => {
    if (!folders.has(directoryName(name))) {
      return [{ level: 'error', message: `${packageOf(name)}@${version} is not installed`, hint: 'run `aam install`' }]
    }
    const there = versions.get(name)
    if (there === version) return []
    const message = `${name} is ${there ?? 'damaged'} on disk, and ${version} in the lock`
    return [{ level: 'error', message, hint: 'run `aam install --force`' }]
  })
  const strangers = [...folders].filter(folder => !known.has(folder))
  if (wrong.length === 0 && strangers.length === 0) {
    return [{ level: 'ok', message: `${PACKAGES_FOLDER}: ${count(known.size, 'package')}` }]
  }
  return [
    ...wrong.slice(0, MOST),
    ...(wrong.length > MOST
      ? [
          {
            level: 'error',
            message: `${String(wrong.length - MOST)} more packages are not as locked`,
          } satisfies Finding,
        ]
      : []),
    ...strangers.map((folder): Finding => {
      const message = `${PACKAGES_FOLDER}/${folder} belongs to no locked package`
      return { level: 'warning', message, hint: 'run `aam prune`' }
    }),
  ]
}

/** Most packages that are named one by one. */
const MOST = 5

export const checkGit: Check = async ({ place, repository, lock }) => {
  if (place === undefined || isAamError(place) || repository === undefined) return []
  if (isAamError(repository)) return [{ ...findingOf(repository), hint: 'run `git status` there' }]
  const findings: Finding[] = []
  const inside = pathInside(repository, join(place.folder, PACKAGES_FOLDER, '.lock'))
  if (!(await isIgnored(repository, inside))) {
    const hint = `add ${PACKAGES_FOLDER}/ to .gitignore: it is made from the lock`
    findings.push({ level: 'warning', message: `Git does not ignore ${PACKAGES_FOLDER}`, hint })
  }
  const file = lock === undefined || isAamError(lock) ? undefined : lock.file
  if (file !== undefined && !(await isTracked(repository, pathInside(repository, join(place.folder, file))))) {
    const hint = `run \`git add ${file}\`, so that everybody installs the same`
    findings.push({ level: 'warning', message: `Git does not have ${file}`, hint })
  }
  return findings.length > 0 ? findings : [{ level: 'ok', message: `Git repository ${repository.root}` }]
}

export const checkLeftovers: Check = ({ world, place }) => {
  const folder = place === undefined || isAamError(place) ? undefined : place.folder
  const claims = folder === undefined ? [] : readClaims(join(folder, STATE_FOLDER, 'lock'))
  const busy = claims.find(({ alive }) => alive)
  // What is there while somebody works is not left over.
  if (busy !== undefined) return [{ level: 'ok', message: `${busy.owner} is working in this project` }]
  const left = [
    ...listLeftovers(world.home),
    ...(folder === undefined
      ? []
      : [
          ...listLeftovers(folder),
          ...listLeftovers(join(folder, STATE_FOLDER)),
          ...listLeftovers(join(folder, PACKAGES_FOLDER), ['.staging-']),
        ]),
  ]
  const gone: Finding = {
    level: 'warning',
    message: 'the project has the claim of a run that is gone',
    hint: 'nothing is blocked by it: the next `aam install` removes it',
  }
  return [
    ...(claims.length > 0 ? [gone] : []),
    ...left.map((path): Finding => {
      return { level: 'warning', message: `${path} was left behind by a run that was killed`, hint: 'remove it' }
    }),
  ]
}
