import { basename } from 'node:path'
import { count, integrityToHex } from '@aam/core'
import {
  type CacheCleaning,
  type CacheList,
  type CacheVerification,
  cleanCache,
  listEntries,
  parseCacheFilter,
  verifyCache,
} from '../actions/cache.ts'
import { defineCommand } from '../command.ts'
import { formatBytes, table } from '../text/view.ts'

const SHORT_DIGEST = 12

export const list = defineCommand<CacheList>({
  summary: 'List what the download cache has',
  args: [['[package]', 'name or name@version; everything when absent']],
  examples: ['aam cache ls', 'aam cache ls @team/review'],
  run: (context, input) => Promise.resolve(listEntries(context, parseCacheFilter(input.args[0]))),
  view: ({ folder, entries, size, filter }, view) => [
    ...table(
      entries.map(entry => [
        entry.name,
        entry.version,
        formatBytes(entry.size).padStart(9),
        view.dim(integrityToHex(entry.integrity).slice(0, SHORT_DIGEST)),
      ]),
    ),
    entries.length === 0
      ? `${folder} has nothing${filter === null ? '' : ` of ${filter}`}`
      : `${count(entries.length, 'archive')}, ${formatBytes(size)}, in ${folder}`,
  ],
})

export const verify = defineCommand<CacheVerification>({
  summary: 'Read the whole download cache and remove what is damaged',
  description:
    'Compares every archive with the digest in its name. What is damaged is removed and fetched again when it is needed, so the exit code is 0 all the same.',
  run: verifyCache,
  view: ({ folder, whole, removed, freed }, view) => [
    ...removed.map(({ path, why }) => `${view.warn('!')} removed ${basename(path)}: ${why}`),
    removed.length === 0
      ? `${view.good('✓')} ${count(whole, 'archive')} in ${folder}, all whole`
      : `${count(whole, 'archive')} in ${folder} are whole; ${count(removed.length, 'file')} removed (${formatBytes(freed)})`,
  ],
})

export const clean = defineCommand<CacheCleaning>({
  summary: 'Empty the download cache, or take a package out of it',
  description:
    'Installed packages stay. Without a name, the documents of registry servers that were kept go too. What is needed again is fetched again. What registries were seen to have is forgotten too, so that a registry that was made anew is believed.',
  args: [['[package]', 'name or name@version; everything when absent']],
  examples: ['aam cache clean', 'aam cache clean @team/review@1.2.0'],
  run: (context, input) => Promise.resolve(cleanCache(context, parseCacheFilter(input.args[0]))),
  view: ({ folder, removed, freed, filter }, view) => [
    removed === 0 && freed === 0
      ? `${folder} has nothing${filter === null ? '' : ` of ${filter}`}`
      : `${view.good('✓')} Removed ${count(removed, 'archive')}${filter === null ? '' : ` of ${filter}`} from ${folder} (${formatBytes(freed)})`,
  ],
})
