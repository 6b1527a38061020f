import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { filesOf, manifestOf, read } from './package-of.ts'
import { type Artifacts, readArtifacts } from '@aam/platforms'

const front = (yaml: string, body = 'Do it.\n'): string => `---\n${yaml}\n---\n${body}`

describe('a package as it should be', () => {
  const { artifacts, warnings } = read({
    'package.agent.json': '{}',
    'AGENTS.md': '# Us\n',
    'skills/b/SKILL.md': front('name: b\ndescription: B', 'Body\n'),
    'skills/b/references/r.md': 'r',
    'skills/b/run.sh*': '#!/bin/sh\n',
    'skills/a/SKILL.md': front('name: a\ndescription: A'),
    'commands/audit.md': front(
      'name: audit\ndescription: Audits\nvariables:\n  - {name: level, required: true, enum: [low, 2], default: low}\n  - name: what',
    ),
    'agents/auditor/agent.yaml':
      'name: x\ndescription: Audits\nsystem_prompt: system-prompt.md\ntools: [Read, Bash]\nskills: [a]\nmodel: fast\ncolor: red\n',
    'agents/auditor/system-prompt.md': front('description: other', '\nYou audit.\n'),
    'agents/old.agent.md': front('name: old\ndescription: Old\ntools: Read, Bash(git:*, npm), Grep', 'You are old.\n'),
    'rules/go/style/RULE.md': front(
      'name: style\ndescription: S\napply:\n  mode: files\n  globs: ["**/*.go"]',
      'Tabs.\n',
    ),
    'hooks/hooks.json': JSON.stringify({
      version: 1,
      hooks: {
        stop: [{ hooks: [{ type: 'prompt', prompt: 'Done?' }] }],
        'pre-tool-use': [
          {
            matcher: 'Bash',
            hooks: [
              { type: 'command', command: 'a', timeout: 5 },
              { type: 'command', command: 'b' },
            ],
          },
        ],
      },
    }),
    'mcp/servers.json': JSON.stringify({
      servers: {
        web: { type: 'http', url: 'https://x', headers: { A: '${T}' } },
        local: { command: 'npx', args: ['-y', 'p'], env: { K: '${K}' }, cwd: 'w', envFile: '.env' },
      },
      inputs: [{ type: 'promptString', id: 'token', description: 'Token', password: true }],
    }),
  })

  it('has nothing to warn about', () => {
    expect(warnings).toEqual([])
  })
  it('has its skills, sorted, with the files of their folders', () => {
    expect(artifacts.skills.map(({ name }) => name)).toEqual(['a', 'b'])
    const [, b] = artifacts.skills
    expect(b?.document).toMatchObject({ fields: { name: 'b', description: 'B' }, body: 'Body\n' })
    expect(b?.files.map(({ path, executable }) => [path, executable])).toEqual([
      ['references/r.md', false],
      ['run.sh', true],
    ])
  })
  it('has its commands with their variables', () => {
    expect(artifacts.commands[0]).toMatchObject({
      name: 'audit',
      description: 'Audits',
      variables: [
        { name: 'level', description: undefined, required: true, choices: ['low', '2'], fallback: 'low' },
        { name: 'what', description: undefined, required: false, choices: [], fallback: undefined },
      ],
    })
  })
  it('has its agents, named by their folder, with the prompt and every field', () => {
    expect(artifacts.agents).toMatchObject([
      {
        name: 'auditor',
        description: 'Audits',
        prompt: 'You audit.',
        tools: ['Read', 'Bash'],
        model: 'fast',
        skills: ['a'],
        fields: { color: 'red' },
      },
      { name: 'old', description: 'Old', prompt: 'You are old.', tools: ['Read', 'Bash(git:*, npm)', 'Grep'] },
    ])
  })
  it('has its hooks as they are written, and its servers by name', () => {
    expect(artifacts.hooks.map(({ event, matcher, timeout }) => [event, matcher, timeout])).toEqual([
      ['stop', undefined, undefined],
      ['pre-tool-use', 'Bash', 5],
      ['pre-tool-use', 'Bash', undefined],
    ])
    expect(artifacts.servers).toEqual([
      {
        name: 'local',
        type: 'stdio',
        command: 'npx',
        args: ['-y', 'p'],
        env: { K: '${K}' },
        cwd: 'w',
        envFile: '.env',
      },
      { name: 'web', type: 'http', url: 'https://x', headers: { A: '${T}' } },
    ])
    expect(artifacts.inputs).toEqual([{ id: 'token', description: 'Token', password: true }])
  })
  it('has its context and rules', () => {
    expect(artifacts.context).toBe('# Us\n')
    expect(artifacts.rules).toEqual([
      { name: 'style', description: 'S', mode: 'files', globs: ['**/*.go'], body: 'Tabs.\n' },
    ])
  })
})

describe('when a rule applies', () => {
  test.each<readonly [string, string, readonly string[]]>([
    ['apply: {mode: always, globs: ["a"]}', 'always', []],
    ['apply: {mode: manual}', 'manual', []],
    ['apply: {mode: intelligent}', 'intelligent', []],
    ['apply: {globs: "*.ts"}', 'files', ['*.ts']],
    ['globs: "src/**, **/*.{ts,tsx}"', 'files', ['src/**', '**/*.{ts,tsx}']],
    ['globs: [a, b]\nalwaysApply: false', 'files', ['a', 'b']],
    ['globs: [a]\nalwaysApply: true', 'always', []],
    ['alwaysApply: false', 'manual', []],
    ['alwaysApply: false\ndescription: D', 'intelligent', []],
    ['description: D', 'always', []],
  ])('%s', (yaml, mode, globs) => {
    const { artifacts, warnings } = read({ 'rules/r/RULE.md': front(yaml) })
    expect([artifacts.rules[0]?.mode, artifacts.rules[0]?.globs, warnings]).toEqual([mode, globs, []])
  })
})

describe('what is broken is used as far as it can be, and said', () => {
  const rows: readonly (readonly [string, string, string, (one: Artifacts) => unknown, unknown])[] = [
    [
      'no frontmatter',
      'skills/s/SKILL.md',
      'Just text.\n',
      a => a.skills[0]?.document,
      { fields: {}, body: 'Just text.\n' },
    ],
    [
      'bad YAML',
      'skills/s/SKILL.md',
      front('name: s\ndescription: When: now\nx: [', 'B\n'),
      a => a.skills[0]?.document,
      { fields: { name: 's', description: 'When: now' }, body: 'B\n' },
    ],
    ['a tab', 'commands/c.md', front('description: C\n\tx: 1'), a => a.commands[0]?.description, 'C'],
    [
      'an unknown mode',
      'rules/r/RULE.md',
      front('apply: {mode: sometimes, globs: [a]}'),
      a => a.rules[0]?.mode,
      'files',
    ],
    ['files without globs', 'rules/r/RULE.md', front('apply: {mode: files}'), a => a.rules[0]?.mode, 'always'],
    ['variables that are no list', 'commands/c.md', front('variables: 5'), a => a.commands[0]?.variables, []],
    [
      'a variable without a name',
      'commands/c.md',
      front('variables: [{name: a}, {}]'),
      a => a.commands[0]?.variables.length,
      1,
    ],
    [
      'an agent without a prompt',
      'agents/a/agent.yaml',
      'description: A\nsystem_prompt: p.md\n',
      a => [a.agents[0]?.description, a.agents[0]?.prompt],
      ['A', ''],
    ],
    [
      'an agent in bad YAML',
      'agents/a/agent.yaml',
      'description: A: b\ntools: [',
      a => a.agents[0]?.description,
      'A: b',
    ],
    ['tools that are none', 'agents/a.md', front('tools: {Read: false}'), a => a.agents[0]?.tools, []],
    ['hooks that are no JSON', 'hooks/hooks.json', '{', a => a.hooks, []],
    ['hooks that are a list', 'hooks/hooks.json', '{"hooks":[]}', a => a.hooks, []],
    [
      'an event that is no list',
      'hooks/hooks.json',
      '{"hooks":{"stop":{},"x":[{"hooks":[{"type":"command","command":"c"}]}]}}',
      a => a.hooks.map(({ event }) => event),
      ['x'],
    ],
    ['a group without hooks', 'hooks/hooks.json', '{"hooks":{"stop":[{"matcher":"Bash"}]}}', a => a.hooks, []],
    [
      'a matcher that is no text',
      'hooks/hooks.json',
      '{"hooks":{"stop":[{"matcher":1,"hooks":[{"type":"command","command":"c"}]}]}}',
      a => a.hooks,
      [],
    ],
    [
      'a hook that does nothing',
      'hooks/hooks.json',
      '{"hooks":{"stop":[{"hooks":[{"type":"command"}]}]}}',
      a => a.hooks,
      [],
    ],
    [
      'a timeout that is no time',
      'hooks/hooks.json',
      '{"hooks":{"stop":[{"hooks":[{"type":"command","command":"c","timeout":"1m"}]}]}}',
      a => a.hooks[0]?.timeout,
      undefined,
    ],
    [
      'a field of a hook that nobody knows',
      'hooks/hooks.json',
      '{"hooks":{"stop":[{"hooks":[{"type":"command","command":"c","async":true}]}]}}',
      a => a.hooks.length,
      1,
    ],
    [
      'a server that is nothing',
      'mcp/servers.json',
      '{"servers":{"a":{},"b":{"command":"c"}}}',
      a => a.servers.map(({ name }) => name),
      ['b'],
    ],
    [
      'a server of an unknown type',
      'mcp/servers.json',
      '{"servers":{"a":{"type":"pigeon","url":"https://x"}}}',
      a => a.servers[0]?.type,
      'http',
    ],
    [
      'args that are text',
      'mcp/servers.json',
      '{"servers":{"a":{"command":"c","args":"x"}}}',
      a => a.servers[0],
      { name: 'a', type: 'stdio', command: 'c', args: ['x'], env: {}, envFile: undefined, cwd: undefined },
    ],
    [
      'env that is a list',
      'mcp/servers.json',
      '{"servers":{"a":{"command":"c","env":["A"]}}}',
      a => a.servers.length,
      1,
    ],
    [
      'a field of a server that nobody knows',
      'mcp/servers.json',
      '{"servers":{"a":{"command":"c","disabled":true}}}',
      a => a.servers.length,
      1,
    ],
    ['inputs without ids', 'mcp/servers.json', '{"servers":{},"inputs":[{}]}', a => a.inputs, []],
  ]
  test.each(rows.map(([what, file, text, of, expected]) => ({ what, file, text, of, expected })))(
    '$what',
    ({ file, text, of, expected }) => {
      const { artifacts, warnings } = read({ [file]: text })
      expect(of(artifacts)).toMatchObject(expected as object)
      expect(warnings.length).toBeGreaterThan(0)
      for (const warning of warnings) expect(warning.startsWith(`${file}:`)).toBe(true)
    },
  )

  it('an artifact that is not there, and two of one name', () => {
    const skills = [{ name: 's', path: 'skills/s' }]
    expect(read({}, { artifacts: { skills } }).warnings).toEqual([
      'skills/s/SKILL.md: the manifest names it, but it is not in the package',
    ])
    const two = read({ 'commands/x.md': front('description: one'), 'commands/x/COMMAND.md': front('description: two') })
    expect(two.artifacts.commands.map(({ description }) => description)).toEqual(['one'])
    expect(two.warnings).toEqual(["commands/x/COMMAND.md: 'x' is there twice; commands/x.md is used"])
  })
  it.each(['../../.bashrc', 'a/b', 'a\\b', '..', '.hidden', 'a:b', 'con\u0007'])('no artifact is called %j', name => {
    const { artifacts, warnings } = read(
      { 'x.md': front('name: x') },
      { artifacts: { commands: [{ name, path: 'x.md' }] } },
    )
    expect(artifacts.commands).toEqual([])
    expect(warnings).toHaveLength(1)
  })
  it('takes the description of the manifest when there is none', () => {
    const commands = [{ name: 'x', path: 'x.md', description: 'declared' }]
    expect(read({ 'x.md': front('name: x') }, { artifacts: { commands } }).artifacts.commands[0]?.description).toBe(
      'declared',
    )
    const own = read({ 'x.md': front('description: own') }, { artifacts: { commands } })
    expect(own.artifacts.commands[0]?.description).toBe('own')
  })
})

describe('what hooks and servers run', () => {
  const runs = (command: string, ...paths: string[]): string[] => {
    const hooks = { hooks: { stop: [{ hooks: [{ type: 'command', command }] }] } }
    const texts = Object.fromEntries(paths.map(path => [path, '']))
    return read({ 'hooks/hooks.json': JSON.stringify(hooks), ...texts }).artifacts.runFiles.map(({ path }) => path)
  }
  it('is nothing without either', () => {
    expect(read({ 'hooks/a.sh': '', 'scripts/b.sh': '' }).artifacts.runFiles).toEqual([])
  })
  const rows: readonly (readonly [string, string, readonly string[], readonly string[]])[] = [
    [
      'the usual folders',
      'true',
      ['skills/s/scripts/x.py', 'mcp/a.js', 'scripts/b', 'z.js'],
      ['mcp/a.js', 'scripts/b'],
    ],
    [
      'the folder of a file',
      'node ${PACKAGE_ROOT}/srv/in/a.js --b',
      ['srv/in/a.js', 'srv/in/lib/b.js', 'srv/c.js'],
      ['srv/in/a.js', 'srv/in/lib/b.js'],
    ],
    ['a folder', 'ls ${PACKAGE_ROOT}/srv', ['srv/a/b.js', 'srv2/c.js'], ['srv/a/b.js']],
    [
      'a quoted path with blanks',
      'sh "${PACKAGE_ROOT}/my srv/a b.sh" x',
      ['my srv/a b.sh', 'my srv/c', 'my'],
      ['my srv/a b.sh', 'my srv/c'],
    ],
    ['a quoted root', 'sh "${PACKAGE_ROOT}"/srv/a.sh', ['srv/a.sh', 'b'], ['srv/a.sh']],
    ['a path with dots', 'sh ${PACKAGE_ROOT}/./srv/../lib/a.sh', ['lib/a.sh', 'srv/b.sh'], ['lib/a.sh']],
    [
      'a name made of a variable',
      'sh ${PACKAGE_ROOT}/lib/check-$KIND.sh',
      ['lib/check-a.sh', 'b.sh'],
      ['lib/check-a.sh'],
    ],
    ['a file that is not there', 'sh ${PACKAGE_ROOT}/gone.sh', ['a.sh'], []],
    ['the package itself', 'cd ${PACKAGE_ROOT} && make', ['Makefile', 'src/a.c'], ['Makefile', 'src/a.c']],
    [
      'two of them',
      'sh ${PACKAGE_ROOT}/a/x.sh;sh ${PACKAGE_ROOT}/b/y.sh',
      ['a/x.sh', 'b/y.sh', 'c/z.sh'],
      ['a/x.sh', 'b/y.sh'],
    ],
  ]
  test.each(rows.map(([what, command, paths, expected]) => ({ what, command, paths, expected })))(
    '$what',
    ({ command, paths, expected }) => {
      expect(runs(command, ...paths)).toEqual([...expected].sort())
    },
  )
  it('is also what servers name in their arguments, variables and folders', () => {
    const servers = {
      a: {
        command: 'node',
        args: ['${PACKAGE_ROOT}/x/i.js'],
        env: { C: '${PACKAGE_ROOT}/y/c.json' },
        cwd: '${PACKAGE_ROOT}/z',
      },
    }
    const { artifacts } = read({
      'mcp/servers.json': JSON.stringify({ servers }),
      'x/i.js': '',
      'y/c.json': '',
      'z/d': '',
      e: '',
    })
    expect(artifacts.runFiles.map(({ path }) => path)).toEqual(['x/i.js', 'y/c.json', 'z/d'])
  })
})

it('never fails on what is in a package', () => {
  const yaml = fc.oneof(
    fc.string(),
    fc.json(),
    fc.constantFrom('apply: {mode: 3}', 'globs: {a: 1}', 'tools: [[1]]', 'variables: [1, [], null]', '- a'),
  )
  const json = fc.oneof(
    fc.json(),
    fc.object().map(value => JSON.stringify({ hooks: value, servers: value, inputs: value })),
    fc.array(fc.anything()).map(value =>
      JSON.stringify(
        {
          hooks: { stop: value, x: [{ hooks: value }] },
          servers: Object.fromEntries(value.entries()),
          inputs: value,
        },
        (_, inner: unknown) => (typeof inner === 'bigint' ? 1 : inner),
      ),
    ),
  )
  fc.assert(
    fc.property(yaml, json, fc.string(), (fields, config, body) => {
      const texts = {
        'skills/s/SKILL.md': front(fields, body),
        'commands/c.md': front(fields, body),
        'agents/a/agent.yaml': fields,
        'agents/b.md': front(fields, body),
        'rules/r/RULE.md': front(fields, body),
        'hooks/hooks.json': config,
        'mcp/servers.json': config,
      }
      const { artifacts } = read(texts)
      expect([
        artifacts.skills.length,
        artifacts.commands.length,
        artifacts.agents.length,
        artifacts.rules.length,
      ]).toEqual([1, 1, 2, 1])
    }),
  )
})

it('reads a package of ten thousand files in little more than the time to list them', () => {
  const texts = Object.fromEntries(
    Array.from({ length: 10_000 }, (_, index) => [`skills/s${String(index % 500)}/f${String(index)}.md`, '']),
  )
  const mains = Object.fromEntries(
    Array.from({ length: 500 }, (_, index) => [`skills/s${String(index)}/SKILL.md`, front('name: s')]),
  )
  const files = filesOf({ ...texts, ...mains })
  const start = performance.now()
  const { artifacts } = readArtifacts(manifestOf(), files)
  expect(artifacts.skills).toHaveLength(500)
  expect(performance.now() - start).toBeLessThan(5000)
})
