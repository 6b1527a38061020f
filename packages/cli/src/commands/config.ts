import { getSetting, listSettings, setSetting, unsetSetting } from '../actions/settings.ts'
import { argument, defineCommand, flag } from '../command.ts'
import { table } from '../text/view.ts'

const PROJECT = ['--project', "this project's file, .aam/config.yaml, instead of your own"] as const
const KEY = ['<key>', 'for example registries.default'] as const

export const get = defineCommand({
  summary: 'Print a setting',
  description: 'The value that counts here. Exit code 1 when nobody has set it and it has no default.',
  args: [KEY],
  examples: ['aam config get default_tag'],
  run: async (context, input) => getSetting(context, argument(input, 0)),
  view: ({ text }) => [text],
})

export const set = defineCommand({
  summary: 'Set a setting in your own file, or the project’s',
  description:
    'Lists are written with commas. A path is relative to the folder you are in. Everything else in the file and its comments stay; how it is laid out may change a little.',
  args: [KEY, ['<value>', 'the value']],
  options: [PROJECT],
  examples: [
    'aam config set registries.default ./registry',
    'aam config set install_policy.allowed_tags stable,bank-approved --project',
  ],
  run: async (context, input) =>
    setSetting(context, { key: argument(input, 0), text: argument(input, 1), project: flag(input, 'project') }),
  view: ({ key, text, file, note }, view) => [
    `${view.good('✓')} ${key} is ${text} in ${file}`,
    ...(note === null ? [] : [`${view.warn('!')} ${note}`]),
  ],
})

export const unset = defineCommand({
  summary: 'Take a setting out of your own file, or the project’s',
  args: [KEY],
  options: [PROJECT],
  run: async (context, input) => unsetSetting(context, { key: argument(input, 0), project: flag(input, 'project') }),
  view: ({ key, file, removed }, view) =>
    removed ? [`${view.good('✓')} ${key} is no longer set in ${file}`] : [`${key} is not set in ${file}`],
})

export const list = defineCommand({
  summary: 'List the settings that count, and where each comes from',
  description: 'Policies of several files add up, so each of their lines holds.',
  options: [['--all', 'also those that nobody has set']],
  run: async (context, input) => {
    const rows = await listSettings(context)
    return flag(input, 'all') ? rows : rows.filter(({ from }) => from !== null)
  },
  view: (rows, view) =>
    rows.length === 0
      ? ['Nothing is set; `aam config list --all` shows the settings there are']
      : table(rows.map(({ key, text, from }) => [key, text, view.dim(from ?? 'default')])),
})
