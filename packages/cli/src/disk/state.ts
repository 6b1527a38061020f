/** `.aam/state.json` (D36): what aam wrote into a project and what it was made from. Never committed, never needed. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { isErrno, readIfThere, writeFileAtomic } from '@aam/client/files'
import {
  type Installed,
  type InstanceName,
  compareText,
  directoryName,
  explainInstanceName,
  isIntegrity,
  isVersion,
} from '@aam/core'
import type { Ledger } from '@aam/platforms'
import { type DeployedFrom, isDeployed } from './deployed-from.ts'
import { PACKAGES_FOLDER, type ProjectPlace, STATE_FOLDER, digestFile, lockPath, manifestPath } from './project.ts'

export type Complete = {
  readonly manifest: string
  readonly format: string
  readonly lock: string
  /** Of the settings: a policy may have been added since. */
  readonly settings: string
  /** What deploying looked at; absent when nothing was deployed on purpose, or something was left out. */
  readonly deployed?: DeployedFrom | undefined
}

export type State = {
  /** Digests of what the last complete install was made from; absent while one is under way. */
  readonly complete: Complete | undefined
  /** What is below `.agent-packages/`. */
  readonly packages: ReadonlyMap<InstanceName, Installed>
  /** What an install that is under way puts there: after a crash it may be there or not, and is ours either way. */
  readonly pending: ReadonlyMap<InstanceName, Installed>
  /** What was deployed (D36); `undefined` when nobody knows. */
  readonly deployed: Ledger | undefined
  /** What a deployment that is under way is to have deployed: each part of it may be there or not. */
  readonly deploying: Ledger | undefined
  /** Notices that are given once. */
  readonly notices: readonly string[]
}

const EMPTY: State = {
  complete: undefined,
  packages: new Map(),
  pending: new Map(),
  deployed: undefined,
  deploying: undefined,
  notices: [],
}
const IGNORED = "# What is this machine's own.\nstate.json\nlock/\n"

/** Reads the state. A damaged or missing one is an empty one: everything in it can be found out again. */
export function readState(folder: string): State {
  const text = readIfThere(statePath(folder))?.toString('utf8')
  if (text === undefined) return EMPTY
  try {
    return decode(JSON.parse(text))
  } catch (error) {
    if (error instanceof SyntaxError) return EMPTY
    throw error
  }
}

export function writeState(folder: string, state: State): void {
  const { complete, packages, pending, deployed, deploying, notices } = state
  const ignore = join(folder, STATE_FOLDER, '.gitignore')
  if (!existsSync(ignore)) writeFileAtomic(ignore, IGNORED)
  const value = {
    stateVersion: 1,
    complete,
    deployed,
    deploying,
    notices,
    packages: Object.fromEntries(byName(packages)),
    pending: Object.fromEntries(byName(pending)),
  }
  writeFileAtomic(statePath(folder), `${JSON.stringify(value)}\n`)
}

/** The same packages are written in the same order, however they were found. */
function byName(packages: State['packages']): (readonly [InstanceName, Installed])[] {
  return [...packages].sort(([a], [b]) => compareText(a, b))
}

/**
 * Whether nothing has to be done: manifest, lock and settings are those of the last complete install, and every package
 * has its folder. Loads nothing but JSON, so that it costs next to nothing.
 * @param settings what `digestConfig` says now
 * @param deploys whether deployed files count too
 * @returns how many packages are installed; `undefined` when there is something to do
 */
export function upToDate(
  place: ProjectPlace,
  { settings, deploys }: { readonly settings: string; readonly deploys: boolean },
): number | undefined {
  // Somebody is installing here, or was and got no further.
  if (existsSync(join(place.folder, STATE_FOLDER, 'lock'))) return undefined
  const { complete, packages } = readState(place.folder)
  if (complete?.format !== place.format || complete.settings !== settings) return undefined
  if (digestFile(manifestPath(place)) !== complete.manifest) return undefined
  if (digestFile(lockPath(place.folder)) !== complete.lock) return undefined
  if (deploys && !isDeployed(place.folder, complete.deployed)) return undefined
  const present = new Set(listInstalled(place.folder))
  return [...packages.keys()].every(name => present.has(directoryName(name))) ? packages.size : undefined
}

/** The names of the folders in `.agent-packages/`, leftovers of an interrupted install left out. */
export function listInstalled(folder: string): string[] {
  try {
    return readdirSync(join(folder, PACKAGES_FOLDER), { withFileTypes: true })
      .filter(entry => entry.isDirectory() && !entry.name.startsWith('.'))
      .map(entry => entry.name)
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return []
    throw error
  }
}

function statePath(folder: string): string {
  return join(folder, STATE_FOLDER, 'state.json')
}

function decode(value: unknown): State {
  if (!isObject(value) || value['stateVersion'] !== 1) return EMPTY
  const { complete, packages, pending, deployed, deploying, notices } = value
  return {
    complete: decodeComplete(complete),
    packages: decodePackages(packages),
    pending: decodePackages(pending),
    deployed: decodeLedger(deployed),
    deploying: decodeLedger(deploying),
    notices: Array.isArray(notices) ? notices.map(String) : [],
  }
}

function decodeComplete(value: unknown): Complete | undefined {
  const { manifest, format, lock, settings, deployed } = isObject(value) ? value : {}
  if (typeof manifest !== 'string' || typeof format !== 'string' || typeof lock !== 'string') return undefined
  if (typeof settings !== 'string') return undefined
  return { manifest, format, lock, settings, deployed: deployed as DeployedFrom | undefined }
}

/** A ledger as it was written; anything else is none, and what was deployed is then found out again. */
export function decodeLedger(value: unknown): Ledger | undefined {
  if (!isObject(value)) return undefined
  const { entries, shared, folders } = value
  const isLedger = Array.isArray(entries) && isObject(shared) && Array.isArray(folders)
  return isLedger && entries.every(isObject) ? (value as unknown as Ledger) : undefined
}

function decodePackages(value: unknown): Map<InstanceName, Installed> {
  const known = new Map<InstanceName, Installed>()
  for (const [name, entry] of Object.entries(isObject(value) ? value : {})) {
    if (!isObject(entry) || explainInstanceName(name) !== undefined) continue
    const { version, integrity } = entry as { version?: unknown; integrity?: unknown }
    if (typeof version !== 'string' || typeof integrity !== 'string') continue
    if (isVersion(version) && isIntegrity(integrity)) known.set(name as InstanceName, { version, integrity })
  }
  return known
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
