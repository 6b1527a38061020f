/** Looking at a package that is being written: `validate`, and what `pack` and `publish` start from. */
import { lstatSync } from 'node:fs'
import { join } from 'node:path'
import { integrityOf, packArchive } from '@aam/archive'
import {
  type Integrity,
  type PackageName,
  type Problem,
  type Range,
  type Version,
  compareText,
  directoryName,
  fail,
  isFailure,
} from '@aam/core'
import { type Artifact, adviseManifest, choosePacklist, validateArtifacts } from '@aam/core/authoring'
import { listPackageFiles, readPackFiles, readPackageText } from '../disk/package-files.ts'
import { type Project, readProject, requireProject } from '../disk/project.ts'
import type { Context } from '../world.ts'

export type Validation = {
  readonly name: string | undefined
  readonly version: string | undefined
  readonly valid: boolean
  readonly artifacts: readonly { readonly kind: Artifact['kind']; readonly name: string; readonly path: string }[]
  readonly errors: readonly Problem[]
  readonly warnings: readonly Problem[]
}

/** Checks the manifest and every artifact (UAAPS 16). What is wrong is the result, not a failure. */
export async function validatePackage({ world }: Context): Promise<Validation> {
  const place = requireProject(world.cwd)
  let project: Project
  try {
    project = await readProject(place)
  } catch (error) {
    if (!isFailure(error, 'FILE_INVALID')) throw error
    const { problems } = error.facts
    return { name: undefined, version: undefined, valid: false, artifacts: [], errors: problems, warnings: [] }
  }
  const { artifacts, problems } = inspect(project)
  const { manifest } = project.decoded
  const errors = problems.filter(({ severity }) => severity === 'error')
  return {
    name: manifest.name,
    version: manifest.version,
    valid: errors.length === 0,
    artifacts: artifacts.map(({ kind, name, main }) => ({ kind, name, path: main })),
    errors,
    warnings: problems.filter(({ severity }) => severity === 'warning'),
  }
}

export type PackedFile = { readonly path: string; readonly size: number }

export type PackedPackage = {
  readonly name: PackageName
  readonly version: Version
  readonly fileName: string
  readonly archive: Buffer
  readonly integrity: Integrity
  readonly files: readonly PackedFile[]
  readonly warnings: readonly Problem[]
  readonly dependencies: ReadonlyMap<PackageName, Range>
}

/**
 * Builds the archive of the package around `cwd`, in memory.
 * @throws VALIDATION_FAILED, PATH_NOT_PORTABLE, ARCHIVE_TOO_LARGE
 */
export async function packPackage({ world, report }: Context): Promise<PackedPackage> {
  const project = await readProject(requireProject(world.cwd))
  const { problems, included } = inspect(project)
  if (problems.some(({ severity }) => severity === 'error')) {
    fail('VALIDATION_FAILED', { file: project.format, problems })
  }
  const { name, version, raw, dependencies } = project.decoded.manifest
  const fileName = `${directoryName(name)}-${version}.aam`
  // Every archive has one manifest, and that is JSON (UAAPS 12.1); one written in YAML is packed as what it says.
  const own = new Set<string>(['package.agent.json', 'package.agent.yaml', 'aam.yaml'])
  const text = project.format === 'package.agent.json' ? project.text : `${JSON.stringify(raw, undefined, 2)}\n`
  const files = [
    { path: 'package.agent.json', data: Buffer.from(text), executable: false },
    ...readPackFiles(
      project.folder,
      included.filter(path => !own.has(path)),
    ),
  ]
  report({ kind: 'progress', phase: 'Packing' })
  const archive = packArchive(files, { seconds: sourceDateEpoch(world.env['SOURCE_DATE_EPOCH']), archive: fileName })
  return {
    name,
    version,
    fileName,
    archive,
    integrity: integrityOf(archive),
    files: files.map(({ path, data }) => ({ path, size: data.length })).sort((a, b) => compareText(a.path, b.path)),
    warnings: problems.filter(({ severity }) => severity === 'warning'),
    dependencies,
  }
}

function inspect(project: Project): {
  artifacts: readonly Artifact[]
  problems: readonly Problem[]
  included: readonly string[]
} {
  const paths = listPackageFiles(project.folder)
  const read = (path: string): string => readPackageText(project.folder, path)
  const { artifacts, problems } = validateArtifacts(project.decoded, { paths, read })
  const packlist = choosePacklist({ manifest: project.decoded.manifest, paths, read })
  const shadowed: Problem[] = project.shadowed.map(file => ({
    severity: 'warning',
    file,
    message: `it is not read, because ${project.format} is there`,
  }))
  if (artifacts.length === 0) {
    shadowed.push({
      severity: 'warning',
      file: project.format,
      message: 'the package has no skills, agents, commands, rules, hooks or MCP servers',
    })
  }
  return {
    artifacts,
    included: packlist.paths,
    problems: [...shadowed, ...adviseManifest(project.decoded), ...problems, ...packlist.problems],
  }
}

/** The time of everything in an archive, in seconds since 1970. */
function sourceDateEpoch(text: string | undefined): number {
  if (text === undefined || text === '') return 0
  const seconds = Number(text)
  if (!/^\d+$/.test(text) || seconds > 0xffffffff) {
    fail('USAGE', {
      message: `SOURCE_DATE_EPOCH is '${text}', which is not a number of seconds`,
      hint: 'unset it, or give seconds since 1970',
    })
  }
  return seconds
}

/** Whether a manifest is where `aam init` would write one. */
export function hasManifest(folder: string): string | undefined {
  return ['package.agent.json', 'package.agent.yaml', 'aam.yaml'].find(
    file => lstatSync(join(folder, file), { throwIfNoEntry: false }) !== undefined,
  )
}
