import { describe, expect, it } from 'vitest'
import {
  type NamedPackage,
  PLATFORMS,
  type Platform,
  placePackage,
  resolveUserPath,
  toSkillName,
} from '../src/index.ts'
import { readMarkdown } from './read-back.ts'
import { artifacts, atProject, atUser, command, rule, sample, textOf, variable } from './sample.ts'

const platform = (id: string): Platform => PLATFORMS.find(each => each.id === id)!

const none = { ...artifacts, skills: [], commands: [], agents: [], rules: [], context: undefined }
const only = (part: Partial<typeof artifacts>): NamedPackage => ({ ...sample, artifacts: { ...none, ...part } })
const roots = (id: string, pkg: NamedPackage): string[] =>
  placePackage(platform(id), pkg, atProject).units.map(unit => (unit.form === 'files' ? unit.root : unit.file))
const messages = (id: string, pkg: NamedPackage, context = atProject): string[] =>
  placePackage(platform(id), pkg, context).warnings.map(({ message }) => message)
const firstText = (id: string, pkg: NamedPackage): string => {
  const unit = placePackage(platform(id), pkg, atProject).units[0]!
  return unit.form === 'files' ? textOf(unit.files[0]!.data) : ''
}

describe('what a platform does not have', () => {
  it('is one warning for each kind, which lists it', () => {
    const { warnings } = placePackage(platform('universal'), sample, atUser)
    expect(warnings.filter(({ name }) => name === undefined)).toEqual([
      {
        platform: 'universal',
        package: '@team/review',
        kind: 'commands',
        name: undefined,
        message: 'Universal (.agents and AGENTS.md) has no commands: audit, changes, tidy are left out',
      },
      {
        platform: 'universal',
        package: '@team/review',
        kind: 'agents',
        name: undefined,
        message: 'Universal (.agents and AGENTS.md) has no sub-agents: auditor, release-manager, talker are left out',
      },
      {
        platform: 'universal',
        package: '@team/review',
        kind: 'rules',
        name: undefined,
        message:
          'Universal (.agents and AGENTS.md) has no rules for all projects: basics, by-hand, migrations, typescript are left out',
      },
      {
        platform: 'universal',
        package: '@team/review',
        kind: 'context',
        name: undefined,
        message: 'Universal (.agents and AGENTS.md) has no instructions for all projects: AGENTS.md is left out',
      },
    ])
  })

  it('is no warning when the package has none of it', () => {
    for (const each of PLATFORMS) expect(placePackage(each, only({}), atUser)).toEqual({ units: [], warnings: [] })
  })

  it('concerns hooks and servers too', () => {
    const bare = { ...platform('universal'), project: {} }
    const hook = {
      event: 'stop',
      matcher: undefined,
      action: { type: 'command', command: 'x' },
      timeout: undefined,
    } as const
    const server = { name: 'db', type: 'http', url: 'https://db.example', headers: {} } as const
    const { warnings } = placePackage(bare, only({ hooks: [hook, hook], servers: [server] }), atProject)
    expect(warnings.map(({ message }) => message)).toEqual([
      'Universal (.agents and AGENTS.md) has no hooks: stop is left out',
      'Universal (.agents and AGENTS.md) has no MCP servers: db is left out',
    ])
  })
})

describe('what a platform runs', () => {
  it('is asked for with all that it has to know, and keeps its order', () => {
    const hook = (event: string) =>
      ({ event, matcher: undefined, action: { type: 'command', command: event }, timeout: undefined }) as const
    const fake: Platform = {
      ...platform('claude'),
      project: {
        hooks: (hooks, { root, packageFolder, level, warn }) => {
          warn('said')
          return hooks.map(({ event }) => {
            const value = [root, packageFolder, level]
            return { form: 'json', file: 'settings.json', at: ['hooks', event], key: null, value, needs: [] }
          })
        },
        servers: (servers, inputs) =>
          servers.map(({ name }) => ({
            name,
            form: 'json',
            file: '.mcp.json',
            at: ['servers'],
            key: name,
            value: inputs,
            needs: [],
          })),
      },
    }
    const server = (name: string) => ({ name, type: 'http', url: 'https://x.example', headers: {} }) as const
    const pkg = only({ hooks: [hook('stop'), hook('pre-prompt')], servers: [server('b'), server('a')] })
    const { units, warnings } = placePackage(fake, pkg, atProject)
    expect(units.map(unit => [unit.kind, unit.name, unit.form === 'json' ? unit.at.at(-1) : ''])).toEqual([
      ['hooks', 'hooks', 'stop'],
      ['hooks', 'hooks', 'pre-prompt'],
      ['servers', 'a', 'servers'],
      ['servers', 'b', 'servers'],
    ])
    expect(units[0]).toMatchObject({ value: [atProject.root, 'team--review', 'project'], package: '@team/review' })
    expect(warnings).toEqual([
      { platform: 'claude', package: '@team/review', kind: 'hooks', name: undefined, message: 'said' },
    ])
  })
})

describe('an unverified place', () => {
  const pkg = only({ commands: [command('tidy', { body: 'Tidy.\n' })] })

  it('is off, and the warning names what turns it on', () => {
    const { units, warnings } = placePackage(platform('windsurf'), pkg, atUser)
    expect(units).toEqual([])
    expect(warnings.map(({ message }) => message)).toEqual([
      "Windsurf's commands for all projects are not verified, ask for windsurf.user-workflows to have them: tidy is left out",
    ])
  })

  it('is on when it is asked for', () => {
    const asked = { ...atUser, unverified: new Set(['windsurf.user-workflows']) }
    const { units, warnings } = placePackage(platform('windsurf'), pkg, asked)
    expect(units).toMatchObject([{ root: '.codeium/windsurf/workflows/tidy.md' }])
    expect(warnings).toEqual([])
  })

  it('is declared by its platform', () => {
    for (const each of PLATFORMS) {
      const places = [each.project, each.user].flatMap(level => Object.values(level) as unknown[])
      const features = places.flatMap(place =>
        typeof place === 'object' && place !== null && 'feature' in place ? [place.feature] : [],
      )
      const declared = each.unverified.map(({ id }) => id)
      for (const feature of features) expect(declared).toContain(feature)
      for (const id of declared) expect(id.startsWith(`${each.id}.`)).toBe(true)
    }
  })
})

describe('names', () => {
  it('that would leave the folder are refused', () => {
    const evil = {
      ...only({
        rules: [rule('../../x', {})],
        skills: [{ ...artifacts.skills[1]!, files: [{ path: '../../y', data: new Uint8Array(), executable: true }] }],
      }),
    }
    expect(placePackage(platform('claude'), evil, atProject)).toMatchObject({
      units: [],
      warnings: [
        { message: 'no file can have the path "../../y"; it is left out' },
        { message: 'no file can have the name "../../x.md"; it is left out' },
      ],
    })
  })

  it('of skills become what agents take, also where an agent names them', () => {
    const pkg = only({
      skills: [{ ...artifacts.skills[1]!, name: 'Small_Commits' }],
      agents: [{ ...artifacts.agents[0]!, skills: ['Small_Commits'] }],
    })
    expect(roots('claude', pkg)).toEqual(['.claude/skills/small-commits', '.claude/agents/auditor.md'])
    expect(messages('claude', pkg)).toEqual(['no skill can have the name Small_Commits; it is called small-commits'])
    const agent = placePackage(platform('claude'), pkg, atProject).units[1]!
    expect(agent.form === 'files' ? textOf(agent.files[0]!.data) : '').toContain('skills:\n  - small-commits\n')
  })

  it('never put two things at one place', () => {
    const pkg = only({
      skills: [{ ...artifacts.skills[1]!, name: 'cmd-tidy' }],
      commands: [command('tidy', { body: 'Tidy.\n' })],
      rules: [rule('Style', {}), rule('style', {})],
    })
    expect(roots('codex', pkg).filter(root => root.startsWith('.agents'))).toEqual(['.agents/skills/cmd-tidy'])
    expect(messages('codex', pkg)).toEqual([
      '.agents/skills/cmd-tidy is taken already (skills: cmd-tidy); it is left out',
    ])
    expect(roots('claude', pkg)).toContain('.claude/rules/Style.md')
    expect(roots('claude', pkg)).not.toContain('.claude/rules/style.md')
  })

  it('of a package and of its rule do not meet in the rules of Claude Code', () => {
    const pkg = { ...only({ rules: [rule('review', {})], context: 'Text' }), folder: 'review' }
    expect(roots('claude', pkg)).toEqual(['.claude/rules/review.md', '.claude/rules/review.context.md'])
  })

  it('of commands that become skills are cut, and stay apart', () => {
    const long = 'x'.repeat(64)
    const pkg = only({
      commands: [command(`${long.slice(1)}a`, { body: 'A\n' }), command(`${long.slice(1)}b`, { body: 'B\n' })],
    })
    const skills = roots('codex', pkg).map(root => root.slice('.agents/skills/'.length))
    expect(new Set(skills).size).toBe(2)
    for (const name of skills) expect(name).toMatch(/^cmd-x{51}-[0-9a-f]{8}$/)
  })

  it('that are cut at a hyphen have no two of them', () => {
    expect(toSkillName(`${'x'.repeat(54)}-${'y'.repeat(20)}`)).toMatch(/^x{54}-[0-9a-f]{8}$/)
  })
})

describe('the frontmatter of a skill', () => {
  const written = (fields: Record<string, unknown>): string =>
    firstText('claude', only({ skills: [{ name: 'x', document: { fields, body: 'Text\n' }, files: [] }] }))

  it('begins with a name that was missing', () => {
    expect(written({ description: 'D' })).toBe('---\nname: x\ndescription: D\n---\nText\n')
  })

  it('has a compatibility of at most 500 characters, and all of it in metadata', () => {
    const long = '😀'.repeat(300)
    for (const [compatibility, key] of [
      [long, 'uaaps-compatibility'],
      [{ requires: [long] }, 'uaaps-requires'],
    ] as const) {
      const { fields } = readMarkdown(written({ name: 'x', description: 'D', compatibility }))
      const short = fields['compatibility'] as string
      expect(short.length).toBeLessThanOrEqual(500)
      expect(short).toMatch(/😀…$/)
      expect(fields['metadata']).toEqual({ [key]: long })
    }
  })
})

describe('a pattern that cannot be written bare', () => {
  it('is left out with a warning, and with the last of them the rule', () => {
    const pkg = only({ rules: [rule('r', { mode: 'files', globs: ['a,b', '*.ts', 'x"y'] })] })
    expect(firstText('cursor', pkg)).toContain('\nglobs: *.ts\n')
    expect(messages('cursor', pkg)).toEqual([
      'the pattern "a,b" cannot be written in its list of patterns; it is left out',
      'the pattern "x\\"y" cannot be written in its list of patterns; it is left out',
    ])
    const most = '{a,b}'.repeat(12)
    for (const id of ['cursor', 'windsurf']) {
      expect(roots(id, only({ rules: [rule('r', { mode: 'files', globs: [most, 'a\nb'] })] }))).toEqual([])
    }
  })
})

it('a skill whose name no agent takes has one name and the same bytes on every platform', () => {
  const [skill] = artifacts.skills
  const pkg = only({ skills: [{ ...skill!, name: 'a--b' }] })
  const texts = new Set(PLATFORMS.map(({ id }) => firstText(id, pkg)))
  expect([...texts]).toEqual([expect.stringContaining('name: a-b\n')])
})

describe('fields of a command', () => {
  const fields = {
    'allowed-tools': 'Read',
    model: 'anthropic/claude-sonnet-4-5',
    'argument-hint': '<file>',
    agent: 'agent',
    tools: ['read'],
  }
  const everything = command('audit', { description: 'Audits.', fields, body: 'Audit.\n' })

  it.each([
    ['claude', ['allowed-tools', 'model', 'argument-hint']],
    ['copilot', ['agent', 'model', 'tools', 'argument-hint']],
    ['opencode', ['model']],
    ['cursor', []],
    ['windsurf', []],
  ])('go to %s as far as it takes them, and the others are named', (id, taken) => {
    const pkg = only({ commands: [everything] })
    const written = Object.keys(readMarkdown(firstText(id, pkg)).fields)
    expect(written.sort()).toEqual(['description', ...taken].sort())
    const lost = Object.keys(fields).filter(key => !taken.includes(key))
    expect(messages(id, pkg)).toEqual([expect.stringContaining(lost.join(', '))])
  })
})

describe('variables', () => {
  const awkward = only({
    commands: [
      command('c', {
        variables: [variable('name'), variable('old-name'), variable('1st')],
        body: '{{name}} {{name}}s {{name}}-x {{old-name}} {{1st}} {{other}}0 {{name}}0\n',
      }),
    ],
  })

  it('are told from the text after them on Claude Code', () => {
    expect(firstText('claude', awkward)).toContain(
      '\n$name $ARGUMENTS[0]s $ARGUMENTS[0]-x $ARGUMENTS[1] $ARGUMENTS[2] {{other}}0 $ARGUMENTS[0]0\n',
    )
  })

  it('are numbers on OpenCode', () => {
    expect(firstText('opencode', awkward)).toContain('$1 $1s $1-x $2 $3 {{other}}0 $1 0\n')
  })

  it('may stand for all that was typed on Gemini', () => {
    const pkg = only({ commands: [command('c', { body: 'Do $ARGUMENTS.\n' })] })
    expect(firstText('gemini', pkg)).toBe('prompt = "Do {{args}}.\\n"\n')
  })
})

describe('a user-level path', () => {
  it.each([
    ['.cursor/skills', {}, '.cursor/skills'],
    ['{CODEX_HOME|.codex}/agents', {}, '.codex/agents'],
    ['{CODEX_HOME|.codex}/agents', { CODEX_HOME: '' }, '.codex/agents'],
    ['{CODEX_HOME|.codex}/agents', { CODEX_HOME: 'relative' }, '.codex/agents'],
    ['{CODEX_HOME|.codex}/agents', { CODEX_HOME: '/srv/codex/' }, '/srv/codex/agents'],
    ['{CODEX_HOME|.codex}/agents', { CODEX_HOME: 'C:\\Users\\me\\codex' }, 'C:/Users/me/codex/agents'],
    ['{XDG_CONFIG_HOME|.config}/opencode/', { XDG_CONFIG_HOME: '/' }, '/opencode/'],
  ])('%s with %o is %s', (template, environment, path) => {
    expect(resolveUserPath(template, environment)).toBe(path)
  })
})
