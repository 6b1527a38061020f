/** Reads one archive in a process of its own, and prints how that went: peak memory can only be measured like this. */
import { readFileSync } from 'node:fs'
import { argv, stdout } from 'node:process'
import { readArchive } from '@aam/archive'
import { isAamError } from '@aam/core'
import { peakKilobytes } from './peak-memory.ts'
import { archiveOf, member } from './tar-builder.ts'

export type Outcome = {
  /** A failure's code, `accepted`, or what else was thrown. */
  readonly result: string
  readonly milliseconds: number
  /** How far the largest resident size grew while reading. */
  readonly megabytes: number
}

const bytes = readFileSync(argv[2]!)
readArchive(archiveOf(member({ name: 'warm-up', data: 'x' })), 'warm-up')
const peakBefore = peakKilobytes()
const start = performance.now()
const result = attempt()
const outcome: Outcome = {
  result,
  milliseconds: performance.now() - start,
  megabytes: (peakKilobytes() - peakBefore) / 1024,
}
stdout.write(JSON.stringify(outcome))

function attempt(): string {
  try {
    readArchive(bytes, 'bomb.aam')
    return 'accepted'
  } catch (error) {
    return isAamError(error) ? error.code : String(error)
  }
}
