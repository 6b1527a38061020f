/** A bundle is installed without a registry, kept with the project, and the user's files are as safe as from any package. */
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Run, type Sandbox, createSandbox } from '@aam/testkit'
import { FULL, buildRich, forgeBundle, readBundleManifest } from './support/bundle-of.ts'
import { publishRich } from './support/rich-package.ts'

let sandbox: Sandbox

beforeEach(async () => {
  sandbox = createSandbox()
  sandbox.write('app/package.agent.json', { name: 'app', version: '1.0.0' })
  await buildRich(sandbox, 'kit.bundle.aam', { name: '@team/kit', version: '1.0.0', target: 'claude', ...FULL })
})

afterEach(() => {
  sandbox.remove()
})

const aam = async (args: string, answers?: readonly boolean[]): Promise<Run> =>
  sandbox.aam(args, { cwd: 'app', ...(answers === undefined ? {} : { answers }) })

/** Runs a command that has to work. */
const done = async (args: string): Promise<string> => (await sandbox.done(args, { cwd: 'app' })).output

/** The files of the project that agents or people look at. */
const seen = (): string[] =>
  Object.keys(sandbox.files('app')).filter(
    path =>
      !/^(?:\.agent-packages|\.aam\/(?:state\.json|\.gitignore|approvals\.json))/.test(path) &&
      !path.startsWith('package.agent'),
  )

const KEPT = '.aam/bundles/team--kit.bundle.aam'
const INSTALL = 'install ../kit.bundle.aam --approve-executables'
const EVERYTHING = [
  KEPT,
  '.aam/run/team--kit/hooks/scripts/check.sh',
  '.claude/agents/critic.md',
  '.claude/commands/go.md',
  '.claude/rules/style.md',
  '.claude/rules/team--kit.context.md',
  '.claude/settings.json',
  '.claude/skills/lint/SKILL.md',
  '.claude/skills/lint/scripts/lint.sh',
  '.mcp.json',
]

describe('installing a bundle', () => {
  test('deploys what it has, keeps it, and needs neither registry nor lock', async () => {
    const output = await done(INSTALL)
    expect(output).toContain('+ @team/kit 1.0.0 (bundle for claude-code)')
    expect(output).toContain(`it is kept in ${KEPT}`)
    expect(seen()).toEqual(EVERYTHING)
    expect(readFileSync(sandbox.path('app', KEPT)).equals(readFileSync(sandbox.path('kit.bundle.aam')))).toBe(true)
    expect(sandbox.exists('app/package.agent.lock')).toBe(false)
    expect(sandbox.json('app/package.agent.json')).toEqual({ name: 'app', version: '1.0.0' })
    expect(await done('status')).toContain('Everything is as it should be')
  })

  test('in a folder without a project starts one', async () => {
    mkdirSync(sandbox.path('new'))
    const { code } = await sandbox.aam(INSTALL, { cwd: 'new' })
    expect(code).toBe(0)
    expect(sandbox.json('new/package.agent.json')).toMatchObject({ name: 'new', 'x-aam': { private: true } })
  })

  test('a dry run says what would be done, and does nothing', async () => {
    const before = sandbox.files('app')
    const { output } = await aam('install ../kit.bundle.aam --dry-run')
    expect(output).toContain('+ skill lint of @team/kit → .claude/skills/lint')
    expect(sandbox.files('app')).toEqual(before)
  })

  test('later installs and updates leave it deployed, and bring back what was deleted', async () => {
    await done(INSTALL)
    await done('install')
    expect(seen()).toEqual(EVERYTHING)
    rmSync(sandbox.path('app/.claude/skills/lint'), { recursive: true })
    await done('install')
    expect(seen()).toEqual(EVERYTHING)
    await done('update')
    expect(seen()).toEqual(EVERYTHING)
    expect(await done('install')).toContain('Already up to date')
  })

  test('whoever has the committed files gets the same from `aam install`', async () => {
    await done(INSTALL)
    for (const file of ['package.agent.json', KEPT, '.aam/approvals.json']) {
      sandbox.write(`clone/${file}`, '')
      copyFileSync(sandbox.path('app', file), sandbox.path('clone', file))
    }
    expect(await sandbox.aam('install', { cwd: 'clone' })).toMatchObject({ code: 0 })
    expect(Object.keys(sandbox.files('clone')).filter(path => /^\.(?:claude|mcp|aam\/run)/.test(path))).toEqual(
      EVERYTHING.filter(path => path !== KEPT),
    )
  })

  test('a second one of the same package replaces it', async () => {
    await done(INSTALL)
    await buildRich(sandbox, 'kit.bundle.aam', {
      name: '@team/kit',
      version: '2.0.0',
      target: 'cursor',
      skills: ['more'],
    })
    expect(await done(INSTALL)).toContain('~ @team/kit 2.0.0 (bundle for cursor)')
    expect(seen()).toEqual(['.agents/skills/more/SKILL.md', '.agents/skills/more/scripts/more.sh', KEPT].sort())
  })

  test('another one that a colleague committed is deployed by the next install', async () => {
    await done(INSTALL)
    await buildRich(sandbox, 'kit.bundle.aam', { name: '@team/kit', version: '2.0.0', target: 'claude', ...FULL })
    copyFileSync(sandbox.path('kit.bundle.aam'), sandbox.path('app', KEPT))
    await done('install --approve-executables')
    expect(sandbox.read('app/.claude/commands/go.md')).toContain('(2.0.0)')
    expect(await done('install')).toContain('Already up to date')
    await buildRich(sandbox, 'kit.bundle.aam', {
      name: '@team/kit',
      version: '3.0.0',
      target: 'claude',
      skills: ['lint'],
    })
    copyFileSync(sandbox.path('kit.bundle.aam'), sandbox.path('app', KEPT))
    await done('install')
    expect(seen()).toEqual([KEPT, '.claude/skills/lint/SKILL.md', '.claude/skills/lint/scripts/lint.sh'])
  })

  test('without deploying it is only kept, until something deploys', async () => {
    await done('install ../kit.bundle.aam --no-deploy')
    expect(seen()).toEqual([KEPT])
    await done('deploy --approve-executables')
    expect(seen()).toEqual(EVERYTHING)
  })

  test('what it depends on is named, not brought', async () => {
    sandbox.write('dep/package.agent.json', { name: 'dep', version: '1.0.0', dependencies: { 'git-utils': '^1.0.0' } })
    sandbox.write('dep/skills/dep/SKILL.md', '---\nname: dep\ndescription: Helps.\n---\n\n# Help\n')
    await sandbox.aam('build --target cursor -o ../dep.bundle.aam', { cwd: 'dep' })
    expect(await done('install ../dep.bundle.aam')).toContain('dep depends on git-utils, which a bundle does not bring')
  })
})

describe('uninstalling', () => {
  test('takes away everything it put there, and the bundle', async () => {
    await done(INSTALL)
    expect(await done('uninstall @team/kit')).toContain('- @team/kit')
    expect(seen()).toEqual([])
    expect(await aam('uninstall @team/kit')).toMatchObject({ code: 1 })
  })

  test('a bundle that was damaged can be, and every other command says so', async () => {
    await done(INSTALL)
    writeFileSync(sandbox.path('app', KEPT), 'damaged')
    for (const command of ['install --force', 'status', 'deploy']) {
      expect(await aam(command)).toMatchObject({ code: 1, stderr: expect.stringContaining(KEPT) as string })
    }
    await done('uninstall @team/kit')
    expect(seen()).toEqual([])
  })

  test('goes together with packages from a registry', async () => {
    await sandbox.aam('registry init registry --default')
    await publishRich(sandbox, { name: 'other', version: '1.0.0', skills: ['other'] })
    await done(INSTALL)
    await done('install other')
    expect(seen()).toContain('.claude/skills/other/SKILL.md')
    await done('uninstall other @team/kit')
    expect(seen()).toEqual([])
  })

  test('undeploying leaves it kept; for another platform it leaves it alone', async () => {
    await done(INSTALL)
    await done('undeploy --platform cursor')
    expect(seen()).toEqual(EVERYTHING)
    await done('undeploy --platform claude')
    expect(seen()).toEqual([KEPT])
    await done('deploy')
    await done('undeploy')
    expect(seen()).toEqual([KEPT])
  })
})

describe("what is the user's", () => {
  test('stays: a skill that was there first, an edited one, the other servers of a file', async () => {
    sandbox.write('app/.claude/skills/lint/SKILL.md', 'mine\n')
    sandbox.write('app/.mcp.json', '{\n  "mcpServers": { "mine": { "command": "mine" } }\n}\n')
    await done(INSTALL)
    expect(sandbox.read('app/.claude/skills/lint/SKILL.md')).toBe('mine\n')
    expect(sandbox.exists('app/.claude/skills/team-kit-lint/SKILL.md')).toBe(true)
    sandbox.write('app/.claude/commands/go.md', 'edited\n')
    const { code, output } = await aam('status')
    expect({ code, output }).toMatchObject({ code: 1, output: expect.stringContaining('changed by you') as string })
    expect(await done('uninstall @team/kit')).toContain('left .claude/commands/go.md')
    expect(sandbox.read('app/.claude/commands/go.md')).toBe('edited\n')
    expect(sandbox.read('app/.claude/skills/lint/SKILL.md')).toBe('mine\n')
    expect(sandbox.read('app/.mcp.json')).toBe('{\n  "mcpServers": { "mine": { "command": "mine" } }\n}\n')
  })

  test('is replaced when that is asked for, and adopted', async () => {
    sandbox.write('app/.claude/commands/go.md', 'mine\n')
    await done(`${INSTALL} --overwrite`)
    expect(sandbox.read('app/.claude/commands/go.md')).toContain('Do it. (1.0.0)')
    sandbox.write('app/.claude/commands/go.md', 'mine\n')
    await done(`${INSTALL} --adopt`)
    expect(sandbox.read('app/.claude/commands/go.md')).toBe('mine\n')
    expect(await aam('status')).toMatchObject({ code: 0 })
  })
})

describe('what it runs', () => {
  test('is left out until somebody approves it', async () => {
    const { code, output } = await aam('install ../kit.bundle.aam')
    expect({ code, output }).toMatchObject({ code: 1, output: expect.stringContaining('wants to run') as string })
    expect(seen()).toEqual(EVERYTHING.filter(path => !/run|settings|mcp/.test(path)))
    await done('deploy --approve-executables')
    expect(seen()).toEqual(EVERYTHING)
  })

  test('is asked for on a terminal, again when it changes', async () => {
    expect(await aam('install ../kit.bundle.aam', [true])).toMatchObject({ code: 0 })
    await buildRich(sandbox, 'kit.bundle.aam', { name: '@team/kit', version: '1.1.0', target: 'claude', ...FULL })
    const { code, output } = await aam('install ../kit.bundle.aam --yes')
    expect({ code, output }).toMatchObject({
      code: 1,
      output: expect.stringContaining('has changed what it runs') as string,
    })
    expect(sandbox.exists('app/.mcp.json')).toBe(false)
  })
})

describe('for which platforms', () => {
  beforeEach(async () => {
    await sandbox.aam('registry init registry --default')
    await publishRich(sandbox, { name: 'other', version: '1.0.0', skills: ['other'] })
  })

  test('where somebody has chosen, a bundle goes to its own platform, and nothing else goes there', async () => {
    await done('config set platforms cursor --project')
    await done('install other')
    await done(INSTALL)
    expect(seen()).toContain('.claude/skills/lint/SKILL.md')
    expect(seen()).toContain('.agents/skills/other/SKILL.md')
    expect(seen()).not.toContain('.claude/skills/other/SKILL.md')
    expect(seen()).not.toContain('.agents/skills/lint/SKILL.md')
    await done('deploy --platform gemini')
    expect(seen()).not.toContain('.claude/skills/other/SKILL.md')
    expect(seen()).toContain('.claude/skills/lint/SKILL.md')
  })

  test('where signs choose, it is one more sign', async () => {
    mkdirSync(sandbox.path('app/.cursor'))
    await done('install other')
    expect(await done(INSTALL)).toContain('For claude (the bundle @team/kit), cursor (.cursor/):')
    expect(seen()).toContain('.claude/skills/other/SKILL.md')
    expect(await done('install')).toContain('Already up to date')
  })

  test('two packages with a skill of one name both have it, also when one is a bundle', async () => {
    await publishRich(sandbox, { name: 'other', version: '1.1.0', skills: ['lint'] })
    await done(INSTALL)
    await done('install other@1.1.0')
    expect(seen()).toContain('.claude/skills/other-lint/SKILL.md')
    expect(seen()).toContain('.claude/skills/team-kit-lint/SKILL.md')
    await done('uninstall other')
    expect(seen()).toEqual(EVERYTHING)
  })

  test('its skills are found by name, and its files by path', async () => {
    await done(INSTALL)
    expect(await done('find .claude/skills/lint/SKILL.md')).toContain('@team/kit')
    expect(await done('resolve skill lint')).toContain('.claude/skills/lint')
  })

  test('a bundle is for one project: nothing of it goes to the user', async () => {
    await done(INSTALL)
    await aam('deploy --user --platform claude')
    expect(Object.keys(sandbox.files('home')).filter(path => path.includes('lint'))).toEqual([])
  })
})

describe('one package, one way', () => {
  beforeEach(async () => {
    await sandbox.aam('registry init registry --default')
    await publishRich(sandbox, { name: '@team/kit', version: '1.0.0', skills: ['lint'] })
  })

  test('a bundle of what is locked is refused', async () => {
    await done('install @team/kit')
    const before = sandbox.files('app')
    expect(await aam(INSTALL)).toMatchObject({
      code: 1,
      stderr:
        'Error: @team/kit cannot come from a bundle here: it is in package.agent.lock too\nhint: keep one of the two: `aam uninstall @team/kit`, then install the one you want\n',
    })
    expect(sandbox.files('app')).toEqual(before)
  })

  test('what is there as a bundle is not installed from a registry', async () => {
    await done(INSTALL)
    const before = sandbox.files('app')
    expect(await aam('install @team/kit')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('bundle') as string,
    })
    expect(await aam('install @team/kit --dry-run')).toMatchObject({ code: 1 })
    expect(sandbox.files('app')).toEqual(before)
  })

  test('where a merge brought both together, uninstalling takes both away', async () => {
    await done('install @team/kit')
    mkdirSync(sandbox.path('app/.aam/bundles'), { recursive: true })
    copyFileSync(sandbox.path('kit.bundle.aam'), sandbox.path('app', KEPT))
    expect(await aam('status')).toMatchObject({ code: 1, stderr: expect.stringContaining('bundle') as string })
    await done('uninstall @team/kit')
    expect(seen()).toEqual([])
  })
})

describe('policies', () => {
  test.each([
    ['install_policy: { blocked_packages: ["@team/*"] }', '@team/kit'],
    ['install_policy: { allowed_scopes: ["@other"] }', '@team/kit'],
    ['install_policy: { require_tag: true }', 'Direct version install not allowed'],
  ])('%s holds for bundles, and for those that are there already', async (policy, says) => {
    await done(INSTALL)
    sandbox.write('app/.aam/config.yaml', `${policy}\n`)
    for (const command of [INSTALL, 'install', 'deploy']) {
      expect(await aam(command)).toMatchObject({ code: 1, stderr: expect.stringContaining(says) as string })
    }
    await done('uninstall @team/kit')
  })
})

test('a bundle that another version of aam rendered otherwise is refused when it comes, and kept when it is there', async () => {
  await done(INSTALL)
  const files = { 'files/.claude/commands/go.md': 'as it was rendered once\n' }
  forgeBundle(sandbox, 'kit.bundle.aam', { files })
  expect((await aam(INSTALL)).stderr).toContain('files/.claude/commands/go.md is not what this version of aam makes')
  copyFileSync(sandbox.path('kit.bundle.aam'), sandbox.path('app', KEPT))
  await done('install')
  expect(sandbox.read('app/.claude/commands/go.md')).toContain('Do it. (1.0.0)')
})

test('a kept bundle with a wrong checksum is not used', async () => {
  await done(INSTALL)
  expect(readBundleManifest(sandbox, `app/${KEPT}`)['target']).toBe('claude-code')
  forgeBundle(sandbox, `app/${KEPT}`, { files: { 'source/commands/go.md': 'evil\n' }, sealed: false })
  expect(await aam('install')).toMatchObject({ code: 1, stderr: expect.stringContaining('its checksum is') as string })
})
