/** Packages: found, read, published. */
import {
  type PackageName,
  type Version,
  directoryName,
  explainName,
  fail,
  mayRead,
  parseTag,
  requireAccess,
  requireReader,
} from '@aam/core'
import type { PackagePage, TagsAnswer } from '@aam/core/wire'
import { accessRules, nameOf } from '../../actions/deps.ts'
import { publish } from '../../actions/publish.ts'
import { findVersion, readAttachment, readVersion } from '../../actions/read-version.ts'
import { search } from '../../actions/search.ts'
import { type Served, tagsOf } from '../../actions/served.ts'
import { packageDocument, packagePage, publishAnswer, tagsAnswer, versionAnswer } from '../answers.ts'
import { linkToNext } from '../next-page.ts'
import { type Answer, type Call, type HttpDeps, type Route, baseOf, decodeWith, defineRoute, param } from '../route.ts'
import { publishFields, publishQuery, searchQuery } from '../schemas.ts'
import { type KeptBlobs, sendArchive, sendDocument } from '../send-document.ts'
import { readUpload } from '../upload.ts'

const PAGE = 50

/** A name of the path: what cannot be one is not there. */
export function nameParam(call: Pick<Call<unknown, unknown>, 'params' | 'deps'>): PackageName {
  const name = param(call, 'name')
  if (explainName(name) === undefined) return name as PackageName
  return fail('PACKAGE_NOT_FOUND', { name: name.slice(0, 140), registry: nameOf(call.deps) })
}

/**
 * A document, for somebody who may read it; one in which there is nothing to see is not there.
 * @throws UNAUTHORIZED, PACKAGE_NOT_FOUND
 */
function requireServed({ deps, caller, params }: Call<unknown, unknown>): Served {
  const name = nameParam({ params, deps })
  const rules = accessRules(deps)
  requireReader(caller.actor, name, rules)
  const served = deps.reader.document(name)
  if (served === undefined || served.empty || !mayRead(caller.actor, served.access, rules)) {
    return fail('PACKAGE_NOT_FOUND', { name, registry: nameOf(deps) })
  }
  requireAccess(caller.actor, 'read', { pkg: served.access, rules, registry: nameOf(deps) })
  return served
}

const list = defineRoute({
  method: 'GET',
  path: '/packages',
  summary: 'Search and list packages',
  who: 'everybody, for what they may see',
  query: searchQuery,
  json: packagePage,
  answers: [[200, 'A page of packages, best first; the next is in Link, all are counted in X-Total-Count']],
  handle: ({ deps, caller, query }) => {
    const { q = '', type, scope, sort = 'relevance', limit = PAGE, cursor } = query
    const found = search(deps, caller, { words: [q], type, scope, sort, limit, cursor })
    const json: PackagePage = { packages: found.packages, total: found.total }
    const link = linkToNext(query, found.cursor)
    return { json, headers: { 'x-total-count': String(found.total), ...link } }
  },
})

const document = defineRoute({
  method: 'GET',
  path: '/packages/:name',
  summary: 'Everything there is to know for resolving: all versions, tags, owners',
  who: 'everybody who may see the package',
  json: packageDocument,
  answers: [
    [200, 'The package document'],
    [304, 'The client has it'],
    [404, 'PACKAGE_NOT_FOUND'],
  ],
  handle: call => {
    sendDocument(call.request, call.reply, requireServed(call))
    return undefined
  },
})

const tags = defineRoute({
  method: 'GET',
  path: '/packages/:name/tags',
  summary: 'The tags of a package',
  who: 'everybody who may see the package',
  json: tagsAnswer,
  answers: [[200, 'Tags and what each names, latest first']],
  handle: call => {
    const served = requireServed(call)
    const json: TagsAnswer = { package: served.access.name, tags: tagsOf(served) }
    return { json }
  },
})

const version = defineRoute({
  method: 'GET',
  path: '/packages/:name/:version',
  summary: 'One version, by its number or a tag',
  who: 'everybody who may see the package; a version that waits: approvers and members',
  json: versionAnswer,
  answers: [
    [200, 'The version with its manifest, files, approvals'],
    [404, 'VERSION_NOT_FOUND, TAG_NOT_FOUND'],
    [410, 'PACKAGE_YANKED: the tag names a yanked version'],
  ],
  handle: async ({ deps, caller, params, request }) => {
    const base = baseOf({ deps, request })
    const name = nameParam({ params, deps })
    requireReader(caller.actor, name, accessRules(deps))
    return { json: await readVersion(deps, caller, { name, version: params['version'] ?? '', base }) }
  },
})

/** @param kept small archives */
export function tarballRoute(kept: KeptBlobs): Route {
  return defineRoute({
    method: 'GET',
    path: '/packages/:name/:version/tarball',
    summary: 'The archive of a version',
    who: 'everybody who may see the package; a version that waits: approvers and members',
    json: undefined,
    answers: [
      [200, 'The archive'],
      [206, 'A part of it'],
      [304, 'The client has it'],
      [416, 'There is no such part'],
    ],
    handle: call => {
      const { deps, request, reply, params } = call
      const name = nameParam({ params, deps })
      const send = (archive: FoundArchive): Answer | Promise<Answer> => {
        const count = (counted: boolean): Answer => {
          if (counted && archive.packageId !== undefined) deps.downloads.count(archive.packageId, archive.version)
          return undefined
        }
        const file = `${directoryName(name)}-${archive.version}.aam`
        const sent = sendArchive({ request, reply }, { ...archive, file }, { blobs: deps.blobs, kept })
        if (sent instanceof Promise) return sent.then(count)
        count(sent)
        return undefined
      }
      const found = findServedArchive(call, name)
      return found === undefined ? findHiddenArchive(call, name).then(send) : send(found)
    },
  })
}

type FoundArchive = {
  readonly digest: string
  readonly integrity: string
  readonly size: number
  readonly version: string
  readonly visibility: 'public' | 'private'
  /** `undefined`: not counted. */
  readonly packageId: number | undefined
}

/** @throws UNAUTHORIZED */
function findServedArchive(
  { deps, caller, params }: Call<unknown, unknown>,
  name: PackageName,
): FoundArchive | undefined {
  const rules = accessRules(deps)
  requireReader(caller.actor, name, rules)
  const served = deps.reader.document(name)
  if (served === undefined || !mayRead(caller.actor, served.access, rules)) return undefined
  const found = deps.reader.archive(served, params['version'] ?? '')
  return found && { ...found, packageId: served.packageId, visibility: served.access.visibility }
}

/** One that waits for approval; or there is none, which is said in full. */
async function findHiddenArchive(
  { deps, caller, params }: Call<unknown, unknown>,
  name: PackageName,
): Promise<FoundArchive> {
  const version = params['version'] ?? ''
  const { row } = await findVersion(deps, caller, { name, version })
  if (row.version !== version) return fail('VERSION_NOT_FOUND', { name, version: version.slice(0, 256) })
  const { digest, integrity, size } = row
  return { digest, integrity, size, version: row.version, visibility: 'private', packageId: undefined }
}

const attachment = (what: 'signature' | 'provenance'): Route =>
  defineRoute({
    method: 'GET',
    path: `/packages/:name/:version/${what}`,
    summary: `The ${what} of a version, as it was published`,
    who: 'everybody who may see the package',
    json: undefined,
    answers: [
      [200, `The ${what}`],
      [404, 'SIGNATURE_NOT_FOUND'],
    ],
    handle: async ({ deps, caller, params, reply }) => {
      const name = nameParam({ params, deps })
      requireReader(caller.actor, name, accessRules(deps))
      const text = await readAttachment(deps, caller, { name, version: params['version'] ?? '', what })
      void reply.header('content-type', 'text/plain; charset=utf-8').header('cache-control', 'no-cache').send(text)
      return undefined
    },
  })

const publishRoute = defineRoute({
  method: 'POST',
  path: '/packages',
  summary: 'Publish an archive',
  who: 'an owner or maintainer; anybody signed in for a new name',
  query: publishQuery,
  raw: true,
  json: publishAnswer,
  answers: [
    [200, 'The registry had exactly this archive'],
    [201, 'Published'],
    [403, 'FORBIDDEN, APPROVAL_REQUIRED, TAG_NOT_ALLOWED'],
    [409, 'VERSION_CONFLICT, TAG_PROTECTED, VISIBILITY_SETTLED'],
    [413, 'TOO_LARGE'],
    [422, 'ARCHIVE_INVALID, MANIFEST_INVALID, TAG_INVALID'],
    [507, 'REGISTRY_FULL'],
  ],
  handle: async ({ deps, caller, query, request }) => {
    const upload = readUpload(request, { limit: deps.config.maxArchiveSize, timeouts: deps.timeouts })
    const json = await publish(deps, caller, {
      bytes: upload.bytes,
      dryRun: query.dryRun === true,
      options: () => {
        const fields = decodeWith(publishFields, Object.fromEntries(upload.fields), 'The form')
        const tag = fields.tag ?? query.tag
        return {
          tag: tag === undefined || tag === '' ? undefined : parseTag(tag),
          keepLatest: fields.keepLatest ?? query.keepLatest === true,
          force: fields.force ?? query.force === true,
          visibility: fields.access ?? query.access,
          signature: fields.signature,
        }
      },
    })
    return { status: json.kind === 'publish' && query.dryRun !== true ? 201 : 200, json }
  },
})

export const PACKAGE_ROUTES: readonly Route[] = [
  list,
  publishRoute,
  document,
  tags,
  version,
  attachment('signature'),
  attachment('provenance'),
]

/** @throws VERSION_INVALID as something that is not there */
export function versionParam({ params }: Pick<Call<unknown, unknown>, 'params'>, name: PackageName): Version {
  const text = params['version'] ?? ''
  return text.length <= 256 && /^\d/.test(text)
    ? (text as Version)
    : fail('VERSION_NOT_FOUND', { name, version: text.slice(0, 256) })
}

export type { HttpDeps }
