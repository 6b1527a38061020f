import { parseTag } from '@aam/core'
import { publishPackage } from '../actions/publish.ts'
import { defineCommand, flag, option } from '../command.ts'

export const publish = defineCommand({
  summary: 'Publish to a registry',
  description:
    'Packs the package around this folder, or takes FILE, and publishes it under the version its manifest has. The tag latest moves to it; --tag sets one more. Publishing identical contents again succeeds, other contents under the same version are refused.',
  args: [['[file]', 'an archive that `aam pack` built']],
  options: [
    ['--registry <registry>', 'where to publish: a folder or an address'],
    ['--tag <tag>', 'set this tag too'],
    ['--keep-latest', 'leave latest where it is'],
    ['--force', 'move a protected tag'],
    ['--dry-run', 'say what would happen, and publish nothing'],
  ],
  examples: ['aam publish', 'aam publish --tag beta', 'aam publish review-1.2.0.aam --registry ../registry'],
  run: async (context, input) => {
    const tag = option(input, 'tag')
    return publishPackage(context, {
      file: input.args[0],
      registry: option(input, 'registry'),
      tag: tag === undefined ? undefined : parseTag(tag),
      keepLatest: flag(input, 'keepLatest'),
      force: flag(input, 'force'),
      dryRun: flag(input, 'dryRun'),
    })
  },
  view: ({ kind, name, version, tags, dryRun }, view) => {
    const quoted = tags.map(({ tag }) => `"${tag}"`)
    const tagged = quoted.length === 0 ? '' : ` (tagged as ${quoted.join(' and ')})`
    const what = view.bold(`${name}@${version}`)
    const said = dryRun
      ? kind === 'publish'
        ? `Would publish ${what}${tagged}`
        : `${what} is published already, with these contents${tagged}`
      : kind === 'publish'
        ? `Published ${what}${tagged}`
        : `${what} was published before, with the same contents${tagged}`
    const moved = tags.filter(({ from, to }) => from !== null && from !== to)
    return [said, ...moved.map(({ tag, from, to }) => `  ${tag}: ${from ?? ''} → ${to}`)]
  },
})
