/** Looking at a package that is being written: `validate`, and what `pack` and `publish` start from. */
import { lstatSync } from 'node:fs'
import { join } from 'node:path'
import { type PackFile, integrityOf, packArchive } from '@aam/archive'
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
import {
  type Artifact,
  type PackageFiles,
  adviseManifest,
  choosePacklist,
  validateArtifacts,
} from '@aam/core/authoring'
import type { DecodedManifest, ManifestFormat } from '@aam/core/manifest'
import { listPackageFiles, readPackFiles, readPackageText } from '../disk/package-files.ts'
import { type Project, readProject, requireProject } from '../disk/project.ts'
import type { Context, World } from '../world.ts'

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

/** A package that is fit to be packed. */
export type ReadyPackage = Pick<PackedPackage, 'name' | 'version' | 'warnings' | 'dependencies'> & {
  /** The folder it is in. */
  readonly folder: string
  /** What its archive would hold, the manifest first. */
  readonly files: readonly PackFile[]
}

/**
 * Reads the package around `cwd`, when nothing is wrong with it.
 * @throws VALIDATION_FAILED, PATH_NOT_PORTABLE
 */
export async function readPackage({ world }: Context): Promise<ReadyPackage> {
  const project = await readProject(requireProject(world.cwd))
  const { problems, included } = inspect(project)
  if (problems.some(({ severity }) => severity === 'error')) {
    fail('VALIDATION_FAILED', { file: project.format, problems })
  }
  const { name, version, raw, dependencies } = project.decoded.manifest
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
  const warnings = problems.filter(({ severity }) => severity === 'warning')
  return { name, version, folder: project.folder, files, warnings, dependencies }
}

/**
 * Builds the archive of the package around `cwd`, in memory.
 * @throws VALIDATION_FAILED, PATH_NOT_PORTABLE, ARCHIVE_TOO_LARGE
 */
export async function packPackage(context: Context): Promise<PackedPackage> {
  const { name, version, files, warnings, dependencies } = await readPackage(context)
  const fileName = `${directoryName(name)}-${version}.aam`
  context.report({ kind: 'progress', phase: 'Packing' })
  const archive = packArchive(files, { seconds: readBuildTime(context.world), archive: fileName })
  return {
    name,
    version,
    fileName,
    archive,
    integrity: integrityOf(archive),
    files: files.map(({ path, data }) => ({ path, size: data.length })).sort((a, b) => compareText(a.path, b.path)),
    warnings,
    dependencies,
  }
}

function inspect(project: Project): Inspection {
  const paths = listPackageFiles(project.folder)
  const read = (path: string): string => readPackageText(project.folder, path)
  const { problems, ...rest } = inspectFiles(project.decoded, project.format, { paths, read })
  const shadowed: Problem[] = project.shadowed.map(file => ({
    severity: 'warning',
    file,
    message: `it is not read, because ${project.format} is there`,
  }))
  return { ...rest, problems: [...shadowed, ...problems] }
}

type Inspection = {
  readonly artifacts: readonly Artifact[]
  readonly problems: readonly Problem[]
  /** What an archive of it would hold. */
  readonly included: readonly string[]
}

/** What is wrong with a package, wherever its files are. */
export function inspectFiles(decoded: DecodedManifest, format: ManifestFormat, files: PackageFiles): Inspection {
  const { artifacts, problems } = validateArtifacts(decoded, files)
  const packlist = choosePacklist({ manifest: decoded.manifest, ...files })
  const empty: Problem[] =
    artifacts.length > 0
      ? []
      : [
          {
            severity: 'warning',
            file: format,
            message: 'the package has no skills, agents, commands, rules, hooks or MCP servers',
          },
        ]
  return {
    artifacts,
    included: packlist.paths,
    problems: [...empty, ...adviseManifest(decoded), ...problems, ...packlist.problems],
  }
}

/**
 * The time of everything that is built, in seconds since 1970: SOURCE_DATE_EPOCH, else 0.
 * @throws USAGE when it is no number of seconds
 */
export function readBuildTime({ env }: World): number {
  const text = env['SOURCE_DATE_EPOCH']
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
