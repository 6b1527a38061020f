/** A project on disk: its manifest and its lock, found, read and written. */
import { existsSync, lstatSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { sha256Hex } from '@aam/archive'
import { isErrno, readIfThere, readUtf8, writeFileAtomic } from '@aam/client/files'
import { LOCK_FILE, type Lock, decodeLock, explainName, fail, needsUpgrade } from '@aam/core'
import type { DecodedManifest, ManifestFormat } from '@aam/core/manifest'

export const STATE_FOLDER = '.aam'
export const PACKAGES_FOLDER = '.agent-packages'
const LONGEST_MANIFEST = 1024 * 1024
const WORKSPACE_FILE = 'workspace.agent.json'
/** In order of precedence (D1). Kept here too, so that finding a project does not load what reads it. */
const FORMATS: readonly ManifestFormat[] = ['package.agent.json', 'package.agent.yaml', 'aam.yaml']

/** Where a project is, and which file is its manifest. */
export type ProjectPlace = {
  readonly folder: string
  readonly format: ManifestFormat
  /** Manifests of lower precedence that are there too, and not read. */
  readonly shadowed: readonly ManifestFormat[]
}

/** A project whose manifest was read. */
export type Project = ProjectPlace & {
  readonly text: string
  readonly decoded: DecodedManifest
  /** `new`: the manifest is only meant to be there, and is written when everything else has worked (D38). */
  readonly manifestIs: 'there' | 'new'
}

/** The nearest folder at or above `cwd` that has a manifest; `undefined` when there is none. */
export function findProject(cwd: string): ProjectPlace | undefined {
  for (let folder = realPath(cwd); ; folder = dirname(folder)) {
    const [format, ...shadowed] = FORMATS.filter(name => isThere(join(folder, name)))
    if (format !== undefined) return { folder, format, shadowed }
    if (existsSync(join(folder, WORKSPACE_FILE))) {
      fail('USAGE', {
        message: `${folder} is a workspace, and this version of aam does not install workspaces`,
        hint: 'run the command in one of its packages',
      })
    }
    if (folder === dirname(folder)) return undefined
  }
}

/** @throws MANIFEST_MISSING */
export function requireProject(cwd: string): ProjectPlace {
  return findProject(cwd) ?? fail('MANIFEST_MISSING', { folder: cwd })
}

export function manifestPath({ folder, format }: ProjectPlace): string {
  return join(folder, format)
}

export function lockPath(folder: string): string {
  return join(folder, LOCK_FILE)
}

/** @throws FILE_INVALID, FILE_TOO_LARGE */
export async function readProject(place: ProjectPlace): Promise<Project> {
  const path = manifestPath(place)
  const text = readText(path)
  return { ...place, text, decoded: await decodeText(text, place.format), manifestIs: 'there' }
}

/** The project that `aam install name` starts in a folder without one: private, named after the folder (D38). */
export async function newProject(cwd: string): Promise<Project> {
  const folder = realPath(cwd)
  const manifest = { name: nameFromFolder(folder), version: '0.0.0', 'x-aam': { private: true } }
  const text = `${JSON.stringify(manifest, undefined, 2)}\n`
  const format = 'package.agent.json'
  return { folder, format, shadowed: [], text, decoded: await decodeText(text, format), manifestIs: 'new' }
}

/** A valid package name made of a folder's name. */
export function nameFromFolder(folder: string): string {
  const words = basename(folder)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 64)
  return explainName(words) === undefined ? words : 'my-project'
}

/** Decodes the text of a manifest in any of its formats. */
export async function decodeText(text: string, format: ManifestFormat): Promise<DecodedManifest> {
  const { decodeManifest, decodeManifestSource } = await import('@aam/core/manifest')
  if (format === 'package.agent.json') return decodeManifest(text, format)
  const { readYamlText, translateAamYaml } = await import('@aam/core/authoring')
  const source = readYamlText(text, format)
  return decodeManifestSource(format === 'aam.yaml' ? translateAamYaml(source) : source, format)
}

/** A lock as it lies in a project. */
export type LockFile = {
  readonly lock: Lock
  /** Its text, when it is one that may stay as it is; `undefined` for one that the next write replaces (D2). */
  readonly text: string | undefined
  /** Which file it was read from, relative to the project. */
  readonly file: string
}

/** The lock of older tools; read where there is no newer one, and never written (D2). */
export const OLD_LOCK_FILE = `${STATE_FOLDER}/aam-lock.yaml`

/**
 * The lock of a project; `undefined` when there is none.
 * @throws LOCK_CONFLICTED, LOCK_VERSION_UNKNOWN, FILE_INVALID
 */
export async function readLock(folder: string): Promise<LockFile | undefined> {
  const text = readLockText(folder)
  if (text !== undefined) {
    const lock = decodeLock(text, LOCK_FILE)
    return { lock, text: needsUpgrade(text) ? undefined : text, file: LOCK_FILE }
  }
  const old = readIfThere(join(folder, OLD_LOCK_FILE))?.toString('utf8')
  if (old === undefined) return undefined
  const { decodeAamLock } = await import('@aam/core/authoring')
  return { lock: decodeAamLock(old, OLD_LOCK_FILE), text: undefined, file: OLD_LOCK_FILE }
}

/** The text of the lock, whatever it holds; `undefined` when there is none. */
export function readLockText(folder: string): string | undefined {
  return readIfThere(lockPath(folder))?.toString('utf8')
}

export type ManifestEdit = { readonly path: readonly string[]; readonly value: unknown }

/**
 * The text of a manifest with some values set, in the format it has; `aam.yaml` becomes JSON, because it is not written
 * any more (D1).
 */
export async function editManifest(
  project: Project,
  edits: readonly ManifestEdit[],
): Promise<{ text: string; format: ManifestFormat }> {
  if (project.format === 'package.agent.yaml') {
    const { editYamlText } = await import('@aam/core/authoring')
    return { text: editYamlText(project.text, edits), format: project.format }
  }
  const { editJsonText } = await import('@aam/core/manifest')
  const json =
    project.format === 'aam.yaml' ? `${JSON.stringify(project.decoded.manifest.raw, undefined, 2)}\n` : project.text
  const text = edits.reduce((before, { path, value }) => editJsonText(before, path, value), json)
  return { text, format: 'package.agent.json' }
}

export function writeManifest(
  folder: string,
  { text, format }: { readonly text: string; readonly format: ManifestFormat },
): void {
  writeFileAtomic(join(folder, format), text)
}

export function writeLock(folder: string, text: string): void {
  writeFileAtomic(lockPath(folder), text)
}

/** Where a folder is, seen from a project: relative when both are in the project or in its Git repository (D2). */
export function recordedPath(folder: string, target: string): string | undefined {
  const top = repositoryRoot(folder) ?? folder
  const inside = relative(top, target)
  return inside.startsWith('..') || inside === target ? undefined : relative(folder, target).split('\\').join('/')
}

/** The top of the Git repository a folder is in. */
export function repositoryRoot(start: string): string | undefined {
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, '.git'))) return folder
    if (folder === dirname(folder)) return undefined
  }
}

/** The digest by which the state recognises a file. */
export function digestFile(path: string): string | undefined {
  const bytes = readIfThere(path)
  return bytes === undefined ? undefined : sha256Hex(bytes)
}

/** Whether something is at `path`, a link that leads nowhere included: what a person put there is never passed over. */
function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}

function readText(path: string): string {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  if (size > LONGEST_MANIFEST) fail('FILE_TOO_LARGE', { file: path, size, limit: LONGEST_MANIFEST })
  const bytes = readIfThere(path)
  if (bytes === undefined) return fail('FILE_SYSTEM', { code: 'ENOENT', path, doing: 'read' })
  const text = readUtf8(bytes)
  if (text !== undefined) return text
  // Read all the same, it would be written back with every foreign letter lost.
  const file = basename(path)
  const hint = 'save it as UTF-8'
  return fail('FILE_INVALID', {
    what: 'The manifest',
    file,
    problems: [{ severity: 'error', file, message: 'it is not UTF-8 text', hint }],
  })
}

function realPath(path: string): string {
  try {
    const real = realpathSync(path)
    return statSync(real).isDirectory() ? real : fail('FILE_SYSTEM', { code: 'ENOTDIR', path, doing: 'work in it' })
  } catch (error) {
    if (isErrno(error, 'ENOENT')) {
      return fail('FILE_SYSTEM', { code: 'ENOENT', path, doing: 'work in it' }, { cause: error })
    }
    throw error
  }
}
