import { parseTag } from '@aam/core'
import { type PublishResult, publishPackage } from '../actions/publish.ts'
import { defineCommand, flag, option } from '../command.ts'
import { publishLines } from '../text/lifecycle.ts'
import { parseVisibility } from './owner.ts'

export const publish = defineCommand<PublishResult>({
  summary: 'Publish to a registry',
  description:
    'Packs the package around this folder, or takes FILE, and publishes it under the version its manifest has. The tag latest moves to it; --tag sets one more. Publishing identical contents again succeeds, other contents under the same version are refused.',
  args: [['[file]', 'an archive that `aam pack` built']],
  options: [
    ['--registry <registry>', 'where to publish: a folder, or the address of a server'],
    ['--tag <tag>', 'set this tag too'],
    ['--keep-latest', 'leave latest where it is'],
    ['--force', 'move a protected tag'],
    ['--access <visibility>', 'public or private: who may see a package that is new on a server (public)'],
    ['--dry-run', 'say what would happen, and publish nothing'],
  ],
  examples: [
    'aam publish',
    'aam publish --tag beta',
    'aam publish --access private',
    'aam publish review-1.2.0.aam --registry ../registry',
  ],
  run: async (context, input) => {
    const tag = option(input, 'tag')
    return publishPackage(context, {
      file: input.args[0],
      registry: option(input, 'registry'),
      tag: tag === undefined ? undefined : parseTag(tag),
      keepLatest: flag(input, 'keepLatest'),
      force: flag(input, 'force'),
      dryRun: flag(input, 'dryRun'),
      access: parseVisibility(option(input, 'access')),
    })
  },
  view: publishLines,
})
