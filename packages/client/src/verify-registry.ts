/** Looking over any registry from outside: every document, every archive, as somebody who installs them all. */
import { integrityOf } from '@aam/archive'
import { type PackageDocument, type Problem, type Release, compareText, isAamError, parsePackageName } from '@aam/core'
import { checkContents } from './folder/verify.ts'
import type { Verified } from './folder/verify.ts'
import type { Registry } from './registry.ts'

/**
 * Downloads everything and compares it with what the registry says.
 * @param progress is told how many packages have been looked at, of how many
 * @throws what stands in the way of asking at all, for example REGISTRY_UNREACHABLE, UNAUTHORIZED
 */
export async function verifyRegistry(
  registry: Registry,
  progress: (done: number, total: number) => void,
): Promise<Verified> {
  const names = (await registry.listNames()).sort(compareText)
  const problems: Problem[] = []
  let versions = 0
  for (const [index, text] of names.entries()) {
    progress(index, names.length)
    const document = await registry.fetchDocument(parsePackageName(text))
    if (document === undefined) continue
    versions += document.releases.size
    problems.push(...checkTags(document))
    for (const release of document.releases.values()) {
      problems.push(...(await checkRelease(registry, document, release)))
    }
  }
  return { packages: names.length, versions, problems }
}

function checkTags({ name, tags, releases }: PackageDocument): Problem[] {
  return [...tags].flatMap(([tag, version]): Problem[] => {
    const release = releases.get(version)
    if (release?.yanked === false) return []
    const missing = release === undefined
    const message = `tag '${tag}' points to ${version}, which ${missing ? 'is not there' : 'was yanked'}`
    return [{ severity: missing ? 'error' : 'warning', file: name, message }]
  })
}

async function checkRelease(registry: Registry, { name }: PackageDocument, release: Release): Promise<Problem[]> {
  const file = `${name}@${release.version}`
  const wrong = (message: string): Problem[] => [{ severity: 'error', file, message }]
  try {
    const archive = await registry.fetchArchive(name, release.version)
    const actual = integrityOf(archive)
    if (actual !== release.integrity) return wrong(`it has ${actual}, the registry says ${release.integrity}`)
    if (archive.length !== release.size) {
      return wrong(`it has ${String(archive.length)} bytes, the registry says ${String(release.size)}`)
    }
    return checkContents(file, archive, { name, release })
  } catch (error) {
    if (!isAamError(error) || STOPPING.has(error.code)) throw error
    return wrong(error.message)
  }
}

/** What would meet every other archive too. */
const STOPPING: ReadonlySet<string> = new Set([
  'REGISTRY_UNREACHABLE',
  'UNAUTHORIZED',
  'RATE_LIMITED',
  'REGISTRY_UNAVAILABLE',
])
