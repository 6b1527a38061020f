/** A disk that takes nothing any more from one call on: what a kill leaves, and what a full disk is. */
import type * as Files from 'node:fs'

/** How many more calls the disk takes, and how many it was asked to take. */
export const disk = { left: Infinity, calls: 0 }

const CHANGING = [
  'renameSync',
  'writeSync',
  'fsyncSync',
  'mkdirSync',
  'unlinkSync',
  'rmdirSync',
  'rmSync',
  'utimesSync',
  'chmodSync',
  'writeFileSync',
] as const

/** `node:fs` with every call that changes something guarded. For `vi.mock`. */
export function freezable(fs: typeof Files): typeof Files {
  const refuse = (call: string, path: unknown): void => {
    const named = typeof path === 'string' ? { path } : {}
    // A folder that is there is found, not made.
    if (call === 'mkdirSync' && fs.existsSync(String(path))) return
    disk.calls++
    if (disk.left-- > 0) return
    throw Object.assign(new Error(`ENOSPC: ${call}`), { code: 'ENOSPC', syscall: call, ...named })
  }
  const guarded = CHANGING.map(call => {
    const real = fs[call] as (...args: unknown[]) => unknown
    const guard = (...args: unknown[]): unknown => {
      refuse(call, args[0])
      return real(...args)
    }
    return [call, guard] as const
  })
  const openSync = (path: string, flags: string, mode?: number): number => {
    if (flags !== 'r') refuse('openSync', path)
    return fs.openSync(path, flags, mode)
  }
  return { ...fs, ...Object.fromEntries(guarded), openSync: openSync as typeof Files.openSync }
}
