/** Publishing: looked at while it arrives, bytes first, then one transaction (D29, D30). */
import {
  LATEST,
  type PackageDocument,
  type PackageName,
  type PublishDecision,
  type Release,
  type Tag,
  type TagMove,
  type Visibility,
  compareVersions,
  decidePublish,
  fail,
  mayRead,
  requireAccess,
  requireNewName,
  requireSignedIn,
  roleIn,
  scopeOf,
} from '@aam/core'
import { gatherArtifacts } from '@aam/core/authoring'
import { type Manifest, decodeManifest, describeRelease } from '@aam/core/manifest'
import type { PublishAnswer } from '@aam/core/wire'
import { type Inspection, inspectStream } from '@aam/archive'
import {
  type Db,
  type StoredPackage,
  insertPackage,
  insertVersion,
  loadPackage,
  loadScopeOwners,
  toRelease,
  writeChanges,
  writeMember,
  writeScopeOwners,
  writeWaitingTags,
} from '../store/packages.ts'
import { approvedVersions } from './change-package.ts'
import { type Caller, type Deps, accessRules, nameOf, record, tagRules } from './deps.ts'
import { serveDocument } from './prepare-document.ts'
import { requireForce, tagNews } from './tags.ts'
import { requireStillSignedIn } from './tokens.ts'

export type PublishRequest = {
  /** The archive as it arrives. */
  readonly bytes: AsyncIterable<Uint8Array>
  /** Decide, and change nothing. */
  readonly dryRun: boolean
  /** Asked for when all bytes have arrived: a form may say the rest after them. */
  readonly options: () => PublishOptions
}

export type PublishOptions = {
  readonly tag: Tag | undefined
  readonly keepLatest: boolean
  readonly force: boolean
  /** Who may see the package: a new one, else it has to be what it is; `public` for a new one when nobody says. */
  readonly visibility: Visibility | undefined
  readonly signature: string | undefined
}

/** What was found in the archive. */
type Offer = { readonly manifest: Manifest; readonly release: Release; readonly archive: Inspection }

/**
 * Publishes an archive. What the registry says about it is taken from the archive itself. The bytes are durable before
 * anything names them; a crash on any line leaves a registry in which publishing again succeeds.
 * @throws UNAUTHORIZED, FORBIDDEN, ARCHIVE_INVALID, ARCHIVE_TOO_LARGE, FILE_INVALID, PACKAGE_PRIVATE, VERSION_CONFLICT,
 *   VISIBILITY_SETTLED, TAG_NOT_ALLOWED, TAG_PROTECTED, APPROVAL_REQUIRED, REGISTRY_FULL, REGISTRY_UNAVAILABLE
 */
export async function publish(
  deps: Deps,
  caller: Caller,
  { bytes, dryRun, options }: PublishRequest,
): Promise<PublishAnswer> {
  requireSignedIn(caller.actor)
  const { config, blobs, store } = deps
  const upload = dryRun ? undefined : await blobs.begin()
  try {
    const archive = await inspectStream(bytes, {
      archive: 'the archive',
      limits: { packed: config.maxArchiveSize },
      onChunk: async chunk => upload?.write(chunk),
    })
    const offer = readOffer(archive, deps.now())
    const request = options()
    // Everything that can be refused is refused before the bytes are kept.
    const decided = await decide(deps, caller, { tx: store.db, offer, request })
    if (upload === undefined) return answer(offer, decided)
    if (decided.decision.kind === 'publish') await upload.keep(archive.sha256)
    else await upload.drop()
    return await store.db.transaction().execute(async tx => {
      await requireStillSignedIn(tx, caller)
      const final = await decide(deps, caller, { tx, offer, request })
      // Somebody else's publish of the same bytes may have come first; the sweeper may have been faster than a slow one.
      if (final.decision.kind === 'publish' && (await blobs.size(archive.sha256)) === undefined) {
        fail('REGISTRY_UNAVAILABLE', { why: 'the archive has to be sent again' })
      }
      await save(deps, caller, { tx, offer, request, decided: final })
      return answer(offer, final)
    })
  } catch (error) {
    await upload?.drop()
    throw error
  }
}

function readOffer(archive: Inspection, now: Date): Offer {
  if (archive.manifest === undefined) {
    return fail('ARCHIVE_INVALID', { archive: 'the archive', why: 'it has no package.agent.json at its root' })
  }
  const text = Buffer.from(archive.manifest).toString('utf8')
  const { manifest } = decodeManifest(text, 'package.agent.json in the archive')
  const { integrity, size } = archive
  return { manifest, archive, release: describeRelease(manifest, { integrity, size, published: now.toISOString() }) }
}

type Decided = {
  readonly pkg: StoredPackage | undefined
  readonly decision: PublishDecision
  /** Whether the version waits for approval, and its tags with it. */
  readonly waits: boolean
  /** A scope that its first publisher gets. */
  readonly claims: string | undefined
}

async function decide(
  deps: Deps,
  caller: Caller,
  { tx, offer, request }: { readonly tx: Db; readonly offer: Offer; readonly request: PublishOptions },
): Promise<Decided> {
  const { manifest, release } = offer
  const { name } = manifest
  const pkg = await loadPackage(tx, name)
  if (pkg !== undefined) {
    requirePublisher(deps, caller, pkg)
    const { visibility } = pkg.access
    // Somebody who believes a package to be private must not learn later that it is not.
    if ((request.visibility ?? visibility) !== visibility) {
      fail('VISIBILITY_SETTLED', { name, visibility, asked: request.visibility ?? visibility })
    }
  }
  const claims = pkg === undefined ? await requireNew(deps, caller, { tx, name }) : undefined
  const row = pkg?.rows.get(release.version)
  const waits = row === undefined ? deps.config.requireApproval : row.state === 'waiting'
  const { gate, ...rules } = tagRules(deps, pkg === undefined ? new Set() : await approvedVersions(deps, tx, pkg))
  if (request.force && pkg !== undefined && request.tag !== undefined) {
    requireForce(deps, caller, { pkg, tag: request.tag })
  }
  const decision = decidePublish(
    pkg === undefined ? undefined : withWaiting(pkg),
    // A tag that waits is set when the version is approved, which is what the gate asks for.
    waits || gate === undefined ? rules : { ...rules, gate },
    { ...request, name, release },
  )
  return { pkg, decision, waits, claims }
}

async function requireNew(
  deps: Deps,
  { actor }: Caller,
  { tx, name }: { readonly tx: Db; readonly name: PackageName },
): Promise<string | undefined> {
  const scopeOwners = await loadScopeOwners(tx, scopeOf(name))
  return requireNewName(actor, name, { scopeOwners, rules: accessRules(deps) }).claims
}

/**
 * A name that is taken can be no secret from somebody who could publish under it; in a scope of others nobody else is told
 * more than that it is theirs.
 */
function requirePublisher(deps: Deps, { actor }: Caller, { access }: StoredPackage): void {
  requireSignedIn(actor)
  const rules = accessRules(deps)
  if (!mayRead(actor, access, rules) && roleIn(actor, access) === undefined) {
    requireNewName(actor, access.name, { scopeOwners: access.scopeOwners, rules })
    fail('FORBIDDEN', {
      doing: `publishing ${access.name}`,
      needs: 'an owner or maintainer of the package',
      user: actor.name,
    })
  }
  requireAccess(actor, 'publish', { pkg: access, rules, registry: nameOf(deps) })
}

/** The document with the versions that wait: their numbers are taken, too. */
function withWaiting({ document, rows }: StoredPackage): PackageDocument {
  const releases = [...rows.values()].map(toRelease)
  return { ...document, releases: new Map(releases.map(release => [release.version, release])) }
}

async function save(
  deps: Deps,
  caller: Caller,
  {
    tx,
    offer,
    request,
    decided: { pkg, decision, waits, claims },
  }: { readonly tx: Db; readonly offer: Offer; readonly request: PublishOptions; readonly decided: Decided },
): Promise<void> {
  const { release, manifest } = offer
  const { name } = manifest
  const news = decision.tags.filter(move => move.from !== move.to)
  if (decision.kind === 'unchanged' && waits) {
    await waitForTags(deps, caller, { tx, pkg, release, tags: decision.tags })
    return
  }
  if (decision.kind === 'unchanged' && news.length === 0) return
  const userId = caller.userId ?? fail('UNAUTHORIZED', { why: 'missing' })
  const now = deps.now().toISOString()
  if (claims !== undefined) {
    await writeScopeOwners(tx, claims, [userId])
    await record(deps, caller, {
      tx,
      event: 'scope.owners',
      target: { scope: claims },
      metadata: { before: [], after: [identityOf(caller)] },
    })
  }
  const packageId =
    pkg?.id ?? (await insertPackage(tx, { name, visibility: request.visibility ?? 'public', created: now }))
  if (pkg === undefined) await writeMember(tx, packageId, { userId, role: 'owner' })
  const waitingTags = waits ? decision.tags.map(({ tag }) => tag) : []
  if (decision.kind === 'publish') {
    await insertVersion(tx, packageId, newVersion(offer, { request, userId, waits, waitingTags }))
  }
  const stored = (await loadPackage(tx, name)) ?? fail('PACKAGE_NOT_FOUND', { name, registry: nameOf(deps) })
  const document = waits ? stored.document : { ...stored.document, tags: decision.document.tags }
  await writeChanges(tx, stored, document)
  await serveDocument(deps, tx, { ...stored, document })
  const target = { package: name, version: release.version }
  if (decision.kind === 'publish') {
    const { integrity, size } = release
    const metadata = {
      integrity,
      size,
      state: waits ? 'waiting' : 'visible',
      ...(pkg === undefined ? { new: true, visibility: request.visibility ?? 'public' } : {}),
    }
    await record(deps, caller, {
      tx,
      event: 'package.publish',
      target,
      metadata: { ...metadata, ...(waits ? { waitingTags } : {}) },
    })
  }
  if (waits) return
  for (const move of news) {
    const { event, metadata } = tagNews(move, 'publish')
    await record(deps, caller, { tx, event, target, metadata })
  }
}

function newVersion(
  { release, manifest, archive }: Offer,
  version: {
    readonly request: PublishOptions
    readonly userId: number
    readonly waits: boolean
    readonly waitingTags: readonly Tag[]
  },
): Parameters<typeof insertVersion>[2] {
  const paths = archive.files.map(({ path }) => path)
  const artifacts = gatherArtifacts(manifest, paths).map(({ kind, name }) => ({ kind, name }))
  return {
    version: release.version,
    precedence: release.version.split('+', 1)[0] ?? release.version,
    state: version.waits ? 'waiting' : 'visible',
    integrity: release.integrity,
    digest: archive.sha256,
    size: archive.size,
    record: JSON.stringify(release.record),
    manifest: JSON.stringify(manifest.raw),
    files: JSON.stringify(archive.files),
    artifacts: JSON.stringify(artifacts),
    published: release.record.published ?? '',
    publisher_id: version.userId,
    signature: version.request.signature ?? null,
    waitingTags: version.waitingTags,
  }
}

/** Tags that are asked for when a version that waits is published again: they wait with it. */
async function waitForTags(
  deps: Deps,
  caller: Caller,
  {
    tx,
    pkg,
    release: { version },
    tags,
  }: {
    readonly tx: Db
    readonly pkg: StoredPackage | undefined
    readonly release: Release
    readonly tags: readonly TagMove[]
  },
): Promise<void> {
  const row = pkg?.rows.get(version)
  if (pkg === undefined || row === undefined) return
  const before = JSON.parse(row.waiting_tags) as string[]
  const after = [...new Set([...before, ...tags.map(({ tag }) => tag)])]
  if (after.length === before.length) return
  await writeWaitingTags(tx, row.id, after)
  const target = { package: pkg.access.name, version }
  await record(deps, caller, { tx, event: 'tag.wait', target, metadata: { before, after } })
}

function identityOf({ actor }: Caller): string {
  return actor.kind === 'user' ? actor.name : ''
}

function answer({ manifest, release }: Offer, { decision: { kind, tags }, waits }: Decided): PublishAnswer {
  const { integrity, size, version } = release
  const moves = tags.map(({ tag, from, to }: TagMove) => ({ tag, from: from ?? null, to }))
  return { kind, name: manifest.name, version, integrity, size, tags: moves, state: waits ? 'waiting' : 'visible' }
}

/**
 * Whether `latest` should follow a version that becomes visible late: not back to one that was published earlier, unless
 * that was yanked.
 */
export function followsLatest(pkg: StoredPackage, version: Release['version']): boolean {
  const current = pkg.document.tags.get(LATEST)
  const rows = [current, version].map(each => (each === undefined ? undefined : pkg.rows.get(each)))
  const [now, next] = rows
  if (now === undefined || next === undefined || now.yanked === 1) return true
  return (
    next.published > now.published || (next.published === now.published && compareVersions(version, now.version) > 0)
  )
}
