/** Looking over a whole registry of the UAAPS layout. */
import {
  type PackageDocument,
  type PackageSummary,
  type Problem,
  compareText,
  parsePackageName,
  summarize,
} from '@aam/core'
import { explainUnreadable } from '../folder/package-index.ts'
import type { Verified } from '../folder/verify.ts'
import type { BrokenPackage, SearchResult } from '../registry.ts'
import { listNames } from './layout.ts'
import { type Seen, readDocument } from './read.ts'

type Survey = { readonly documents: readonly PackageDocument[]; readonly broken: readonly BrokenPackage[] }

/** Every package, sorted by name; one that is broken hides no other. */
export function surveyUaaps(root: string, seen: Seen): Survey {
  const documents: PackageDocument[] = []
  const broken: BrokenPackage[] = []
  for (const name of listNames(root).sort(compareText)) {
    try {
      const document = readDocument(root, parsePackageName(name), seen)
      if (document !== undefined) documents.push(document)
    } catch (error) {
      broken.push({ name, why: explainUnreadable(error) })
    }
  }
  return { documents, broken }
}

/** Every package in a line. */
export function listUaaps(root: string, seen: Seen): SearchResult {
  const { documents, broken } = surveyUaaps(root, seen)
  return { packages: documents.map((document): PackageSummary => summarize(document)), broken }
}

/** Reading a package of this layout verifies and opens all its archives; what is left to check is the tags. */
export function verifyUaaps(root: string): Verified {
  const { documents, broken } = surveyUaaps(root, new Map())
  const problems: Problem[] = broken.map(({ name, why }) => ({ severity: 'error', file: name, message: why }))
  for (const { name, tags, releases } of documents) {
    for (const [tag, version] of tags) {
      if (releases.has(version)) continue
      problems.push({ severity: 'error', file: name, message: `tag '${tag}' points to ${version}, which is not there` })
    }
  }
  const versions = documents.reduce((sum, { releases }) => sum + releases.size, 0)
  return { packages: documents.length, versions, problems }
}
