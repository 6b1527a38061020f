import { count } from '@aam/core'
import { type Validation, validatePackage } from '../actions/author.ts'
import { defineCommand } from '../command.ts'
import { problemLines } from '../text/problems.ts'

export const validate = defineCommand<Validation>({
  summary: 'Check the manifest and every artifact',
  description: 'Reports everything that is wrong, with file, line and field. Warnings never fail.',
  run: async context => validatePackage(context),
  view: ({ valid, name, version, artifacts, errors, warnings }, view) => [
    ...problemLines([...errors, ...warnings], view),
    valid
      ? `${view.good('✓')} ${view.bold(`${name ?? ''}@${version ?? ''}`)} is valid${summary(artifacts)}`
      : `${view.bad('✗')} ${count(errors.length, 'error')}${warnings.length > 0 ? `, ${count(warnings.length, 'warning')}` : ''}`,
  ],
  exit: ({ valid }) => (valid ? 0 : 1),
})

function summary(artifacts: Validation['artifacts']): string {
  const words = {
    skills: 'skill',
    agents: 'agent',
    commands: 'command',
    rules: 'rule',
    hooks: 'hooks file',
    mcp: 'MCP file',
  } as const
  const parts = Object.entries(words).flatMap(([kind, word]) => {
    const number = artifacts.filter(artifact => artifact.kind === kind).length
    return number === 0 ? [] : [count(number, word)]
  })
  return parts.length === 0 ? '' : `: ${parts.join(', ')}`
}
