/** Clients that read slowly, as raw sockets, and what a server holds in memory meanwhile. */
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { memoryOf } from './child.ts'

export type Slow = {
  readonly address: string
  readonly path: string
  readonly clients: number
  /** Bytes a second that each of them takes. */
  readonly speed: number
  readonly seconds: number
}

/** Reads, and then ends in the middle. Returns the bytes that were taken. */
async function readSlowly({ address, path, speed, seconds }: Slow): Promise<number> {
  const { hostname, port, host } = new URL(address)
  const socket = connect({ host: hostname, port: Number(port) })
  socket.write(`GET ${path} HTTP/1.1\r\nhost: ${host}\r\n\r\n`)
  const start = performance.now()
  let taken = 0
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    taken += chunk.length
    const elapsed = performance.now() - start
    if (elapsed > seconds * 1000) break
    await sleep(Math.max(0, (taken / speed) * 1000 - elapsed))
  }
  socket.destroy()
  return taken
}

/** Megabytes more than before that a server held at the most while they read. */
export async function measureSlow(pid: number, slow: Slow): Promise<{ readonly more: number; readonly bytes: number }> {
  const before = memoryOf(pid).now
  const taken = await Promise.all(Array.from({ length: slow.clients }, async () => readSlowly(slow)))
  return { more: memoryOf(pid).peak - before, bytes: taken.reduce((sum, each) => sum + each, 0) }
}
