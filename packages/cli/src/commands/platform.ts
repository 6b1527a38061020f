import { printable } from '@aam/core'
import { type PlatformInfo, type PlatformsInfo, describePlatforms } from '../actions/deploy/platform-info.ts'
import { defineCommand, flag } from '../command.ts'
import { type View, table } from '../text/view.ts'

export const info = defineCommand<PlatformsInfo>({
  summary: 'Show which agents there are, and where each takes what',
  description:
    'A platform is a target when the setting platforms names it, or else when the project shows signs of it. What nobody could check is off until the setting unverified_features names it.',
  options: [['--user', 'for everything you do, not for this project alone']],
  run: async (context, input) => describePlatforms(context, flag(input, 'user') ? 'user' : 'project'),
  view: ({ platforms }, view) =>
    platforms.flatMap((platform, index) => [...(index === 0 ? [] : ['']), ...lines(platform, view)]),
})

const KINDS: Readonly<Record<string, string>> = { agents: 'sub-agents', context: 'AGENTS.md', servers: 'MCP servers' }

function lines({ id, title, because, signals, places, unverified }: PlatformInfo, view: View): string[] {
  const none = signals.length === 0 ? 'only when named' : `not here: needs ${signals.join(' or ')}`
  const has = places.flatMap(({ kind, place }) =>
    place === null ? [] : [[`  ${KINDS[kind] ?? kind}`, printable(place)]],
  )
  const lacks = places.filter(({ place }) => place === null).map(({ kind }) => KINDS[kind] ?? kind)
  return [
    `${view.bold(id)} (${title}): ${because === null ? view.dim(none) : view.good(`deployed, because of ${printable(because)}`)}`,
    ...table(has),
    ...(lacks.length === 0 ? [] : [view.dim(`  no ${lacks.join(', no ')}`)]),
    ...unverified.map(
      feature => `  ${feature.on ? view.good('on') : view.dim('off')}: ${feature.id}: ${feature.about}`,
    ),
  ]
}
