import type { Problem } from '@aam/core'
import { gatherArtifacts, readFrontmatter, validateArtifacts } from '@aam/core/authoring'
import { describe, expect, it, test } from 'vitest'
import { AGENT, SKILL, packageOf } from './package-of.ts'

type Files = Readonly<Record<string, string>>

const found = (files: Files, manifest: object = {}): string[] => {
  const pack = packageOf(files, manifest)
  return gatherArtifacts(pack.decoded.manifest, pack.files.paths).map(
    ({ kind, name, main, folder }) => `${kind} ${name} ${main} ${folder ?? '-'}`,
  )
}
const problems = (files: Files, manifest: object = {}): readonly Problem[] => {
  const pack = packageOf(files, manifest)
  return validateArtifacts(pack.decoded, pack.files).problems
}
const NAMED = '---\nname: x\ndescription: X\n---\n'

describe('discovery in the usual folders (UAAPS 2)', () => {
  test.each<readonly [string, readonly string[], readonly string[]]>([
    [
      'a skill',
      ['skills/review/SKILL.md', 'skills/review/scripts/a.py'],
      ['skills review skills/review/SKILL.md skills/review'],
    ],
    ['an agent', ['agents/a/agent.yaml', 'agents/a/system-prompt.md'], ['agents a agents/a/agent.yaml agents/a']],
    ['an older agent', ['agents/a.md'], ['agents a agents/a.md -']],
    ['commands', ['commands/b.md', 'commands/a.md'], ['commands a commands/a.md -', 'commands b commands/b.md -']],
    ['a rule', ['rules/style/RULE.md'], ['rules style rules/style/RULE.md rules/style']],
    ['rules at any depth', ['rules/a/b/c/RULE.md'], ['rules c rules/a/b/c/RULE.md rules/a/b/c']],
    ['hooks', ['hooks/hooks.json', 'hooks/scripts/a.sh'], ['hooks hooks hooks/hooks.json -']],
    ['MCP servers', ['mcp/servers.json'], ['mcp mcp mcp/servers.json -']],
    ['no readme', ['commands/README.md', 'agents/readme.md', 'skills/README.md'], []],
    ['nothing deeper', ['skills/a/b/SKILL.md', 'commands/a/b.md', 'skills/SKILL.md', 'RULE.md'], []],
    ['nothing elsewhere', ['my/skills/a/SKILL.md', 'skills-old/a/SKILL.md', 'AGENTS.md'], []],
  ])('%s', (_, paths, expected) => {
    expect(found(Object.fromEntries(paths.map(path => [path, ''])))).toEqual(expected)
  })

  it('goes by kind, then name, whatever the order of the files', () => {
    const paths = ['rules/r/RULE.md', 'skills/b/SKILL.md', 'mcp/servers.json', 'commands/c.md', 'skills/a/SKILL.md']
    const one = found(Object.fromEntries(paths.map(path => [path, ''])))
    expect(one.map(text => text.split(' ')[1])).toEqual(['a', 'b', 'c', 'r', 'mcp'])
    expect(found(Object.fromEntries([...paths].reverse().map(path => [path, ''])))).toEqual(one)
  })
  it('follows overrides', () => {
    const files = { 'x/a/SKILL.md': '', 'skills/b/SKILL.md': '', 'c/d.md': '', 'h.json': '', 'm.json': '' }
    expect(found(files, { skills: './x/', commands: 'c', hooks: './h.json', mcp: 'm.json' })).toEqual([
      'skills a x/a/SKILL.md x/a',
      'commands d c/d.md -',
      'hooks hooks h.json -',
      'mcp mcp m.json -',
    ])
  })
  it.each([
    ['rules', ['rules/a/x/RULE.md', 'rules/b/x/RULE.md']],
    ['agents', ['agents/x.md', 'agents/x/agent.yaml']],
    ['commands', ['commands/x.md', 'commands/x/COMMAND.md']],
  ])('two %s of one name: neither is lost in silence', (kind, paths) => {
    const files = Object.fromEntries(paths.map(path => [path, path.endsWith('.yaml') ? AGENT : NAMED]))
    const both = found(files).filter(text => text.startsWith(kind)).length === 2
    const said = problems(files).some(({ message }) => /twice|two|both/.test(message))
    expect(both || said).toBe(true)
  })
})

describe('declared artifacts (UAAPS 3)', () => {
  it('count as declared, and nothing of those kinds is discovered', () => {
    const files = { 'skills/other/SKILL.md': '', 'my/s/SKILL.md': '', 'c.md': '', 'rules/r/RULE.md': '' }
    const artifacts = { skills: [{ name: 's', path: './my/s/' }], commands: [{ name: 'c', path: 'c.md' }] }
    expect(found(files, { artifacts })).toEqual([
      'skills s my/s/SKILL.md my/s',
      'commands c c.md -',
      'rules r rules/r/RULE.md rules/r',
    ])
  })
  it('may name the main file, or the package itself', () => {
    const files = { 'my/s/SKILL.md': '', 'SKILL.md': '' }
    const skills = [
      { name: 's', path: 'my/s/SKILL.md' },
      { name: 'p', path: '.' },
    ]
    expect(found(files, { artifacts: { skills } })).toEqual(['skills s my/s/SKILL.md my/s', 'skills p SKILL.md '])
  })
  test.each([
    ['skills', { name: 's', path: 'skills/s' }, 'the skill s has no skills/s/SKILL.md'],
    ['skills', { name: 's', path: 'skills/s/SKILL.md' }, 'the skill s has no skills/s/SKILL.md'],
    ['agents', { name: 'a', path: 'agents/a/' }, 'the agent a has no agents/a/agent.yaml'],
    ['commands', { name: 'c', path: 'commands/c.md' }, 'the command c has no commands/c.md'],
    ['rules', { name: 'r', path: 'rules/r' }, 'the rule r has no rules/r/RULE.md'],
  ])('missing %s: %o', (kind, entry, message) => {
    expect(problems({}, { artifacts: { [kind]: [entry] } })).toEqual([
      expect.objectContaining({ severity: 'error', file: 'package.agent.json', line: 6, message }),
    ])
  })
  it('hooks and MCP servers that the manifest names must be there', () => {
    const missing = problems({}, { hooks: 'h.json', mcp: 'm.json' })
    expect(missing.map(({ severity, line }) => [severity, line])).toEqual([
      ['error', 4],
      ['error', 5],
    ])
    expect(missing.map(({ message }) => message).join()).toMatch(/h\.json.*m\.json/)
  })
})

describe('frontmatter', () => {
  test.each<readonly [string, string, number, RegExp]>([
    ['a tab as indentation', '---\nname: review\nmetadata:\n\ta: 1\n---\n', 4, /tab/],
    ['a tab after spaces', '---\nname: review\nmetadata:\n  \ta: 1\n---\n', 4, /tab/],
    ['a tab with CRLF', '---\r\nname: review\r\n\ta: 1\r\n---\r\n', 3, /tab/],
    ['a tab between key and value', '---\nname:\treview\ndescription: x\n---\n', 2, /tab/],
    ['a key twice', '---\nname: review\ndescription: x\nname: b\n---\n', 4, /twice/],
    ['an anchor', '---\nname: &a review\ndescription: x\n---\n', 2, /anchor/],
    ['a list', '---\n- a\n---\n', 1, /keys and values/],
    ['none', '# Review\n', 1, /no frontmatter/],
    ['an open block', '---\nname: review\n', 1, /no frontmatter/],
    ['a wrong name', '---\ndescription: x\nname: My Review\n---\n', 3, /not a name/],
    ['a number as the name', '---\ndescription: x\nname: 1\n---\n', 3, /not a name/],
    ['an empty description', '---\nname: review\ndescription: ""\n---\n', 3, /required/],
    ['a list as the description', '---\nname: review\ndescription: [a]\n---\n', 3, /text/],
  ])('of a skill: %s', (...[, text, line, message]) => {
    const [first] = problems({ 'skills/review/SKILL.md': text })
    expect(first).toMatchObject({ severity: 'error', file: 'skills/review/SKILL.md', line })
    expect(first?.message).toMatch(message)
  })
  it('a description beyond 1024 characters is a warning with its line, because agents load such skills', () => {
    const text = `---\nname: review\ndescription: ${'x'.repeat(1025)}\n---\n`
    const [first] = problems({ 'skills/review/SKILL.md': text })
    expect(first).toMatchObject({
      severity: 'warning',
      line: 3,
      message: expect.stringContaining('1025 characters') as string,
    })
  })
  it.each(['name', 'description'])('of a skill without a %s, with field and file', field => {
    const text = SKILL.replace(new RegExp(`^${field}:.*\n`, 'm'), '')
    const missing = problems({ 'skills/review/SKILL.md': text })
    expect(missing).toMatchObject([{ severity: 'error', field, file: 'skills/review/SKILL.md' }])
  })
  it('that is right, with a byte-order mark or CRLF too', () => {
    for (const text of [SKILL, `\ufeff${SKILL}`, SKILL.replaceAll('\n', '\r\n')]) {
      expect(problems({ 'skills/review/SKILL.md': text })).toEqual([])
    }
  })
  it('whose name is not the folder’s draws a warning', () => {
    expect(problems({ 'skills/other/SKILL.md': SKILL })).toMatchObject([
      { severity: 'warning', field: 'name', line: 2 },
    ])
  })
  it('is optional for commands and rules', () => {
    const said = problems({ 'commands/a.md': 'Do it.', 'rules/r/RULE.md': 'Always.' })
    expect(said.map(({ severity, line }) => [severity, line])).toEqual([
      ['warning', 1],
      ['warning', 1],
    ])
  })
  it('that is empty is there, and has no fields', () => {
    expect(readFrontmatter('---\n---\nbody', 'f.md')).toMatchObject({ fields: {}, body: 'body', problems: [] })
  })
  it('ends at its own fence, not at a later line of dashes', () => {
    expect(readFrontmatter('---\nname: a\n---\nx\n---\ny', 'f.md')).toMatchObject({ body: 'x\n---\ny' })
    expect(readFrontmatter('\n---\nname: a\n---\n', 'f.md')).toBeUndefined()
  })
})

describe('bodies, agents, hooks and servers', () => {
  it('a link to nothing and a long body are warnings', () => {
    const text = `${SKILL}[a](references/a.md) [b](gone.md) [c](https://x.y/z.md) [d](../../../e.md) \`[f](f.md)\`\n`
    const files = { 'skills/review/SKILL.md': text, 'skills/review/references/a.md': '' }
    expect(problems(files).map(({ severity, message }) => `${severity}: ${message}`)).toEqual([
      "warning: the link 'gone.md' points to nothing",
      "warning: the link '../../../e.md' leaves the package",
    ])
    expect(problems({ 'skills/review/SKILL.md': SKILL + 'x\n'.repeat(500) })).toMatchObject([{ severity: 'warning' }])
  })
  it('an agent needs its fields and its prompt', () => {
    expect(problems({ 'agents/a/agent.yaml': AGENT, 'agents/a/system-prompt.md': '' })).toEqual([])
    expect(problems({ 'agents/a/agent.yaml': AGENT })).toMatchObject([{ field: 'system_prompt', line: 3 }])
    expect(problems({ 'agents/a/agent.yaml': 'name: a\n' }).map(({ field }) => field)).toEqual([
      'description',
      'system_prompt',
    ])
    expect(problems({ 'agents/a/agent.yaml': 'name: a\n\tb: c' })).toMatchObject([{ severity: 'error', line: 2 }])
  })
  it('hooks: events, lists and the scripts they run', () => {
    const script = (path: string): object => ({ type: 'command', command: `\${PACKAGE_ROOT}/${path}` })
    const hooks = {
      'pre-tool-use': [{ hooks: [script('hooks/a.sh'), script('hooks/gone.sh')] }],
      sometimes: [],
      stop: {},
    }
    const text = JSON.stringify({ version: 1, hooks }, undefined, 2)
    const said = problems({ 'hooks/hooks.json': text, 'hooks/a.sh': '' })
    expect(said.map(({ severity, field, message }) => `${severity} ${field ?? ''} ${message}`)).toEqual([
      expect.stringMatching(/^warning hooks\.sometimes /),
      expect.stringMatching(/^error hooks\.stop it must be a list/),
      expect.stringMatching(/^error {2}there is no hooks\/gone\.sh/),
    ])
    expect(said.map(({ line }) => line)).toEqual(
      ['"sometimes"', '"stop"', 'gone.sh'].map(word => text.slice(0, text.indexOf(word)).split('\n').length),
    )
    expect(problems({ 'hooks/hooks.json': '{ "hooks": [] }' })).toMatchObject([{ field: 'hooks' }])
    expect(problems({ 'hooks/hooks.json': '{\n// no\n}' })).toMatchObject([{ line: 2 }])
  })
  it('servers need a command or a url', () => {
    const text = '{\n"servers": {\n"a": {"command": "x"},\n"b": {"url": "https://x"},\n"c": {}\n}\n}'
    expect(problems({ 'mcp/servers.json': text })).toMatchObject([{ severity: 'error', field: 'servers.c', line: 5 }])
    expect(problems({ 'mcp/servers.json': '[]' })).toMatchObject([{ severity: 'error', field: 'servers' }])
  })
})
