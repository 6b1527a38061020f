/** Looking over a folder registry without changing it: is everything there, and is it what `metadata.yaml` says? */
import { readFileSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { LIMITS, integrityOf } from '@aam/archive'
import {
  type PackageDocument,
  type PackageName,
  type Problem,
  type Release,
  compareText,
  integrityToHex,
  parsePackageName,
} from '@aam/core'
import { readIfThere } from '../files/index.ts'
import { readArchiveManifest } from './inspect.ts'
import { INDEX_FILE, SETTINGS_FILE, archivePath, digestText, packagePath, pathsOf, relativeTo } from './layout.ts'
import { explainLink, listLinks } from './links.ts'
import { explainUnreadable, isIndexCurrent } from './package-index.ts'
import { derivedText, listArchives, listPackageFolders } from './read.ts'
import { readRules, readTruth } from './write.ts'

export type Verified = {
  readonly packages: number
  readonly versions: number
  /** Each with its file below the registry's root; in the order the files were looked at. */
  readonly problems: readonly Problem[]
}

const MEND = 'run `aam registry reindex`'
const REQUIREMENTS = ['dependencies', 'optionalDependencies', 'peerDependencies'] as const

/** Checks every file of a registry. Takes no lock: a writer at work may be reported as something out of date. */
export async function verify(root: string): Promise<Verified> {
  const problems: Problem[] = []
  let packages = 0
  let versions = 0
  problems.push(
    ...guard(SETTINGS_FILE, () => {
      readRules(root)
      return []
    }),
  )
  for (const path of listLinks(root)) {
    const why = explainLink(root, path)
    if (why !== undefined) problems.push(error(relativeTo(root, path), why))
  }
  for (const folder of listPackageFolders(root).sort(compareText)) {
    problems.push(
      ...guard(packagePath(folder), () => {
        const name = parsePackageName(folder)
        const truth = readTruth(root, name)
        problems.push(...checkUnlisted(root, name, truth?.document))
        if (truth === undefined) return []
        packages++
        versions += truth.document.releases.size
        problems.push(...checkTags(root, truth.document), ...checkDerived(root, truth))
        return [...truth.document.releases.values()].flatMap(release => checkRelease(root, name, release))
      }),
    )
    await nextTurn()
  }
  if (!(await isIndexCurrent(root))) problems.push(warning(INDEX_FILE, `it is out of date; ${MEND}`))
  return { packages, versions, problems }
}

function checkTags(root: string, { name, tags, releases }: PackageDocument): Problem[] {
  const file = relativeTo(root, pathsOf(root, name).metadata)
  return [...tags].flatMap(([tag, version]) => {
    const release = releases.get(version)
    if (release === undefined) return [error(file, `tag '${tag}' points to ${version}, which is not there`)]
    return release.yanked ? [warning(file, `tag '${tag}' points to ${version}, which was yanked`)] : []
  })
}

function checkDerived(
  root: string,
  { text, document }: { readonly text: string; readonly document: PackageDocument },
): Problem[] {
  const file = pathsOf(root, document.name).document
  const current = readIfThere(file)?.toString('utf8') === derivedText(text, document)
  return current ? [] : [warning(relativeTo(root, file), `it is out of date; ${MEND}`)]
}

function checkUnlisted(root: string, name: PackageName, document: PackageDocument | undefined): Problem[] {
  const listed = new Set<string>(document?.releases.keys())
  return listArchives(root, name)
    .filter(file => !listed.has(basename(file, '.aam')))
    .map(file => warning(relativeTo(root, file), `metadata.yaml does not list it; to add it, ${MEND}`))
}

function checkRelease(root: string, name: PackageName, release: Release): Problem[] {
  const path = archivePath(root, name, release.version)
  const file = relativeTo(root, path)
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined) return [error(file, 'it is missing, though metadata.yaml names it')]
  if (found.size !== release.size || found.size > LIMITS.packed) {
    return [error(file, `it has ${String(found.size)} bytes, metadata.yaml says ${String(release.size)}`)]
  }
  return guard(file, () => {
    const archive = readFileSync(path)
    const actual = integrityOf(archive)
    if (actual !== release.integrity) return [error(file, `it has ${actual}, metadata.yaml says ${release.integrity}`)]
    return [...checkDigestFile(root, path, release), ...checkContents(file, archive, { name, release })]
  })
}

function checkDigestFile(root: string, archive: string, { version, integrity }: Release): Problem[] {
  const path = `${archive}.sha256`
  const text = readIfThere(path)?.toString('utf8')
  if (text === digestText(integrityToHex(integrity), version)) return []
  const file = relativeTo(root, path)
  return text === undefined
    ? [warning(file, `it is missing; ${MEND}`)]
    : [error(file, `it does not give the digest of the archive; ${MEND}`)]
}

export function checkContents(
  file: string,
  archive: Uint8Array,
  { name, release }: { readonly name: PackageName; readonly release: Release },
): Problem[] {
  const manifest = readArchiveManifest(archive)
  if (manifest.name !== name || manifest.version !== release.version) {
    const place = `${name}@${release.version}`
    return [error(file, `it holds ${manifest.name}@${manifest.version}, the registry has it as ${place}`)]
  }
  return REQUIREMENTS.filter(field => !isDeepStrictEqual(manifest.raw[field] ?? {}, release.record[field] ?? {})).map(
    field => error(file, `its ${field} are not those that the registry gives`),
  )
}

/** What `check` finds; when it cannot even look, that. */
function guard(file: string, check: () => Problem[]): Problem[] {
  try {
    return check()
  } catch (thrown) {
    return [error(file, explainUnreadable(thrown))]
  }
}

function error(file: string, message: string): Problem {
  return { severity: 'error', file, message }
}

function warning(file: string, message: string): Problem {
  return { severity: 'warning', file, message }
}
