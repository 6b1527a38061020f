/**
 * The load: connections that are kept, each with one request at a time, as raw sockets: what a client costs beyond reading
 * its answers would be measured with the server.
 */
import { type Socket, connect } from 'node:net'

export type Load = {
  readonly address: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly connections: number
  readonly milliseconds: number
  /** What every answer has to be. */
  readonly status: number
}
export type Loaded = {
  readonly requests: number
  readonly seconds: number
  readonly bytes: number
  /** Share of a processor that the generator itself used. */
  readonly busy: number
  /** 99 of a hundred answers came within so many milliseconds. */
  readonly p99: number
}

const END = Buffer.from('\r\n\r\n')
/** What ends an answer that comes in chunks; our own never do. */
const LAST_CHUNK = Buffer.from('\r\n0\r\n\r\n')

type Counter = { running: boolean; requests: number; bytes: number; readonly times: number[] }

function open(
  { address, path, headers, status }: Load,
  counter: Counter,
): { readonly start: () => void; readonly ended: Promise<void> } {
  const { hostname, port, host } = new URL(address)
  const lines = Object.entries({ host, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`)
  const request = Buffer.from(`GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`)
  const expected = Buffer.from(`HTTP/1.1 ${String(status)} `)
  /** Bytes of the body still to come; `undefined` while the head comes, infinite when nobody says how many. */
  let missing: number | undefined
  let rest = Buffer.alloc(0)
  let tail = Buffer.alloc(0)
  let started = 0
  let socket: Socket
  const send = (): void => {
    started = performance.now()
    socket.write(request)
  }
  const answered = (): void => {
    missing = undefined
    tail = Buffer.alloc(0)
    counter.requests++
    counter.times.push(performance.now() - started)
    if (counter.running) send()
    else socket.end()
  }
  const read = (chunk: Buffer): void => {
    counter.bytes += chunk.length
    if (missing === undefined) {
      const seen = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
      const end = seen.indexOf(END)
      if (end === -1) {
        rest = Buffer.from(seen)
        return
      }
      rest = Buffer.alloc(0)
      if (!seen.subarray(0, expected.length).equals(expected)) {
        throw new Error(`${path} was answered with ${seen.toString('latin1', 0, end)}`)
      }
      const length = /\ncontent-length: (\d+)/i.exec(seen.toString('latin1', 0, end))
      if (status === 304) missing = 0
      else missing = (length === null ? Infinity : Number(length[1])) - (seen.length - end - END.length)
    } else missing -= chunk.length
    if (missing === Infinity) {
      tail = Buffer.concat([tail, chunk.subarray(-LAST_CHUNK.length)]).subarray(-LAST_CHUNK.length)
      if (tail.equals(LAST_CHUNK)) answered()
    } else if (missing === 0) answered()
  }
  const ended = new Promise<void>((resolve, reject) => {
    socket = connect({
      host: hostname,
      port: Number(port),
      noDelay: true,
      onread: {
        buffer: Buffer.allocUnsafe(256 * 1024),
        callback: (length, buffer) => {
          read((buffer as Buffer).subarray(0, length))
          return true
        },
      },
    })
    socket.once('error', reject)
    socket.once('close', () => {
      if (counter.running) reject(new Error(`${address} closed a connection`))
      else resolve()
    })
  })
  return { start: send, ended }
}

async function run(load: Load): Promise<Loaded> {
  const counter: Counter = { running: true, requests: 0, bytes: 0, times: [] }
  const before = process.cpuUsage()
  const start = performance.now()
  const all = Array.from({ length: load.connections }, () => open(load, counter))
  for (const each of all) each.start()
  setTimeout(() => {
    counter.running = false
  }, load.milliseconds)
  await Promise.all(all.map(async each => each.ended))
  const seconds = (performance.now() - start) / 1000
  const { user, system } = process.cpuUsage(before)
  const times = Float64Array.from(counter.times).sort()
  return {
    requests: counter.requests,
    seconds,
    bytes: counter.bytes,
    busy: (user + system) / 1e6 / seconds,
    p99: times[Math.floor(times.length * 0.99)] ?? 0,
  }
}

process.on('message', (load: Load) => {
  void run(load).then(loaded => process.send!(loaded))
})
process.send!('ready')
