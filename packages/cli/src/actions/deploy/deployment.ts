/** What a deployment is asked for, made of, and comes to. */
import type { InstanceName } from '@aam/core'
import type { Force, Ledger, Outcome, PlaceWarning } from '@aam/platforms'
import type { Config } from '../../disk/config.ts'
import type { DeployedFrom } from '../../disk/deployed-from.ts'
import type { Project } from '../../disk/project.ts'
import type { Bundle } from '../bundle/bundle.ts'
import type { BundleChange } from '../bundle/bundle-change.ts'
import type { Place, Selection } from './choose-targets.ts'
import type { DeployResult } from './result.ts'

/** What the command line says about deploying. */
export type DeployRequest = {
  readonly selection: Selection
  readonly force: Force
  readonly approveAll: boolean
  /** Whether to ask for agents where none shows itself. */
  readonly asks: boolean
}

/** What is deployed: the packages of a project as they are, or are about to be. */
export type DeploySubject = {
  readonly project: Project
  readonly place: Place
  readonly config: Config
  /** Every package that is to be deployed, and the folder its files are in now. */
  readonly packages: ReadonlyMap<InstanceName, string>
  /** Names whose older versions may have left files that nobody remembers. */
  readonly names: readonly InstanceName[]
  /** The bundles of the project, as they are to be. */
  readonly bundles: readonly Bundle[]
  /** What of that is not so yet. What is dropped, the caller removes when all else is done. */
  readonly bundleChange: BundleChange
  readonly ledger: Ledger | undefined
  readonly pending: Ledger | undefined
}

/** What there is to remember of a deployment. */
export type Deployed = {
  /** What is ours now. */
  readonly ledger: Ledger
  /** What it was made from; `undefined` when the next run has to look at it again. */
  readonly from: DeployedFrom | undefined
}

/** A deployment that is decided and not done yet. */
export type Deployment = {
  readonly result: DeployResult
  /** All that may be ours until it is carried out, to be written down before the first step; `undefined` when nothing changes. */
  readonly deploying: Ledger | undefined
  /** Of every unit, changed or not. */
  readonly outcomes: readonly Outcome[]
  /** What platforms cannot express, changed or not. */
  readonly warnings: readonly PlaceWarning[]
  /** What is wrong with artifacts, changed or not: sentences that begin with the package. */
  readonly problems: readonly string[]
  readonly carryOut: () => Promise<Deployed>
}
