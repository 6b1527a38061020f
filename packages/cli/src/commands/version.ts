import { VERSION_STEPS, fail } from '@aam/core'
import { type VersionResult, parseVersionGoal, setVersion, showVersion } from '../actions/version.ts'
import { defineCommand, flag, option } from '../command.ts'
import type { View } from '../text/view.ts'

export const version = defineCommand<VersionResult | { readonly name: string; readonly version: string }>({
  summary: 'Set the version of the package, commit and tag it',
  description: `Sets "version" in the manifest. In a Git repository it commits the manifest, and nothing else, and tags the commit: v1.2.3, or <name>@1.2.3 when the package is in a folder of the repository.
A step is one of ${VERSION_STEPS.join(', ')}, and counts as npm does. Without one: prints name and version.`,
  args: [['[step]', 'patch, minor, major, prerelease …, or a version']],
  completes: VERSION_STEPS,
  options: [
    ['--preid <name>', 'what a pre-release is called: beta gives 1.3.0-beta.0'],
    ['--message <text>', 'message of commit and tag; %s stands for the version'],
    ['--no-git-tag', 'only write the manifest: no commit, no tag'],
    ['--force', 'commit and tag although other files have uncommitted changes'],
    ['--dry-run', 'say what would happen, and change nothing'],
  ],
  examples: ['aam version patch', 'aam version prerelease --preid beta', 'aam version 2.0.0 --message "Release %s"'],
  run: async (context, input) => {
    const [step] = input.args
    if (step === undefined) {
      const wasted = ['preid', 'message', 'force', 'dryRun'].some(name => input.options[name] !== undefined)
      if (wasted || input.options['gitTag'] === false) {
        fail('USAGE', { message: 'No version was given', hint: 'name a step or a version: `aam version patch`' })
      }
      return showVersion(context)
    }
    return setVersion(context, {
      goal: parseVersionGoal(step, option(input, 'preid')),
      git: input.options['gitTag'] !== false,
      message: option(input, 'message'),
      force: flag(input, 'force'),
      dryRun: flag(input, 'dryRun'),
    })
  },
  view: (result, view) => ('from' in result ? changeLines(result, view) : [`${result.name}@${result.version}`]),
})

const WHY: Readonly<Record<NonNullable<VersionResult['untagged']>, string>> = {
  'no repository': 'not committed: this is no Git repository',
  'no git': 'not committed: there is no `git` on the PATH',
  '--no-git-tag': 'not committed, as --no-git-tag asks',
}

function changeLines(
  { name, from, version: to, manifest, tag, untagged, dryRun }: VersionResult,
  view: View,
): string[] {
  const move = `${view.bold(name)} ${from} → ${to}`
  const would = dryRun ? 'would be ' : ''
  return [
    dryRun ? `Would set ${move}` : `${view.good('✓')} ${move}`,
    untagged === null ? `  ${manifest} ${would}committed and tagged as ${tag ?? ''}` : `  ${WHY[untagged]}`,
  ]
}
