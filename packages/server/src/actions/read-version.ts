/** One version, with everything that is known about it. */
import {
  type PackageName,
  type Tag,
  type Version,
  explainTag,
  fail,
  isVersion,
  maySeeWaiting,
  nearestVersions,
  resolveTag,
  reviewStatus,
} from '@aam/core'
import { type VersionAnswer, routes } from '@aam/core/wire'
import { lastWords, loadApprovals } from '../store/approvals.ts'
import { type StoredPackage, type VersionRow, loadVersionTexts, toRelease } from '../store/packages.ts'
import { requirePackage } from './change-package.ts'
import type { Caller, Deps } from './deps.ts'
import { downloadsOf } from './downloads.ts'

type Named = { readonly name: PackageName; /** A version or a tag. */ readonly version: string }

/**
 * One version, by its number or a tag. One that waits for approval is there for approvers and members only.
 * @throws UNAUTHORIZED, PACKAGE_NOT_FOUND, VERSION_NOT_FOUND, TAG_NOT_FOUND, PACKAGE_YANKED
 */
export async function readVersion(
  deps: Deps,
  caller: Caller,
  named: Named & { /** Of the registry, for addresses. */ readonly base: string },
): Promise<VersionAnswer> {
  const { pkg, row } = await findVersion(deps, caller, named)
  const { name } = pkg.access
  const texts = await loadVersionTexts(deps.store.db, row.id)
  const said = (await loadApprovals(deps.store.db, [row.id])).get(row.id) ?? []
  return {
    package: name,
    version: row.version,
    record: toRelease(row).record,
    manifest: JSON.parse(texts.manifest) as Record<string, unknown>,
    artifacts: JSON.parse(row.artifacts) as VersionAnswer['artifacts'],
    files: JSON.parse(texts.files) as VersionAnswer['files'],
    publisher: row.publisher,
    status: reviewStatus(lastWords(said), { required: deps.config.approvalsRequired }),
    state: row.state === 'waiting' ? 'waiting' : 'visible',
    approvals: said,
    tags: [...pkg.document.tags].filter(([, version]) => version === row.version).map(([tag]) => tag),
    signed: texts.signature !== null,
    provenance: texts.provenance !== null,
    downloads: downloadsOf(deps, pkg.id, row.version),
    tarball: `${named.base}${routes.tarball(name, row.version)}`,
  }
}

/**
 * The row of a version, for somebody who may see it.
 * @throws as `readVersion`
 */
export async function findVersion(
  deps: Deps,
  caller: Caller,
  { name, version }: Named,
): Promise<{ readonly pkg: StoredPackage; readonly row: VersionRow }> {
  const pkg = await requirePackage(deps, caller, { tx: deps.store.db, name, right: 'read' })
  const { document } = pkg
  const number = isVersion(version) ? version : resolve(pkg, version)
  const row = pkg.rows.get(number)
  if (row === undefined || (row.state === 'waiting' && !maySeeWaiting(caller.actor, pkg.access))) {
    return fail('VERSION_NOT_FOUND', { name, version, nearest: nearestVersions([...document.releases.keys()], number) })
  }
  return { pkg, row }
}

function resolve({ document }: StoredPackage, text: string): Version {
  const { name, tags } = document
  if (explainTag(text) !== undefined) fail('TAG_NOT_FOUND', { name, tag: text.slice(0, 80), tags: [...tags.keys()] })
  return resolveTag(document, text as Tag)
}

/** @throws as `readVersion`, SIGNATURE_NOT_FOUND */
export async function readAttachment(
  deps: Deps,
  caller: Caller,
  { what, ...named }: Named & { readonly what: 'signature' | 'provenance' },
): Promise<string> {
  const { row } = await findVersion(deps, caller, named)
  const texts = await loadVersionTexts(deps.store.db, row.id)
  return texts[what] ?? fail('SIGNATURE_NOT_FOUND', { name: named.name, version: row.version, what })
}
