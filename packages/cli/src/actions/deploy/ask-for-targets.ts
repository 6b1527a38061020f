import type { Context } from '../../world.ts'
import { setSetting } from '../settings.ts'
import { type Targets, knownPlatforms } from './choose-targets.ts'
import type { DeploySubject } from './deployment.ts'

export type Chosen = Targets & {
  /** Writes down what somebody answered, so that nobody is asked twice. */
  readonly remember: (() => Promise<void>) | undefined
}

/** Asks for agents where none shows itself and somebody can answer (D38). */
export async function askForTargets(
  context: Context,
  { config, place }: DeploySubject,
  { chosen, asks: wanted }: { readonly chosen: Targets; readonly asks: boolean },
): Promise<Chosen> {
  const { world, settings } = context
  const nobody = chosen.targets.length === 0 && chosen.chosenBy === 'signs'
  const asks = world.terminal.interactive && !settings.yes && !settings.json && !settings.quiet && wanted
  if (!nobody || !asks || place.level === 'user') return { ...chosen, remember: undefined }
  const platforms = knownPlatforms(config)
  const answer = await world.ask.several(
    'No agent shows in this project. For which ones shall packages be deployed?',
    platforms.map(({ id, title }) => ({ value: id, label: title })),
  )
  const named = platforms.filter(({ id }) => answer.includes(id))
  return {
    ...chosen,
    targets: named.map(platform => ({ platform, because: 'your answer' })),
    remember: async () => {
      await setSetting(context, { key: 'platforms', text: named.map(({ id }) => id).join(','), project: true })
    },
  }
}
