/** The flags about deploying, as every command that deploys takes them. */
import { fail } from '@aam/core'
import type { DeployRequest } from '../actions/deploy/deployment.ts'
import { type Input, flag, option } from '../command.ts'

type Option = readonly [spelling: string, help: string]

/** For commands that add or change something. */
export const DEPLOY_OPTIONS: readonly Option[] = [
  ['--platform <platforms>', 'deploy for these agents too: claude, cursor, copilot, codex, gemini, opencode, windsurf'],
  ['--overwrite', 'replace what you changed or have where packages are deployed'],
  ['--adopt', 'keep it, and count it as deployed until the package changes'],
  ['--approve-executables', 'let packages run what they want to, changes to what was approved too'],
]

/** For commands that may leave deploying out. */
export const NO_DEPLOY: Option = ['--no-deploy', 'do not put packages where agents look for them']

/** @throws USAGE for flags that contradict each other */
export function deployFrom(input: Input): DeployRequest | 'no' {
  const platforms = platformsFrom(input)
  const used = [
    ...(platforms === undefined ? [] : ['--platform']),
    ...['overwrite', 'adopt', 'approveExecutables'].flatMap(name =>
      flag(input, name) ? [`--${name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`] : [],
    ),
  ]
  if (input.options['deploy'] === false) {
    const [first] = used
    if (first === undefined) return 'no'
    fail('USAGE', {
      message: `${first} is about deploying, and --no-deploy forbids it`,
      hint: 'leave one of the two out',
    })
  }
  if (flag(input, 'overwrite') && flag(input, 'adopt')) {
    fail('USAGE', { message: '--overwrite replaces what --adopt keeps', hint: 'leave one of the two out' })
  }
  return {
    selection: platforms === undefined ? { kind: 'usual' } : { kind: 'named', platforms },
    force: flag(input, 'overwrite') ? 'overwrite' : flag(input, 'adopt') ? 'adopt' : 'keep',
    approveAll: flag(input, 'approveExecutables'),
    asks: true,
  }
}

/** `--platform claude,cursor` as a list. @throws USAGE for an empty one */
export function platformsFrom(input: Input): readonly string[] | undefined {
  const text = option(input, 'platform')
  if (text === undefined) return undefined
  const platforms = text
    .split(',')
    .map(each => each.trim())
    .filter(each => each !== '')
  if (platforms.length > 0) return platforms
  return fail('USAGE', { message: '--platform names no platform', hint: 'for example --platform claude,cursor' })
}

/** Whether the flags say nothing that the usual run would not do. */
export function isUsual(deploy: DeployRequest | 'no'): boolean {
  return deploy === 'no' || (deploy.selection.kind === 'usual' && deploy.force === 'keep' && !deploy.approveAll)
}
