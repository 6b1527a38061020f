/** Inspects one file on its way in a process of its own, and prints how that went. */
import { createReadStream } from 'node:fs'
import { argv, stdout } from 'node:process'
import { chunksOf, verdictOf } from './arriving.ts'
import { peakKilobytes } from './peak-memory.ts'
import { archiveOf, member } from './tar-builder.ts'

export type Outcome = {
  readonly code: string
  readonly milliseconds: number
  /** How far the largest resident size grew while inspecting. */
  readonly megabytes: number
  /** Packed bytes that were asked for. */
  readonly read: number
  /** How often something else could have run. */
  readonly turns: number
}

await verdictOf(chunksOf(archiveOf(member({ name: 'warm-up', data: 'x' })), 100), 'warm-up')
const peakBefore = peakKilobytes()
const start = performance.now()
let read = 0
let turns = 0
let running = true
countTurns()
const { code } = await verdictOf(arriving(argv[2]!), 'bomb.aam')
running = false
const outcome: Outcome = {
  code,
  milliseconds: performance.now() - start,
  megabytes: (peakKilobytes() - peakBefore) / 1024,
  read,
  turns,
}
stdout.write(JSON.stringify(outcome))

async function* arriving(path: string): AsyncGenerator<Buffer> {
  for await (const chunk of createReadStream(path)) {
    read += (chunk as Buffer).length
    yield chunk as Buffer
  }
}

function countTurns(): void {
  turns++
  if (running) setImmediate(countTurns)
}
