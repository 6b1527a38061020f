/** What each package and the project itself give to agents, read from disk. */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { type InstanceName, type PackageFile, directoryName } from '@aam/core'
import { ARTIFACT_KINDS, type Manifest, decodeManifest } from '@aam/core/manifest'
import { type Artifacts, readArtifacts } from '@aam/platforms'
import { readPackedFolder } from '../../disk/installed-files.ts'
import { listPackageFiles, readPackFiles } from '../../disk/package-files.ts'
import type { Project } from '../../disk/project.ts'

/** A package as it is deployed. */
export type Source = {
  /** As the lock calls it: two versions of one package are two (D17). */
  readonly package: string
  /** `team--review`: what files are named after that are named after packages. */
  readonly folder: string
  /** The project itself. */
  readonly root: boolean
  /** Id of the only platform that it is for; absent when it is for all of them. */
  readonly only?: string
  readonly artifacts: Artifacts
  /** What is wrong with its artifacts, as far as it matters for agents. */
  readonly warnings: readonly string[]
}

/**
 * Reads an unpacked package.
 * @param folder where it lies now: in its place, or beside it
 * @throws FILE_INVALID for a manifest that no archive could have
 */
export function readSource(name: InstanceName, folder: string): Source {
  return sourceOf(name, readPackedFolder(folder))
}

/** A package from its files, wherever they come from. */
export function sourceOf(name: InstanceName, files: readonly PackageFile[]): Source {
  const text = files.find(({ path }) => path === 'package.agent.json')
  const manifest = decodeManifest(Buffer.from(text?.data ?? []).toString('utf8'), 'package.agent.json').manifest
  return { package: name, folder: directoryName(name), root: false, ...readArtifacts(manifest, files) }
}

/** The project's own artifacts, and the folders and files they are in. Its AGENTS.md is the user's file, not a part to add. */
export function readOwnSource(project: Project): { readonly source: Source; readonly paths: readonly string[] } {
  const { manifest } = project.decoded
  const places = ownPlaces(manifest)
  const files = readPackFiles(
    project.folder,
    [...new Set(places.flatMap(place => filesAt(project.folder, place)))].sort(),
  )
  const { artifacts, warnings } = readArtifacts(manifest, files)
  return {
    source: {
      package: manifest.name,
      folder: directoryName(manifest.name),
      root: true,
      artifacts: { ...artifacts, context: undefined, runFiles: [] },
      warnings,
    },
    paths: places,
  }
}

/** Where the project's own artifacts may lie: what it declares, and the folders in which they are discovered. */
function ownPlaces({ artifacts, raw }: Manifest): string[] {
  const declared = [...(artifacts?.values() ?? [])].flat().map(({ path }) => path)
  const usual = [...ARTIFACT_KINDS.map(kind => raw[kind] ?? kind), raw.hooks ?? 'hooks', raw.mcp ?? 'mcp']
  const plain = [...declared, ...usual].map(path =>
    path
      .split('/')
      .filter(step => step !== '' && step !== '.')
      .join('/'),
  )
  return [...new Set(plain)].filter(place => place !== '' && !place.split('/').includes('..')).sort()
}

/** The files at or below a place of the project; none when nothing is there. */
function filesAt(folder: string, place: string): string[] {
  const stat = statSync(join(folder, place), { throwIfNoEntry: false })
  if (stat === undefined) return []
  return stat.isDirectory() ? listPackageFiles(folder, `${place}/`) : [place]
}

/** A package without what it runs. */
export function withoutExecutables(source: Source): Source {
  return { ...source, artifacts: { ...source.artifacts, hooks: [], servers: [], inputs: [], runFiles: [] } }
}
