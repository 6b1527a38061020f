/** Versions of packages that are still somewhere on this machine: in the download cache, and where they were installed. */
import { existsSync } from 'node:fs'
import { readArchive } from '@aam/archive'
import { isErrno } from '@aam/client/files'
import { type InstanceName, instanceName, isAamError } from '@aam/core'
import { type CacheContents, NO_CACHE, listCache, readCached } from '../../disk/cache.ts'
import { packageFolder } from '../../disk/packages.ts'
import { type Source, readSource, sourceOf } from './read-sources.ts'

/**
 * What can be had of `names` without asking a registry: every version that may have had a plain name, and of an instance the
 * one that its name says. A damaged archive is as good as none.
 */
export function readOtherVersions(home: string, project: string, names: Iterable<string>): Source[] {
  const wanted = new Set(names)
  const archived = listUsable(home).flatMap(entry => {
    const { name, version, path } = entry
    const names = [name, instanceName(name, version)].filter(each => wanted.has(each))
    const bytes = names.length === 0 ? undefined : readCached(home, entry)
    return bytes === undefined ? [] : names.flatMap(each => readOrSkip(() => sourceOf(each, readArchive(bytes, path))))
  })
  const installed = [...wanted].flatMap(name => {
    const folder = packageFolder(project, name as InstanceName)
    return existsSync(folder) ? readOrSkip(() => readSource(name as InstanceName, folder)) : []
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
