import { count } from '@aam/core'
import { type CheckResult, checkProject } from '../actions/check.ts'
import { defineCommand, option } from '../command.ts'

export const check = defineCommand<CheckResult>({
  summary: 'Verify that disk, lock and manifest agree',
  description:
    'Compares every installed file with its archive, byte by byte. Changes nothing. Exit code 1 when something differs.',
  options: [['--registry <registry>', 'where to get archives that are not in the cache: a folder']],
  run: async (context, input) => checkProject(context, option(input, 'registry')),
  view: ({ packages, problems }, view) => {
    if (problems.length === 0) return [`${view.good('✓')} ${count(packages, 'package')}: manifest, lock and disk agree`]
    const disk = problems.some(({ about }) => about === 'disk')
    const lock = problems.some(({ about }) => about === 'lock')
    const repair = lock
      ? 'run `aam install`'
      : disk
        ? 'run `aam install --force` to unpack everything again'
        : undefined
    return [
      ...problems.map(({ about, message }) => `${view.bad('✗')} ${about}: ${message}`),
      count(problems.length, 'problem') + (repair === undefined ? '' : `; ${repair}`),
    ]
  },
  exit: ({ problems }) => (problems.length === 0 ? 0 : 1),
})
