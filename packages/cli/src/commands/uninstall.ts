import { parsePackageName } from '@aam/core'
import type { InstallResult } from '../actions/install-result.ts'
import { installProject } from '../actions/install.ts'
import { defineCommand } from '../command.ts'
import { requireProject } from '../disk/project.ts'
import { installLines } from '../text/install.ts'
import { NO_DEPLOY } from './deploy-options.ts'
import { installExit, readWithWarnings, requestFrom } from './install.ts'

export const uninstall = defineCommand<InstallResult>({
  summary: 'Remove packages, and what only they needed',
  description:
    'Takes direct dependencies out of the manifest, then out of the lock and off the disk, with everything that nothing else needs. While the lock fits, what stays keeps its version and no registry is asked.',
  args: [['<packages...>', 'direct dependencies']],
  completes: 'installed',
  options: [['--dry-run', 'show the tree and what would change, and change nothing'], NO_DEPLOY],
  examples: ['aam uninstall @team/review', 'aam uninstall lint format --dry-run'],
  run: async (context, input) => {
    const names = [...new Set(input.args.map(parsePackageName))]
    const { folder } = requireProject(context.world.cwd)
    const read = async (): ReturnType<typeof readWithWarnings> =>
      readWithWarnings(context, requireProject(context.world.cwd))
    return installProject(context, { folder, read }, requestFrom(input, { kind: 'remove', names }))
  },
  view: installLines,
  exit: installExit,
})
