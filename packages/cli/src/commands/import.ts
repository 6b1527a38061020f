import { count } from '@aam/core'
import { type ImportFolderResult, importFolder } from '../actions/import-folder.ts'
import { defineCommand, flag, option } from '../command.ts'
import { problemLines } from '../text/problems.ts'
import type { View } from '../text/view.ts'

export const importCommand = defineCommand<ImportFolderResult>({
  summary: 'Make a package of what a project keeps for its agents',
  description:
    'Reads .claude, .cursor, .github, .vscode/mcp.json, .agents, .windsurf, Claude plugins and folders with a SKILL.md, and writes a new package. Nothing of the source changes; secrets in MCP servers are not copied. What cannot be taken is listed.',
  args: [['[source]', 'a folder, or one of these places in it; this folder when absent']],
  options: [
    ['--out <folder>', 'write the package here instead of ./<name>'],
    ['--name <name>', 'name of the package; from plugin.json, package.json or the folder when absent'],
    ['--dry-run', 'say what would be taken, and write nothing'],
  ],
  examples: ['aam import', 'aam import ../my-plugin --name @team/my-plugin --out packages/my-plugin'],
  run: (context, input) =>
    Promise.resolve(
      importFolder(context, {
        source: input.args[0],
        out: option(input, 'out'),
        name: option(input, 'name'),
        dryRun: flag(input, 'dryRun'),
      }),
    ),
  view: (result, view) => [
    ...result.taken
      .filter(({ kind }) => kind !== 'scripts')
      .map(({ kind, name, from }) => `  ${kind}: ${name} (${from})`),
    ...scriptLines(result),
    ...result.leftOut.map(({ file, why }) => `${view.warn('left out:')} ${file}: ${why}`),
    ...problemLines(result.problems, view),
    ...closing(result, view),
  ],
})

function scriptLines({ taken }: ImportFolderResult): string[] {
  const scripts = taken.filter(({ kind }) => kind === 'scripts')
  return scripts.length === 0 ? [] : [`  with ${count(scripts.length, 'file')} that hooks and servers run`]
}

function closing({ name, version, folder, dryRun }: ImportFolderResult, view: View): string[] {
  const what = view.bold(`${name}@${version}`)
  if (dryRun) return [`Would import ${what} into ${folder}`]
  const path = /^[\w@%+=:,./-]+$/.test(folder) ? folder : `'${folder.replaceAll("'", String.raw`'\''`)}'`
  return [`${view.good('✓')} Imported ${what} into ${folder}`, `Next: \`cd ${path} && aam validate && aam publish\``]
}
