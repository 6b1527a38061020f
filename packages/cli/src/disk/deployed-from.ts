/** Whether everything that deploying looks at is as it was: a few looks at the disk, so that doing nothing costs nothing. */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { sha256Hex } from '@aam/archive'
import { isErrno, readIfThere } from '@aam/client/files'
import { digestBundles } from './bundles.ts'

/** The approvals of a project (docs/deploying.md); committed. */
export const APPROVALS_FILE = '.aam/approvals.json'

/** What says cheaply that deploying again would change nothing. */
export type DeployedFrom = {
  /** Files and folders by which platforms are found, and whether they were there. */
  readonly signals: Readonly<Record<string, boolean>>
  /** Folders in which something of ours is, and the names of it. */
  readonly folders: Readonly<Record<string, readonly string[]>>
  /** Where the project's own artifacts are, and a digest of what lay there. */
  readonly own: { readonly paths: readonly string[]; readonly digest: string }
  /** Digest of the list of approvals; empty when there is none. */
  readonly approvals: string
  /** Digest of which bundles there are. */
  readonly bundles: string
}

/** Whether deploying again would find what it found, and what it wrote is there. What was edited it does not see. */
export function isDeployed(base: string, from: DeployedFrom | undefined): boolean {
  if (from === undefined) return false
  try {
    return (
      Object.entries(from.signals).every(([path, there]) => existsSync(resolve(base, path)) === there) &&
      Object.entries(from.folders).every(([folder, names]) => holds(resolve(base, folder), names)) &&
      digestOwn(base, from.own.paths) === from.own.digest &&
      digestApprovals(join(base, APPROVALS_FILE)) === from.approvals &&
      digestBundles(base, []) === from.bundles
    )
  } catch (error) {
    // Written by another version of aam, or by hand: then it says nothing.
    if (error instanceof TypeError) return false
    throw error
  }
}

function holds(folder: string, names: readonly string[]): boolean {
  try {
    const there = new Set(readdirSync(folder))
    return names.every(name => there.has(name))
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return false
    throw error
  }
}

/** The places of what was deployed, by the folder they are in. */
export function groupByFolder(places: Iterable<string>): Record<string, string[]> {
  const folders = new Map<string, Set<string>>()
  for (const place of places) {
    folders.set(dirname(place), (folders.get(dirname(place)) ?? new Set()).add(basename(place)))
  }
  return Object.fromEntries([...folders].map(([folder, names]) => [folder, [...names].sort()]))
}

export function digestApprovals(file: string): string {
  const bytes = readIfThere(file)
  return bytes === undefined ? '' : sha256Hex(bytes)
}

/** A digest of which files lie at or below `paths` and when each was last changed: enough to see that somebody worked on them. */
export function digestOwn(base: string, paths: readonly string[]): string {
  const lines: string[] = []
  const visit = (path: string): void => {
    const stat = statSync(join(base, path), { throwIfNoEntry: false })
    if (stat === undefined) return
    if (!stat.isDirectory()) {
      lines.push(`${path} ${String(stat.size)} ${String(stat.mtimeMs)} ${String(stat.mode)}`)
      return
    }
    for (const name of readdirSync(join(base, path)).sort()) if (name !== 'node_modules') visit(`${path}/${name}`)
  }
  for (const path of paths) visit(path)
  return sha256Hex(lines.join('\n'))
}
