/**
 * Documents as a registry sent them, kept between runs with their ETags. They are kept for each registry and each token: what
 * one account may see says nothing about another. A cache that cannot be read or written is as good as none.
 */
import { join } from 'node:path'
import { sha256Hex } from '@aam/archive'
import { isAamError } from '@aam/core'
import { createFolder, placeDerived, readIfThere, sweepTemporaries } from '../files/index.ts'

export type CachedDocument = { readonly etag: string; readonly bytes: Buffer }

export type DocumentCache = {
  /** What was kept under `path`; `undefined` when there is nothing, or nothing whole. */
  readonly read: (path: string) => CachedDocument | undefined
  readonly write: (path: string, document: CachedDocument) => void
}

export const NO_CACHE: DocumentCache = { read: () => undefined, write: () => undefined }

/** ETags that can be sent back as they came (RFC 9110, 8.8.3). */
const ETAG = /^(?:W\/)?"[\x21\x23-\x7e]{0,200}"$/
const FORMAT = 'aam-document-1'

export function openDocumentCache({
  folder,
  address,
  token,
}: {
  readonly folder: string
  readonly address: string
  readonly token: string | undefined
}): DocumentCache {
  const place = join(folder, digest(`${address}\n${token === undefined ? '' : sha256Hex(Buffer.from(token))}`))
  const fileOf = (path: string): string => join(place, digest(path))
  let writable: boolean | undefined
  return {
    read: path => orNothing(() => decodeEntry(readIfThere(fileOf(path)), path)),
    write: (path, document) => {
      if (writable === false || !ETAG.test(document.etag)) return
      const written = orNothing(() => {
        if (writable === undefined) {
          createFolder(place)
          sweepTemporaries(place)
        }
        // Only its owner may read what a registry told only its owner.
        placeDerived(fileOf(path), encodeEntry(path, document), 0o600)
        return true
      })
      writable = written === true
    },
  }
}

/** A line about the document, then its bytes. The digest is of everything after it. */
function encodeEntry(path: string, { etag, bytes }: CachedDocument): Buffer {
  const rest = Buffer.concat([Buffer.from(`${path}\n${etag}\n`), bytes])
  return Buffer.concat([Buffer.from(`${FORMAT} ${sha256Hex(rest)}\n`), rest])
}

function decodeEntry(entry: Buffer | undefined, path: string): CachedDocument | undefined {
  const start = FORMAT.length + 1 + 64 + 1
  const rest = entry?.subarray(start)
  if (entry === undefined || rest === undefined) return undefined
  if (entry.toString('latin1', 0, start) !== `${FORMAT} ${sha256Hex(rest)}\n`) return undefined
  const [kept, etag] = [rest.indexOf('\n'), rest.indexOf('\n', rest.indexOf('\n') + 1)]
  if (rest.toString('utf8', 0, kept) !== path) return undefined
  return { etag: rest.toString('utf8', kept + 1, etag), bytes: rest.subarray(etag + 1) }
}

function digest(words: string): string {
  return sha256Hex(Buffer.from(words)).slice(0, 40)
}

/** What `act` returns; `undefined` when the disk does not let it. */
function orNothing<T>(act: () => T): T | undefined {
  try {
    return act()
  } catch (error) {
    if (isAamError(error) || (error instanceof Error && 'code' in error)) return undefined
    throw error
  }
}
