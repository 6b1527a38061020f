import { resolve } from 'node:path'
import { writeFileAtomic } from '@aam/client/files'
import { type PackedPackage, packPackage } from '../actions/author.ts'
import { defineCommand, flag, option } from '../command.ts'
import { fileLines } from '../text/files.ts'
import { problemLines } from '../text/problems.ts'
import { type View, formatBytes } from '../text/view.ts'

type PackResult = Omit<PackedPackage, 'archive' | 'fileName' | 'dependencies'> & {
  /** Where the archive was written; `null` on a dry run. */
  readonly file: string | null
  readonly size: number
}

export const pack = defineCommand<PackResult>({
  summary: 'Build the .aam archive',
  description: 'The same files give the same bytes, on every machine. SOURCE_DATE_EPOCH sets the time of its entries.',
  options: [
    ['-o, --output <file>', 'write the archive here instead of <name>-<version>.aam in this folder'],
    ['--dry-run', 'list what would go in, and write nothing'],
  ],
  run: async (context, input) => {
    const { archive, fileName, name, version, integrity, files, warnings } = await packPackage(context)
    const file = resolve(context.world.cwd, option(input, 'output') ?? fileName)
    const dry = flag(input, 'dryRun')
    if (!dry) writeFileAtomic(file, archive)
    return { name, version, integrity, files, warnings, size: archive.length, file: dry ? null : file }
  },
  view: (result, view) => [
    ...problemLines(result.warnings, view),
    ...fileLines(result.files),
    result.file === null
      ? `Would pack ${view.bold(`${result.name}@${result.version}`)}: ${totals(result, view)}`
      : `${view.good('✓')} Packed ${view.bold(`${result.name}@${result.version}`)} into ${result.file} (${totals(result, view)})`,
  ],
})

function totals({ files, size, integrity }: PackResult, view: View): string {
  return `${String(files.length)} files, ${formatBytes(size)}, ${view.dim(integrity)}`
}
