/**
 * `npm run bench:registry`: how many requests a registry server answers, as ratios to a bare `node:http` server that sends
 * the same bytes with the same headers from memory, in the same run, in turn. Absolute figures are shown for orientation.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'
import { BUILD_OPTIONS } from '../../scripts/build-options.mjs'
import { renderTable } from '../table.ts'
import type { Canned } from './bare.ts'
import { type Child, type Started, memoryOf, processorOf, startChild } from './child.ts'
import type { Load, Loaded } from './load.ts'
import { type Package, npmBody, packPackage } from './packages.ts'
import { type Message, type Sent, send, sendAll } from './send.ts'
import { measureSlow } from './slow.ts'
import { startVerdaccio } from './verdaccio.ts'

const ROUNDS = Number(process.env['BENCH_RUNS'] ?? 7)
const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 1)
/** A regular expression: only what has such a name is measured. */
const ONLY = new RegExp(process.env['BENCH_ONLY'] ?? '')
const CONNECTIONS = 32
const VERSIONS = 500
const PASSWORD = 'a password for benchmarks'

/** On a disk, as registries are: a publish waits until its bytes are there. */
const root = mkdtempSync(join(process.env['BENCH_FOLDER'] ?? tmpdir(), 'aam-bench-'))
const PROGRAMS = join(root, 'programs')

type Server = Child & { readonly address: string }
/** The same thing asked of each server. */
type Reading = {
  readonly name: string
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly ours: string
  readonly npm: string
}
type Side = { readonly rate: number; readonly processor: number; readonly busy: number; readonly p99: number }

/** In the way the program is bundled. */
function bundle(): void {
  buildSync({
    ...BUILD_OPTIONS,
    entryPoints: Object.fromEntries(
      ['serve', 'bare', 'load'].map(each => [each, fileURLToPath(new URL(`${each}.ts`, import.meta.url))]),
    ),
    outdir: PROGRAMS,
    external: ['@photostructure/sqlite'],
    legalComments: 'none',
  })
}

async function startProgram<T>(name: string, env: Readonly<Record<string, string>> = {}): Promise<Started<T>> {
  const modules = fileURLToPath(new URL('../../node_modules', import.meta.url))
  return startChild<T>(join(PROGRAMS, `${name}.cjs`), { NODE_PATH: modules, NODE_EXTRA_CA_CERTS: '', ...env })
}

async function startOurs(): Promise<Server> {
  const child = await startProgram<{ address: string }>('serve', {
    DATA_DIR: join(root, 'data'),
    PORT: '0',
    ADMIN_USER: 'root',
    ADMIN_PASSWORD: PASSWORD,
    RATE_LIMIT_WRITE: '0',
  })
  return { ...child, address: child.hello.address }
}

async function startBare(): Promise<Server> {
  const folder = join(root, 'bare')
  mkdirSync(folder)
  const child = await startProgram<{ address: string }>('bare', { BARE_FOLDER: folder })
  return { ...child, address: child.hello.address }
}

async function signIn({ address }: Server): Promise<string> {
  const { body } = await send({
    method: 'POST',
    url: `${address}/users/login`,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify({ name: 'root', password: PASSWORD })),
  })
  return (JSON.parse(body.toString('utf8')) as { token: string }).token
}

/** What each kind of server is sent to publish a package. */
type Publisher = { readonly server: Server; readonly message: (pkg: Package) => Message }

function publishers(
  { ours, bare, verdaccio }: Servers,
  token: string,
): { readonly ours: Publisher; readonly bare: Publisher; readonly verdaccio: Publisher | undefined } {
  const headers = { 'content-type': 'application/gzip' }
  return {
    ours: {
      server: ours,
      message: pkg => ({
        method: 'POST',
        url: `${ours.address}/packages`,
        headers: { ...headers, authorization: `Bearer ${token}` },
        body: packPackage(pkg),
      }),
    },
    bare: {
      server: bare,
      message: pkg => ({ method: 'POST', url: bare.address, headers, body: packPackage(pkg) }),
    },
    verdaccio: verdaccio && {
      server: verdaccio,
      message: pkg => ({
        method: 'PUT',
        url: `${verdaccio.address}/${pkg.name}`,
        headers: { 'content-type': 'application/json' },
        body: npmBody(pkg, verdaccio.address),
      }),
    },
  }
}

type Servers = { readonly ours: Server; readonly bare: Server; readonly verdaccio: Server | undefined }

function versionsOf(name: string, count: number, bytes = 100): Package[] {
  return Array.from({ length: count }, (_, index) => ({ name, version: `1.${String(index)}.0`, bytes }))
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN
}

function spread(numbers: readonly number[]): string {
  const sorted = [...numbers].sort((a, b) => a - b)
  return `${median(sorted).toFixed(2)} (${sorted[0]!.toFixed(2)}–${sorted.at(-1)!.toFixed(2)})`
}

/** An answer as the bare server is to give it: what Node adds by itself left out. */
function toCanned({ status, headers, body }: Sent): Canned {
  const own = Object.entries(headers).filter(([name]) => !['date', 'connection', 'keep-alive'].includes(name))
  return { status, headers: Object.fromEntries(own) as Record<string, string>, body: body.toString('base64') }
}

async function measureOnce(server: Server, generator: Child, load: Omit<Load, 'connections'>): Promise<Side> {
  const before = processorOf(server.pid)
  const loaded = await generator.ask<Loaded>({ ...load, connections: CONNECTIONS })
  const processor = (processorOf(server.pid) - before) / loaded.requests
  return { rate: loaded.requests / loaded.seconds, processor, busy: loaded.busy, p99: loaded.p99 }
}

async function measureReading({ ours, bare, verdaccio }: Servers, generator: Child): Promise<string[][]> {
  const tarball = '20 KB archive'
  const gzip = { 'accept-encoding': 'gzip' }
  const documents = (name: string): Pick<Reading, 'ours' | 'npm'> => ({ ours: `/packages/${name}`, npm: `/${name}` })
  const etag = async (url: string): Promise<string> => String((await send({ method: 'GET', url })).headers['etag'])
  const readings: Reading[] = [
    { name: '3 KB document', status: 200, headers: {}, ...documents('small') },
    { name: '318 KB document', status: 200, headers: {}, ...documents('large') },
    { name: '318 KB document, gzip', status: 200, headers: gzip, ...documents('large') },
    {
      name: tarball,
      status: 200,
      headers: {},
      ours: '/packages/tarball/1.0.0/tarball',
      npm: '/tarball/-/tarball-1.0.0.tgz',
    },
    { name: '304', status: 304, headers: {}, ...documents('small') },
  ]
  const chosen = readings.filter(({ name }) => ONLY.test(name))
  const headersFor = async (base: string, path: string, reading: Reading): Promise<Record<string, string>> =>
    reading.status === 304 ? { 'if-none-match': await etag(base + path) } : { ...reading.headers }
  const canned: Canned[] = []
  for (const reading of chosen) {
    const headers = await headersFor(ours.address, reading.ours, reading)
    canned.push(toCanned(await send({ method: 'GET', url: ours.address + reading.ours, headers })))
  }
  await bare.ask(canned)
  const rows: string[][] = []
  for (const [index, reading] of chosen.entries()) {
    const { status } = reading
    const load = async (base: string, path: string, seconds = SECONDS): Promise<Omit<Load, 'connections'>> => ({
      address: base,
      path,
      status,
      headers: await headersFor(base, base === bare.address ? '' : path, reading),
      milliseconds: seconds * 1000,
    })
    const mine = await load(ours.address, reading.ours)
    const yardstick = { ...mine, address: bare.address, path: `/${String(index)}` }
    const other = verdaccio === undefined ? undefined : await load(verdaccio.address, reading.npm)
    const samples: { readonly ours: Side; readonly bare: Side; readonly other: Side | undefined }[] = []
    for (let round = -1; round < ROUNDS; round++) {
      const one = await measureOnce(ours, generator, mine)
      const two = await measureOnce(bare, generator, yardstick)
      const three = verdaccio && other && (await measureOnce(verdaccio, generator, other))
      if (round >= 0) samples.push({ ours: one, bare: two, other: three })
    }
    const { length } = Buffer.from(canned[index]!.body, 'base64')
    rows.push([
      `${reading.name} (${String(length)} B)`,
      spread(samples.map(sample => sample.bare.rate / sample.ours.rate)),
      '1.5',
      median(samples.map(sample => sample.ours.processor / sample.bare.processor)).toFixed(2),
      verdaccio === undefined ? '–' : median(samples.map(sample => sample.ours.rate / sample.other!.rate)).toFixed(1),
      `${median(samples.map(sample => sample.ours.rate)).toFixed(0)}, ${median(samples.map(sample => sample.ours.p99)).toFixed(1)} ms`,
      `${median(samples.map(sample => sample.bare.rate)).toFixed(0)}, ${median(samples.map(sample => sample.bare.p99)).toFixed(1)} ms`,
      `${Math.max(...samples.flatMap(sample => [sample.ours.busy, sample.bare.busy]).map(busy => busy * 100)).toFixed(0)} %`,
    ])
  }
  return rows
}

async function measurePublishing(all: ReturnType<typeof publishers>): Promise<string[][]> {
  const fresh = (label: string, count: number): Package[] =>
    Array.from({ length: count }, (_, index) => ({
      name: `${label}-${String(index)}`,
      version: '1.0.0',
      bytes: 11_000,
    }))
  const kinds = [
    { name: 'new packages, one after the other', atOnce: 1, make: (label: string) => fresh(label, 100) },
    { name: 'new packages, 8 at once', atOnce: 8, make: (label: string) => fresh(label, 200) },
    { name: '200 versions of one package', atOnce: 1, make: (label: string) => versionsOf(label, 200, 11_000) },
  ]
  const rows: string[][] = []
  for (const [index, { name, atOnce, make }] of kinds.entries()) {
    if (!ONLY.test(name)) continue
    const samples: { readonly ours: number; readonly bare: number; readonly other: number }[] = []
    const rounds = Math.max(3, Math.floor(ROUNDS / 2))
    for (let round = 0; round < rounds; round++) {
      const packages = make(`new-${String(index)}-${String(round)}`)
      const rate = async (publisher: Publisher | undefined): Promise<number> =>
        publisher === undefined
          ? Number.NaN
          : packages.length / (await sendAll(packages.map(publisher.message), atOnce))
      const [mine, yardstick, other] = [await rate(all.ours), await rate(all.bare), await rate(all.verdaccio)]
      samples.push({ ours: mine, bare: yardstick, other })
    }
    rows.push([
      name,
      spread(samples.map(sample => sample.bare / sample.ours)),
      all.verdaccio === undefined ? '–' : median(samples.map(sample => sample.ours / sample.other)).toFixed(1),
      median(samples.map(sample => sample.ours)).toFixed(0),
      median(samples.map(sample => sample.bare)).toFixed(0),
      all.verdaccio === undefined ? '–' : median(samples.map(sample => sample.other)).toFixed(0),
    ])
  }
  return rows
}

/** Memory of a server that has just been started, while many read slowly from a large archive. */
async function measureMemory(): Promise<string[][]> {
  const name = 'slow downloads'
  if (!ONLY.test(name)) return []
  const server = await startOurs()
  const path = '/packages/huge/1.0.0/tarball'
  const { more, bytes } = await measureSlow(server.pid, {
    address: server.address,
    path,
    clients: 32,
    speed: 200_000,
    seconds: 15,
  })
  const { peak } = memoryOf(server.pid)
  await server.stop()
  return [
    [
      `32 ${name} of 40 MB`,
      `${more.toFixed(0)} MB`,
      '64 MB',
      `${peak.toFixed(0)} MB`,
      `${(bytes / 1e6).toFixed(0)} MB`,
    ],
  ]
}

async function main(): Promise<void> {
  bundle()
  let ours = await startOurs()
  const bare = await startBare()
  const verdaccio = await startVerdaccio(root)
  if (verdaccio === undefined) {
    console.log('verdaccio is not installed: npm ci --prefix bench/registry/verdaccio\n')
  }
  const generator = await startProgram('load')
  const all = publishers({ ours, bare, verdaccio }, await signIn(ours))
  const published = [
    ...versionsOf('small', 5),
    ...versionsOf('large', VERSIONS),
    { name: 'tarball', version: '1.0.0', bytes: 20_000 },
  ]
  for (const { message } of [all.ours, all.verdaccio].filter(each => each !== undefined)) {
    await sendAll(published.map(message), 1)
  }
  await sendAll([all.ours.message({ name: 'huge', version: '1.0.0', bytes: 40_000_000 })], 1)
  // As after a start: what publishing left in memory is not what reading takes.
  await ours.stop()
  ours = await startOurs()
  const servers = { ours, bare, verdaccio }
  const reading = await measureReading(servers, generator)
  const publishing = await measurePublishing(publishers(servers, await signIn(ours)))
  for (const child of [ours, bare, verdaccio, generator]) await child?.stop()
  const memory = await measureMemory()
  const tables = [
    [['reading', 'ratio (min–max)', 'aim', 'CPU', '× verdaccio', 'aam, p99', 'bare, p99', 'generator'], reading],
    [['publishing', 'ratio (min–max)', '× verdaccio', 'aam/s', 'bare/s', 'verdaccio/s'], publishing],
    [['memory', 'more than idle', 'aim', 'peak', 'read'], memory],
  ] as const
  for (const [head, rows] of tables) if (rows.length > 0) console.log(`${renderTable([[...head], ...rows])}\n`)
  console.log(`medians of ${String(ROUNDS)} rounds in turn, Node ${process.versions.node}`)
}

try {
  await main()
} finally {
  rmSync(root, { recursive: true, force: true })
}
