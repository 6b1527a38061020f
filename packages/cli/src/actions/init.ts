/** `aam init`: makes a folder a package, around what is in it already. */
import { basename, join } from 'node:path'
import { writeFileAtomic } from '@aam/client/files'
import { explainName, fail } from '@aam/core'
import type { Artifact } from '@aam/core/authoring'
import { manifestJsonSchema } from '@aam/core/schemas'
import { listPackageFiles } from '../disk/package-files.ts'
import { STATE_FOLDER, nameFromFolder } from '../disk/project.ts'
import type { Context } from '../world.ts'
import { hasManifest } from './author.ts'
import {
  declareArtifacts,
  describeFrom,
  detectLicense,
  filesOf,
  findArtifacts,
  readNeighbour,
} from './find-artifacts.ts'

export type InitResult = {
  readonly name: string
  readonly version: string
  /** What was written, relative to the folder. */
  readonly files: readonly string[]
  /** What the folder held already. */
  readonly found: readonly { readonly kind: Artifact['kind']; readonly name: string; readonly path: string }[]
  /** The sample skill, when there was nothing. */
  readonly sample: string | undefined
}

/** Where the schema of a manifest lies beside it, so that editors complete and check. */
export const SCHEMA = `${STATE_FOLDER}/schema/package.agent.json`

export function schemaText(): string {
  return `${JSON.stringify(manifestJsonSchema(), undefined, 2)}\n`
}

/** @throws MANIFEST_EXISTS */
export async function initPackage({ world, settings }: Context, wantedName: string | undefined): Promise<InitResult> {
  const folder = world.cwd
  const existing = hasManifest(folder)
  if (existing !== undefined) fail('MANIFEST_EXISTS', { file: join(folder, existing) })
  const paths = listPackageFiles(folder)
  const { found, declare } = findArtifacts(paths)
  const asks = world.terminal.interactive && !settings.yes
  const neighbour = readNeighbour(folder, paths)
  const suggested = wantedName ?? neighbour.name ?? nameFromFolder(folder)
  const name =
    asks && wantedName === undefined
      ? await world.ask.text('Package name', suggested, answer => explainName(answer))
      : suggested
  const why = explainName(name)
  if (why !== undefined) fail('NAME_INVALID', { text: name, why })
  const fallback = neighbour.description ?? describeFrom(folder, found)
  const description = asks ? await world.ask.text('What is it for?', fallback ?? '', () => undefined) : fallback
  const sample = found.length === 0 ? `skills/${basename(name)}/SKILL.md` : undefined
  const license = neighbour.license ?? detectLicense(folder, paths)
  const manifest = {
    $schema: `./${SCHEMA}`,
    name,
    version: neighbour.version ?? '0.1.0',
    description: description === undefined || description === '' ? `What ${name} helps with` : description,
    ...(license === undefined ? {} : { license }),
    ...(neighbour.keywords === undefined ? {} : { keywords: neighbour.keywords }),
    ...(declare.length === 0 ? {} : { artifacts: declareArtifacts(folder, declare) }),
    ...(found.length === 0 ? {} : { files: filesOf(found, paths) }),
    ...(sample === undefined ? {} : { permissions: { fs: { read: ['**'] }, shell: { allow: false } } }),
  }
  const files: [path: string, text: string][] = [
    [SCHEMA, schemaText()],
    ...(sample === undefined ? [] : [[sample, sampleSkill(basename(name))] satisfies [string, string]]),
    ['package.agent.json', `${JSON.stringify(manifest, undefined, 2)}\n`],
  ]
  for (const [path, text] of files) writeFileAtomic(join(folder, path), text)
  return {
    name,
    version: manifest.version,
    files: files.map(([path]) => path),
    found: found.map(({ kind, name: artifact, main }) => ({ kind, name: artifact, path: main })),
    sample,
  }
}

function sampleSkill(name: string): string {
  return `---
name: ${name}
description: Says in one sentence what this skill does, and when an agent should use it.
---

# ${name}

Tell the agent what to do, step by step, as you would tell a new colleague.

1. What to look at first.
2. What to produce, in which form.
3. How to check that it is right.
`
}
