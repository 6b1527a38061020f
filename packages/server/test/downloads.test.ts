import { existsSync, readFileSync, readdirSync, readlinkSync } from 'node:fs'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { packArchive } from '@aam/archive'
import { type TestServer, startTestServer } from '@aam/testkit'

const MEGABYTE = 1024 * 1024
const CLIENTS = 24
const LINUX = existsSync('/proc/self/fd')

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
  const text = '{"name":"large","version":"1.0.0"}'
  const archive = packArchive(
    [
      { path: 'package.agent.json', data: Buffer.from(text), executable: false },
      { path: 'data.bin', data: randomBytes(20 * MEGABYTE), executable: false },
    ],
    { seconds: 0, archive: 'large' },
  )
  await server.registry(await server.addUser('ann')).publish(archive, {})
})
afterAll(async () => server.remove())

/** Asks for the archive, reads its beginning and then no more. */
async function beginDownload(): Promise<() => void> {
  const { hostname, port } = new URL(server.address)
  const socket = connect({ host: hostname, port: Number(port) })
  socket.write('GET /packages/large/1.0.0/tarball HTTP/1.1\r\nhost: test\r\n\r\n')
  const head = await new Promise<Buffer>(resolve => socket.once('data', resolve))
  socket.pause()
  expect(head.toString('latin1', 0, 15)).toBe('HTTP/1.1 200 OK')
  return () => socket.destroy()
}

/** Files of the server that are open. */
function openBlobs(): number {
  return readdirSync('/proc/self/fd').filter(descriptor => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`).startsWith(`${server.dataFolder}/blobs/`)
    } catch {
      return false
    }
  }).length
}

async function until(met: () => boolean): Promise<void> {
  for (let tries = 0; !met() && tries < 200; tries++) await sleep(50)
}

function held(): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1024
}

describe.skipIf(!LINUX)('downloads of somebody who does not read on', () => {
  test('take little memory, and leave no file open when they end in the middle', async () => {
    expect(openBlobs()).toBe(0)
    const before = held()
    const ends = await Promise.all(Array.from({ length: CLIENTS }, beginDownload))
    // Long enough for a server that does not wait for its readers to read every archive to its end.
    await sleep(1000)
    expect(openBlobs()).toBe(CLIENTS)
    expect(held() - before).toBeLessThan((CLIENTS * 20) / 4)
    for (const end of ends) end()
    await until(() => openBlobs() === 0)
    expect(openBlobs()).toBe(0)
  })

  test('do not keep others waiting', async () => {
    const ends = await Promise.all(Array.from({ length: CLIENTS }, beginDownload))
    const answer = await server.request('/packages/large/1.0.0/tarball', { headers: { range: 'bytes=0-9' } })
    expect([answer.status, (await answer.arrayBuffer()).byteLength]).toEqual([206, 10])
    for (const end of ends) end()
    await until(() => openBlobs() === 0)
  })
})

describe('figures for Prometheus', () => {
  test('requests are counted by method, route and status, and timed', async () => {
    await server.request('/packages/large')
    await server.request('/packages/large', { method: 'HEAD' })
    await server.request('/packages/nothing')
    const text = await (await server.request('/metrics')).text()
    expect(text).toMatch(/^aam_http_requests_total\{method="GET",route="\/packages\/:name",status="200"\} 1$/m)
    expect(text).toMatch(/^aam_http_requests_total\{method="HEAD",route="\/packages\/:name",status="200"\} 1$/m)
    expect(text).toMatch(/^aam_http_requests_total\{method="GET",route="\/packages\/:name",status="404"\} 1$/m)
    const name = 'aam_http_request_duration_seconds'
    expect(text).toMatch(new RegExp(`^${name}_bucket\\{le="\\+Inf",method="GET",route="/packages/:name"\\} 2$`, 'm'))
    expect(text).toMatch(new RegExp(`^${name}_count\\{method="GET",route="/packages/:name"\\} 2$`, 'm'))
    expect(text).toMatch(/^process_cpu_seconds_total \d/m)
  })
})
