import { printable } from '@aam/core'
import type { DeployedFile } from '../actions/deploy/deployed-files.ts'
import { type FindResult, type FoundFile, findFile } from '../actions/find.ts'
import { argument, defineCommand } from '../command.ts'
import { KINDS } from '../text/deploy.ts'
import type { View } from '../text/view.ts'

export const find = defineCommand<FindResult>({
  summary: 'Tell which package a file came from',
  description:
    'Takes the path of a file or folder that is deployed, or below .agent-packages, or a link that leads there; or a part of a path, which is looked for in every installed package. Says whether the file is as it was published, if the cache still has the archive.',
  args: [['<file>', 'a path, or a name such as skills/lint or lint']],
  examples: ['aam find .agent-packages/git-utils/skills/git-utils/SKILL.md', 'aam find skills/lint'],
  run: async (context, input) => findFile(context, argument(input, 0)),
  view: ({ root, found, own, deployed }, view) =>
    own === null
      ? [...deployed.flatMap(file => deployedLines(file, view)), ...found.flatMap(file => fileLines(file, root, view))]
      : [`${own === '' ? 'That is' : `${printable(own)} is`} the project's own: ${view.bold(root)}`],
})

function fileLines({ path, chains, published, differences, ...from }: FoundFile, root: string, view: View): string[] {
  const name = path === '' ? 'the package itself' : printable(path)
  return [
    view.bold(`${from.package}@${from.version}`),
    `  ${name}, ${STATES[published]}`,
    ...differences.map(difference => `    ${view.warn('!')} ${printable(difference)}`),
    ...chains.map(chain => `  ${[root.slice(0, root.lastIndexOf('@')), ...chain].join(' → ')}`),
  ]
}

function deployedLines({ package: from, kind, name, platforms, place, state }: DeployedFile, view: View): string[] {
  const what =
    kind === 'hooks' || kind === 'context' || kind === 'run' ? KINDS[kind] : `${KINDS[kind]} ${printable(name)}`
  const how = state === 'part' ? 'a part of this file' : state === 'changed' ? 'changed since' : 'as deployed'
  return [view.bold(from), `  ${what} in ${printable(place)}, for ${platforms.join(', ')}: ${how}`]
}

const STATES: Readonly<Record<FoundFile['published'], string>> = {
  same: 'as published',
  different: 'not as published:',
  unknown: 'not compared: the cache does not have the archive',
}
