/** What the checks of `aam doctor` look at. Read once; a part that cannot be read is the failure that says why. */
import { AamError, isAamError } from '@aam/core'
import { type Config, readConfig } from '../../disk/config.ts'
import { type Repository, findRepository } from '../../disk/git.ts'
import {
  type LockFile,
  type Project,
  type ProjectPlace,
  findProject,
  readLock,
  readProject,
} from '../../disk/project.ts'
import type { World } from '../../world.ts'

/** One line of the result. `error`: something does not work; `warning`: something will surprise somebody. */
export type Finding = {
  readonly level: 'ok' | 'warning' | 'error'
  readonly message: string
  /** What to do. */
  readonly hint?: string | undefined
}

/** A check looks at one thing and changes nothing. What it throws becomes a finding, if it is a failure or the system's. */
export type Check = (site: Site) => readonly Finding[] | Promise<readonly Finding[]>

export type Site = {
  readonly world: World
  /** `undefined` outside of a project. */
  readonly place: ProjectPlace | AamError | undefined
  readonly config: Config | AamError
  /** What reading the settings warned of. */
  readonly configWarnings: readonly string[]
  readonly project: Project | AamError | undefined
  /** `undefined` when there is none. */
  readonly lock: LockFile | AamError | undefined
  /** The Git repository of the project. */
  readonly repository: Repository | AamError | undefined
}

export async function surveySite(world: World): Promise<Site> {
  const configWarnings: string[] = []
  const place = await attempt(() => findProject(world.cwd))
  const folder = place === undefined || isAamError(place) ? undefined : place.folder
  return {
    world,
    place,
    config: await attempt(() => readConfig(world, folder ?? world.cwd, message => configWarnings.push(message))),
    configWarnings,
    project: place === undefined || isAamError(place) ? undefined : await attempt(() => readProject(place)),
    lock: folder === undefined ? undefined : await attempt(() => readLock(folder)),
    repository:
      folder === undefined
        ? undefined
        : await attempt(async () => {
            const found = await findRepository(folder, world.env)
            return typeof found === 'string' ? undefined : found
          }),
  }
}

/** The finding that a failure is. */
export function findingOf(failure: AamError): Finding {
  return { level: 'error', message: failure.message, hint: failure.hint }
}

/** The result, or the failure; the system's errors are failures too when they name a file. */
export async function attempt<T>(act: () => T | Promise<T>): Promise<T | AamError> {
  try {
    return await act()
  } catch (error) {
    if (isAamError(error)) return error
    if (!(error instanceof Error) || !('path' in error) || !('code' in error)) throw error
    const { code, path, syscall } = error as NodeJS.ErrnoException
    const facts = { code: String(code), path: String(path), doing: syscall ?? 'access' }
    return new AamError('FILE_SYSTEM', facts, { cause: error })
  }
}
