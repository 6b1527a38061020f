/**
 * `npm run bench`: how fast the things are that people wait for, as ratios to a yardstick measured in the same run, in
 * turn, so that a machine that slows down slows both. Absolute times are shown for orientation only.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { packArchive } from '@aam/archive'
import { initFolderRegistry, openFolderRegistry } from '@aam/client'
import { renderTable } from './table.ts'

const AAM = fileURLToPath(new URL('../packages/cli/bin/aam.cjs', import.meta.url))
const BARE_LOOP = fileURLToPath(new URL('./bare-unpack.cjs', import.meta.url))
const BARE_COPY = fileURLToPath(new URL('./bare-copy.cjs', import.meta.url))
const PACKAGES = Number(process.env['BENCH_PACKAGES'] ?? 1000)
const RUNS = Number(process.env['BENCH_RUNS'] ?? 9)

/** In memory where there is a memory file system: creating files on a disk is what would be measured otherwise. */
const root = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'aam-bench-'))
const project = join(root, 'project')
const environment = {
  PATH: process.env['PATH'] ?? '',
  AAM_HOME: join(root, 'home'),
  AAM_REGISTRY: join(root, 'registry'),
}

type Sample = { readonly wall: number; readonly peak: number }
type Case = {
  readonly name: string
  readonly aim: string
  /** Runs before each measured run, not counted. */
  readonly prepare?: () => void
  readonly ours: readonly string[]
  readonly yardstick: { readonly name: string; readonly args: readonly string[]; readonly prepare?: () => void }
}

/** One process: wall time in milliseconds and peak memory in megabytes. */
function measure(args: readonly string[]): Sample {
  const start = process.hrtime.bigint()
  const { status, stderr } = spawnSync(process.execPath, ['--require', PROBE, ...args], {
    cwd: project,
    env: environment,
    encoding: 'utf8',
  })
  const wall = Number(process.hrtime.bigint() - start) / 1e6
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${String(status)}\n${stderr}`)
  return { wall, peak: Number(/peak (\d+)/.exec(stderr)?.[1] ?? 0) / 1024 }
}

/** Says the peak of its own process when it ends: the kernel's figure, loaded into both sides alike. */
const PROBE = join(root, 'probe.cjs')

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0
}

function compare({ name, aim, prepare, ours, yardstick }: Case): string[] {
  const samples: { readonly ours: Sample; readonly other: Sample }[] = []
  for (let run = -1; run < RUNS; run++) {
    prepare?.()
    const mine = measure(ours)
    yardstick.prepare?.()
    const other = measure(yardstick.args)
    if (run >= 0) samples.push({ ours: mine, other })
  }
  const ratios = samples.map(sample => sample.ours.wall / sample.other.wall).sort((a, b) => a - b)
  return [
    name,
    `${median(ratios).toFixed(2)} (${ratios[0]!.toFixed(2)}–${ratios.at(-1)!.toFixed(2)})`,
    aim,
    `${median(samples.map(sample => sample.ours.wall)).toFixed(0)} ms`,
    `${median(samples.map(sample => sample.other.wall)).toFixed(0)} ms ${yardstick.name}`,
    `${median(samples.map(sample => sample.ours.peak)).toFixed(0)} / ${median(samples.map(sample => sample.other.peak)).toFixed(0)} MB`,
  ]
}

/** Packages of five Markdown files in four folders, about 26 KB, each needing up to three others. */
async function publishPackages(): Promise<void> {
  const folder = join(root, 'registry')
  await initFolderRegistry(folder)
  const registry = openFolderRegistry({ root: folder, now: () => new Date(0) })
  let state = 1
  const random = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 4294967296
  const words = Array.from({ length: 2000 }, () => Math.floor(random() * 1e9).toString(36))
  const prose = (bytes: number): string => {
    let text = ''
    while (text.length < bytes) text += `${words[Math.floor(random() * words.length)]!} `
    return text
  }
  for (let index = 0; index < PACKAGES; index++) {
    const name = `pkg-${String(index)}`
    const children = [2 * index + 1, 2 * index + 2, 3 * index + 7].filter(child => child < PACKAGES && child > index)
    const manifest = {
      name,
      version: '1.0.0',
      description: `Package ${String(index)}`,
      dependencies: Object.fromEntries(children.map(child => [`pkg-${String(child)}`, '^1.0.0'])),
    }
    const files: [string, string][] = [
      ['package.agent.json', JSON.stringify(manifest, undefined, 2)],
      [`skills/${name}/SKILL.md`, `---\nname: ${name}\ndescription: Package ${String(index)}.\n---\n${prose(6000)}`],
      [`skills/${name}/references/guide.md`, prose(8000)],
      [`skills/${name}/assets/table.md`, prose(5000)],
      ['commands/run.md', prose(2000)],
      ['README.md', prose(5000)],
    ]
    const archive = packArchive(
      files.map(([path, text]) => ({ path, data: Buffer.from(text), executable: false })),
      { seconds: 0, archive: name },
    )
    await registry.publish(archive, {})
  }
  mkdirSync(project, { recursive: true })
  writeFileSync(
    join(project, 'package.agent.json'),
    JSON.stringify(
      { name: 'bench', version: '1.0.0', dependencies: { 'pkg-0': '^1.0.0', 'pkg-3': '^1.0.0' } },
      undefined,
      2,
    ),
  )
}

const wipe = (path: string): void => {
  rmSync(join(project, path), { recursive: true, force: true })
}

/** Deploying for two agents, which read two copies of every skill. */
function deployed(installed: number): string[][] {
  measure([AAM, 'install'])
  const wipeDeployed = (): void => {
    for (const path of ['.claude', '.agents', '.cursor', '.aam/state.json', 'copied']) wipe(path)
  }
  const ours = [AAM, 'deploy', '--platform', 'claude,cursor']
  const copy = {
    name: 'bare copy',
    args: [BARE_COPY, join(project, '.agent-packages'), join(project, 'copied/one'), join(project, 'copied/two')],
    prepare: () => {
      wipe('copied')
    },
  }
  const first = compare({
    name: `deploying ${String(installed)} for two`,
    aim: '3',
    prepare: wipeDeployed,
    ours,
    yardstick: copy,
  })
  measure([AAM, 'install'])
  const node = { name: 'node -e 0', args: ['-e', '0'] }
  const again = compare({ name: 'no-op install, deployed', aim: '3', ours: [AAM, 'install'], yardstick: node })
  wipeDeployed()
  return [first, again]
}

async function main(): Promise<void> {
  writeFileSync(
    PROBE,
    "process.on('exit', () => process.stderr.write('peak ' + process.resourceUsage().maxRSS + '\\n'))\n",
  )
  await publishPackages()
  measure([AAM, 'install'])
  const installed = readdirSync(join(project, '.agent-packages')).filter(name => !name.startsWith('.')).length
  const node = { name: 'node -e 0', args: ['-e', '0'] }
  const bare = {
    name: 'bare loop',
    args: [BARE_LOOP, join(root, 'home', 'cache'), join(project, 'bare')],
    prepare: () => {
      wipe('bare')
    },
  }
  const registry = join(root, 'registry')
  const parse = {
    name: 'node reading index.json',
    args: ['-e', `JSON.parse(require('node:fs').readFileSync(${JSON.stringify(join(registry, 'index.json'))}))`],
  }
  const rows = [
    ['what', 'ratio (min–max)', 'aim', 'aam', 'yardstick', 'peak'],
    compare({ name: '--version', aim: '1.2', ours: [AAM, '--version'], yardstick: node }),
    compare({ name: `no-op install of ${String(installed)}`, aim: '3', ours: [AAM, 'install'], yardstick: node }),
    compare({
      name: `${String(installed)} packages from cache and lock`,
      aim: '1.3',
      prepare: () => {
        wipe('.agent-packages')
        wipe('.aam')
      },
      ours: [AAM, 'install'],
      yardstick: bare,
    }),
    compare({
      name: `${String(installed)} packages from cache, no lock`,
      aim: '–',
      prepare: () => {
        wipe('.agent-packages')
        wipe('.aam')
        wipe('package.agent.lock')
      },
      ours: [AAM, 'install'],
      yardstick: bare,
    }),
    compare({
      name: `${String(installed)} packages cold`,
      aim: '–',
      prepare: () => {
        for (const path of ['.agent-packages', '.aam', 'package.agent.lock', '../home']) wipe(path)
      },
      ours: [AAM, 'install'],
      yardstick: bare,
    }),
    ...deployed(installed),
    compare({ name: `search among ${String(PACKAGES)}`, aim: '3', ours: [AAM, 'search', 'package'], yardstick: parse }),
    compare({
      name: `tag in a registry of ${String(PACKAGES)}`,
      aim: '–',
      ours: [AAM, 'dist-tag', 'add', 'pkg-1@1.0.0', 'stable'],
      yardstick: parse,
    }),
  ]
  console.log(renderTable(rows))
  console.log(
    `\nmedians of ${String(RUNS)} runs in turn, Node ${process.versions.node}, lock of ${String(Math.round(readFileSync(join(project, 'package.agent.lock')).length / 1024))} KB`,
  )
}

try {
  await main()
} finally {
  rmSync(root, { recursive: true, force: true })
}
