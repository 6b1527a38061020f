/** What of an archive may be believed to be a bundle, and why another one may not (UAAPS 12.4). */
import type { PackageFile } from '@aam/core'
import type { Digest } from '../deploy/outcome.ts'
import { MANIFEST_FILE, SOURCE_FOLDER, checksumOf } from './compose.ts'
import { BUNDLE_FILE, type BundleManifest, decodeBundleManifest } from './manifest.ts'

/** A bundle that is whole: what it says of itself, and the package in it. */
export type OpenBundle = {
  readonly manifest: BundleManifest
  /** The package's own files, `package.agent.json` included. All that is ever deployed is made from these. */
  readonly files: readonly PackageFile[]
}

/**
 * Takes the entries of an archive for a bundle: the format is known, the checksum is right, what it lists is there, and it
 * holds the package. Whether its compiled files are what the package becomes, `compareBundle` says.
 * @returns why it is none, when it is none
 */
export function openBundle(entries: readonly PackageFile[], digest: Digest): OpenBundle | { readonly why: string } {
  const text = textOf(entries, BUNDLE_FILE)
  if (text === undefined) return { why: `it has no ${BUNDLE_FILE}, so it is no bundle` }
  const manifest = decodeBundleManifest(text)
  if ('why' in manifest) return manifest
  const actual = checksumOf(entries, digest)
  if (actual !== manifest.checksum) return { why: `its checksum is ${actual}, and it says ${manifest.checksum}` }
  const lost = manifest.artifacts.find(({ path }) => !entries.some(entry => isAt(entry.path, path)))
  if (lost !== undefined) return { why: `it lists ${lost.path}, which is not in it` }
  const files = packageIn(entries)
  if (textOf(files, MANIFEST_FILE) === undefined) return { why: `it has no ${MANIFEST_FILE}` }
  return { manifest, files }
}

/**
 * Compares a bundle with what its own package becomes, byte for byte. So it can place nothing that the platform could not
 * place for that package, and whoever looked into it saw what is deployed.
 * @returns how it differs, when it does
 */
export function compareBundle(
  entries: readonly PackageFile[],
  expected: readonly PackageFile[],
): { readonly why: string } | undefined {
  const paths = new Set(entries.map(({ path }) => path))
  const missing = expected.find(({ path }) => !paths.has(path))
  if (missing !== undefined) return { why: `it lacks ${missing.path}` }
  const wantedAt = new Map(expected.map(entry => [entry.path, entry]))
  // Whatever else differs makes another checksum, so that bundle.json would always be what is named.
  const inOrder = [...entries].sort((a, b) => Number(a.path === BUNDLE_FILE) - Number(b.path === BUNDLE_FILE))
  for (const { path, data, executable } of inOrder) {
    const wanted = wantedAt.get(path)
    if (wanted === undefined) return { why: `${path} is nothing that its package has for this platform` }
    if (wanted.executable !== executable || !sameBytes(wanted.data, data)) {
      return { why: `${path} is not what this version of aam makes of the package in it` }
    }
  }
  return undefined
}

function packageIn(entries: readonly PackageFile[]): PackageFile[] {
  return entries.flatMap(entry => {
    if (entry.path === MANIFEST_FILE) return [entry]
    if (!entry.path.startsWith(SOURCE_FOLDER)) return []
    const path = entry.path.slice(SOURCE_FOLDER.length)
    // It would stand for the one at the root, or be another.
    return path === MANIFEST_FILE ? [] : [{ ...entry, path }]
  })
}

function isAt(path: string, place: string): boolean {
  return path === place || path.startsWith(`${place}/`)
}

function textOf(entries: readonly PackageFile[], path: string): string | undefined {
  const entry = entries.find(each => each.path === path)
  return entry === undefined ? undefined : new TextDecoder().decode(entry.data)
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index])
}
