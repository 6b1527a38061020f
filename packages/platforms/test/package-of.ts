import type { PackageFile } from '@aam/core'
import { type Manifest, decodeManifest } from '@aam/core/manifest'
import { type Artifacts, readArtifacts } from '@aam/platforms'

/** Files by path; a path that ends in `*` is executable. */
export type Texts = Readonly<Record<string, string>>

export function filesOf(texts: Texts): PackageFile[] {
  const encoder = new TextEncoder()
  return Object.entries(texts).map(([path, text]) => ({
    path: path.replace(/\*$/, ''),
    executable: path.endsWith('*'),
    data: encoder.encode(text),
  }))
}

export function manifestOf(fields: object = {}): Manifest {
  return decodeManifest(JSON.stringify({ name: '@team/review', version: '1.0.0', ...fields }), 'package.agent.json')
    .manifest
}

export function read(texts: Texts, fields: object = {}): { artifacts: Artifacts; warnings: readonly string[] } {
  return readArtifacts(manifestOf(fields), filesOf(texts))
}
