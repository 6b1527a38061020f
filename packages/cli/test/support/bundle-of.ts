/** Bundles for tests: built with the real program, and the same with something wrong in them. */
import { readFileSync, writeFileSync } from 'node:fs'
import { type PackFile, packArchive, readArchive, sha256Hex } from '@aam/archive'
import { checksumOf } from '@aam/platforms'
import type { Sandbox } from '@aam/testkit'
import { type RichPackage, writeRichPackage } from './rich-package.ts'

/** Everything that agents can use. */
export const FULL = {
  skills: ['lint'],
  commands: ['go'],
  agents: ['critic'],
  rules: ['style'],
  hooks: ['Bash'],
  servers: ['github'],
  context: true,
} satisfies Partial<RichPackage>

/** Writes the package and builds it into `file`. */
export async function buildRich(
  sandbox: Sandbox,
  file: string,
  { target, ...rich }: RichPackage & { readonly target: string },
): Promise<void> {
  const folder = writeRichPackage(sandbox, 'work/bundled', rich)
  const { code, output } = await sandbox.aam(['build', '--target', target, '-o', sandbox.path(file)], { cwd: folder })
  if (code !== 0) throw new Error(output)
}

/** The files in a bundle, by path. */
export function readBundleFiles(sandbox: Sandbox, file: string): Map<string, PackFile> {
  return new Map(readArchive(readFileSync(sandbox.path(file)), file).map(entry => [entry.path, entry]))
}

/** What `bundle.json` of a bundle says. */
export function readBundleManifest(sandbox: Sandbox, file: string): Record<string, unknown> {
  const { data } = readBundleFiles(sandbox, file).get('bundle.json')!
  return JSON.parse(Buffer.from(data).toString()) as Record<string, unknown>
}

export type Forgery = {
  /** Texts instead of the files that are there; `null` takes one out. */
  readonly files?: Readonly<Record<string, string | null>>
  /** Fields instead of those of `bundle.json`. */
  readonly says?: Readonly<Record<string, unknown>>
  /** Whether the checksum is made right again; it is, unless this says otherwise. */
  readonly sealed?: boolean
}

/** Changes a bundle, as somebody would who wants it to be believed. */
export function forgeBundle(sandbox: Sandbox, file: string, { files = {}, says = {}, sealed = true }: Forgery): void {
  const entries = readBundleFiles(sandbox, file)
  const manifest = readBundleManifest(sandbox, file)
  for (const [path, text] of Object.entries(files)) {
    if (text === null) entries.delete(path)
    else entries.set(path, { path, data: Buffer.from(text), executable: false })
  }
  const checksum = sealed ? checksumOf([...entries.values()], sha256Hex) : manifest['checksum']
  if (files['bundle.json'] === undefined) {
    const data = Buffer.from(`${JSON.stringify({ ...manifest, checksum, ...says }, undefined, 2)}\n`)
    entries.set('bundle.json', { path: 'bundle.json', data, executable: false })
  }
  writeFileSync(sandbox.path(file), packArchive([...entries.values()], { seconds: 0, archive: file }))
}
