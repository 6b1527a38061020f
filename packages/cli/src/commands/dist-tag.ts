import { compareTags, parseNameAndVersion, parsePackageName, parseTag } from '@aam/core'
import { openRegistry, requireDocument } from '../actions/open-registry.ts'
import { argument, defineCommand, flag, option } from '../command.ts'
import { findProject } from '../disk/project.ts'
import type { Context } from '../world.ts'

const REGISTRY = ['--registry <registry>', 'the registry: a folder, or the address of a server'] as const

async function open(context: Context, flagged: string | undefined): ReturnType<typeof openRegistry> {
  return openRegistry(context, { project: findProject(context.world.cwd)?.folder, flag: flagged })
}

export const add = defineCommand({
  summary: 'Point a tag at a version',
  description: 'Moving a tag needs no --force, unless the registry protects it (protected_tags in registry.yaml).',
  args: [
    ['<name@version>', 'the version'],
    ['<tag>', 'the tag, for example stable'],
  ],
  options: [REGISTRY, ['--force', 'move a protected tag']],
  examples: ['aam dist-tag add @team/review@1.2.0 stable'],
  run: async (context, input) => {
    const { name, version } = parseNameAndVersion(argument(input, 0))
    const tag = parseTag(argument(input, 1))
    const { registry } = await open(context, option(input, 'registry'))
    await requireDocument(registry, name)
    const { from } = await registry.setTag(name, { tag, version, force: flag(input, 'force') })
    return { package: name, tag, version, previous: from ?? null }
  },
  view: ({ package: name, tag, version, previous }, view) => [
    `${view.good('✓')} Tagged ${name}@${version} as "${tag}"`,
    ...(previous === null || previous === version ? [] : [`  ${tag}: ${previous} → ${version}`]),
  ],
})

export const remove = defineCommand({
  summary: 'Remove a tag',
  args: [
    ['<name>', 'the package'],
    ['<tag>', 'the tag'],
  ],
  options: [REGISTRY, ['--force', 'remove a protected tag']],
  run: async (context, input) => {
    const name = parsePackageName(argument(input, 0))
    const tag = parseTag(argument(input, 1))
    const { registry } = await open(context, option(input, 'registry'))
    await requireDocument(registry, name)
    return { package: name, tag, version: await registry.removeTag(name, { tag, force: flag(input, 'force') }) }
  },
  view: ({ package: name, tag }, view) => [`${view.good('✓')} Removed tag "${tag}" from ${name}`],
})

export const list = defineCommand({
  summary: 'List the tags of a package',
  args: [['<name>', 'the package']],
  options: [REGISTRY],
  run: async (context, input) => {
    const name = parsePackageName(argument(input, 0))
    const { registry } = await open(context, option(input, 'registry'))
    const { tags } = await requireDocument(registry, name)
    return { package: name, tags: Object.fromEntries([...tags].sort(([a], [b]) => compareTags(a, b))) }
  },
  view: ({ package: name, tags }) => [
    `Tags for ${name}:`,
    ...Object.entries(tags).map(([tag, version]) => `  ${tag}: ${version}`),
  ],
})
