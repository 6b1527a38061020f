/** Starts the thread of `unpack-helper.ts` and shares the work with it. */
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { CachedPackage } from './cached-package.ts'

export type HelperTask = {
  readonly home: string
  readonly packages: readonly CachedPackage[]
  /** One shared number: the index of the next package that nobody has taken. */
  readonly next: SharedArrayBuffer
}

/** A package the helper took; without a manifest it could not do it. */
export type HelperResult = { readonly index: number; readonly manifest: string | undefined }

export type Helper = {
  /** The index of a package for the main thread to do; beyond the end when all are taken. */
  readonly take: () => number
  /** What the helper did, once it has finished. */
  readonly finish: () => Promise<readonly HelperResult[]>
  /** Stops it at once. */
  readonly stop: () => Promise<void>
}

/** Below this many packages, starting a thread costs more than it saves. */
const WORTHWHILE = 150

/** Shares `packages` with a helper thread where that is worthwhile; else the main thread takes them all. */
export function shareWork(program: string | undefined, { home, packages }: Omit<HelperTask, 'next'>): Helper {
  const next = new SharedArrayBuffer(4)
  const counter = new Int32Array(next)
  const take = (): number => Atomics.add(counter, 0, 1)
  if (program === undefined || packages.length < WORTHWHILE || availableParallelism() < 2) {
    return { take, finish: () => Promise.resolve([]), stop: () => Promise.resolve() }
  }
  const worker = new Worker(program, { workerData: { home, packages, next } satisfies HelperTask })
  const results = new Promise<readonly HelperResult[]>(resolve => {
    worker.once('message', resolve)
    // A thread that dies took some packages with it: the main thread finds out which by looking at what is missing.
    worker.once('error', () => {
      resolve([])
    })
    worker.once('exit', () => {
      resolve([])
    })
  })
  return {
    take,
    finish: () => results,
    stop: async () => {
      await worker.terminate()
    },
  }
}
