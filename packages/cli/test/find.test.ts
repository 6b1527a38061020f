/** `aam find`: which package a file came from, however it is named. */
import { mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Run, type Sandbox, createSandbox, startRegistry } from '@aam/testkit'

let sandbox: Sandbox

beforeEach(async () => {
  sandbox = createSandbox()
  await startRegistry(sandbox, ['lint 1.0.1', 'review 1.3.2 → lint ^1.0.0', '@team/lint 2.0.0 → review *, lint *'])
  sandbox.write('app/package.agent.json', {
    name: 'app',
    version: '1.0.0',
    dependencies: { '@team/lint': '*', review: '*' },
  })
  sandbox.write('app/skills/own/SKILL.md', 'ours')
  expect((await aam('install')).code).toBe(0)
})

afterEach(() => {
  sandbox.remove()
})

const aam = async (args: string, cwd = 'app'): Promise<Run> => sandbox.aam(args, { cwd })
const SKILL = '.agent-packages/lint/skills/lint/SKILL.md'
const LINT = `lint@1.0.1
  skills/lint/SKILL.md, as published
  app → @team/lint@2.0.0 → lint@1.0.1
  app → review@1.3.2 → lint@1.0.1
  app → @team/lint@2.0.0 → review@1.3.2 → lint@1.0.1
`

test('a path, from wherever it is named and through links', async () => {
  expect((await aam(`find ${SKILL}`)).output).toBe(LINT)
  expect((await aam(`find ${sandbox.path('app', SKILL)}`)).output).toBe(LINT)
  expect((await aam('find ../lint/skills/lint/SKILL.md', 'app/.agent-packages/review')).output).toBe(LINT)
  mkdirSync(sandbox.path('app/.agent/skills'), { recursive: true })
  symlinkSync('../../.agent-packages/lint/skills/lint', sandbox.path('app/.agent/skills/lint'))
  expect((await aam('find .agent/skills/lint/SKILL.md')).output).toBe(LINT)
})

test('--json is the whole answer', async () => {
  expect(JSON.parse((await aam(`find ${SKILL} --json`)).stdout)).toEqual({
    root: 'app@1.0.0',
    own: null,
    deployed: [],
    found: [
      {
        package: 'lint',
        version: '1.0.1',
        path: 'skills/lint/SKILL.md',
        chains: expect.arrayContaining([['review@1.3.2', 'lint@1.0.1']]) as unknown,
        published: 'same',
        differences: [],
      },
    ],
  })
})

test('a file that was changed, added or removed', async () => {
  sandbox.write(`app/${SKILL}`, 'changed')
  sandbox.write('app/.agent-packages/lint/new.md', 'new')
  rmSync(sandbox.path('app/.agent-packages/review/skills'), { recursive: true })
  const lines = async (file: string): Promise<string[]> => (await aam(`find ${file}`)).output.split('\n').slice(0, 3)
  expect(await lines(SKILL)).toEqual([
    'lint@1.0.1',
    '  skills/lint/SKILL.md, not as published:',
    '    ! skills/lint/SKILL.md was changed',
  ])
  expect(await lines('.agent-packages/lint/new.md')).toContain('    ! new.md was added')
  expect(await lines('.agent-packages/lint/package.agent.json')).toContain('  package.agent.json, as published')
  expect(await lines('.agent-packages/review/skills/review/SKILL.md')).toContain(
    '    ! skills/review/SKILL.md is missing',
  )
})

test('what differs beside a file or folder is not told of it', async () => {
  sandbox.write('app/.agent-packages/lint/skills/lint/SKILL.md.bak', 'mine')
  sandbox.write('app/.agent-packages/lint/skills/lint-more/SKILL.md', 'mine')
  expect((await aam(`find ${SKILL}`)).output).toBe(LINT)
  expect((await aam('find .agent-packages/lint/skills/lint')).output).not.toContain('lint-more')
})

test('a package whose archive the cache does not have is not compared', async () => {
  await aam('cache clean')
  expect((await aam(`find ${SKILL}`)).output).toContain('SKILL.md, not compared: the cache does not have the archive')
})

test("a file of the project itself is the project's own", async () => {
  expect((await aam('find skills/own/SKILL.md')).output).toBe("skills/own/SKILL.md is the project's own: app@1.0.0\n")
})

test('a part of a path finds every match', async () => {
  const names = async (text: string): Promise<string[]> =>
    (JSON.parse((await aam(`find ${text} --json`)).stdout) as { found: { package: string; path: string }[] }).found.map(
      file => `${file.package} ${file.path}`,
    )
  expect(await names('skills/lint/SKILL.md')).toEqual(['@team/lint skills/lint/SKILL.md', 'lint skills/lint/SKILL.md'])
  expect(await names('skills/lint')).toEqual(['@team/lint skills/lint', 'lint skills/lint'])
  expect(await names('SKILL')).toHaveLength(3)
  expect(await names('review')).toEqual(['review '])
  expect(await names('team--lint/package.agent')).toEqual(['@team/lint package.agent.json'])
})

test.each([
  ['skills/lnt', 'did you mean skills/lint'],
  ['SKILLS.md', 'did you mean SKILL.md?'],
  ['./lint', 'there is no such file'],
  ['.agent-packages/lint/none.md', 'lint has no such file'],
  ['.agent-packages/nobody/x', 'there is no such file'],
  ['.agent-packages', 'no package of package.agent.lock is there'],
  ['/', 'it is outside the project'],
  ['../registry', 'it is outside the project'],
])('%s is not found', async (file, text) => {
  const run = await aam(`find ${file}`)
  expect([run.code, run.stderr]).toEqual([1, expect.stringContaining(text)])
})
