/** Every command there is. A command's own module is loaded only when it runs. */
import type { Command } from '../command.ts'

export type CommandEntry = {
  readonly summary: string
  /** Heading in the overview; absent for other spellings that the overview leaves out. */
  readonly section?: string
  readonly aliases?: readonly string[]
  readonly load: () => Promise<Command>
}

/** First words that need a second one. */
export const GROUPS: ReadonlySet<string> = new Set([
  'cache',
  'config',
  'dist-tag',
  'owner',
  'platform',
  'registry',
  'resolve',
  'token',
  'user',
])

type Row = Omit<CommandEntry, 'section'>

const WRITE: Readonly<Record<string, Row>> = {
  init: { summary: 'Make this folder a package', load: async () => (await import('./init.ts')).init },
  import: {
    summary: 'Make a package of what a project keeps for its agents',
    load: async () => (await import('./import.ts')).importCommand,
  },
  validate: {
    summary: 'Check the manifest and every artifact',
    load: async () => (await import('./validate.ts')).validate,
  },
  version: {
    summary: 'Set the version of the package, commit and tag it',
    load: async () => (await import('./version.ts')).version,
  },
  pack: { summary: 'Build the .aam archive', load: async () => (await import('./pack.ts')).pack },
  build: {
    summary: 'Build a bundle: the package as it is for one platform, in one file',
    load: async () => (await import('./build.ts')).build,
  },
  publish: { summary: 'Publish to a registry', load: async () => (await import('./publish.ts')).publish },
  deprecate: {
    summary: 'Warn whoever installs these versions',
    load: async () => (await import('./lifecycle.ts')).deprecate,
  },
  yank: { summary: 'Hide a version from new installs', load: async () => (await import('./lifecycle.ts')).yank },
  'dist-tag add': {
    summary: 'Point a tag at a version',
    aliases: ['set'],
    load: async () => (await import('./dist-tag.ts')).add,
  },
  'dist-tag rm': {
    summary: 'Remove a tag',
    aliases: ['remove'],
    load: async () => (await import('./dist-tag.ts')).remove,
  },
  'dist-tag ls': {
    summary: 'List the tags of a package',
    aliases: ['list'],
    load: async () => (await import('./dist-tag.ts')).list,
  },
}

const INSTALL: Readonly<Record<string, Row>> = {
  install: {
    summary: 'Install packages, or what the manifest asks for',
    aliases: ['i', 'add'],
    load: async () => (await import('./install.ts')).install,
  },
  update: {
    summary: 'Move to newer versions within the ranges',
    aliases: ['up', 'upgrade'],
    load: async () => (await import('./update.ts')).update,
  },
  uninstall: {
    summary: 'Remove packages, and what only they needed',
    aliases: ['remove', 'rm', 'un'],
    load: async () => (await import('./uninstall.ts')).uninstall,
  },
  deploy: {
    summary: 'Put installed packages where agents look for them',
    load: async () => (await import('./deploy.ts')).deploy,
  },
  undeploy: {
    summary: 'Take away what was put where agents look for it',
    load: async () => (await import('./deploy.ts')).undeploy,
  },
  status: {
    summary: 'Show what is deployed where, and what differs',
    load: async () => (await import('./deploy.ts')).status,
  },
  'resolve skill': {
    summary: 'List every skill of a name, the nearest first',
    load: async () => (await import('./resolve.ts')).skill,
  },
  'platform info': {
    summary: 'Show which agents there are, and where each takes what',
    load: async () => (await import('./platform.ts')).info,
  },
  outdated: {
    summary: 'List packages with newer versions',
    load: async () => (await import('./outdated.ts')).outdated,
  },
  tree: { summary: 'Show the dependency tree', load: async () => (await import('./tree.ts')).tree },
  list: { summary: 'List the installed packages', aliases: ['ls'], load: async () => (await import('./list.ts')).list },
  why: { summary: 'Explain why a package is installed', load: async () => (await import('./why.ts')).why },
  find: { summary: 'Tell which package a file came from', load: async () => (await import('./find.ts')).find },
  check: {
    summary: 'Verify that disk, lock and manifest agree',
    load: async () => (await import('./check.ts')).check,
  },
  info: {
    summary: 'Show what the registry has of a package',
    aliases: ['show', 'view'],
    load: async () => (await import('./info.ts')).info,
  },
  search: { summary: 'Find packages by words', load: async () => (await import('./search.ts')).search },
  diff: { summary: 'Show what differs between two versions', load: async () => (await import('./diff.ts')).diff },
}

const REGISTRY: Readonly<Record<string, Row>> = {
  'registry serve': {
    summary: 'Run a registry server: accounts, approvals, an audit log',
    load: async () => (await import('./serve.ts')).serve,
  },
  'registry backup': {
    summary: "Back up a registry server's data, while it runs",
    load: async () => (await import('./server-data.ts')).backup,
  },
  'registry restore': {
    summary: 'Bring a backup of a registry server back',
    load: async () => (await import('./server-data.ts')).restore,
  },
  'registry init': { summary: 'Make a folder a registry', load: async () => (await import('./registry.ts')).init },
  'registry ls': {
    summary: 'List the packages of a registry',
    aliases: ['list'],
    load: async () => (await import('./registry.ts')).list,
  },
  'registry verify': {
    summary: 'Check everything that a registry keeps',
    load: async () => (await import('./registry.ts')).verify,
  },
  'registry reindex': {
    summary: 'Rebuild what a registry derives',
    load: async () => (await import('./registry.ts')).reindex,
  },
  'registry import': {
    summary: 'Take packages over from a folder registry',
    load: async () => (await import('./registry-transfer.ts')).importCommand,
  },
  'registry export': {
    summary: 'Copy packages into a folder registry',
    load: async () => (await import('./registry-transfer.ts')).exportCommand,
  },
}

const SERVER: Readonly<Record<string, Row>> = {
  login: {
    summary: 'Sign in to a registry server',
    aliases: ['signin'],
    load: async () => (await import('./session.ts')).login,
  },
  logout: {
    summary: 'Sign out of a registry server',
    aliases: ['signout'],
    load: async () => (await import('./session.ts')).logout,
  },
  whoami: {
    summary: 'Show who you are at a registry server, and with which token',
    load: async () => (await import('./session.ts')).whoami,
  },
  register: {
    summary: 'Make an account on a registry server',
    load: async () => (await import('./session.ts')).register,
  },
  'token create': {
    summary: 'Make a token for a program',
    aliases: ['add'],
    load: async () => (await import('./token.ts')).create,
  },
  'token ls': { summary: 'List your tokens', aliases: ['list'], load: async () => (await import('./token.ts')).list },
  'token revoke': {
    summary: 'Take a token back',
    aliases: ['rm', 'remove'],
    load: async () => (await import('./token.ts')).revoke,
  },
  'owner ls': {
    summary: 'List who owns a package or a scope',
    aliases: ['list'],
    load: async () => (await import('./owner.ts')).list,
  },
  'owner add': {
    summary: 'Make somebody an owner or a maintainer',
    load: async () => (await import('./owner.ts')).add,
  },
  'owner rm': {
    summary: 'Take a package or a scope from somebody',
    aliases: ['remove'],
    load: async () => (await import('./owner.ts')).remove,
  },
  access: {
    summary: 'Show or set who may see a package',
    load: async () => (await import('./owner.ts')).access,
  },
  approve: { summary: 'Approve a version', load: async () => (await import('./approve.ts')).approve },
  reject: { summary: 'Reject a version', load: async () => (await import('./approve.ts')).reject },
  approvals: {
    summary: 'List versions to approve, or what was said about one',
    load: async () => (await import('./approve.ts')).approvals,
  },
  'audit-log': {
    summary: 'Show who did what on a registry server',
    load: async () => (await import('./approve.ts')).auditLog,
  },
  'user ls': {
    summary: 'List the accounts of a registry server',
    aliases: ['list'],
    load: async () => (await import('./user.ts')).list,
  },
  'user role': {
    summary: 'Say what somebody is to the whole server',
    load: async () => (await import('./user.ts')).role,
  },
  'user disable': { summary: 'Lock somebody out', load: async () => (await import('./user.ts')).disable },
  'user enable': { summary: 'Let somebody in again', load: async () => (await import('./user.ts')).enable },
  'user password': { summary: 'Set a password', load: async () => (await import('./user.ts')).password },
}

const KEEP: Readonly<Record<string, Row>> = {
  prune: { summary: 'Remove what nothing requires', load: async () => (await import('./prune.ts')).prune },
  dedupe: { summary: 'Resolve again without needless packages', load: async () => (await import('./prune.ts')).dedupe },
  doctor: {
    summary: 'Look for what may be wrong on this machine and in this project',
    load: async () => (await import('./doctor.ts')).doctor,
  },
  completion: {
    summary: 'Print a script that completes commands in a shell',
    load: async () => (await import('./completion.ts')).completion(COMMANDS),
  },
  'config list': {
    summary: 'List the settings that count, and where each comes from',
    aliases: ['ls'],
    load: async () => (await import('./config.ts')).list,
  },
  'config get': { summary: 'Print a setting', load: async () => (await import('./config.ts')).get },
  'config set': { summary: 'Set a setting', load: async () => (await import('./config.ts')).set },
  'config unset': {
    summary: 'Take a setting out',
    aliases: ['rm', 'delete'],
    load: async () => (await import('./config.ts')).unset,
  },
  'cache ls': {
    summary: 'List what the download cache has',
    aliases: ['list'],
    load: async () => (await import('./cache.ts')).list,
  },
  'cache verify': {
    summary: 'Remove what is damaged from the download cache',
    load: async () => (await import('./cache.ts')).verify,
  },
  'cache clean': {
    summary: 'Empty the download cache',
    aliases: ['clear', 'rm'],
    load: async () => (await import('./cache.ts')).clean,
  },
}

const SECTIONS: readonly (readonly [section: string, rows: Readonly<Record<string, Row>>])[] = [
  ['Write and publish', WRITE],
  ['Install and look', INSTALL],
  ['Registries', REGISTRY],
  ['Accounts and approvals, on a registry server', SERVER],
  ['Keep in order', KEEP],
]

export const COMMANDS: ReadonlyMap<string, CommandEntry> = new Map(
  SECTIONS.flatMap(([section, rows]) =>
    Object.entries(rows).map(([name, row]): [string, CommandEntry] => [name, { section, ...row }]),
  ),
)
