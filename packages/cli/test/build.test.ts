/** `aam build`: one package as one platform has it, in a file that says what it is (UAAPS 12.4). */
import { execFile } from 'node:child_process'
import { chmodSync, readFileSync, utimesSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { sha256Hex } from '@aam/archive'
import { type Run, type Sandbox, createSandbox } from '@aam/testkit'
import { FULL, readBundleFiles, readBundleManifest } from './support/bundle-of.ts'
import { writeRichPackage } from './support/rich-package.ts'

const LAUNCHER = fileURLToPath(new URL('../bin/aam.cjs', import.meta.url))

/** `bundle.schema.json` as it is published. */
const SCHEMA = z.strictObject({
  format: z.literal('uaaps-bundle'),
  version: z.literal('1.0'),
  package: z.string().regex(/^(@[a-z0-9][a-z0-9_-]{0,63}\/)?[a-z0-9][a-z0-9-]{0,63}$/),
  package_version: z.string(),
  target: z.enum(['claude-code', 'cursor', 'copilot', 'codex', 'universal']),
  built_at: z.iso.datetime({ offset: true }),
  checksum: z.string().regex(/^sha256:[a-f0-9]{64}$/),
  artifacts: z
    .array(
      z.strictObject({
        type: z.enum(['skill', 'agent', 'command', 'rule', 'hook', 'mcp']),
        name: z.string(),
        path: z.string(),
      }),
    )
    .min(1),
})

let sandbox: Sandbox

beforeEach(() => {
  sandbox = createSandbox()
  writeRichPackage(sandbox, 'kit', { name: '@team/kit', version: '1.0.0', ...FULL })
})

afterEach(() => {
  sandbox.remove()
})

const build = async (args: string): Promise<Run> => sandbox.aam(`build ${args}`, { cwd: 'kit' })

describe.each(['claude-code', 'cursor', 'copilot', 'codex', 'universal'])('for %s', target => {
  const file = `kit/dist/team--kit-1.0.0-${target}.bundle.aam`

  beforeEach(async () => {
    expect(await build(`--target ${target}`)).toMatchObject({ code: 0 })
  })

  test('bundle.json is what the published schema asks for, and its paths are there', () => {
    const manifest = SCHEMA.parse(readBundleManifest(sandbox, file))
    expect(manifest).toMatchObject({ package: '@team/kit', package_version: '1.0.0', target })
    const paths = [...readBundleFiles(sandbox, file).keys()]
    for (const { path } of manifest.artifacts) {
      expect(paths.some(each => each === path || each.startsWith(`${path}/`))).toBe(true)
    }
  })

  test('the checksum is that of all other files', () => {
    const lines = [...readBundleFiles(sandbox, file).values()]
      .filter(({ path }) => path !== 'bundle.json')
      .map(({ path, data }) => `${sha256Hex(data)}  ${path}\n`)
    expect(readBundleManifest(sandbox, file)['checksum']).toBe(`sha256:${sha256Hex([...lines].sort(byPath).join(''))}`)
  })
})

const byPath = (a: string, b: string): number => (a.slice(66) < b.slice(66) ? -1 : 1)

describe('what is in it', () => {
  test('for Claude Code: its files as a project has them, parts of shared files as data, what hooks run, and the package', async () => {
    const { output } = await build('--target claude')
    expect(output).toContain('✓ Built @team/kit@1.0.0 for claude-code into ')
    const entries = readBundleFiles(sandbox, 'kit/dist/team--kit-1.0.0-claude-code.bundle.aam')
    expect([...entries.keys()]).toEqual([
      'bundle.json',
      'files/.aam/run/team--kit/hooks/scripts/check.sh',
      'files/.claude/agents/critic.md',
      'files/.claude/commands/go.md',
      'files/.claude/rules/style.md',
      'files/.claude/rules/team--kit.context.md',
      'files/.claude/skills/lint/SKILL.md',
      'files/.claude/skills/lint/scripts/lint.sh',
      'package.agent.json',
      'parts/hooks.json',
      'parts/mcp.json',
      'source/AGENTS.md',
      'source/agents/critic.md',
      'source/commands/go.md',
      'source/hooks/hooks.json',
      'source/hooks/scripts/check.sh',
      'source/mcp/servers.json',
      'source/rules/style/RULE.md',
      'source/skills/lint/SKILL.md',
      'source/skills/lint/scripts/lint.sh',
    ])
    expect(entries.get('files/.aam/run/team--kit/hooks/scripts/check.sh')?.executable).toBe(true)
    expect(JSON.parse(Buffer.from(entries.get('parts/mcp.json')!.data).toString())).toMatchObject({
      parts: [{ name: 'github', form: 'json', file: '.mcp.json', at: ['mcpServers'], key: 'github' }],
    })
  })

  test('for Cursor: what goes into AGENTS.md is a part of it', async () => {
    await build('--target cursor')
    const entries = readBundleFiles(sandbox, 'kit/dist/team--kit-1.0.0-cursor.bundle.aam')
    expect(JSON.parse(Buffer.from(entries.get('parts/context.json')!.data).toString())).toMatchObject({
      parts: [{ form: 'block', file: 'AGENTS.md', text: '# How we work with @team/kit\n\nAs 1.0.0 says.' }],
    })
  })

  test('what the platform cannot express is a warning each', async () => {
    const { stdout } = await build('--target universal --json')
    const { warnings } = JSON.parse(stdout) as { readonly warnings: readonly { readonly kind: string }[] }
    expect(warnings.map(({ kind }) => kind)).toEqual(['commands', 'agents', 'hooks', 'servers'])
  })

  test('other packages are not, and that is said', async () => {
    const manifest = sandbox.json('kit/package.agent.json')
    sandbox.write('kit/package.agent.json', { ...manifest, dependencies: { 'git-utils': '^1.0.0' } })
    expect((await build('--target cursor')).stderr).toContain('it depends on git-utils ^1.0.0')
  })

  test('neither are bundles that were built before', async () => {
    await build('--target cursor')
    const first = readFileSync(sandbox.path('kit/dist/team--kit-1.0.0-cursor.bundle.aam'))
    await build('--target claude')
    await build('--target cursor')
    expect(readFileSync(sandbox.path('kit/dist/team--kit-1.0.0-cursor.bundle.aam')).equals(first)).toBe(true)
    expect((await sandbox.aam('pack --dry-run', { cwd: 'kit' })).output).not.toContain('dist/')
  })
})

test.each(['claude', 'cursor'])('two machines build the same bytes for %s', async target => {
  const paths = ['kit', 'elsewhere/deep/kit']
  writeRichPackage(sandbox, 'elsewhere/deep/kit', { name: '@team/kit', version: '1.0.0', ...FULL })
  chmodSync(sandbox.path('elsewhere/deep/kit/skills/lint/SKILL.md'), 0o600)
  utimesSync(sandbox.path('elsewhere/deep/kit/commands/go.md'), 1, 1)
  const machines = [
    { umask: '022', TZ: 'UTC', LANG: 'C' },
    { umask: '077', TZ: 'Pacific/Kiritimati', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' },
  ]
  const built: Buffer[] = []
  for (const [index, { umask, ...env }] of machines.entries()) {
    const file = sandbox.path(`${String(index)}.bundle.aam`)
    await runIn(sandbox.path(paths[index]!), { umask, env, words: ['build', '--target', target, '-o', file] })
    built.push(readFileSync(file))
  }
  expect(built[0]!.equals(built[1]!)).toBe(true)
})

test('SOURCE_DATE_EPOCH is every time in it; without it, 1970', async () => {
  await sandbox.aam('build --target cursor', { cwd: 'kit', env: { SOURCE_DATE_EPOCH: '1700000000' } })
  const file = 'kit/dist/team--kit-1.0.0-cursor.bundle.aam'
  expect(readBundleManifest(sandbox, file)['built_at']).toBe('2023-11-14T22:13:20.000Z')
  await build('--target cursor')
  expect(readBundleManifest(sandbox, file)['built_at']).toBe('1970-01-01T00:00:00.000Z')
})

test('a dry run writes nothing', async () => {
  const before = sandbox.files('kit')
  expect((await build('--target cursor --dry-run')).output).toContain('Would build @team/kit@1.0.0 for cursor')
  expect(sandbox.files('kit')).toEqual(before)
})

test('from a sub-folder it is the same package, and `aam pkg build` the same command', async () => {
  expect(await sandbox.aam('pkg build --target cursor', { cwd: 'kit/skills/lint' })).toMatchObject({ code: 0 })
  expect(sandbox.exists('kit/dist/team--kit-1.0.0-cursor.bundle.aam')).toBe(true)
})

type Shell = {
  readonly umask: string
  readonly env: Readonly<Record<string, string>>
  readonly words: readonly string[]
}

async function runIn(cwd: string, { umask, env, words }: Shell): Promise<void> {
  const line = `umask ${umask} && exec "$@"`
  const everything = { PATH: process.env['PATH'] ?? '', HOME: sandbox.path('home'), ...env }
  const code = await new Promise<unknown>(resolve => {
    execFile('sh', ['-c', line, 'sh', process.execPath, LAUNCHER, ...words], { cwd, env: everything }, error => {
      resolve(error?.code ?? 0)
    })
  })
  expect(code).toBe(0)
}
