/**
 * The second pair of hands: a thread that unpacks cached packages beside the main one. Whatever it does not manage, the
 * main thread does again, so that there is one place where failures are reported.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { unpackCached } from './disk/cached-package.ts'
import type { HelperResult, HelperTask } from './disk/helper.ts'

const { home, packages, next } = workerData as HelperTask
const counter = new Int32Array(next)
const done: HelperResult[] = []
for (let index = Atomics.add(counter, 0, 1); index < packages.length; index = Atomics.add(counter, 0, 1)) {
  const package_ = packages[index]
  if (package_ !== undefined) done.push({ index, manifest: attempt(() => unpackCached(home, package_)) })
}
parentPort?.postMessage(done)

function attempt(unpack: () => string | undefined): string | undefined {
  try {
    return unpack()
  } catch (error) {
    if (error instanceof Error) return undefined
    throw error
  }
}
