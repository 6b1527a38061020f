import { readFileSync } from 'node:fs'
import { platform, resourceUsage } from 'node:process'

/**
 * The largest resident size of this process so far. Linux counts into `maxRSS` what the parent had before it started this
 * process; `VmHWM` is ours alone.
 */
export function peakKilobytes(): number {
  if (platform !== 'linux') return resourceUsage().maxRSS
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1])
}
