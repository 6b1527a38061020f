import { type Specifier, parseSpecifier, fail } from '@aam/core'
import type { Goal } from '../actions/target.ts'
import type { InstallRequest, InstallResult } from '../actions/install.ts'
import { type Input, defineCommand, flag, option } from '../command.ts'
import { digestConfig } from '../disk/config.ts'
import { type Project, findProject, newProject, readProject, requireProject } from '../disk/project.ts'
import { upToDate } from '../disk/state.ts'
import { installLines } from '../text/install.ts'
import type { Context } from '../world.ts'

export const install = defineCommand<InstallResult>({
  summary: 'Install packages, or what the manifest asks for',
  description: `Without names: exactly what package.agent.lock says, or, where it does not fit the manifest, the best versions that do.
With names: adds them to the manifest first. After the @ may stand a version, a range or a dist-tag; a tag is followed by \`aam update\`.`,
  args: [['[packages...]', 'name, name@1.2.0, name@^1.2.0 or name@stable']],
  options: [
    ['--frozen', 'install the lock as it is; fail when it does not fit the manifest'],
    ['--dry-run', 'show the tree and what would change, and change nothing'],
    ['--optional', 'add to optionalDependencies'],
    ['--save-exact', 'record the exact version instead of ^version'],
    ['--strict-peers', 'fail when a peer dependency is not met'],
    ['--force', 'unpack every package again'],
    ['--no-cache', 'neither use nor fill the download cache'],
    ['--offline', 'use only the lock and the download cache; ask no registry'],
    ['--registry <registry>', 'the registry to use: a folder'],
  ],
  examples: ['aam install', 'aam install @team/review@stable', 'aam install --frozen'],
  run: async (context, input) => {
    const specifiers = input.args.map(parseSpecifier)
    refuseContradictions(input, specifiers)
    const request = requestFrom(input, goalOf(input, specifiers))
    return specifiers.length === 0 ? installManifest(context, request) : installNamed(context, request)
  },
  view: installLines,
})

async function installManifest(context: Context, request: InstallRequest): Promise<InstallResult> {
  const place = requireProject(context.world.cwd)
  const ready =
    request.force || request.dryRun || request.strictPeers
      ? undefined
      : upToDate(place, digestConfig(context.world, place.folder))
  if (ready !== undefined) {
    return {
      goal: 'install',
      packages: ready,
      changes: [],
      reviews: [],
      manifest: null,
      lock: 'unchanged',
      notes: [],
      skipped: [],
      tags: [],
      dryRun: false,
      forced: false,
    }
  }
  const read = async (): Promise<Project> => readWithWarnings(context, requireProject(context.world.cwd))
  return (await import('../actions/install.ts')).installProject(context, { folder: place.folder, read }, request)
}

async function installNamed(context: Context, request: InstallRequest): Promise<InstallResult> {
  const { cwd } = context.world
  const folder = findProject(cwd)?.folder ?? cwd
  // Looked for again when it is our turn: somebody else may have started the manifest meanwhile.
  const read = async (): Promise<Project> => {
    const place = findProject(cwd)
    return place === undefined ? newProject(cwd) : readWithWarnings(context, place)
  }
  return (await import('../actions/install.ts')).installProject(context, { folder, read }, request)
}

/** Reads a project, and says when it has manifests that are not read (D1). */
export async function readWithWarnings(
  { report }: Context,
  place: ReturnType<typeof requireProject>,
): ReturnType<typeof readProject> {
  for (const file of place.shadowed) {
    report({ kind: 'warning', message: `${file} is not read, because ${place.format} is there` })
  }
  return readProject(place)
}

function goalOf(input: Input, specifiers: readonly Specifier[]): Goal {
  return specifiers.length === 0
    ? { kind: 'install' }
    : { kind: 'add', specifiers, saveExact: flag(input, 'saveExact'), optional: flag(input, 'optional') }
}

/** What the flags that `install` and its relatives share say. */
export function requestFrom(input: Input, goal: Goal): InstallRequest {
  return {
    goal,
    frozen: flag(input, 'frozen'),
    dryRun: flag(input, 'dryRun'),
    force: flag(input, 'force'),
    strictPeers: flag(input, 'strictPeers'),
    offline: flag(input, 'offline'),
    cache: input.options['cache'] === false ? 'bypass' : 'use',
    registry: option(input, 'registry'),
  }
}

function refuseContradictions(input: Input, specifiers: readonly Specifier[]): void {
  const names = specifiers.length > 0
  if (flag(input, 'frozen') && names) {
    fail('USAGE', {
      message: '--frozen installs what the lock has, so it takes no packages',
      hint: 'leave one of the two out',
    })
  }
  const wasted = flag(input, 'saveExact') ? '--save-exact' : flag(input, 'optional') ? '--optional' : undefined
  if (!names && wasted !== undefined) {
    fail('USAGE', { message: `${wasted} is about packages to add, and none is named`, hint: 'name a package' })
  }
  if (flag(input, 'offline') && input.options['cache'] === false) {
    fail('USAGE', {
      message: '--offline installs from the cache, and --no-cache forbids it',
      hint: 'leave one of the two out',
    })
  }
  const seen = new Set<string>()
  for (const { name } of specifiers) {
    if (seen.has(name)) fail('USAGE', { message: `${name} is named twice`, hint: 'name it once' })
    seen.add(name)
  }
}
