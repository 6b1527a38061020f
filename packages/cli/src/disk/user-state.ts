/** `~/.aam/state.json` (D36): what was deployed for everything a user does, by the project that it came from. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readIfThere, withLock, writeFileAtomic } from '@aam/client/files'
import type { Ledger } from '@aam/platforms'
import { decodeLedger } from './state.ts'

/** What a project deployed for its user. */
export type UserLedger = {
  readonly deployed: Ledger | undefined
  /** What an interrupted run was to deploy. */
  readonly deploying: Ledger | undefined
}

/** A damaged file is none: what was deployed is then found out again. */
export function readUserLedger(home: string, project: string): UserLedger {
  const entry = readAll(home)[project]
  return { deployed: decodeLedger(entry?.['deployed']), deploying: decodeLedger(entry?.['deploying']) }
}

/** What every project deployed for its user. */
export function listUserLedgers(home: string): Ledger[] {
  return Object.keys(readAll(home)).flatMap(project => readUserLedger(home, project).deployed ?? [])
}

/** What projects other than `own` deployed for their user; one that is gone from the disk keeps nothing. */
export function listOtherLedgers(home: string, own: string): Ledger[] {
  const others = Object.keys(readAll(home)).filter(project => project !== own && existsSync(project))
  return others.flatMap(project => readUserLedger(home, project).deployed ?? [])
}

/** Replaces what is given of a project's entry; with `deployed` nothing is under way any more. */
export function writeUserLedger(home: string, project: string, ledger: Partial<UserLedger>): void {
  const projects = readAll(home)
  const before = readUserLedger(home, project)
  const entry = ledger.deployed === undefined ? { ...before, ...ledger } : { deployed: ledger.deployed }
  const isEmpty = ledger.deployed?.entries.length === 0
  const rest = Object.fromEntries(Object.entries(projects).filter(([name]) => name !== project))
  const next = isEmpty ? rest : { ...rest, [project]: entry }
  writeFileAtomic(statePath(home), `${JSON.stringify({ stateVersion: 1, projects: next })}\n`)
}

/** Runs `action` while nobody else deploys for this user. @throws BUSY */
export async function withUserLock<T>(
  home: string,
  onWait: (owner: string) => void,
  action: () => Promise<T>,
): Promise<T> {
  return withLock({ folder: join(home, 'lock'), what: home, onWait }, action)
}

type Projects = Readonly<Record<string, Readonly<Record<string, unknown>>>>

function readAll(home: string): Projects {
  const text = readIfThere(statePath(home))?.toString('utf8')
  if (text === undefined) return {}
  try {
    const value = JSON.parse(text) as { stateVersion?: unknown; projects?: Projects } | null
    return value?.stateVersion === 1 && typeof value.projects === 'object' ? value.projects : {}
  } catch (error) {
    if (error instanceof SyntaxError) return {}
    throw error
  }
}

function statePath(home: string): string {
  return join(home, 'state.json')
}
