/** Installed packages appear where agents look, and nothing of the user's is ever lost (D36, D38, D47). */
import { chmodSync, mkdirSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Run, type Sandbox, createSandbox } from '@aam/testkit'
import { publishRich, writeRichPackage } from './support/rich-package.ts'

let sandbox: Sandbox

beforeEach(async () => {
  sandbox = createSandbox()
  await sandbox.aam('registry init registry --default')
  sandbox.write('app/package.agent.json', { name: 'app', version: '1.0.0' })
})

afterEach(() => {
  sandbox.remove()
})

const aam = async (args: string, answers?: readonly (string | boolean)[]): Promise<Run> =>
  sandbox.aam(args, { cwd: 'app', ...(answers === undefined ? {} : { answers }) })

/** Runs a command that has to work. */
const done = async (args: string): Promise<string> => (await sandbox.done(args, { cwd: 'app' })).output

/** The files of the project that agents or people look at. */
const seen = (): string[] =>
  Object.keys(sandbox.files('app')).filter(
    path => !/^(?:\.agent-packages|\.aam\/(?:state\.json|\.gitignore))/.test(path) && !path.startsWith('package.agent'),
  )

const use = (...folders: string[]): void => {
  for (const folder of folders) mkdirSync(sandbox.path('app', folder), { recursive: true })
}

describe('targets', () => {
  beforeEach(async () => publishRich(sandbox, { name: 'kit', version: '1.0.0', skills: ['lint'], commands: ['go'] }))

  test('are all agents that show signs of themselves, and the output says which file gave each away', async () => {
    use('.claude', '.cursor')
    expect(await done('install kit')).toContain('For claude (.claude/), cursor (.cursor/):')
    expect(seen()).toEqual([
      '.agents/skills/lint/SKILL.md',
      '.agents/skills/lint/scripts/lint.sh',
      '.claude/commands/go.md',
      '.claude/skills/lint/SKILL.md',
      '.claude/skills/lint/scripts/lint.sh',
      '.cursor/commands/go.md',
    ])
  })

  test('a file is a sign as well as a folder; .agents/ is none', async () => {
    sandbox.write('app/CLAUDE.md', '# us\n')
    use('.agents')
    expect(await done('install kit')).toContain('For claude (CLAUDE.md):')
    expect(seen().some(path => path.startsWith('.agents'))).toBe(false)
  })

  test('no agent: everything is installed, nothing is deployed, and it is said once how to name one', async () => {
    expect(await done('install kit')).toContain('`aam deploy --platform claude`')
    expect(seen()).toEqual([])
    expect(await done('install --force')).not.toContain('--platform')
  })

  test('no agent, on a terminal: the answer is remembered', async () => {
    const { output, code } = await aam('install kit', ['claude,codex'])
    expect({ code, output }).toMatchObject({ code: 0 })
    expect(sandbox.read('app/.aam/config.yaml')).toBe('platforms:\n  - claude\n  - codex\n')
    expect(seen()).toContain('.claude/skills/lint/SKILL.md')
    expect(await done('install')).toContain('Already up to date')
  })

  test.each(['--json', '--quiet', '--yes'])('no agent, on a terminal, with %s: nobody is asked', async flag => {
    // A question would be one too many for these answers.
    expect(await aam(`install kit ${flag}`, [])).toMatchObject({ code: 0 })
    expect(seen()).toEqual([])
  })

  test('a flag adds to what is deployed; settings say exactly for which', async () => {
    use('.claude')
    await done('install kit')
    await done('install --platform gemini')
    expect(seen()).toContain('.gemini/commands/go.toml')
    expect(seen()).toContain('.claude/commands/go.md')
    await done('config set platforms gemini --project')
    await done('install')
    expect(await done('deploy')).toContain('Already deployed for gemini (.aam/config.yaml)')
    expect(seen().filter(path => path.startsWith('.claude'))).toEqual([])
    await done('config set platforms [] --project')
    await done('install')
    expect(seen()).toEqual(['.aam/config.yaml'])
  })

  test('an agent that appears later is noticed by an install that has nothing else to do', async () => {
    use('.claude')
    await done('install kit')
    expect(await done('install')).toContain('Already up to date')
    use('.windsurf')
    expect(await done('install')).toContain('windsurf (.windsurf/)')
    expect(seen()).toContain('.windsurf/workflows/go.md')
  })

  test('settings add a platform and move what one has', async () => {
    await publishRich(sandbox, { name: 'full', version: '1.0.0', commands: ['go'], rules: ['style'] })
    sandbox.write(
      'app/.aam/config.yaml',
      [
        'custom_platforms:',
        '  zed:',
        '    extends: cursor',
        '    signals: [.zed/]',
        '    project: { commands: .zed/commands, rules: ZED.md }',
        '  cursor:',
        '    project: { commands: .cursor/prompts }',
        '',
      ].join('\n'),
    )
    use('.cursor', '.zed')
    expect(await done('install full')).toContain('For cursor (.cursor/), zed (.zed/):')
    const deployed = ['.cursor/prompts/go.md', '.cursor/rules/style.mdc', '.zed/commands/go.md', 'ZED.md']
    expect(seen()).toEqual(['.aam/config.yaml', ...deployed])
    expect(await done('platform info')).toContain('zed (zed): deployed, because of .zed/\n')
    // A platform that is known no more is deployed for no more.
    sandbox.write('app/.aam/config.yaml', '{}\n')
    await done('install')
    expect(seen()).toEqual(['.aam/config.yaml', '.cursor/commands/go.md', '.cursor/rules/style.mdc'])
  })

  test('what an agent cannot have is one line, said when it is deployed and by status', async () => {
    await publishRich(sandbox, { name: 'full', version: '1.0.0', agents: ['critic', 'tester'], commands: ['go'] })
    use('.gemini')
    const line = '! full for gemini: Gemini CLI has no sub-agents: critic, tester are left out\n'
    const output = await done('install full')
    expect(output).toContain(line)
    expect(output.split('\n').filter(each => each.startsWith('!'))).toHaveLength(1)
    expect(await done('status')).toContain(line)
  })

  test('what is wrong with a package is said when it is deployed, and by status as long as it is there', async () => {
    const folder = writeRichPackage(sandbox, 'work/odd', { name: 'odd', version: '1.0.0', rules: ['style'] })
    const rule = `${folder}/rules/style/RULE.md`
    sandbox.write(rule, sandbox.read(rule).replace('mode: files', 'mode: sometimes'))
    expect(await sandbox.aam('publish', { cwd: folder })).toMatchObject({ code: 0 })
    use('.claude')
    const line = /^! odd: rules\/style\/RULE\.md: .*is no mode of a rule.*$/m
    expect(await done('install odd')).toMatch(line)
    expect(await done('deploy')).not.toMatch(line)
    expect(await done('status')).toMatch(line)
    expect(JSON.parse(await done('status --json'))).toMatchObject({ problems: [expect.stringMatching(/^odd: /)] })
  })

  test('what was taken away comes back with the next install, as it says', async () => {
    use('.claude')
    await done('install kit')
    await done('undeploy')
    expect(seen()).toEqual([])
    await done('install')
    expect(seen()).toContain('.claude/commands/go.md')
  })

  test('an unknown platform is wrong usage, whoever names it', async () => {
    expect(await aam('install kit --platform claud')).toMatchObject({
      code: 2,
      stderr: "Error: There is no platform 'claud'\nhint: did you mean claude?\n",
    })
    sandbox.write('app/.aam/config.yaml', 'platforms: [netscape]\n')
    const { code, stderr } = await aam('install kit')
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('netscape') as unknown })
    expect(sandbox.exists('app/package.agent.lock')).toBe(false)
  })
})

describe("what is the user's", () => {
  beforeEach(async () => {
    await publishRich(sandbox, { name: 'kit', version: '1.0.0', skills: ['lint'], commands: ['go'] })
    await publishRich(sandbox, { name: 'kit', version: '1.1.0', skills: ['lint', 'more'], variant: 'second' })
    use('.claude')
  })

  test('a skill that was there first keeps its name and its bytes; the package takes its longer one', async () => {
    sandbox.write('app/.claude/skills/lint/SKILL.md', 'mine\n')
    await done('install kit@1.0.0')
    expect(sandbox.read('app/.claude/skills/lint/SKILL.md')).toBe('mine\n')
    expect(sandbox.read('app/.claude/skills/kit-lint/SKILL.md')).toContain('name: kit-lint\n')
    await done('uninstall kit')
    expect(seen()).toEqual(['.claude/skills/lint/SKILL.md'])
  })

  test("an edited skill stays whole through an update, is reported, and is the user's after an uninstall", async () => {
    await done('install kit@1.0.0 --save-exact')
    sandbox.write('app/.claude/skills/lint/SKILL.md', 'edited\n')
    const output = await done('install kit@1.1.0')
    expect(output).toContain('! kept .claude/skills/lint as you changed it (SKILL.md)')
    expect(sandbox.read('app/.claude/skills/lint/SKILL.md')).toBe('edited\n')
    expect(sandbox.read('app/.claude/skills/lint/scripts/lint.sh')).toContain('1.0.0')
    expect(sandbox.exists('app/.claude/skills/more/SKILL.md')).toBe(true)
    expect(sandbox.exists('app/.claude/commands')).toBe(false)
    expect((await aam('status')).code).toBe(1)
    expect(await done('uninstall kit')).toContain('left .claude/skills/lint')
    expect(seen()).toEqual(['.claude/skills/lint/SKILL.md', '.claude/skills/lint/scripts/lint.sh'])
  })

  test('--overwrite takes the package again, --adopt keeps the edit until the package changes', async () => {
    await done('install kit@1.0.0 --save-exact')
    sandbox.write('app/.claude/skills/lint/SKILL.md', 'edited\n')
    await done('deploy --adopt')
    expect(sandbox.read('app/.claude/skills/lint/SKILL.md')).toBe('edited\n')
    expect((await aam('status')).code).toBe(0)
    await done('deploy')
    expect(sandbox.read('app/.claude/skills/lint/SKILL.md')).toBe('edited\n')
    await done('install kit@1.1.0')
    expect(sandbox.read('app/.claude/skills/lint/SKILL.md')).toContain('second')
    sandbox.write('app/.claude/skills/lint/SKILL.md', 'edited\n')
    await done('deploy --overwrite')
    expect(sandbox.read('app/.claude/skills/lint/SKILL.md')).toContain('second')
  })

  test('--adopt leaves what the user edited and no package has any more', async () => {
    await done('install kit@1.0.0 --save-exact')
    sandbox.write('app/.claude/commands/go.md', 'edited\n')
    expect(await done('install kit@1.1.0 --adopt')).toContain('left .claude/commands/go.md')
    expect(sandbox.read('app/.claude/commands/go.md')).toBe('edited\n')
  })

  test('a command that was there first keeps its name, too', async () => {
    sandbox.write('app/.claude/commands/go.md', 'mine\n')
    await done('install kit@1.0.0')
    expect(sandbox.read('app/.claude/commands/go.md')).toBe('mine\n')
    expect(sandbox.read('app/.claude/commands/kit-go.md')).toContain('(1.0.0)')
  })

  test('a script that lost its executable bit gets it back', async () => {
    await done('install kit@1.0.0')
    const script = sandbox.path('app/.claude/skills/lint/scripts/lint.sh')
    chmodSync(script, 0o644)
    await done('deploy')
    expect(statSync(script).mode & 0o100).toBe(0o100)
  })

  test("what was adopted is the user's work all the same: it stays when the package goes", async () => {
    await done('install kit@1.0.0 --save-exact')
    sandbox.write('app/.claude/skills/lint/SKILL.md', 'edited\n')
    await done('deploy --adopt')
    expect(await done('uninstall kit')).toContain('left .claude/skills/lint')
    expect(sandbox.read('app/.claude/skills/lint/SKILL.md')).toBe('edited\n')
  })

  test('a file where a folder should be is said, and everything else is done', async () => {
    sandbox.write('app/.claude/skills', 'a file\n')
    const { code, output } = await aam('install kit@1.0.0')
    expect({ code, output }).toMatchObject({
      code: 1,
      output: expect.stringContaining('✗ skill lint of kit') as string,
    })
    expect(sandbox.exists('app/.claude/commands/go.md')).toBe(true)
    expect(sandbox.read('app/.claude/skills')).toBe('a file\n')
  })

  test('files beside ours in a skill stay, whatever becomes of it', async () => {
    await done('install kit@1.0.0 --save-exact')
    sandbox.write('app/.claude/skills/lint/notes.md', 'mine\n')
    await done('install kit@1.1.0')
    await done('uninstall kit')
    expect(seen()).toEqual(['.claude/skills/lint/notes.md'])
  })

  test('what was deleted comes back; a folder that is a link elsewhere is left alone', async () => {
    await done('install kit@1.0.0')
    sandbox.clear('app/.claude/skills/lint')
    await done('install')
    expect(sandbox.exists('app/.claude/skills/lint/SKILL.md')).toBe(true)
    sandbox.clear('app/.claude')
    mkdirSync(sandbox.path('elsewhere'))
    symlinkSync('../elsewhere', sandbox.path('app/.claude'))
    const { output } = await aam('install')
    expect(output).toContain('✗')
    expect(sandbox.files('elsewhere')).toEqual({})
  })

  test('line ends that a checkout changed are no edit', async () => {
    await done('install kit@1.0.0 --save-exact')
    const file = sandbox.path('app/.claude/skills/lint/SKILL.md')
    writeFileSync(file, sandbox.read('app/.claude/skills/lint/SKILL.md').replaceAll('\n', '\r\n'))
    expect((await aam('status')).code).toBe(0)
    await done('install kit@1.1.0')
    expect(sandbox.read('app/.claude/skills/lint/SKILL.md')).toContain('second')
  })
})

describe('what is known no more', () => {
  beforeEach(async () => {
    await publishRich(sandbox, { name: 'kit', version: '1.0.0', skills: ['lint', 'old'] })
    await publishRich(sandbox, { name: 'kit', version: '1.1.0', skills: ['lint', 'more'], variant: 'second' })
    use('.claude')
    await done('install kit@1.0.0 --save-exact')
  })

  test('a deleted ledger is found out again from what is installed', async () => {
    sandbox.clear('app/.aam/state.json')
    await done('install')
    await done('uninstall kit')
    expect(seen()).toEqual([])
  })

  test('without the packages nothing is deployed until they are there again; taking all away needs none', async () => {
    const before = seen()
    sandbox.clear('app/.agent-packages')
    for (const command of ['deploy', 'undeploy --platform claude', 'status']) {
      expect(await aam(command)).toMatchObject({ code: 1, stderr: expect.stringContaining('not installed') as string })
    }
    expect(seen()).toEqual(before)
    await done('install')
    expect(seen()).toEqual(before)
    sandbox.clear('app/.agent-packages')
    await done('undeploy')
    expect(seen()).toEqual([])
  })

  test('without the lock nothing is taken away', async () => {
    const before = seen()
    sandbox.clear('app/package.agent.lock')
    expect(await aam('deploy')).toMatchObject({ code: 1 })
    expect(seen()).toEqual(before)
  })

  test('also when packages and ledger are both gone, and the lock has moved on', async () => {
    await aam('install kit@1.1.0 --no-deploy')
    sandbox.clear('app/.aam/state.json')
    sandbox.clear('app/.agent-packages')
    await done('install')
    expect(seen()).toEqual([
      '.claude/skills/lint/SKILL.md',
      '.claude/skills/lint/scripts/lint.sh',
      '.claude/skills/more/SKILL.md',
      '.claude/skills/more/scripts/more.sh',
    ])
    expect(sandbox.read('app/.claude/skills/lint/SKILL.md')).toContain('second')
  })

  test('names that were longer because of a package that is gone', async () => {
    await publishRich(sandbox, { name: 'other', version: '1.0.0', skills: ['lint'] })
    await done('install other')
    expect(seen()).toContain('.claude/skills/kit-lint/SKILL.md')
    // A colleague's clone with the generated files, after `other` was uninstalled without deploying.
    await done('uninstall other --no-deploy')
    for (const folder of ['.aam', '.agent-packages']) sandbox.clear(`app/${folder}`)
    await done('install --frozen')
    expect(seen().filter(path => path.includes('kit-lint'))).toEqual([])
  })

  test('a clone with generated files and a newer lock', async () => {
    await publishRich(sandbox, { name: 'kit', version: '1.2.0', skills: ['lint'], variant: 'third' })
    // A colleague's clone: the generated files are of 1.0.0, and nothing else came along.
    for (const folder of ['.aam', '.agent-packages']) sandbox.clear(`app/${folder}`)
    renameSync(sandbox.path('app'), sandbox.path('clone'))
    use('.')
    sandbox.write('app/package.agent.json', { name: 'app', version: '1.0.0', dependencies: { kit: '1.2.0' } })
    await done('install')
    renameSync(sandbox.path('app/package.agent.lock'), sandbox.path('clone/package.agent.lock'))
    renameSync(sandbox.path('app/package.agent.json'), sandbox.path('clone/package.agent.json'))
    sandbox.clear('app')
    renameSync(sandbox.path('clone'), sandbox.path('app'))
    await done('install --frozen')
    expect(seen()).toEqual(['.claude/skills/lint/SKILL.md', '.claude/skills/lint/scripts/lint.sh'])
    expect(sandbox.read('app/.claude/skills/lint/SKILL.md')).toContain('third')
  })
})

describe('names', () => {
  test('two packages with one skill: each has its own, and both are there', async () => {
    await publishRich(sandbox, { name: '@team/a', version: '1.0.0', skills: ['lint'], variant: 'of a' })
    await publishRich(sandbox, { name: 'b', version: '1.0.0', skills: ['lint'], variant: 'of b' })
    use('.claude')
    await done('install @team/a')
    expect(seen()).toContain('.claude/skills/lint/SKILL.md')
    await done('install b')
    expect(sandbox.read('app/.claude/skills/team-a-lint/SKILL.md')).toContain('of a')
    expect(sandbox.read('app/.claude/skills/b-lint/SKILL.md')).toContain('of b')
    expect(sandbox.exists('app/.claude/skills/lint')).toBe(false)
    await done('uninstall b')
    expect(seen()).toContain('.claude/skills/lint/SKILL.md')
    expect(sandbox.exists('app/.claude/skills/team-a-lint')).toBe(false)
  })

  test('a command that becomes a skill, and a skill of that name: both are there', async () => {
    await publishRich(sandbox, { name: 'a', version: '1.0.0', skills: ['cmd-go'] })
    await publishRich(sandbox, { name: 'b', version: '1.0.0', commands: ['go'] })
    use('.codex')
    await done('install a b')
    expect(seen().filter(path => path.endsWith('SKILL.md'))).toEqual([
      '.agents/skills/cmd-b-go/SKILL.md',
      '.agents/skills/cmd-go/SKILL.md',
    ])
    expect((await aam('status')).code).toBe(0)
  })

  test("the project's own artifacts are deployed, keep their names, and follow their sources", async () => {
    await publishRich(sandbox, { name: 'kit', version: '1.0.0', skills: ['lint'] })
    sandbox.write('app/skills/lint/SKILL.md', '---\nname: lint\ndescription: Ours.\n---\n\nOurs\n')
    use('.claude', '.cursor')
    await done('install kit')
    expect(sandbox.read('app/.claude/skills/lint/SKILL.md')).toContain('Ours')
    expect(sandbox.exists('app/.claude/skills/kit-lint/SKILL.md')).toBe(true)
    sandbox.write('app/skills/lint/SKILL.md', '---\nname: lint\ndescription: Ours.\n---\n\nBetter\n')
    await done('install')
    expect(sandbox.read('app/.claude/skills/lint/SKILL.md')).toContain('Better')
    expect(sandbox.read('app/.agents/skills/lint/SKILL.md')).toContain('Better')
    sandbox.clear('app/skills')
    await done('install')
    expect(sandbox.read('app/.claude/skills/lint/SKILL.md')).not.toContain('Better')
  })

  test('the project may keep its skills where an agent looks: they stay, and others get copies', async () => {
    sandbox.write('app/.claude/skills/own/SKILL.md', '---\nname: own\ndescription: Ours.\n---\n\nOurs\n')
    sandbox.write('app/package.agent.json', {
      name: 'app',
      version: '1.0.0',
      artifacts: { skills: [{ name: 'own', path: '.claude/skills/own' }] },
    })
    use('.cursor')
    await done('install')
    expect(seen()).toEqual(['.agents/skills/own/SKILL.md', '.claude/skills/own/SKILL.md'])
    await done('undeploy')
    expect(seen()).toEqual(['.claude/skills/own/SKILL.md'])
  })
})
