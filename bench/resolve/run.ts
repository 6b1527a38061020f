/**
 * `npm run bench:resolve`: how fast versions are chosen, as ratios to a parser reading the same universe as JSON in the
 * same run, in turn. Absolute times are shown for orientation only.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'
import { BUILD_OPTIONS } from '../../scripts/build-options.mjs'
import { renderTable } from '../table.ts'
import type { Facts, Root } from './documents.ts'
import { FAMILIES, disjoint } from './families.ts'
import { type Instance, LARGE_CASES, NPM_LIKE, readInstance, rootsOf } from './instances.ts'
import type { Grown, Once, Warm } from './measure.ts'

const RUNS = Number(process.env['BENCH_RUNS'] ?? 9)

const root = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'aam-bench-'))
const PROGRAM = join(root, 'measure.cjs')
const PROBE = join(root, 'probe.cjs')
/** The yardstick of whole processes: Node with a parsed universe. */
const PARSE = join(root, 'parse.cjs')

type Ended = { readonly output: string; readonly wall: number; readonly peak: number }

/** One process: what it prints, wall time in milliseconds, peak memory in megabytes. */
function start(args: readonly string[]): Ended {
  const begun = process.hrtime.bigint()
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--require', PROBE, ...args], { encoding: 'utf8' })
  const wall = Number(process.hrtime.bigint() - begun) / 1e6
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${String(status)}\n${stderr}`)
  return { output: stdout, wall, peak: Number(/peak (\d+)/.exec(stderr)?.[1] ?? 0) / 1024 }
}

function prepare(): void {
  buildSync({
    ...BUILD_OPTIONS,
    entryPoints: { measure: fileURLToPath(new URL('measure.ts', import.meta.url)) },
    outdir: root,
    legalComments: 'none',
  })
  writeFileSync(
    PROBE,
    "process.on('exit', () => process.stderr.write('peak ' + process.resourceUsage().maxRSS + '\\n'))\n",
  )
  writeFileSync(PARSE, "globalThis.held = JSON.parse(require('node:fs').readFileSync(process.argv[2], 'utf8'))\n")
}

function writeJson(name: string, value: unknown): string {
  const path = join(root, `${name}.json`)
  writeFileSync(path, JSON.stringify(value))
  return path
}

function warm(instance: Instance): string[] {
  const { name, satisfiable, aim } = instance
  const facts = readInstance(instance)
  const roots = rootsOf(instance, facts)
  const result = JSON.parse(start([PROGRAM, 'warm', writeJson(name, { facts, roots }), String(RUNS)]).output) as Warm
  if (result.satisfiable !== satisfiable) {
    throw new Error(`${String(result.satisfiable)} roots of ${name} were solved; ${String(satisfiable)} can be`)
  }
  const ratio = (time: number): string => (time / result.parse).toFixed(1)
  return [
    `${name}, ${String(roots.length)} roots`,
    String(satisfiable),
    ratio(result.search),
    ratio(result.solve),
    aim === undefined ? '–' : String(aim),
    ratio(result.compile),
    ratio(result.decode),
    `${result.search.toFixed(1)} ms`,
    `${result.worst.toFixed(2)} ms`,
    `${result.parse.toFixed(2)} ms`,
  ]
}

function grown({ name }: (typeof FAMILIES)[number]): string[] {
  const sizes = JSON.parse(start([PROGRAM, 'family', name, String(RUNS)]).output) as Grown[]
  const perVersion = sizes.map(({ search, versions }) => (search * 1000) / versions)
  const last = sizes.at(-1)!
  return [
    name,
    ...sizes.map(({ versions }, at) => `${String(versions)}: ${perVersion[at]!.toFixed(2)} µs`),
    (perVersion.at(-1)! / perVersion[0]!).toFixed(2),
    '1',
    (last.search / last.parse).toFixed(3),
    (last.compile / last.parse).toFixed(1),
  ]
}

type Cold = { readonly name: string; readonly facts: Facts; readonly wanted: Root; readonly aim: string }

/** Fresh processes that answer one question, in turn with ones that only parse the same universe. */
function cold({ name, facts, wanted, aim }: Cold): string[] {
  const file = writeJson('cold', facts)
  const pairs = Array.from({ length: RUNS }, () => ({
    ours: start([PROGRAM, 'once', file, JSON.stringify(wanted)]),
    bare: start([PARSE, file]),
  }))
  const inside = pairs.map(({ ours }) => JSON.parse(ours.output) as Once)
  if (inside.some(({ kind }) => kind !== 'solved')) throw new Error(`${name} was not solved`)
  const ratios = pairs.map(({ ours, bare }) => ours.wall / bare.wall).sort((a, b) => a - b)
  const milliseconds = (times: readonly number[]): string => `${median(times).toFixed(1)} ms`
  const megabytes = (ended: readonly Ended[]): string => `${median(ended.map(({ peak }) => peak)).toFixed(0)} MB`
  return [
    name,
    `${median(ratios).toFixed(2)} (${ratios[0]!.toFixed(2)}–${ratios.at(-1)!.toFixed(2)})`,
    milliseconds(pairs.map(({ ours }) => ours.wall)),
    milliseconds(pairs.map(({ bare }) => bare.wall)),
    milliseconds(inside.map(({ parse }) => parse)),
    milliseconds(inside.map(({ solve }) => solve)),
    megabytes(pairs.map(({ ours }) => ours)),
    aim,
    megabytes(pairs.map(({ bare }) => bare)),
  ]
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)]!
}

function show(title: string, rows: readonly (readonly string[])[]): void {
  console.log(`${title}\n${renderTable(rows)}\n`)
}

function main(): void {
  prepare()
  show('Warm: every root, one after the other; times as multiples of parsing the instance', [
    ['instance', 'solvable', 'search', 'solve', 'aim', 'compile', 'decode', 'search', 'worst root', 'parse'],
    ...[...LARGE_CASES, NPM_LIKE].map(warm),
  ])
  show('Growing: the search, in time for each version that every package has', [
    ['family', ...['', '', '', ''], 'growth', 'aim', 'search/parse', 'compile/parse'],
    ...FAMILIES.map(grown),
  ])
  const largeCase = readInstance(LARGE_CASES[0]!)
  const { facts, root: wanted } = disjoint(300, 200)
  show('Cold: one question in a fresh process, and a fresh process that only parses', [
    ['question', 'ratio (min–max)', 'ours', 'bare', 'parse inside', 'the rest inside', 'peak', 'aim', 'bare'],
    cold({ name: 'large_case, one root', facts: largeCase, wanted: rootsOf(LARGE_CASES[0]!, largeCase)[0]!, aim: '–' }),
    cold({ name: 'disjoint, 60,000 versions', facts, wanted, aim: '300 MB' }),
  ])
  console.log(`best of ${String(RUNS)} runs in turn, medians of cold ones; Node ${process.versions.node}`)
}

try {
  main()
} finally {
  rmSync(root, { recursive: true, force: true })
}
