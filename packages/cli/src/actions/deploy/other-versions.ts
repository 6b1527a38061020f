/** Versions of packages that are still somewhere on this machine: in the download cache, and where they were installed. */
import { existsSync } from 'node:fs'
import { readArchive } from '@aam/archive'
import { isErrno } from '@aam/client/files'
import { type PackageName, isAamError } from '@aam/core'
import { type CacheContents, NO_CACHE, listCache, readCached } from '../../disk/cache.ts'
import { packageFolder } from '../../disk/packages.ts'
import { type Source, readSource, sourceOf } from './read-sources.ts'

/** What can be had of `names` without asking a registry. A damaged archive is as good as none. */
export function readOtherVersions(home: string, project: string, names: Iterable<string>): Source[] {
  const wanted = new Set(names)
  const cached = listUsable(home).filter(({ name }) => wanted.has(name))
  const archived = cached.flatMap(entry => {
    const bytes = readCached(home, entry)
    return bytes === undefined ? [] : readOrSkip(() => sourceOf(entry.name, readArchive(bytes, entry.path)))
  })
  const installed = [...wanted].flatMap(name => {
    const folder = packageFolder(project, name as PackageName)
    return existsSync(folder) ? readOrSkip(() => readSource(name as PackageName, folder)) : []
  })
  return [...archived, ...installed]
}

/** A cache that cannot be read is an empty one. */
function listUsable(home: string): CacheContents['entries'] {
  try {
    return listCache(home).entries
  } catch (error) {
    if (isErrno(error, ...NO_CACHE)) return []
    throw error
  }
}

/** Something that is no package any more tells nothing about what was deployed. */
function readOrSkip(read: () => Source): Source[] {
  try {
    return [read()]
  } catch (error) {
    if (isAamError(error)) return []
    throw error
  }
}
