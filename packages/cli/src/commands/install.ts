import { CONFLICT_STRATEGIES, type ConflictStrategy, type Specifier, fail, parseSpecifier, suggest } from '@aam/core'
import { isWhole } from '../actions/deploy/result.ts'
import type { Goal } from '../actions/target.ts'
import type { InstalledBundle } from '../actions/bundle/install-bundle.ts'
import type { InstallRequest, InstallResult } from '../actions/install-result.ts'
import type { ProjectSource } from '../actions/install.ts'
import { type Input, defineCommand, flag, option } from '../command.ts'
import { digestConfig } from '../disk/config.ts'
import { type Project, findProject, newProject, readProject, requireProject } from '../disk/project.ts'
import { upToDate } from '../disk/state.ts'
import { bundleLines } from '../text/bundle.ts'
import { installLines } from '../text/install.ts'
import type { Context } from '../world.ts'
import { DEPLOY_OPTIONS, NO_DEPLOY, deployFrom, isUsual } from './deploy-options.ts'

/** What the name of a bundle ends in; no package can be called so. */
const BUNDLE = '.bundle.aam'

/** For every command that resolves. */
export const ON_CONFLICT = [
  '--on-conflict <strategy>',
  'when requirements contradict each other: fail, duplicate, override or peer',
] as const

export const install = defineCommand<InstallResult | InstalledBundle>({
  summary: 'Install packages, or what the manifest asks for',
  description: `Without names: exactly what package.agent.lock says, or, where it does not fit the manifest, the best versions that do.
With names: adds them to the manifest first. After the @ may stand a version, a range or a dist-tag; a tag is followed by \`aam update\`.
With a bundle, FILE.bundle.aam: what it has, for the platform that it was built for, without a registry.`,
  args: [['[packages...]', 'name, name@1.2.0, name@^1.2.0 or name@stable; or one FILE.bundle.aam']],
  options: [
    ['--frozen', 'install the lock as it is; fail when it does not fit the manifest'],
    ['--dry-run', 'show the tree and what would change, and change nothing'],
    ['--optional', 'add to optionalDependencies'],
    ['--save-exact', 'record the exact version instead of ^version'],
    ['--strict-peers', 'fail when a peer dependency is not met'],
    ['--minimal', 'take the lowest version of everything that all ranges allow'],
    ['--latest', 'ignore every range and take the newest of everything; the manifest stays as it is'],
    ON_CONFLICT,
    ['--force', 'unpack every package again'],
    ['--no-cache', 'neither use nor fill the download cache'],
    ['--offline', 'use only the lock and the download cache; ask no registry'],
    ['--registry <registry>', 'the registry to use: a folder, or the address of a server'],
    ...DEPLOY_OPTIONS,
    NO_DEPLOY,
  ],
  examples: [
    'aam install',
    'aam install @team/review@stable',
    'aam install --frozen',
    'aam install ./review-1.0.0-cursor.bundle.aam',
  ],
  run: async (context, input) => {
    if (input.args.some(arg => arg.endsWith(BUNDLE))) return installBundleFile(context, input)
    const specifiers = input.args.map(parseSpecifier)
    refuseContradictions(input, specifiers)
    const request = requestFrom(input, goalOf(input, specifiers))
    return specifiers.length === 0 ? installManifest(context, request) : installNamed(context, request)
  },
  view: (result, view) => ('bundle' in result ? bundleLines(result, view) : installLines(result, view)),
  exit: installExit,
})

/** What could not be deployed is a failure, although everything else is done. */
export function installExit({ deployment }: Pick<InstallResult, 'deployment'>): number {
  return deployment === null || isWhole(deployment) ? 0 : 1
}

async function installManifest(context: Context, request: InstallRequest): Promise<InstallResult> {
  const place = requireProject(context.world.cwd)
  const looks =
    request.force ||
    request.strategy !== 'highest' ||
    request.onConflict !== undefined ||
    request.dryRun ||
    request.strictPeers ||
    !isUsual(request.deploy)
  const ready = looks
    ? undefined
    : upToDate(place, { settings: digestConfig(context.world, place.folder), deploys: request.deploy !== 'no' })
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
      deployment: null,
    }
  }
  const read = async (): Promise<Project> => readWithWarnings(context, requireProject(context.world.cwd))
  return (await import('../actions/install.ts')).installProject(context, { folder: place.folder, read }, request)
}

async function installNamed(context: Context, request: InstallRequest): Promise<InstallResult> {
  return (await import('../actions/install.ts')).installProject(context, projectToAddTo(context), request)
}

async function installBundleFile(context: Context, input: Input): Promise<InstalledBundle> {
  const [file = '', ...others] = input.args
  refuseForBundle(input, others)
  const request = { file, dryRun: flag(input, 'dryRun'), deploy: deployFrom(input) }
  const { installBundle } = await import('../actions/bundle/install-bundle.ts')
  return installBundle(context, projectToAddTo(context), request)
}

/** A bundle is a whole answer: nothing of it is chosen, fetched or recorded in the manifest. */
function refuseForBundle(input: Input, others: readonly string[]): void {
  if (others.length > 0) {
    fail('USAGE', { message: 'A bundle is installed alone', hint: 'run `aam install` once for each' })
  }
  const flags = [
    'frozen',
    'optional',
    'saveExact',
    'strictPeers',
    'minimal',
    'latest',
    'onConflict',
    'force',
    'registry',
    'platform',
  ] as const
  const wasted = flags.find(name => input.options[name] !== undefined)
  if (wasted === undefined) return
  const spelling = `--${wasted.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`
  const hint = wasted === 'platform' ? 'it is for the platform that it was built for' : 'leave it out'
  fail('USAGE', { message: `${spelling} says nothing about a bundle`, hint })
}

/** The project around the current folder, else one that is to be started in it. */
function projectToAddTo(context: Context): ProjectSource {
  const { cwd } = context.world
  const folder = findProject(cwd)?.folder ?? cwd
  // Looked for again when it is our turn: somebody else may have started the manifest meanwhile.
  const read = async (): Promise<Project> => {
    const place = findProject(cwd)
    return place === undefined ? newProject(cwd) : readWithWarnings(context, place)
  }
  return { folder, read }
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
    strategy: flag(input, 'minimal') ? 'lowest' : flag(input, 'latest') ? 'latest' : 'highest',
    onConflict: conflictFrom(input),
    offline: flag(input, 'offline'),
    cache: input.options['cache'] === false ? 'bypass' : 'use',
    registry: option(input, 'registry'),
    deploy: deployFrom(input),
  }
}

/** @throws USAGE for a strategy that there is none of */
function conflictFrom(input: Input): ConflictStrategy | undefined {
  const text = option(input, 'onConflict')
  const known = CONFLICT_STRATEGIES.find(strategy => strategy === text)
  if (text === undefined || known !== undefined) return known
  const near = suggest(text, CONFLICT_STRATEGIES)
  const hint = near.length > 0 ? `did you mean ${near.join(' or ')}?` : `it takes ${CONFLICT_STRATEGIES.join(', ')}`
  return fail('USAGE', { message: `--on-conflict does not know '${text}'`, hint })
}

function refuseContradictions(input: Input, specifiers: readonly Specifier[]): void {
  const names = specifiers.length > 0
  if (flag(input, 'frozen') && names) {
    fail('USAGE', {
      message: '--frozen installs what the lock has, so it takes no packages',
      hint: 'leave one of the two out',
    })
  }
  const resolving = (['minimal', 'latest', 'onConflict'] as const).find(name => input.options[name] !== undefined)
  if (flag(input, 'frozen') && resolving !== undefined) {
    const spelling = resolving === 'onConflict' ? '--on-conflict' : `--${resolving}`
    fail('USAGE', {
      message: `--frozen installs what the lock has, and ${spelling} chooses versions`,
      hint: 'leave one of the two out',
    })
  }
  if (flag(input, 'minimal') && flag(input, 'latest')) {
    fail('USAGE', { message: '--minimal and --latest contradict each other', hint: 'leave one of the two out' })
  }
  if (names && flag(input, 'latest')) {
    fail('USAGE', {
      message: '--latest is about everything that the manifest asks for, so it takes no packages',
      hint: 'to go to the newest of some, run `aam update --latest NAME`',
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
