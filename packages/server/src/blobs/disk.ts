/** Archives in a folder, each under its digest: written beside its place, made durable, and put there in one step. */
import { type FileHandle, mkdir, open, readFile, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { randomBytes } from 'node:crypto'
import type { Readable } from 'node:stream'
import { AamError, fail } from '@aam/core'

/** The bytes of archives, to be looked at; they are named by their hex SHA-256 and never change. */
export type StoredBlobs = {
  /** All of a blob; `undefined` when it is not there. */
  readonly read: (digest: string) => Promise<Buffer | undefined>
  /**
   * A part of a blob, both ends included.
   * @throws REGISTRY_UNAVAILABLE also when it is not there
   */
  readonly stream: (digest: string, part: { readonly start: number; readonly end: number }) => Promise<Readable>
  /** Bytes; `undefined` when it is not there. */
  readonly size: (digest: string) => Promise<number | undefined>
  readonly list: () => AsyncIterable<{ readonly digest: string; readonly modified: Date }>
  /** Names of uploads that nobody has written to since. */
  readonly listUploads: (before: Date) => Promise<string[]>
  readonly pathOf: (digest: string) => string
}

/** Where the bytes of archives are kept. */
export type Blobs = StoredBlobs & {
  readonly begin: () => Promise<Upload>
  /** Removes a blob unless it was kept since, perhaps anew; returns whether it did. */
  readonly removeOld: (digest: string, before: Date) => Promise<boolean>
  /** Removes uploads that nobody has written to since. */
  readonly removeUploads: (before: Date) => Promise<number>
  /** @throws REGISTRY_UNAVAILABLE, REGISTRY_FULL when nothing can be written */
  readonly checkWritable: () => Promise<void>
}

/** A blob that is arriving. Either `keep` or `drop` ends it. */
export type Upload = {
  readonly write: (chunk: Uint8Array) => Promise<void>
  /** Makes it durable under its digest. It takes the place of one that is there, and so counts as new again. */
  readonly keep: (digest: string) => Promise<void>
  readonly drop: () => Promise<void>
}

const UPLOADS = 'uploads'
const DIGEST = /^[0-9a-f]{64}$/

/** Looks at a folder of archives, and changes nothing. One that is not there has none. */
export function readDiskBlobs(folder: string): StoredBlobs {
  const pathOf = (digest: string): string => {
    if (!DIGEST.test(digest)) throw new Error(`'${digest}' is no digest`)
    return join(folder, digest.slice(0, 2), digest.slice(2))
  }
  return {
    read: async digest => guarded(async () => ifThere(async () => readFile(pathOf(digest)))),
    // Opened here, so that an answer that cannot be given is not begun.
    stream: async (digest, part) =>
      guarded(async () => (await open(pathOf(digest))).createReadStream({ ...part, highWaterMark: 64 * 1024 })),
    size: async digest => guarded(async () => (await ifThere(async () => stat(pathOf(digest))))?.size),
    list: () => listBlobs(folder),
    listUploads: async before => {
      const names: string[] = []
      for (const name of await entriesOf(join(folder, UPLOADS))) {
        const found = await guarded(async () => ifThere(async () => stat(join(folder, UPLOADS, name))))
        if (found !== undefined && found.mtime < before) names.push(name)
      }
      return names
    },
    pathOf,
  }
}

export async function openDiskBlobs(folder: string): Promise<Blobs> {
  await guarded(async () => mkdir(join(folder, UPLOADS), { recursive: true, mode: 0o700 }))
  const stored = readDiskBlobs(folder)
  const { pathOf, listUploads } = stored
  /** Folders of which this process knows that the disk has them. */
  const durable = new Set<string>()
  const keepFolder = async (path: string): Promise<void> => {
    if (durable.has(path)) return
    await syncFolder(folder)
    durable.add(path)
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
          await keepFolder(dirname(pathOf(digest)))
        }),
      // What cannot be removed now is swept later; it must not hide why the upload is given up.
      drop: async () => {
        await file.close().catch(ignoreErrno)
        await rm(temporary, { force: true }).catch(ignoreErrno)
      },
    }
  }
  return {
    ...stored,
    begin,
    removeOld: async (digest, before) =>
      guarded(async () => {
        const found = await ifThere(async () => stat(pathOf(digest)))
        if (found === undefined || found.mtime >= before) return false
        await rm(pathOf(digest), { force: true })
        return true
      }),
    removeUploads: async before => {
      const names = await listUploads(before)
      for (const name of names) await guarded(async () => rm(join(folder, UPLOADS, name), { force: true }))
      return names.length
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
  const folder = dirname(path)
  await makeFolder(folder)
  await rename(temporary, path)
  await syncFolder(folder)
}

/** Asked for it with all above it, Node gives another reason on a disk that is full. */
async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { mode: 0o700 }).catch((error: unknown) => {
    if (codeOf(error) !== 'EEXIST') throw error
  })
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  await handle.sync().finally(async () => handle.close())
}

async function* listBlobs(folder: string): AsyncGenerator<{ digest: string; modified: Date }> {
  for (const start of await entriesOf(folder)) {
    if (!/^[0-9a-f]{2}$/.test(start)) continue
    for (const rest of await entriesOf(join(folder, start))) {
      if (!DIGEST.test(start + rest)) continue
      const found = await guarded(async () => ifThere(async () => stat(join(folder, start, rest))))
      if (found !== undefined) yield { digest: start + rest, modified: found.mtime }
    }
  }
}

async function entriesOf(folder: string): Promise<string[]> {
  return ((await guarded(async () => ifThere(async () => readdir(folder)))) ?? []).sort()
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

function ignoreErrno(error: unknown): void {
  if (codeOf(error) === undefined) throw error
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
