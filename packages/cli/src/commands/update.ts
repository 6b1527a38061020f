import { parsePackageName } from '@aam/core'
import type { InstallResult } from '../actions/install-result.ts'
import { installProject } from '../actions/install.ts'
import { defineCommand } from '../command.ts'
import { type Project, requireProject } from '../disk/project.ts'
import { installLines } from '../text/install.ts'
import { DEPLOY_OPTIONS, NO_DEPLOY } from './deploy-options.ts'
import { ON_CONFLICT, installExit, readWithWarnings, requestFrom } from './install.ts'

export const update = defineCommand<InstallResult>({
  summary: 'Move to newer versions within the ranges',
  description:
    'With names: only those move, as far as the rest allows. A dependency that follows a tag goes to the version the tag names now, up or down.',
  args: [['[packages...]', 'installed packages']],
  completes: 'installed',
  options: [
    ['--dry-run', 'show the tree and what would change, and change nothing'],
    ['--latest', 'go to the newest versions and rewrite the ranges of direct dependencies that exclude them'],
    ['--strict-peers', 'fail when a peer dependency is not met'],
    ON_CONFLICT,
    ['--no-cache', 'neither use nor fill the download cache'],
    ['--registry <registry>', 'the registry to use: a folder, or the address of a server'],
    ...DEPLOY_OPTIONS,
    NO_DEPLOY,
  ],
  examples: ['aam update', 'aam update @team/review', 'aam update --latest', 'aam update --dry-run'],
  run: async (context, input) => {
    const names = input.args.map(parsePackageName)
    const { folder } = requireProject(context.world.cwd)
    const read = async (): Promise<Project> => readWithWarnings(context, requireProject(context.world.cwd))
    return installProject(
      context,
      { folder, read },
      requestFrom(input, { kind: 'update', names: names.length === 0 ? 'all' : names }),
    )
  },
  view: installLines,
  exit: installExit,
})
