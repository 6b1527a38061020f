/**
 * Puts sandboxes into memory where the system has a place for that. For tests that sync files thousands of times and look
 * at what is done in which order; how long a disk takes for it says nothing there.
 */
import { accessSync, constants } from 'node:fs'

export function useMemoryDisk(): void {
  try {
    accessSync('/dev/shm', constants.W_OK)
    process.env['TMPDIR'] = '/dev/shm'
  } catch (error) {
    if (!(error instanceof Error)) throw error
  }
}
