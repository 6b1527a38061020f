import { count } from '@aam/core'
import { type CheckResult, checkProject } from '../actions/check.ts'
import { defineCommand, flag, option } from '../command.ts'

export const check = defineCommand<CheckResult & { readonly strict: boolean }>({
  summary: 'Verify that disk, lock and manifest agree',
  description:
    'Compares every installed file with its archive, byte by byte. Changes nothing. Exit code 1 when something differs. What the registry says about the installed versions since is shown, and fails only with --strict.',
  options: [
    ['--strict', 'fail when a version was yanked or deprecated since, or a tag names another one now'],
    ['--offline', 'ask no registry'],
    ['--registry <registry>', 'the registry to ask: a folder, or the address of a server'],
  ],
  run: async (context, input) => ({
    ...(await checkProject(context, { registry: option(input, 'registry'), offline: flag(input, 'offline') })),
    strict: flag(input, 'strict'),
  }),
  view: ({ packages, problems, news }, view) => {
    const since = news.map(message => `${view.warn('!')} ${message}`)
    if (problems.length === 0) {
      return [...since, `${view.good('✓')} ${count(packages, 'package')}: manifest, lock and disk agree`]
    }
    const disk = problems.some(({ about }) => about === 'disk')
    const lock = problems.some(({ about }) => about === 'lock')
    const repair = lock
      ? 'run `aam install`'
      : disk
        ? 'run `aam install --force` to unpack everything again'
        : undefined
    return [
      ...since,
      ...problems.map(({ about, message }) => `${view.bad('✗')} ${about}: ${message}`),
      count(problems.length, 'problem') + (repair === undefined ? '' : `; ${repair}`),
    ]
  },
  exit: ({ problems, news, strict }) => (problems.length === 0 && !(strict && news.length > 0) ? 0 : 1),
})
