/** A project in which no agent shows itself and that deploys nothing: told cheaply, and without loading what deploys. */
import { join } from 'node:path'
import { SIGNALS } from '@aam/platforms/signals'
import { mayConfigurePlatforms } from '../../disk/config.ts'
import { digestBundles } from '../../disk/bundles.ts'
import { APPROVALS_FILE, digestApprovals, digestOwn } from '../../disk/deployed-from.ts'
import { isThere } from '../../disk/is-there.ts'
import type { State } from '../../disk/state.ts'
import type { Context } from '../../world.ts'
import type { DeployRequest, Deployment } from './deployment.ts'
import type { DeployResult } from './result.ts'

/** What deploying would come to; `undefined` when it has to be looked at. */
export function findNoAgent(
  { world, settings }: Context,
  { folder, packages, state }: { readonly folder: string; readonly packages: number; readonly state: State },
  { selection, asks }: DeployRequest,
): Deployment | undefined {
  const mayAsk = asks && world.terminal.interactive && !settings.yes
  const isKnown = state.deploying !== undefined || (state.deployed?.entries.length ?? 0) > 0
  if (selection.kind !== 'usual' || mayAsk || isKnown || mayConfigurePlatforms(world, folder)) return undefined
  const signals = Object.values(SIGNALS).flat()
  if (signals.some(signal => isThere(folder, signal))) return undefined
  const result: DeployResult = {
    level: 'project',
    targets: [],
    chosenBy: 'signs',
    isEmpty: packages === 0,
    changes: [],
    unchanged: 0,
    warnings: [],
    leftOut: [],
    problems: [],
  }
  const from = {
    signals: Object.fromEntries(signals.map(signal => [signal, false])),
    folders: {},
    own: { paths: [], digest: digestOwn(folder, []) },
    approvals: digestApprovals(join(folder, APPROVALS_FILE)),
    bundles: digestBundles(folder, []),
  }
  const ledger = state.deployed ?? { entries: [], shared: {}, folders: [] }
  return {
    result,
    deploying: undefined,
    outcomes: [],
    warnings: [],
    problems: [],
    carryOut: () => Promise.resolve({ ledger, from }),
  }
}
