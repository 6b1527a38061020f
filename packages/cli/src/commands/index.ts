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
export const GROUPS: ReadonlySet<string> = new Set(['config', 'dist-tag', 'registry'])

const WRITE = 'Write and publish'
const INSTALL = 'Install and look'
const KEEP = 'Keep in order'

export const COMMANDS: ReadonlyMap<string, CommandEntry> = new Map<string, CommandEntry>([
  [
    'init',
    { section: WRITE, summary: 'Make this folder a package', load: async () => (await import('./init.ts')).init },
  ],
  [
    'validate',
    {
      section: WRITE,
      summary: 'Check the manifest and every artifact',
      load: async () => (await import('./validate.ts')).validate,
    },
  ],
  [
    'version',
    {
      section: WRITE,
      summary: 'Set the version of the package, commit and tag it',
      load: async () => (await import('./version.ts')).version,
    },
  ],
  ['pack', { section: WRITE, summary: 'Build the .aam archive', load: async () => (await import('./pack.ts')).pack }],
  [
    'publish',
    { section: WRITE, summary: 'Publish to a registry', load: async () => (await import('./publish.ts')).publish },
  ],
  [
    'dist-tag add',
    {
      section: WRITE,
      summary: 'Point a tag at a version',
      aliases: ['set'],
      load: async () => (await import('./dist-tag.ts')).add,
    },
  ],
  [
    'dist-tag rm',
    {
      section: WRITE,
      summary: 'Remove a tag',
      aliases: ['remove'],
      load: async () => (await import('./dist-tag.ts')).remove,
    },
  ],
  [
    'dist-tag ls',
    {
      section: WRITE,
      summary: 'List the tags of a package',
      aliases: ['list'],
      load: async () => (await import('./dist-tag.ts')).list,
    },
  ],
  [
    'registry init',
    { section: WRITE, summary: 'Make a folder a registry', load: async () => (await import('./registry.ts')).init },
  ],
  [
    'registry export',
    {
      section: WRITE,
      summary: 'Copy packages into a folder registry',
      load: async () => (await import('./registry-transfer.ts')).exportCommand,
    },
  ],
  [
    'registry import',
    {
      section: WRITE,
      summary: 'Take packages over from a folder registry',
      load: async () => (await import('./registry-transfer.ts')).importCommand,
    },
  ],
  [
    'install',
    {
      section: INSTALL,
      summary: 'Install packages, or what the manifest asks for',
      aliases: ['i', 'add'],
      load: async () => (await import('./install.ts')).install,
    },
  ],
  [
    'update',
    {
      section: INSTALL,
      summary: 'Move to newer versions within the ranges',
      aliases: ['up', 'upgrade'],
      load: async () => (await import('./update.ts')).update,
    },
  ],
  [
    'uninstall',
    {
      section: INSTALL,
      summary: 'Remove packages, and what only they needed',
      aliases: ['remove', 'rm', 'un'],
      load: async () => (await import('./uninstall.ts')).uninstall,
    },
  ],
  [
    'outdated',
    {
      section: INSTALL,
      summary: 'List packages with newer versions',
      load: async () => (await import('./outdated.ts')).outdated,
    },
  ],
  [
    'tree',
    { section: INSTALL, summary: 'Show the dependency tree', load: async () => (await import('./tree.ts')).tree },
  ],
  [
    'list',
    {
      section: INSTALL,
      summary: 'List the installed packages',
      aliases: ['ls'],
      load: async () => (await import('./list.ts')).list,
    },
  ],
  [
    'why',
    {
      section: INSTALL,
      summary: 'Explain why a package is installed',
      load: async () => (await import('./why.ts')).why,
    },
  ],
  [
    'find',
    {
      section: INSTALL,
      summary: 'Tell which package a file came from',
      load: async () => (await import('./find.ts')).find,
    },
  ],
  [
    'diff',
    {
      section: INSTALL,
      summary: 'Show what differs between two versions',
      load: async () => (await import('./diff.ts')).diff,
    },
  ],
  [
    'check',
    {
      section: INSTALL,
      summary: 'Verify that disk, lock and manifest agree',
      load: async () => (await import('./check.ts')).check,
    },
  ],
  [
    'info',
    {
      section: INSTALL,
      summary: 'Show what the registry has of a package',
      aliases: ['show', 'view'],
      load: async () => (await import('./info.ts')).info,
    },
  ],
  [
    'prune',
    { section: KEEP, summary: 'Remove what nothing requires', load: async () => (await import('./prune.ts')).prune },
  ],
  [
    'dedupe',
    {
      section: KEEP,
      summary: 'Resolve again without needless packages',
      load: async () => (await import('./prune.ts')).dedupe,
    },
  ],
  [
    'config list',
    {
      section: KEEP,
      summary: 'List the settings that count, and where each comes from',
      aliases: ['ls'],
      load: async () => (await import('./config.ts')).list,
    },
  ],
  ['config get', { section: KEEP, summary: 'Print a setting', load: async () => (await import('./config.ts')).get }],
  ['config set', { section: KEEP, summary: 'Set a setting', load: async () => (await import('./config.ts')).set }],
  [
    'config unset',
    {
      section: KEEP,
      summary: 'Take a setting out',
      aliases: ['rm', 'delete'],
      load: async () => (await import('./config.ts')).unset,
    },
  ],
])
