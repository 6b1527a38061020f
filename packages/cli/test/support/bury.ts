import { spawnSync } from 'node:child_process'
import { readdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { pid } from 'node:process'

/** Of a process that is not there any more. */
const DEAD = String(spawnSync(process.execPath, ['--version']).pid)

/**
 * Claims and temporary files say which process made them, and in a test that process lives on, unlike one that was killed. So
 * that they are told from those of a living one, they get the number of one that has ended.
 */
export function bury(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) bury(path)
    const buried = entry.name.replace(`.${String(pid)}.`, `.${DEAD}.`)
    if (buried !== entry.name) renameSync(path, join(folder, buried))
  }
}
