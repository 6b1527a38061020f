import { initFolderRegistry } from '@aam/client'
import { setSetting } from '../actions/settings.ts'
import { argument, defineCommand, flag } from '../command.ts'
import { registryFolder } from '../disk/config.ts'
import { requireProject } from '../disk/project.ts'

type RegistryInit = { readonly registry: string; readonly created: boolean; readonly configured: string | null }

export const init = defineCommand<RegistryInit>({
  summary: 'Make a folder a registry',
  description: 'A registry is a folder: put it on a shared disk or in a Git repository. Nothing has to run.',
  args: [['<folder>', 'the folder; made when it is missing']],
  options: [
    ['--default', 'use it from now on: registries.default in ~/.aam/config.yaml'],
    ['--project', 'use it in this project: registries.default in .aam/config.yaml, to be committed'],
  ],
  examples: ['aam registry init ./registry --default'],
  run: async (context, input) => {
    const { world } = context
    const root = registryFolder({ value: argument(input, 0), folder: world.cwd })
    if (flag(input, 'project')) requireProject(world.cwd)
    const { existed } = await initFolderRegistry(root)
    let configured: string | null = null
    const value = { key: 'registries.default', text: root }
    if (flag(input, 'project')) configured = (await setSetting(context, { ...value, project: true })).file
    if (flag(input, 'default')) configured = (await setSetting(context, { ...value, project: false })).file
    return { registry: root, created: !existed, configured }
  },
  view: ({ registry, created, configured }, view) => [
    `${view.good('✓')} ${created ? 'Created a registry in' : 'There is a registry in'} ${registry}`,
    configured === null
      ? `Use it with --registry ${registry}, AAM_REGISTRY or registries.default in ~/.aam/config.yaml`
      : `${configured} now has it as registries.default`,
  ],
})
