/**
 * Whatever is done in whatever order, and wherever it is stopped: the user's bytes are untouched, and ours are exactly what
 * lock, targets and the user's files say (D36).
 */
import type * as Files from 'node:fs'
import { appendFileSync, cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import fc from 'fast-check'
import { parse } from 'jsonc-parser'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type Run, type Sandbox, createSandbox } from '@aam/testkit'
import { bury } from './support/bury.ts'
import { disk } from './support/frozen-disk.ts'
import { useMemoryDisk } from './support/memory-disk.ts'
import { type RichPackage, publishRich } from './support/rich-package.ts'

useMemoryDisk()
vi.mock('node:fs', async original => {
  const { freezable } = await import('./support/frozen-disk.ts')
  return freezable(await original<typeof Files>())
})

const RUNS = process.env['AAM_LONG'] === '1' ? 300 : 12

const PACKAGES: readonly RichPackage[] = [
  { name: 'alpha', version: '1.0.0', skills: ['lint', 'old'], commands: ['go'], hooks: ['Bash'], servers: ['github'] },
  {
    name: 'alpha',
    version: '1.1.0',
    skills: ['lint', 'new'],
    commands: ['go'],
    hooks: ['Bash', 'Write'],
    context: true,
  },
  { name: 'alpha', version: '2.0.0', rules: ['style'], agents: ['critic'], servers: ['github', 'files'] },
  { name: '@team/beta', version: '1.0.0', skills: ['lint'], rules: ['style'], hooks: ['Bash'], servers: ['github'] },
  { name: '@team/beta', version: '1.1.0', skills: ['lint', 'more'], commands: ['go'], context: true },
  { name: 'gamma', version: '1.0.0', rules: ['tone'], agents: ['critic'], context: true, servers: ['files'] },
]
const PLATFORMS = ['claude', 'cursor', 'copilot', 'codex', 'gemini', 'opencode', 'windsurf', 'universal']
/** Where users have things of their own, some of them where packages go. */
const OWN_FILES = [
  '.claude/skills/lint/SKILL.md',
  '.claude/skills/mine/SKILL.md',
  '.agents/skills/lint/SKILL.md',
  '.agents/skills/more/notes.md',
  '.claude/commands/go.md',
  '.cursor/rules/style.mdc',
  '.github/agents/critic.agent.md',
  '.claude/rules/mine.md',
]
/** Files that users and packages write: as the user has them. */
const SHARED: Readonly<Record<string, string>> = {
  '.mcp.json': '{\n  "user": true\n}\n',
  '.claude/settings.json': '{\n\t"model": "opus", // ours\n\t"hooks": { }\n}\n',
  '.cursor/mcp.json': '{"mcpServers": {"mine": {"command": "x"}}}',
  '.vscode/mcp.json': '{\n    "servers": {\n    },\n}\n',
  'opencode.json': '{\r\n  "theme": "dark"\r\n}\r\n',
  'AGENTS.md': '# Us\n\nBe kind.\n',
  '.codex/config.toml': 'model = "o"\n\n[mcp_servers.mine]\ncommand = "x"\n',
}

type Operation =
  | { readonly kind: 'aam'; readonly line: string; readonly dies: number | undefined }
  | { readonly kind: 'own'; readonly path: string; readonly text: string }
  | { readonly kind: 'disown'; readonly path: string }
  | { readonly kind: 'edit'; readonly nth: number }
  | { readonly kind: 'targets'; readonly platforms: readonly string[] }
  | { readonly kind: 'lose'; readonly what: '.aam/state.json' | '.agent-packages' }

const line = fc.oneof(
  fc.constantFrom(...PACKAGES).map(({ name, version }) => `install ${name}@${version}`),
  fc.constantFrom('uninstall alpha', 'uninstall @team/beta', 'uninstall gamma'),
  fc.constantFrom('update', 'install', 'install --force', 'prune', 'deploy', 'undeploy --platform claude', 'undeploy'),
)
const dies = fc.option(fc.nat({ max: 120 }), { nil: undefined, freq: 2 })
const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('aam' as const), line, dies }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('own' as const),
      path: fc.constantFrom(...OWN_FILES),
      text: fc.constantFrom('mine\n', 'mine too', ''),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('disown' as const), path: fc.constantFrom(...OWN_FILES) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('edit' as const), nth: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('targets' as const), platforms: fc.subarray(PLATFORMS) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('lose' as const),
      what: fc.constantFrom('.aam/state.json' as const, '.agent-packages' as const),
    }),
  },
)

let template: Sandbox

beforeAll(async () => {
  template = createSandbox()
  await template.aam('registry init registry --default')
  for (const rich of PACKAGES) await publishRich(template, rich)
  template.clear('work')
  template.write('home/.aam/config.yaml', 'registries:\n  default: ../../registry\n')
})

afterAll(() => {
  template.remove()
})

/** A project in a sandbox of its own, and what its user has in it. */
type World = {
  readonly sandbox: Sandbox
  /** Files of the user's alone. */
  readonly own: Map<string, string>
  /** Files that we wrote and the user changed since. */
  readonly edited: Map<string, string>
  /** The folders and files that these are part of: what was edited stays whole. */
  readonly whole: string[]
}

function createWorld(shared: readonly string[]): World {
  const sandbox = createSandbox()
  cpSync(template.root, sandbox.root, { recursive: true })
  mkdirSync(sandbox.path('.git'))
  sandbox.write('app/package.agent.json', { name: 'app', version: '1.0.0' })
  for (const file of shared) sandbox.write(`app/${file}`, SHARED[file] ?? '')
  return { sandbox, own: new Map(), edited: new Map(), whole: [] }
}

const run = async ({ sandbox }: World, command: string): Promise<Run> => {
  const approves = /^(?:install|update|deploy)/.test(command) ? ' --approve-executables' : ''
  return sandbox.aam(`${command}${approves}`, { cwd: 'app' })
}

/** What is asked of a project that lacks it. */
const REFUSED =
  /^Error: (?:.*is not installed here|.*not a direct|There is no package\.agent\.lock|.*no lock|.*not installed\n)|nobody has approved it yet/m

async function perform(world: World, operation: Operation): Promise<void> {
  const { sandbox, own, edited } = world
  switch (operation.kind) {
    case 'aam':
      if (operation.dies !== undefined) {
        disk.left = operation.dies
        await run(world, operation.line)
        disk.left = Infinity
        bury(sandbox.root)
      }
      {
        const { code, output } = await run(world, operation.line)
        expect({ code, output, line: operation.line }).toSatisfy(
          (result: Run) => result.code === 0 || REFUSED.test(result.output),
        )
      }
      return
    case 'own': {
      // Where something of ours is, writing it is editing it.
      const path = `app/${operation.path}`
      const isOurs = sandbox.exists(path) && !own.has(operation.path)
      mkdirSync(dirname(sandbox.path(path)), { recursive: true })
      writeFileSync(sandbox.path(path), operation.text)
      if (isOurs) world.whole.push(rootOf(sandbox, operation.path))
      ;(isOurs ? edited : own).set(operation.path, operation.text)
      return
    }
    case 'disown':
      if (own.delete(operation.path)) rmSync(sandbox.path('app', operation.path))
      return
    case 'edit': {
      const ours = ourFiles(sandbox)
      const path = ours[operation.nth % Math.max(1, ours.length)]
      if (path === undefined || own.has(path)) return
      appendFileSync(sandbox.path('app', path), 'by hand\n')
      edited.set(path, sandbox.read(`app/${path}`))
      world.whole.push(rootOf(sandbox, path))
      return
    }
    case 'targets':
      sandbox.write('app/.aam/config.yaml', `platforms: [${operation.platforms.join(', ')}]\n`)
      return
    case 'lose':
      sandbox.clear(`app/${operation.what}`)
  }
}

type Entry = { readonly form: string; readonly files?: Readonly<Record<string, string>>; readonly root?: string }

function ledgerOf(sandbox: Sandbox): readonly Entry[] {
  if (!sandbox.exists('app/.aam/state.json')) return []
  const { deployed } = sandbox.json('app/.aam/state.json') as { deployed?: { entries: readonly Entry[] } }
  return deployed?.entries ?? []
}

function ourFiles(sandbox: Sandbox): string[] {
  return ledgerOf(sandbox)
    .flatMap(({ files }) => Object.keys(files ?? {}))
    .filter(path => sandbox.exists(`app/${path}`))
}

function rootOf(sandbox: Sandbox, path: string): string {
  return ledgerOf(sandbox).find(({ files }) => Object.hasOwn(files ?? {}, path))?.root ?? dirname(path)
}

function expectUntouched({ sandbox, own, edited }: World): void {
  for (const [path, text] of [...own, ...edited]) {
    expect({ path, text: sandbox.exists(`app/${path}`) ? sandbox.read(`app/${path}`) : 'gone' }).toEqual({ path, text })
  }
}

/** What agents and people see: everything but what is aam's own business. */
function visible(sandbox: Sandbox): Record<string, string> {
  return Object.fromEntries(
    Object.entries(sandbox.files('app')).filter(
      ([path]) => !/^(?:\.agent-packages\/|\.aam\/(?!run\/)|package\.agent\.)/.test(path),
    ),
  )
}

/** What a JSON text says: parts in any order, and without empty brackets, whose owner nobody knows once a ledger is lost. */
function meaning(text: string): unknown {
  const simple = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value
    const parts: unknown[] = Array.isArray(value)
      ? value.map(simple)
      : Object.entries(value).map(([key, inner]) => [key, simple(inner)])
    const full = parts.filter(part => part !== undefined && !(Array.isArray(part) && part[1] === undefined))
    return full.length === 0 ? undefined : full.map(part => JSON.stringify(part)).sort()
  }
  return simple(parse(text, [], { allowTrailingComma: true }))
}

/** Files as they are compared with those of another machine. */
function normal(files: Readonly<Record<string, string>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(files).flatMap(([path, text]) => {
      if (!path.endsWith('.json')) return [[path, text]]
      const said = meaning(text)
      return said === undefined ? [] : [[path, said]]
    }),
  )
}

/** The same project, lock, settings and user's files on a machine that has never seen it. */
async function fresh({ sandbox, own }: World, shared: readonly string[]): Promise<Record<string, string>> {
  const other = createWorld(shared)
  for (const [path, text] of own) other.sandbox.write(`app/${path}`, text)
  // Folders that users once had something in still show that they use the agent.
  for (const folder of ['.claude', '.cursor', '.github/agents', '.codex']) {
    if (sandbox.exists(`app/${folder}`)) mkdirSync(other.sandbox.path('app', folder), { recursive: true })
  }
  for (const file of ['package.agent.json', 'package.agent.lock', '.aam/config.yaml', '.aam/approvals.json']) {
    if (sandbox.exists(`app/${file}`)) other.sandbox.write(`app/${file}`, sandbox.read(`app/${file}`))
  }
  await run(other, 'install')
  const files = visible(other.sandbox)
  other.sandbox.remove()
  return files
}

test("the user's bytes untouched, ours exact", { timeout: 3_600_000 }, async () => {
  const story = fc.record({
    shared: fc.subarray(Object.keys(SHARED)),
    operations: fc.array(operation, { minLength: 3, maxLength: 12 }),
  })
  await fc.assert(
    fc.asyncProperty(story, async ({ shared, operations }) => {
      const world = createWorld(shared)
      const { sandbox, own, edited } = world
      try {
        await run(world, 'install alpha@1.0.0')
        for (const each of operations) {
          await perform(world, each)
          expectUntouched(world)
        }
        const settled = await run(world, 'install')
        expect(settled).toMatchObject({ code: 0 })
        expectUntouched(world)
        const status = await sandbox.aam('status --json', { cwd: 'app' })
        const { result } = JSON.parse(status.stdout) as { result: { changes: { change: string }[] } }
        expect(result.changes.filter(({ change }) => !['edited', 'in-the-way'].includes(change))).toEqual([])
        if (edited.size === 0) expect(normal(visible(sandbox))).toEqual(normal(await fresh(world, shared)))
        expect(await run(world, 'undeploy')).toMatchObject({ code: 0 })
        expectUntouched(world)
        const left = visible(sandbox)
        const theirs = Object.fromEntries([...shared.map(file => [file, SHARED[file] ?? ''] as const), ...own])
        const ours = Object.keys(left).filter(path => !(path in theirs) && !edited.has(path))
        expect(ours.filter(path => !world.whole.some(root => path.startsWith(`${root}/`)))).toEqual([])
        const lost = operations.some(({ kind }) => kind === 'lose')
        for (const [path, text] of Object.entries(theirs)) {
          const said = lost && path.endsWith('.json') ? meaning : String
          expect({ path, text: said(left[path] ?? '') }).toEqual({ path, text: said(text) })
        }
      } finally {
        disk.left = Infinity
        sandbox.remove()
      }
    }),
    { numRuns: RUNS },
  )
})
