import {
  type Reindexed,
  type SearchResult,
  type Verified,
  initFolderRegistry,
  reindexFolderRegistry,
} from '@aam/client'
import { findRegistryFolder } from '../actions/registry-folder.ts'
import { listRegistry, surveyRegistry } from '../actions/registry-survey.ts'
import { setSetting } from '../actions/settings.ts'
import { argument, defineCommand, flag } from '../command.ts'
import { registryFolder } from '../disk/config.ts'
import { requireProject } from '../disk/project.ts'
import { reindexLines, summaryLines, verifyLines } from '../text/registry.ts'

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

const FOLDER = ['[registry]', 'a folder; the configured registry when it is not given'] as const
const REGISTRY = ['[registry]', 'a folder or an address; the configured registry when it is not given'] as const

export const list = defineCommand<SearchResult & { readonly registry: string }>({
  summary: 'List the packages of a registry',
  args: [REGISTRY],
  run: async (context, input) => {
    const { registry, packages, broken } = await listRegistry(context, input.args[0])
    for (const { name, why } of broken) context.report({ kind: 'warning', message: `${name}: ${why}` })
    return { registry, packages, broken }
  },
  view: ({ packages }, view) => summaryLines(packages, view),
})

export const reindex = defineCommand<Reindexed & { readonly registry: string }>({
  summary: 'Rebuild what a registry derives',
  description:
    'Rebuilds document.json of every package, index.json and .sha256 files. Archives that were put into a versions folder by hand are inspected and added as versions; latest is set only where there is none. What an interrupted writer left is removed. Exit code 1 when something is broken; the rest is done all the same.',
  args: [FOLDER],
  run: async (context, input) => {
    const root = await findRegistryFolder(context, input.args[0])
    const onWait = (owner: string): void => {
      context.report({ kind: 'notice', message: `Waiting for ${owner}, which is writing to the registry` })
    }
    return { registry: root, ...(await reindexFolderRegistry({ root, now: context.world.now, onWait })) }
  },
  view: reindexLines,
  exit: ({ problems }) => (problems.length === 0 ? 0 : 1),
})

export const verify = defineCommand<Verified & { readonly registry: string }>({
  summary: 'Check every file of a registry',
  description:
    'Reads every archive and compares it with what the registry says; of a server it downloads them all. Changes nothing and waits for nobody. Exit code 1 when there are errors; warnings alone are none.',
  args: [REGISTRY],
  run: async (context, input) => surveyRegistry(context, input.args[0]),
  view: verifyLines,
  exit: ({ problems }) => (problems.some(({ severity }) => severity === 'error') ? 1 : 0),
})
