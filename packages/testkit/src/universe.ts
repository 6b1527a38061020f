/** Package universes in a line each: `code-review 1.3.2 → git-utils ^1.0.0, lint ~2.0.0`. */
import { chmodSync, mkdirSync } from 'node:fs'
import { packArchive } from '@aam/archive'
import { initFolderRegistry, openFolderRegistry, type Registry } from '@aam/client'
import {
  type Choice,
  type DependencyRanges,
  type Known,
  type KnownPackage,
  type PackageName,
  type Range,
  type Version,
  type Wants,
  parseRange,
  parseVersion,
} from '@aam/core'
import { NOW, type Sandbox } from './sandbox.ts'
import { startTestServer } from './server.ts'

/** One version in a universe. */
export type Spec = DependencyRanges & {
  readonly name: PackageName
  readonly version: Version
  readonly extras: ReadonlyMap<string, ReadonlyMap<PackageName, Range>>
  readonly resolverVersion: number
}

/** Names in scenarios are letters and words; the solver takes them as they are. */
export function named(name: string): PackageName {
  return name as PackageName
}

/**
 * Reads `name version → requirement, requirement`, where a requirement is `name range`, with `opt:` or `peer:` before it
 * for optional ones and peers, or `[extra]` for what an extra adds; `[extra]` alone is one that adds nothing.
 * `name version (resolver 2)` asks for another resolver.
 */
export function parseSpec(line: string): Spec {
  const [head = '', tail = ''] = line.split('→').map(part => part.trim())
  const [, name = '', version = '', resolver = '1'] = /^(\S+)\s+(\S+)(?:\s+\(resolver (\d+)\))?$/.exec(head) ?? []
  const maps = {
    dependencies: new Map<PackageName, Range>(),
    opt: new Map<PackageName, Range>(),
    peer: new Map<PackageName, Range>(),
  }
  const extras = new Map<string, Map<PackageName, Range>>()
  for (const requirement of splitRequirements(tail)) {
    const [, kind, extra, dependency, range = '*'] =
      /^(opt:|peer:|\[([^\]]+)\])?\s*(\S+)?\s*(.*)$/.exec(requirement) ?? []
    if (extra !== undefined && !extras.has(extra)) extras.set(extra, new Map())
    const map =
      extra !== undefined
        ? extras.get(extra)
        : kind === 'opt:'
          ? maps.opt
          : kind === 'peer:'
            ? maps.peer
            : maps.dependencies
    if (dependency !== undefined) map?.set(named(dependency), parseRange(range))
  }
  return {
    name: named(name),
    version: parseVersion(version),
    dependencies: maps.dependencies,
    optionalDependencies: maps.opt,
    peerDependencies: maps.peer,
    extras,
    resolverVersion: Number(resolver),
  }
}

/** Ranges may hold commas themselves (`>=1.0.0,<2.0.0`), so a comma separates only where a name or an extra follows. */
function splitRequirements(text: string): string[] {
  return text === '' ? [] : text.split(/,\s*(?=(?:opt:|peer:)?\s*[@a-zA-Z]|\[)/)
}

/** What the solver knows when every document of the universe is at hand; other names are missing. */
export function knownFrom(
  specs: readonly Spec[],
  { yanked = [], missing = [] }: { yanked?: readonly string[]; missing?: readonly string[] } = {},
): Known {
  const packages = new Map<PackageName, Map<Version, Choice>>()
  const known = new Map<PackageName, KnownPackage>()
  for (const spec of specs) {
    const versions = packages.get(spec.name) ?? new Map<Version, Choice>()
    versions.set(spec.version, { ...spec, yanked: yanked.includes(`${spec.name}@${spec.version}`) })
    packages.set(spec.name, versions)
    known.set(spec.name, versions)
  }
  const mentioned = specs.flatMap(({ dependencies, optionalDependencies, peerDependencies, extras }) =>
    [dependencies, optionalDependencies, peerDependencies, ...extras.values()].flatMap(ranges => [...ranges.keys()]),
  )
  for (const name of [...mentioned, ...missing.map(named)]) if (!known.has(name)) known.set(name, 'missing')
  return known
}

/** What a root without groups and extras wants, from `{ 'a': '^1.0.0' }`. */
export function wantsFrom(
  required: Readonly<Record<string, string>>,
  rest: {
    readonly optional?: Readonly<Record<string, string>>
    readonly peers?: Readonly<Record<string, string>>
    readonly resolutions?: Readonly<Record<string, string>>
  } = {},
): Wants {
  return {
    root: { name: 'my-app', version: '1.0.0' },
    required: rangeMap(required),
    tags: new Map(),
    selected: [],
    extras: new Map(),
    optional: rangeMap(rest.optional ?? {}),
    peers: rangeMap(rest.peers ?? {}),
    resolutions: rangeMap(rest.resolutions ?? {}),
  }
}

export function rangeMap(ranges: Readonly<Record<string, string>>): Map<PackageName, Range> {
  return new Map(Object.entries(ranges).map(([name, range]) => [named(name), parseRange(range)]))
}

/** The archive of a package that has one skill named like itself. */
export function packSpec(spec: Spec, extra: Readonly<Record<string, unknown>> = {}): Buffer {
  const ranges = (map: ReadonlyMap<PackageName, Range>): Record<string, string> | undefined =>
    map.size === 0 ? undefined : Object.fromEntries([...map].map(([name, range]) => [name, range.text]))
  const manifest = {
    name: spec.name,
    version: spec.version,
    description: `The package ${spec.name}`,
    dependencies: ranges(spec.dependencies),
    optionalDependencies: ranges(spec.optionalDependencies),
    peerDependencies: ranges(spec.peerDependencies),
    extras:
      spec.extras.size === 0
        ? undefined
        : Object.fromEntries([...spec.extras].map(([name, map]) => [name, { dependencies: ranges(map) ?? {} }])),
    resolverVersion: spec.resolverVersion === 1 ? undefined : spec.resolverVersion,
    ...extra,
  }
  const skill = spec.name.slice(spec.name.indexOf('/') + 1)
  const files: readonly (readonly [string, string])[] = [
    ['package.agent.json', `${JSON.stringify(manifest, undefined, 2)}\n`],
    [
      `skills/${skill}/SKILL.md`,
      `---\nname: ${skill}\ndescription: Helps with ${skill}, in version ${spec.version}.\n---\n\n# ${skill}\n`,
    ],
  ]
  return packArchive(
    files.map(([path, text]) => ({ path, data: Buffer.from(text), executable: false })),
    { seconds: 0, archive: spec.name },
  )
}

/**
 * Publishes a universe into the folder `registry` of a sandbox, and makes it the one that its user has configured. With
 * `AAM_TEST_SERVER=1` it is a server instead, to which its user is signed in, so that the same tests run against both.
 */
export async function startRegistry(sandbox: Sandbox, lines: readonly string[]): Promise<Registry> {
  if (process.env['AAM_TEST_SERVER'] === '1') return startServerFor(sandbox, lines)
  const registry = await publishUniverse(sandbox.path('registry'), lines)
  sandbox.write('home/.aam/config.yaml', `registries:\n  default: ${sandbox.path('registry')}\n`)
  return registry
}

async function startServerFor(sandbox: Sandbox, lines: readonly string[]): Promise<Registry> {
  const server = await startTestServer({ LOG_LEVEL: 'silent' }, () => NOW)
  sandbox.onRemove(() => void server.remove())
  const token = await server.addUser('ann')
  const registry = server.registry(token)
  for (const line of lines) await registry.publish(packSpec(parseSpec(line)), {})
  sandbox.write('home/.aam/config.yaml', `registries:\n  default: ${server.address}\n`)
  sandbox.write('home/.aam/credentials.yaml', { registries: { [server.address]: { token, user: 'ann' } } })
  chmodSync(sandbox.path('home/.aam/credentials.yaml'), 0o600)
  return registry
}

/** A folder registry at `root` that holds the universe, published in the order given. */
export async function publishUniverse(root: string, lines: readonly string[]): Promise<Registry> {
  mkdirSync(root, { recursive: true })
  await initFolderRegistry(root)
  const registry = openFolderRegistry({ root, now: () => NOW })
  for (const line of lines) await registry.publish(packSpec(parseSpec(line)), {})
  return registry
}
