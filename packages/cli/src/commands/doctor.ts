import { count } from '@aam/core'
import { type Diagnosis, diagnose } from '../actions/doctor.ts'
import { defineCommand } from '../command.ts'
import type { View } from '../text/view.ts'

export const doctor = defineCommand<Diagnosis>({
  summary: 'Look for what may be wrong on this machine and in this project',
  description:
    'Looks at the programs, the settings, the registries, the cache, and at manifest, lock and packages of the project. Changes nothing. Exit code 1 when something does not work (✗); what is only worth knowing (!) does not count.',
  run: diagnose,
  view: ({ findings, errors, warnings }, view) => [
    ...findings.flatMap(({ level, message, hint }) => {
      const [first = '', ...rest] = message.split('\n')
      return [
        `${mark(level, view)} ${first}`,
        ...rest.map(line => `  ${line}`),
        ...(hint === undefined ? [] : [`    ${hint}`]),
      ]
    }),
    errors + warnings === 0
      ? 'Nothing is wrong'
      : [...some(errors, 'problem'), ...some(warnings, 'warning')].join(', '),
  ],
  exit: ({ errors }) => (errors === 0 ? 0 : 1),
})

function mark(level: Diagnosis['findings'][number]['level'], view: View): string {
  return { ok: view.good('✓'), warning: view.warn('!'), error: view.bad('✗') }[level]
}

function some(number: number, noun: string): string[] {
  return number === 0 ? [] : [count(number, noun)]
}
