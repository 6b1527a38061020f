import type { DeployRequest } from '../actions/deploy/deployment.ts'
import { type DeployResult, isWhole } from '../actions/deploy/result.ts'
import { deployInstalled, describeDeployment } from '../actions/deploy/installed.ts'
import { type Input, defineCommand, flag } from '../command.ts'
import { deployLines, statusLines } from '../text/deploy.ts'
import type { Context } from '../world.ts'
import { DEPLOY_OPTIONS, deployFrom, platformsFrom } from './deploy-options.ts'

const USER = ['--user', 'for everything you do, not for this project alone'] as const
const DRY_RUN = ['--dry-run', 'show what would change, and change nothing'] as const

type Result = DeployResult & { readonly dryRun: boolean }

export const deploy = defineCommand<Result>({
  summary: 'Put installed packages where agents look for them',
  description: `\`aam install\` does this too. Without --platform: for the agents in the setting platforms, else for all that show signs of themselves in the project.
What you changed, and files of your own, are never replaced or removed unless you say --overwrite.`,
  options: [...DEPLOY_OPTIONS, USER, DRY_RUN],
  examples: [
    'aam deploy',
    'aam deploy --platform claude,cursor',
    'aam deploy --dry-run',
    'aam deploy --approve-executables',
  ],
  run: async (context, input) => {
    const request = deployFrom(input)
    // There is no --no-deploy here.
    if (request === 'no') throw new Error('deploy was asked not to')
    return run(context, input, request)
  },
  view: (result, view) => deployLines(result, view, { dryRun: result.dryRun, alone: true }),
  exit: result => (isWhole(result) ? 0 : 1),
})

export const undeploy = defineCommand<Result>({
  summary: 'Take away what was put where agents look for it',
  description:
    'Packages stay installed. What you changed stays where it is. The next `aam install` deploys again for agents that show signs of themselves; `aam config set platforms` says for which it shall.',
  options: [['--platform <platforms>', 'for these agents only'], USER, DRY_RUN],
  examples: ['aam undeploy', 'aam undeploy --platform cursor'],
  run: async (context, input) =>
    run(context, input, {
      selection: { kind: 'without', platforms: platformsFrom(input) ?? 'all' },
      force: 'keep',
      approveAll: false,
      asks: false,
    }),
  view: (result, view) => deployLines(result, view, { dryRun: result.dryRun, alone: true }),
})

export const status = defineCommand<Awaited<ReturnType<typeof describeDeployment>>>({
  summary: 'Show what is deployed where, and what differs',
  description:
    'Lists what agents see of each package. Exit code 1 when something is missing, older than installed, changed by hand, or waits for approval.',
  options: [USER],
  run: async (context, input) => {
    return describeDeployment(context, flag(input, 'user') ? 'user' : 'project')
  },
  view: statusLines,
  exit: ({ result }) => (result.changes.length + result.leftOut.length > 0 ? 1 : 0),
})

async function run(context: Context, input: Input, request: DeployRequest): Promise<Result> {
  const dryRun = flag(input, 'dryRun')
  const level = flag(input, 'user') ? 'user' : 'project'
  return { ...(await deployInstalled(context, { ...request, level, dryRun })), dryRun }
}
