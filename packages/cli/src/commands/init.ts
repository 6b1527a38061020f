import { initPackage } from '../actions/init.ts'
import { defineCommand } from '../command.ts'

export const init = defineCommand({
  summary: 'Make this folder a package',
  description:
    'Writes package.agent.json. Skills, agents, commands and rules that are in the folder already are found; where there are none, a sample skill is written.',
  args: [['[name]', 'name of the package; made of the folder name when absent']],
  examples: ['aam init', 'aam init @team/review --yes'],
  run: async (context, { args }) => initPackage(context, args[0]),
  view: ({ name, version, found, sample }, view) => [
    `${view.good('✓')} Created package.agent.json for ${view.bold(`${name}@${version}`)}`,
    ...found.map(artifact => `  ${artifact.kind}: ${artifact.name === '' ? name : artifact.name} (${artifact.path})`),
    ...(sample === undefined ? [] : [`  sample skill: ${sample}`]),
    `Next: ${sample === undefined ? '' : `edit ${sample}, then `}\`aam validate\`, then \`aam publish\``,
  ],
})
