/** Archives in a folder, each under its digest: written beside its place, made durable, and put there in one step. */
import { createReadStream } from 'node:fs'
import { type FileHandle, mkdir, open, readFile, readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import type { Readable } from 'node:stream'
import { AamError, fail } from '@aam/core'

/** Where the bytes of archives are; they are named by their hex SHA-256 and never change. */
export type Blobs = {
  readonly begin: () => Promise<Upload>
  /** All of a blob; `undefined` when it is not there. */
  readonly read: (digest: string) => Promise<Buffer | undefined>
  /** A part of a blob, both ends included. */
  readonly stream: (digest: string, part: { readonly start: number; readonly end: number }) => Readable
  /** Bytes; `undefined` when it is not there. */
  readonly size: (digest: string) => Promise<number | undefined>
  readonly list: () => AsyncIterable<{ readonly digest: string; readonly modified: Date }>
  readonly remove: (digest: string) => Promise<void>
  /** Removes uploads that nobody has written to since. */
  readonly removeUploads: (before: Date) => Promise<number>
  /** @throws REGISTRY_UNAVAILABLE, REGISTRY_FULL when nothing can be written */
  readonly checkWritable: () => Promise<void>
}

/** A blob that is arriving. Either `keep` or `drop` ends it. */
export type Upload = {
  readonly write: (chunk: Uint8Array) => Promise<void>
  /** Makes it durable under its digest. A blob that is there already is left as it is, and counts as new again. */
  readonly keep: (digest: string) => Promise<void>
  readonly drop: () => Promise<void>
}

const UPLOADS = 'uploads'
const DIGEST = /^[0-9a-f]{64}$/

export async function openDiskBlobs(folder: string): Promise<Blobs> {
  await guarded(async () => mkdir(join(folder, UPLOADS), { recursive: true, mode: 0o700 }))
  const pathOf = (digest: string): string => {
    if (!DIGEST.test(digest)) throw new Error(`'${digest}' is no digest`)
    return join(folder, digest.slice(0, 2), digest.slice(2))
  }
  const begin = async (): Promise<Upload> => {
    const temporary = join(folder, UPLOADS, randomBytes(12).toString('hex'))
    const file = await guarded(async () => open(temporary, 'wx', 0o600))
    return {
      write: async chunk => guarded(async () => writeAll(file, chunk)),
      keep: async digest =>
        guarded(async () => {
          await file.sync()
          await file.close()
          await putInPlace(temporary, pathOf(digest))
        }),
      drop: async () => {
        await file.close().catch(ignoreClosed)
        await rm(temporary, { force: true })
      },
    }
  }
  return {
    begin,
    read: async digest => guarded(async () => ifThere(async () => readFile(pathOf(digest)))),
    stream: (digest, part) => createReadStream(pathOf(digest), { ...part, highWaterMark: 64 * 1024 }),
    size: async digest => guarded(async () => (await ifThere(async () => stat(pathOf(digest))))?.size),
    list: () => listBlobs(folder),
    remove: async digest => rm(pathOf(digest), { force: true }),
    removeUploads: async before => {
      let removed = 0
      for (const name of await readdir(join(folder, UPLOADS))) {
        const path = join(folder, UPLOADS, name)
        const found = await ifThere(async () => stat(path))
        if (found === undefined || found.mtime >= before) continue
        await rm(path, { force: true })
        removed++
      }
      return removed
    },
    checkWritable: async () => {
      const probe = await begin()
      await probe.write(Buffer.from('probe')).finally(probe.drop)
    },
  }
}

async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.length;) at += (await file.write(chunk, at)).bytesWritten
}

async function putInPlace(temporary: string, path: string): Promise<void> {
  const folder = join(path, '..')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  if ((await ifThere(async () => stat(path))) === undefined) await rename(temporary, path)
  else {
    // The sweeper goes by age: this one is wanted again.
    const now = new Date()
    await utimes(path, now, now)
    await rm(temporary, { force: true })
  }
  await syncFolder(folder)
  await syncFolder(join(folder, '..'))
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  await handle.sync().finally(async () => handle.close())
}

async function* listBlobs(folder: string): AsyncGenerator<{ digest: string; modified: Date }> {
  for (const start of (await readdir(folder)).sort()) {
    if (!/^[0-9a-f]{2}$/.test(start)) continue
    for (const rest of (await readdir(join(folder, start))).sort()) {
      if (!DIGEST.test(start + rest)) continue
      const found = await ifThere(async () => stat(join(folder, start, rest)))
      if (found !== undefined) yield { digest: start + rest, modified: found.mtime }
    }
  }
}

async function ifThere<T>(act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act()
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}

/** Only that it is closed already is fine. */
function ignoreClosed(error: unknown): void {
  if (codeOf(error) !== 'EBADF' && codeOf(error) !== 'ERR_INVALID_STATE') throw error
}

/** What is the matter with the disk is no defect of ours. */
async function guarded<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ENOSPC' || code === 'EDQUOT') {
      throw new AamError('REGISTRY_FULL', { what: 'the disk of the archives is full' }, { cause: error })
    }
    if (code === undefined || !/^E[A-Z0-9]+$/.test(code)) throw error
    return fail('REGISTRY_UNAVAILABLE', { why: `the archives cannot be read or written (${code})` }, { cause: error })
  }
}
