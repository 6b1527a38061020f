/** What is served about a package, made when something about it changes. */
import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { LATEST, type PackageDocument, encodeDocument, newestUsable, summarize } from '@aam/core'
import { type Db, type StoredDocument, type StoredPackage, loadPackage, writeDocument } from '../store/packages.ts'
import type { Deps } from './deps.ts'

export type ServedArtifact = { readonly kind: string; readonly name: string }

/** Makes a package's document anew from what is stored, and puts it in its place. */
export async function refreshDocument(deps: Deps, tx: Db, pkg: Pick<StoredPackage, 'access'>): Promise<void> {
  const stored = await loadPackage(tx, pkg.access.name)
  if (stored === undefined) throw new Error(`${pkg.access.name} is not stored`)
  await serveDocument(deps, tx, stored)
}

/** Puts a package's document in its place. `stored` is how the transaction leaves the package. */
export async function serveDocument(deps: Deps, tx: Db, stored: StoredPackage): Promise<void> {
  await writeDocument(tx, stored.id, prepareDocument(stored, deps.now()))
}

export function prepareDocument({ document, access, rows }: StoredPackage, now: Date): StoredDocument {
  const shown = document.tags.get(LATEST) ?? newestUsable(document)
  const artifacts = shown === undefined ? [] : (JSON.parse(rows.get(shown)?.artifacts ?? '[]') as ServedArtifact[])
  return {
    ...encodeServed(document, access.visibility),
    summary: JSON.stringify(summarize(document)),
    types: JSON.stringify([...new Set(artifacts.map(({ kind }) => kind))].sort()),
    updated: now.toISOString(),
  }
}

/** The bytes of a document, plain and compressed, and what they are known by. */
function encodeServed(
  document: PackageDocument,
  visibility: 'public' | 'private',
): Pick<StoredDocument, 'etag' | 'plain' | 'gzip'> {
  const plain = Buffer.from(JSON.stringify({ ...encodeDocument(document), visibility }))
  const etag = createHash('sha256').update(plain).digest('base64url').slice(0, 27)
  return { etag, plain, gzip: gzipSync(plain, { level: 6 }) }
}
