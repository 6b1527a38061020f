import type { InstallResult } from '../actions/install-result.ts'
import { installProject } from '../actions/install.ts'
import { type Command, defineCommand } from '../command.ts'
import { requireProject } from '../disk/project.ts'
import { installLines } from '../text/install.ts'
import { NO_DEPLOY } from './deploy-options.ts'
import { ON_CONFLICT, installExit, readWithWarnings, requestFrom } from './install.ts'

const DRY_RUN = ['--dry-run', 'show the tree and what would change, and change nothing'] as const

function runFor(kind: 'prune' | 'dedupe'): Command<InstallResult>['run'] {
  return async (context, input) => {
    const { folder } = requireProject(context.world.cwd)
    const read = async (): ReturnType<typeof readWithWarnings> =>
      readWithWarnings(context, requireProject(context.world.cwd))
    return installProject(context, { folder, read }, requestFrom(input, { kind }))
  }
}

export const prune = defineCommand<InstallResult>({
  summary: 'Remove what nothing requires',
  description:
    'Takes packages that nothing requires off the disk and out of the lock. Everything else stays as it is. Folders in .agent-packages/ that are no packages are left alone.',
  options: [DRY_RUN, NO_DEPLOY],
  run: runFor('prune'),
  view: installLines,
  exit: installExit,
})

export const dedupe = defineCommand<InstallResult>({
  summary: 'Resolve again without needless packages',
  description:
    'Keeps every locked version that can stay, and leaves out what is not needed: also a second version of a package, when one will do.',
  options: [
    DRY_RUN,
    NO_DEPLOY,
    ['--strict-peers', 'fail when a peer dependency is not met'],
    ON_CONFLICT,
    ['--registry <registry>', 'the registry to use: a folder, or the address of a server'],
  ],
  run: runFor('dedupe'),
  view: installLines,
  exit: installExit,
})
