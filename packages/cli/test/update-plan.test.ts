/** What `aam update` shows before it happens: what packages may do and run that they could not before. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { packArchive } from '@aam/archive'
import type { Registry } from '@aam/client'
import { type Run, type RunOptions, type Sandbox, createSandbox, startRegistry } from '@aam/testkit'

let sandbox: Sandbox
let registry: Registry

type Version = {
  readonly permissions?: object
  readonly files?: Readonly<Record<string, string>>
  readonly executable?: string
}

const publish = async (version: string, { permissions, files = {}, executable }: Version): Promise<void> => {
  const manifest = { name: 'tool', version, description: 'A tool', permissions }
  const all = { 'package.agent.json': JSON.stringify(manifest), ...files }
  const packed = Object.entries(all).map(([path, text]) => ({
    path,
    data: Buffer.from(text),
    executable: path === executable,
  }))
  await registry.publish(packArchive(packed, { seconds: 0, archive: 'tool' }), {})
}

beforeEach(async () => {
  sandbox = createSandbox()
  registry = await startRegistry(sandbox, ['lint 1.0.0', 'lint 1.1.0'])
  await publish('1.0.0', {
    permissions: { shell: { allow: false }, network: { hosts: ['a.example.com'] } },
    files: { 'scripts/run.sh': 'echo 1', 'hooks/old.sh': 'x', 'notes.md': 'one' },
  })
  sandbox.write('app/package.agent.json', {
    name: 'app',
    version: '1.0.0',
    dependencies: { tool: '1.0.0', lint: '1.0.0' },
  })
  await aam('install')
  sandbox.write('app/package.agent.json', {
    name: 'app',
    version: '1.0.0',
    dependencies: { tool: '^1.0.0', lint: '^1.0.0' },
  })
  await publish('1.1.0', {
    permissions: { shell: { allow: true, binaries: ['git'] } },
    files: { 'scripts/run.sh': 'echo 2', 'bin/tool': '#!/bin/sh', 'notes.md': 'two' },
    executable: 'bin/tool',
  })
})

afterEach(() => {
  sandbox.remove()
})

const aam = async (args: string, options: RunOptions = {}): Promise<Run> =>
  sandbox.aam(args, { cwd: 'app', ...options })
const PLAN = `~ lint 1.0.0 → 1.1.0
~ tool 1.0.0 → 1.1.0
    + permission shell.allow: true
    + permission shell.binaries: git
    - permission network.hosts: a.example.com
    - permission shell.allow: false
    + runs bin/tool
    - runs hooks/old.sh
    ~ runs scripts/run.sh
`
const lockedTool = (): unknown =>
  (sandbox.json('app/package.agent.lock')['resolved'] as Record<string, { version: string }>)['tool']?.version

test('an update names what is new, gone and changed', async () => {
  expect((await aam('update')).stdout).toBe(
    `${PLAN}Installed 2 packages in .agent-packages, wrote package.agent.lock\n`,
  )
})

test('--dry-run shows the tree, then the same plan, and changes nothing', async () => {
  const { stdout } = await aam('update --dry-run')
  expect(stdout).toBe(
    `app@1.0.0\n├── tool@1.1.0\n└── lint@1.1.0\n\n${PLAN}Nothing was changed: this was a dry run (2 packages)\n`,
  )
  expect(lockedTool()).toBe('1.0.0')
})

test('on a terminal the plan comes first and is asked about; no leaves everything as it was', async () => {
  const before = [sandbox.read('app/package.agent.lock'), sandbox.read('app/.aam/state.json')]
  const refused = await aam('update', { answers: [false] })
  expect([refused.code, refused.stderr]).toEqual([
    1,
    `${PLAN}Error: Nothing was changed\nhint: answer yes, or give --yes\n`,
  ])
  expect([sandbox.read('app/package.agent.lock'), sandbox.read('app/.aam/state.json')]).toEqual(before)
  expect(sandbox.read('app/.agent-packages/tool/notes.md')).toBe('one')
  expect((await aam('check')).code).toBe(0)
  expect((await aam('update', { answers: [true] })).code).toBe(0)
  expect(lockedTool()).toBe('1.1.0')
})

test('--yes and --json do not ask; nothing to do does not ask either', async () => {
  expect((await aam('update lint --yes', { answers: [] })).code).toBe(0)
  const result = JSON.parse((await aam('update --json', { answers: [] })).stdout) as { reviews: unknown[] }
  expect(result.reviews).toMatchObject([
    { name: 'tool', executables: { added: ['bin/tool'], changed: ['scripts/run.sh'] } },
  ])
  expect((await aam('update', { answers: [] })).stdout).toContain('Already up to date')
})

test('a version that no longer declares permissions is said to', async () => {
  await publish('1.2.0', { files: { 'scripts/run.sh': 'echo 1', 'hooks/old.sh': 'x' } })
  expect((await aam('update tool')).stdout).toContain(
    '    - permission shell.allow: false\n    ! it declares no permissions any more, so platform defaults apply\n',
  )
})

test('what other people wrote cannot steer the terminal', async () => {
  await publish('1.3.0', { permissions: { network: { hosts: ['\u001b[2Jevil\u202e'] } } })
  const { stdout } = await aam('update tool')
  expect(stdout).toContain('network.hosts: \ufffd[2Jevil\ufffd')
})
