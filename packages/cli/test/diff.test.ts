/** `aam diff`: what a reviewer has to know comes first, and nothing that differs is left out. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { packArchive } from '@aam/archive'
import type { Registry } from '@aam/client'
import type { Tag, Version } from '@aam/core'
import { type Run, type Sandbox, createSandbox, named, startRegistry } from '@aam/testkit'

let sandbox: Sandbox
let registry: Registry

type Files = Readonly<Record<string, string | Uint8Array | { readonly run: string }>>

async function publish(version: string, manifest: object, files: Files) {
  const all: Files = {
    'package.agent.json': JSON.stringify({ name: '@team/review', version, description: 'Reviews', ...manifest }),
    ...files,
  }
  const entries = Object.entries(all).map(([path, file]) => {
    const executable = typeof file === 'object' && 'run' in file
    const data = executable ? file.run : file
    return { path, executable, data: typeof data === 'string' ? Buffer.from(data) : data }
  })
  await registry.publish(packArchive(entries, { seconds: 0, archive: 'review' }), {})
}

beforeEach(async () => {
  sandbox = createSandbox()
  registry = await startRegistry(sandbox, ['lint 1.0.0', 'lint 2.0.0'])
  await publish(
    '1.0.0',
    { dependencies: { lint: '^1.0.0' }, permissions: { fs: { read: ['**'] }, shell: { allow: false } } },
    {
      'skills/review/SKILL.md': 'one\ntwo\nthree\nfour\nfive\n',
      'docs/old.md': 'gone\n',
      'logo.png': new Uint8Array([1, 0, 2]),
      'scripts/check.sh': 'echo 1\n',
      tool: 'run\n',
    },
  )
  await publish(
    '1.1.0',
    {
      dependencies: { lint: '^2.0.0' },
      permissions: { fs: { read: ['**'] }, shell: { allow: true, binaries: ['git'] } },
    },
    {
      'skills/review/SKILL.md': 'one\ntwo\nTHREE\nfour\nfive\n',
      'hooks/hooks.json': '{}\n',
      'logo.png': new Uint8Array([1, 0, 3, 4]),
      'scripts/check.sh': 'echo 2\n',
      tool: { run: 'run\n' },
    },
  )
  sandbox.write('app/package.agent.json', { name: 'app', version: '1.0.0', dependencies: { '@team/review': '1.0.0' } })
  expect((await aam('install')).code).toBe(0)
})

afterEach(() => {
  sandbox.remove()
})

const aam = async (args: string): Promise<Run> => sandbox.aam(args, { cwd: 'app' })

test('requirements, permissions and executables come first, then the files, then the texts', async () => {
  const { stdout } = await aam('diff @team/review@1.0.0 @team/review@1.1.0')
  const [head, ...patches] = stdout.split('\n\n')
  expect(head).toBe(`@team/review@1.0.0 → @team/review@1.1.0
requirements:
  + dependencies.lint: ^2.0.0
  - dependencies.lint: ^1.0.0
permissions:
  + shell.allow: true
  + shell.binaries: git
  - shell.allow: false
executables:
  + hooks/hooks.json
  + tool
  ~ scripts/check.sh
files:
  + hooks/hooks.json        3 B
  ~ logo.png                3 B → 4 B
  ~ package.agent.json      159 B → 177 B
  ~ scripts/check.sh        7 B
  ~ skills/review/SKILL.md  24 B
  ~ tool                    4 B, now executable
  - docs/old.md             5 B`)
  expect(patches).toContain('--- a/docs/old.md\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-gone')
  expect(patches).toContain('--- /dev/null\n+++ b/hooks/hooks.json\n@@ -0,0 +1,1 @@\n+{}')
  expect(patches).toContain('logo.png: binary, not shown')
  expect(patches.at(-1)).toBe(
    '--- a/skills/review/SKILL.md\n+++ b/skills/review/SKILL.md\n@@ -1,5 +1,5 @@\n one\n two\n-three\n+THREE\n four\n five\n',
  )
  expect(stdout).not.toContain('/tool\n')
})

test('--files names files and nothing else', async () => {
  expect((await aam('diff @team/review@1.0.0 @team/review@1.1.0 --files')).output).toBe(`+ hooks/hooks.json
~ logo.png
~ package.agent.json
~ scripts/check.sh
~ skills/review/SKILL.md
~ tool
- docs/old.md
`)
})

describe('with one package', () => {
  const ends = async (args: string): Promise<unknown> => {
    const { from, to, files } = JSON.parse((await aam(`${args} --json`)).stdout) as Record<string, { version: string }>
    return { from: from!.version, to: to!.version, same: JSON.stringify(files).length < 50 }
  }

  test('it goes from the installed version to what is given, else to what install would take now', async () => {
    expect(await ends('diff @team/review@^1.1.0')).toEqual({ from: '1.0.0', to: '1.1.0', same: false })
    expect(await ends('diff @team/review')).toEqual({ from: '1.0.0', to: '1.1.0', same: false })
    await registry.setTag(named('@team/review'), {
      tag: 'stable' as Tag,
      version: '1.0.0' as Version,
      force: false,
    })
    sandbox.write('app/.aam/config.yaml', 'default_tag: stable\n')
    expect(await ends('diff @team/review')).toEqual({ from: '1.0.0', to: '1.0.0', same: true })
  })

  test('the same version has no difference', async () => {
    expect((await aam('diff @team/review@1.0.0')).output).toBe(
      '@team/review@1.0.0 → @team/review@1.0.0\nrequirements, permissions, executables: no difference\nfiles: no difference\n',
    )
  })

  test('it has to be installed', async () => {
    const run = await aam('diff @team/revew')
    expect([run.code, run.stderr]).toEqual([1, expect.stringContaining('did you mean @team/review?')])
  })
})

test('a version that declares nothing any more is said to', async () => {
  await publish('1.2.0', {}, {})
  expect((await aam('diff @team/review@1.1.0 @team/review@1.2.0')).stdout).toContain(
    '  - shell.binaries: git\n  ! 1.2.0 declares none, so platform defaults apply\n',
  )
})

test('nothing in a file can reach the terminal', async () => {
  await publish(
    '1.2.0',
    { permissions: { 'x\u001b[2J': { y: 'z\nfs.read: none' } } },
    { 'a.md': 'x\u001b[2K\rshown\n' },
  )
  const { stdout } = await aam('diff @team/review@1.1.0 @team/review@1.2.0')
  // eslint-disable-next-line no-control-regex -- what must not be there
  expect(stdout).not.toMatch(/[\u0000-\u0008\u000b-\u001f]/)
  expect(stdout).toContain('+x�[2K�shown')
})

test('texts without an end or with too many differences', async () => {
  const lines = (word: string): string => Array.from({ length: 3000 }, (_, at) => `${word} ${String(at)}\n`).join('')
  await publish('1.2.0', {}, { 'big.md': lines('a'), 'huge.md': 'x', 'end.md': 'no end' })
  await publish(
    '1.3.0',
    {},
    { 'big.md': lines('b'), 'huge.md': 'x'.repeat(600_000), 'end.md': 'no end\n', 'new.md': lines('c') },
  )
  const { stdout } = await aam('diff @team/review@1.2.0 @team/review@1.3.0')
  expect(stdout).toContain('big.md: too large, not shown')
  expect(stdout).toContain('+c 2999')
  expect(stdout).toContain('huge.md: too large, not shown')
  expect(stdout).toContain('-no end\n\\ No newline at end of file\n+no end\n')
})

test.each([
  ['diff @team/review@9.0.0 @team/review@1.0.0', '@team/review@9.0.0 does not exist'],
  ['diff @team/review@1.0.0 @team/review@none', "Tag 'none' not found"],
  ['diff nobody@1.0.0 nobody@1.1.0', 'Package nobody not found'],
])('%s', async (command, text) => {
  const run = await aam(command)
  expect([run.code, run.stderr]).toEqual([1, expect.stringContaining(text)])
})
