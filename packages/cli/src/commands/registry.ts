import { relative, resolve } from 'node:path'
import { initFolderRegistry } from '@aam/client'
import { readIfThere, writeFileAtomic } from '@aam/client/files'
import { argument, defineCommand, flag } from '../command.ts'
import { projectConfigPath, registryFolder, userConfigPath } from '../disk/config.ts'
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
  run: async ({ world }, input) => {
    const root = registryFolder({ value: argument(input, 0), folder: world.cwd })
    const project = flag(input, 'project') ? requireProject(world.cwd).folder : undefined
    const { existed } = await initFolderRegistry(root)
    let configured: string | null = null
    if (project !== undefined) configured = await setDefault(projectConfigPath(project), root, 'relative')
    if (flag(input, 'default')) configured = await setDefault(userConfigPath(world), root, 'absolute')
    return { registry: root, created: !existed, configured }
  },
  view: ({ registry, created, configured }, view) => [
    `${view.good('✓')} ${created ? 'Created a registry in' : 'There is a registry in'} ${registry}`,
    configured === null
      ? `Use it with --registry ${registry}, AAM_REGISTRY or registries.default in ~/.aam/config.yaml`
      : `${configured} now has it as registries.default`,
  ],
})

/** Sets `registries.default`, keeping everything else in the file. */
async function setDefault(file: string, root: string, how: 'relative' | 'absolute'): Promise<string> {
  const { editYamlText } = await import('@aam/core/authoring')
  const value = how === 'absolute' ? root : relative(resolve(file, '..'), root).split('\\').join('/')
  const text = readIfThere(file)?.toString('utf8') ?? ''
  writeFileAtomic(file, editYamlText(text, [{ path: ['registries', 'default'], value }]))
  return file
}
