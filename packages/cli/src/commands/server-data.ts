import type { BackedUp, Restored } from '@aam/server'
import { count } from '@aam/core'
import { backUp, restore as run } from '../actions/server-data.ts'
import { argument, defineCommand, option } from '../command.ts'

const DATA = ['--data <folder>', 'what the server keeps; DATA_DIR or ~/.aam/server when absent'] as const

export const backup = defineCommand<BackedUp & { readonly data: string }>({
  summary: "Back up a registry server's data, while it runs",
  description:
    'Copies the database as it is at one moment, and every archive that it names, and checks both. In the folder of an earlier backup only what is missing is added; a crash leaves the earlier backup whole. The hash that is printed is the end of the audit log: written down somewhere else, it shows later whether the log was cut off or made anew.',
  args: [['<folder>', 'where the backup goes: missing, empty, or an earlier backup']],
  options: [DATA],
  examples: ['aam registry backup /backup/aam', 'aam registry backup /backup/aam --data /var/lib/aam'],
  run: async (context, input) => backUp(context, { target: argument(input, 0), data: option(input, 'data') }),
  view: ({ data, target, versions, blobs, added, events, head }, view) => [
    `${view.good('✓')} Backed up ${data} to ${target}: ${count(versions, 'version')}, ${count(blobs, 'archive')} (${String(added)} new)`,
    `  ${count(events, 'event')} in the log, the last is ${head}`,
  ],
})

export const restore = defineCommand<Restored & { readonly backup: string }>({
  summary: 'Bring a backup of a registry server back',
  description:
    'Checks the log and every archive first. Nothing is left when something is wrong. The folder of the data has to be missing or empty: move what is there away.',
  args: [['<backup>', 'a folder that `aam registry backup` made']],
  options: [DATA],
  examples: ['aam registry restore /backup/aam --data /var/lib/aam'],
  run: async (context, input) => run(context, { backup: argument(input, 0), data: option(input, 'data') }),
  view: ({ backup: from, dataFolder, versions, blobs, events, head }, view) => [
    `${view.good('✓')} Restored ${from} to ${dataFolder}: ${count(versions, 'version')}, ${count(blobs, 'archive')}`,
    `  ${count(events, 'event')} in the log, the last is ${head}`,
  ],
})
