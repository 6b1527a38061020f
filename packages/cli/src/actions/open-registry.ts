import { type Member, type Several, openFolderRegistry, openSeveral } from '@aam/client'
import { LOCK_FILE, type Lock, type PackageDocument, type PackageName, compareText, fail, suggest } from '@aam/core'
import { type Config, readConfig, registryPlace } from '../disk/config.ts'
import { type Credentials, readCredentials } from '../disk/credentials.ts'
import { recordedPath } from '../disk/project.ts'
import type { Setting, SourceSetting } from '../disk/settings.ts'
import type { Context } from '../world.ts'
import { openServer, sourceAt } from './open-server.ts'

/** The registries that count, as one, and the configuration that named them. */
export type OpenRegistry = {
  readonly registry: Several
  readonly config: Config
  /** How the locks of this project call the registry that a name is in (D2). */
  readonly recordedFor: (name: PackageName) => string
}

export type Opening = {
  /** The folder of the project, if there is one. */
  readonly project: string | undefined
  /** What `--registry` says. */
  readonly flag: string | undefined
  /** Ask nobody: servers answer from the documents that are kept, folders do not answer. */
  readonly offline?: boolean
}

/**
 * Opens what is configured, or exactly the registry that `--registry` names: for commands about one package.
 * @throws REGISTRY_NOT_CONFIGURED, CONFIG_INVALID; REGISTRY_NOT_FOUND and REGISTRY_UNSUPPORTED, of several registries
 *   when one is first asked
 */
export async function openRegistry(context: Context, opening: Opening): Promise<OpenRegistry> {
  const config = await readSettings(context, opening.project)
  const sources = opening.flag === undefined ? config.sources : []
  const places = placesOf(context, opening, { ...config, sources })
  const opened = open(context, { config, opening, places, credentials: await credentialsFor(context, places) })
  // The only one there is will be asked: that it is not there should be the first thing said.
  if (sources.length === 0) opened.registry.open()
  return opened
}

/**
 * Opens the registries a project installs from: `--registry` takes the place of the default for this run, and packages
 * stay with the registry their lock names, unless `--registry` or a scope says otherwise (D32).
 * @throws as `openRegistry`
 */
export async function openRegistries(
  context: Context,
  {
    lock,
    config: known,
    ...opening
  }: Opening & {
    readonly lock: Lock | undefined
    /** The configuration, where it was read before: what it warns of is said once. */
    readonly config?: Config
  },
): Promise<OpenRegistry> {
  const config = known ?? (await readSettings(context, opening.project))
  const places = placesOf(context, opening, config)
  return open(context, { config, opening, places, lock, credentials: await credentialsFor(context, places) })
}

/** What signing in left, where there is a server to show it to. */
async function credentialsFor({ world, report }: Context, places: readonly ConfiguredRegistry[]): Promise<Credentials> {
  if (!places.some(({ setting }) => /^https?:/i.test(setting.value))) return new Map()
  return readCredentials(world.home, message => {
    report({ kind: 'warning', message })
  })
}

export async function readSettings({ world, report }: Context, project: string | undefined): Promise<Config> {
  return readConfig(world, project ?? world.cwd, message => {
    report({ kind: 'warning', message })
  })
}

/** A registry, before anybody has asked it. */
type ConfiguredRegistry = {
  readonly label: string
  readonly scopes: readonly string[]
  readonly setting: Setting<string>
  readonly source: Setting<SourceSetting> | undefined
}

function placesOf(
  { world }: Context,
  { flag }: Opening,
  { registry, sources }: Pick<Config, 'registry' | 'sources'>,
): readonly ConfiguredRegistry[] {
  const setting = flag === undefined ? registry : { value: flag, from: '--registry', folder: world.cwd }
  return [
    ...(setting === undefined ? [] : [{ label: 'default', scopes: [], setting, source: undefined }]),
    ...sources.map(source => ({
      label: source.value.name,
      scopes: source.value.scopes,
      setting: { ...source, value: source.value.url },
      source,
    })),
  ]
}

function open(
  context: Context,
  {
    config,
    opening: { project, flag, offline = false },
    places,
    credentials,
    lock,
  }: {
    readonly config: Config
    readonly opening: Opening
    readonly places: readonly ConfiguredRegistry[]
    readonly credentials: Credentials
    readonly lock?: Lock | undefined
  },
): OpenRegistry {
  const { world, report } = context
  const roots = new Map<Member, Setting<string>>()
  const onWait = (owner: string): void => {
    report({ kind: 'notice', message: `Waiting for ${owner}, which is writing to the registry` })
  }
  const [first, ...others] = places.map(({ label, scopes, setting, source }): Member => {
    const member: Member = {
      label,
      scopes,
      open: () => {
        const place = registryPlace(setting)
        const where = place.kind === 'folder' ? place.root : place.base
        report({ kind: 'detail', message: `registry ${where} (from ${setting.from})` })
        if (place.kind === 'server') {
          const means = { credentials, caFile: config.caFile, offline }
          const known = source ?? (label === 'default' ? sourceAt(config, { registry: flag }, place.base) : undefined)
          return openServer(context, { base: place.base, label, source: known }, means)
        }
        if (offline) {
          fail('OFFLINE', { why: lock === undefined ? `there is no ${LOCK_FILE}` : 'this needs to resolve again' })
        }
        return openFolderRegistry({ root: place.root, now: world.now, onWait })
      },
    }
    roots.set(member, setting)
    return member
  })
  if (first === undefined) return fail('REGISTRY_NOT_CONFIGURED', {})
  const members = [first, ...others] as const
  const pinned = lock === undefined || flag !== undefined ? undefined : pinLocked(lock, members, { project, roots })
  const registry = openSeveral(members, pinned)
  return {
    registry,
    config,
    recordedFor: name => {
      const setting = roots.get(registry.memberFor(name))
      const place = setting === undefined ? undefined : registryPlace(setting)
      const inside = project === undefined || place?.kind !== 'folder' ? undefined : recordedPath(project, place.root)
      return inside === undefined ? registry.addressOf(name) : `file:${inside}`
    },
  }
}

/** The member each locked package stays with: the one its lock names, as far as that is among those configured now. */
function pinLocked(
  lock: Lock,
  members: readonly Member[],
  { project, roots }: { readonly project: string | undefined; readonly roots: ReadonlyMap<Member, Setting<string>> },
): Map<PackageName, Member> {
  const pinned = new Map<PackageName, Member>()
  if (members.length === 1 || project === undefined) return pinned
  const byPlace = new Map(members.map(member => [placeOf(roots.get(member)), member]))
  const byLabel = new Map(members.map(member => [member.label, member]))
  for (const [name, { source }] of lock.resolved) {
    // A lock of the first kind gives the name of a registry, not its address (D2).
    const member =
      source.registry === ''
        ? byLabel.get(source.display ?? '')
        : byPlace.get(placeOf({ value: source.registry, folder: project }))
    // All versions of a package come from one registry: the one of the version with the plain name.
    if (member !== undefined && (name === source.name || !pinned.has(source.name))) pinned.set(source.name, member)
  }
  return pinned
}

/** One spelling for each place, so that addresses can be compared. */
function placeOf(setting: Pick<Setting<string>, 'value' | 'folder'> | undefined): string {
  if (setting === undefined) return ''
  const place = registryPlace({ ...setting, from: 'the lock' })
  return place.kind === 'server' ? place.base : place.root
}

/** @throws PACKAGE_NOT_FOUND with the names that were probably meant */
export async function requireDocument(registry: Several, name: PackageName): Promise<PackageDocument> {
  return (await registry.fetchDocument(name)) ?? notFound(registry, name)
}

/** @throws PACKAGE_NOT_FOUND, always */
export async function notFound(registry: Several, name: PackageName, chain?: readonly string[]): Promise<never> {
  const names = (await registry.listNames()).sort(compareText)
  // A name in another scope, or without one, is a likelier slip than several wrong letters.
  const base = name.slice(name.indexOf('/') + 1)
  const sameBase = names.filter(other => other !== name && other.slice(other.indexOf('/') + 1) === base)
  const suggestions = [...new Set([...sameBase, ...suggest(name, names)])].slice(0, 3)
  return fail('PACKAGE_NOT_FOUND', {
    name,
    registry: registry.addressesFor(name).join(' or '),
    suggestions,
    ...(chain === undefined ? {} : { chain }),
  })
}
