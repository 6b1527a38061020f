/** What somebody who reviews a new version of a package wants to see first: what it may do, what it runs, what it changed. */
import { compareText } from './name.ts'
import { printable } from './printable.ts'

/** Lines that are only on one side, sorted. */
export type LineChanges = { readonly added: readonly string[]; readonly removed: readonly string[] }

/** A file of a package, in memory. */
export type PackageFile = { readonly path: string; readonly executable: boolean; readonly data: Uint8Array }

/** A file that is on one side only. */
export type SizedFile = { readonly path: string; readonly size: number }

/** A file whose bytes, or whose right to run, differ. */
export type ChangedFile = {
  readonly path: string
  readonly from: FileState
  readonly to: FileState
}

export type FileState = { readonly size: number; readonly executable: boolean }

/** What differs between two sets of files, each list sorted by path. */
export type FileChanges = {
  readonly added: readonly SizedFile[]
  readonly removed: readonly SizedFile[]
  readonly changed: readonly ChangedFile[]
}

/** Nobody nests permissions deeper; what comes from outside may. */
const DEEPEST = 8

/**
 * What one version asks to be allowed that the other does not, in lines like `fs.write: src/**` and `shell.allow: true`.
 * @param before the `permissions` of a manifest or a release as they are written; anything at all, also nothing
 */
export function comparePermissions(before: unknown, after: unknown): LineChanges {
  return compareLines(permissionLines(before), permissionLines(after))
}

/** A version of a package as a reviewer looks at it. */
export type ReviewedVersion = {
  /** The `permissions` of its manifest as they are written. */
  readonly permissions: unknown
  readonly files: readonly PackageFile[]
}

/** What a version may do and runs that another one does not. */
export type Review = {
  /** `declared`: whether the later version says at all what it wants to be allowed. */
  readonly permissions: LineChanges & { readonly declared: boolean }
  /** What runs or decides what runs; `changed` has other contents or another mode. */
  readonly executables: LineChanges & { readonly changed: readonly string[] }
}

/** Reviews a version against the one before it; against nothing when it is new. */
export function reviewVersion(before: ReviewedVersion | undefined, after: ReviewedVersion): Review {
  const [ran, runs] = [listExecutables(before?.files ?? []), listExecutables(after.files)]
  const kept = new Set(ran)
  const executable = (version: ReviewedVersion | undefined): PackageFile[] =>
    (version?.files ?? []).filter(({ path }) => kept.has(path))
  const { changed } = compareFiles(executable(before), executable(after))
  return {
    permissions: {
      ...comparePermissions(before?.permissions, after.permissions),
      declared: (after.permissions ?? null) !== null,
    },
    executables: { ...compareLines(ran, runs), changed: changed.map(({ path }) => path) },
  }
}

const REQUIREMENTS = ['dependencies', 'optionalDependencies', 'peerDependencies', 'systemDependencies'] as const

/**
 * What one version needs that the other does not, in lines like `dependencies.lint: ^1.0.0`.
 * @param before the manifest of a version as JSON, or its record in a registry
 */
export function compareRequirements(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): LineChanges {
  const lines = (manifest: Readonly<Record<string, unknown>>): string[] =>
    permissionLines(Object.fromEntries(REQUIREMENTS.map(key => [key, manifest[key]])))
  return compareLines(lines(before), lines(after))
}

/**
 * Permissions as lines, one for each thing that is allowed, sorted. What does not have the form of permissions is shown
 * as it is, never left out: a reviewer should wonder about it. They are safe to print.
 */
export function permissionLines(permissions: unknown): string[] {
  const lines = new Set<string>()
  const visit = (value: unknown, path: readonly string[]): void => {
    if (value === undefined || value === null) return
    const at = path.length === 0 ? 'permissions' : path.join('.')
    const add = (text: string): void => void lines.add(printable(`${at}: ${text}`))
    if (typeof value !== 'object') add(typeof value === 'string' ? value : JSON.stringify(value))
    else if (path.length >= DEEPEST) add('…')
    else if (!Array.isArray(value)) for (const [key, inner] of Object.entries(value)) visit(inner, [...path, key])
    else {
      // An empty list is not nothing: `shell.binaries: []` is another wish than none.
      if (value.length === 0) add('none')
      for (const inner of value as readonly unknown[]) {
        if (typeof inner === 'object') visit(inner, [...path, '[]'])
        else visit(inner, path)
      }
    }
  }
  visit(permissions, [])
  return [...lines].sort(compareText)
}

/** The lines that only one of two lists has, sorted. */
export function compareLines(before: readonly string[], after: readonly string[]): LineChanges {
  const only = (lines: readonly string[], others: readonly string[]): string[] => {
    const known = new Set(others)
    return lines.filter(line => !known.has(line)).sort(compareText)
  }
  return { added: only(after, before), removed: only(before, after) }
}

/**
 * The files of a package that run or decide what runs: those with the executable bit, and everything below `hooks/`,
 * `mcp/` or a folder `scripts/` at any depth. Sorted.
 */
export function listExecutables(files: readonly Pick<PackageFile, 'path' | 'executable'>[]): string[] {
  return files
    .filter(({ path, executable }) => executable || /^(?:hooks|mcp)\/|(?:^|\/)scripts\//.test(path))
    .map(({ path }) => path)
    .sort(compareText)
}

/** What differs between the files of two versions: by their bytes and their executable bits. */
export function compareFiles(before: readonly PackageFile[], after: readonly PackageFile[]): FileChanges {
  const old = new Map(before.map(file => [file.path, file]))
  const now = new Map(after.map(file => [file.path, file]))
  const only = (files: Iterable<PackageFile>, others: ReadonlyMap<string, PackageFile>): SizedFile[] =>
    [...files].filter(({ path }) => !others.has(path)).map(({ path, data }) => ({ path, size: data.length }))
  const changed = [...now.values()].flatMap((file): ChangedFile[] => {
    const from = old.get(file.path)
    return from === undefined || isSame(from, file) ? [] : [{ path: file.path, from: stateOf(from), to: stateOf(file) }]
  })
  return {
    added: byPath(only(now.values(), old)),
    removed: byPath(only(old.values(), now)),
    changed: byPath(changed),
  }
}

function byPath<F extends { readonly path: string }>(files: readonly F[]): F[] {
  return [...files].sort((a, b) => compareText(a.path, b.path))
}

function stateOf({ data, executable }: PackageFile): FileState {
  return { size: data.length, executable }
}

function isSame(a: PackageFile, b: PackageFile): boolean {
  return (
    a.executable === b.executable &&
    a.data.length === b.data.length &&
    a.data.every((byte, index) => byte === b.data[index])
  )
}
