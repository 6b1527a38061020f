import {
  type Integrity,
  type PackageDocument,
  type PackageName,
  type PackageSummary,
  type Tag,
  type TagMove,
  type Version,
  decodeDocument,
  decodeSummary,
  fail,
} from '@aam/core'
import { type Move, routes } from '@aam/core/wire'
import type { Registry } from '../registry.ts'
import { readPages } from './pages.ts'
import { isPage, parseJson, typeOf } from './refusal.ts'
import { anyObject, decode, list, object } from './shape.ts'
import { type Answer, jsonBody } from './request.ts'
import type { Transport } from './transport.ts'
import {
  deprecateAnswer,
  publishAnswer,
  removeTagAnswer,
  setTagAnswer,
  versionAnswer,
  yankAnswer,
} from './wire-shapes.ts'

/** Packages on a page, as many as a registry gives. */
const PAGE = 200

/** A registry server, seen from outside (`docs/http-api.md`). Nothing is sent before something is asked. */
export function openHttpRegistry(transport: Transport): Registry {
  const { send } = transport
  return {
    address: transport.address,
    fetchDocument: async name => fetchDocument(transport, name),
    fetchArchive: async (name, version) => {
      const path = routes.tarball(name, version)
      return (await send({ method: 'GET', path, want: 'archive' })).body
    },
    fetchVersionFacts: async (name, version) => {
      const answer = await send({ method: 'GET', path: routes.version(name, version) })
      const { publisher, status, approvals, downloads } = decode(answer, versionAnswer)
      return {
        publisher,
        status,
        approvals: approvals.map(({ user, status: said }) => ({ user, status: said })),
        downloads,
      }
    },
    publish: async (archive, { tag, keepLatest, force, dryRun, access }) => {
      const answer = await send({
        method: 'POST',
        path: routes.packages(),
        query: { tag, keepLatest: whenTrue(keepLatest), force: whenTrue(force), dryRun: whenTrue(dryRun), access },
        body: { type: 'application/gzip', bytes: archive },
        // The same archive again changes nothing (D29).
        idempotent: true,
      })
      const { kind, name, version, integrity, size, tags, state } = decode(answer, publishAnswer)
      return {
        kind,
        name: name as PackageName,
        version: version as Version,
        integrity: integrity as Integrity,
        size,
        tags: tags.map(tagMove),
        state,
      }
    },
    setTag: async (name, { tag, version, force }) => {
      const body = jsonBody({ version, ...(force ? { force } : {}) })
      const answer = decode(await send({ method: 'PUT', path: routes.tag(name, tag), body }), setTagAnswer)
      return tagMove({ tag: answer.tag, from: answer.previous, to: answer.version })
    },
    removeTag: async (name, { tag, force }) => {
      const query = { force: whenTrue(force) }
      const answer = await send({ method: 'DELETE', path: routes.tag(name, tag), query })
      return decode(answer, removeTagAnswer).previous as Version
    },
    deprecate: async (name, { range, message }) => {
      const path = routes.deprecate(name, range.text)
      const answer = await send(
        message === undefined
          ? { method: 'DELETE', path }
          : { method: 'POST', path, body: jsonBody({ message }), idempotent: true },
      )
      const { kind, versions, message: stored } = decode(answer, deprecateAnswer)
      return { kind, versions: versions as readonly Version[], message: stored ?? undefined }
    },
    yank: async (name, { version, undo }) => {
      const path = routes.yank(name, version)
      const answer = await send(undo ? { method: 'DELETE', path } : { method: 'POST', path, idempotent: true })
      const { kind, latest, tags, newest } = decode(answer, yankAnswer)
      return {
        kind,
        version,
        latest: latest === null ? undefined : tagMove(latest),
        tags: tags as readonly Tag[],
        newest: (newest ?? undefined) as Version | undefined,
      }
    },
    search: async words => {
      const q = words.join(' ').trim()
      return { packages: await readSummaries(transport, q === '' ? undefined : q), broken: [] }
    },
    listNames: async () => (await readSummaries(transport, undefined)).map(({ name }) => name),
  }
}

async function fetchDocument(transport: Transport, name: PackageName): Promise<PackageDocument | undefined> {
  const { documents, offline, address } = transport
  const path = routes.package(name)
  const kept = documents.read(path)
  const known = kept === undefined ? undefined : decodeBytes(kept.bytes, name)
  const usable = kept === undefined || known === undefined || 'why' in known ? undefined : { etag: kept.etag, known }
  if (offline) return usable?.known ?? fail('OFFLINE', { why: `${address} was not asked about ${name} before` })
  const answer = await transport.send({
    method: 'GET',
    path,
    headers: usable === undefined ? {} : { 'if-none-match': usable.etag },
    mayBeAbsent: true,
  })
  if (answer.status === 404) return undefined
  if (answer.status === 304) return usable?.known
  const document = isPage(answer) ? { why: `it sent ${typeOf(answer)}, not JSON` } : decodeBytes(answer.body, name)
  if ('why' in document) return fail('REGISTRY_ANSWER_INVALID', { url: answer.url, why: document.why })
  const etag = answer.headers['etag']
  if (typeof etag === 'string') documents.write(path, { etag, bytes: answer.body })
  return document
}

function decodeBytes(bytes: Buffer, name: PackageName): PackageDocument | { readonly why: string } {
  const document = decodeDocument(parseJson(bytes.toString('utf8')))
  if ('why' in document || document.name === name) return document
  return { why: `asked for ${name}, it sent ${document.name}` }
}

/** Every package that the words match, in the order of the registry; all of them without words. */
async function readSummaries(transport: Transport, q: string | undefined): Promise<PackageSummary[]> {
  const found: PackageSummary[] = []
  const request = { method: 'GET', path: routes.packages(), query: { q, limit: PAGE } } as const
  for await (const answer of readPages(transport, request)) found.push(...summariesIn(answer))
  return found
}

function summariesIn(answer: Answer): PackageSummary[] {
  const { packages } = decode(answer, object<{ readonly packages: readonly object[] }>({ packages: list(anyObject) }))
  return packages.map(
    (each, index) =>
      decodeSummary(each) ??
      fail('REGISTRY_ANSWER_INVALID', {
        url: answer.url,
        why: `packages[${String(index)}] is not a package in a line`,
      }),
  )
}

function tagMove({ tag, from, to }: Move): TagMove {
  return { tag: tag as Tag, from: (from ?? undefined) as Version | undefined, to: to as Version }
}

function whenTrue(wanted: boolean | undefined): 'true' | undefined {
  return wanted === true ? 'true' : undefined
}
