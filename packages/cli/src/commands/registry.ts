import {
  type Reindexed,
  type SearchResult,
  type Verified,
  initFolderRegistry,
  reindexFolderRegistry,
} from '@aam/client'
import { findRegistryFolder } from '../actions/registry-folder.ts'
import { listRegistry, surveyRegistry } from '../actions/registry-survey.ts'
import { isServerData, verifyServerData } from '../actions/server-data.ts'
import { setSetting } from '../actions/settings.ts'
import type { VerifiedData } from '@aam/server'
import { fail } from '@aam/core'
import { argument, defineCommand, flag, option } from '../command.ts'
import { registryFolder } from '../disk/config.ts'
import { requireProject } from '../disk/project.ts'
import { reindexLines, summaryLines, verifyDataLines, verifyLines } from '../text/registry.ts'

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

type Looked = (Verified & { readonly registry: string }) | (VerifiedData & { readonly data: string })

export const verify = defineCommand<Looked>({
  summary: 'Check everything that a registry keeps',
  description:
    'Of a folder it reads every archive and compares it with what metadata.yaml says. Of an address it downloads every archive and compares it with what the server says. With --data, or for a folder that a server keeps its data in, it checks the chain of the audit log, replays it, and compares it, every row and every archive with each other; the server may be running. Changes nothing and waits for nobody. Exit code 1 when there are errors; warnings alone are none.',
  args: [['[registry]', 'a folder or an address; the configured registry when it is not given']],
  options: [['--data <folder>', 'what a server keeps, or a backup of it']],
  examples: [
    'aam registry verify',
    'aam registry verify https://registry.example.com',
    'aam registry verify --data /var/lib/aam',
  ],
  run: async (context, input): Promise<Looked> => {
    const [named] = input.args
    const data = option(input, 'data')
    if (data !== undefined && named !== undefined) {
      fail('USAGE', {
        message: '--data names what is to be checked, and so does the argument',
        hint: 'leave one of the two out',
      })
    }
    const folder = data ?? (named !== undefined && isServerData(context, named) ? named : undefined)
    return folder === undefined ? surveyRegistry(context, named) : verifyServerData(context, folder)
  },
  view: (result, view) => ('data' in result ? verifyDataLines(result, view) : verifyLines(result, view)),
  exit: ({ problems }) => (problems.some(({ severity }) => severity === 'error') ? 1 : 0),
})
