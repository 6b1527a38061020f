import { printable } from '@aam/core'
import { type ResolvedSkill, resolveSkill } from '../actions/deploy/resolve-skill.ts'
import { argument, defineCommand } from '../command.ts'
import { table } from '../text/view.ts'

export const skill = defineCommand<ResolvedSkill>({
  summary: 'List every skill of a name, the nearest first',
  description:
    'Skills of the project itself come first, then those in your home folder, then those of installed packages: agents that know several of one name use the nearest.',
  args: [['<name>', 'a skill, or package:skill']],
  examples: ['aam resolve skill lint', 'aam resolve skill code-review:lint'],
  run: async (context, input) => resolveSkill(context, argument(input, 0)),
  view: ({ found }, view) =>
    table(
      found.map(({ scope, id, places }) => [
        view.bold(scope),
        printable(id),
        places.length === 0
          ? view.dim('not deployed')
          : places
              .filter(place => place !== id)
              .map(printable)
              .join(', '),
      ]),
    ).map(line => line.trimEnd()),
})
