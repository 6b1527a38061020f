import { count, fail } from '@aam/core'
import { type BuiltBundle, buildBundle } from '../actions/bundle/build.ts'
import { defineCommand, flag, option } from '../command.ts'
import { placeWarningLines } from '../text/deploy.ts'
import { problemLines } from '../text/problems.ts'
import { formatBytes } from '../text/view.ts'

export const build = defineCommand<BuiltBundle>({
  summary: 'Build a bundle: the package as it is for one platform, in one file',
  description:
    'The bundle is installed with `aam install FILE`, without a registry. The same files give the same bytes, on every machine; SOURCE_DATE_EPOCH sets every time in it. What the platform cannot express is a warning.',
  options: [
    ['--target <platform>', 'claude, cursor, copilot, codex or universal'],
    ['-o, --output <file>', 'write the bundle here instead of dist/<name>-<version>-<target>.bundle.aam'],
    ['--dry-run', 'list what would go in, and write nothing'],
  ],
  examples: ['aam build --target claude', 'aam install dist/review-1.0.0-claude-code.bundle.aam'],
  run: (context, input) => {
    const target =
      option(input, 'target') ??
      fail('USAGE', { message: '--target is missing', hint: 'for example --target claude or --target cursor' })
    return buildBundle(context, { target, output: option(input, 'output'), dryRun: flag(input, 'dryRun') })
  },
  view: ({ name, version, target, file, artifacts, warnings, problems, size, integrity }, view) => {
    const what = view.bold(`${name}@${version}`)
    const totals = `${count(artifacts.length, 'artifact')}, ${formatBytes(size)}, ${view.dim(integrity)}`
    return [
      ...problemLines(problems, view),
      ...artifacts.map(artifact => `  ${artifact.type} ${artifact.name} (${artifact.path})`),
      ...placeWarningLines(warnings, view),
      file === null
        ? `Would build ${what} for ${target}: ${totals}`
        : `${view.good('✓')} Built ${what} for ${target} into ${file} (${totals})`,
    ]
  },
})
