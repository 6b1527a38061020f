import { type Member, type Several, openFolderRegistry, openSeveral } from '@aam/client'
import { type Lock, type PackageDocument, type PackageName, compareText, fail, suggest } from '@aam/core'
import { type Config, readConfig, registryFolder } from '../disk/config.ts'
import { recordedPath } from '../disk/project.ts'
import type { Setting } from '../disk/settings.ts'
import type { Context } from '../world.ts'

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
}

/**
 * Opens what is configured, or exactly the registry that `--registry` names: for commands about one package.
 * @throws REGISTRY_NOT_CONFIGURED, CONFIG_INVALID; REGISTRY_NOT_FOUND and REGISTRY_UNSUPPORTED, of several registries
 *   when one is first asked
 */
export async function openRegistry(context: Context, opening: Opening): Promise<OpenRegistry> {
  const config = await readSettings(context, opening.project)
  const sources = opening.flag === undefined ? config.sources : []
  const opened = open(context, { config, opening, places: placesOf(context, opening, { ...config, sources }) })
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
  return open(context, { config, opening, places: placesOf(context, opening, config), lock })
}

export async function readSettings({ world, report }: Context, project: string | undefined): Promise<Config> {
  return readConfig(world, project ?? world.cwd, message => {
    report({ kind: 'warning', message })
  })
}

/** Where a registry is, before anybody has asked it. */
type RegistryPlace = { readonly label: string; readonly scopes: readonly string[]; readonly setting: Setting<string> }

function placesOf(
  { world }: Context,
  { flag }: Opening,
  { registry, sources }: Pick<Config, 'registry' | 'sources'>,
): readonly RegistryPlace[] {
  const setting = flag === undefined ? registry : { value: flag, from: '--registry', folder: world.cwd }
  return [
    ...(setting === undefined ? [] : [{ label: 'default', scopes: [], setting }]),
    ...sources.map(source => ({
      label: source.value.name,
      scopes: source.value.scopes,
      setting: { ...source, value: source.value.url },
    })),
  ]
}

function open(
  { world, report }: Context,
  {
    config,
    opening: { project, flag },
    places,
    lock,
  }: {
    readonly config: Config
    readonly opening: Opening
    readonly places: readonly RegistryPlace[]
    readonly lock?: Lock | undefined
  },
): OpenRegistry {
  const roots = new Map<Member, Setting<string>>()
  const onWait = (owner: string): void => {
    report({ kind: 'notice', message: `Waiting for ${owner}, which is writing to the registry` })
  }
  const [first, ...others] = places.map(({ label, scopes, setting }): Member => {
    const member: Member = {
      label,
      scopes,
      open: () => {
        if (setting.value.trim() === '') {
          fail('USAGE', { message: `${setting.from} names no registry`, hint: 'give a path' })
        }
        const root = registryFolder(setting)
        report({ kind: 'detail', message: `registry ${root} (from ${setting.from})` })
        return openFolderRegistry({ root, now: world.now, onWait })
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
      const inside =
        project === undefined || setting === undefined ? undefined : recordedPath(project, registryFolder(setting))
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
  return /^https?:/i.test(setting.value) ? setting.value.replace(/\/+$/, '') : registryFolder(setting)
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
