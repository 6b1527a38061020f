import { resolve } from 'node:path'
import type { PublishOptions, Published, Registry } from '@aam/client'
import { type PackageName, type Problem, type Range, fail, formatProblem, isBackwards, matches } from '@aam/core'
import { BUNDLE_SUFFIX, readArchiveFile } from '../disk/bundles.ts'
import { findProject, readProject, requireProject } from '../disk/project.ts'
import type { Context } from '../world.ts'
import { type PackedFile, packPackage } from './author.ts'
import { openRegistry } from './open-registry.ts'

export type PublishRequest = Required<Pick<PublishOptions, 'tag' | 'keepLatest' | 'force' | 'dryRun' | 'access'>> & {
  /** An archive to publish instead of packing the package around `cwd`. */
  readonly file: string | undefined
  readonly registry: string | undefined
}

export type PublishResult = Required<Omit<Published, 'tags'>> & {
  readonly registry: string
  readonly dryRun: boolean
  readonly tags: readonly { readonly tag: string; readonly from: string | null; readonly to: string }[]
}

/** Publishes; asks first on a terminal. */
export async function publishPackage(context: Context, request: PublishRequest): Promise<PublishResult> {
  const { world, settings, report } = context
  const project = findProject(world.cwd)?.folder
  const { registry } = await openRegistry(context, { project, flag: request.registry })
  const { archive, files, warnings, dependencies } =
    request.file === undefined ? await packForPublish(context) : readForPublish(world.cwd, request.file)
  await warnAboutMissing(context, registry, dependencies)
  for (const warning of warnings) report({ kind: 'warning', message: formatProblem(warning).trim() })
  if (world.terminal.interactive && !settings.yes && !request.dryRun && !settings.json) {
    report({ kind: 'files', files })
    const plan = await registry.publish(archive, { ...request, dryRun: true })
    const sure = await world.ask.confirm(`Publish ${plan.name}@${plan.version} to ${registry.addressOf(plan.name)}?`)
    if (!sure) fail('DECLINED', { what: 'Nothing was published' })
  }
  const { tags, state = 'visible', ...published } = await registry.publish(archive, request)
  for (const move of tags) {
    if (state === 'waiting' || !isBackwards(move)) continue
    const hint = move.tag === 'latest' ? 'give --keep-latest to leave it where it is' : undefined
    report({ kind: 'warning', message: `${move.tag} moves back, from ${move.from ?? ''} to ${move.to}`, hint })
  }
  return {
    ...published,
    state,
    registry: registry.addressOf(published.name),
    dryRun: request.dryRun,
    tags: tags.map(({ tag, from, to }) => ({ tag, from: from ?? null, to })),
  }
}

type Offer = {
  readonly archive: Uint8Array
  readonly files: readonly PackedFile[]
  readonly warnings: readonly Problem[]
  readonly dependencies: ReadonlyMap<PackageName, Range>
}

/** A package that nobody can install may be one whose dependencies are published next; so this is a warning. */
async function warnAboutMissing(
  { report }: Context,
  registry: Registry,
  dependencies: ReadonlyMap<PackageName, Range>,
): Promise<void> {
  for (const [name, range] of dependencies) {
    const versions = (await registry.fetchDocument(name))?.releases.values() ?? []
    if ([...versions].some(({ version, yanked }) => !yanked && matches(range, version))) continue
    report({ kind: 'warning', message: `nobody can install this yet: the registry has no ${name} ${range.text}` })
  }
}

async function packForPublish(context: Context): Promise<Offer> {
  const { format, decoded } = await readProject(requireProject(context.world.cwd))
  // The registry refuses it too; here it is said before anything is packed and shown.
  if (decoded.manifest.private) fail('PACKAGE_PRIVATE', { name: decoded.manifest.name, file: format })
  const { archive, files, warnings, dependencies } = await packPackage(context)
  return { archive, files, warnings, dependencies }
}

function readForPublish(cwd: string, file: string): Offer {
  if (file.endsWith(BUNDLE_SUFFIX)) {
    fail('USAGE', {
      message: `${file} is a bundle, and registries take packages`,
      hint: 'run `aam publish` in the folder of the package',
    })
  }
  const archive = readArchiveFile(resolve(cwd, file), file)
  return { archive, files: [], warnings: [], dependencies: new Map() }
}
